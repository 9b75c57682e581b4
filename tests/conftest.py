"""Signals and files that any test may ask for; everything random is seeded."""

from __future__ import annotations

import os

# Two processes with threads of their own on each processor would wait for each other; the programs
# that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Texts are compared in English, whatever the language of the machine.
os.environ["UASRM_LANGUAGE"] = "en"

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

Samples = npt.NDArray[np.float32]

RATE = 44100

# How long an example takes is the machine's business; speed is measured elsewhere.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure() -> None:
    # A shell starts background jobs deaf to Ctrl-C, and nohup makes them deaf to a lost terminal;
    # the programs under test inherit that.
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    for number, handler in usual.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator that gives every test the same numbers on every run."""
    return np.random.default_rng(20240601)


@pytest.fixture
def tone() -> Callable[..., Samples]:
    """Return a maker of steady tones, float32 (channels, frames)."""

    def make(
        hz: float = 440.0,
        seconds: float = 1.0,
        *,
        rate: int = RATE,
        channels: int = 1,
        amplitude: float = 0.5,
    ) -> Samples:
        time = np.arange(round(seconds * rate)) / rate
        wave = amplitude * np.sin(2 * np.pi * hz * time)
        return np.tile(wave, (channels, 1)).astype(np.float32)

    return make


@pytest.fixture
def music_like() -> Callable[..., Samples]:
    """Return a maker of harmonic notes that change, over a little noise, (channels, frames).

    Every channel holds the same notes at other levels, as a stereo recording does. The peak is
    0.5, and the same arguments give the same samples.
    """

    def make(
        seconds: float = 2.0, *, rate: int = RATE, channels: int = 2, seed: int = 7
    ) -> Samples:
        rng = np.random.default_rng(seed)
        frames = round(seconds * rate)
        signal = 1e-3 * rng.standard_normal((channels, frames))
        note_frames = round(0.4 * rate)
        for start in range(0, frames, note_frames):
            time = np.arange(min(2 * note_frames, frames - start)) / rate
            attack = np.minimum(time / 0.01, 1.0)
            for pitch in rng.choice([220.0, 261.6, 329.6, 392.0, 440.0], size=2, replace=False):
                levels = rng.uniform(0.4, 1.0, size=(channels, 1))
                for partial in range(1, 7):
                    decay = attack * np.exp(-time * (2.0 + partial)) / partial
                    phase = rng.uniform(0, 2 * np.pi)
                    wave = decay * np.sin(2 * np.pi * pitch * partial * time + phase)
                    signal[:, start : start + time.size] += levels * wave
        return (0.5 * signal / np.abs(signal).max()).astype(np.float32)

    return make


@pytest.fixture
def wav_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of audio files: ``wav_file(samples, rate, name=..., subtype=...)``.

    `samples` are (channels, frames); the file's name decides its container.
    """

    def write(
        samples: npt.NDArray[Any],
        rate: int = RATE,
        *,
        name: str = "recording.wav",
        subtype: str | None = None,
    ) -> Path:
        path = tmp_path / name
        soundfile.write(path, np.atleast_2d(samples).T, rate, subtype=subtype)
        return path

    return write
