"""The measures agree with their definitions, and with what a listener would say."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from uasrm_core.dsp import metrics
from uasrm_core.errors import DataError

RATE = 44100
START, END = 20_000, 24_000


@pytest.fixture
def clean(music_like):
    return music_like(1.2, channels=2)


def _with_noise(clean, level, rng):
    repaired = clean.copy()
    noise = rng.standard_normal((clean.shape[0], END - START)).astype(np.float32)
    repaired[:, START:END] += level * noise
    return repaired


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


def test_every_measure_prefers_the_fainter_noise(clean, rng):
    faint, loud = (_with_noise(clean, level, rng) for level in (0.003, 0.1))
    for name, better in (("snr", 1), ("lsd", -1), ("zimtohrli", 1)):
        measure = metrics.METRICS[name]
        figures = [measure(clean, y, START, END, RATE) for y in (faint, loud)]
        assert better * figures[0] > better * figures[1], name


def test_zimtohrli_gives_a_perfect_repair_full_marks_at_any_rate(music_like):
    sound = music_like(1.0, rate=16000, channels=1)
    score = metrics.zimtohrli_mos(sound, sound.copy(), 6000, 8000, 16000)
    assert score == pytest.approx(5.0, abs=1e-6)


def test_a_missing_zimtohrli_is_told_in_a_sentence(clean, monkeypatch):
    monkeypatch.setitem(sys.modules, "zimtohrli", None)
    with pytest.raises(DataError, match="pip install"):
        metrics.zimtohrli_mos(clean, clean, START, END, RATE)
