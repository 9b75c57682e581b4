"""Fit what tells speech from music, and measure it on recordings that it was not fitted on.

    python tools/fit_speech.py CORPUS [--also NAME FOLDER]…

Places of 0.3 s with 2 s on each side of them, as `kind.is_speech` hears them: some of every
voice and of every package of music in the training part, half of them varied as in training
(`training.augmentation`). Every package counts the same within its kind. Printed are the weights
for `spectral.speech`, and as Markdown, which share of places is taken for speech: in the training
part by weights that were fitted on other voices and recordings, in the part kept aside, and in
other folders of recordings.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from uasrm_core.evaluation.places import AUDIBLE_RMS
from uasrm_core.inpainting.kind import HEARD_S, SPEECH_FROM
from uasrm_core.spectral.speech import SpeechFeatures, speech_features
from uasrm_core.training.augmentation import augment
from uasrm_core.training.corpus import Track, read_index
from uasrm_core.training.settings import DataSettings, KindSettings

GAP_S = 0.3
LEAST_SIDE_S = 0.5
PARTS = 5
# Places of each voice or package of the training part, of each recording that is kept aside, and of
# each folder.
FITTED = {"speech": 6, "music": 60}
HELD_OUT = {"speech": 2, "music": 8}
ALSO = 120
SUFFIXES = (".ogg", ".wav", ".flac")

Vector = npt.NDArray[np.float64]
Fit = tuple[Vector, float]


@dataclass(frozen=True)
class Place:
    """What was heard about a place.

    Attributes
    ----------
    source
        The voice or recording that it is from: nothing that is fitted on one is asked about it.
    """

    features: tuple[float, ...]
    is_speech: bool
    package: str
    source: str


def main() -> None:
    """Fit, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--also", nargs=2, action="append", default=[], metavar=("NAME", "FOLDER"))
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    tracks = [track for track in read_index(arguments.corpus) if track.kind in FITTED]
    learnt = measure_training([track for track in tracks if track.split == "train"], rng)
    weights, bias = fit(learnt)
    odds = cross_validate(learnt, rng)
    auc = roc_auc_score([p.is_speech for p in learnt], odds, sample_weight=counts_of(learnt))
    names = (field.name for field in fields(SpeechFeatures))
    told = ", ".join(f"{name}={weight:.3f}" for name, weight in zip(names, weights, strict=True))
    rows = []
    for kind in FITTED:
        chosen = [place.is_speech == (kind == "speech") for place in learnt]
        rows.append((f"{kind}, training part", odds[chosen]))
    for kind in HELD_OUT:
        kept = [track for track in tracks if track.split != "train" and track.kind == kind]
        rows.append((f"{kind}, kept aside", score(measure_held_out(kept, rng), weights, bias)))
    for name, folder in arguments.also:
        rows.append((name, score(measure_folder(Path(folder), rng), weights, bias)))
    print(f"WEIGHTS = SpeechFeatures({told})\nBIAS = {bias:.3f}\nAUC {auc:.3f}\n")  # noqa: T201
    print(format_shares(rows))  # noqa: T201


def measure_training(tracks: Sequence[Track], rng: np.random.Generator) -> list[Place]:
    """Return places of every voice and package of music, half of them varied."""
    groups = defaultdict(list)
    for track in tracks:
        if track.duration_s > 2 * LEAST_SIDE_S + GAP_S:
            groups[track.kind, track.package, track.voice].append(track)
    places = []
    for (kind, package, voice), group in groups.items():
        for number in range(FITTED[kind]):
            path = group[int(rng.integers(len(group)))].path
            chances = DataSettings().of(kind) if number % 2 else None
            heard = measure_place(path, rng, chances)
            if heard is not None:
                places.append(Place(heard, kind == "speech", package, voice or str(path)))
    return places


