"""For damage laid over the programme: every bin that sticks out is pulled to its surroundings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, istft, stft
from uasrm_core.translation import tr

# A window much longer than the damage would blur it over its surroundings.
SHORT_DAMAGE_S = 0.03
SHORT_DAMAGE_STFT = StftConfig(fft_size=512, hop_frames=128)
LONG_DAMAGE_STFT = StftConfig(fft_size=2048, hop_frames=512)
REFERENCE_COLUMNS = 24


class AttenuationEngine(Engine):
    """Turns down what is louder than the surroundings at the same frequency, and no more."""

    name = "attenuate"
    context_s = 0.5

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the damage turned down; see `Engine.fill`.

        Raises
        ------
        RepairError
            The damage holds no sound, so there is nothing under it to bring out.
        """
        gap = known.gap
        if not np.any(gap.samples[:, gap.start : gap.end]):
            raise RepairError(
                tr("The region is silent, so there is nothing to attenuate; choose another engine.")
            )
        short = gap.duration_s < SHORT_DAMAGE_S
        config = SHORT_DAMAGE_STFT if short else LONG_DAMAGE_STFT
        progress.report(0.1)
        spectrum = stft(gap.samples, config)
        progress.report(0.5)
        # A window that reaches into the damage with any part holds some of it.
        reach = 2 * -(-config.fft_size // (2 * config.hop_frames)) + 1
        mask = ndimage.maximum_filter1d(gap.mask(config), reach, axis=1, mode="constant")
        gains = _compute_gains(np.abs(spectrum), mask, gap.strength, progress)
        filled = istft((spectrum * gains).astype(np.complex64), config, gap.samples.shape[1])
        return Guess(filled)


def _compute_gains(
    magnitudes: Samples, mask: Samples, strength: float, progress: Progress
) -> Samples:
    """Return a gain for every bin and column, ``(channels, bins, columns)``."""
    gains = np.ones_like(magnitudes)
    damaged = mask > 0
    # Bins that are damaged at the same times are worked on together: all of them for a plain gap.
    patterns, which = np.unique(damaged, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        progress.check()
        bins = np.flatnonzero(which.reshape(-1) == number)
        intact = np.flatnonzero(~pattern)
        for inside in _find_runs(pattern):
            gain = _run_gains(magnitudes[:, bins], inside, intact) ** strength
            weight = mask[np.ix_(bins, inside)]
            gains[:, bins[:, None], inside] = 1.0 - weight * (1.0 - gain)
    return gains


def _find_runs(pattern: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.int64]]:
    """Return the damaged columns, those that follow one another together."""
    columns = np.flatnonzero(pattern)
    if not len(columns):
        return []
    return np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)


def _run_gains(
    magnitudes: Samples, inside: npt.NDArray[np.int64], intact: npt.NDArray[np.int64]
) -> Samples:
    """Return gains that pull damaged columns to the level of the intact ones around them."""
    before = intact[intact < inside[0]][-REFERENCE_COLUMNS:]
    after = intact[intact > inside[-1]][:REFERENCE_COLUMNS]
    if len(before) + len(after) == 0:
        raise RepairError(tr("There is too little intact sound around the region to go by."))
    levels = [_find_typical(magnitudes[..., side]) for side in (before, after) if len(side)]
    place = (np.arange(len(inside)) + 0.5) / len(inside)
    wanted = levels[0] * (levels[-1] / levels[0]) ** place
    found = np.maximum(magnitudes[..., inside], 1e-12)
    return np.asarray(np.minimum(wanted / found, 1.0), dtype=np.float32)


def _find_typical(magnitudes: Samples) -> Samples:
    """Return each bin's RMS over columns, a touch above zero, ``(channels, bins, 1)``."""
    power = np.mean(np.square(magnitudes, dtype=np.float64), axis=-1, keepdims=True)
    return np.asarray(np.sqrt(power) + 1e-9, dtype=np.float32)
