"""What a gap is conditioned on: the one function that makes the network's input.

Repairs, the router's trials, adaptation to a recording and training all call `condition`, so that
the network is asked what it was taught. The order is fixed:

1. `cutting.cut_gap` cuts the window, rotates the channels and marks the damage (`Gap`);
2. classical fills at the recording's own rate, from up to 2 s on each side;
3. fills and sound to the network's rate; far above it the fills are made again at that rate;
4. the two exemplars within the engine's reach, and spectral quantiles over that reach;
5. the damage mask, where only part of the spectrum is damaged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.region import Region
from uasrm_core.audio.resample import resample
from uasrm_core.audio.shape import Shape
from uasrm_core.exemplars.finder import agreement, cut
from uasrm_core.exemplars.quantiles import EXEMPLARS, spectral_quantiles
from uasrm_core.inpainting.cutting import cut_gap, hide
from uasrm_core.inpainting.damage import build_damage_mask
from uasrm_core.inpainting.gap import Gap, sounding_channels
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.interpolation.fills import ClassicalFills, classical_fills
from uasrm_core.model.config import RATE, HybridConfig, working_rate
from uasrm_core.progress import Progress

# At the lowest rate, windows are as long as this on both sides of a gap.
CONTEXT_S = 2.0
# Exemplars and spectral quantiles come from so much of the recording on each side.
REACH_S = 20.0
# At much higher rates a model of the same order spans too little time: the network gets fills that
# were made at its own rate.
HIGH_RATE = 1.5 * RATE


@dataclass(frozen=True)
class View:
    """The gap, and the window that the network is given.

    Attributes
    ----------
    rate
        The rate in Hz that the network works at here, in whose frames all else is counted.
    start, end
        The gap, counted from the first frame of `Gap.samples`.
    low, size
        First frame of the window, which may lie before, and its length.
    """

    rate: int
    start: int
    end: int
    low: int
    size: int

    @property
    def hole(self) -> slice:
        """The gap within the window."""
        return slice(self.start - self.low, self.end - self.low)


@dataclass(frozen=True, eq=False)
class ModelInput:
    """One channel of a gap as the network is given it; `model.unet.GapBatch` has the same fields.

    Attributes
    ----------
    samples
        ``(frames,)``: the window, with the damaged sound where only part of the spectrum is.
    fills
        ``(3, frames)``: best, forward and backward fill, zero outside the gap.
    gap
        ``(frames,)``: 1 in the gap and 0 outside.
    references
        ``(EXEMPLARS, frames)``: exemplars with their surroundings, silence for none.
    levels
        ``(quantiles, bins)``: spectral quantiles of the recording.
    rates
        Frames a second, a scalar.
    mask
        ``(bins, columns)``: how far each point is damaged, or None where all of the gap is.
    """

    samples: Samples
    fills: Samples
    gap: Samples
    references: Samples
    levels: Samples
    rates: Samples
    mask: Samples | None


@dataclass(frozen=True, eq=False)
class ChannelInput:
    """One channel of a gap that is not silent.

    Attributes
    ----------
    fills
        The classical fills at the recording's rate.
    predicted
        ``(frames,)``: `Gap.samples` of the channel with the best of them.
    known
        The same at the network's rate.
    model_input
        What the network is given.
    """

    fills: ClassicalFills
    predicted: Samples
    known: Samples
    model_input: ModelInput


@dataclass(frozen=True, eq=False)
class Conditioning:
    """All that is known about a gap.

    Attributes
    ----------
    channels
        By the channel's number; channels that are silent all around are left out.
    agreements
        How well each exemplar's surroundings correlate with those of the gap, -1 to 1, in the
        loudest channel.
    """

    gap: Gap
    view: View
    channels: dict[int, ChannelInput]
    agreements: tuple[float, ...]


def condition(
    gap: Gap,
    config: HybridConfig,
    progress: Progress,
    *,
    place_window: Callable[[View], View] = lambda view: view,
) -> Conditioning:
    """Return everything that the network sees of a gap.

    Parameters
    ----------
    gap
        With a `SearchContext`; what its samples hold in the gap is looked at only where part of the
        spectrum is damaged.
    config
        The network's sizes.
    place_window
        Moves or widens the window; by default the gap is in the middle.

    Raises
    ------
    Cancelled
        The user asked to stop.
    """
    assert gap.search is not None
    search = gap.search
    view = place_window(_view(gap, config))
    sounding = sounding_channels(gap)
    with ThreadPoolExecutor(1) as other:
        searching = other.submit(_exemplars, gap, search, view, progress)
        filled = [_filled(gap.samples[c], gap, view, progress) for c in sounding]
        quantiles = _quantiles(gap.rate, search, view)
        exemplars = searching.result()
    window = _read_window(search, search.start - gap.start, gap.rate, view)
    mask = None
    if gap.shape is not None:
        drawn = _drawn_mask(gap.shape, gap.rate, view, config)
        mask = build_damage_mask(window, drawn, config.stft)
    hole = view.hole
    agreements = tuple(
        agreement(each, window[0], hole.start, hole.stop, view.rate) for each in exemplars[0]
    )
    rate = np.asarray(view.rate, dtype=np.float32)
    channels = {}
    for channel, own in zip(sounding, filled, strict=True):
        given = ModelInput(
            own.window, own.stacked, own.where, exemplars[channel], quantiles[channel], rate, mask
        )
        channels[channel] = ChannelInput(own.fills, own.predicted, own.known, given)
    return Conditioning(gap, view, channels, agreements)


@dataclass(frozen=True, eq=False)
class Example:
    """A gap in intact sound: what the network is given, and what was there.

    Attributes
    ----------
    clean
        ``(frames,)``: the window as it was.
    agreements
        See `Conditioning.agreements`.
    """

    clean: Samples
    model_input: ModelInput
    view: View
    agreements: tuple[float, ...]


def build_example(
    clip: AudioClip,
    region: Region,
    unrepaired: tuple[Region, ...],
    config: HybridConfig,
    progress: Progress,
    *,
    place_window: Callable[[View], View] = lambda view: view,
) -> Example | None:
    """Hide a stretch of intact sound, and return the loudest axis of it as something to learn from.

    None where that is silent all around.

    Raises
    ------
    RepairError
        There is too little sound about it; the message says why.
    Cancelled
        The user asked to stop.
    """
    opened = cut_gap(hide(clip, region), region, unrepaired, context_s=CONTEXT_S, reach_s=REACH_S)
    conditioning = condition(opened.loudest(), config, progress, place_window=place_window)
    if 0 not in conditioning.channels:
        return None
    view = conditioning.view
    whole = resample(opened.read_axis(clip), clip.rate, view.rate)[0]
    clean = cut(whole, view.low, view.low + view.size)
    return Example(clean, conditioning.channels[0].model_input, view, conditioning.agreements)


@dataclass(frozen=True, eq=False)
class _Filled:
    fills: ClassicalFills
    predicted: Samples
    known: Samples
    window: Samples
    stacked: Samples
    where: Samples


def _view(gap: Gap, config: HybridConfig) -> View:
    rate = working_rate(gap.rate)
    start = int(gap.start * rate / gap.rate)
    frames = int(np.ceil(gap.end * rate / gap.rate)) - start
    size = config.window_frames(frames)
    return View(rate, start, start + frames, (2 * start + frames - size) // 2, size)


def _filled(row: Samples, gap: Gap, view: View, progress: Progress) -> _Filled:
    """Fill one channel of `Gap.samples`, and bring it to the network's rate."""
    guesses = classical_fills(row, gap.start, gap.end, gap.rate)
    progress.check()
    predicted = row.copy()
    predicted[gap.start : gap.end] = guesses.best
    signals = np.repeat(row[None], 3, axis=0)
    signals[:, gap.start : gap.end] = guesses.stacked()
    signals = resample(signals, gap.rate, view.rate)
    known = signals[0]
    fills = signals[:, view.start : view.end]
    if gap.rate > HIGH_RATE:
        fills = classical_fills(known, view.start, view.end, view.rate).stacked()
        progress.check()
    damaged = known
    if gap.shape is not None:
        damaged = resample(row[None], gap.rate, view.rate)[0]
    stacked = np.zeros((3, view.size), dtype=np.float32)
    where = np.zeros(view.size, dtype=np.float32)
    # at the end of a recording, rounding of rates may leave a frame less
    inside = slice(view.hole.start, view.hole.start + fills.shape[1])
    stacked[:, inside], where[inside] = fills, 1.0
    window = cut(damaged, view.low, view.low + view.size)
    return _Filled(guesses, predicted, known, window, stacked, where)


