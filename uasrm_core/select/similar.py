"""Finding events that sound like a marked one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft, signal

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.region import Region
from uasrm_core.errors import RegionError
from uasrm_core.overview.peaks import finite
from uasrm_core.progress import Progress
from uasrm_core.spectral.correlate import correlate
from uasrm_core.spectral.stft import StftConfig, transform_blocks
from uasrm_core.translation import tr

LONGEST_S = 10.0
BANDS = 24
# An event is looked at in so many columns, with half its length around it.
EVENT_COLUMNS = 8
CHUNK_COLUMNS = 8192
LEAST_WINDOW_S = 0.0015
LONGEST_WINDOW_S = 0.03
FLOOR = 1e-7
# A tenth of a decibel: where levels differ less, there is nothing to go by.
LEAST_CONTRAST = 0.01


@dataclass(frozen=True)
class SimilarSettings:
    """What counts as similar.

    Attributes
    ----------
    likeness
        The least correlation of the two pictures in dB, 0 to 1.
    quieter_db
        How much quieter than the marked event one may be.
    """

    likeness: float = 0.7
    quieter_db: float = 18.0


@dataclass(frozen=True, eq=False)
class _Look:
    """How the sound is looked at: the transform, and which bins make up which band."""

    config: StftConfig
    edges: npt.NDArray[np.int64]


def find_similar(
    clip: AudioClip,
    region: Region,
    settings: SimilarSettings = SimilarSettings(),
    *,
    progress: Progress = Progress(),
) -> tuple[Region, ...]:
    """Find the places that sound like a region, without the region itself; see `rank_similar`."""
    return tuple(place for place, _ in rank_similar(clip, region, settings, progress=progress))


def rank_similar(
    clip: AudioClip,
    region: Region,
    settings: SimilarSettings = SimilarSettings(),
    *,
    progress: Progress = Progress(),
) -> tuple[tuple[Region, float], ...]:
    """Find the places that sound like a region, without the region itself, and how alike each is.

    How the levels in up to `BANDS` bands come and go, about the event, is correlated with
    the recording (normalised, so that the level does not matter).

    Returns
    -------
    Regions of the same length, band, channels and shape with their likeness, from first to last,
    without overlap.

    Raises
    ------
    RegionError
        The region cannot be looked for: no sound, or too long.
    Cancelled
        The user asked to stop.
    """
    region = region.fit_to(clip.info)
    if region.frames > LONGEST_S * clip.rate:
        raise RegionError(
            tr(
                "The region is {seconds:.0f} s long; events of up to {longest_s:.0f} s can be "
                "looked for.",
                seconds=region.frames / clip.rate,
                longest_s=LONGEST_S,
            )
        )
    look = _look(region, clip.rate)
    hop = look.config.hop_frames
    around = max(region.frames // (2 * hop), 3)
    size = region.frames // hop + 1 + 2 * around
    # The event's own place on the grid of columns is shifted by less than one.
    first = region.start_frame // hop - around
    template = _read_columns(clip, region, look, first, first + size)
    # Of every band only how it comes and goes: how the bands compare is much the same all over.
    pattern = template - template.mean(axis=1, keepdims=True)
    norm = float(np.sqrt(np.sum(pattern**2)))
    if norm < LEAST_CONTRAST * np.sqrt(pattern.size):
        raise RegionError(
            tr("The region is as silent as what is around it; there is nothing to find.")
        )
    event = _measure_energy(template[:, around : size - around])
    least = event - settings.quieter_db / 20 * np.log(10)
    scores, energies = _score_columns(clip, region, look, pattern / norm, around, progress)
    scores[energies < least] = 0.0
    apart = max((region.frames + hop) // hop, 1)
    peaks, _ = signal.find_peaks(np.pad(scores, 1), height=settings.likeness, distance=apart)
    starts = (peaks - 1) * hop + region.start_frame % hop
    return _drop_overlaps(region, starts, scores[peaks - 1], clip.frames)


def _look(region: Region, rate: int) -> _Look:
    window_s = min(max(region.frames / rate / 2, LEAST_WINDOW_S), LONGEST_WINDOW_S)
    size = fft.next_fast_len(max(round(window_s * rate), 32), real=True)
    hop = max(min(size // 2, region.frames // EVENT_COLUMNS), size // 8, 1)
    config = StftConfig(fft_size=size + size % 2, hop_frames=hop)
    bin_hz = config.bin_hz(rate)
    low = (region.low_hz or 0.0) / bin_hz
    high = (rate / 2 if region.high_hz is None else region.high_hz) / bin_hz
    # Bands get wider upwards, as in hearing, but none is narrower than a bin.
    edges = np.geomspace(low + 8, max(high, low + 1) + 8, BANDS + 1) - 8
    whole = np.unique(np.clip(np.rint(edges).astype(np.int64), 0, config.bins))
    if len(whole) < 2:
        whole = np.array([min(int(low), config.bins - 1), min(int(low), config.bins - 1) + 1])
    return _Look(config, whole)


def _read_columns(clip: AudioClip, region: Region, look: _Look, first: int, last: int) -> Samples:
    """Return log levels ``(bands, columns)``; column ``c`` begins at ``c`` hops plus an offset.

    The offset makes the region begin with a column.
    """
    config, half = look.config, look.config.fft_size // 2
    begin = first * config.hop_frames + region.start_frame % config.hop_frames - half
    end = begin + (last - 1 - first) * config.hop_frames + config.fft_size
    low, high = min(max(begin, 0), clip.frames), min(max(end, 0), clip.frames)
    samples = finite(clip.read(low, high, region.channels)).sum(axis=0)
    samples = np.pad(samples, (low - begin, end - high))
    blocks = np.lib.stride_tricks.sliding_window_view(samples, config.fft_size)
    spectrum = transform_blocks(blocks[:: config.hop_frames], config)
    power = (spectrum.real**2 + spectrum.imag**2)[:, : look.edges[-1]]
    bands = np.add.reduceat(power, look.edges[:-1], axis=1)
    return np.asarray(np.log(np.sqrt(bands.T) + FLOOR * config.fft_size), dtype=np.float32)


def _score_columns(
    clip: AudioClip,
    region: Region,
    look: _Look,
    pattern: Samples,
    around: int,
    progress: Progress,
) -> tuple[Samples, Samples]:
    """Return likeness and level for every column that an event may be around."""
    size = pattern.shape[1]
    total = max((clip.frames - region.frames) // look.config.hop_frames + 1, 1)
    scores, energies = np.zeros(total, np.float32), np.zeros(total, np.float32)
    for start in _list_chunks(total):
        progress.report(start / total, tr("Looking for similar events"))
        progress.check()
        stop = min(start + CHUNK_COLUMNS, total)
        sound = _read_columns(clip, region, look, start - around, stop - around + size - 1)
        moved = sound - sound.mean()
        products = correlate(moved, pattern)
        sums = np.stack([_sum_running(band, size) for band in moved])
        squares = _sum_running((moved**2).sum(axis=0), size)
        spread = squares - (sums**2).sum(axis=0) / size
        scores[start:stop] = products / np.sqrt(np.maximum(spread, 1e-6))
        levels = np.log(np.mean(np.exp(2.0 * sound), axis=0)) / 2
        inner = size - 2 * around
        energies[start:stop] = _find_running_maximum(levels, inner)[around : around + stop - start]
    return scores, energies


def _list_chunks(total: int) -> Iterator[int]:
    return iter(range(0, total, CHUNK_COLUMNS))


def _sum_running(values: Samples, size: int) -> npt.NDArray[np.float64]:
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(sums[size:] - sums[:-size])


def _find_running_maximum(values: Samples, size: int) -> Samples:
    windows = np.lib.stride_tricks.sliding_window_view(values, max(size, 1))
    return np.asarray(windows.max(axis=1))


def _measure_energy(columns: Samples) -> float:
    levels = np.log(np.mean(np.exp(2.0 * columns), axis=0)) / 2
    return float(levels.max())


def _drop_overlaps(
    region: Region, starts: npt.NDArray[np.int64], scores: Samples, frames: int
) -> tuple[tuple[Region, float], ...]:
    """Return regions at the starts, the likest first served, sorted in time."""
    taken = {region.start_frame: 1.0}
    for number in np.argsort(-scores, kind="stable").tolist():
        start = int(starts[number])
        inside = start >= 0 and start + region.frames <= frames
        if inside and all(abs(start - other) >= region.frames for other in taken):
            taken[start] = float(scores[number])
    del taken[region.start_frame]
    return tuple(
        (region.moved(start - region.start_frame), taken[start]) for start in sorted(taken)
    )
