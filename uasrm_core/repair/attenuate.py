"""For damage laid over the programme: every bin that sticks out is pulled to its surroundings."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.dsp.stft import StftConfig, istft, stft
from uasrm_core.errors import RepairError
from uasrm_core.progress import Progress
from uasrm_core.repair.inpainter import Gap

# A window much longer than the damage would blur it over its surroundings.
SHORT_DAMAGE_S = 0.03
SHORT_DAMAGE_STFT = StftConfig(fft_size=512, hop_frames=128)
LONG_DAMAGE_STFT = StftConfig(fft_size=2048, hop_frames=512)
REFERENCE_COLUMNS = 24


class AttenuateInpainter:
    """Turns down what is louder than the surroundings at the same frequency, and no more."""

    name = "attenuate"
    context_s = 0.5

    def fill(self, gap: Gap, progress: Progress) -> Samples:
        """Return the window with the damage turned down; see `Inpainter.fill`.

        Raises
        ------
        RepairError
            The damage holds no sound, so there is nothing under it to bring out.
        """
        if not np.any(gap.samples[:, gap.start : gap.end]):
            raise RepairError(
                "The region is silent, so there is nothing to attenuate; choose another engine."
            )
        short = gap.duration_s < SHORT_DAMAGE_S
        config = SHORT_DAMAGE_STFT if short else LONG_DAMAGE_STFT
        progress.report(0.1)
        spectrum = stft(gap.samples, config)
        progress.report(0.5)
        gains = self._gains(np.abs(spectrum), gap, config)
        return istft((spectrum * gains).astype(np.complex64), config, gap.samples.shape[1])

    def _gains(self, magnitudes: Samples, gap: Gap, config: StftConfig) -> Samples:
        """Return a gain for every bin and column, ``(channels, bins, columns)``."""
        half = config.fft_size // 2
        centres = np.arange(magnitudes.shape[-1]) * config.hop_frames
        before = np.flatnonzero(centres + half <= gap.start)[-REFERENCE_COLUMNS:]
        after = np.flatnonzero(centres - half >= gap.end)[:REFERENCE_COLUMNS]
        if len(before) + len(after) == 0:
            raise RepairError("There is too little intact sound around the region to go by.")
        inside = np.flatnonzero((centres + half > gap.start) & (centres - half < gap.end))
        levels = [_typical(magnitudes[..., side]) for side in (before, after) if len(side)]
        place = np.clip((centres[inside] - gap.start) / gap.frames, 0.0, 1.0)
        wanted = levels[0] * (levels[-1] / levels[0]) ** place
        gains = np.ones_like(magnitudes)
        found = np.maximum(magnitudes[..., inside], 1e-12)
        gains[..., inside] = np.minimum(wanted / found, 1.0) ** gap.strength
        return gains


def _typical(magnitudes: Samples) -> Samples:
    """Return each bin's RMS over columns, a touch above zero, ``(channels, bins, 1)``."""
    power = np.mean(np.square(magnitudes, dtype=np.float64), axis=-1, keepdims=True)
    return np.asarray(np.sqrt(power) + 1e-9, dtype=np.float32)
