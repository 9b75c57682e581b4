"""Loudness and true peak are those of the standard's own examples."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.metrics import loudness
from uasrm_core.metrics.loudness import Loudness, measure_loudness

RATE = 48000


def clip_of(samples: np.ndarray) -> AudioClip:
    return AudioClip(MemorySource(samples.astype(np.float32), RATE))


def test_a_tone_of_997_hz_at_full_scale() -> None:
    # BS.1770: a sine of 0 dBFS in one channel measures −3.01 LKFS
    time = np.arange(5 * RATE) / RATE
    measured = measure_loudness(clip_of(np.sin(2 * np.pi * 997 * time)[np.newaxis]))
    assert measured is not None
    assert measured.lufs == pytest.approx(-3.01, abs=0.05)
    assert measured.true_peak_db == pytest.approx(0.0, abs=0.05)


def test_a_peak_between_samples_is_found() -> None:
    # a quarter of the rate, 45 degrees off: every sample is 3 dB below the peak
    samples = np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4)[np.newaxis]
    assert np.abs(samples).max() < 0.708
    measured = measure_loudness(clip_of(samples))
    assert measured is not None
    assert measured.true_peak_db == pytest.approx(0.0, abs=0.2)


def test_silence_and_what_is_too_short_have_none() -> None:
    assert measure_loudness(clip_of(np.zeros((2, RATE)))) == Loudness(None, None)
    short = measure_loudness(clip_of(0.5 * np.ones((1, 100))))
    assert short is not None
    assert short.lufs is None


def test_what_does_not_fit_into_memory_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loudness, "LONGEST_S", 0.5)
    assert measure_loudness(clip_of(np.zeros((1, RATE)))) is None
