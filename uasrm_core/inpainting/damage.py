"""What was laid over part of the spectrum, and which of the sound there is worth keeping."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import Patch, Samples
from uasrm_core.audio.shape import CELL_HZ, FULL, Shape
from uasrm_core.inpainting.channels import rotate_back
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.variation import (
    SURROUNDING_COLUMNS,
    Change,
    Variation,
    compare_levels,
    find_lost_columns,
    is_noise,
    measure_variation,
    stands_out,
)
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, stft
from uasrm_core.spectral.tones import steady_tones

# Below so many columns wholly inside, a bin's level there is chance.
LEAST_COLUMNS = 4
# From the first figure on a bin may be damaged, from the second on it is: above the louder side if
# something lies over it, below the quieter side if something was taken out of it.
LOUDER_DB = (2.0, 5.0)
QUIETER_DB = (6.0, 10.0)
# A tone is taken away as a whole where so much of its time was marked.
MARKED_SHARE = 0.9
TONES_STFT = StftConfig()
# Tones of so many times the power of the sound beside them are none of its notes.
TONES_LOUDER = 2.0
# Where tones were most of what sounded in the marked area, what is left of it is the programme.
MOST_LEFT = 0.25


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The recording around a marked area.

    Attributes
    ----------
    samples
        ``(channels, frames)``, with the area itself.
    lost
        Spans of damaged frames in it, half-open, the area among them.
    """

    samples: Samples
    lost: tuple[tuple[int, int], ...]


def find_tones(gap: Gap, progress: Progress) -> Samples:
    """Return the steady tones that stand out of what is around a gap, as `Gap.samples` are.

    In a gap with a shape, those that it covers.
    """
    shape = gap.shape

    def is_marked(hz: float) -> bool:
        return shape is None or _measure_marked_share(shape, hz, gap.frames) >= MARKED_SHARE

    return np.stack(
        [
            steady_tones(row, gap.start, gap.end, gap.rate, is_marked, progress)
            for row in gap.samples
        ]
    )


def take_off(gap: Gap, tones: Samples) -> Gap:
    """Return a gap without its tones, as is the recording around it.

    Parameters
    ----------
    tones
        As `find_tones` returns them.
    """
    search = gap.search
    assert search is not None
    samples = gap.samples - tones
    cleared = rotate_back(samples[:, gap.start : gap.end], search.axes)
    clip = search.clip.with_patch(Patch(search.start, search.channels, cleared))
    return replace(gap, samples=samples, search=replace(search, clip=clip))


def remove_tones(gap: Gap, progress: Progress) -> tuple[Gap, bool]:
    """Take away the steady tones that were laid over part of the spectrum.

    Returns
    -------
    The gap without them, as is the recording around it, and whether that was all the damage.
    """
    tones = find_tones(gap, progress)
    if not np.any(tones):
        return gap, False
    without = take_off(gap, tones)
    mask = gap.mask(TONES_STFT)
    before, after = (
        np.sum(mask * np.abs(stft(each.samples, TONES_STFT)) ** 2) for each in (gap, without)
    )
    return without, bool(after <= MOST_LEFT * before)


def are_louder(tones: Samples, gap: Gap) -> bool:
    """Return whether tones in a gap are louder than the sound on both of its sides in its band.

    Notes of music begin and end, too, but are seldom so much louder than those beside them.

    Parameters
    ----------
    tones
        ``(channels, frames)``: in the place of `Gap.samples`.
    """
    marked = gap.mask(TONES_STFT) > 0.5
    rows = marked.any(axis=1)
    laid, heard = (
        np.square(np.abs(stft(sound, TONES_STFT)))[:, rows].sum(axis=(0, 1))
        for sound in (tones, gap.samples)
    )
    inside = np.flatnonzero(marked.any(axis=0))
    before = heard[max(inside[0] - SURROUNDING_COLUMNS, 0) : inside[0]]
    after = heard[inside[-1] + 1 : inside[-1] + 1 + SURROUNDING_COLUMNS]
    loudest = max((side.mean() for side in (before, after) if len(side)), default=0.0)
    return bool(laid[inside].mean() > TONES_LOUDER * loudest)


