"""Markers of other programs are regions, and regions are written as theirs."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core import api
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.markers.cue import read_cues
from uasrm_core.audio.markers.files import read_regions, write_regions
from uasrm_core.audio.markers.xmp import read_xmp, xmp_bytes
from uasrm_core.audio.region import Region
from uasrm_core.errors import ExportError, LabelError

RATE = 44100
REGIONS = (
    Region(100, 2000, label="left, “side”", kind=Kind.CLICK),
    Region(3000, 3000, label="a point"),
    Region(44100, 66150, label="&<x>"),
)
Maker = Callable[..., npt.NDArray[Any]]


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".xmp"])
def test_what_is_written_is_read_as_it_was(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"marks{suffix}"
    write_regions(path, REGIONS, RATE)
    assert read_regions(path, RATE) == REGIONS
    halved = read_regions(path, RATE // 2)
    assert [region.start_frame for region in halved] == [50, 1500, 22050]


@pytest.mark.parametrize("container", ["WAV", "RF64"])
def test_regions_become_markers_of_an_export_and_all_else_stays(
    tmp_path: Path, tone: Maker, container: str
) -> None:
    source, out = tmp_path / "tape.wav", tmp_path / "out.wav"
    soundfile.write(source, tone(2.0).T, RATE, "PCM_16", format=container)
    clip = api.open_clip(source)
    export_clip(clip, out, markers=REGIONS)
    assert read_regions(out, RATE) == REGIONS
    # what counts the bytes of the file lies further in where it may be longer than 4 GiB
    counts = 8 if container == "WAV" else 80
    assert out.read_bytes()[counts : source.stat().st_size] == source.read_bytes()[counts:]
    np.testing.assert_array_equal(soundfile.read(out)[0], soundfile.read(source)[0])
    # they are added to those that are there
    more, again = (Region(7, 70, label="more"),), tmp_path / "again.wav"
    export_clip(api.open_clip(out), again, markers=more)
    assert read_regions(again, RATE) == (more[0], *REGIONS)
    assert read_regions(again, 2 * RATE)[0] == Region(14, 140, label="more")


def test_other_formats_have_no_place_for_markers(
    tmp_path: Path, wav_file: Any, tone: Maker
) -> None:
    clip = api.open_clip(wav_file(tone(0.5)))
    with pytest.raises(ExportError, match=r"FLAC, 16 bit has no place for markers"):
        export_clip(clip, tmp_path / "out.flac", markers=REGIONS)
    assert not (tmp_path / "out.flac").exists()


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return name + struct.pack(f"{order}I", len(content)) + content + bytes(len(content) % 2)


def test_markers_as_other_programs_write_them() -> None:
    cue = struct.pack("<I", 2)
    cue += struct.pack("<II4sIII", 9, 0, b"data", 0, 0, 500)
    cue += struct.pack("<II4sIII", 4, 0, b"data", 0, 0, 300)
    adtl = b"adtl" + chunk(b"note", struct.pack("<I", 4) + b"splice\0")
    adtl += chunk(b"ltxt", struct.pack("<II4sHHHH", 9, 250, b"rgn ", 0, 0, 0, 0) + b"Dropout\0")
    body = b"WAVE" + chunk(b"cue ", cue) + chunk(b"LIST", adtl)
    assert read_cues(io.BytesIO(b"RIFF" + struct.pack("<I", len(body)) + body)) == (
        Region(300, 300, label="splice"),
        Region(500, 750, kind=Kind.DROPOUT),
    )
    mark = struct.pack(">H", 2) + struct.pack(">HI", 1, 800) + b"\x03end"
    mark += struct.pack(">HI", 2, 600) + b"\x04half\0"
    body = b"AIFF" + chunk(b"MARK", mark, ">")
    assert read_cues(io.BytesIO(b"FORM" + struct.pack(">I", len(body)) + body)) == (
        Region(600, 600, label="half"),
        Region(800, 800, label="end"),
    )


def test_a_table_of_reapers_rulers(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text(
        "#,Name,Start,End,Length,Color\r\n"
        'M1,"pop, left",0:01.500,,\r\n'
        "R1,Dropout,1:02.000,1:02.500,0:00.500,FF0000\r\n"
        "R2,,44100,88200,44100\r\n"
    )
    assert read_regions(path, RATE) == (
        Region(66150, 66150, label="pop, left"),
        Region(62 * RATE, 62 * RATE + RATE // 2, kind=Kind.DROPOUT),
        Region(44100, 88200),
    )


def test_markers_of_adobe_as_elements_with_a_rate_of_their_own() -> None:
    content = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
      <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/"><rdf:Description><xmpDM:Tracks>
      <rdf:Bag><rdf:li rdf:parseType="Resource"><xmpDM:frameRate>f30000s1001</xmpDM:frameRate>
      <xmpDM:markers><rdf:Seq>
        <rdf:li rdf:parseType="Resource"><xmpDM:startTime>30</xmpDM:startTime>
          <xmpDM:duration>15</xmpDM:duration><xmpDM:comment>hum</xmpDM:comment></rdf:li>
        <rdf:li rdf:parseType="Resource"><xmpDM:startTime>1f2</xmpDM:startTime></rdf:li>
        <rdf:li rdf:parseType="Resource"><xmpDM:startTime>soon</xmpDM:startTime></rdf:li>
      </rdf:Seq></xmpDM:markers></rdf:li></rdf:Bag></xmpDM:Tracks></rdf:Description></rdf:RDF>
    </x:xmpmeta>"""
    found = read_xmp(content, 30000)
    assert [(region.start_frame, region.frames) for region in found] == [(15000, 0), (30030, 15015)]


