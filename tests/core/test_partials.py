"""What is taken from the smooth fill and from a take of music: partials, and the rest."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.partials import join
from uasrm_core.inpainting.splice import crossfade_frames

RATE = 44100
START, END = 44100, 44100 + 13230
PITCH_HZ = 440.0


def band_power_db(samples, low_hz, high_hz):
    """Return the power of a band in the gap, in dB."""
    inside = samples[0, START:END]
    power = np.square(np.abs(np.fft.rfft(inside * np.hanning(len(inside)))))
    hz = np.fft.rfftfreq(len(inside), 1 / RATE)
    return 10.0 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum())


def wavering_db(samples):
    """Return how far the level at the pitch changes within the gap, in dB."""
    size = 2048
    blocks = np.lib.stride_tricks.sliding_window_view(samples[0, START:END], size)[::512]
    wave = np.exp(2j * np.pi * PITCH_HZ / RATE * np.arange(size))
    return float(np.std(20.0 * np.log10(np.abs(blocks @ (wave * np.hanning(size))))))


@pytest.fixture
def fills(rng):
    """Return a gap in a tone with noise, a smooth fill 6 dB down, and a take that wavers."""
    time = np.arange(3 * RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * PITCH_HZ * time)
    noise = 0.02 * rng.standard_normal(len(time))
    clean = (tone + noise).astype(np.float32)[None]
    smooth, take = clean.copy(), clean.copy()
    inside = slice(START, END)
    wavering = 1.0 + 0.8 * np.sin(2 * np.pi * 9.0 * time[inside])
    smooth[0, inside] = 0.5 * tone[inside] + 0.1 * noise[inside]
    take[0, inside] = wavering * tone[inside] + 0.02 * rng.standard_normal(END - START)
    return Gap(clean, START, END, RATE), smooth, take


def test_a_partial_goes_on_as_in_the_smooth_fill_as_loud_as_in_the_take(fills):
    _, smooth, take = fills
    joined = join(*fills)
    assert wavering_db(joined) < 0.5 * wavering_db(take)
    powers = [band_power_db(sound, 400, 480) for sound in (joined, take, smooth)]
    assert powers[0] == pytest.approx(powers[1], abs=1.5)
    assert powers[2] < powers[1] - 5.0


def test_noise_is_that_of_the_take(fills):
    take = fills[-1]
    joined = join(*fills)
    left = band_power_db(joined - take, 2000, 16000)
    assert left < band_power_db(take, 2000, 16000) - 10.0


def test_nothing_is_changed_farther_from_the_gap_than_edges_are_crossed(fills):
    gap, smooth, take = fills
    joined = join(gap, smooth, take)
    reach = crossfade_frames(RATE)
    assert joined.dtype == np.float32
    assert np.array_equal(joined[:, : START - reach], take[:, : START - reach])
    assert np.array_equal(joined[:, END + reach :], take[:, END + reach :])


def test_what_fills_hold_farther_from_the_gap_counts_for_nothing(fills, rng):
    gap, *two = fills
    joined = join(gap, *two)
    reach = crossfade_frames(RATE)
    for fill in two:
        fill[:, : START - reach] = rng.standard_normal(START - reach)
    inside = slice(START - reach, None)
    assert np.array_equal(join(gap, *two)[:, inside], joined[:, inside])


def test_lines_that_only_the_smooth_fill_has_are_left_out(fills):
    gap, smooth, take = fills
    time = np.arange(END - START) / RATE
    smooth[0, START:END] += 0.05 * np.sin(2 * np.pi * 5000.0 * time)
    joined = join(gap, smooth, take)
    assert band_power_db(joined, 4980, 5020) < band_power_db(take, 4980, 5020) + 3.0


def test_fills_that_are_alike_stay_as_they_are(fills):
    gap, _, take = fills
    np.testing.assert_allclose(join(gap, take, take), take, atol=1e-5)


@pytest.mark.parametrize(("rate", "frames"), [(8000, 1200), (44100, 6000), (192000, 40000)])
def test_silence_and_short_surroundings_stay_finite(rng, rate, frames):
    take = np.zeros((2, frames), dtype=np.float32)
    take[1] = 0.1 * rng.standard_normal(frames)
    smooth = np.zeros_like(take)
    joined = join(Gap(take, 10, frames - 10, rate), smooth, take)
    assert np.isfinite(joined).all()
    assert not joined[0].any()
