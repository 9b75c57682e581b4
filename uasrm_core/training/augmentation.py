"""Augmentation of recordings: rooms, codecs, equalisers and noise.

What is to be learnt is how sound goes on, and not one studio's voice: speech, of which there are
few voices to learn from, is varied most.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import soundfile
from scipy import signal

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.training.settings import KindSettings

# MPEG-1 and MPEG-2 layer III.
MP3_RATES = (16000, 22050, 24000, 32000, 44100, 48000)


def augment(
    samples: Samples, rate: int, chances: KindSettings, rng: np.random.Generator
) -> Samples:
    """Return ``(frames,)`` as another recording of the same might be."""
    for name, vary in _VARIATIONS.items():
        chance = getattr(chances, name)
        if chance and rng.uniform() < chance:
            samples = vary(samples, rate, rng)
    return samples


def equalise(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Turn bands of the spectrum up and down, by some 5 dB."""
    bends = np.geomspace(50.0, rate / 2, 8)
    decibels = rng.normal(0.0, 5.0, size=len(bends))
    hz = np.linspace(0.0, rate / 2, 257)
    gain = 10 ** (np.interp(np.log(hz + 1.0), np.log(bends), decibels) / 20)
    kernel = signal.firwin2(513, hz, gain, fs=rate)
    return _as_float32(signal.oaconvolve(samples, kernel, mode="same"))


def add_room(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Add the decaying echoes of a room, as noise that falls by 60 dB in its reverberation time."""
    decay_s = float(rng.uniform(0.15, 0.7))
    times = np.arange(int(decay_s * rate)) / rate
    echoes = rng.normal(size=len(times)) * 10 ** (-3.0 * times / decay_s)
    echoes[: int(rng.uniform(0.001, 0.01) * rate)] = 0.0
    echoes *= 10 ** (rng.uniform(-18.0, 0.0) / 20) / np.linalg.norm(echoes)
    return _as_float32(samples + signal.oaconvolve(samples, echoes)[: len(samples)])


def add_noise(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Add steady noise, 25 to 65 dB under the sound, darker or brighter."""
    spectrum = np.fft.rfft(rng.normal(size=len(samples)))
    slope = rng.uniform(-1.0, 0.25)
    spectrum *= (np.arange(len(spectrum)) + len(spectrum) / 400.0) ** slope
    noise = np.fft.irfft(spectrum, len(samples))
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    under = 10 ** (-rng.uniform(25.0, 65.0) / 20)
    return _as_float32(samples + noise * (level * under / (np.std(noise) + 1e-12)))


def narrow_band(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Take the top of the spectrum away."""
    narrow = round(2 * rng.uniform(3400.0, 7500.0))
    if narrow >= rate:
        return samples
    back = resample(resample(samples[None], rate, narrow), narrow, rate)[0]
    return np.pad(back, (0, max(len(samples) - len(back), 0)))[: len(samples)]


def code_as_mp3(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Code as MP3 and decode again."""
    if rate not in MP3_RATES:
        return samples
    peak = float(np.max(np.abs(samples), initial=1e-9))
    stream = io.BytesIO()
    soundfile.write(
        stream,
        samples * (0.9 / peak),
        rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=float(rng.uniform(0.4, 0.95)),
    )
    stream.seek(0)
    back, _ = soundfile.read(stream, dtype="float32")
    if len(back) < len(samples):
        return samples
    return _as_float32(back[: len(samples)] * (peak / 0.9))


def _as_float32(samples: object) -> Samples:
    return np.asarray(samples, dtype=np.float32)


# In the order in which sound meets them.
_VARIATIONS: dict[str, Callable[[Samples, int, np.random.Generator], Samples]] = {
    made.__name__: made for made in (equalise, add_room, add_noise, narrow_band, code_as_mp3)
}
