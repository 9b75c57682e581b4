"""The learnt engine: the network mends the classical fill."""

from __future__ import annotations

import copy
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from uasrm_core.audio.clip import Patch, Samples
from uasrm_core.audio.resample import resample
from uasrm_core.audio.shape import Shape
from uasrm_core.dsp.exemplars import cut
from uasrm_core.dsp.fills import ClassicalFills, classical_fills
from uasrm_core.dsp.recording import CONTINUOUS_CORRELATION, EXEMPLARS, find_repeat, levels
from uasrm_core.dsp.stft import stft
from uasrm_core.inpainting.damage import damaged_part, without_tones
from uasrm_core.inpainting.gap import (
    Engine,
    Gap,
    Guess,
    refuse_longer,
    silenced,
    sounding_channels,
)
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.model.checkpoint import fingerprint, load_model, model_id
from uasrm_core.model.config import RATE, HybridConfig, working_rate
from uasrm_core.model.device import choose_device, is_fast_in_bfloat16
from uasrm_core.model.examples import Batch
from uasrm_core.model.unet import GapBatch, HybridInpainter
from uasrm_core.progress import Progress

LONGEST_S = 5.0
# At much higher rates a model of the same order spans too little time: the network gets fills that
# were made at its own rate.
HIGH_RATE = 1.5 * RATE
# A gap that is much shorter than the transform's windows is too small for the network to see into,
# and well predicted. Up to the first of these frames, at the rate that the network works at, the
# classical answer is taken, from the second on the network's, and between them a mean, since errors
# of two answers that differ cancel out.
CLASSICAL_FRAMES, LEARNT_FRAMES = 220, 1760


