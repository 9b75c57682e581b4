"""Make the simple kinds of sound that the notebook reports on: tones, and drums.

    python tools/make_notebook_set.py --into DIR
    uasrm evaluate DIR/*.flac RECORDINGS… --engines ar,original --model MODEL --gaps 150,500 \
        --metrics closeness

The notebook's own 1,000 samples were never published; these stand for the two simpler kinds, and
recordings of music and speech for the third.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile

RATE = 44100
SECONDS = 60
BEAT_S = 0.5


def tones(rng: np.random.Generator) -> np.ndarray:
    """Return notes of one to three partials, one a beat, each held until the next but one."""
    sound = np.zeros(SECONDS * RATE)
    beat = round(BEAT_S * RATE)
    for start in range(0, len(sound), beat):
        time = np.arange(min(2 * beat, len(sound) - start)) / RATE
        hz = 220.0 * 2.0 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
        envelope = np.minimum(time / 0.02, 1.0) * np.minimum((2 * BEAT_S - time) / 0.2, 1.0)
        for partial in range(1, int(rng.integers(1, 4)) + 1):
            phase = rng.uniform(0, 2 * np.pi)
            sound[start : start + len(time)] += (
                envelope / partial**2 * np.sin(2 * np.pi * hz * partial * time + phase)
            )
    return 0.3 * sound / np.abs(sound).max()


def drums(rng: np.random.Generator) -> np.ndarray:
    """Return a beat of bass drum, snare and hi-hat that varies from bar to bar."""
    sound = np.zeros(SECONDS * RATE)
    step = round(BEAT_S / 2 * RATE)
    for number, start in enumerate(range(0, len(sound), step)):
        if number % 8 in (0, 5) or rng.uniform() < 0.05:
            _add(sound, start, _bass_drum())
        if number % 8 in (2, 6):
            _add(sound, start, 0.6 * _noise(rng, 0.08, 1500.0))
        if rng.uniform() < 0.9:
            _add(sound, start, 0.25 * _noise(rng, 0.03, 7000.0))
    return 0.5 * sound / np.abs(sound).max()


def _bass_drum() -> np.ndarray:
    time = np.arange(round(0.25 * RATE)) / RATE
    turns = 50.0 * time + 80.0 * 0.03 * (1 - np.exp(-time / 0.03))
    return np.exp(-time / 0.08) * np.sin(2 * np.pi * turns)


def _noise(rng: np.random.Generator, decay_s: float, low_hz: float) -> np.ndarray:
    frames = round(6 * decay_s * RATE)
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    spectrum[np.fft.rfftfreq(frames, 1 / RATE) < low_hz] *= 0.1
    return np.fft.irfft(spectrum, frames) * np.exp(-np.arange(frames) / RATE / decay_s)


def _add(sound: np.ndarray, start: int, hit: np.ndarray) -> None:
    end = min(start + len(hit), len(sound))
    sound[start:end] += hit[: end - start]


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    folder = parser.parse_args().into
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, make) in enumerate({"tones": tones, "drums": drums}.items()):
        soundfile.write(folder / f"{name}.flac", make(np.random.default_rng(number)), RATE)


if __name__ == "__main__":
    main()
