"""Clicks come in numbers, and so do a drum's onsets: what lies around tells which they are.

A doubtful place is damage more likely among places that are clearly clicks, as a record has them,
and less likely among many that are doubtful as well, as in a passage of drums.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from uasrm_core.detect.detections import LEAST_CONFIDENCE, Detection
from uasrm_core.resources import resource

# Clicks within so much time on either side count.
NEAR_S = 3.0
# What is surer is a click; what is not may be a drum, however many there are.
SURE = 0.88
# More sure neighbours than so many say no more: beside two hundred clicks a drum is still a drum.
MOST_SURE = 3
CERTAIN = 1e-6

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Neighbours:
    """What the neighbours of a click say of it; ``tools/fit_detectors.py`` fits it.

    Attributes
    ----------
    weights
        Of the click's own logit, and of the logarithms of one more than the number of doubtful and
        of sure clicks around it.
    bias
        Where their sum is 0 a click is kept by default.
    """

    weights: tuple[float, float, float]
    bias: float


def weigh_by_neighbours(clicks: Sequence[Detection], rate: int) -> list[Detection]:
    """Return the clicks of a whole recording, in time's order, with what their neighbours say."""
    if not clicks:
        return []
    learnt = _load_neighbours()
    described = limit_sure(describe_neighbours(clicks, rate))
    logits = described @ np.array(learnt.weights) + learnt.bias
    weighed = [
        replace(click, confidence=float(1.0 / (1.0 + np.exp(-logit))))
        for click, logit in zip(clicks, logits, strict=True)
    ]
    return [click for click in weighed if click.confidence >= LEAST_CONFIDENCE]


def describe_neighbours(clicks: Sequence[Detection], rate: int) -> Values:
    """Return what `Neighbours.weights` are for, ``(clicks, 3)``; clicks are in time's order."""
    confidences = np.clip([click.confidence for click in clicks], CERTAIN, 1.0 - CERTAIN)
    starts = np.array([click.start_frame for click in clicks])
    near = round(NEAR_S * rate)
    columns = [np.log(confidences / (1.0 - confidences))]
    for counted in (confidences < SURE, confidences >= SURE):
        places = starts[counted]
        around = np.searchsorted(places, starts + near, "right")
        around -= np.searchsorted(places, starts - near, "left")
        columns.append(np.log1p(around - counted))
    return np.stack(columns, axis=1)


def limit_sure(described: Values) -> Values:
    """Return what `describe_neighbours` says with no more than `MOST_SURE` sure clicks.

    Weights are fitted without the limit: with it, nearly every planted click has as many, and the
    drums beside them would be taken for clicks.
    """
    limited = described.copy()
    limited[:, 2] = np.minimum(limited[:, 2], np.log1p(MOST_SURE))
    return limited


@cache
def _load_neighbours() -> Neighbours:
    held = json.loads(resource("detect", "neighbours.json").read_text())
    own, doubtful, sure = held["weights"]
    return Neighbours((own, doubtful, sure), held["bias"])
