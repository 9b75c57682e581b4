"""The numbers of the network's inputs and outputs, and widening of older weights.

Importing this loads no PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.exemplars.quantiles import EXEMPLARS, QUANTILES

# Real and imaginary parts of base, forward, backward (6), log magnitudes of both continuations (2),
# log levels before and after (2), gap, place in the gap, length of the gap, frequency (4); then of
# every exemplar its parts and its log magnitude (3), the levels of the recording, and its rate; and
# of every exemplar how far it agrees with the sound about the gap, and the gain it was given (2);
# parts and log magnitude of what sounds in a damaged part of the spectrum (3); and parts and log
# magnitude of noise, two random numbers for each column, two for the window, and liveliness (8).
FEATURES = 26 + 5 * EXEMPLARS + len(QUANTILES)
# Complex gains on base, forward and backward, a complex residual, complex gains on the exemplars,
# how far each of these is to be taken as it is, a complex gain on the damaged sound, and complex
# gains on noise as it is and on noise shaped like what has been made without it.
OUTPUTS = 14 + 3 * EXEMPLARS
TAKEN = slice(8 + 2 * EXEMPLARS, 8 + 3 * EXEMPLARS)
GAINS = (0, 2, 4, *range(8, TAKEN.start, 2), TAKEN.stop)
PLAIN_NOISE, SHAPED_NOISE = TAKEN.stop + 2, TAKEN.stop + 4
# The weights of the first layer, and of the last.
FIRST, LAST = "unet.stem.weight", ("unet.head.2.weight", "unet.head.2.bias")


def uses_noise(last: Samples, stride: int) -> bool:
    """Return whether the last layer's weights make anything of noise."""
    return bool(last[PLAIN_NOISE * stride :].any())


def widen_weights(weights: Mapping[str, Samples], stride: int) -> dict[str, Samples]:
    """Return weights of an earlier version for inputs and outputs that it did not have.

    Parameters
    ----------
    stride
        `HybridConfig.frequency_stride`.
    """
    widened = dict(weights)
    sizes = {FIRST: (1, FEATURES * stride), **dict.fromkeys(LAST, (0, OUTPUTS * stride))}
    for name, (axis, size) in sizes.items():
        old = weights.get(name)
        if old is not None and old.ndim > axis:
            missing = [(0, 0)] * old.ndim
            missing[axis] = (0, max(size - old.shape[axis], 0))
            widened[name] = np.pad(old, missing)
    return widened
