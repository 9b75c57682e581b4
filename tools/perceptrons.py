"""Fits small perceptrons that tell damage from what only sticks out; see ``fit_detectors.py``."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.linalg import block_diag

from uasrm_core.detect.classifier import build_classifier

DECAY = 1e-2
FOLDS = 4
# Of one recording no more false alarms than so many are counted, or one that stutters by intent
# would decide.
MOST_ALARMS = 3

# Features ``(n, features)`` and labels ``(n,)``; or weights and biases of a layer.
Examples = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How a classifier is fitted.

    Attributes
    ----------
    hidden
        The sizes of its hidden layers.
    alarms_a_minute
        How many false alarms are left, in all channels, in recordings with and without damage.
    members
        So many are fitted, each from another start, and their mean is taken.
    noise
        What is added to features while fitting, against their spread.
    """

    hidden: tuple[int, ...]
    epochs: int
    alarms_a_minute: float
    members: int = 1
    noise: float = 0.0


def fit_classifier(
    parts: Sequence[Examples], how: Fit, seconds: float, seed: int
) -> tuple[dict[str, Any], float]:
    """Fit a classifier, with the threshold that recordings call for which it was not fitted to.

    Fits one for each quarter of the recordings to the other three, looks where so many false alarms
    a minute are left in the quarter that `how` allows, and then fits one to all.

    Parameters
    ----------
    parts
        The examples of each recording; a label is 1 for damage, 0 for none, -1 for neither.
    seconds
        How long each recording is.

    Returns
    -------
    What a classifier's file holds, and the share of the damage that it finds in such quarters.
    """
    found, alarms = [], []
    for fold in range(FOLDS):
        rest = [part for number, part in enumerate(parts) if number % FOLDS != fold]
        classifier = build_classifier({"threshold": 0.0, **fit(rest, how, seed)})
        for features, labels in parts[fold::FOLDS]:
            answers = classifier.margin(features)
            found.append(answers[labels == 1])
            alarms.append(np.sort(answers[labels == 0])[::-1][:MOST_ALARMS])
    allowed = round(how.alarms_a_minute * len(parts) * seconds / 60)
    threshold = float(np.sort(np.concatenate(alarms))[::-1][allowed])
    share = float(np.mean(np.concatenate(found) > threshold))
    return {"threshold": round(threshold, 2), **fit(parts, how, seed)}, share


def fit(parts: Sequence[Examples], how: Fit, seed: int) -> dict[str, Any]:
    """Fit some perceptrons with tanh between their layers; return them as one, their mean."""
    labels = np.concatenate([part[1] for part in parts])
    features = np.concatenate([part[0] for part in parts])[labels >= 0]
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    inputs = torch.tensor(np.clip((features - mean) / spread, -6, 6), dtype=torch.float32)
    wanted = torch.tensor(labels[labels >= 0], dtype=torch.float32)
    members = [fit_perceptron(inputs, wanted, how, seed + n) for n in range(how.members)]
    return {
        "mean": np.round(mean, 5).tolist(),
        "spread": np.round(spread, 5).tolist(),
        "layers": [
            {"weights": np.round(weights, 4).tolist(), "biases": np.round(biases, 4).tolist()}
            for weights, biases in join_side_by_side(members)
        ],
    }


def fit_perceptron(
    inputs: torch.Tensor, wanted: torch.Tensor, how: Fit, seed: int
) -> list[Examples]:
    """Fit one perceptron and return the weights and biases of its layers."""
    torch.manual_seed(seed)
    sizes = (inputs.shape[1], *how.hidden, 1)
    layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
    weights = [weight for layer in layers for weight in layer.parameters()]
    optimiser = torch.optim.AdamW(weights, 2e-3, weight_decay=DECAY)
    batch = min(1024 if len(inputs) > 50000 else 256, len(inputs))
    steps = how.epochs * (len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=steps + 1)
    for _ in range(how.epochs):
        order = torch.randperm(len(inputs))
        for start in range(0, len(inputs) - batch + 1, batch):
            chosen = order[start : start + batch]
            values = inputs[chosen] + how.noise * torch.randn(batch, inputs.shape[1])
            for layer in layers[:-1]:
                values = torch.tanh(layer(values))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                layers[-1](values)[:, 0], wanted[chosen]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in layers]


def join_side_by_side(members: Sequence[list[Examples]]) -> list[Examples]:
    """Make one perceptron of several, whose answer is their mean."""
    merged = []
    for number, same in enumerate(zip(*members, strict=True)):
        weights, biases = zip(*same, strict=True)
        if number == 0:
            merged.append((np.concatenate(weights), np.concatenate(biases)))
        elif number < len(members[0]) - 1:
            merged.append((block_diag(*weights), np.concatenate(biases)))
        else:
            merged.append((np.hstack(weights) / len(members), np.mean(biases, axis=0)))
    return merged
