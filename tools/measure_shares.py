"""Show how much of the network's answer a short gap should get, and of the classical one.

    python tools/measure_shares.py CORPUS [--split train] [--gaps 10,14,20,28,40,60] [--tracks 60]
        [--model FILE]

Gaps are cut into speech and music, one of each length a recording, and repaired by the classical
fill, by the network alone, by what lies between them in quarters, and as the engine does it.
Printed are, as Markdown, mean SNR and LSD in dB by kind, rate and length. Where the very same sound
is found elsewhere in the recording nothing is mixed, and the gap is left out.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, Patch
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import positives
from uasrm_core.errors import UasrmError
from uasrm_core.evaluation.benchmark import MonoSource, apply_damage, compare, figures
from uasrm_core.evaluation.places import Cut, random_cuts
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.inpainting import mix
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.training.corpus import Track, choose_tracks, read_index

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
SHORTEST_S = {"speech": 3.0, "music": 20.0}
# Frames of which the engine takes nothing, and everything, of the network's answer.
NOTHING, EVERYTHING = (1 << 29, 1 << 30), (1, 2)
FEWEST = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", choices=("train", "validation"), default="train")
    parser.add_argument("--tracks", type=int, default=60, help="of each kind")
    parser.add_argument("--gaps", type=positives, default=(10.0, 14.0, 20.0, 28.0, 40.0, 60.0))
    parser.add_argument("--model", type=Path, help="another than the one that ships")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    tracks = [track for track in read_index(args.corpus) if track.split == args.split]
    head = [*(f"{share:g}" for share in SHARES), "as it is done"]
    lines = [["", "Hz", "ms", "gaps", *head]]
    for kind, shortest_s in SHORTEST_S.items():
        rng = np.random.default_rng([args.seed, len(kind)])
        found = [track for track in tracks if track.kind == kind and track.duration_s > shortest_s]
        chosen = choose_tracks(found, args.tracks, rng)
        rows: dict[tuple[int, float], list[list[tuple[float, float]]]] = defaultdict(list)
        for track in chosen:
            for length_ms, measured in _measure(track, args.gaps, args.model, rng):
                rows[track.rate, length_ms].append(measured)
        for (rate, length_ms), gaps in sorted(rows.items()):
            if len(gaps) >= FEWEST:
                means = np.nanmean(np.array(gaps), axis=0)
                cells = [f"{snr:.1f} / {lsd:.2f}" for snr, lsd in means]
                lines.append([kind, str(rate), f"{length_ms:g}", str(len(gaps)), *cells])
    print(format_markdown(lines))  # noqa: T201


def _measure(
    track: Track, gaps_ms: tuple[float, ...], model: Path | None, rng: np.random.Generator
) -> Iterator[tuple[float, list[tuple[float, float]]]]:
    """Yield for each length SNR and LSD by every share, and as the engine does it."""
    clip = AudioClip(MonoSource(api.open_clip(track.path)))
    try:
        cuts = random_cuts(clip, gaps_ms, count=1, rng=rng)
    except UasrmError:
        return
    for cut in cuts:
        broken = apply_damage(clip, cut)
        with _taking(*NOTHING):
            classical = _patch(broken, cut, model)
        with _taking(*EVERYTHING):
            learnt = _patch(broken, cut, model)
        done = _patch(broken, cut, model)
        if classical is None or learnt is None or done is None:
            continue
        apart = learnt.samples - classical.samples
        if not np.any(apart):
            continue
        patches = [replace(classical, samples=classical.samples + s * apart) for s in SHARES]
        values = [
            figures(compare(clip, broken, broken.with_patch(patch), cut), ("snr", "lsd"))
            for patch in (*patches, done)
        ]
        yield cut.length_ms, [(value["snr"], value["lsd"]) for value in values]


@contextmanager
def _taking(classical_frames: int, learnt_frames: int) -> Iterator[None]:
    before = mix.PREDICTED_FRAMES, mix.LEARNT_FRAMES
    mix.PREDICTED_FRAMES, mix.LEARNT_FRAMES = classical_frames, learnt_frames
    try:
        yield
    finally:
        mix.PREDICTED_FRAMES, mix.LEARNT_FRAMES = before


def _patch(broken: AudioClip, cut: Cut, model: Path | None) -> Patch | None:
    region = Region(cut.start_frame, cut.end_frame)
    (outcome,) = api.repair(RepairJob(broken, (region,), "unet", model)).outcomes
    return outcome.candidates[0].patch if outcome.candidates else None


if __name__ == "__main__":
    main()
