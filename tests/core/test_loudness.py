"""Loudness and true peak are those of the standard's own examples."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyloudnorm
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.metrics import loudness
from uasrm_core.metrics.loudness import Loudness, measure_loudness

RATE = 48000


@dataclass(frozen=True, eq=False)
class WatchedSource(MemorySource):
    """Samples in memory, and how many of them were read at once."""

    lengths: list[int] = field(default_factory=list)

    def read(self, start_frame: int, end_frame: int) -> np.ndarray:
        self.lengths.append(end_frame - start_frame)
        return super().read(start_frame, end_frame)


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


def test_a_recording_of_any_length_is_measured_in_blocks(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # loud and quiet parts, so that both gates count, over many blocks
    monkeypatch.setattr(loudness, "_BLOCK_S", 0.7)
    levels = np.repeat([0.3, 0.02, 1e-5, 0.1], 2 * RATE)
    samples = levels * rng.uniform(-1, 1, (2, 8 * RATE))
    whole = pyloudnorm.Meter(RATE).integrated_loudness(samples.T)
    source = WatchedSource(samples.astype(np.float32), RATE)
    measured = measure_loudness(AudioClip(source))
    assert measured is not None
    assert measured.lufs == pytest.approx(whole, abs=0.01)
    assert max(source.lengths) < RATE
