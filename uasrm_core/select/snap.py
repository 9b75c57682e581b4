"""Moving edges to zero crossings, and bands to spectral peaks."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.overview.peaks import finite
from uasrm_core.select.levels import levels

ZERO_REACH_S = 0.01
# So much time is enough to tell a pitch, and long selections need no more.
PEAK_STRETCH_S = 10.0


def zero_crossing(clip: AudioClip, frame: int, *, channels: tuple[int, ...] | None = None) -> int:
    """Return the frame nearest to one at which the sum of the channels crosses zero.

    That is the first frame after a change of sign, at most `ZERO_REACH_S` away; without one the
    frame itself.
    """
    reach = max(round(ZERO_REACH_S * clip.rate), 1)
    low, high = max(frame - reach - 1, 0), min(frame + reach + 1, clip.frames)
    if high - low < 2:
        return frame
    wave = finite(clip.read(low, high, channels)).sum(axis=0)
    crossings = low + 1 + np.flatnonzero((wave[:-1] < 0) != (wave[1:] < 0))
    if not len(crossings):
        return frame
    return int(crossings[np.argmin(np.abs(crossings - frame))])


def peak_hz(clip: AudioClip, region: Region) -> float | None:
    """Return the frequency that is loudest within a region, or None in silence.

    The mean level over time is taken and its peak found between the bins by a parabola
    (Smith & Serra, "PARSHL", ICMC 1987).
    """
    rate = clip.rate
    end = min(region.end_frame, region.start_frame + round(PEAK_STRETCH_S * rate))
    grid = levels(clip, region.start_frame, end, channels=region.channels)
    mean = grid.values.mean(axis=1)
    low_hz = region.low_hz or 0.0
    high_hz = rate / 2 if region.high_hz is None else region.high_hz
    hz = np.arange(len(mean)) * grid.bin_hz
    inside = np.flatnonzero((hz >= low_hz - grid.bin_hz / 2) & (hz <= high_hz + grid.bin_hz / 2))
    if not len(inside) or float(np.ptp(mean[inside])) == 0.0:
        return None
    best = int(inside[np.argmax(mean[inside])])
    if not 0 < best < len(mean) - 1:
        return best * grid.bin_hz
    below, at, above = (float(level) for level in mean[best - 1 : best + 2])
    bend = below - 2.0 * at + above
    part = 0.5 * (below - above) / bend if bend else 0.0
    return (best + min(max(part, -0.5), 0.5)) * grid.bin_hz
