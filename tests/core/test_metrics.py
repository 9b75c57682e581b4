"""The measures agree with their definitions, and with what a listener would say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from uasrm_core.metrics import distances as metrics

RATE = 44100
START, END = 20_000, 24_000


@pytest.fixture
def clean(music_like):
    return music_like(1.2, channels=2)


def test_a_perfect_repair_has_the_best_figures(clean):
    assert metrics.snr_db(clean, clean.copy(), START, END) == 60.0
    assert metrics.lsd_db(clean, clean.copy(), START, END) == 0.0


def test_snr_is_the_ratio_of_energies_over_the_lost_samples_only(clean):
    repaired = 1.1 * clean
    repaired[:, :START] = 0.0
    assert metrics.snr_db(clean, repaired, START, END) == pytest.approx(20.0, abs=1e-3)


def test_a_blanked_gap_has_an_snr_of_zero(clean):
    blank = clean.copy()
    blank[:, START:END] = 0.0
    assert metrics.snr_db(clean, blank, START, END) == 0.0


def test_sound_where_silence_was_has_the_lowest_snr(clean):
    assert metrics.snr_db(np.zeros_like(clean), clean, START, END) == -60.0


def _lsd_by_the_book(x, y, start, end):
    """Compute the definition frame by frame, for one channel."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
    distances = []
    for at in range(start - 768, end + 768 - 1024 + 1, 256):
        a, b = (
            np.array([s[k] if 0 <= k < len(s) else 0.0 for k in range(at, at + 1024)])
            for s in (x, y)
        )
        if np.sum(a**2) < 1e-5 and np.sum(b**2) < 1e-5:
            continue
        A, B = np.abs(np.fft.rfft(a * window)), np.abs(np.fft.rfft(b * window))
        f = 0.001 * max(A.max(), B.max())
        distances.append(np.sqrt(np.mean((20 * np.log10((A + f) / (B + f))) ** 2)))
    return np.mean(distances)


@pytest.mark.parametrize(("start", "end"), [(20_000, 24_000), (20_000, 20_001), (0, 900)])
def test_lsd_follows_its_definition(clean, rng, start, end):
    x = clean[:1]
    y = x.copy()
    y[:, start:end] = 0.05 * rng.standard_normal((1, end - start))
    expected = _lsd_by_the_book(x[0], y[0], start, end)
    assert metrics.lsd_db(x, y, start, end) == pytest.approx(expected, rel=1e-5)


def test_lsd_at_the_end_counts_what_lies_beyond_as_silence(clean):
    x = clean[:1]
    start, end = x.shape[1] - 700, x.shape[1]
    y = x.copy()
    y[:, start:] *= 0.3
    expected = _lsd_by_the_book(x[0], y[0], start, end)
    assert metrics.lsd_db(x, y, start, end) == pytest.approx(expected, rel=1e-5)


def test_lsd_does_not_look_beyond_the_windows_that_meet_the_gap(clean):
    other = clean.copy()
    other[:, : START - 768] = 0.0
    other[:, END + 768 :] = 0.0
    assert metrics.lsd_db(clean, other, START, END) == 0.0


def test_lsd_of_silence_is_no_number():
    silence = np.zeros((1, 8192), dtype=np.float32)
    assert math.isnan(metrics.lsd_db(silence, silence, 3000, 4000))


def test_lsd_of_a_band_looks_at_nothing_else(clean, rng):
    other = clean.copy()
    hiss = rng.standard_normal(clean.shape)
    spectrum = np.fft.rfft(hiss)
    spectrum[:, np.fft.rfftfreq(clean.shape[1], 1 / RATE) < 8000] = 0.0
    other += (0.01 * np.fft.irfft(spectrum, clean.shape[1])).astype(np.float32)
    low, high = (metrics.lsd_bins(band, RATE) for band in ((200.0, 6000.0), (9000.0, 15000.0)))
    figures = [metrics.lsd_db(clean, other, START, END, bins=bins) for bins in (low, high)]
    assert figures[0] < 0.1
    assert figures[1] > 5


def test_the_bins_of_a_band_are_those_inside_it():
    bins = metrics.lsd_bins((300.0, 3000.0), RATE)
    assert (bins.start - 1) * RATE / 1024 < 300 <= bins.start * RATE / 1024
    assert (bins.stop - 1) * RATE / 1024 <= 3000 < bins.stop * RATE / 1024
    narrow = metrics.lsd_bins((300.0, 301.0), RATE)
    assert narrow.stop - narrow.start == 1
