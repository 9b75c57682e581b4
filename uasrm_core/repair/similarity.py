"""Taking over the passage of the recording whose surroundings fit best."""

from __future__ import annotations

import numpy as np

from uasrm_core.dsp.passages import matched
from uasrm_core.errors import RepairError
from uasrm_core.progress import Progress
from uasrm_core.repair.inpainter import Fill, Gap, Inpainter
from uasrm_core.repair.seams import crossfade_frames, fade_weights

# Waveforms that go apart at the seam lose power where they cross; up to so much is made good.
MOST_POWER_LOST = 0.5


class SimilarityInpainter(Inpainter):
    """Fills a gap with sound from elsewhere, matched in level a third of an octave at a time.

    One passage is chosen for all channels, by the loudest of them, so that the image stays.

    Parameters
    ----------
    reach_s
        Seconds of the recording that are searched on each side.
    least_correlation
        How well the surroundings of the passage must correlate with the gap's.
    """

    name = "similarity"
    context_s = 0.75

    def __init__(self, *, reach_s: float = 60.0, least_correlation: float = -1.0) -> None:
        self.reach_s = reach_s
        self.least_correlation = least_correlation

    def fill(self, gap: Gap, progress: Progress) -> Fill:
        """Return the window with the gap filled; see `Inpainter.fill`.

        Raises
        ------
        RepairError
            The recording holds no other passage as long as the gap, or none that fits well enough.
        """
        assert gap.around is not None
        around, frames = gap.around, gap.samples.shape[1]
        progress.report(0.0)
        found = around.passages(1, progress)
        progress.check()
        if not found:
            raise RepairError(
                "The recording holds no other intact passage as long as the region; "
                "choose another engine."
            )
        if found[0].correlation < self.least_correlation:
            raise RepairError("What was lost does not come again nearby; choose another engine.")
        progress.report(0.5)
        shift = found[0].shift_frames
        low = around.start - gap.start + shift
        filled = around.read(low, low + frames)
        for channel, own in enumerate(filled):
            target = gap.samples[channel]
            filled[channel] = matched(own, target, gap.start, gap.end, gap.rate)
            progress.check()
        return Fill(_crossing_at_one_level(filled, gap), source=shift)


def _crossing_at_one_level(filled: np.ndarray, gap: Gap) -> np.ndarray:
    """Raise a fill in its fades by the power that is lost where it does not correlate.

    Crossing sounds of correlation r with weights 1 - w and w leaves the power
    (1 - w)² + w² + 2 r w (1 - w) of each.
    """
    fade = crossfade_frames(gap.rate)
    weights = fade_weights(gap.samples.shape[1], gap.start, gap.end, fade)
    out = filled.copy()
    for side in (slice(max(gap.start - fade, 0), gap.start), slice(gap.end, gap.end + fade)):
        known, new, w = gap.samples[:, side], filled[:, side], weights[side]
        if not w.size:
            continue
        scale = float(np.sqrt(np.sum(known**2) * np.sum(new**2)))
        correlation = float(np.sum(known * new)) / scale if scale > 0 else 1.0
        power = (1 - w) ** 2 + w**2 + 2 * correlation * w * (1 - w)
        wanted = ((1 - w) * known + w * new) / np.sqrt(np.maximum(power, MOST_POWER_LOST))
        out[:, side] = (wanted - (1 - w) * known) / np.maximum(w, 0.05)
    return out
