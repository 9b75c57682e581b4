"""The engine for tones over the programme: it takes them off, and keeps all else.

A telephone, a beep or a whistle of steady pitch can be subtracted almost without a trace. Whether
what is left is the programme, or another passage that is wrong as well, is told by its levels.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.condition import CONTEXT_S, REACH_S, Conditioning
from uasrm_core.inpainting.damage import find_tones
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.kind import is_speech
from uasrm_core.inpainting.noise import (
    LEAST_COLUMNS,
    OVERLAP,
    SILENCE,
    choose_config,
    split_bands,
)
from uasrm_core.inpainting.variation import Stretches, find_stretches
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, stft
from uasrm_core.translation import tr

# Where tones hold a share of the power of their loudest bin, they are louder than the rest by this
# much: notes and voices that were taken for tones leave more behind (decision 044).
TONE_SHARE = 0.05
PURE_DB = 5.0
# In bands of a third of an octave the rest is as near to some intact stretch as so many of a
# hundred of them are to theirs (decision 044).
USUAL = 0.95
QUARTERS = (0.25, 0.5, 0.75)
# With fewer stretches that do not overlap nothing is told.
LEAST_STRETCHES = 10
# Music has tones of its own: there they are louder in some band than it is in any stretch. They are
# even in level where they are this near to their loudest, for such a share of the region or longer
# (decision 044).
STANDS_OUT_DB = 3.0
SOUNDING_DB = 10.0
EVEN_DB = 2.0
LEAST_SHARE = 0.2


class DetoneEngine(Engine):
    """Takes off what sounds as steady tones that are not in the surroundings."""

    name = "detone"
    context_s = CONTEXT_S
    reach_s = REACH_S

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the tones taken off; see `Engine.fill`.

        Raises
        ------
        RepairError
            No tone stands out.
        """
        gap = known.gap
        tones = find_tones(gap, progress)
        if not np.any(tones):
            raise RepairError(
                tr(
                    "No steady tone stands out of the sound around the region; "
                    "choose another engine."
                )
            )
        return Guess(gap.samples - tones, is_continuous=True)


def are_tones(gap: Gap, tones: Samples) -> bool:
    """Return whether what was found in a gap is tones, and no notes or voices taken for them.

    Parameters
    ----------
    tones
        As `damage.find_tones` returns them.
    """
    config = choose_config(gap.rate)
    laid, left = (_measure_inside(sound, gap, config) for sound in (tones, gap.samples - tones))
    if laid.shape[1] < LEAST_COLUMNS or not np.any(laid):
        return False
    power, rest = laid.mean(axis=1), left.mean(axis=1)
    loud = power > TONE_SHARE * power.max()
    return bool(power[loud].sum() >= 10.0 ** (PURE_DB / 10.0) * rest[loud].sum())


def is_programme_under(rest: Gap, tones: Samples) -> bool | None:
    """Return whether what is left of a gap without its tones is likely to be the programme.

    It is where levels by band are what they are in some intact stretch as long. None where the
    tones may be a voice's own, or notes: they are when they swell or decay, and in music when they
    are no louder than it is anywhere near.

    Parameters
    ----------
    rest
        As `damage.take_off` returns it.
    """
    search, config = rest.search, choose_config(rest.rate)
    assert search is not None
    speaks = is_speech(rest)
    unknown = False if speaks else None
    stretches = find_stretches(search, config, least=LEAST_COLUMNS, apart=OVERLAP)
    if stretches is None:
        return unknown
    first, columns = stretches.first, len(stretches.inside)
    if first[-1] - first[0] < (LEAST_STRETCHES - 1) * columns:
        return unknown
    sound = search.read(stretches.low, stretches.high)
    levels = _measure_bands(np.square(np.abs(stft(sound, config))).sum(axis=0))
    intact = np.stack([_measure_quartiles(levels[:, low : low + columns]) for low in first])
    laid = _measure_bands(_measure_inside(tones, rest, config))
    level = _measure_quartiles(laid)[-1]
    # where they begin and end, something of tones is in all bands
    own = level > level.max() + 10.0 * np.log10(TONE_SHARE)
    louder = np.where(own, level - intact[:, -1].max(axis=0), -np.inf)
    if not speaks and louder.max() < STANDS_OUT_DB:
        return None
    if not _is_even(laid[np.argmax(level if speaks else louder)]):
        return None
    return _is_usual(_measure_quartiles(levels[:, stretches.inside]), intact, stretches)


def _is_even(level: Samples) -> bool:
    """Return whether a tone has one level from where it begins to where it ends, or beeps do."""
    sounding = ndimage.binary_erosion(level > level.max() - SOUNDING_DB, iterations=OVERLAP // 2)
    is_long = sounding.sum() >= LEAST_SHARE * len(level)
    return bool(is_long and level[sounding].std() <= EVEN_DB)


def _measure_inside(sound: Samples, gap: Gap, config: StftConfig) -> Samples:
    """Return the power of columns wholly in a gap, ``(bins, columns)``, over all channels."""
    centres = np.arange(config.columns(sound.shape[1])) * config.hop_frames
    half = config.fft_size // 2
    where = (centres >= gap.start + half) & (centres <= gap.end - half)
    return np.asarray(np.square(np.abs(stft(sound, config)))[..., where].sum(axis=0))


def _measure_bands(power: Samples) -> Samples:
    """Return the level of each band in dB, ``(bands, columns)``."""
    bands = split_bands(np.ones(len(power), dtype=np.bool_))
    sums = np.stack([power[band].sum(axis=0) for band in bands])
    return np.asarray(10.0 * np.log10(sums + SILENCE))


def _measure_quartiles(levels: Samples) -> Samples:
    """Return the quartiles of the level of each band over time, ``(3, bands)``.

    Beside levels they tell how much the sound changes. Most columns say nothing of the ends of a
    tone, where some of it is left.
    """
    return np.asarray(np.quantile(levels, QUARTERS, axis=1))


def _is_usual(own: Samples, intact: Samples, stretches: Stretches) -> bool:
    """Return whether levels are as near to those of some stretch as stretches are to others.

    Parameters
    ----------
    own, intact
        Quartiles of the gap, and of each of the stretches.
    """
    first = stretches.first
    nearest = _measure_distances(own, intact).min()
    between = [
        _measure_distances(each, intact)[np.abs(first - low) >= len(stretches.inside)].min()
        for each, low in zip(intact, first, strict=True)
    ]
    return bool(np.mean(np.array(between) < nearest) <= USUAL)


def _measure_distances(own: Samples, others: Samples) -> Samples:
    """Return how far levels are from each of others, ``(others,)``."""
    return np.asarray(np.sqrt(np.mean(np.square(others - own), axis=(1, 2))))
