"""Who is trusted with a gap: every rule by which guesses are mixed, and what each of them earns."""

from __future__ import annotations

import math
from collections.abc import Callable

from uasrm_core.inpainting.gap import Guess

# A gap that is much shorter than the transform's windows is too small for the network to see into,
# and well predicted. Up to the first of these frames, at the rate that the network works at, the
# prediction is taken, from the second on the network's guess, and between them a mean, since errors
# of two guesses that differ cancel out.
PREDICTED_FRAMES, LEARNT_FRAMES = 220, 1760
# An exemplar is the same sound again where its surroundings correlate so well with the gap's. Short
# gaps ask for more: there a network that mends a good prediction is hard to beat.
REPEAT_CORRELATION = 0.9
SHORT_REPEAT_CORRELATION = 0.97
SHORT_S = 0.1
# From here on an exemplar goes on from the sound at the gap's edges by itself.
CONTINUOUS_CORRELATION = 0.97


def mix(prediction: Guess, exemplar: Guess | None, ask_network: Callable[[], Guess]) -> Guess:
    """Return the one guess to be spliced in.

    The lost sound itself where it comes again; otherwise the network's guess, or in a short gap the
    mean of it and the prediction, weighted by how sure the prediction is.

    Parameters
    ----------
    exemplar
        The exemplar that is the same sound again (`is_repeat`), or None.
    ask_network
        Runs the network, which is only asked where it counts.
    """
    if exemplar is not None:
        return exemplar
    if prediction.confidence == 1.0:
        return prediction
    network = ask_network()
    weight = 1.0 - prediction.confidence
    if weight == 1.0:
        return network
    mixed = prediction.samples + weight * (network.samples - prediction.samples)
    return Guess(mixed, predictions=prediction.predictions)


def network_weight(frames: int) -> float:
    """Return the weight of the network's guess in a gap of so many frames, at its rate."""
    octaves = math.log2(LEARNT_FRAMES / PREDICTED_FRAMES)
    return min(max(math.log2(frames / PREDICTED_FRAMES) / octaves, 0.0), 1.0)


def is_repeat(correlation: float, gap_s: float) -> bool:
    """Return whether an exemplar whose surroundings correlate so well is the lost sound again."""
    needed = SHORT_REPEAT_CORRELATION if gap_s < SHORT_S else REPEAT_CORRELATION
    return correlation >= needed
