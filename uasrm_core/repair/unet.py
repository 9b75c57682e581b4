"""The learnt engine: the network mends the classical fill."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.dsp.fills import classical_fills
from uasrm_core.errors import RepairError
from uasrm_core.model.checkpoint import load_model, model_id
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.device import choose_device
from uasrm_core.model.unet import GapBatch
from uasrm_core.progress import Progress
from uasrm_core.repair.inpainter import Gap

# As the examples that it learnt from were cut: gaps up to so long in windows of so many frames.
SHORT_GAP_S = 0.12
SHORT_WINDOW_FRAMES = 32768
LONG_WINDOW_FRAMES = 65536
LEAST_CONTEXT_FRAMES = 16384
LONGEST_S = 5.0
# At much higher rates a model of the same order spans too little time: the network gets fills that
# were made at its own rate.
HIGH_RATE_RATIO = 1.5


class UnetInpainter:
    """Runs a model file at its own rate.

    The network's change to the classical fill is what is resampled and added, so that content
    above its band stays as the classical fill continues it.
    """

    name = "unet"
    context_s = 0.75

    def __init__(self, path: Path) -> None:
        self._device = choose_device()
        self._model = load_model(path).to(self._device)
        self.model_id = model_id(path)

    @property
    def config(self) -> HybridConfig:
        """The network's sizes."""
        return self._model.config

    def fill(self, gap: Gap, progress: Progress) -> Samples:
        """Return the window with the gap filled; see `Inpainter.fill`.

        Raises
        ------
        RepairError
            The gap is longer than `LONGEST_S`.
        """
        if gap.duration_s > LONGEST_S:
            raise RepairError(
                f"The region is {gap.duration_s:.1f} s long; this engine fills at most "
                f"{LONGEST_S:.0f} s."
            )
        filled = gap.samples.copy()
        for channel, row in enumerate(gap.samples):
            progress.report(channel / len(gap.samples))
            if np.any(row[: gap.start]) or np.any(row[gap.end :]):
                filled[channel] = self._fill_channel(row, gap, progress)
            else:
                filled[channel, gap.start : gap.end] = 0.0
        return filled

    def _fill_channel(self, row: Samples, gap: Gap, progress: Progress) -> Samples:
        fills = classical_fills(row, gap.start, gap.end, gap.rate)
        progress.check()
        classical = row.copy()
        classical[gap.start : gap.end] = fills.best
        rate = self.config.rate
        ratio = rate / gap.rate
        start, end = int(gap.start * ratio), int(np.ceil(gap.end * ratio))
        signals = np.repeat(row[None], 3, axis=0)
        signals[:, gap.start : gap.end] = fills.stacked()
        signals = resample(signals, gap.rate, rate)
        known = signals[0]
        end = min(end, len(known))
        guesses = signals[:, start:end]
        if gap.rate > HIGH_RATE_RATIO * rate:
            guesses = classical_fills(known, start, end, rate).stacked()
            progress.check()
        band = self._band(row, classical, gap)
        change = self._change(known, guesses, start, end, band)
        return classical + _as_long_as(resample(change[None], rate, gap.rate)[0], len(row))

    def _band(self, row: Samples, classical: Samples, gap: Gap) -> _Band | None:
        """Return the damaged sound at the network's rate, and which bins of it are damaged."""
        if gap.shape is None:
            return None
        damaged = resample(np.stack([row, classical]), gap.rate, self.config.rate)[0]
        return _Band(damaged, self.config.band_weights(gap.shape.low_hz, gap.shape.high_hz))

    def _change(
        self, known: Samples, guesses: Samples, start: int, end: int, band: _Band | None
    ) -> Samples:
        """Return what the network adds to a classically filled channel, ``(frames,)``."""
        frames = end - start
        size = self._window_frames(frames)
        first = (start + end - size) // 2
        low, high = max(first, 0), min(first + size, len(known))
        inside = slice(low - first, high - first)
        source = band.damaged if band else known
        window = np.zeros(size, dtype=np.float32)
        window[inside] = source[low:high]
        fills = np.zeros((3, size), dtype=np.float32)
        fills[:, start - first : end - first] = guesses
        where = np.zeros(size, dtype=np.float32)
        where[start - first : end - first] = 1.0
        rendered = self._rendered(window, fills, where, band)
        change = np.zeros_like(known)
        change[low:high] = (rendered - window)[inside] + source[low:high] - known[low:high]
        return change

    @torch.inference_mode()
    def _rendered(
        self, window: Samples, fills: Samples, where: Samples, band: _Band | None
    ) -> Samples:
        samples, guesses, gap = (
            torch.from_numpy(array)[None].to(self._device) for array in (window, fills, where)
        )
        weights = torch.from_numpy(band.weights)[None].to(self._device) if band else None
        rendered = self._model(GapBatch(samples, guesses, gap, weights))
        spliced = self._model.splice(samples, rendered, gap)
        return np.asarray(spliced[0].cpu().numpy(), dtype=np.float32)

    def _window_frames(self, gap_frames: int) -> int:
        if gap_frames <= SHORT_GAP_S * self.config.rate:
            return SHORT_WINDOW_FRAMES
        multiple = self.config.window_multiple
        needed = gap_frames + 2 * LEAST_CONTEXT_FRAMES
        return max(LONG_WINDOW_FRAMES, -(-needed // multiple) * multiple)


class _Band:
    """Damage in part of the spectrum, at the network's rate."""

    def __init__(self, damaged: Samples, weights: Samples) -> None:
        self.damaged = damaged
        self.weights = weights


def _as_long_as(samples: Samples, frames: int) -> Samples:
    """Cut or pad with silence, since rounding of rates may leave a frame more or less."""
    return np.pad(samples, (0, max(frames - len(samples), 0)))[:frames]
