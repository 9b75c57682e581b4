"""Plants noises over clean recordings: thumps, coughs, knocks, rings, whistles, hum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import signal

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.synthetic_noises import ring
from uasrm_core.evaluation.planting import Damage, draw_places, level_around

# Levels are RMS against the sound around, drawn evenly.
THUMP_S, THUMP_HZ = (0.03, 0.2), (25.0, 110.0)
COUGH_S, KNOCK_S = (0.15, 0.5), (0.03, 0.12)
RING_S, WHISTLE_S, WHISTLE_HZ = (0.3, 1.5), (0.3, 1.2), (900.0, 5000.0)
HUM_HARMONICS = (3, 16)
FADE_S = 0.01

Wave = Callable[[int, np.random.Generator], tuple[Samples, str]]


def plant_thumps(
    samples: Samples, rate: int, rng: np.random.Generator, *, level_db: float, count: int
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add low thuds: a damped wave with a soft beginning, as of a knocked microphone."""

    def thump(rate: int, rng: np.random.Generator) -> tuple[Samples, str]:
        time = np.arange(round(rng.uniform(*THUMP_S) * rate)) / rate
        hz = rng.uniform(*THUMP_HZ)
        slide = 1.0 - 0.3 * time / time[-1]
        wave = np.sin(2 * np.pi * hz * slide * time) * np.exp(-4.0 * time / time[-1])
        return _fade(wave, rate), "thump"

    return _plant(samples, rate, rng, Kind.THUMP, thump, level_db, count, THUMP_S[1])


def plant_coughs(
    samples: Samples, rate: int, rng: np.random.Generator, *, level_db: float, count: int
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add coughs, one or two bursts of noise with formants, and knocks on wood."""

    def cough(rate: int, rng: np.random.Generator) -> tuple[Samples, str]:
        if rng.uniform() < 0.5:
            return _knock(rate, rng), "knock"
        frames = round(rng.uniform(*COUGH_S) * rate)
        noise = rng.standard_normal(frames)
        for hz in rng.uniform((400, 1200, 2500), (900, 2200, min(4000, 0.45 * rate))):
            b, a = signal.iirpeak(hz, 2.0, fs=rate)
            noise = noise + 3.0 * signal.lfilter(b, a, noise)
        time = np.arange(frames) / frames
        shape = np.exp(-5.0 * time)
        if rng.uniform() < 0.5:
            second = rng.uniform(0.4, 0.6)
            shape = shape + 0.7 * (time > second) * np.exp(-6.0 * np.maximum(time - second, 0.0))
        return _fade(noise * shape, rate), "cough"

    return _plant(samples, rate, rng, Kind.COUGH, cough, level_db, count, COUGH_S[1])


def plant_tones(
    samples: Samples, rate: int, rng: np.random.Generator, *, level_db: float, count: int
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add telephone rings and whistles, steady or sliding by up to a third."""

    def tone(rate: int, rng: np.random.Generator) -> tuple[Samples, str]:
        if rng.uniform() < 0.4:
            return ring(round(rng.uniform(*RING_S) * rate), rate, rng), "ring"
        time = np.arange(round(rng.uniform(*WHISTLE_S) * rate)) / rate
        first = rng.uniform(*WHISTLE_HZ)
        last = first * (rng.uniform(0.75, 1.33) if rng.uniform() < 0.5 else 1.0)
        hz = first + (last - first) * time / time[-1]
        wave = np.sin(2 * np.pi * np.cumsum(hz) / rate)
        return _fade(wave, rate), "whistle" if first == last else "slide"

    return _plant(samples, rate, rng, Kind.TONE, tone, level_db, count, RING_S[1])


def plant_hum(
    samples: Samples, rate: int, rng: np.random.Generator, *, level_db: float
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add hum to all of a recording: 50 or 60 Hz that drifts, with few harmonics or many.

    Its RMS is `level_db` against that of the whole recording.
    """
    frames = samples.shape[1]
    time = np.arange(frames) / rate
    mains = float(rng.choice([50.0, 60.0])) * (1 + rng.uniform(-0.01, 0.01))
    drift = 1 + 0.002 * np.sin(2 * np.pi * time / rng.uniform(15, 60) + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(mains * drift) / rate
    wave = np.zeros(frames)
    for number in range(1, int(rng.integers(*HUM_HARMONICS, endpoint=True)) + 1):
        loud = rng.uniform(0.3, 1.0) / number**0.7
        wave += loud * np.sin(number * phase + rng.uniform(0, 2 * np.pi))
    level = float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))
    wave *= level * 10 ** (level_db / 20) / np.sqrt(np.mean(wave**2))
    channels = tuple(range(len(samples)))
    damage = Damage(Kind.HUM, 0, frames, channels, level_db, f"{mains:.1f} Hz")
    return np.asarray(samples + wave, np.float32), (damage,)


def _knock(rate: int, rng: np.random.Generator) -> Samples:
    time = np.arange(round(rng.uniform(*KNOCK_S) * rate)) / rate
    wave = 0.7 * rng.standard_normal(len(time)) * np.exp(-12.0 * time / time[-1])
    for hz in rng.uniform(150, min(2500, 0.4 * rate), size=4):
        damped = np.exp(-6.0 * time / time[-1])
        wave = wave + np.sin(2 * np.pi * hz * time + rng.uniform(0, 6)) * damped
    return _fade(wave, rate, fade_s=0.001)


def _plant(
    samples: Samples,
    rate: int,
    rng: np.random.Generator,
    kind: Kind,
    wave: Wave,
    level_db: float,
    count: int,
    longest_s: float,
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add waves at places where something sounds, each at its level over the sound around it."""
    damaged = samples.copy()
    damages = []
    longest = round(longest_s * rate)
    channels = tuple(range(len(samples)))
    for start in draw_places(samples, rate, rng, count, longest, longest + round(0.5 * rate)):
        sound, shape = wave(rate, rng)
        end = start + len(sound)
        loud = level_around(samples, rate, start, end) * 10 ** (level_db / 20)
        damaged[:, start:end] += sound * np.float32(loud)
        damages.append(Damage(kind, start, end, channels, level_db, shape))
    return damaged, tuple(damages)


def _fade(wave: np.ndarray, rate: int, fade_s: float = FADE_S) -> Samples:
    """Fade in and out, and set the RMS to 1."""
    fade = max(min(round(fade_s * rate), len(wave) // 4), 1)
    ramp = np.sin((np.arange(fade) + 0.5) / fade * (np.pi / 2)) ** 2
    wave = wave.copy()
    wave[:fade] *= ramp
    wave[-fade:] *= ramp[::-1]
    return np.asarray(wave / np.sqrt(np.mean(wave**2)), dtype=np.float32)
