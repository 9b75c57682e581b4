"""Keeping what a file says of a recording when it is written anew, and naming what is lost."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import BinaryIO

from mutagen import flac, id3, oggopus, oggvorbis

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.containers.append import Addition, append_chunks
from uasrm_core.audio.containers.chunks import family_of, walk
from uasrm_core.audio.containers.flac import restore_metadata
from uasrm_core.audio.containers.mpeg import surround, surrounding_tags
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.metadata.plan import Plan
from uasrm_core.audio.metadata.reading import (
    UNREADABLE,
    describing_chunks,
    ogg_comments,
    read_tags,
)
from uasrm_core.audio.metadata.tags import Picture, Tags, is_in_info, to_id3, to_info
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.translation import tr

_RIFF = ("WAV", "WAVEX", "RF64", "W64")
# A block of FLAC counts its bytes in 24 bits.
_LARGEST_PICTURE = (1 << 24) - (1 << 12)


def plan_metadata(file: OpenFile, info: SourceInfo, chosen: ExportFormat) -> Plan:
    """Decide what of a recording's metadata goes along into a format in which it is written anew.

    Between files of one family everything is taken over as it is, known or not. Otherwise texts
    and pictures are, where the format has a place for them.
    """
    own, target = info.container, chosen.container
    if own in _RIFF and target in _RIFF and family_of(file.stream()) != "RIFX":
        return _plan_chunks(file, target)
    if own == target == "AIFF":
        return _plan_chunks(file, target)
    if own == target == "FLAC":
        return Plan(complete=lambda draft: _restore_flac(draft, file))
    if own == target == "MP3":
        around = surrounding_tags(file.stream())
        return Plan(complete=lambda draft: surround(draft, *around))
    tags = read_tags(file, info)
    if own == target == "OGG":
        return Plan(lost=tags.others, complete=lambda draft: _copy_comments(draft, file))
    if target in ("FLAC", "OGG", "MP3"):
        return _plan_tags(tags, target)
    if target in (*_RIFF, "AIFF"):
        additions = _build_tag_chunks(tags, target)
        added = sum(len(addition.content) for addition in additions)
        return Plan(tags.others, {}, added, lambda draft: append_chunks(draft, additions))
    return _plan_strings(tags, target)


def _plan_chunks(file: OpenFile, target: str) -> Plan:
    stream = file.stream()
    family = family_of(stream)
    chunks = describing_chunks(stream, family) if family else ()
    foreign = tuple(chunk for chunk in chunks if len(chunk.name) != 4)
    additions = [
        Addition(chunk.name, file=file, start=chunk.start, size=chunk.size)
        for chunk in chunks
        if len(chunk.name) == 4
    ]
    lost = tuple(tr("chunk “{name}”", name=chunk.name.decode()) for chunk in foreign)
    sums = {chunk.name for chunk in walk(stream, family)} if family else set()
    lost += (tr("checksum (MD5)"),) * (b"MD5 " in sums)
    lost += (tr("overview of levels (levl)"),) * (b"levl" in sums)
    added = sum(addition.size + 32 for addition in additions)
    return Plan(lost, {}, added, lambda draft: append_chunks(draft, additions))


def _plan_tags(tags: Tags, target: str) -> Plan:
    pictures = tags.pictures
    lost = list(tags.others)
    if target != "MP3":
        pictures = tuple(known for known in pictures if len(known.data) < _LARGEST_PICTURE)
        lost += [tr("pictures of 16 MB and more")] * (len(pictures) < len(tags.pictures))
    kept = Tags(tags.texts, pictures)
    write = {"FLAC": _write_flac, "OGG": _write_ogg, "MP3": _write_mp3}[target]
    is_empty = not kept.texts and not kept.pictures
    return Plan(
        tuple(lost), complete=Plan.complete if is_empty else lambda draft: write(draft, kept)
    )


def _plan_strings(tags: Tags, target: str) -> Plan:
    """Leave to libsndfile what it has a place for: in CAF ten texts, in most others none."""
    strings = tags.strings() if target == "CAF" else {}
    kept = set(strings.values())
    lost = [name.capitalize() for name, value in tags.texts if value not in kept]
    lost += [tr("pictures")] * bool(tags.pictures)
    return Plan((*dict.fromkeys(lost), *tags.others), strings)


def _build_tag_chunks(tags: Tags, target: str) -> list[Addition]:
    """Return an INFO list for what it has names for, and ID3 for everything if that is not all."""
    additions = []
    info = b"" if target == "AIFF" else to_info(tags)
    if info:
        additions.append(Addition(b"LIST", content=info))
    in_info = target != "AIFF" and all(is_in_info(name) for name, _ in tags.texts)
    if tags.pictures or (tags.texts and not in_info):
        written = BytesIO()
        to_id3(tags).save(written)
        name = b"ID3 " if target == "AIFF" else b"id3 "
        additions.append(Addition(name, content=written.getvalue()))
    return additions


def _restore_flac(draft: BinaryIO, file: OpenFile) -> None:
    restore_metadata(draft, file.stream())
    front, back = surrounding_tags(file.stream())
    if front:
        surround(draft, front, back)


def _write_flac(draft: BinaryIO, tags: Tags) -> None:
    draft.seek(0)
    written = flac.FLAC(draft)
    if written.tags is None:
        written.add_tags()
    written.tags[:] = list(tags.texts)
    for picture in tags.pictures:
        written.add_picture(_build_flac_picture(picture))
    draft.seek(0)
    written.save(draft)


def _write_ogg(draft: BinaryIO, tags: Tags) -> None:
    pictures = [
        ("METADATA_BLOCK_PICTURE", base64.b64encode(_build_flac_picture(picture).write()).decode())
        for picture in tags.pictures
    ]
    _set_comments(draft, [*tags.texts, *pictures])


def _copy_comments(draft: BinaryIO, file: OpenFile) -> None:
    try:
        comments = ogg_comments(file.stream())
    except UNREADABLE:
        return
    _set_comments(draft, comments)


def _set_comments(draft: BinaryIO, comments: list[tuple[str, str]]) -> None:
    draft.seek(0)
    kind = oggopus.OggOpus if b"OpusHead" in draft.read(100) else oggvorbis.OggVorbis
    draft.seek(0)
    written = kind(draft)
    written.tags[:] = comments
    draft.seek(0)
    written.save(draft)


def _write_mp3(draft: BinaryIO, tags: Tags) -> None:
    draft.seek(0)
    to_id3(tags).save(draft, v1=id3.ID3v1SaveOptions.REMOVE)


def _build_flac_picture(picture: Picture) -> flac.Picture:
    made = flac.Picture()
    made.type, made.mime = picture.kind, picture.mime
    made.desc, made.data = picture.description, picture.data
    return made
