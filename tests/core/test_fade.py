"""The engine that makes nothing up: the sound fades out, and in again over the background."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.runner import run

RATE = 16000
START, END = 33000, 41000
MIDDLE = slice(START + 2000, END - 2000)


def repaired(samples):
    lost = samples.copy()
    lost[:, START:END] = 0.0
    clip = AudioClip(MemorySource(lost, RATE))
    (candidate,) = run(RepairJob(clip, (Region(START, END),), "fade")).outcomes[0].candidates
    return clip.with_patch(candidate.patch).read(0, samples.shape[1])


def level_db(samples):
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-12))


@pytest.fixture
def spoken(rng):
    """Return five seconds of a tone that pauses every half second, over noise at −60 dB."""
    frames = np.arange(5 * RATE)
    tone = 0.2 * np.sin(2 * np.pi * 220 * frames / RATE) * (frames // (RATE // 4) % 2 == 0)
    noise = 1e-3 * rng.standard_normal(len(frames))
    return (tone + noise).astype(np.float32)[None]


def test_in_between_there_is_the_background_of_the_pauses(spoken):
    assert level_db(repaired(spoken)[:, MIDDLE]) == pytest.approx(-60.0, abs=1.5)


def test_where_there_are_no_pauses_there_is_silence(music_like):
    made = repaired(music_like(5.0, rate=RATE))
    assert level_db(made[:, MIDDLE]) < -100.0
    assert level_db(made[:, START : START + 160]) > -40.0


def test_the_sound_goes_on_from_both_edges_and_dies_away(spoken):
    made = repaired(spoken)
    steps = [level_db(made[0, START + k : START + k + 320]) for k in (0, 640, 1280)]
    assert steps[0] > steps[1] > steps[2]


def test_the_same_comes_of_it_every_time(spoken):
    assert np.array_equal(repaired(spoken), repaired(spoken))


def test_a_gap_at_the_end_only_fades_out(spoken):
    cut = spoken[:, :END]
    assert np.isfinite(repaired(cut)).all()
