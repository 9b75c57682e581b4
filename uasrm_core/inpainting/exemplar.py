"""The engine that copies the exemplar of the recording whose surroundings fit best."""

from __future__ import annotations

from uasrm_core.errors import RepairError
from uasrm_core.exemplars.finder import match_levels
from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.gap import sounding_channels
from uasrm_core.inpainting.mix import (
    CONTINUOUS_CORRELATION,
    TAKES_FROM_S,
    is_nearer_than_copy,
    is_predictable,
    is_repeat,
)
from uasrm_core.interpolation.fills import (
    agreement_db,
    measure_doubt,
    measure_doubts,
    measure_middle,
)
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# Seconds on each side that are searched where the user chose to copy: see decision 011
# (`tools/measure_reach.py CORPUS`).
NAMED_REACH_S = 300.0


class ExemplarEngine(Engine):
    """Fills a gap with sound from elsewhere, matched in level a third of an octave at a time.

    One exemplar is chosen for all channels together, so that the image stays.

    Parameters
    ----------
    reach_s
        Seconds of the recording that are searched on each side.
    only_repeats
        Whether nothing but the very same sound is copied.
    """

    name = "similarity"
    needs_crossfade = True
    context_s = 0.75

    def __init__(self, *, reach_s: float = NAMED_REACH_S, only_repeats: bool = False) -> None:
        self.reach_s = reach_s
        self.only_repeats = only_repeats

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the gap filled; see `Engine.fill`.

        Raises
        ------
        RepairError
            The recording holds no other exemplar as long as the gap, or none that fits well enough.
        """
        gap = known.gap
        progress.report(0.0)
        found = known.find_exemplars(1)
        progress.check()
        if not found:
            raise RepairError(
                tr(
                    "The recording holds no other undamaged stretch as long as the region; choose "
                    "another engine."
                )
            )
        correlation = found[0].correlation
        # a steady tone correlates with all of itself, and is predicted better than copied
        if self.only_repeats and (not is_repeat(correlation) or _is_predicted(known, correlation)):
            raise RepairError(
                tr("What was lost does not come again nearby; choose another engine.")
            )
        progress.report(0.5)
        shift = found[0].shift_frames
        filled = known.read_exemplar(found[0])
        for channel, own in enumerate(filled):
            target = gap.samples[channel]
            filled[channel] = match_levels(own, target, gap.start, gap.end, gap.rate)
            progress.check()
        is_continuous = correlation >= CONTINUOUS_CORRELATION
        return Guess(filled, shift, correlation, is_continuous=is_continuous)


def _is_predicted(known: Conditioning, correlation: float) -> bool:
    """Return whether the prediction of a short gap is likely to be nearer than an exemplar."""
    gap = known.gap
    sounding = sounding_channels(gap)
    fills = [known.fills(channel) for channel in sounding]
    if is_predictable(agreement_db(fills)):
        return True
    if gap.duration_s >= TAKES_FROM_S:
        return False
    doubts = (measure_doubt(gap.samples[row], gap.start, gap.end, gap.rate) for row in sounding)
    return is_nearer_than_copy(
        predicted=sum(measure_middle(each.best) for each in fills),
        doubt=measure_doubts(doubts),
        correlation=correlation,
    )
