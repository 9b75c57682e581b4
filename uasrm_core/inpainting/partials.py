"""Takes of music with the partials of the smooth fill.

The smooth fill is the middle of all that could have sounded. Partials go on through it, but it is
quiet, and its noise is smeared. A take has the level and the noise of such sound, but partials
waver in it. `join` takes the partials of the one and the rest of the other (decision 060).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.splice import crossfade_frames
from uasrm_core.spectral.stft import Spectrum, StftConfig, istft, stft

# Windows of about this length tell partials apart that are 30 Hz apart. In 96 gaps of 150 to 500 ms
# the rule earns 0.026 of zimtohrli (`tools/measure_rules.py --rules partial`, decision 060).
WINDOW_S = 0.093
# The smooth fill is brought to the take's levels in so many bands, and over so long at a time.
BANDS, LOWEST_HZ = 24, 80.0
LEVELS_OVER_S = 0.093
MOST_DB = 20.0
# A bin is no partial where it stands out of the median around it by no more than the first, and
# wholly one from the second on: in the smooth fill, and before or after the gap. The fill alone
# would draw lines through hiss.
STANDS_OUT_DB = (0.0, 6.0)
MEDIAN_OVER_HZ = 600.0
BESIDE_S = 1.0
# A band so far under the loudest is silent.
FLOOR = 1e-9


def join(gap: Gap, smooth: Samples, take: Samples) -> Samples:
    """Return a take with the partials of the smooth fill, at the take's levels.

    Parameters
    ----------
    smooth, take
        `gap.samples` with the damage replaced, float32 ``(channels, frames)``. Frames that are
        farther from it than `splice.CROSSFADE_S` are not made use of.
    """
    rate, sound, reach = gap.rate, gap.samples, crossfade_frames(gap.rate)
    size = 2 ** round(np.log2(rate * WINDOW_S))
    config = StftConfig(fft_size=size, hop_frames=size // 4)
    start, end = max(gap.start - reach, 0), min(gap.end + reach, sound.shape[1])
    low, high = max(start - 2 * size, 0), min(end + 2 * size, sound.shape[1])

    def transform(filled: Samples) -> Spectrum:
        return stft(
            np.hstack([sound[:, low:start], filled[:, start:end], sound[:, end:high]]), config
        )

    calm, drawn = transform(smooth), transform(take)
    raised = calm * _measure_gains(calm, drawn, config, rate)
    columns = slice((start - low) // config.hop_frames, -(-(end - low) // config.hop_frames) + 1)
    around = round(BESIDE_S * rate)
    beside = sound[:, max(gap.start - around, 0) : gap.start], sound[:, gap.end : gap.end + around]
    before, after = (_find_partials(stft(part, config), config, rate) for part in beside)
    inside = _find_partials(calm[..., columns], config, rate)
    share = np.minimum(inside, np.maximum(before, after))[..., None]
    joined = drawn + share * (raised - drawn)
    # where neither is whole they cancel in part
    joined = joined * _measure_gains(joined, drawn, config, rate)
    result = take.copy()
    result[:, start:end] = istft(joined, config, high - low)[:, start - low : end - low]
    return result


def _measure_gains(
    calm: Spectrum, drawn: Spectrum, config: StftConfig, rate: int
) -> npt.NDArray[np.float32]:
    """Return gains that bring one spectrum to the levels of the other, ``(…, bins, columns)``."""
    edges_hz = np.geomspace(LOWEST_HZ, rate / 2, BANDS + 1)
    edges = np.unique(np.round(edges_hz / config.bin_hz(rate)).astype(int))
    edges[0] = 0
    columns = max(round(LEVELS_OVER_S * rate / config.hop_frames), 1)
    powers = []
    for spectrum in (calm, drawn):
        power = np.add.reduceat(np.square(np.abs(spectrum)), edges[:-1], axis=-2)
        powers.append(ndimage.uniform_filter1d(power, columns, mode="nearest"))
    floor = FLOOR * max(float(power.max()) for power in powers) + np.finfo(np.float32).tiny
    gains_db = 10.0 * np.log10((powers[1] + floor) / (powers[0] + floor))
    gains_db = np.clip(gains_db, -MOST_DB, MOST_DB)
    middles = (edges[:-1] + edges[1:] - 1) / 2
    between = np.apply_along_axis(
        lambda band_db: np.interp(np.arange(config.bins), middles, band_db), -2, gains_db
    )
    return np.asarray(10.0 ** (between / 20.0), dtype=np.float32)


def _find_partials(spectrum: Spectrum, config: StftConfig, rate: int) -> npt.NDArray[np.float32]:
    """Return how far each bin belongs to a partial, 0 to 1, ``(channels, bins)``."""
    power = np.square(np.abs(spectrum)).mean(axis=-1)
    level_db = 10.0 * np.log10(power + np.finfo(np.float32).tiny)
    bins = 2 * round(MEDIAN_OVER_HZ / config.bin_hz(rate) / 2) + 1
    out_db = level_db - ndimage.median_filter(level_db, (1, bins), mode="nearest")
    low_db, high_db = STANDS_OUT_DB
    share = np.clip((out_db - low_db) / (high_db - low_db), 0.0, 1.0)
    # the main lobe of a Hann window is four bins wide
    return np.asarray(ndimage.maximum_filter1d(share, 3), dtype=np.float32)
