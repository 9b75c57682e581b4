"""How a fill is let into the recording: no click at its edges, nothing touched beyond them."""

from __future__ import annotations

import numpy as np
from scipy import signal

from uasrm_core.audio.clip import Samples
from uasrm_core.dsp.isolate import band_kernel

# The most that a repair may touch outside its region, on each side.
CROSSFADE_S = 0.010


def crossfade_frames(rate: int) -> int:
    """Return the most frames that a repair may touch on each side of its region."""
    return int(CROSSFADE_S * rate)


def fade_weights(frames: int, start: int, end: int, ramp_frames: int) -> Samples:
    """Return the weight of a fill: 1 in ``[start, end)``, squared cosines outside, then 0."""
    ramp = np.cos((np.arange(ramp_frames) + 1) / (ramp_frames + 1) * (np.pi / 2)) ** 2
    weights = np.zeros(frames, dtype=np.float32)
    weights[start:end] = 1.0
    after = weights[end : end + ramp_frames]
    after[:] = ramp[: len(after)]
    before = weights[max(start - ramp_frames, 0) : start]
    before[:] = ramp[: len(before)][::-1]
    return weights


def keep_band(change: Samples, low_hz: float, high_hz: float, rate: int) -> Samples:
    """Return only the part of a change inside a band, ``(channels, frames)``; see `band_kernel`."""
    kernel = band_kernel(low_hz, high_hz, rate)
    filtered = signal.oaconvolve(change, kernel[None], mode="full", axes=-1)
    half = len(kernel) // 2
    return np.asarray(filtered[:, half : half + change.shape[1]], dtype=np.float32)


def let_in(
    samples: Samples,
    filled: Samples,
    start: int,
    end: int,
    rate: int,
    band_hz: tuple[float, float] | None,
) -> Samples:
    """Lay a fill over the damaged sound.

    Parameters
    ----------
    samples, filled
        ``(channels, frames)``: the damaged window, and the same window without the damage.
    start, end
        The damage within the window.

    Returns
    -------
    ``(channels, frames)``, equal to `samples` beyond `CROSSFADE_S` outside the damage, and for a
    band equal in sound beyond `isolate.TRANSITION_HZ` outside it.
    """
    frames, fade = samples.shape[1], crossfade_frames(rate)
    weights = fade_weights(frames, start, end, fade)
    change = (filled - samples) * weights
    if band_hz is not None:
        # A filter rings in time, and cutting that off rings in frequency: the slower the cut, the
        # less. So for a band the fade also takes the region's own first and last milliseconds.
        inner = min(fade, (end - start) // 4)
        weights = fade_weights(frames, start + inner, end - inner, fade + inner)
        change = keep_band(change, *band_hz, rate) * weights
    return np.asarray(np.where(weights > 0, samples + change, samples), dtype=np.float32)
