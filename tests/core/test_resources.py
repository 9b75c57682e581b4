"""The files that ship are there, and the demo recording is what its labels say."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core.resources import resource

ROOT = Path(__file__).resolve().parents[2]
DAMAGED = ("hungarian_dance_damaged.wav", "hungarian_dance_damaged.txt")


def labelled_spans(text: str) -> list[tuple[float, float]]:
    rows = [line.split("\t") for line in text.splitlines()]
    return [(float(row[0]), float(row[1])) for row in rows if row[0] != "\\"]


def test_a_resource_that_does_not_ship_is_named():
    with pytest.raises(FileNotFoundError, match=r"samples/nothing\.wav"):
        resource("samples", "nothing.wav")


def test_the_demo_differs_from_the_clean_recording_only_where_its_labels_say():
    clean, rate = soundfile.read(resource("samples", "hungarian_dance_clean.wav"), dtype="int16")
    damaged, damaged_rate = soundfile.read(resource("samples", DAMAGED[0]), dtype="int16")
    assert (damaged.shape, damaged_rate) == (clean.shape, rate)

    changed = (damaged != clean).any(axis=1)
    spans = labelled_spans(resource("samples", DAMAGED[1]).read_text(encoding="utf-8"))
    for start_s, end_s in spans:
        span = slice(round(start_s * rate), round(end_s * rate))
        assert changed[span].any()
        changed[span] = False
    assert not changed.any()


def test_the_demo_has_every_kind_of_damage():
    spans = labelled_spans(resource("samples", DAMAGED[1]).read_text(encoding="utf-8"))
    lengths_ms = np.array([1000 * (end - start) for start, end in spans])
    assert (lengths_ms < 2).sum() == 6
    assert np.isclose(lengths_ms, 60, atol=0.1).sum() == 1
    assert np.isclose(lengths_ms, 500, atol=0.1).sum() == 1
    assert np.isclose(lengths_ms, 600, atol=0.1).sum() == 1


def test_the_demo_carries_metadata_on_both_sides_of_its_audio():
    content = resource("samples", DAMAGED[0]).read_bytes()
    assert 0 < content.find(b"bext") < content.find(b"data") < content.rfind(b"cue ")


def test_the_demo_can_be_made_again_to_the_byte(tmp_path):
    subprocess.run(
        [sys.executable, ROOT / "tools" / "make_samples.py", "--into", tmp_path], check=True
    )
    for name in DAMAGED:
        assert (tmp_path / name).read_bytes() == resource("samples", name).read_bytes()
