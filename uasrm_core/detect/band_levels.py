"""How loud each band of a recording is, moment by moment, and how loud it usually is about then."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import AudioClip, silence_unplayable
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, transform_blocks
from uasrm_core.translation import tr

HOP_S = 0.01
WINDOW_S = 0.046
# About half an octave each; the lowest are those of thumps.
EDGES_HZ = (20, 60, 120, 200, 300, 450, 650, 950, 1400, 2000, 2900, 4200, 6100, 8800, 12000)
BLOCK_COLUMNS = 2048
# A level is usual if the band stays under it for such a share of so much time around.
USUAL_S = 8.0
USUAL_SHARE = 0.9
# Loudness is pooled over so many columns before that is looked up.
POOL_COLUMNS = 5
# Below this nothing counts as loud.
FLOOR_DB = -75.0

Levels = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class BandLevels:
    """Levels of a whole recording.

    Attributes
    ----------
    levels
        ``(columns, bands)`` in dB of full scale, all channels together.
    background
        ``(columns, bands)``, what each stays under for most of the time around.
    edges_hz
        ``(bands + 1,)``.
    hop_frames
        Column ``k`` is centred on frame ``k * hop_frames``.
    """

    levels: Levels
    background: Levels
    edges_hz: tuple[float, ...]
    hop_frames: int

    def excess(self, low_hz: float, high_hz: float) -> Levels:
        """Return by how many dB each band between two frequencies is over what is usual."""
        edges = np.array(self.edges_hz)
        inside = (edges[:-1] >= low_hz) & (edges[1:] <= high_hz)
        return np.asarray((self.levels - self.background)[:, inside])


def measure_levels(clip: AudioClip, progress: Progress) -> BandLevels:
    """Measure the bands of a recording; the memory is some 6 kB a second.

    Raises
    ------
    FileError
        The recording cannot be read any more.
    Cancelled
        The user asked to stop.
    """
    rate = clip.rate
    hop = max(round(HOP_S * rate), 1)
    size = 2 ** round(np.log2(WINDOW_S * rate))
    config = StftConfig(fft_size=size, hop_frames=hop)
    edges = tuple(float(hz) for hz in EDGES_HZ if hz <= 0.46 * rate)
    columns = clip.frames // hop + 1
    levels = np.zeros((columns, len(edges) - 1), np.float32)
    firsts = np.rint(np.array(edges) / config.bin_hz(rate)).astype(int)
    scale = 2.0 / float(np.sum(config.window_samples())) ** 2
    for start in range(0, columns, BLOCK_COLUMNS):
        progress.report(start / columns, tr("Looking for damage"))
        count = min(BLOCK_COLUMNS, columns - start)
        first = start * hop - size // 2
        sound = silence_unplayable(clip.read_padded(first, first + (count - 1) * hop + size))
        power = np.zeros((count, config.bins), np.float32)
        for row in sound:
            pieces = np.lib.stride_tricks.sliding_window_view(row, size)[::hop]
            spectrum = transform_blocks(pieces, config)
            power += spectrum.real**2 + spectrum.imag**2
        power *= scale / len(sound)
        for band, (low, high) in enumerate(itertools.pairwise(firsts.tolist())):
            own = power[:, low : max(high, low + 1)].sum(axis=1)
            levels[start : start + count, band] = 10 * np.log10(own + 1e-12)
    return BandLevels(levels, _find_usual(levels, hop / rate), edges, hop)


def _find_usual(levels: Levels, column_s: float) -> Levels:
    """Return what each band stays under for `USUAL_SHARE` of the time around each column."""
    columns = len(levels)
    short = -columns % POOL_COLUMNS
    padded = np.pad(levels, ((0, short), (0, 0)), mode="edge")
    pooled = padded.reshape(-1, POOL_COLUMNS, levels.shape[1]).max(axis=1)
    around = max(round(USUAL_S / column_s / POOL_COLUMNS), 3)
    size = (min(around, 2 * len(pooled) - 1), 1)
    background = ndimage.percentile_filter(pooled, 100 * USUAL_SHARE, size=size, mode="nearest")
    return np.asarray(np.maximum(np.repeat(background, POOL_COLUMNS, axis=0)[:columns], FLOOR_DB))
