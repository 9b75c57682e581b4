"""Consistent declipping: the sparsest sound that could have been cut off to what is there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.audio.clip import Samples
from uasrm_core.progress import Progress

WINDOW_FRAMES = 4096
OVERLAP = 4
REDUNDANCY = 2
# How many more components each pass allows, and how near they must come to end it.
STEP = 2
TOLERANCE = 0.03
MOST_PASSES = 400

Mask = npt.NDArray[np.bool_]


def declip(
    row: Samples,
    cut_off: Mask,
    progress: Progress | None = None,
    *,
    window_frames: int = WINDOW_FRAMES,
) -> Samples:
    """Restore peaks that were cut off.

    Parameters
    ----------
    row
        float32 ``(frames,)``.
    cut_off
        ``(frames,)``: which samples were cut off; all others are kept as they are.

    Returns
    -------
    float32 ``(frames,)`` in which no restored sample lies nearer to zero than it did.

    References
    ----------
    Kitić, Bertin, Gribonval, "Sparsity and cosparsity for audio declipping: a flexible non-convex
    approach", LVA/ICA 2015; Záviška, Rajmic, Průša, Veselý, "Revisiting synthesis model in sparse
    audio declipper", LVA/ICA 2018 (A-SPADE).
    """
    progress = progress or Progress()
    hop = window_frames // OVERLAP
    count = -(-(len(row) + window_frames) // hop)
    total = (count - 1) * hop + window_frames
    padded = np.zeros(total, dtype=np.float32)
    padded[window_frames - hop :][: len(row)] = row
    marked = np.zeros(total, dtype=np.bool_)
    marked[window_frames - hop :][: len(row)] = cut_off
    shape = np.hanning(window_frames + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window_frames)[::hop] * shape
    wanted = np.lib.stride_tricks.sliding_window_view(marked, window_frames)[::hop]
    damaged = np.flatnonzero(wanted.any(axis=1))
    restored = frames.copy()
    restored[damaged] = _choose_sparsest(frames[damaged], wanted[damaged], progress)
    mended = np.zeros(total, dtype=np.float32)
    weight = np.zeros(total, dtype=np.float32)
    for number, frame in enumerate(restored):
        at = slice(number * hop, number * hop + window_frames)
        mended[at] += frame
        weight[at] += shape
    own = slice(window_frames - hop, window_frames - hop + len(row))
    whole = mended[own] / np.maximum(weight[own], 1e-6)
    outwards = np.where(row >= 0, np.maximum(whole, row), np.minimum(whole, row))
    return np.asarray(np.where(cut_off, outwards, row), dtype=np.float32)


def _choose_sparsest(frames: Samples, cut_off: Mask, progress: Progress) -> Samples:
    """Run A-SPADE on windowed pieces, ``(pieces, frames)``, all at once."""
    size = REDUNDANCY * frames.shape[1]
    sign = np.sign(frames)
    result = frames.copy()
    scale = np.linalg.norm(frames, axis=1, keepdims=True) + 1e-12
    active = np.arange(len(frames))
    estimate = frames / scale
    dual = np.zeros((len(frames), size // 2 + 1), dtype=np.complex64)
    for number in range(1, MOST_PASSES + 1):
        progress.report(number / MOST_PASSES)
        target = (frames / scale)[active]
        spectrum = fft.rfft(estimate, size, axis=1, norm="ortho")
        sparse = _keep_largest(spectrum + dual, number * STEP)
        guess = fft.irfft(sparse - dual, size, axis=1, norm="ortho")[:, : frames.shape[1]]
        further = np.maximum(sign[active] * guess, sign[active] * target) * sign[active]
        estimate = np.where(cut_off[active], further, target).astype(np.float32)
        gap = fft.rfft(estimate, size, axis=1, norm="ortho") - sparse
        dual = dual + gap
        going = np.linalg.norm(gap, axis=1) > TOLERANCE
        result[active] = estimate * scale[active]
        if not going.any():
            break
        active, estimate, dual = active[going], estimate[going], dual[going]
    return result


def _keep_largest(spectrum: npt.NDArray[np.complex64], count: int) -> npt.NDArray[np.complex64]:
    """Keep each row's `count` largest components."""
    if count >= spectrum.shape[1]:
        return spectrum
    power = spectrum.real**2 + spectrum.imag**2
    limit = np.partition(power, -count, axis=1)[:, -count]
    return np.where(power >= limit[:, None], spectrum, 0)
