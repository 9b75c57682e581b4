"""Show how far a model should reach to interpolate a short gap, by how steady the sound is.

    python tools/measure_prediction.py CORPUS [--split train] [--gaps 3,6,20,50] [--tracks 40]

Gaps are cut into music, and into speech, and filled by least squares with models of several orders,
each learnt from four times as many frames on both sides as it has coefficients (counted at 44.1
kHz), and as the engines fill them. Printed are, as Markdown, mean SNRs in dB: by kind and length,
and by how steady the sound is about the gap.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core.cli.arguments import positives
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.interpolation.fills import (
    best_fill,
    interpolation_of,
    one_blas_thread,
    steadiness_about,
)
from uasrm_core.metrics.distances import snr_db
from uasrm_core.training.corpus import Track, read_index

ORDERS = (2048, 1448, 1024, 724, 512, 362, 256)
PLACES = 3
MARGIN_S = 0.4
QUIETEST_RMS = 0.01
STEADINESS = (0.0, 0.86, 0.88, 0.9, 0.92, 0.94, 0.96, 1.1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", choices=("train", "validation"), default="train")
    parser.add_argument("--tracks", type=int, default=40, help="of each kind")
    parser.add_argument("--gaps", type=positives, default=(3.0, 6.0, 20.0, 50.0), metavar="MS,…")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    tracks = [track for track in read_index(args.corpus) if track.split == args.split]
    head = [*(f"order {order}" for order in ORDERS), "as it is done"]
    lines = [["gaps", "ms", "number", *head]]
    everything = []
    for length_ms in args.gaps:
        for kind in ("music", "speech"):
            rng = np.random.default_rng([args.seed, len(kind)])
            chosen = [track for track in tracks if track.kind == kind and track.duration_s > 3.0]
            places = _places(chosen, args.tracks, length_ms, rng)
            found = np.array([_measure(*place) for place in places])
            everything.append(found)
            lines.append([kind, f"{length_ms:g}", str(len(found)), *_means(found)])
    found = np.concatenate(everything)
    for low, high in pairwise(STEADINESS):
        inside = found[(found[:, 0] >= low) & (found[:, 0] < high)]
        if len(inside):
            lines.append([f"{low:g}–{min(high, 1.0):g}", "all", str(len(inside)), *_means(inside)])
    print(format_markdown(lines))  # noqa: T201


def _places(
    tracks: list[Track], most: int, length_ms: float, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, int, int, int]]:
    """Yield sound of one channel with the bounds of a gap in it, and its rate."""
    by_package: dict[str, int] = {}
    packages = len({track.package for track in tracks})
    for index in rng.permutation(len(tracks)):
        track = tracks[index]
        if by_package.get(track.package, 0) > most // packages:
            continue
        by_package[track.package] = by_package.get(track.package, 0) + 1
        frames, margin = round(length_ms * track.rate / 1000), round(MARGIN_S * track.rate)
        try:
            sound = soundfile.read(track.path, always_2d=True)[0].mean(axis=1)
        except soundfile.LibsndfileError as error:
            print(f"{track.path}: {error}", file=sys.stderr)  # noqa: T201
            continue
        starts = rng.integers(margin, max(len(sound) - margin - frames, margin + 1), size=20)
        loud = [s for s in starts if np.std(sound[s : s + frames]) > QUIETEST_RMS]
        for start in loud[:PLACES]:
            part = sound[start - margin : start + frames + margin]
            yield part, margin, margin + frames, track.rate


def _measure(sound: np.ndarray, start: int, end: int, rate: int) -> list[float]:
    """Return how steady the sound is, and the SNR by each order and as the engines do it."""
    damaged = sound.copy()
    damaged[start:end] = 0.0
    gap = start, end, rate
    with one_blas_thread():
        filled = [interpolation_of(damaged, *gap, order).missing for order in ORDERS]
    filled.append(best_fill(damaged.astype(np.float32), *gap))
    clean = sound[None, start:end]
    return [
        steadiness_about(damaged, *gap),
        *(snr_db(clean, fill[None], 0, end - start) for fill in filled),
    ]


def _means(found: np.ndarray) -> list[str]:
    return [f"{value:.1f}" for value in found[:, 1:].mean(axis=0)]


if __name__ == "__main__":
    main()
