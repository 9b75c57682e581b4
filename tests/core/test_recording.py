"""What the rest of a recording tells about a gap."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.dsp.recording import EXEMPLARS, QUANTILES, STFT, find_repeat, levels, references

RATE = 44100


def test_levels_of_a_steady_sine_are_its_amplitude_at_every_quantile(tone):
    hz = 100 * RATE / STFT.fft_size
    found = levels(tone(hz, 3.0, amplitude=0.25)[0], [])
    assert found.shape == (len(QUANTILES), STFT.bins)
    assert np.exp(found[:, 100]) == pytest.approx([0.25] * 3, rel=0.05)
    assert np.all(found[:, 300] < np.log(1e-3))


def test_levels_grow_with_the_quantile_and_leave_the_gap_out(rng):
    sound = (0.01 * rng.standard_normal(3 * RATE)).astype(np.float32)
    quiet = levels(sound, [(50000, 60000)])
    sound[50000:60000] = 1.0
    assert np.array_equal(levels(sound, [(50000, 60000)]), quiet)
    assert np.all(np.diff(quiet, axis=0) >= 0)


@pytest.mark.parametrize("frames", [10, 3000])
def test_levels_of_next_to_nothing_are_numbers(frames):
    assert np.isfinite(levels(np.zeros(frames, np.float32), [(0, frames)])).all()


@pytest.mark.parametrize("rate", [16000, 48000, 96000])
def test_levels_stand_at_the_same_bins_at_any_rate(tone, rate):
    hz = 100 * RATE / STFT.fft_size
    found = levels(tone(hz, 3.0, rate=rate, amplitude=0.25)[0], [], scale=rate / RATE)
    assert found.shape == (len(QUANTILES), STFT.bins)
    assert np.argmax(found[1]) == 100
    assert np.exp(found[:, 100]) == pytest.approx([0.25] * 3, rel=0.05)


def test_references_line_up_with_the_window(rng):
    bar = rng.standard_normal((2, RATE)).astype(np.float32)
    sound = np.tile(bar, (1, 4))
    gap, window = (60000, 65000), (40000, 80000)
    found = references(sound, RATE, [gap], gap, window)
    assert found.shape == (2, EXEMPLARS, 40000)
    # the hole shows up nowhere in it: the counterpart is whole
    assert found[:, 0, 20000:25000] == pytest.approx(sound[:, 60000:65000], abs=1e-6)


def test_references_of_a_short_recording_are_silent(rng):
    sound = rng.standard_normal((1, 8000)).astype(np.float32)
    assert not references(sound, RATE, [(1000, 6000)], (1000, 6000), (0, 8000)).any()


@pytest.mark.parametrize(
    ("noise", "frames", "found"),
    [
        (0.1, 2000, True),
        (0.3, 2000, False),
        (0.3, 5000, True),
        (0.6, 5000, False),
    ],
)
def test_the_same_sound_again_is_told_more_strictly_for_short_gaps(rng, noise, frames, found):
    sound = rng.standard_normal(40000).astype(np.float32)
    again = sound + noise * rng.standard_normal(40000).astype(np.float32)
    other = rng.standard_normal(40000).astype(np.float32)
    heard, gap = sound.copy(), (15000, 15000 + frames)
    heard[slice(*gap)] = 0.0
    for passages, place in (([again, other], 0), ([other, again], 1)):
        told = find_repeat(np.stack(passages), heard, gap, RATE)
        assert (told is not None) == found
        if told is not None:
            assert told[0] == place
            assert told[1] > 0.9
    assert find_repeat(np.zeros((2, 40000), np.float32), heard, gap, RATE) is None
