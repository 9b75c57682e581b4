"""The engine that runs the notebook's network: magnitudes by the network, phase by prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.engine import Engine, Guess, fill_by_channel, refuse_longer
from uasrm_core.inpainting.gap import Gap
from uasrm_core.model.device import choose_device
from uasrm_core.model.original import load_original
from uasrm_core.progress import Progress
from uasrm_core.spectral.levels import to_levels, to_magnitudes
from uasrm_core.spectral.stft import Spectrum, StftConfig, istft, stft

LONGEST_S = 2.0
PHASE_PASSES = 16


class NotebookEngine(Engine):
    """Runs a model file of the preset `original` at its own rate.

    The lost phase is never known. It begins as that of the classical fill, which joins the sound on
    both sides, and is then made to agree with the network's levels.
    """

    name = "original"

    def __init__(self, path: Path) -> None:
        self._device = choose_device()
        self._model = load_original(path).to(self._device)

    @property
    def context_s(self) -> float:
        """As much as a chunk holds beside a short gap."""
        return self._model.config.chunk_s / 2

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the gap filled; see `Engine.fill`.

        Raises
        ------
        RepairError
            The gap is longer than `LONGEST_S`.
        """
        gap = known.gap
        refuse_longer(gap, LONGEST_S)

        def fill_row(channel: int, row: Samples) -> Samples:
            return self._fill_channel(row, gap, known.fills(channel).best, progress)

        return Guess(fill_by_channel(gap, fill_row, progress))

    def _fill_channel(self, row: Samples, gap: Gap, best: Samples, progress: Progress) -> Samples:
        classical = row.copy()
        classical[gap.start : gap.end] = best
        config = self._model.config
        sound = resample(classical[None], gap.rate, config.rate)[0]
        ratio = config.rate / gap.rate
        start, end = int(gap.start * ratio), min(int(np.ceil(gap.end * ratio)), len(sound))
        first, chunk = cut_chunk(sound, start, end, config.chunk_frames)
        mended = self._mend(chunk, start - first, end - first, progress)
        change = np.zeros_like(sound)
        low, high = max(first, 0), min(first + len(chunk), len(sound))
        change[low:high] = (mended - chunk)[low - first : high - first]
        # Only the change is resampled, so that what lies above the network's band stays.
        turned = resample(change[None], config.rate, gap.rate)[0]
        longer = np.pad(turned, (0, max(len(row) - len(turned), 0)))
        return np.asarray(classical + longer[: len(row)], dtype=np.float32)

    def _mend(self, chunk: Samples, start: int, end: int, progress: Progress) -> Samples:
        config = self._model.config.stft
        spectrum = stft(chunk, config)
        hole = find_touched_columns(config, spectrum.shape[-1], start, end)
        magnitudes = np.abs(spectrum)
        reference = max(float(magnitudes[:, ~hole].max(initial=0.0)), 1e-9)
        answered = self._run_model(to_levels(magnitudes, reference), hole)
        progress.check()
        wanted = to_magnitudes(answered[:, hole], reference)
        return borrow_phase(chunk, spectrum, wanted, hole, (start, end), config)

    @torch.inference_mode()
    def _run_model(self, levels: Samples, hole: np.ndarray) -> Samples:
        given = torch.from_numpy(levels)[None].to(self._device)
        where = torch.from_numpy(hole.astype(np.float32))[None].to(self._device)
        spliced: torch.Tensor = self._model.splice(given, self._model(given, where), where)
        return np.asarray(spliced[0].clamp(0.0, 1.0).cpu().numpy(), dtype=np.float32)


def cut_chunk(sound: Samples, start: int, end: int, frames: int) -> tuple[int, Samples]:
    """Return a stretch with a gap in its middle, and its first frame; silence beyond the ends."""
    first = (start + end - frames) // 2
    low, high = max(first, 0), min(first + frames, len(sound))
    chunk = np.zeros(frames, dtype=np.float32)
    chunk[low - first : high - first] = sound[low:high]
    return first, chunk


def find_touched_columns(config: StftConfig, columns: int, start: int, end: int) -> np.ndarray:
    """Return which columns a gap reaches into, bool ``(columns,)``."""
    centres = np.arange(columns) * config.hop_frames
    half = config.fft_size // 2
    return (centres > start - half) & (centres < end + half)


def borrow_phase(
    chunk: Samples,
    spectrum: Spectrum,
    wanted: Samples,
    hole: np.ndarray,
    gap: tuple[int, int],
    config: StftConfig,
) -> Samples:
    """Return the sound whose spectrum has the wanted magnitudes in its hole, ``(frames,)``.

    Griffin & Lim's iteration ("Signal estimation from modified short-time Fourier transform", IEEE
    TASSP 32(2), 1984) from the phase of `spectrum`, with the sound outside the gap held fixed.
    """
    start, end = gap
    sound = chunk.copy()
    inside = spectrum[:, hole]
    for _ in range(PHASE_PASSES):
        moved = stft(sound, config)
        moved[:, hole] = wanted * inside / np.maximum(np.abs(inside), 1e-9)
        sound[start:end] = istft(moved, config, len(chunk))[start:end]
        inside = stft(sound, config)[:, hole]
    return sound
