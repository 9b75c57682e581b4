"""A marked area over intact sound is left alone; what lies over the sound is found."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.variation import measure_variation

RATE = 16000
BOX = Region(6 * RATE, 7 * RATE, 500.0, 2000.0)


@pytest.fixture
def reading(rng):
    """Return 16 s of noise whose level and colour change four times a second, as speech does."""
    frames, step = 16 * RATE, RATE // 4
    place = np.arange(frames) / step
    knots = np.arange(frames // step + 2)
    sound = 1e-4 * rng.standard_normal(frames)
    for low in range(200, 4000, 200):
        level = np.interp(place, knots, rng.uniform(-40.0, 0.0, size=len(knots)))
        turn = 2 * np.pi * (low + 100 * np.sin(place)) * np.arange(frames) / RATE
        sound += 0.02 * 10 ** (level / 20) * np.sin(turn + rng.uniform(0, 6.28))
    return AudioClip(MemorySource(sound.astype(np.float32)[None], RATE))


def repaired(clip, model):
    (outcome,) = api.repair(RepairJob(clip, (BOX,), "unet", model)).outcomes
    return outcome


def test_intact_sound_comes_back_bit_for_bit_and_the_user_is_told(reading, wild):
    outcome = repaired(reading, wild)
    patch = outcome.candidates[0].patch
    before = reading.read(patch.start_frame, patch.end_frame)
    assert np.array_equal(patch.samples, before)
    assert outcome.candidates[0].note(BOX).is_unchanged
    (warning,) = outcome.warnings
    assert warning.startswith("Nothing in the marked part of the region at 6.000 s stands out")
    assert "Attenuate" in warning


def test_a_noise_over_it_is_repaired(reading, wild, rng):
    sound = reading.read(BOX.start_frame, BOX.end_frame)
    noise = rng.standard_normal(sound.shape).astype(np.float32) * 3 * np.std(sound)
    outcome = repaired(reading.with_patch(Patch(BOX.start_frame, (0,), sound + noise)), wild)
    patch = outcome.candidates[0].patch
    assert not np.array_equal(patch.samples, reading.read(patch.start_frame, patch.end_frame))
    assert not outcome.candidates[0].is_unchanged
    assert outcome.warnings == ()


def test_too_little_intact_sound_tells_nothing(rng):
    power = rng.exponential(size=(20, 30))
    assert measure_variation(power, np.zeros(30, dtype=bool), 10, 4) is None
    long = rng.exponential(size=(20, 400))
    assert measure_variation(long, np.ones(400, dtype=bool), 10, 4) is None
    assert measure_variation(long, np.zeros(400, dtype=bool), 10, 4) is not None


def test_a_short_recording_is_compared_with_shorter_sides(rng):
    power = rng.exponential(size=(20, 40))
    assert measure_variation(power, np.zeros(40, dtype=bool), 10, 4) is not None


def test_notes_of_music_that_begin_in_a_marked_area_are_left_alone(music_like, wild):
    clip = AudioClip(MemorySource(music_like(16.0, rate=RATE, channels=1), RATE))
    for start in (5.1, 6.3, 7.9):
        box = Region(round(start * RATE), round((start + 0.3) * RATE), 350.0, 1400.0)
        (outcome,) = api.repair(RepairJob(clip, (box,), "unet", wild)).outcomes
        patch = outcome.candidates[0].patch
        assert np.array_equal(patch.samples, clip.read(patch.start_frame, patch.end_frame))
