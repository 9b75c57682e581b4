"""Measure how well steadiness tells speech from music, on the recordings of a corpus.

    python tools/measure_steadiness.py CORPUS

One place of 0.3 s a recording, and 0.5 s on each side of it, as `guesses.choose_take` hears them.
Printed is, as Markdown, which share of speech and of music lies below a threshold: what is below
`mix.DRAWN_BELOW_STEADINESS` gets a take where nobody asks for one.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core.evaluation.places import AUDIBLE_RMS
from uasrm_core.inpainting.guesses import HEARD_S
from uasrm_core.spectral.texture import steadiness
from uasrm_core.training.corpus import Track, read_index

GAP_S = 0.3
THRESHOLDS = (0.84, 0.86, 0.87, 0.88, 0.89, 0.90, 0.91, 0.92, 0.94)
# Recordings of each voice, and of each package of music.
TAKEN = {"speech": 2, "music": 12}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    tracks = read_index(parser.parse_args().corpus)
    rng = np.random.default_rng(1)
    found = {kind: steadiness_of(tracks, kind, count, rng) for kind, count in TAKEN.items()}
    heads = (f"{kind} below ({len(values)} places)" for kind, values in found.items())
    lines = [f"| threshold | {' | '.join(heads)} |", "|---:|---:|---:|"]
    for threshold in THRESHOLDS:
        shares = (f"{100 * np.mean(values < threshold):.0f} %" for values in found.values())
        lines.append(f"| {threshold:.2f} | {' | '.join(shares)} |")
    print("\n".join(lines))  # noqa: T201


def steadiness_of(
    tracks: tuple[Track, ...], kind: str, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the steadiness about a place of some recordings of every voice or package."""
    groups = defaultdict(list)
    for track in tracks:
        if track.kind == kind and track.duration_s > 2 * HEARD_S + GAP_S:
            groups[track.voice or track.package].append(track)
    values = []
    for group in groups.values():
        for number in rng.permutation(len(group))[:count]:
            sound = read_place(group[number], rng)
            side = round(HEARD_S * group[number].rate)
            if np.sqrt(np.mean(np.square(sound))) >= AUDIBLE_RMS:
                values.append(steadiness([sound[:side], sound[-side:]], group[number].rate))
    return np.array(values)


def read_place(track: Track, rng: np.random.Generator) -> np.ndarray:
    """Return a random place of a recording with both sides of it, mixed to mono."""
    frames = round((2 * HEARD_S + GAP_S) * track.rate)
    with soundfile.SoundFile(track.path) as file:
        file.seek(int(rng.integers(0, track.frames - frames)))
        return file.read(frames, dtype="float32", always_2d=True).mean(axis=1)


if __name__ == "__main__":
    main()
