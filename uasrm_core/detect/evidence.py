"""What separating a click from the sound under it says about whether there is one.

A glottal pulse that is louder than the ones before surprises a prediction as a click does. But it
has the colour of the voice, and the network that takes clicks out finds less in it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.interpolation.click_model import LONGEST_FRAMES
from uasrm_core.interpolation.click_network import separate
from uasrm_core.interpolation.consensus import expect_missing
from uasrm_core.interpolation.fills import one_blas_thread

# So many seconds on either side say what to expect.
CONTEXT_S = 0.2
LEAST_FRAMES = 8
# Densities count by an arsinh, which begins to level off at so many nats.
NATS = 5.0
FEATURES = 6
SMALL = 1e-9

Features = npt.NDArray[np.float32]


def describe_evidence(row: Samples, extents: Iterable[tuple[int, int]], rate: int) -> Features:
    """Describe what is found where clicks may be in ``(frames,)``, ``(n, FEATURES)``.

    The features are how much likelier the sound is with a click than without, and than as a sound
    that is louder than expected; the length; how far off the guess is against what it may be; and
    the power of the click against the whole difference and against what the guess may be off by.
    """
    with one_blas_thread():
        described = [_describe(row, start, end, rate) for start, end in extents]
    return np.array(described, np.float32).reshape(-1, FEATURES)


def _describe(row: Samples, start: int, end: int, rate: int) -> list[float]:
    middle, frames = (start + end) // 2, min(max(end - start, LEAST_FRAMES), LONGEST_FRAMES)
    start = max(middle - frames // 2, 1)
    end = min(start + frames, len(row) - 1)
    context = round(CONTEXT_S * rate)
    low, high = max(start - context, 0), min(end + context, len(row))
    expected = expect_missing(row[low:high], start - low, end - low, rate)
    off = row[start:end] - expected.missing
    power = float(np.sum(np.square(off)))
    if power <= SMALL**2:
        return [0.0] * FEATURES
    found = separate(off, expected.covariance, rate)
    least = float(np.trace(expected.covariance))
    click = float(np.sum(np.square(off - found.sound)))
    return [
        float(np.arcsinh((found.with_click - found.without) / NATS)),
        float(np.arcsinh((found.with_click - found.louder) / NATS)),
        float(np.log(end - start)),
        float(np.log(power / least + SMALL)),
        click / power,
        float(np.log(click / least + SMALL)),
    ]
