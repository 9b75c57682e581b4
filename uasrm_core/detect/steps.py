"""The bit depth of a recording, as its samples show it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples


def measure_step(row: Samples) -> float:
    """Return the least by which samples of a channel, ``(frames,)``, differ; infinite if none do.

    Of integers of a recording's own rate that is one step of their bit depth; of other sound it is
    next to nothing.
    """
    steps = np.abs(np.diff(row))
    return float(np.min(steps, where=steps > 0.0, initial=np.inf))


# G.711 has 128 values of each sign, whose steps grow with the sample to 1/16 of it.
MOST_VALUES = 128
# So many samples for each value show them all; fewer are no evidence of few.
LEAST_SAMPLES_A_VALUE = 64
_LOOK_AT = 4096


def measure_steps_at(row: Samples, values: Samples) -> npt.NDArray[np.float64]:
    """Return how far the value of a channel, ``(frames,)``, below each of `values` is from it.

    Where a recording has no more values than 8 bits give, that is their distance there, since
    companded samples (ITU-T G.711) have larger steps the louder they are; else `measure_step`.

    Parameters
    ----------
    values
        ``(n,)`` samples of the channel.
    """
    steps = np.full(len(values), measure_step(row), np.float64)
    few = np.unique(np.abs(row[:: max(len(row) // _LOOK_AT, 1)]))
    if len(few) > MOST_VALUES or not len(values):
        return steps
    known = np.unique(np.abs(row))
    if len(known) > MOST_VALUES or len(row) < LEAST_SAMPLES_A_VALUE * len(known):
        return steps
    at = np.searchsorted(known, np.abs(values))
    has_lower = at > 0
    steps[has_lower] = known[at[has_lower]] - known[at[has_lower] - 1]
    return steps