@dataclass(frozen=True)
class _View:
    """The gap, and the window that the network is given.

    Attributes
    ----------
    rate
        The rate in Hz that the network works at here, whose frames all are counted in.
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


@dataclass(frozen=True, eq=False)
class _Heard:
    """What the recording tells of each channel's gap; see `uasrm_core.dsp.recording`.

    `mask` tells what of the window's transform is damaged; None is all that lies in the gap. Where
    the loudest channel's sound comes again, `repeat` tells in which passage: nothing made up
    comes nearer, and the network is not asked; `is_continuous` tells whether it is so much the same
    that it goes on from the sound at the edges.
    """

    references: Samples
    levels: list[Samples]
    repeat: int | None
    mask: Samples | None
    is_continuous: bool = False


@dataclass(frozen=True, eq=False)
class _Asked:
    """One channel of a gap before the network has answered.

    Attributes
    ----------
    guesses
        The classical fills.
    classical
        `Gap.samples` of the channel with the classical fill.
    known
        The same at the network's rate.
    window, fills, where
        What the network is given: `GapBatch.samples`, `fills` and `gap`, each without its batch.
    """

    guesses: ClassicalFills
    classical: Samples
    known: Samples
    window: Samples
    fills: Samples
    where: Samples


class NetworkEngine(Engine):
    """Runs a model file at the recording's own rate, or the nearest that it works at.

    The network's change to the classical fill is what is resampled and added, so that content
    above its band stays as the classical fill continues it.
    """

    name = "unet"
    needs_crossfade = True
    # at the lowest rate, windows are as long as this on both sides of a gap
    context_s = 2.0
    reach_s = 20.0

    def __init__(self, path: Path) -> None:
        self._device = choose_device()
        self._model = load_model(path).to(self._device)
        self.model_id = model_id(path)

    @property
    def config(self) -> HybridConfig:
        """The network's sizes."""
        return self._model.config

    def fill(self, gap: Gap, progress: Progress) -> Guess:
        """Return the window with the gap filled; see `Engine.fill`.

        Raises
        ------
        RepairError
            The gap is longer than `LONGEST_S`.
        """
        refuse_longer(gap, LONGEST_S)
        if gap.shape is not None:
            gap, is_clear = without_tones(gap, progress)
            if is_clear:
                return Guess(gap.samples)
        view = self._view(gap)
        sounding = sounding_channels(gap)
        with ThreadPoolExecutor(1) as other:
            looking = other.submit(self._passages, gap, view, progress)
            asked = [self._asked(gap.samples[c], gap, view, progress) for c in sounding]
            usual = self._usual(gap, view)
            heard = self._heard(gap, view, looking.result(), usual)
        # where all is silent around, it stays silent
        filled = silenced(gap)
        forward, backward = np.zeros((2, len(filled), gap.frames), dtype=np.float32)
        for channel, own in zip(sounding, asked, strict=True):
            progress.report(channel / len(filled))
            filled[channel] = self._answered(own, gap, view, heard, channel)
            forward[channel], backward[channel] = own.guesses.forward, own.guesses.backward
        return Guess(filled, is_continuous=heard.is_continuous, predictions=(forward, backward))

    def example(self, gap: Gap, progress: Progress) -> Batch | None:
        """Return a gap in intact sound as something to learn from, a batch of one.

        Of its channels it takes the first, which is the loudest. None where the sound comes again:
        there the network is not asked.

        Parameters
        ----------
        gap
            Its samples in the gap are the sound itself, which the network is not shown.
        """
        assert gap.around is not None
        whole, around = gap.samples[:1], gap.around
        hidden = whole.copy()
        hidden[:, gap.start : gap.end] = 0.0
        silence = np.zeros((len(around.channels), gap.frames), dtype=np.float32)
        blank = around.clip.with_patch(Patch(around.start, around.channels, silence))
        shown = replace(
            gap, samples=hidden, around=replace(around, clip=blank, axes=around.axes[:1])
        )
        view = self._view(shown)
        passages = self._passages(shown, view, progress)
        heard = self._heard(shown, view, passages, self._usual(shown, view))
        progress.check()
        if heard.repeat is not None:
            return None
        asked = self._asked(hidden[0], shown, view, progress)
        clean = cut(resample(whole, gap.rate, view.rate)[0], view.low, view.low + view.size)
        target = torch.from_numpy(clean)[None].to(self._device)
        return Batch(target, self._given(asked, heard, view, 0))

    def fitted(self, model: HybridInpainter) -> NetworkEngine:
        """Return this engine with other weights, named after these and those."""
        other = copy.copy(self)
        other._model = model
        other.model_id = f"{self.model_id} adapted {fingerprint(model)}"
        return other

    @property
    def model(self) -> HybridInpainter:
        """The network; not to be changed."""
        return self._model

    def _view(self, gap: Gap) -> _View:
        rate = working_rate(gap.rate)
        start = int(gap.start * rate / gap.rate)
        frames = int(np.ceil(gap.end * rate / gap.rate)) - start
        size = self.config.window_frames(frames)
        return _View(rate, start, start + frames, (2 * start + frames - size) // 2, size)

    def _heard(self, gap: Gap, view: _View, passages: Samples, usual: list[Samples]) -> _Heard:
        """Compare the window with what was found in the recording."""
        assert gap.around is not None
        window = self._stretch(gap.around, gap.around.start - gap.start, gap.rate, view)
        if gap.shape is not None:
            power = np.sum(np.square(np.abs(stft(window, self.config.stft))), axis=0)
            return _Heard(passages, usual, None, self._mask(gap.shape, gap.rate, view, power))
        hole = (view.start - view.low, view.end - view.low)
        repeat = find_repeat(passages[0], window[0], hole, view.rate)
        if repeat is None:
            return _Heard(passages, usual, None, None)
        number, correlation = repeat
        return _Heard(passages, usual, number, None, correlation >= CONTINUOUS_CORRELATION)

    def _usual(self, gap: Gap, view: _View) -> list[Samples]:
        """Return how loud each pitch gets in the recording, for every channel."""
        assert gap.around is not None
        around = gap.around
        low = max(around.start - around.reach, 0)
        sound = around.read(low, min(around.end + around.reach, around.clip.frames))
        lost = [(a - low, b - low) for a, b in around.lost]
        return [levels(row, lost, scale=gap.rate / view.rate) for row in sound]

    def _passages(self, gap: Gap, view: _View, progress: Progress) -> Samples:
        """Return passages as the window sees them, ``(channels, EXEMPLARS, size)``."""
        assert gap.around is not None
        around = gap.around
        found = around.passages(EXEMPLARS, progress)
        heard = np.zeros((len(gap.samples), EXEMPLARS, view.size), dtype=np.float32)
        for number, passage in enumerate(found):
            origin = around.start - gap.start + passage.shift_frames
            heard[:, number] = self._stretch(around, origin, gap.rate, view)
        return heard

    def _stretch(self, around: SearchContext, origin: int, rate: int, view: _View) -> Samples:
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
        sound = resample(around.read(origin + first, origin + last), rate, own)
        low = view.low - first // step * (own // math.gcd(rate, own))
        return sound[:, low : low + view.size]

    def _answered(
        self, asked: _Asked, gap: Gap, view: _View, heard: _Heard, channel: int
    ) -> Samples:
        """Return a channel of `Gap.samples` with the gap filled."""
        share = 1.0
        if heard.repeat is not None:
            rendered = heard.references[channel][heard.repeat]
        else:
            if gap.shape is None:
                share = _learnt_share(view.end - view.start)
            if share == 0.0:
                return asked.classical
            rendered = self._rendered(self._given(asked, heard, view, channel))
        # outside the window nothing changes
        rate, known = view.rate, asked.known
        low, high = max(view.low, 0), min(view.low + view.size, len(known))
        change = np.zeros_like(known)
        change[low:high] = rendered[low - view.low : high - view.low] - known[low:high]
        change *= share
        changed = resample(change[None], rate, gap.rate)[0]
        return asked.classical + _as_long_as(changed, len(asked.classical))

    def _asked(self, row: Samples, gap: Gap, view: _View, progress: Progress) -> _Asked:
        guesses = classical_fills(row, gap.start, gap.end, gap.rate)
        progress.check()
        classical = row.copy()
        classical[gap.start : gap.end] = guesses.best
        rate = view.rate
        signals = np.repeat(row[None], 3, axis=0)
        signals[:, gap.start : gap.end] = guesses.stacked()
        signals = resample(signals, gap.rate, rate)
        known = signals[0]
        fills = signals[:, view.start : view.end]
        if gap.rate > HIGH_RATE:
            fills = classical_fills(known, view.start, view.end, rate).stacked()
            progress.check()
        damaged = known
        if gap.shape is not None:
            damaged = resample(row[None], gap.rate, rate)[0]
        inside = slice(view.start - view.low, view.start - view.low + fills.shape[1])
        stacked = np.zeros((3, view.size), dtype=np.float32)
        stacked[:, inside] = fills
        where = np.zeros(view.size, dtype=np.float32)
        where[inside] = 1.0
        window = cut(damaged, view.low, view.low + view.size)
        return _Asked(guesses, classical, known, window, stacked, where)

    def _given(self, asked: _Asked, heard: _Heard, view: _View, channel: int) -> GapBatch:
        """Return what the network is given for one channel, a batch of one."""
        fields = (
            asked.window,
            asked.fills,
            asked.where,
            heard.references[channel],
            heard.levels[channel],
            np.asarray(view.rate, dtype=np.float32),
            heard.mask,
        )
        return GapBatch(
            *(None if a is None else torch.from_numpy(a)[None].to(self._device) for a in fields)  # type: ignore[arg-type]
        )

    def _mask(self, shape: Shape, rate: int, view: _View, power: Samples) -> Samples:
        """Return how far every point of the window's transform is damaged, ``(bins, columns)``."""
        grid, ratio = self.config.stft, view.rate / rate
        centres = (view.low + np.arange(grid.columns(view.size)) * grid.hop_frames) / ratio
        mask = shape.on_grid(centres, grid.hop_frames / ratio, grid.bins, grid.bin_hz(view.rate))
        reach = 2 * -(-grid.fft_size // (2 * grid.hop_frames)) + 1
        return damaged_part(power, mask, reach)

    @torch.inference_mode()
    def _rendered(self, given: GapBatch) -> Samples:
        # how it goes over into the known sound is the business of `splice.splice`
        brief = is_fast_in_bfloat16(self._device)
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=brief):
            rendered = self._model(given)
        return np.asarray(rendered[0].cpu().numpy(), dtype=np.float32)


def _learnt_share(frames: int) -> float:
    """Return how much of the network's answer is taken in a gap of so many frames."""
    way = math.log2(frames / CLASSICAL_FRAMES) / math.log2(LEARNT_FRAMES / CLASSICAL_FRAMES)
    return min(max(way, 0.0), 1.0)


def _as_long_as(samples: Samples, frames: int) -> Samples:
    """Cut or pad with silence, since rounding of rates may leave a frame more or less."""
    return np.pad(samples, (0, max(frames - len(samples), 0)))[:frames]
