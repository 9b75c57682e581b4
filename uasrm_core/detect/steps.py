"""The bit depth of a recording, as its samples show it."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Samples


def measure_step(row: Samples) -> float:
    """Return the least by which samples of a channel, ``(frames,)``, differ; infinite if none do.

    Of integers of a recording's own rate that is one step of their bit depth; of other sound it is
    next to nothing.
    """
    steps = np.abs(np.diff(row))
    return float(np.min(steps, where=steps > 0.0, initial=np.inf))
