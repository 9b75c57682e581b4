"""The engine that fades the sound out and in again over the recording's own background."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.gap import Gap, silence_gap, sounding_channels
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, istft, stft

# Over so much of a gap, on each side, the sound that goes on dies away; at most half of the gap.
FADE_S = 0.08
# The background is heard where the recording is at least so much quieter than where it is loud.
# Where there are no pauses, there is nothing to be heard of it.
PAUSE_DB = 20.0
LEAST_PAUSES = 4
LOUD_SHARE = 0.9
WINDOW_S = 0.032


class FadeEngine(Engine):
    """Fades out what goes on from before a gap and fades in what leads to the sound after it.

    In between there is the background of the recording, as it is heard in pauses nearby, or
    silence.
    """

    name = "fade"
    context_s = 2.0

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the gap filled; see `Engine.fill`."""
        gap = known.gap
        filled = silence_gap(gap)
        fade = _fade_out(gap.frames, min(round(FADE_S * gap.rate), gap.frames // 2))
        sounding = sounding_channels(gap)
        for number, channel in enumerate(sounding):
            progress.report(number / len(sounding))
            fills = known.fills(channel)
            dying = fills.forward * fade + fills.backward * fade[::-1]
            # powers add up, since nothing of the background is in what goes on
            under = np.sqrt(np.maximum(1.0 - fade**2 - fade[::-1] ** 2, 0.0))
            background = _draw_background(gap, channel)
            filled[channel, gap.start : gap.end] = dying + under * background
        return Guess(filled)


def _fade_out(frames: int, ramp_frames: int) -> Samples:
    """Return the weight of what goes on from before the gap, ``(frames,)``: cosine, then 0."""
    weights = np.zeros(frames, dtype=np.float32)
    weights[:ramp_frames] = np.cos(np.arange(ramp_frames) / max(ramp_frames, 1) * (np.pi / 2))
    return weights


def _draw_background(gap: Gap, channel: int) -> Samples:
    """Return noise with the spectrum of the pauses about a gap, ``(gap frames,)``.

    The same every time for a place. Silence where there are no pauses.
    """
    half = max(round(WINDOW_S * gap.rate) // 2, 1)
    config = StftConfig(fft_size=2 * half, hop_frames=half)
    row = gap.samples[channel]
    sides = [row[: gap.start], row[gap.end :]]
    powers = [_measure_powers(side, config) for side in sides if len(side) >= config.fft_size]
    silence = np.zeros(gap.frames, dtype=np.float32)
    if not powers:
        return silence
    power = np.concatenate(powers, axis=1)
    level = power.sum(axis=0)
    pauses = level < np.quantile(level, LOUD_SHARE) * 10 ** (-PAUSE_DB / 10)
    if np.count_nonzero(pauses) < LEAST_PAUSES:
        return silence
    place = gap.start if gap.search is None else gap.search.start
    noise = np.random.default_rng([place, channel]).standard_normal(gap.frames)
    spectrum = stft(noise.astype(np.float32), config)
    window_rms = np.sqrt(np.mean(np.square(config.window_samples())) * config.fft_size)
    shape = np.sqrt(power[:, pauses].mean(axis=1)) / window_rms
    return istft((spectrum * shape[:, None]).astype(np.complex64), config, gap.frames)


def _measure_powers(side: Samples, config: StftConfig) -> npt.NDArray[np.float32]:
    """Return the power of every bin and whole window, ``(bins, columns)``."""
    # the first and the last column see beyond the ends
    return np.square(np.abs(stft(side, config)))[:, 1:-1]
