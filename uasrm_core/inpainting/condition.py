"""The conditioning of a gap: all that an engine may look at.

Repairs, the router's trials, adaptation to a recording and training all call `condition`, so that
every engine sees the same of a gap, and the network is asked what it was taught. Each part of a
`Conditioning` is made when an engine first asks for it, since most engines need few of them:

1. `cutting.cut_gap` cuts the window, rotates the channels and marks the damage (`Gap`);
2. `Conditioning.remove_tones`: steady tones over part of the spectrum taken away;
3. `Conditioning.fills`: classical fills at the recording's own rate, from up to 2 s on each side;
4. `Conditioning.find_exemplars`: the exemplars within reach whose surroundings fit best;
5. `Conditioning.for_network`: fills and sound at the network's rate (far above it the fills are
   made again at that rate), the two best exemplars, spectral quantiles over the reach, and the
   damage mask where only part of the spectrum is damaged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.region import Region
from uasrm_core.audio.resample import resample
from uasrm_core.audio.shape import Shape
from uasrm_core.exemplars.finder import Exemplar, cut_padded, measure_agreement
from uasrm_core.exemplars.quantiles import EXEMPLARS, spectral_quantiles
from uasrm_core.inpainting.cutting import cut_gap, hide
from uasrm_core.inpainting.damage import Surroundings, build_damage_mask, remove_tones
from uasrm_core.inpainting.gap import Gap, sounding_channels
from uasrm_core.inpainting.kind import CALM_TAKES_FROM_S, is_empty_above, is_speech
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.interpolation.ar import Vector
from uasrm_core.interpolation.fills import (
    ClassicalFills,
    best_fill,
    classical_fills,
    measure_doubt,
)
from uasrm_core.model.backend import ModelInput
from uasrm_core.model.config import LOWEST_RATE, RATE, HybridConfig, working_rate
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


@dataclass(frozen=True, eq=False)
class Conditioning:
    """All that is known about a gap; its parts are made when they are asked for.

    Attributes
    ----------
    progress
        Asked for a cancel while parts are made.
    """

    gap: Gap
    progress: Progress
    _fills: dict[int, ClassicalFills] = field(default_factory=dict)

    def fills(self, channel: int) -> ClassicalFills:
        """Return the classical fills of a channel at the recording's rate."""
        if channel not in self._fills:
            gap = self.gap
            row = gap.samples[channel]
            self._fills[channel] = classical_fills(row, gap.start, gap.end, gap.rate)
            self.progress.check()
        return self._fills[channel]

    def best_fill(self, channel: int) -> Samples:
        """Return the best of the fills alone, ``(gap frames,)``, and that of a click quickly."""
        if channel in self._fills:
            return self._fills[channel].best
        gap = self.gap
        return best_fill(gap.samples[channel], gap.start, gap.end, gap.rate)

    def find_exemplars(self, count: int = EXEMPLARS) -> list[Exemplar]:
        """Return the exemplars within the gap's reach whose surroundings fit best."""
        assert self.gap.search is not None
        return self.gap.search.find_exemplars(count, self.progress)

    def read_exemplar(self, exemplar: Exemplar) -> Samples:
        """Return an exemplar in the place of `Gap.samples`, ``(channels, frames)``."""
        search, gap = self.gap.search, self.gap
        assert search is not None
        low = search.start - gap.start + exemplar.shift_frames
        return search.read(low, low + gap.samples.shape[1])

    def remove_tones(self) -> tuple[Conditioning, bool]:
        """Return what is known once steady tones over part of the spectrum are taken away.

        The second value tells whether they were all the damage (`damage.remove_tones`).
        """
        if self.gap.shape is None:
            return self, False
        gap, is_clear = remove_tones(self.gap, self.progress)
        return condition(gap, self.progress), is_clear

    def for_network(
        self, config: HybridConfig, *, place_window: Callable[[View], View] = lambda view: view
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
        gap = self.gap
        assert gap.search is not None
        search = gap.search
        view = place_window(_place_view(gap, config))
        sounding = sounding_channels(gap)
        with ThreadPoolExecutor(1) as other:
            searching = other.submit(self._read_exemplars, view)
            rendered = [self._render_channel(channel, view) for channel in sounding]
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
            channels[channel] = ChannelInput(self.fills(channel), own.predicted, own.known, given)
        return NetworkInput(gap, view, channels, agreements)

    def _render_channel(self, channel: int, view: View) -> _Rendered:
        """Bring one channel of `Gap.samples`, and its fills, to the network's rate."""
        gap, row, guesses = self.gap, self.gap.samples[channel], self.fills(channel)
        predicted = row.copy()
        predicted[gap.start : gap.end] = guesses.best
        signals = np.repeat(row[None], 3, axis=0)
        signals[:, gap.start : gap.end] = guesses.stack()
        signals = resample(signals, gap.rate, view.rate)
        known = signals[0]
        fills = signals[:, view.start : view.end]
        if gap.rate > HIGH_RATE:
            fills = classical_fills(known, view.start, view.end, view.rate).stack()
            self.progress.check()
        damaged = known
        if gap.shape is not None:
            damaged = resample(row[None], gap.rate, view.rate)[0]
        stacked = np.zeros((3, view.size), dtype=np.float32)
        where = np.zeros(view.size, dtype=np.float32)
        # at the end of a recording, rounding of rates may leave a frame less
        inside = slice(view.hole.start, view.hole.start + fills.shape[1])
        stacked[:, inside], where[inside] = fills, 1.0
        window = cut_padded(damaged, view.low, view.low + view.size)
        return _Rendered(predicted, known, window, stacked, where)

    def _read_exemplars(self, view: View) -> Samples:
        """Return exemplars as the window sees them, ``(channels, EXEMPLARS, size)``."""
        gap, search = self.gap, self.gap.search
        assert search is not None
        seen = np.zeros((len(gap.samples), EXEMPLARS, view.size), dtype=np.float32)
        for number, exemplar in enumerate(self.find_exemplars()):
            origin = search.start - gap.start + exemplar.shift_frames
            seen[:, number] = _read_window(search, origin, gap.rate, view)
        return seen


def condition(gap: Gap, progress: Progress) -> Conditioning:
    """Return everything that an engine may look at to fill a gap.

    What the gap's samples hold in the gap is damage: the fills, the exemplars and the network's
    input take nothing from there, except where a box or shape leaves sound.
    """
    return Conditioning(gap, progress)


def read_surroundings(rate: int, search: SearchContext, view: View) -> Surroundings:
    """Return the recording within the reach at the network's rate."""
    low = max(search.start - search.reach, 0)
    sound = search.read(low, min(search.end + search.reach, search.clip.frames))
    lost = tuple(
        (int((a - low) * view.rate / rate), math.ceil((b - low) * view.rate / rate))
        for a, b in search.lost
    )
    return Surroundings(resample(sound, rate, view.rate), lost)


@dataclass(frozen=True, eq=False)
class Example:
    """A gap in intact sound: what the network is given, and what was there.

    Attributes
    ----------
    clean
        ``(frames,)``: the window as it was.
    agreements
        See `NetworkInput.agreements`.
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
    known = condition(opened.loudest(), progress).for_network(config, place_window=place_window)
    if 0 not in known.channels:
        return None
    view = known.view
    whole = resample(opened.read_axis(clip), clip.rate, view.rate)[0]
    clean = cut_padded(whole, view.low, view.low + view.size)
    return Example(clean, known.channels[0].model_input, view, known.agreements)


@dataclass(frozen=True, eq=False)
class _Rendered:
    predicted: Samples
    known: Samples
    window: Samples
    stacked: Samples
    where: Samples


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
    rate = _choose_rate(gap)
    start = int(gap.start * rate / gap.rate)
    frames = int(np.ceil(gap.end * rate / gap.rate)) - start
    size = config.window_frames(frames)
    return View(rate, start, start + frames, (2 * start + frames - size) // 2, size)


def _measure_quantiles(rate: int, search: SearchContext, view: View) -> list[Samples]:
    """Return the spectral quantiles of the recording, for every channel."""
    low = max(search.start - search.reach, 0)
    sound = search.read(low, min(search.end + search.reach, search.clip.frames))
    lost = [(a - low, b - low) for a, b in search.lost]
    return [spectral_quantiles(row, lost, scale=rate / view.rate) for row in sound]


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