def _quantiles(rate: int, search: SearchContext, view: View) -> list[Samples]:
    """Return the spectral quantiles of the recording, for every channel."""
    low = max(search.start - search.reach, 0)
    sound = search.read(low, min(search.end + search.reach, search.clip.frames))
    lost = [(a - low, b - low) for a, b in search.lost]
    return [spectral_quantiles(row, lost, scale=rate / view.rate) for row in sound]


def _exemplars(gap: Gap, search: SearchContext, view: View, progress: Progress) -> Samples:
    """Return exemplars as the window sees them, ``(channels, EXEMPLARS, size)``."""
    found = search.find_exemplars(EXEMPLARS, progress)
    seen = np.zeros((len(gap.samples), EXEMPLARS, view.size), dtype=np.float32)
    for number, exemplar in enumerate(found):
        origin = search.start - gap.start + exemplar.shift_frames
        seen[:, number] = _read_window(search, origin, gap.rate, view)
    return seen


def _read_window(search: SearchContext, origin: int, rate: int, view: View) -> Samples:
    """Return the window's frames of the recording, at the network's rate.

    Parameters
    ----------
    origin
        The frame of the recording that stands for the first one of `Gap.samples`.
    """
    own = view.rate
    # so that a frame of one rate falls on one of the other
    step = rate // math.gcd(rate, own)
    first = math.floor(view.low * rate / own / step) * step
    last = math.ceil((view.low + view.size) * rate / own) + step
    sound = resample(search.read(origin + first, origin + last), rate, own)
    low = view.low - first // step * (own // math.gcd(rate, own))
    return sound[:, low : low + view.size]


def _drawn_mask(shape: Shape, rate: int, view: View, config: HybridConfig) -> Samples:
    """Return what was marked on the grid of the window's transform, ``(bins, columns)``."""
    grid, ratio = config.stft, view.rate / rate
    centres = (view.low + np.arange(grid.columns(view.size)) * grid.hop_frames) / ratio
    return shape.on_grid(centres, grid.hop_frames / ratio, grid.bins, grid.bin_hz(view.rate))
