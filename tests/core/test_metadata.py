"""What a file says of its recording goes along, or is named before the export begins."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutagen import aiff, apev2, flac, id3, mp3, oggopus, oggvorbis

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.containers.chunks import body, family_of, walk
from uasrm_core.audio.export import export_clip, list_lost_metadata
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.formats import ExportFormat, format_for_target
from uasrm_core.audio.metadata.reading import read_tags
from uasrm_core.audio.metadata.tags import Tags
from uasrm_core.errors import FileError

PICTURE = b"\x89PNG" + bytes(5000)
BEXT = b"Tape 7, side B".ljust(602, b"\0") + b"A=ANALOGUE\r\n"
CUE = struct.pack("<III4sIII", 1, 1, 7, b"data", 0, 0, 7)


def patched(clip: AudioClip) -> AudioClip:
    return clip.with_patch(Patch(100, (0,), np.full((1, 50), 0.25, np.float32)))


def export(path: Path, target: Path) -> Path:
    """Export with a repair; what is lost is what was named before."""
    clip = patched(open_clip(path))
    named = list_lost_metadata(clip, format_for_target(clip.info, target))
    report = export_clip(clip, target)
    assert report.lost == named
    assert report.proof.outside == clip.frames * clip.channels - 50
    return report.path


def tags_of(path: Path) -> Tags:
    source = open_clip(path).source
    return read_tags(source.file, source.info)


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(content)) + content + b"\0" * (len(content) % 2)


def with_chunks(path: Path, *chunks: bytes) -> Path:
    """Add chunks to a WAV or AIFF file."""
    data = path.read_bytes()
    data += b"\0" * (len(data) % 2) + b"".join(chunks)
    order = ">" if data[:4] == b"FORM" else "<"
    path.write_bytes(data[:4] + struct.pack(order + "I", len(data) - 8) + data[8:])
    return path


def id3_tag() -> bytes:
    tag = id3.ID3()
    tag.add(id3.TIT2(3, ["Magyar táncok"]))
    tag.add(id3.TPE1(3, ["Brahms"]))
    tag.add(id3.TXXX(3, "MATRIX", ["AB 12/78"]))
    tag.add(id3.COMM(3, "eng", "", ["A scratch at the end"]))
    tag.add(id3.APIC(3, "image/png", 3, "label", PICTURE))
    tag.add(id3.PRIV("archive.example", b"\1\2\3"))
    written = io.BytesIO()
    tag.save(written, padding=lambda _: 0)
    return written.getvalue()


@pytest.fixture
def sound(music_like: Callable[..., Samples]) -> np.ndarray:
    return music_like(0.5, rate=48000).T


@pytest.fixture
def described_wav(tmp_path: Path, sound: np.ndarray) -> Path:
    soundfile.write(tmp_path / "in.wav", sound, 48000, subtype="PCM_24")
    info = b"INFO" + chunk(b"INAM", b"Magyar t\xc3\xa1ncok\0") + chunk(b"IART", b"Brahms\0")
    return with_chunks(
        tmp_path / "in.wav",
        chunk(b"bext", BEXT),
        chunk(b"iXML", b"<BWFXML/>"),
        chunk(b"cue ", CUE),
        chunk(b"LIST", info),
        chunk(b"zork", b"of some other program"),
        chunk(b"id3 ", id3_tag()),
    )


def chunks_of(path: Path) -> dict[bytes, bytes]:
    with path.open("rb") as file:
        family = family_of(file)
        assert family is not None
        return {known.name: body(file, known, 1 << 20) for known in walk(file, family)}


@pytest.mark.parametrize(
    ("container", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("RF64", "PCM_24"), ("W64", "PCM_24"), ("WAV", "ALAW")],
)
def test_all_chunks_go_along_between_kinds_of_wav(
    tmp_path: Path, described_wav: Path, container: str, subtype: str
) -> None:
    clip = patched(open_clip(described_wav))
    wanted = ExportFormat(container, subtype)
    assert list_lost_metadata(clip, wanted) == ()
    report = export_clip(clip, tmp_path / "out.wav", export_format=wanted)
    before, after = chunks_of(described_wav), chunks_of(report.path)
    for name in (b"bext", b"iXML", b"cue ", b"LIST", b"zork", b"id3 "):
        assert after[name][: len(before[name])] == before[name]
    with soundfile.SoundFile(report.path) as file:
        assert (file.subtype, file.frames) == (subtype, 24_000)
        assert file.title == ("Magyar táncok" if container == "WAV" else "")


@pytest.mark.parametrize("name", ["out.flac", "out.ogg", "out.opus", "out.mp3", "out.aiff"])
def test_tags_and_pictures_of_a_wav_go_along_and_the_rest_is_named(
    tmp_path: Path, described_wav: Path, name: str
) -> None:
    clip = patched(open_clip(described_wav))
    assert list_lost_metadata(clip, format_for_target(clip.info, Path(name))) == (
        "broadcast description (bext)",
        "production notes (iXML)",
        "markers (cue)",
        "chunk “zork”",
        "ID3 PRIV",
    )
    tags = tags_of(export(described_wav, tmp_path / name))
    texts = dict(tags.texts)
    assert texts["TITLE"] == "Magyar táncok"
    assert texts["ARTIST"] == "Brahms"
    assert texts["MATRIX"] == "AB 12/78"
    assert texts["COMMENT"] == "A scratch at the end"
    assert [picture.data for picture in tags.pictures] == [PICTURE]


@pytest.mark.parametrize(
    ("name", "kind"), [("a.ogg", oggvorbis.OggVorbis), ("a.opus", oggopus.OggOpus)]
)
def test_all_comments_of_an_ogg_file_go_along(
    tmp_path: Path, sound: np.ndarray, name: str, kind: type
) -> None:
    subtype = "OPUS" if name == "a.opus" else "VORBIS"
    soundfile.write(tmp_path / name, sound, 48000, format="OGG", subtype=subtype)
    picture = flac.Picture()
    picture.data, picture.type, picture.mime = PICTURE, 3, "image/png"
    comments = [
        ("TITLE", "Magyar táncok"),
        ("MATRIX", "AB 12/78"),
        ("ARTIST", "Brahms"),
        ("ARTIST", "Joachim"),
        ("METADATA_BLOCK_PICTURE", base64.b64encode(picture.write()).decode()),
    ]
    tagged = kind(tmp_path / name)
    tagged.tags[:] = comments
    tagged.save()
    out = export(tmp_path / name, tmp_path / f"out{Path(name).suffix}")
    assert list(kind(out).tags) == comments
    assert open_clip(out).frames == len(sound)


def test_all_tags_of_an_mp3_go_along_as_they_are(tmp_path: Path, sound: np.ndarray) -> None:
    soundfile.write(tmp_path / "in.mp3", sound, 48000)
    ape = apev2.APEv2()
    ape["Matrix"] = "AB 12/78"
    written = io.BytesIO()
    ape.save(written)
    ape_bytes = written.getvalue()
    v1 = b"TAG" + b"Magyar tancok".ljust(125, b"\0")
    path = tmp_path / "in.mp3"
    path.write_bytes(id3_tag() + path.read_bytes() + ape_bytes + v1)
    out = export(path, tmp_path / "out.mp3").read_bytes()
    assert out.startswith(id3_tag() + b"\xff")
    assert out.endswith(ape_bytes + v1)
    assert mp3.MP3(io.BytesIO(out)).info.length == pytest.approx(0.5, abs=0.1)
    assert dict(tags_of(tmp_path / "out.mp3").texts)["MATRIX"] == "AB 12/78"


def test_a_flac_behind_an_id3_tag_keeps_both(tmp_path: Path, sound: np.ndarray) -> None:
    soundfile.write(tmp_path / "in.flac", sound, 48000, subtype="PCM_16")
    tagged = flac.FLAC(tmp_path / "in.flac")
    tagged.add_tags() if tagged.tags is None else None
    tagged["MATRIX"] = ["AB 12/78"]
    picture = flac.Picture()
    picture.data, picture.type, picture.mime = PICTURE, 3, "image/png"
    tagged.add_picture(picture)
    tagged.save()
    path = tmp_path / "in.flac"
    path.write_bytes(id3_tag() + path.read_bytes())
    out = export(path, tmp_path / "out.flac")
    assert out.read_bytes().startswith(id3_tag() + b"fLaC")
    (tmp_path / "bare.flac").write_bytes(out.read_bytes()[len(id3_tag()) :])
    again = flac.FLAC(tmp_path / "bare.flac")
    assert again["MATRIX"] == ["AB 12/78"]
    assert [known.data for known in again.pictures] == [PICTURE]


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_chunks_of_an_aiff_go_along_into_one_of_fewer_bits(
    tmp_path: Path, sound: np.ndarray, subtype: str
) -> None:
    soundfile.write(tmp_path / "in.aiff", sound, 48000, subtype="PCM_24")
    path = with_chunks(
        tmp_path / "in.aiff",
        chunk(b"NAME", b"Magyar tancok", ">"),
        chunk(b"MARK", struct.pack(">HHIBB", 1, 1, 7, 1, 65), ">"),
        chunk(b"ANNO", b"A scratch at the end", ">"),
        chunk(b"ID3 ", id3_tag(), ">"),
    )
    clip = patched(open_clip(path))
    wanted = ExportFormat("AIFF", subtype)
    assert list_lost_metadata(clip, wanted) == ()
    report = export_clip(clip, tmp_path / "out.aiff", export_format=wanted)
    before, after = chunks_of(path), chunks_of(report.path)
    for name in (b"NAME", b"MARK", b"ANNO", b"ID3 "):
        assert after[name] == before[name]
    assert aiff.AIFF(report.path).tags["TXXX:MATRIX"].text == ["AB 12/78"]


def test_tags_of_an_mp3_go_along_into_a_wav(tmp_path: Path, sound: np.ndarray) -> None:
    soundfile.write(tmp_path / "in.mp3", sound, 48000)
    path = tmp_path / "in.mp3"
    path.write_bytes(id3_tag() + path.read_bytes())
    clip = open_clip(path)
    assert list_lost_metadata(clip, ExportFormat("WAV", "FLOAT")) == ("ID3 PRIV",)
    out = export(path, tmp_path / "out.wav")
    tags = tags_of(out)
    assert dict(tags.texts)["MATRIX"] == "AB 12/78"
    assert [picture.data for picture in tags.pictures] == [PICTURE]
    with soundfile.SoundFile(out) as file:
        assert (file.title, file.artist) == ("Magyar táncok", "Brahms")


def test_a_note_in_an_au_file_goes_along(tmp_path: Path, sound: np.ndarray) -> None:
    note = b"Reel 12, second take\0\0\0\0"
    data = (sound * 32767).astype(">i2").tobytes()
    head = struct.pack(">4s5I", b".snd", 24 + len(note), len(data), 3, 48000, 2)
    (tmp_path / "in.au").write_bytes(head + note + data)
    assert tags_of(export(tmp_path / "in.au", tmp_path / "a.flac")).texts == (
        ("COMMENT", "Reel 12, second take"),
    )


def test_what_a_format_has_no_place_for_is_named(tmp_path: Path, described_wav: Path) -> None:
    clip = patched(open_clip(described_wav))
    lost = list_lost_metadata(clip, ExportFormat("AU", "PCM_24"))
    assert lost[:4] == ("Title", "Artist", "Matrix", "Comment")
    assert "pictures" in lost
    assert list_lost_metadata(clip, ExportFormat("WAV", "PCM_24")) == ()


@pytest.mark.parametrize("name", ["in.flac", "in.ogg", "in.mp3", "in.wav", "in.aiff"])
@pytest.mark.parametrize("target", ["out.flac", "out.ogg", "out.mp3", "out.wav", "out.aiff"])
def test_broken_tags_never_keep_a_recording_from_being_exported(
    tmp_path: Path, sound: np.ndarray, name: str, target: str
) -> None:
    soundfile.write(tmp_path / name, sound, 48000)
    rng = np.random.default_rng(7)
    path = tmp_path / name
    if name in ("in.wav", "in.aiff"):
        with_chunks(path, chunk(b"ID3 ", id3_tag(), ">" if name == "in.aiff" else "<"))
    elif name != "in.ogg":
        path.write_bytes(id3_tag() + path.read_bytes())
    whole = path.read_bytes()
    at = whole.index(b"ID3") if b"ID3" in whole else 60
    for number in range(12):
        data = bytearray(whole)
        for place in rng.integers(at, at + 300, 4):
            data[place] = rng.integers(256)
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(data)
        with suppress(FileError):  # the damage may reach beyond the tags
            clip = open_clip(path)
            export_clip(patched(clip), tmp_path / f"{number}-{target}")
