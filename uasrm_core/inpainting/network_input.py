"""What the network is given of a gap: sound, fills, exemplars and quantiles at its own rate.

Fills far above the network's rate are made again at that rate. The damage mask is there where only
part of the spectrum is damaged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.audio.shape import Shape
from uasrm_core.exemplars.finder import Exemplar, cut_padded, measure_agreement
from uasrm_core.exemplars.quantiles import EXEMPLARS, spectral_quantiles
from uasrm_core.inpainting.damage import Surroundings, build_damage_mask
from uasrm_core.inpainting.gap import Gap, sounding_channels
from uasrm_core.inpainting.kind import CALM_TAKES_FROM_S, is_empty_above, is_speech
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.interpolation.ar import Vector
from uasrm_core.interpolation.fills import ClassicalFills, classical_fills, measure_doubt
from uasrm_core.model.backend import ModelInput
from uasrm_core.model.config import LOWEST_RATE, RATE, HybridConfig, working_rate
from uasrm_core.progress import Progress

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
class NetworkInput:
    """All that the network is given of a gap.

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

    @cached_property
    def doubts(self) -> dict[int, Vector | None]:
        """What the prediction of each channel may be off by, at the network's rate.

        See `fills.measure_doubt`.
        """
        view = self.view
        return {
            channel: measure_doubt(own.known, view.start, view.end, view.rate)
            for channel, own in self.channels.items()
        }

    @property
    def is_intact(self) -> bool:
        """Whether only part of the spectrum was marked, and nothing in it stands out."""
        masks = [own.model_input.mask for own in self.channels.values()]
        return bool(masks) and all(mask is not None and not mask.any() for mask in masks)


class Known(Protocol):
    """What is known of a gap at the recording's rate; `condition.Conditioning` is it."""

    @property
    def gap(self) -> Gap:
        """The gap."""
        ...

    @property
    def progress(self) -> Progress:
        """Asked for a cancel while parts are made."""
        ...

    def fills(self, channel: int) -> ClassicalFills:
        """Return the classical fills of a channel."""
        ...

    def find_exemplars(self) -> list[Exemplar]:
        """Return the exemplars whose surroundings fit best."""
        ...


def keep_window(view: View) -> View:
    """Leave the window as it is, with the gap in its middle."""
    return view


def build_network_input(
    known: Known, config: HybridConfig, place_window: Callable[[View], View] = keep_window
) -> NetworkInput:
    """Return what the network is given.

    Parameters
    ----------
    config
        The network's sizes.
    place_window
        Moves or widens the window; by default the gap is in the middle.

    Raises
    ------
    Cancelled
        The user asked to stop.
    """
    gap = known.gap
    assert gap.search is not None
    search = gap.search
    view = place_window(_place_view(gap, config))
    sounding = sounding_channels(gap)
    with ThreadPoolExecutor(1) as other:
        searching = other.submit(_read_exemplars, known, view)
        rendered = [_render_channel(known, channel, view) for channel in sounding]
        quantiles = _measure_quantiles(gap.rate, search, view)
        exemplars = searching.result()
    window = _read_window(search, search.start - gap.start, gap.rate, view)
    mask = None
    if gap.shape is not None:
        drawn = _render_mask(gap.shape, gap.rate, view, config)
        around = read_surroundings(gap.rate, search, view)
        mask = build_damage_mask(window, drawn, config.stft, around)
    hole = view.hole
    agreements = tuple(
        measure_agreement(each, window[0], hole.start, hole.stop, view.rate)
        for each in exemplars[0]
    )
    rate = np.asarray(view.rate, dtype=np.float32)
    channels = {}
    for channel, own in zip(sounding, rendered, strict=True):
        seen = exemplars[channel], quantiles[channel]
        given = ModelInput(own.window, own.stacked, own.where, *seen, rate, mask)
        channels[channel] = ChannelInput(known.fills(channel), own.predicted, own.known, given)
    return NetworkInput(gap, view, channels, agreements)


def read_surroundings(rate: int, search: SearchContext, view: View) -> Surroundings:
    """Return the recording within the reach at the network's rate."""
    sound, lost = _read_reach(search)
    scaled = tuple((int(a * view.rate / rate), math.ceil(b * view.rate / rate)) for a, b in lost)
    return Surroundings(resample(sound, rate, view.rate), scaled)