def _measure_marked_share(shape: Shape, hz: float, frames: int) -> float:
    """Return for how much of its time a shape covers a frequency."""
    cell = int(hz // CELL_HZ) - shape.first_cell
    if not 0 <= cell < shape.weights.shape[1]:
        return 0.0
    inside = shape.weights[:, cell] > FULL / 2
    return float(np.sum((shape.ends - shape.starts)[inside])) / frames


def build_damage_mask(
    window: Samples, drawn: Samples, config: StftConfig, around: Surroundings | None = None
) -> Samples:
    """Return how far every point of a window's transform is damaged, ``(bins, columns)``.

    Parameters
    ----------
    window
        ``(channels, frames)``: the damaged sound.
    drawn
        ``(bins, columns)``: what was marked, 1 where the area was, with soft edges.
    around
        The recording around it, by which what is damaged is told from what intact sound does.
    """
    reach = _count_reach_columns(config)
    variation = None
    if around is not None:
        whole = np.sum(ndimage.minimum_filter1d(drawn, reach, axis=1, mode="constant") > 0.5, 1)
        if whole.any():
            longest = int(np.median(whole[whole > 0]))
            heard = _measure_power(around.samples, config)
            lost = find_lost_columns(around.lost, heard.shape[1], config)
            variation = measure_variation(heard, lost, longest, reach - 1)
    return measure_damage(_measure_power(window, config), drawn, reach, variation)


def measure_damage(
    power: Samples, mask: Samples, reach: int, variation: Variation | None = None
) -> Samples:
    """Return how far every point of a transform is damaged, ``(bins, columns)``.

    A column that reaches into the marked area with any part holds some of the damage. A telephone
    that rings, or a whistle, covers few of the bins that a hand marks around it, though: what the
    others hold, if they sound as they do before and after, is the programme itself, which no repair
    can better. Where nothing in the area stands out, none of it is damaged.

    Parameters
    ----------
    power
        ``(bins, columns)``: magnitudes squared, over all channels.
    mask
        ``(bins, columns)``, 1 where the area was marked, with soft edges.
    reach
        Columns, an odd number, that a window of the transform overlaps with its middle one.
    variation
        What intact sound does by itself, if that is known.
    """
    spread = ndimage.maximum_filter1d(mask, reach, axis=1, mode="constant")
    whole = ndimage.minimum_filter1d(mask, reach, axis=1, mode="constant") > 0.5
    touched = spread > 0.0
    columns = np.arange(power.shape[1])
    first = np.where(touched.any(axis=1), touched.argmax(axis=1), power.shape[1])[:, None]
    last = (power.shape[1] - 1 - touched[:, ::-1].argmax(axis=1))[:, None]
    before = (columns < first) & (columns >= first - SURROUNDING_COLUMNS)
    after = (columns > last) & (columns <= last + SURROUNDING_COLUMNS)
    change = compare_levels(*(_measure_level_db(power, where) for where in (whole, before, after)))
    unsure = (whole.sum(axis=1) < LEAST_COLUMNS) | np.isnan(change.louder)
    excess_louder, excess_quieter = change.louder - LOUDER_DB[0], change.quieter - QUIETER_DB[0]
    if variation is not None:
        known = touched.any(axis=1) & ~unsure
        if known.any() and not is_noise(power, whole, known, variation):
            if not stands_out(_as_column(change), known, variation):
                return np.zeros_like(spread, dtype=np.float32)
            excess_louder = np.minimum(excess_louder, change.louder - variation.seldom_louder)
            excess_quieter = np.minimum(excess_quieter, change.quieter - variation.seldom_quieter)
    share = np.maximum(
        _measure_rise(excess_louder, LOUDER_DB), _measure_rise(excess_quieter, QUIETER_DB)
    )
    share = np.where(unsure, 1.0, share)
    return np.asarray(spread * share[:, None], dtype=np.float32)


def _count_reach_columns(config: StftConfig) -> int:
    """Return how many columns, an odd number, a window overlaps with its middle one."""
    return 2 * -(-config.fft_size // (2 * config.hop_frames)) + 1


def _measure_power(samples: Samples, config: StftConfig) -> Samples:
    """Return ``(bins, columns)``: magnitudes squared, over all channels."""
    return np.asarray(np.sum(np.square(np.abs(stft(samples, config))), axis=0))


def _as_column(change: Change) -> Change:
    return Change(change.louder[:, None], change.quieter[:, None])


def _measure_level_db(power: Samples, where: npt.NDArray[np.bool_]) -> Samples:
    """Return each bin's mean level over the columns chosen for it, NaN where there are none."""
    count = where.sum(axis=1)
    total = np.where(where, power, 0.0).sum(axis=1)
    level = 10.0 * np.log10(total / np.maximum(count, 1) + 1e-12)
    return np.asarray(np.where(count > 0, level, np.nan), dtype=np.float32)


def _measure_rise(excess_db: Samples, edges_db: tuple[float, float]) -> Samples:
    """Return how surely bins are damaged that exceed the first of the edges by so much."""
    low, high = edges_db
    return np.asarray(np.clip(excess_db / (high - low), 0.0, 1.0), dtype=np.float32)
