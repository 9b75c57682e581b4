"""Repairing clicks by weighing the prediction from the surroundings against the damaged sound.

Interpolation throws away all that a click covers. A weak click covers little, and what lies under
it is nearer to what is heard than any guess; a strong one leaves nothing to go by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.interpolation import ar
from uasrm_core.interpolation.click_model import LONGEST_FRAMES, find_sound_under
from uasrm_core.interpolation.consensus import expect_missing
from uasrm_core.interpolation.fills import interpolation, one_blas_thread
from uasrm_core.interpolation.other_channel import expect_beside

# A click goes on where the RMS of the prediction error over so many frames is so many times what it
# stays under for most of the time further out.
EDGE_FRAMES, EDGE_RATIO, EDGE_SHARE = 8, 1.6, 0.75
LEAST_USUAL = 1e-30
BESIDE_S = 0.016
# A region that misses part of its click is widened by at most so much on each side, so often.
MOST_WIDER_S = 0.006
WIDENINGS = 3
WIDENING_GAP_S = 0.0002
# A weak ring may begin before what was found, and dies away after it: the sound is the mean of what
# is found under the region and under one that is so many frames longer at either end.
MARGIN_FRAMES = (4, 12)


@dataclass(frozen=True, eq=False)
class Declicked:
    """The most likely sound under a click, float32 ``(end - start,)``, and where that is."""

    samples: Samples
    start: int
    end: int


def declick(
    samples: Samples, start: int, end: int, rate: int, *, other: Samples | None = None
) -> Declicked:
    """Return the most likely sound under a click, and under what of it lies beside its region.

    The sound follows an autoregressive model with Gaussian excitation, so it is Gaussian given its
    surroundings; a network makes a Gaussian of the click, too (see `click_model`). A model that was
    fitted to the surroundings tells what does not belong to them: where a click goes on beyond its
    region the region is widened, by at most `MOST_WIDER_S` on each side, and by `MARGIN_FRAMES`.

    Parameters
    ----------
    samples
        ``(frames,)`` of one channel, the click included, with context on both sides.
    start, end
        The click, half-open, inside `samples`.
    other
        Another channel, ``(frames,)``, in which there is no click or a weaker one; see
        `other_channel`.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, sections 5.2.3 and 9.1.
    """
    first, last = start, end
    most = round(MOST_WIDER_S * rate)
    with one_blas_thread():
        guess = interpolation(samples, first, last, rate)
        for _ in range(WIDENINGS):
            before, after = _cut_beside(guess, rate)
            wider = (
                max(first - before, start - most, 1),
                min(last + after, end + most, len(samples) - 1),
            )
            if wider == (first, last):
                break
            first, last = wider
            guess = interpolation(samples, first, last, rate)
        mended = _separate(samples, first, last, rate, other)
        lead, tail = MARGIN_FRAMES
        low, high = max(first - lead, 1), min(last + tail, len(samples) - 1)
        if high - low <= LONGEST_FRAMES:
            inside = slice(first - low, last - low)
            narrow = samples[low:high].astype(np.float64)
            narrow[inside] = mended
            wide = _separate(samples, low, high, rate, other)
            mended, first, last = (narrow + wide) / 2, low, high
    limit = max(float(np.max(np.abs(guess.filled))), float(np.max(np.abs(samples[first:last]))))
    return Declicked(np.clip(mended, -limit, limit).astype(np.float32), first, last)


def _separate(
    samples: Samples, start: int, end: int, rate: int, other: Samples | None
) -> ar.Vector:
    """Return the most likely sound of a region, ``(end - start,)``."""
    if other is None:
        expected = expect_missing(samples, start, end, rate)
    else:
        expected = expect_beside(samples, other, start, end, rate)
    off = samples[start:end] - expected.missing
    return expected.missing + find_sound_under(off, expected.covariance, rate)


def frames_beside(error: ar.Vector, gap_frames: int) -> int:
    """Return how far a click goes on, walking away from it through a prediction error.

    As long as the RMS stays over `EDGE_RATIO` times what is usual further out, but for gaps of
    `gap_frames`.
    """
    return walk_out(measure_excess(error) > EDGE_RATIO**2, gap_frames)


def measure_excess(error: ar.Vector) -> ar.Vector:
    """Return the power over `EDGE_FRAMES` against what it stays under mostly further out.

    Mostly is `EDGE_SHARE` of the time. ``(frames - EDGE_FRAMES + 1,)``, or nothing where there are
    too few frames to tell.
    """
    if len(error) < 3 * EDGE_FRAMES:
        return np.zeros(0)
    power = np.lib.stride_tricks.sliding_window_view(np.square(error), EDGE_FRAMES).mean(axis=1)
    usual = float(np.quantile(power[len(power) // 3 :], EDGE_SHARE))
    return np.asarray(power / (usual + LEAST_USUAL))


def walk_out(stands_out: npt.NDArray[np.bool_], gap_frames: int) -> int:
    """Return how many frames belong to what begins with the first, but for gaps of `gap_frames`."""
    out = np.flatnonzero(stands_out)
    gaps = np.flatnonzero(np.diff(out, prepend=0) > gap_frames)
    near = out[: gaps[0]] if len(gaps) else out
    return int(near[-1]) + 1 if len(near) else 0


def _cut_beside(guess: ar.Interpolation, rate: int) -> tuple[int, int]:
    """Return how many frames of a click lie before and after what was interpolated."""
    reach, gap = round(BESIDE_S * rate), round(WIDENING_GAP_S * rate)
    before, after = guess.measure_errors_beside()
    return frames_beside(before[::-1][:reach], gap), frames_beside(after[::-1][:reach], gap)