@given(st.text(), st.integers(0, 10**9), st.integers(0, 10**6))
def test_any_label_survives_xmp(label: str, start: int, frames: int) -> None:
    (region,) = read_xmp(xmp_bytes([Region(start, start + frames, label=label)], RATE), RATE)
    assert (region.start_frame, region.frames) == (start, frames)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "file,start\n", "its first line must be #,Name,Start,End,Length"),
        ("a.csv", "#,Name,Start,End,Length\nM1,x,2.1.00,,\n", "“a.csv”, line 2: “2.1.00” is not"),
        ("a.csv", "#,Name,Start,End,Length\nM1\n", "line 2: it is no table of markers"),
        ("a.xmp", "<x>", "“a.xmp” holds no markers."),
        ("a.xmp", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "“a.xmp” holds no markers."),
    ],
)
def test_what_holds_no_markers_is_told(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(LabelError) as raised:
        read_regions(tmp_path / name, RATE)
    assert told in str(raised.value)


def test_missing_files_are_told(tmp_path: Path) -> None:
    for name in ("no.csv", "no.xmp", "no.txt"):
        with pytest.raises(LabelError, match=r"There is no label file"):
            read_regions(tmp_path / name, RATE)


def test_the_command_line_takes_a_recordings_own_markers(tmp_path: Path, tone: Maker) -> None:
    from uasrm_core.cli.main import main

    damaged = tone(2.0)
    damaged[:, 30_000:30_020] += 0.4
    plain, marked, out = (tmp_path / f"{name}.wav" for name in ("plain", "marked", "out"))
    soundfile.write(plain, damaged.T, RATE, "PCM_16")
    place = Region(30_000, 30_020, kind=Kind.CLICK)
    export_clip(api.open_clip(plain), marked, markers=[place])
    words = ["repair", str(marked), "-o", str(out), "--regions", str(marked), "--engine", "ar"]
    assert main([*words, "--markers"]) == 0
    assert (soundfile.read(plain)[0] != soundfile.read(out)[0]).any()
    assert read_regions(out, RATE) == (place,)
