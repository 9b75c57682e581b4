"""Training examples: windows of intact sound with a gap, and their conditioning.

Fills and exemplars cost far more than a training step's share of them, so examples are made once
and kept in shards. A shard depends only on the tracks, the seed and its number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core.audio.clip import AudioClip, MemorySource, Samples
from uasrm_core.audio.region import Region
from uasrm_core.audio.resample import resample
from uasrm_core.errors import DataError, RepairError
from uasrm_core.exemplars.quantiles import EXEMPLARS, QUANTILES, STFT
from uasrm_core.inpainting.condition import Example, build_example
from uasrm_core.inpainting.network_input import View
from uasrm_core.model.config import LOWEST_RATE, HybridConfig, working_rate
from uasrm_core.progress import Progress
from uasrm_core.training.augmentation import augment
from uasrm_core.training.corpus import Track
from uasrm_core.training.settings import Band, DamageSettings, DataSettings
from uasrm_core.translation import tr
from uasrm_core.writing.gate import make_folder, replace_file

SHARD_EXAMPLES = 32
# What fields of shards were called.
EARLIER_NAMES = {"references": "exemplars", "levels": "quantiles"}
FULL_SCALE = 32767.0
KINDS = ("music", "speech", "sounds")
QUIETEST_RMS = 0.003
# Of the sound within a second about it: who marks a gap has lost more than a pause.
LEAST_SHARE = 0.3
# A block of sound is read, and varied, once for so many examples.
EXAMPLES_PER_BLOCK = 4
BLOCK_S = (6.0, 90.0)
TRIES_PER_BLOCK = 12
# After so many blocks in a row in which nothing sounds, no more are looked for.
MOST_SILENT_BLOCKS = 100
# The pauses of somebody who reads on.
PAUSE_S = (0.0, 0.3)
PAUSE_DB = -38.0
PAUSE_STEP_S = 0.01


# Beyond, even at a low rate, nothing is told of what was lost.
LONGEST_S = 1.0


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
    exemplars
        int16 ``(examples, exemplars, window)``: exemplars with their surroundings.
    quantiles
        float16 ``(examples, quantiles, bins)``: see `exemplars.quantiles.spectral_quantiles`.
    rates
        float32 ``(examples,)``: frames a second.
    """

    clean: np.ndarray
    fills: np.ndarray
    gaps: np.ndarray
    exemplars: np.ndarray
    quantiles: np.ndarray
    rates: np.ndarray


