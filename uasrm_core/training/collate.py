"""Collating examples into batches, with random augmentation."""

from __future__ import annotations

import numpy as np
import torch

from uasrm_core.inpainting.damage import build_damage_mask
from uasrm_core.inpainting.examples import Batch
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import GapBatch
from uasrm_core.spectral.stft import StftConfig
from uasrm_core.training import dataset
from uasrm_core.training.box_damage import damage_box
from uasrm_core.training.dataset import Shard
from uasrm_core.training.settings import BoxSettings

OFF_MIDDLE_FRAMES = 1024
NO_BOX = BoxSettings(share=0.0)


def make_batch(
    shard: Shard,
    rows: np.ndarray,
    rng: np.random.Generator,
    config: HybridConfig,
    *,
    box: BoxSettings = NO_BOX,
    augment: bool = True,
) -> Batch:
    """Turn rows of a shard into tensors, in windows as the longest of their gaps needs them.

    With `augment`, gaps lie a little off the middle, windows are reversed in time and in polarity
    at random, and in `box.share` of the batches only part of the spectrum is damaged: something
    sounds there over the programme.
    """
    gaps = shard.gaps[rows]
    frames = min(config.window_frames(int(np.max(gaps[:, 1] - gaps[:, 0]))), shard.clean.shape[1])
    lows = (gaps.sum(axis=1) - frames) // 2
    if augment:
        lows += rng.integers(-OFF_MIDDLE_FRAMES, OFF_MIDDLE_FRAMES, size=len(rows), endpoint=True)
    lows = np.clip(lows, 0, shard.clean.shape[1] - frames)
    clean = np.empty((len(rows), frames), dtype=np.float32)
    exemplars = np.empty((len(rows), *shard.exemplars.shape[1:-1], frames), dtype=np.float32)
    fills = np.zeros((len(rows), 3, frames), dtype=np.float32)
    gap = np.zeros((len(rows), frames), dtype=np.float32)
    for i, (row, low) in enumerate(zip(rows, lows, strict=True)):
        start, end = shard.gaps[row] - low
        clean[i] = _as_float(shard.clean[row, low : low + frames])
        exemplars[i] = _as_float(shard.exemplars[row, :, low : low + frames])
        gap[i, start:end] = 1.0
        fills[i, :, start:end] = _as_float(shard.fills[row, :, : end - start])
        if augment and rng.uniform() < 0.5:
            clean[i], gap[i] = clean[i, ::-1].copy(), gap[i, ::-1].copy()
            fills[i] = fills[i, [0, 2, 1], ::-1]
            exemplars[i] = exemplars[i, :, ::-1].copy()
        if augment and rng.uniform() < 0.5:
            clean[i], fills[i], exemplars[i] = -clean[i], -fills[i], -exemplars[i]
    masks, heard = None, clean
    if augment and rng.uniform() < box.share:
        masks = _draw_masks(len(rows), config.stft.columns(frames), rng, config)
        heard = np.empty_like(clean)
        for i, other in enumerate(np.roll(clean, 1, axis=0)):
            inside = np.flatnonzero(gap[i])
            lost = int(inside[0]), int(inside[-1]) + 1
            heard[i] = damage_box(clean[i], lost, masks[i], other, config.stft, box, rng)
            drawn = masks[i] * column_shares(lost, masks.shape[2], config.stft)
            masks[i] = build_damage_mask(heard[i][None], drawn, config.stft)
    mask = None if masks is None else torch.from_numpy(masks)
    samples, guesses, where, seen = map(torch.from_numpy, (heard, fills, gap, exemplars))
    quantiles = torch.from_numpy(shard.quantiles[rows].astype(np.float32))
    rates = torch.from_numpy(shard.rates[rows])
    given = GapBatch(samples, guesses, where, seen, quantiles, rates, mask)
    return Batch(torch.from_numpy(clean), given)


def group_rows_alike(shard: Shard, batch: int) -> list[np.ndarray]:
    """Return the rows of a shard in batches of gaps alike in length, which share short windows."""
    order = np.argsort(shard.gaps[:, 1] - shard.gaps[:, 0], kind="stable")
    return [order[first : first + batch] for first in range(0, len(order), batch)]


def _as_float(stored: np.ndarray) -> np.ndarray:
    return np.asarray(stored, dtype=np.float32) / dataset.FULL_SCALE


def column_shares(gap: tuple[int, int], columns: int, config: StftConfig) -> np.ndarray:
    """Return for how much of the time nearest to it each column lies in a gap, ``(columns,)``."""
    centres = np.arange(columns) * config.hop_frames
    first, last = centres - config.hop_frames / 2, centres + config.hop_frames / 2
    overlap = np.minimum(last, gap[1]) - np.maximum(first, gap[0])
    return np.asarray(np.clip(overlap / config.hop_frames, 0.0, 1.0), dtype=np.float32)


def _draw_masks(
    count: int, columns: int, rng: np.random.Generator, config: HybridConfig
) -> np.ndarray:
    """Draw boxes, and shapes whose edges wander as a hand would draw them."""
    low_hz = 40.0 * 150.0 ** rng.uniform(size=count)
    octaves = rng.uniform(0.3, 5.0, size=count)
    masks = np.empty((count, config.stft.bins, columns), dtype=np.float32)
    for i in range(count):
        wander = np.zeros(columns)
        if rng.uniform() < 0.5:
            bends = rng.normal(0.0, 0.5, size=columns // 8 + 2)
            wander = np.interp(np.arange(columns) / 8, np.arange(len(bends)), bends)
        for column, shift in enumerate(wander):
            low = low_hz[i] * 2.0**shift
            masks[i, :, column] = config.band_weights(low, low * 2.0 ** octaves[i])
    return masks
