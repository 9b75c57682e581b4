import hashlib
import json

import numpy as np
import pytest
import soundfile

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory, RepairNote
from uasrm_core.edit.log import build_log, hash_untouched, log_bytes
from uasrm_core.edit.log_text import log_text

RATE = 8000
REGION = Region(70000, 70800, 300.0, 1000.0, (1,), "phone ring")


@pytest.fixture
def clip(tmp_path, rng):
    path = tmp_path / "Ünlü.wav"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (100_000, 2)), RATE, subtype="PCM_16")
    return open_clip(path)


@pytest.fixture
def history():
    patch = Patch(69920, (1,), np.full((1, 960), 0.1, np.float32))
    note = RepairNote(REGION, "unet", "hybrid 0123456789ab", 0.75, 1.0, 0.5)
    history = EditHistory(first_regions=(REGION,)).apply(Edit("Repair", (patch,), (note,)))
    whole = Patch(0, (0, 1), np.zeros((2, 100_000), np.float32))
    undone = Edit("Undone", (whole,), (RepairNote(Region(0, 9), "ar"),))
    return history.apply(undone).undo()


def test_the_log_names_exactly_what_changed(clip, history):
    log = build_log(clip, history)
    assert log["steps"] == ["Repair"]
    assert log["input"]["sha256"] == hashlib.sha256(clip.info.path.read_bytes()).hexdigest()
    (row,) = log["regions"]
    assert (row["start_frame"], row["end_frame"], row["channels"]) == (70000, 70800, [2])
    assert (row["touched_start_frame"], row["touched_end_frame"]) == (69920, 70880)
    assert (row["engine"], row["model"]) == ("unet", "hybrid 0123456789ab")
    assert row["after"] == {"rms_db": -20.0, "peak_db": -20.0}
    assert row["before"]["peak_db"] == pytest.approx(-6.0, abs=0.2)


def test_the_log_says_where_a_repair_left_the_sound_as_it_was(clip):
    patch = Patch(70000, (1,), clip.read(70000, 70800, (1,)))
    note = RepairNote(REGION, "unet", is_unchanged=True)
    log = build_log(clip, EditHistory().apply(Edit("Repair", (patch,), (note,))))
    assert log["regions"][0]["unchanged"] is True
    assert "left as it was, bit for bit" in log_bytes(log, ".txt").decode()


def test_the_hash_is_of_every_sample_outside_the_repairs(clip, history):
    kept = clip.read(0, clip.frames).T.astype("<f4")
    kept[69920:70880, 1] = 0.0
    expected = hashlib.sha256(kept.tobytes()).hexdigest()
    assert build_log(clip, history)["untouched"]["sha256"] == expected
    repaired = clip.with_patches(history.patches)
    assert hash_untouched(repaired, history.patches) == expected
    elsewhere = repaired.with_patch(Patch(5, (0,), np.zeros((1, 1), np.float32)))
    assert hash_untouched(elsewhere, history.patches) != expected


def test_both_ways_to_write_it_say_the_same(clip, history):
    log = build_log(clip, history)
    assert json.loads(log_bytes(log, ".json")) == log
    text = log_bytes(log, ".TXT").decode()
    for word in ("Ünlü.wav", log["input"]["sha256"], log["untouched"]["sha256"], "phone ring"):
        assert word in text
    for word in ("70000 to 70800", "69920 to 70880", "300 Hz to 1000 Hz", "unet", "hybrid 012"):
        assert word in text
    assert "-20.0 dB RMS" in text


def test_work_without_repairs_has_a_log_too(clip):
    assert "Nothing was repaired." in log_text(build_log(clip, EditHistory()))
