"""Reading what a file says of a recording."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

import soundfile
from mutagen import MutagenError, apev2, flac, id3, oggopus, oggvorbis

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.containers.chunks import Chunk, Family, body, decode_text, family_of, walk
from uasrm_core.audio.containers.flac import id3_bytes
from uasrm_core.audio.metadata.tags import (
    SNDFILE_NAMES,
    Picture,
    Tags,
    from_id3,
    from_info,
)
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.audio.sources import Codec, DecoderInput
from uasrm_core.translation import mark, tr

# What broken tags make mutagen raise.
UNREADABLE = (MutagenError, ValueError, LookupError, struct.error, EOFError, OverflowError)
_MOST_TAG_BYTES = 1 << 27
# Chunks that say where the samples are, or what they sum up to, and so belong to one file alone.
STRUCTURAL = frozenset(
    b"fmt |data|fact|ds64|JUNK|junk|PAD |FLLR|PEAK|MD5 |levl|COMM|SSND|FVER|desc|free|pakt|chan|"
    b"info|kuki".split(b"|")
)
_ID3_CHUNKS = (b"id3 ", b"ID3 ")
_AIFF_TEXTS = {b"NAME": "TITLE", b"AUTH": "ARTIST", b"(c) ": "COPYRIGHT", b"ANNO": "COMMENT"}
_CHUNK_NAMES = {
    b"bext": mark("broadcast description (bext)"),
    b"iXML": mark("production notes (iXML)"),
    b"axml": mark("audio definition (axml)"),
    b"aXML": mark("audio definition (aXML)"),
    b"chna": mark("audio definition (chna)"),
    b"cue ": mark("markers (cue)"),
    b"adtl": mark("names of markers"),
    b"smpl": mark("loops (smpl)"),
    b"inst": mark("instrument (inst)"),
    b"_PMX": mark("XMP"),
    b"cart": mark("radio traffic (cart)"),
    b"MARK": mark("markers (MARK)"),
    b"COMT": mark("comments (COMT)"),
    b"INST": mark("instrument (INST)"),
}


def read_tags(file: OpenFile, info: SourceInfo) -> Tags:
    """Return the texts and pictures of a recording; `others` names what else its file holds."""
    stream = file.stream()
    family = family_of(stream)
    if family is not None and family != "CAF":
        return _from_chunks(stream, family)
    if info.container in ("FLAC", "OGG", "MP3"):
        try:
            return {"FLAC": _from_flac, "OGG": _from_ogg, "MP3": _from_mp3}[info.container](stream)
        except UNREADABLE:
            return Tags(others=(tr("tags that cannot be read"),))
    if info.container == "AU":
        return _from_au(file)
    return _from_sndfile(file)


def describing_chunks(stream: BinaryIO, family: Family) -> tuple[Chunk, ...]:
    """Return the chunks of a file that say something of the recording, cut to what is there."""
    end = stream.seek(0, 2)
    return tuple(
        Chunk(chunk.name, chunk.head, chunk.start, min(chunk.size, max(end - chunk.start, 0)))
        for chunk in walk(stream, family)
        if chunk.name not in STRUCTURAL
    )


def chunk_label(stream: BinaryIO, chunk: Chunk) -> str:
    """Return what a user would call a chunk."""
    name = chunk.name
    if name == b"LIST":
        name = body(stream, chunk, 4)
    known = _CHUNK_NAMES.get(name)
    return tr(known) if known else tr("chunk “{name}”", name=name.decode("latin-1").strip())


def _from_chunks(stream: BinaryIO, family: Family) -> Tags:
    tags = Tags()
    for chunk in describing_chunks(stream, family):
        if chunk.name in _ID3_CHUNKS:
            tags = tags.joined(_parse_id3(body(stream, chunk, _MOST_TAG_BYTES)))
        elif chunk.name == b"LIST" and body(stream, chunk, 4) == b"INFO":
            tags = tags.joined(from_info(body(stream, chunk, 1 << 20)[4:]))
        elif family == "AIFF" and chunk.name in _AIFF_TEXTS:
            text = decode_text(body(stream, chunk, 1 << 20))
            tags = tags.joined(Tags(((_AIFF_TEXTS[chunk.name], text),)))
        else:
            tags = tags.joined(Tags(others=(chunk_label(stream, chunk),)))
    return tags


def _parse_id3(content: bytes) -> Tags:
    try:
        return from_id3(id3.ID3(BytesIO(content)).values())
    except UNREADABLE:
        return Tags(others=(tr("tags that cannot be read"),))


def _from_flac(stream: BinaryIO) -> Tags:
    stream.seek(0)
    tagged = flac.FLAC(stream)
    pictures = tuple(_read_picture(picture) for picture in tagged.pictures)
    others = [tr("cue sheet")] if tagged.cuesheet else []
    others += [tr("application data")] * any(block.code == 2 for block in tagged.metadata_blocks)
    tags = Tags(_normalise_comments(tagged.tags or ()), pictures, tuple(others))
    if not id3_bytes(stream):
        return tags
    stream.seek(0)
    return tags.joined(from_id3(id3.ID3(stream).values()))


def _from_ogg(stream: BinaryIO) -> Tags:
    comments = ogg_comments(stream)
    texts, pictures = [], []
    for name, value in comments:
        if name.upper() == "METADATA_BLOCK_PICTURE":
            with suppress(binascii.Error, *UNREADABLE):
                pictures.append(_read_picture(flac.Picture(base64.b64decode(value))))
        else:
            texts.append((name, value))
    return Tags(_normalise_comments(texts), tuple(pictures))


def ogg_comments(stream: BinaryIO) -> list[tuple[str, str]]:
    """Return the comments of an Ogg file as they are; raises one of `UNREADABLE`."""
    stream.seek(0)
    kind = oggopus.OggOpus if b"OpusHead" in stream.read(100) else oggvorbis.OggVorbis
    stream.seek(0)
    return list(kind(stream).tags or ())


def _from_mp3(stream: BinaryIO) -> Tags:
    tags = Tags()
    with suppress(id3.ID3NoHeaderError):
        stream.seek(0)
        tags = from_id3(id3.ID3(stream).values())
    with suppress(apev2.APENoHeaderError):
        stream.seek(0)
        tags = tags.joined(_from_ape(apev2.APEv2(stream)))
    return tags


def _from_ape(tagged: apev2.APEv2) -> Tags:
    texts: list[tuple[str, str]] = []
    others = []
    for name, value in tagged.items():
        if isinstance(value, apev2.APETextValue):
            texts += [(name.upper(), text) for text in value]
        else:
            others.append(f"APE {name}")
    return Tags(tuple(texts), (), tuple(others))


def _from_au(file: OpenFile) -> Tags:
    start = int.from_bytes(file.read_at(4, 4), "big" if file.read_at(0, 1) == b"." else "little")
    text = decode_text(file.read_at(24, min(max(start - 24, 0), 1 << 20))).strip()
    return Tags((("COMMENT", text),)) if text else Tags()


def _from_sndfile(file: OpenFile) -> Tags:
    with suppress(soundfile.SoundFileError), Codec(DecoderInput(file.stream())) as original:
        found = original.copy_metadata()
        return Tags(tuple((SNDFILE_NAMES[key], text) for key, text in found.items()))
    return Tags()


def _normalise_comments(comments: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.upper(), value) for name, value in comments)


def _read_picture(picture: flac.Picture) -> Picture:
    return Picture(int(picture.type), picture.mime, picture.desc, picture.data)
