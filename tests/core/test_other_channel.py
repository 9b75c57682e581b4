"""A click in one channel is repaired with the help of another, whether or not that is intact."""

import numpy as np
import pytest
import soundfile

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.evaluation.planting_clicks import make_vinyl_click
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.interpolation.declick import declick
from uasrm_core.interpolation.other_channel import choose_other, expect_beside
from uasrm_core.resources import resource

RATE = 44100
CONTEXT = 8820


@pytest.fixture(scope="module")
def music():
    path = resource("samples", "hungarian_dance_clean.wav")
    samples, _ = soundfile.read(path, dtype="float32", always_2d=True, frames=6 * RATE)
    return np.ascontiguousarray(samples.T)


def _plant(music, trace, rng, count=8):
    """Yield damaged stretches, their clicks and the clean; `trace` is in the other channel."""
    for start in rng.integers(RATE, 5 * RATE, count):
        wave = make_vinyl_click(RATE, rng)
        around = slice(start - CONTEXT, start + len(wave) + CONTEXT)
        clean = music[:, around]
        peak = 3.0 * np.sqrt(np.mean(clean[0, CONTEXT - 2000 : CONTEXT + 2000] ** 2))
        damaged = clean.copy()
        inside = slice(CONTEXT, CONTEXT + len(wave))
        damaged[0, inside] += peak * wave
        damaged[1, inside] += trace * peak * wave
        yield damaged, (CONTEXT - 2, CONTEXT + len(wave) + 2), clean


def _measure_gains(music, trace, rng):
    """Return how much nearer each click comes in dB, alone and with the other channel."""
    gains = []
    for damaged, (start, end), clean in _plant(music, trace, rng):
        row = []
        for other in (None, damaged[1]):
            found = declick(damaged[0], start, end, RATE, other=other)
            mended = damaged[0].copy()
            mended[found.start : found.end] = found.samples
            errors = (np.sum(np.square(sound - clean[0])) for sound in (damaged[0], mended))
            row.append(10 * np.log10(np.divide(*errors)))
        gains.append(row)
    return np.mean(gains, axis=0)


def test_an_intact_channel_brings_a_click_nearer(music, rng):
    alone, together = _measure_gains(music, 0.0, rng)
    assert together > alone + 1.0


@pytest.mark.parametrize("trace", [0.03, 0.25, 1.0])
def test_a_click_in_the_other_channel_as_well_does_little_harm(music, rng, trace):
    alone, together = _measure_gains(music, trace, rng)
    assert together > alone - 1.5


def test_equal_channels_know_of_each_other_what_is_missing(music, rng):
    row = music[0, RATE : 2 * RATE] + 1e-4 * rng.standard_normal(RATE).astype(np.float32)
    expected = expect_beside(row, row, 20000, 20120, RATE)
    off = row[20000:20120] - expected.missing
    assert np.sum(off**2) < 1e-3 * np.sum(row[20000:20120] ** 2)


def test_the_channel_that_is_most_alike_is_chosen(music, rng):
    row = music[0, :RATE]
    noise = rng.standard_normal(RATE).astype(np.float32)
    others = np.stack([noise, -0.1 * row, np.zeros(RATE, np.float32)])
    assert np.array_equal(choose_other(row, others, 9000, 9100), others[1])
    assert choose_other(row, others[2:], 9000, 9100) is None
    assert choose_other(row, others[:0], 9000, 9100) is None


@pytest.mark.parametrize("context", [30, 400])
def test_little_or_silent_surroundings_are_no_trouble(music, context):
    row, other = music[:, RATE : RATE + 2 * context + 20]
    for beside in (other, np.zeros_like(other)):
        found = declick(row, context, context + 20, RATE, other=beside)
        assert np.isfinite(found.samples).all()


def test_a_region_of_one_channel_is_repaired_with_the_other(music, rng):
    damaged, (start, end), clean = next(_plant(music, 0.0, rng))
    region = Region(start, end, channels=(0,), kind=Kind.CLICK)
    heard = []
    for sound in (damaged, damaged[:1]):
        clip = AudioClip(MemorySource(sound, RATE))
        result = api.repair(RepairJob(clip, (region,)))
        heard.append(clip.with_patches(result.best_patches).read(0, clip.frames))
    both, alone = heard
    assert np.array_equal(both[1], clean[1])
    assert not np.array_equal(both[0], alone[0])
