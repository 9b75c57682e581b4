"""Examples to learn from: windows of intact sound with a gap and its classical fills.

The fills cost far more than a training step's share of them, so examples are made once and kept
in shards. A shard depends only on the tracks, the seed and its number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.dsp.fills import classical_fills
from uasrm_core.errors import DataError
from uasrm_core.progress import Progress
from uasrm_core.training.corpus import Track

RATE = 44100
SHARD_EXAMPLES = 32
FULL_SCALE = 32767.0
QUIETEST_RMS = 0.003
ONE_SIDED_SHARE = 0.03
OTHER_SPEED_SHARE = 0.3
KIND_SHARES = {"music": 0.64, "speech": 0.33, "sounds": 0.03}


@dataclass(frozen=True)
class Band:
    """A range of gap lengths that share a window length, so that they can share a batch."""

    name: str
    shortest_s: float
    longest_s: float
    window_frames: int


SHORT = Band("short", 0.010, 0.120, 32768)
LONG = Band("long", 0.100, 0.700, 65536)


@dataclass(frozen=True, eq=False)
class Shard:
    """Examples of one band.

    Attributes
    ----------
    clean
        int16 ``(examples, window)``; for a gap at an edge, one side is silent.
    fills
        int16 ``(examples, 3, longest gap)``: best, forward, backward, from the gap's start on.
    gaps
        int64 ``(examples, 2)``: first frame of the gap and first frame after.
    """

    clean: np.ndarray
    fills: np.ndarray
    gaps: np.ndarray


def prepare(
    tracks: Sequence[Track],
    folder: Path,
    *,
    band: Band,
    split: str,
    examples: int,
    seed: int,
    processes: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Make the shards that are not in the folder yet, until it holds that many examples.

    Raises
    ------
    DataError
        There are no tracks of the split.
    """
    progress = progress or Progress()
    chosen = tuple(track for track in tracks if track.split == split)
    if not chosen:
        raise DataError(f"There are no recordings to take {split} examples from.")
    folder.mkdir(parents=True, exist_ok=True)
    count = -(-examples // SHARD_EXAMPLES)
    wanted = [n for n in range(count) if not shard_path(folder, split, band, n).exists()]
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        jobs = [pool.submit(_write_shard, chosen, folder, band, split, n, seed) for n in wanted]
        try:
            for number, job in enumerate(as_completed(jobs)):
                job.result()
                progress.report((number + 1) / len(jobs), f"{split} examples, {band.name} gaps")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def shard_path(folder: Path, split: str, band: Band, number: int) -> Path:
    """Return where a shard is kept."""
    return folder / f"{split}-{band.name}-{number:05d}.npz"


def shards(folder: Path, split: str, band: Band) -> list[Path]:
    """Return the shards there are, in order of their numbers."""
    return sorted(folder.glob(f"{split}-{band.name}-*.npz"))


def read_shard(path: Path) -> Shard:
    """Load one shard."""
    with np.load(path) as content:
        return Shard(content["clean"], content["fills"], content["gaps"])


def _write_shard(
    tracks: tuple[Track, ...], folder: Path, band: Band, split: str, number: int, seed: int
) -> None:
    salt = sum(map(ord, f"{split}{band.name}"))
    rng = np.random.default_rng([seed, salt, number])
    longest = int(band.longest_s * RATE) + 1
    clean = np.zeros((SHARD_EXAMPLES, band.window_frames), dtype=np.int16)
    fills = np.zeros((SHARD_EXAMPLES, 3, longest), dtype=np.int16)
    gaps = np.zeros((SHARD_EXAMPLES, 2), dtype=np.int64)
    windows = islice(_windows(tracks, band, rng), SHARD_EXAMPLES)
    for row, (window, start, end) in enumerate(windows):
        window *= 0.5 / np.max(np.abs(window))
        guesses = classical_fills(window, start, end, RATE).stacked()
        clean[row] = np.round(window * FULL_SCALE)
        fills[row, :, : end - start] = np.round(np.clip(guesses, -1, 1) * FULL_SCALE)
        gaps[row] = start, end
    path = shard_path(folder, split, band, number)
    draft = path.with_suffix(".part")
    with draft.open("wb") as stream:
        np.savez(stream, clean=clean, fills=fills, gaps=gaps)
    draft.replace(path)


def _windows(
    tracks: Sequence[Track], band: Band, rng: np.random.Generator
) -> Iterator[tuple[Samples, int, int]]:
    """Yield windows that are loud enough to learn from, with a gap near their middle."""
    kinds = [kind for kind in KIND_SHARES if any(t.kind == kind for t in tracks)]
    shares = np.array([KIND_SHARES[kind] for kind in kinds])
    by_kind = {kind: [t for t in tracks if t.kind == kind] for kind in kinds}
    while True:
        pool = by_kind[kinds[rng.choice(len(kinds), p=shares / shares.sum())]]
        weights = np.sqrt([min(t.duration_s, 300.0) for t in pool])
        track = pool[rng.choice(len(pool), p=weights / weights.sum())]
        window = _cut(track, band.window_frames, rng)
        if window is None:
            continue
        ratio = rng.uniform(0.0, 1.0)
        frames = int(RATE * band.shortest_s * (band.longest_s / band.shortest_s) ** ratio)
        middle = band.window_frames // 2 + int(rng.integers(-2048, 2048))
        start = middle - frames // 2
        end = start + frames
        if rng.uniform() < ONE_SIDED_SHARE:
            if rng.uniform() < 0.5:
                window[:start] = 0.0
            else:
                window[end:] = 0.0
        if min(_rms(window[start:end]), _rms(window)) > QUIETEST_RMS * 0.1:
            yield window, start, end


def _cut(track: Track, frames: int, rng: np.random.Generator) -> Samples | None:
    """Return a mono window at `RATE` from a random place, or None where it is too quiet."""
    speed = float(np.exp(rng.uniform(-0.25, 0.25))) if rng.uniform() < OTHER_SPEED_SHARE else 1.0
    source_rate = round(track.rate * speed)
    needed = int(np.ceil(frames * source_rate / RATE)) + 64
    if track.frames < needed:
        needed = track.frames
    with soundfile.SoundFile(str(track.path)) as file:
        file.seek(int(rng.integers(0, track.frames - needed + 1)))
        block = file.read(needed, dtype="float32", always_2d=True).T
    mono = _to_mono(block, rng)[None]
    if source_rate != RATE:
        mono = resample(mono, source_rate, RATE)
    window = np.zeros(frames, dtype=np.float32)
    found = mono[0, :frames]
    offset = (frames - len(found)) // 2
    window[offset : offset + len(found)] = found
    return window if _rms(window) > QUIETEST_RMS and np.isfinite(window).all() else None


def _to_mono(block: Samples, rng: np.random.Generator) -> Samples:
    """Mix channels in the ways that the repair's own channel rotation may bring about."""
    if block.shape[0] < 2:
        return np.asarray(block[0])
    left, right = block[0], block[1]
    pan = rng.choice([0.5, 1.0, 0.0, -1.0], p=[0.6, 0.13, 0.12, 0.15])
    mixed = (left - right) / 2 if pan < 0 else pan * left + (1.0 - pan) * right
    return np.asarray(mixed, dtype=np.float32)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0