def prepare(
    tracks: Sequence[Track],
    folder: Path,
    *,
    band: Band,
    split: str,
    examples: int,
    seed: int,
    data: DataSettings | None = None,
    one_sided: float = DamageSettings.one_sided,
    processes: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Make the shards that are not in the folder yet, until it holds that many examples.

    Parameters
    ----------
    one_sided
        See `DamageSettings`.

    Raises
    ------
    DataError
        There are no tracks of the split.
    """
    progress = progress or Progress()
    chosen = tuple(track for track in tracks if track.split == split)
    if not chosen:
        raise DataError(tr("There are no recordings to take {split} examples from.", split=split))
    make_folder(folder)
    count = -(-examples // SHARD_EXAMPLES)
    wanted = [n for n in range(count) if not shard_path(folder, split, band, n).exists()]
    source = _Source(chosen, data or DataSettings(), band, one_sided)
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        jobs = [pool.submit(_write_shard, source, folder, split, n, seed) for n in wanted]
        try:
            for number, job in enumerate(as_completed(jobs)):
                job.result()
                progress.report(
                    (number + 1) / len(jobs),
                    tr("{split} examples, {band} gaps", split=split, band=band.name),
                )
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
    """Load one shard, also one that was made under earlier names."""
    with np.load(path) as content:
        names = {EARLIER_NAMES.get(name, name): name for name in content.files}
        return Shard(**{field.name: content[names[field.name]] for field in fields(Shard)})


@dataclass(frozen=True)
class _Source:
    """What the examples of a shard are drawn from."""

    tracks: tuple[Track, ...]
    data: DataSettings
    band: Band
    one_sided: float


def _write_shard(source: _Source, folder: Path, split: str, number: int, seed: int) -> None:
    band = source.band
    salt = sum(map(ord, f"{split}{band.name}"))
    rng = np.random.default_rng([seed, salt, number])
    count, frames = SHARD_EXAMPLES, band.window_frames
    shard = Shard(
        clean=np.zeros((count, frames), dtype=np.int16),
        fills=np.zeros((count, 3, band.longest_frames), dtype=np.int16),
        gaps=np.zeros((count, 2), dtype=np.int64),
        exemplars=np.zeros((count, EXEMPLARS, frames), dtype=np.int16),
        quantiles=np.zeros((count, len(QUANTILES), STFT.bins), dtype=np.float16),
        rates=np.zeros(count, dtype=np.float32),
    )
    for row, example in enumerate(islice(_make_examples(source, rng), count)):
        scale = 0.5 / float(np.max(np.abs(example.clean)))
        given, hole = example.model_input, example.view.hole
        shard.clean[row] = _as_int16(example.clean * scale)
        shard.fills[row, :, : hole.stop - hole.start] = _as_int16(given.fills[:, hole] * scale)
        shard.gaps[row] = hole.start, hole.stop
        shard.exemplars[row] = _as_int16(given.exemplars * scale)
        shard.quantiles[row] = given.quantiles + np.log(scale)
        shard.rates[row] = given.rates
    path = shard_path(folder, split, band, number)
    with replace_file(path, overwrite=True, is_durable=False) as stream:
        np.savez(stream, **{f.name: getattr(shard, f.name) for f in fields(Shard)})


@dataclass(frozen=True, eq=False)
class _Block:
    """A stretch of one recording, at a rate that recordings are repaired at."""

    sound: Samples
    rate: int


def _make_examples(source: _Source, rng: np.random.Generator) -> Iterator[Example]:
    """Yield examples that are loud enough to learn from, with a gap near their middle.

    Raises
    ------
    DataError
        Nothing sounds in the recordings, or one of them cannot be read.
    """
    tracks, data, band = source.tracks, source.data, source.band
    shares_of = {kind: data.of(kind).share for kind in KINDS if any(t.kind == kind for t in tracks)}
    kinds, shares = list(shares_of), np.array(list(shares_of.values()))
    by_kind = {kind: [t for t in tracks if t.kind == kind] for kind in kinds}
    silent = 0
    while silent < MOST_SILENT_BLOCKS:
        pool = by_kind[kinds[rng.choice(len(kinds), p=shares / shares.sum())]]
        block = _read_block(pool, data, rng)
        clip = AudioClip(MemorySource(block.sound[None], block.rate))
        made = 0
        for _ in range(TRIES_PER_BLOCK):
            start, end = _place(len(block.sound), source, block.rate, rng)
            within = block.sound[max(start - block.rate, 0) : end + block.rate]
            lost = _measure_rms(block.sound[start:end])
            if lost <= max(QUIETEST_RMS, LEAST_SHARE * _measure_rms(within)):
                continue
            off_middle = int(rng.integers(-2048, 2048))
            try:
                example = example_of(clip, start, end, band, off_middle=off_middle)
            except RepairError:
                continue
            if example is None:
                continue
            yield example
            made += 1
            if made == EXAMPLES_PER_BLOCK:
                break
        silent = 0 if made else silent + 1
    raise DataError(tr("The recordings are nearly silent, so there is nothing to learn from."))


def _place(frames: int, source: _Source, rate: int, rng: np.random.Generator) -> tuple[int, int]:
    """Draw a gap; a few lie at either end of the sound."""
    band, ratio = source.band, rng.uniform(0.0, 1.0)
    # lengths are counted at the rate that the network works at
    own = working_rate(rate)
    # where rates differ, rounding may make a gap a frame longer
    longest = min(band.longest_frames - 1, int(LONGEST_S * own))
    length = int(band.shortest_frames * (longest / band.shortest_frames) ** ratio * rate / own)
    if rng.uniform() < source.one_sided:
        start = 0 if rng.uniform() < 0.5 else frames - length
    else:
        start = int(rng.integers(0, frames - length))
    return start, start + length


def example_of(
    clip: AudioClip, start: int, end: int, band: Band, *, off_middle: int = 0
) -> Example | None:
    """Hide a gap of a block, and return it as repairs see gaps, in the window of the band.

    Parameters
    ----------
    off_middle
        By so many frames the window begins later than if the gap were in its middle.

    Raises
    ------
    RepairError
        There is too little sound around it.
    """

    def place(view: View) -> View:
        low = (view.start + view.end - band.window_frames) // 2 + off_middle
        return replace(view, low=low, size=band.window_frames)

    region = Region(start, end)
    return build_example(clip, region, (), HybridConfig(), Progress(), place_window=place)


def _read_block(pool: Sequence[Track], data: DataSettings, rng: np.random.Generator) -> _Block:
    """Read a stretch of a track, or several short tracks of one voice in a row."""
    pool = _choose_voice(pool, data, rng)
    settings = data.of(pool[0].kind)
    weights = np.array([min(t.duration_s, 300.0) ** settings.length_power for t in pool])
    track = pool[rng.choice(len(pool), p=weights / weights.sum())]
    is_read_on = track.kind == "speech" and rng.uniform() < data.read_on
    seconds = BLOCK_S[0] * (BLOCK_S[1] / BLOCK_S[0]) ** rng.uniform()
    alike = [t for t in pool if (t.package, t.rate) == (track.package, track.rate)]
    parts: list[Samples] = []
    missing = int(seconds * track.rate)
    while missing > 0:
        part = _read(track, missing, rng)
        if is_read_on:
            part = _trim_pauses(part, track.rate, rng)
        parts.append(part)
        missing -= len(part)
        track = alike[rng.integers(len(alike))]
    is_other_speed = rng.uniform() < settings.other_speed
    speed = float(np.exp(rng.uniform(-0.25, 0.25))) if is_other_speed else 1.0
    native = np.nan_to_num(np.concatenate(parts))
    if track.split == "train":
        native = augment(native, track.rate, settings, rng)
    native /= max(float(np.max(np.abs(native))), 1e-6)
    rate = track.rate
    if track.rate > LOWEST_RATE and rng.uniform() < settings.slower:
        rate = min(rate, int(rng.choice(data.slower_rates, p=data.slower_rate_shares)))
    return _Block(resample(native[None], round(track.rate * speed), rate)[0], rate)


def _choose_voice(
    pool: Sequence[Track], data: DataSettings, rng: np.random.Generator
) -> Sequence[Track]:
    """Choose a voice, where it is known who speaks, so that none drowns the others."""
    seconds: dict[str, float] = {}
    for track in pool:
        seconds[track.voice] = seconds.get(track.voice, 0.0) + track.duration_s
    voices = list(seconds)
    weights = np.minimum(list(seconds.values()), data.most_of_voice_s) ** data.voice_power
    if pool[0].kind == "speech":
        is_higher = {track.voice for track in pool if track.rate > LOWEST_RATE}
        weights *= [1.0 if voice in is_higher else data.lowest_rate for voice in voices]
    voice = voices[rng.choice(len(voices), p=weights / weights.sum())]
    return [track for track in pool if track.voice == voice]


def _read(track: Track, most: int, rng: np.random.Generator) -> Samples:
    frames = min(track.frames, most)
    start = int(rng.integers(0, track.frames - frames + 1))
    try:
        with soundfile.SoundFile(os.fsencode(track.path)) as file:
            file.seek(start)
            block = file.read(frames, dtype="float32", always_2d=True).T
    except soundfile.LibsndfileError as error:
        raise DataError(
            tr(
                "{path} cannot be read: {reason}",
                path=track.path,
                reason=error.error_string,
            )
        ) from error
    if not block.size:
        raise DataError(
            tr(
                "{path} ends before {seconds:.1f} s; it is cut off.",
                path=track.path,
                seconds=start / track.rate,
            )
        )
    return _to_mono(block, rng)


def _trim_pauses(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Cut the silence at both ends of ``(frames,)`` to short pauses of random length."""
    step = max(int(PAUSE_STEP_S * rate), 1)
    power = np.add.reduceat(np.square(samples), np.arange(0, len(samples), step))
    loud = np.flatnonzero(power > power.max() * 10 ** (PAUSE_DB / 10)) * step
    if not len(loud):
        return samples
    before, after = (rng.uniform(*PAUSE_S, size=2) * rate / 2).astype(int)
    return samples[max(loud[0] - before, 0) : loud[-1] + step + after]


def _to_mono(block: Samples, rng: np.random.Generator) -> Samples:
    """Mix channels in the ways that the repair's own channel rotation may bring about."""
    if block.shape[0] < 2:
        return np.asarray(block[0])
    left, right = block[0], block[1]
    pan = rng.choice([0.5, 1.0, 0.0, -1.0], p=[0.6, 0.13, 0.12, 0.15])
    mixed = (left - right) / 2 if pan < 0 else pan * left + (1.0 - pan) * right
    return np.asarray(mixed, dtype=np.float32)


def _as_int16(samples: Samples) -> np.ndarray:
    return np.round(np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype(np.int16)


def _measure_rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0
