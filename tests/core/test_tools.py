"""Tools for whole recordings mend what they are for, and leave the rest bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.edit.history import EditHistory
from uasrm_core.errors import Cancelled, RegionError
from uasrm_core.evaluation.detection import snr_db
from uasrm_core.evaluation.planting_clicks import plant_mouth_clicks, plant_vinyl_clicks
from uasrm_core.evaluation.planting_noises import plant_hum
from uasrm_core.processing.settings import TOOLS, ToolSettings
from uasrm_core.progress import Progress

RATE = 44100


def _clip(samples):
    return AudioClip(MemorySource(samples, RATE))


def _after(clip, **settings):
    result = api.run_tool(clip, ToolSettings(**settings))
    return clip.with_patches(result.patches).read(0, clip.frames), result


@pytest.mark.parametrize(
    ("name", "plant"), [("declick", plant_vinyl_clicks), ("mouth-declick", plant_mouth_clicks)]
)
def test_clicks_are_taken_out(music, name, plant):
    rng = np.random.default_rng(1)
    damaged, _ = plant(music, RATE, rng, count=8, level_db=(15.0, 20.0))
    mended, result = _after(_clip(damaged), name=name)
    assert snr_db(music, mended) > snr_db(music, damaged) + 7
    assert len(result.notes) >= 6


def test_doubtful_clicks_of_a_mouth_are_taken_out_unless_less_is_asked_for(music):
    damaged, _ = plant_mouth_clicks(
        music, RATE, np.random.default_rng(1), count=24, level_db=(-45.0, -35.0)
    )
    _, usual = _after(_clip(damaged), name="mouth-declick")
    _, less = _after(_clip(damaged), name="mouth-declick", sensitivity=0.5)
    assert len(usual.notes) > len(less.notes) > 0


def test_hum_is_taken_out(murmur):
    damaged, _ = plant_hum(murmur, RATE, np.random.default_rng(2), level_db=-15.0)
    mended, result = _after(_clip(damaged), name="dehum")
    assert snr_db(murmur, mended) > snr_db(murmur, damaged) + 20
    assert [note.engine for note in result.notes] == ["dehum"]


def test_hum_under_music_gets_quieter(music):
    damaged, _ = plant_hum(music, RATE, np.random.default_rng(2), level_db=-15.0)
    mended, _ = _after(_clip(damaged), name="dehum")
    assert snr_db(music, mended) > snr_db(music, damaged) + 6


def test_a_voice_that_passes_over_harmonics_is_not_taken_for_hum():
    times = np.arange(12 * RATE) / RATE
    # a pitch that rises and falls over the mains' harmonics, in syllables and phrases
    phase = 2 * np.pi * (130 * times - 25 / (2 * np.pi * 0.35) * np.cos(2 * np.pi * 0.35 * times))
    syllables = np.clip(np.sin(2 * np.pi * 1.3 * times) + 0.3, 0.0, None)
    syllables *= np.sin(2 * np.pi * 0.21 * times) > -0.5
    voice = sum(np.sin(number * phase) / number for number in range(1, 12))
    clean = np.float32(0.1 * syllables * voice)[None]
    hum = sum(np.sin(2 * np.pi * 50 * n * times) / n for n in range(1, 9))
    damaged = clean + np.float32(0.004 * hum)
    mended, _ = _after(_clip(damaged), name="dehum")
    assert snr_db(clean, mended) > snr_db(clean, damaged) + 6


def test_half_the_strength_leaves_half_the_hum(murmur):
    damaged, _ = plant_hum(murmur, RATE, np.random.default_rng(2), level_db=-15.0)
    half, _ = _after(_clip(damaged), name="dehum", strength=0.5)
    assert snr_db(murmur, half) - snr_db(murmur, damaged) == pytest.approx(6.0, abs=0.5)


@pytest.mark.parametrize("name", TOOLS)
def test_what_is_not_damaged_stays_bit_for_bit(music, name):
    clean, result = _after(_clip(music), name=name)
    assert not result.patches
    np.testing.assert_array_equal(clean, music)


@pytest.mark.parametrize("name", ["declick", "dehum"])
def test_a_preview_changes_only_its_part(music, name):
    rng = np.random.default_rng(3)
    damaged, _ = plant_vinyl_clicks(music, RATE, rng, count=24, level_db=(10.0, 15.0))
    damaged, _ = plant_hum(damaged, RATE, rng, level_db=-10.0)
    part = 4 * RATE, 7 * RATE
    mended, _ = _after(_clip(damaged), name=name, within=part)
    changed = np.flatnonzero((mended != damaged).any(axis=0))
    assert len(changed)
    assert part[0] - 0.01 * RATE <= changed[0]
    assert changed[-1] < part[1] + 0.03 * RATE


def test_a_tool_is_one_step_that_can_be_undone(music):
    damaged, _ = plant_hum(music, RATE, np.random.default_rng(2), level_db=-15.0)
    clip = _clip(damaged)
    history = EditHistory().apply(api.run_tool(clip, ToolSettings("dehum")).step())
    undone = clip.with_patches(history.undo().patches)
    np.testing.assert_array_equal(undone.read(0, clip.frames), damaged)


def test_stopping_keeps_nothing(music):
    stopped = Progress(is_cancelled=lambda: True)
    with pytest.raises(Cancelled):
        api.run_tool(_clip(music), ToolSettings("dehum"), stopped)


def test_what_was_done_before_a_cancel_can_be_kept(music):
    damaged, _ = plant_vinyl_clicks(
        music, RATE, np.random.default_rng(1), count=8, level_db=(15.0, 20.0)
    )
    clip, settings, parts = _clip(damaged), ToolSettings("declick"), []
    with pytest.raises(Cancelled):
        api.run_tool(
            clip, settings, Progress(is_cancelled=lambda: len(parts) == 3, on_part=parts.append)
        )
    kept, whole = api.join_results(settings, parts), api.run_tool(clip, settings)
    assert kept.label == "De-click: 3 places"
    assert kept.found == whole.found == len(whole.notes)
    assert [note.region for note in kept.notes] == [part.notes[0].region for part in parts]
    for mine, theirs in zip(kept.patches, whole.patches, strict=False):
        assert mine.start_frame == theirs.start_frame
        np.testing.assert_array_equal(mine.samples, theirs.samples)


def test_each_stretch_of_hum_is_a_part_by_itself(murmur):
    damaged, _ = plant_hum(murmur, RATE, np.random.default_rng(2), level_db=-15.0)
    clip, settings, parts = _clip(damaged), ToolSettings("dehum"), []
    whole = api.run_tool(clip, settings, Progress(on_part=parts.append))
    kept = api.join_results(settings, parts)
    assert (kept.label, kept.notes, kept.found) == (whole.label, whole.notes, len(whole.notes))


def test_a_part_outside_is_refused(music):
    with pytest.raises(RegionError, match="does not lie in the recording"):
        api.run_tool(_clip(music), ToolSettings("dehum", within=(0, 99 * RATE)))


def test_there_is_no_other_tool():
    with pytest.raises(RegionError, match="no tool 'polish'"):
        ToolSettings("polish")
