"""The engine that takes over a passage from elsewhere in the recording."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.runner import run
from uasrm_core.metrics.distances import snr_db

RATE = 44100


def repaired(samples, *regions, rate=RATE):
    clip = AudioClip(MemorySource(samples, rate))
    (outcome, *_) = run(RepairJob(clip, regions, "similarity")).outcomes
    return outcome


def with_patch(samples, candidate):
    clip = AudioClip(MemorySource(samples, RATE)).with_patch(candidate.patch)
    return clip.read(0, samples.shape[1])


@pytest.fixture
def loop(rng):
    """Return two channels of a bar of noise, played four times."""
    bar = rng.standard_normal((2, RATE)).astype(np.float32) * 0.1
    return np.tile(bar, (1, 4))


def test_what_repeats_comes_back(loop):
    region = Region(50000, 70000)
    damaged = loop.copy()
    damaged[:, 50000:70000] = 0.0
    (candidate,) = repaired(damaged, region).candidates
    assert candidate.source_frames is not None
    shift = candidate.source_frames[0] - 50000
    assert shift % RATE == 0
    assert candidate.source_frames[1] - candidate.source_frames[0] == 20000
    assert snr_db(loop, with_patch(damaged, candidate), 50000, 70000) > 35.0


def test_other_damage_is_not_taken_over(loop):
    damaged = loop.copy()
    gaps = [(50000, 70000), (50000 + RATE, 70000 + RATE), (5900, 25900)]
    for start, end in gaps:
        damaged[:, start:end] = 0.0
    outcome = repaired(damaged, *(Region(*gap) for gap in gaps))
    assert outcome.candidates[0].source_frames == (50000 + 2 * RATE, 70000 + 2 * RATE)


def test_crossing_unlike_sounds_loses_no_power(rng):
    noise = 0.1 * rng.standard_normal((1, 3 * RATE)).astype(np.float32)
    (candidate,) = repaired(noise, Region(60000, 70000)).candidates
    fixed = with_patch(noise, candidate)
    levels = [float(np.std(fixed[0, a : a + 441])) for a in (59559, 60000, 69559, 70000)]
    assert levels == pytest.approx([0.1] * 4, rel=0.2)


def test_too_short_a_recording_is_said(rng):
    noise = rng.standard_normal((1, RATE)).astype(np.float32)
    assert "no other undamaged stretch" in repaired(noise, Region(10000, 40000)).problem