def measure_held_out(tracks: Sequence[Track], rng: np.random.Generator) -> list[tuple[float, ...]]:
    """Return what is heard about places of recordings that are kept aside."""
    places = [
        measure_place(track.path, rng)
        for track in tracks
        if track.duration_s > 2 * LEAST_SIDE_S + GAP_S
        for _ in range(HELD_OUT[track.kind])
    ]
    return [place for place in places if place is not None]


def measure_folder(folder: Path, rng: np.random.Generator) -> list[tuple[float, ...]]:
    """Return what is heard about places in any recordings of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)
    chosen = rng.choice(len(files), ALSO, replace=len(files) < ALSO)
    places = [measure_place(files[number], rng) for number in chosen]
    return [place for place in places if place is not None]


def measure_place(
    path: Path, rng: np.random.Generator, chances: KindSettings | None = None
) -> tuple[float, ...] | None:
    """Return the features about a random place of a recording, or None where there is no sound."""
    with soundfile.SoundFile(path) as file:
        rate = file.samplerate
        side, gap = (round(seconds * rate) for seconds in (HEARD_S, GAP_S))
        least = round(LEAST_SIDE_S * rate)
        if file.frames < 2 * least + gap:
            return None
        start = int(rng.integers(least, file.frames - gap - least + 1))
        low, high = max(start - side, 0), min(start + gap + side, file.frames)
        file.seek(low)
        sound = file.read(high - low, dtype="float32", always_2d=True).mean(axis=1)
    lost = sound[start - low : start - low + gap]
    if np.sqrt(np.mean(np.square(lost))) < AUDIBLE_RMS:
        return None
    sides = [sound[: start - low], sound[start - low + gap :]]
    if chances is not None:
        sides = [augment(part, rate, chances, rng) for part in sides]
    found = speech_features(sides, rate)
    return None if found is None else astuple(found)


def counts_of(places: Sequence[Place]) -> Vector:
    """Return how much each place counts: packages the same within a kind, both kinds the same."""
    sizes = Counter((place.is_speech, place.package) for place in places)
    packages = Counter(is_speech for is_speech, _ in sizes)
    counts = [
        1 / sizes[place.is_speech, place.package] / packages[place.is_speech] for place in places
    ]
    return np.array(counts) * len(places) / sum(counts)


def fit(places: Sequence[Place]) -> Fit:
    """Return the weights of the features and what is added, of a logistic regression."""
    values = np.array([place.features for place in places])
    centre, spread = values.mean(axis=0), values.std(axis=0)
    model = LogisticRegression(max_iter=1000)
    model.fit((values - centre) / spread, [p.is_speech for p in places], counts_of(places))
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - weights @ centre)


def score(features: Sequence[tuple[float, ...]], weights: Vector, bias: float) -> Vector:
    """Return the logarithm of the odds that places are in speech."""
    return np.asarray(np.array(features) @ weights + bias)


def cross_validate(places: Sequence[Place], rng: np.random.Generator) -> Vector:
    """Return the odds of places by weights that were fitted on other voices and recordings."""
    sources = sorted({place.source for place in places})
    part_of = dict(zip(sources, rng.permutation(len(sources)) % PARTS, strict=True))
    parts = np.array([part_of[place.source] for place in places])
    odds = np.zeros(len(places))
    for part in range(PARTS):
        weights, bias = fit([p for p, own in zip(places, parts, strict=True) if own != part])
        asked = [p.features for p, own in zip(places, parts, strict=True) if own == part]
        odds[parts == part] = score(asked, weights, bias)
    return odds


def format_shares(rows: Sequence[tuple[str, Vector]]) -> str:
    """Return the table."""
    thresholds = sorted({0.2, SPEECH_FROM, 0.5, 0.7})
    heads = " | ".join(f"from {threshold:.1f}" for threshold in thresholds)
    lines = [f"| taken for speech | places | {heads} |", "|---|" + "---:|" * (1 + len(thresholds))]
    for name, odds in rows:
        shares = (np.mean(odds >= np.log(at / (1 - at))) for at in thresholds)
        told = " | ".join(f"{100 * share:.0f} %" for share in shares)
        lines.append(f"| {name} | {len(odds)} | {told} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
