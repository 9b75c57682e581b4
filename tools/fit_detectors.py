"""Fit the judges of detection: ``python tools/fit_detectors.py CORPUS [--recordings N] [-o DIR]``.

Takes the training recordings of a corpus (``uasrm corpus``), plants damage into most of them, lets
the detectors describe what sticks out, and fits a small perceptron for clicks and one for dropouts
that tell planted damage from everything else. Writes ``clicks.json`` and ``dropouts.json``; those
that ship are in ``resources/detect``.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from uasrm_core.audio.clip import Samples
from uasrm_core.detect.clicks import find_bursts
from uasrm_core.detect.dropouts import find_holes
from uasrm_core.detect.prediction import predict
from uasrm_core.evaluation.detection import excerpt, rounded
from uasrm_core.evaluation.planting import Damage, plant_clicks, plant_dropouts

SECONDS = 20.0
# Names of recordings that consist of what is to be found.
LEFT_OUT = ("vinyl",)
CLEAN_SHARE = 0.25
HISS_SHARE, HISS_DB = 0.4, (-70.0, -35.0)
HIDDEN = {"clicks": (24, 12), "dropouts": (24,)}
# What the last layer says where recall and precision are about the same on training recordings.
THRESHOLDS = {"clicks": 1.5, "dropouts": 1.0}
EPOCHS = {"clicks": 14, "dropouts": 40}
CLICK_SLACK, CLICK_BLUR = 24, 160
HOLE_SLACK_S, HOLE_BLUR_S = 0.004, 0.010

Examples = tuple[np.ndarray, np.ndarray]


def main() -> int:
    """Gather, fit and write."""
    parser = argparse.ArgumentParser(description="Fit the judges of detection.")
    parser.add_argument("corpus", type=Path, metavar="CORPUS")
    parser.add_argument("--recordings", type=int, default=240, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--kind", choices=list(DESCRIBED), help="fit only this judge")
    parser.add_argument("-o", "--output", type=Path, default=Path("resources/detect"))
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    tracks = json.loads((options.corpus / "index.json").read_text())
    usable = [
        options.corpus / track["path"]
        for track in tracks
        if track["split"] == "train"
        and 22050 <= track["rate"] <= 48000
        and track["frames"] > 4 * track["rate"]
        and not any(word in track["path"] for word in LEFT_OUT)
    ]
    rng.shuffle(usable)
    wanted = [options.kind] if options.kind else list(DESCRIBED)
    gathered: dict[str, list[Examples]] = {name: [] for name in wanted}
    for path in usable[: options.recordings]:
        sound, rate = excerpt(path, SECONDS)
        sound = with_hiss(sound, rng)
        for name, parts in gathered.items():
            parts += DESCRIBED[name](sound, rate, rng)
    options.output.mkdir(parents=True, exist_ok=True)
    for name, parts in gathered.items():
        features = np.concatenate([part[0] for part in parts])
        labels = np.concatenate([part[1] for part in parts])
        judge = fit(name, features[labels >= 0], labels[labels >= 0], options.seed)
        (options.output / f"{name}.json").write_text(json.dumps(judge))
    return 0


def with_hiss(sound: Samples, rng: np.random.Generator) -> Samples:
    """Add the noise of tape or vinyl to some recordings."""
    if rng.uniform() >= HISS_SHARE:
        return sound
    level = np.sqrt(np.mean(sound**2)) * 10 ** (rng.uniform(*HISS_DB) / 20)
    return np.asarray(sound + level * rng.standard_normal(sound.shape), dtype=np.float32)


def click_examples(sound: Samples, rate: int, rng: np.random.Generator) -> list[Examples]:
    """Describe bursts: 1 for a planted click, 0 for another, -1 for the echo of a click."""
    damages: tuple[Damage, ...] = ()
    if rng.uniform() > CLEAN_SHARE:
        for level_db in rng.uniform(-40.0, 3.0, size=3):
            count = max(1, int(SECONDS * rng.choice([0.3, 1.0, 3.0])))
            sound, more = plant_clicks(sound, rate, rng, level_db=float(level_db), count=count)
            damages += more
    sound = rounded(sound)
    examples = []
    for channel, found in enumerate(find_bursts(sound, [predict(row) for row in sound])):
        labels = np.zeros(len(found.peaks))
        own = [damage for damage in damages if channel in damage.channels]
        for slack, label in ((CLICK_BLUR, -1.0), (CLICK_SLACK, 1.0)):
            for damage in own:
                low, high = damage.start_frame - slack, damage.end_frame + slack
                labels[(found.peaks >= low) & (found.peaks < high)] = label
        examples.append((found.features, labels))
    return examples


def dropout_examples(sound: Samples, rate: int, rng: np.random.Generator) -> list[Examples]:
    """Describe holes: 1 for a planted dropout, 0 for another, -1 for one that is near."""
    damages: tuple[Damage, ...] = ()
    if rng.uniform() > CLEAN_SHARE:
        count = int(SECONDS)
        sound, damages = plant_dropouts(sound, rate, rng, lengths_ms=(2.0, 500.0), count=count)
    sound = rounded(sound)
    slack, blur = HOLE_SLACK_S * rate, HOLE_BLUR_S * rate
    examples = []
    for channel, row in enumerate(sound):
        found = find_holes(row, predict(row), rate)
        labels = np.zeros(len(found.spans))
        for damage in damages:
            if channel in damage.channels and damage.shape != "repeat":
                span = damage.start_frame, damage.end_frame
                off = np.abs(found.spans - span).max(axis=1, initial=0)
                labels[(off < blur) & (labels == 0)] = -1.0
                labels[off < slack] = 1.0
        examples.append((found.features, labels))
    return examples


DESCRIBED = {"clicks": click_examples, "dropouts": dropout_examples}


def fit(name: str, features: np.ndarray, labels: np.ndarray, seed: int) -> dict[str, Any]:
    """Fit a perceptron with tanh between its layers and return it as the judge's file holds it."""
    torch.manual_seed(seed)
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    inputs = torch.tensor(np.clip((features - mean) / spread, -6, 6), dtype=torch.float32)
    wanted = torch.tensor(labels, dtype=torch.float32)
    sizes = (features.shape[1], *HIDDEN[name], 1)
    layers = [torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]
    optimiser = torch.optim.AdamW(
        [weight for layer in layers for weight in layer.parameters()], 2e-3, weight_decay=1e-2
    )
    batch = min(1024 if len(inputs) > 50000 else 256, len(inputs))
    steps = EPOCHS[name] * (len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=steps + 1)
    for _ in range(EPOCHS[name]):
        order = torch.randperm(len(inputs))
        for start in range(0, len(inputs) - batch + 1, batch):
            chosen = order[start : start + batch]
            values = inputs[chosen]
            for layer in layers[:-1]:
                values = torch.tanh(layer(values))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                layers[-1](values)[:, 0], wanted[chosen]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return {
        "mean": np.round(mean, 5).tolist(),
        "spread": np.round(spread, 5).tolist(),
        "threshold": THRESHOLDS[name],
        "layers": [
            {
                "weights": np.round(layer.weight.detach().numpy(), 4).tolist(),
                "biases": np.round(layer.bias.detach().numpy(), 4).tolist(),
            }
            for layer in layers
        ],
    }


if __name__ == "__main__":
    raise SystemExit(main())
