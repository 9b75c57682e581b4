"""Splicing a guess into the recording: crossfades, and the limits of a box or shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import fft, ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.shape import Shape
from uasrm_core.interpolation.ar import extrapolate_both
from uasrm_core.metrics.onsets import edge_strengths
from uasrm_core.select.combine import grow
from uasrm_core.spectral.stft import StftConfig, istft, stft

# What each rule of edges earns is said by `tools/measure_rules.py RECORDING…`; figures are those of
# docs/experiments.md, 120 gaps of 30 to 300 ms in speech and music of the training part, where
# nothing else is named. Decision 007 has why.
#
# The most that a repair may touch outside its region, on each side: what users are promised.
CROSSFADE_S = 0.010
# A fill that is made up or taken from elsewhere is crossed with the sound at the edges further in
# as well, where a short prediction goes on with that sound: over so much of the gap at each edge.
# Without it, 7.5 % more of the gaps have a new onset at an edge.
INNER_SHARE = 0.25
INNER_MOST_S = 0.016
# Where something would be heard to begin at the edge all the same, over the shortest of these that
# keeps it faint, an onset's strength being 1; or over that which keeps it faintest. Without it,
# 4.2 % more have a new onset, and LSD is 0.05 dB nearer.
LONGER_S = (0.024, 0.048)
LONGER_SHARE = 0.45
FAINT = 0.9
# If that does not help, noise is added where fill and prediction cross, in bands of so many bins.
# Without it, 3.3 % more have a new onset, and LSD is 0.06 dB nearer.
NOISE_WINDOW_S = 0.006
NOISE_BINS = 3
# The model by which the sound at an edge goes on: order, and frames that it learns from.
INNER_ORDER = 1024
INNER_CONTEXT = 4096
# Waveforms that go apart at an edge lose power where they cross; up to so much is made good. In
# music and speech no figure shows it; in noise, copies would be 3.4 dB quieter just inside an edge
# (`tests/core/test_similarity.py`).
MOST_POWER_LOST = 0.5
# Of float32 products of sounds, next to nothing.
NOTHING = 1e-15
# Beyond this distance from a shape, a repair is to change nothing that can be heard.
SHAPE_TRANSITION_HZ = 100.0
SHAPE_WINDOW_S = 0.05
# The main lobe of two Hann windows of that length, so that inside the shape the fill is whole.
SHAPE_MARGIN_HZ = 2.0 / SHAPE_WINDOW_S
SHAPE_OVERLAP = 8


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


def keep_shape(change: Samples, shape: Shape, rate: int) -> Samples:
    """Return only the part of a change inside a shape, ``(channels, frames)``.

    A short-time transform is weighted and inverted. Inside the shape the change is whole; it is
    gone beyond `SHAPE_WINDOW_S` before and after the shape, and beyond `SHAPE_TRANSITION_HZ`
    above and below it at least 60 dB down.
    """
    frames = change.shape[1]
    config = _choose_shape_stft(rate)
    wide = grow(shape, 0, SHAPE_MARGIN_HZ, total_frames=max(frames, shape.end_frame), rate=rate)
    centres = np.arange(config.columns(frames)) * config.hop_frames
    mask = wide.on_grid(centres, config.hop_frames, config.bins, config.bin_hz(rate))
    # Whatever reaches into the shape's time with any part of its window counts.
    mask = ndimage.maximum_filter1d(mask, SHAPE_OVERLAP + 1, axis=1, mode="nearest")
    return istft(np.asarray(stft(change, config) * mask, np.complex64), config, frames)


def _choose_shape_stft(rate: int) -> StftConfig:
    hop = max(fft.next_fast_len(round(rate * SHAPE_WINDOW_S / SHAPE_OVERLAP), real=True), 1)
    return StftConfig(fft_size=hop * SHAPE_OVERLAP, hop_frames=hop)


def splice(
    samples: Samples,
    filled: Samples,
    start: int,
    end: int,
    rate: int,
    shape: Shape | None,
    *,
    joined: tuple[bool, bool] = (False, False),
    predictions: tuple[Samples, Samples] | None = None,
) -> Samples:
    """Lay a fill over the damaged sound.

    Parameters
    ----------
    samples, filled
        ``(channels, frames)``: the damaged window, and the same window without the damage.
    start, end
        The damage within the window.
    shape
        What of that is damaged, in frames of the window, or None for all of it.
    joined
        Whether the fill does not go on by itself from the sound before the damage, and from that
        after it: there it is crossed with a prediction as well.
    predictions
        See `uasrm_core.inpainting.engine.Guess.predictions`; made here if they are not given.

    Returns
    -------
    ``(channels, frames)``, equal to `samples` beyond `CROSSFADE_S` outside the damage, and for a
    shape equal in sound to the limits of `keep_shape`.
    """
    frames, fade = samples.shape[1], crossfade_frames(rate)
    # at an end of the recording there is nothing to be joined to
    joined = (joined[0] and start > 0, joined[1] and end < frames)
    if shape is None and any(joined):
        return _cross_edges(samples, filled, (start, end), rate, joined, predictions)
    weights = fade_weights(frames, start, end, fade)
    change = (filled - samples) * weights
    if shape is not None:
        # A filter rings in time, and cutting that off rings in frequency: the slower the cut, the
        # less. So for a shape the fade also takes the region's own first and last milliseconds.
        inner = min(fade, (end - start) // 2)
        weights = fade_weights(frames, start + inner, end - inner, fade + inner)
        change = keep_shape(change, shape, rate) * weights
    return np.asarray(np.where(weights > 0, samples + change, samples), dtype=np.float32)


def _cross_edges(
    samples: Samples,
    filled: Samples,
    span: tuple[int, int],
    rate: int,
    joined: tuple[bool, bool],
    predictions: tuple[Samples, Samples] | None,
) -> Samples:
    """Cross a fill with predictions at its edges; over longer where something would begin there."""
    start, end = span
    inner_frames = crossfade_inner(end - start, rate)
    longer = [round(min(s * rate, LONGER_SHARE * (end - start))) for s in LONGER_S]
    forward, backward = predictions or _predict_edges(
        samples, start, end, max(inner_frames, *longer)
    )

    fade, frames = crossfade_frames(rate), samples.shape[1]

    def cross(inner: tuple[int, int]) -> Samples:
        known = samples.copy()
        known[:, start : start + inner[0]] = forward[:, : inner[0]]
        known[:, end - inner[1] : end] = backward[:, backward.shape[1] - inner[1] :]
        weights = crossfade_weights(frames, start, end, fade, inner)
        sides = crossfade_sides(frames, start, end, fade, inner)
        crossed = crossfade(known, filled, weights, sides)
        return np.where(weights > 0, crossed, samples).astype(np.float32)

    def hear(sound: Samples) -> tuple[float, float] | None:
        return edge_strengths(sound, start, end, rate)

    sides = [side for side in (0, 1) if joined[side]]
    inner = (inner_frames * joined[0], inner_frames * joined[1])
    mended = cross(inner)
    heard = hear(mended)
    if heard is None:
        return mended
    for side in sides:
        faintest = heard[side]
        for length in longer:
            if faintest <= FAINT:
                break
            wider = (length, inner[1]) if side == 0 else (inner[0], length)
            tried = cross(wider)
            found = hear(tried)
            if found is not None and found[side] < faintest:
                faintest, inner, mended = found[side], wider, tried
    for side in sides:
        mended = _mask_onset(mended, span[side], side, rate, inner[side], hear)
    return mended


def _mask_onset(
    mended: Samples,
    edge: int,
    side: int,
    rate: int,
    reach: int,
    hear: Callable[[Samples], tuple[float, float] | None],
) -> Samples:
    """Return a repair with noise at an edge where that makes an audible onset fainter.

    Parameters
    ----------
    edge, side, reach
        As `_add_missing` has them.
    hear
        Returns the strengths of the onsets at both edges, or None where there is nothing to hear.
    """
    heard = hear(mended)
    if heard is None or heard[side] <= FAINT or not reach:
        return mended
    tried = _add_missing(mended, edge, side, rate, reach)
    found = hear(tried)
    return tried if found is not None and found[side] < heard[side] else mended


def _add_missing(mended: Samples, edge: int, side: int, rate: int, reach: int) -> Samples:
    """Add noise inside an edge where the sound beyond it holds more, in bands.

    Predictions go on with what is steady; noise ends at once in them, and begins at the edge.

    Parameters
    ----------
    edge, side
        The edge, and whether the repair begins (0) or ends (1) there.
    reach
        So many frames inside the edge are changed.
    """
    if side == 0:
        mirrored = _add_missing(mended[:, ::-1], mended.shape[1] - edge, 1, rate, reach)
        return np.ascontiguousarray(mirrored[:, ::-1])
    half = max(round(NOISE_WINDOW_S * rate) // 4, 1) * 2
    low = max(edge - reach - 2 * half, 0)
    part = np.ascontiguousarray(mended[:, low : edge + reach])
    config = StftConfig(fft_size=2 * half, hop_frames=half // 2)
    power = np.square(np.abs(stft(part, config)))
    power = ndimage.uniform_filter1d(power, NOISE_BINS, axis=1)
    away = low + np.arange(power.shape[-1]) * config.hop_frames - edge
    beyond = (away >= half) & (away < 5 * half)
    if not beyond.any():
        return mended
    missing = np.maximum(power[..., beyond].mean(-1)[..., None] - power, 0.0)
    noise = np.random.default_rng(edge).standard_normal(part.shape, dtype=np.float32)
    window_energy = np.mean(np.square(config.window_samples())) * config.fft_size
    shaped = istft(
        (stft(noise, config) * np.sqrt(missing / window_energy)).astype(np.complex64),
        config,
        part.shape[1],
    )
    fade = np.clip(1.0 + (low + np.arange(part.shape[1]) - edge) / reach, 0.0, 1.0)
    added = mended.copy()
    added[:, low:edge] += (shaped * np.sin(fade * np.pi / 2))[:, : edge - low]
    return added


def _predict_edges(samples: Samples, start: int, end: int, frames: int) -> tuple[Samples, Samples]:
    """Return how the sound goes on into the damage from before it, and from after it."""
    forward, backward = np.zeros((2, len(samples), frames), dtype=np.float32)
    for channel, row in enumerate(samples):
        before = row[max(start - INNER_CONTEXT, 0) : start].astype(np.float64)
        after = row[end : end + INNER_CONTEXT].astype(np.float64)
        forward[channel], backward[channel] = extrapolate_both(before, after, frames, INNER_ORDER)
    return forward, backward


def crossfade_weights(
    frames: int, start: int, end: int, fade_frames: int, inner: tuple[int, int] = (0, 0)
) -> Samples:
    """Return the weight of a fill that is crossed with predictions at its edges, ``(frames,)``.

    Parameters
    ----------
    start, end
        The damage.
    fade_frames
        How far the crossfade reaches out of it on each side.
    inner
        How far it reaches into it before and after.
    """
    first, last = start + inner[0], end - inner[1]
    weights = fade_weights(frames, first, end, fade_frames + inner[0])
    weights[last:] = fade_weights(frames, start, last, fade_frames + inner[1])[last:]
    return weights


def crossfade_sides(
    frames: int, start: int, end: int, fade_frames: int, inner: tuple[int, int]
) -> tuple[slice, slice]:
    """Return the frames in which known sound and fill cross; see `crossfade_weights`."""
    before = slice(max(start - fade_frames, 0), start + inner[0])
    return before, slice(end - inner[1], min(end + fade_frames, frames))


def crossfade(known: Any, fill: Any, weights: Any, sides: Sequence[slice]) -> Any:
    """Cross from the known sound to a fill and back, and make good the power lost where they cross.

    The one definition of what repairs sound like: repairs call it with NumPy arrays, losses with
    PyTorch tensors, so it only uses what both have.

    Parameters
    ----------
    known, fill
        ``(channels, frames)``.
    weights
        ``(frames,)``, of the fill.
    sides
        The frames in which they cross, before and after the damage.
    """
    level = known * 0.0 + 1.0
    for side in sides:
        level[:, side] = _measure_crossed_level(known[:, side], fill[:, side], weights[side])
    return (known + (fill - known) * weights) / level


def crossfade_inner(gap_frames: int, rate: float) -> int:
    """Return how far into a gap a fill is usually crossed with predictions, at each edge."""
    return round(min(INNER_MOST_S * rate, INNER_SHARE * gap_frames))


def _measure_crossed_level(known: Any, fill: Any, weights: Any) -> Any:
    """Return how much of their level two sounds keep where they cross, ``(channels, frames)``.

    Sounds of correlation r with weights 1 - w and w leave the power (1 - w)² + w² + 2 r w (1 - w).
    """
    products = (known * fill).sum(axis=1, keepdims=True)
    powers = (known * known).sum(axis=1, keepdims=True) * (fill * fill).sum(axis=1, keepdims=True)
    # of two sounds one of which is silent, the other fades as it is
    correlation = (products + NOTHING) / (powers + NOTHING * NOTHING) ** 0.5
    power = (1 - weights) ** 2 + weights**2 + 2 * correlation * weights * (1 - weights)
    return power.clip(min=MOST_POWER_LOST) ** 0.5