@dataclass(frozen=True, eq=False)
class _Rendered:
    """A channel of a gap, as `ChannelInput` has it, and what of it the network is given.

    Attributes
    ----------
    window
        ``(size,)``: the damaged sound in the network's window.
    stacked, where
        ``(3, size)``: the classical fills in their place; ``(size,)``: 1 in the gap.
    """

    predicted: Samples
    known: Samples
    window: Samples
    stacked: Samples
    where: Samples


def _render_channel(known: Known, channel: int, view: View) -> _Rendered:
    """Bring one channel of `Gap.samples`, and its fills, to the network's rate."""
    gap, row, guesses = known.gap, known.gap.samples[channel], known.fills(channel)
    predicted = row.copy()
    predicted[gap.start : gap.end] = guesses.best
    signals = np.repeat(row[None], 3, axis=0)
    signals[:, gap.start : gap.end] = guesses.stack()
    signals = resample(signals, gap.rate, view.rate)
    sound = signals[0]
    fills = signals[:, view.start : view.end]
    if gap.rate > HIGH_RATE:
        fills = classical_fills(sound, view.start, view.end, view.rate).stack()
        known.progress.check()
    damaged = sound
    if gap.shape is not None:
        damaged = resample(row[None], gap.rate, view.rate)[0]
    stacked = np.zeros((3, view.size), dtype=np.float32)
    where = np.zeros(view.size, dtype=np.float32)
    # at the end of a recording, rounding of rates may leave a frame less
    inside = slice(view.hole.start, view.hole.start + fills.shape[1])
    stacked[:, inside], where[inside] = fills, 1.0
    window = cut_padded(damaged, view.low, view.low + view.size)
    return _Rendered(predicted, sound, window, stacked, where)


def _read_exemplars(known: Known, view: View) -> Samples:
    """Return exemplars as the window sees them, ``(channels, EXEMPLARS, size)``."""
    gap, search = known.gap, known.gap.search
    assert search is not None
    seen = np.zeros((len(gap.samples), EXEMPLARS, view.size), dtype=np.float32)
    for number, exemplar in enumerate(known.find_exemplars()):
        origin = search.start - gap.start + exemplar.shift_frames
        seen[:, number] = _read_window(search, origin, gap.rate, view)
    return seen


def _choose_rate(gap: Gap) -> int:
    """Return the rate in Hz that the network works at.

    In long gaps of speech it is the lowest where nothing sounds above that: takes are livelier
    there, and nearer (decision 058). A box or shape may lie higher, whatever sounds there.
    """
    own = working_rate(gap.rate)
    is_short = gap.duration_s < CALM_TAKES_FROM_S
    if own == LOWEST_RATE or is_short or gap.shape is not None:
        return own
    return LOWEST_RATE if is_empty_above(gap, LOWEST_RATE / 2) and is_speech(gap) else own


def _place_view(gap: Gap, config: HybridConfig) -> View:
    """Return the window with the gap in its middle."""
    rate = _choose_rate(gap)
    start = int(gap.start * rate / gap.rate)
    frames = int(np.ceil(gap.end * rate / gap.rate)) - start
    size = config.window_frames(frames)
    return View(rate, start, start + frames, (2 * start + frames - size) // 2, size)


def _measure_quantiles(rate: int, search: SearchContext, view: View) -> list[Samples]:
    """Return the spectral quantiles of the recording within the reach, for every channel."""
    sound, lost = _read_reach(search)
    return [spectral_quantiles(row, lost, scale=rate / view.rate) for row in sound]


def _read_reach(search: SearchContext) -> tuple[Samples, list[tuple[int, int]]]:
    """Return the recording within the reach, ``(channels, frames)``, and its damaged spans."""
    low = max(search.start - search.reach, 0)
    sound = search.read(low, min(search.end + search.reach, search.clip.frames))
    return sound, [(a - low, b - low) for a, b in search.lost]


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


def _render_mask(shape: Shape, rate: int, view: View, config: HybridConfig) -> Samples:
    """Return what was marked on the grid of the window's transform, ``(bins, columns)``."""
    grid, ratio = config.stft, view.rate / rate
    centres = (view.low + np.arange(grid.columns(view.size)) * grid.hop_frames) / ratio
    return shape.on_grid(centres, grid.hop_frames / ratio, grid.bins, grid.bin_hz(view.rate))
