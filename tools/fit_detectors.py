"""Fit the classifiers of detection.

    python tools/fit_detectors.py CORPUS [--recordings N] [-o DIR]
    python tools/fit_detectors.py CORPUS --kind speech_clicks --recordings 320
    python tools/fit_detectors.py CORPUS --kind speech_evidence --recordings 100 --seed 2

Takes the training recordings of a corpus (``uasrm corpus``), plants damage into most of them, lets
the detectors describe what sticks out, and fits a small perceptron for clicks and one for dropouts
that tell planted damage from everything else. Writes ``clicks.json`` and ``dropouts.json``; those
that ship are in ``resources/detect``. The second line fits the clicks of speech, which are
described by their contours as well, and writes ``speech_clicks.json``. The third fits what
separating them from the sound says, in other recordings, and writes ``speech_evidence.json``. With
``--kind neighbours`` it fits what the neighbours of a click say of it, for the click classifier
that ships, and writes ``neighbours.json``.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from perceptrons import Examples, Fit, fit_classifier

from uasrm_core.audio.clip import Samples
from uasrm_core.detect.clicks import find_bursts, find_clicks, find_suspects
from uasrm_core.detect.detections import Detection
from uasrm_core.detect.dropouts import find_holes
from uasrm_core.detect.neighbours import describe_neighbours, limit_sure
from uasrm_core.detect.prediction import predict
from uasrm_core.evaluation.detection import excerpt, round_to_16_bits
from uasrm_core.evaluation.planting import Damage, plant_clicks, plant_dropouts
from uasrm_core.evaluation.planting_clicks import (
    plant_mouth_bursts,
    plant_mouth_clicks,
    plant_vinyl_clicks,
)

SECONDS = 10.0
# Of the recordings so many are speech, which clicks as well but has no instruments.
SPEECH_SHARE = 0.3
LEAST_SECONDS = 4.0
# Where clicks of speech are fitted: of each collection of speech as many, as far as it has them.
EVEN_SPEECH_SHARE = 0.5
# What each classifier is fitted to: speech stops all the time.
MATERIAL = {
    "clicks": ("speech", "music"),
    "dropouts": ("music",),
    "speech_clicks": ("speech",),
    "speech_evidence": ("speech",),
}
# How clicks are planted, and how often in music and in speech: bursts of a few samples at a level,
# those of records, those of mouths, and of mouths of another sort.
CLICK_SHARES = {"speech": (0.25, 0.25, 0.5), "music": (0.35, 0.55, 0.1)}
SPEECH_CLICK_SHARES = (0.2, 0.2, 0.3, 0.3)
VINYL_LEVEL_DB, MOUTH_LEVEL_DB = (-12.0, 25.0), (-3.0, 25.0)
MOUTH_LENGTH_MS = (1.0, 12.0)
# Recordings that consist of what is to be found: noise of vinyl, a beat that is cut to pieces.
LEFT_OUT = ("vinyl", "Boom_boom_boom")
CLEAN_SHARE = 0.25
# Recordings with clicks in which dropouts are looked for: neither is a click a hole's edge.
CLICKED_SHARE = 0.3
HISS_SHARE, HISS_DB = 0.4, (-70.0, -35.0)
CLICK_SLACK, CLICK_BLUR = 24, 160
HOLE_SLACK_S, HOLE_BLUR_S = 0.004, 0.010
# Detections a minute that are left in undamaged music, once their neighbours are counted.
NEIGHBOUR_ALARMS = 0.5
UNDAMAGED_S = 20.0
NEIGHBOUR_STEPS = 100

FITS = {
    "clicks": Fit(hidden=(24, 12), epochs=14, alarms_a_minute=1.5),
    "dropouts": Fit(hidden=(24,), epochs=40, alarms_a_minute=0.4, members=4, noise=0.1),
    "speech_clicks": Fit(hidden=(32, 16), epochs=14, alarms_a_minute=1.5, noise=0.15),
    "speech_evidence": Fit(hidden=(8,), epochs=60, alarms_a_minute=1.5, members=4, noise=0.1),
}

Item = TypeVar("Item")


def main() -> int:
    """Gather, fit and write."""
    parser = argparse.ArgumentParser(description="Fit the classifiers of detection.")
    parser.add_argument("corpus", type=Path, metavar="CORPUS")
    parser.add_argument("--recordings", type=int, default=400, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--kind", choices=[*DESCRIBED, "neighbours"], help="fit only this")
    parser.add_argument("-o", "--output", type=Path, default=Path("resources/detect"))
    options = parser.parse_args()
    wanted = [options.kind] if options.kind else list(ALWAYS)
    even = options.kind in EVENLY
    chosen = training(options.corpus, options.seed, options.recordings, even=even)
    if options.kind == "neighbours":
        learnt = fit_neighbours(chosen, options.seed)
        (options.output / "neighbours.json").write_text(json.dumps(learnt))
        return 0
    parts = [
        gather(path, kind, wanted, (options.seed, number))
        for number, (path, kind) in enumerate(chosen)
        if any(kind in MATERIAL[name] for name in wanted)
    ]
    options.output.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        examples = [part[name] for part in parts if name in part]
        classifier, found = fit_classifier(examples, FITS[name], SECONDS, options.seed)
        share, threshold = f"{found:.3f} of what was planted", f"{classifier['threshold']:.2f}"
        print(f"{name}: {share}, threshold {threshold}")  # noqa: T201
        (options.output / f"{name}.json").write_text(json.dumps(classifier))
    return 0


def training(corpus: Path, seed: int, count: int, *, even: bool = False) -> list[tuple[Path, str]]:
    """Return training recordings of a corpus and their kinds, in an order that the seed decides.

    With `even` half of them are speech, one of each collection in turn.
    """
    tracks = json.loads((corpus / "index.json").read_text())
    usable: dict[str, list[Path]] = {"speech": [], "music": []}
    packages = {corpus / track["path"]: track["package"] for track in tracks}
    for track in tracks:
        if (
            track["split"] == "train"
            and 16000 <= track["rate"] <= 48000
            and track["frames"] > LEAST_SECONDS * track["rate"]
            and not any(word in track["path"] for word in LEFT_OUT)
        ):
            usable["speech" if track["kind"] == "speech" else "music"].append(
                corpus / track["path"]
            )
    rng = np.random.default_rng(seed)
    if even:
        speech = take_evenly(usable["speech"], packages, round(EVEN_SPEECH_SHARE * count), rng)
    else:
        speech = draw(usable["speech"], round(SPEECH_SHARE * count), rng)
    music = draw(usable["music"], count - len(speech), rng)
    chosen = [(path, "speech") for path in speech] + [(path, "music") for path in music]
    return draw(chosen, len(chosen), rng)


def draw(items: Sequence[Item], count: int, rng: np.random.Generator) -> list[Item]:
    """Draw so many, or all there are, in any order."""
    return [items[number] for number in rng.permutation(len(items))[:count]]


def take_evenly(
    recordings: Sequence[Path], packages: dict[Path, str], count: int, rng: np.random.Generator
) -> list[Path]:
    """Take so many recordings, one of each package in turn."""
    collections: dict[str, list[Path]] = {}
    for path in draw(recordings, len(recordings), rng):
        collections.setdefault(packages[path], []).append(path)
    turns = itertools.zip_longest(*collections.values())
    return [path for turn in turns for path in turn if path is not None][:count]


def gather(
    path: Path, material: str, kinds: Sequence[str], seed: tuple[int, int]
) -> dict[str, Examples]:
    """Describe what sticks out of one recording, for each classifier."""
    rng = np.random.default_rng(seed)
    sound, rate = excerpt(path, SECONDS)
    sound = with_hiss(sound, rng)
    return {
        name: DESCRIBED[name](sound, rate, np.random.default_rng(seed), material)
        for name in kinds
        if material in MATERIAL[name]
    }


def with_hiss(sound: Samples, rng: np.random.Generator) -> Samples:
    """Add the noise of tape or vinyl to some recordings."""
    if rng.uniform() >= HISS_SHARE:
        return sound
    level = np.sqrt(np.mean(sound**2)) * 10 ** (rng.uniform(*HISS_DB) / 20)
    return np.asarray(sound + level * rng.standard_normal(sound.shape), dtype=np.float32)


def with_clicks(
    sound: Samples, rate: int, rng: np.random.Generator, shares: Sequence[float]
) -> tuple[Samples, tuple[Damage, ...]]:
    """Plant clicks of one or several sorts and levels."""
    seconds = sound.shape[1] / rate
    damages: tuple[Damage, ...] = ()
    sort = rng.choice(len(shares), p=shares)
    for _ in range(3):
        count = max(1, int(seconds * rng.choice([0.3, 1.0, 3.0])))
        if sort == 0:
            level_db = float(rng.uniform(-40.0, 3.0))
            sound, more = plant_clicks(sound, rate, rng, level_db=level_db, count=count)
        elif sort == 1:
            sound, more = plant_vinyl_clicks(sound, rate, rng, count=count, level_db=VINYL_LEVEL_DB)
        elif sort == 3:
            sound, more = plant_mouth_bursts(
                sound, rate, rng, count=max(count // 2, 1), level_db=MOUTH_LEVEL_DB
            )
        else:
            sound, more = plant_mouth_clicks(
                sound,
                rate,
                rng,
                count=max(count // 2, 1),
                level_db=MOUTH_LEVEL_DB,
                lengths_ms=MOUTH_LENGTH_MS,
            )
        damages += more
    return sound, damages


def click_examples(sound: Samples, rate: int, rng: np.random.Generator, material: str) -> Examples:
    """Describe bursts of any sound, but for their contours; see `burst_examples`."""
    return burst_examples(sound, rate, rng, CLICK_SHARES[material])


def speech_click_examples(
    sound: Samples, rate: int, rng: np.random.Generator, material: str
) -> Examples:
    """Describe bursts of speech, their contours as well; see `burst_examples`."""
    del material
    return burst_examples(sound, rate, rng, SPEECH_CLICK_SHARES, contours=True)


def burst_examples(
    sound: Samples,
    rate: int,
    rng: np.random.Generator,
    shares: Sequence[float],
    *,
    contours: bool = False,
) -> Examples:
    """Describe bursts: 1 for a planted click, 0 for another, -1 for the echo of a click."""
    sound, damages = with_some_clicks(sound, rate, rng, shares)
    found = find_bursts(sound, [predict(row, rate) for row in sound], rate, contours=contours)
    return join_examples(
        [
            (bursts.features, label_bursts(bursts.peaks, damages, channel))
            for channel, bursts in enumerate(found)
        ]
    )


def evidence_examples(
    sound: Samples, rate: int, rng: np.random.Generator, material: str
) -> Examples:
    """Describe what the perceptrons do not rule out in speech; labels as in `burst_examples`."""
    del material
    sound, damages = with_some_clicks(sound, rate, rng, SPEECH_CLICK_SHARES)
    predictions = [predict(row, rate) for row in sound]
    examples = []
    for channel, bursts in enumerate(find_bursts(sound, predictions, rate, contours=True)):
        suspects = find_suspects(sound[channel], predictions[channel], bursts, rate)
        examples.append((suspects.features, label_bursts(suspects.peaks, damages, channel)))
    return join_examples(examples)


def with_some_clicks(
    sound: Samples, rate: int, rng: np.random.Generator, shares: Sequence[float]
) -> tuple[Samples, tuple[Damage, ...]]:
    """Plant clicks into most recordings, and round to 16 bits."""
    damages: tuple[Damage, ...] = ()
    if rng.uniform() > CLEAN_SHARE:
        sound, damages = with_clicks(sound, rate, rng, shares)
    return round_to_16_bits(sound), damages


def label_bursts(peaks: np.ndarray, damages: Sequence[Damage], channel: int) -> np.ndarray:
    """Return 1 for a planted click, 0 for another burst, -1 for the echo of a click."""
    labels = np.zeros(len(peaks))
    own = [damage for damage in damages if channel in damage.channels]
    for slack, label in ((CLICK_BLUR, -1.0), (CLICK_SLACK, 1.0)):
        for damage in own:
            low, high = damage.start_frame - slack, damage.end_frame + slack
            labels[(peaks >= low) & (peaks < high)] = label
    return labels


def dropout_examples(
    sound: Samples, rate: int, rng: np.random.Generator, material: str
) -> Examples:
    """Describe holes: 1 for a planted dropout, 0 for another, -1 for one that is near."""
    del material
    damages: tuple[Damage, ...] = ()
    if rng.uniform() < CLICKED_SHARE:
        level_db = float(rng.uniform(-20.0, 6.0))
        sound, _ = plant_clicks(sound, rate, rng, level_db=level_db, count=int(SECONDS))
    if rng.uniform() > CLEAN_SHARE:
        lengths_ms = (2.0, 100.0) if rng.uniform() < 0.5 else (20.0, 500.0)
        sound, damages = plant_dropouts(sound, rate, rng, lengths_ms=lengths_ms, count=int(SECONDS))
    sound = round_to_16_bits(sound)
    slack, blur = HOLE_SLACK_S * rate, HOLE_BLUR_S * rate
    examples = []
    for channel, found in enumerate(find_holes(sound, [predict(row, rate) for row in sound], rate)):
        labels = np.zeros(len(found.spans))
        for damage in damages:
            span = damage.start_frame, damage.end_frame
            if channel in damage.channels and damage.shape == "repeat":
                # found bit for bit, before a classifier sees what lies there
                labels[(found.spans[:, 1] > span[0]) & (found.spans[:, 0] < span[1])] = -1.0
            elif channel in damage.channels:
                off = np.abs(found.spans - span).max(axis=1, initial=0)
                labels[(off < blur) & (labels == 0)] = -1.0
                labels[off < slack] = 1.0
        examples.append((found.features, labels))
    return join_examples(examples)


def join_examples(examples: list[Examples]) -> Examples:
    """Put the examples of several channels together."""
    features, labels = zip(*examples, strict=True)
    return np.concatenate(features), np.concatenate(labels)


DESCRIBED = {
    "clicks": click_examples,
    "dropouts": dropout_examples,
    "speech_clicks": speech_click_examples,
    "speech_evidence": evidence_examples,
}
ALWAYS = ("clicks", "dropouts")
EVENLY = ("speech_clicks", "speech_evidence")


def fit_neighbours(chosen: Sequence[tuple[Path, str]], seed: int) -> dict[str, Any]:
    """Fit what the neighbours of a click say of it, in damaged and undamaged recordings."""
    rows, labels, alarms, seconds = [], [], [], 0.0
    for number, (path, material) in enumerate(chosen):
        rng = np.random.default_rng((seed, number))
        sound, rate = excerpt(path, UNDAMAGED_S)
        sound = with_hiss(sound, rng)
        part = sound[:, : round(SECONDS * rate)]
        for damaged, damages in ((sound, ()), with_clicks(part, rate, rng, CLICK_SHARES[material])):
            heard = round_to_16_bits(damaged)
            detections = find_clicks(heard, [predict(row, rate) for row in heard], rate)
            if detections:
                rows.append(describe_neighbours(detections, rate))
                labels.append([touches(detection, damages) for detection in detections])
            if material == "music" and not damages:
                alarms += [rows[-1]] if detections else []
                seconds += heard.shape[1] / rate
    inputs = torch.tensor(np.concatenate(rows), dtype=torch.float64)
    wanted = torch.tensor(np.concatenate(labels), dtype=torch.float64)
    layer = torch.nn.Linear(inputs.shape[1], 1, dtype=torch.float64)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=NEIGHBOUR_STEPS)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        off = torch.nn.functional.binary_cross_entropy_with_logits(layer(inputs)[:, 0], wanted)
        off.backward()
        return off

    optimiser.step(loss)
    weights = layer.weight.detach().numpy()[0]
    left = np.sort(limit_sure(np.concatenate(alarms)) @ weights)[::-1]
    threshold = left[min(round(NEIGHBOUR_ALARMS * seconds / 60), len(left) - 1)]
    kept = limit_sure(inputs.numpy()[wanted.numpy() == 1]) @ weights > threshold
    print(f"neighbours: {np.mean(kept):.3f} of the planted among the candidates")  # noqa: T201
    return {"weights": np.round(weights, 3).tolist(), "bias": round(-float(threshold), 3)}


def touches(detection: Detection, damages: Sequence[Damage]) -> bool:
    """Return whether a detection lies at one of the damages."""
    return any(
        detection.start_frame < damage.end_frame + CLICK_SLACK
        and detection.end_frame > damage.start_frame - CLICK_SLACK
        for damage in damages
    )


if __name__ == "__main__":
    raise SystemExit(main())
