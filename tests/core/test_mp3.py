"""Frames of an MP3 are counted in a time that does not depend on what lies between them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio import mp3
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.errors import Cancelled
from uasrm_core.progress import Progress

FRAME = b"\xff\xfb\x90\x00".ljust(417, b"\0")


def counted(data: bytes):
    """Count frames as the standard lays them out, byte by byte."""
    position, header, count = 0, 0, 0
    while position + 4 <= len(data):
        (found,) = struct.unpack_from(">I", data, position)
        alike = not header or found & 0xFFFE0C00 == header & 0xFFFE0C00
        length = mp3._measure_frame(found) if alike else None
        if length is None:
            position += 1
            continue
        header = header or found
        count += position + length <= len(data)
        position += length
    return count


frames = st.builds(
    lambda kind, rates, size: bytes([255, kind, rates, 0]) + bytes(size),
    st.sampled_from([0xFB, 0xFA, 0xF3, 0xE2]),
    st.sampled_from([0x90, 0x92, 0x14, 0x10, 0xE8, 0x00, 0xFF]),
    st.sampled_from([0, 20, 100, 413, 414]),
)
parts = st.one_of(frames, st.binary(max_size=20), st.integers(1, 40).map(lambda n: b"\xff" * n))


@given(st.lists(parts, max_size=30).map(b"".join))
def test_frames_are_found_wherever_they_are(data):
    found = mp3._find_frames(data, Progress())
    assert (found.count if found else 0) == counted(data)


def test_what_lies_between_frames_is_searched_in_few_steps(monkeypatch):
    """Thirty million sync bytes are no frames: a step each would take a minute."""
    searches = []

    def search(pattern, data, start, progress):
        searches.append(start)
        return real(pattern, data, start, progress)

    real = mp3._search
    monkeypatch.setattr(mp3, "_search", search)
    found = mp3._find_frames(FRAME + b"\xff" * 30_000_000 + FRAME, Progress())
    assert found.count == 2
    assert len(searches) < 5


def test_counting_can_be_cancelled(tmp_path):
    path = tmp_path / "long.mp3"
    path.write_bytes(FRAME + b"\xff" * 40_000_000)
    reports = []

    def is_cancelled():
        reports.append(1)
        return len(reports) > 2

    with pytest.raises(Cancelled):
        mp3.add_true_length(OpenFile.open(path), 0, Progress(is_cancelled=is_cancelled))


def test_an_mp3_with_nothing_but_sync_bytes_after_it_is_opened(tmp_path, wav_file, tone):
    path = wav_file(tone(seconds=2.0), name="a.mp3", subtype="MPEG_LAYER_III")
    frames = open_clip(path).frames
    path.write_bytes(path.read_bytes() + b"\xff" * 3_000_000)
    assert abs(open_clip(path).frames - frames) < 4 * 1152
