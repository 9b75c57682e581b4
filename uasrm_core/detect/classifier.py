"""A small perceptron: from the features of a place to the probability of damage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from uasrm_core.resources import resource

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Classifier:
    """Layers of a perceptron with tanh between them.

    Attributes
    ----------
    mean, spread
        ``(features,)``: what features are reduced by before the first layer.
    layers
        Weights ``(outputs, inputs)`` and biases ``(outputs,)``.
    threshold
        What the last layer says where a place is kept by default.
    """

    mean: Values
    spread: Values
    layers: tuple[tuple[Values, Values], ...]
    threshold: float

    def confidence(self, features: Values) -> Values:
        """Return how sure damage is, 0 to 1, from ``(n, features)``; 0.5 is the default's limit."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.margin(features))), dtype=np.float32)

    def margin(self, features: Values) -> Values:
        """Return the logit of `confidence`, from ``(n, features)``; what is beyond its own is left.

        So one description serves classifiers that look at all of it and at its beginning.
        """
        own = features[:, : len(self.mean)]
        values = np.clip((own - self.mean) / self.spread, -6.0, 6.0)
        for number, (weights, biases) in enumerate(self.layers):
            if number:
                values = np.tanh(values)
            values = values @ weights.T + biases
        return np.asarray(values[:, 0] - self.threshold, dtype=np.float32)


@cache
def load_classifier(name: str) -> Classifier:
    """Return the classifier of that name; ``tools/fit_detectors.py`` makes them."""
    return build_classifier(json.loads(resource("detect", f"{name}.json").read_text()))


def build_classifier(held: Mapping[str, Any]) -> Classifier:
    """Build a classifier of what its file holds."""
    return Classifier(
        np.array(held["mean"], np.float32),
        np.array(held["spread"], np.float32),
        tuple(
            (np.array(layer["weights"], np.float32), np.array(layer["biases"], np.float32))
            for layer in held["layers"]
        ),
        float(held["threshold"]),
    )
