r"""Measure what fitting the network to a recording brings, on gaps that it did not learn from.

    python tools/measure_adaptation.py --corpus DIR --split train --tracks 4 \
        --fit all:2e-4:60 --fit norms:2e-3:60

For every recording, mixed to one channel, the same gaps in its intact sound are learnt from and
tried, once for each ``LAYERS:RATE:STEPS``. Printed are LSD and SNR of the network as it is, and by
how much each fit comes nearer, over short (up to 120 ms) and long gaps; and by how much on the gaps
that were learnt from. With ``--control``, the first fit is also made from the recording before:
what that brings has nothing to do with the recording at hand.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.evaluation.benchmark import MonoSource
from uasrm_core.inpainting.adapt import EXAMPLES, SEED, collect, load_learner
from uasrm_core.inpainting.examples import Batch
from uasrm_core.inpainting.finetune import AdaptSettings, finetune, measure_distances
from uasrm_core.progress import Progress
from uasrm_core.training.corpus import read_index

LEAST_S = 20.0
# Gaps of more frames, at the rate of the network, are shown as long ones.
LONG_FRAMES = 1760


@dataclass(frozen=True)
class Fit:
    """One way to adapt, as it was asked for."""

    name: str
    settings: AdaptSettings


def main() -> None:
    """Measure and print as it goes."""
    args = _parser().parse_args()
    torch.set_num_threads(args.threads)
    _, network = load_learner(args.model)
    gained: dict[str, list[np.ndarray]] = {fit.name: [] for fit in args.fit}
    is_long: list[np.ndarray] = []
    others: tuple[Batch, ...] = ()
    for path in _recordings(args):
        clip = _mono(path)
        began = time.process_time()
        found = collect(
            clip,
            (),
            network,
            Progress(),
            about=clip.frames // 2,
            examples=EXAMPLES,
            trials=args.trials,
        )
        spent = time.process_time() - began
        counts = f"{len(found.examples)} learnt from, {len(found.trials)} trials"
        print(f"\n{path.parent.name}/{path.name}: {counts}, {spent:.0f} s of work", flush=True)  # noqa: T201
        if not found.examples:
            continue
        is_long.append(_is_long(found.trials))
        before = measure_distances(network.module, found.trials, Progress())
        learnt = measure_distances(network.module, found.examples[:12], Progress())
        print("  as it is   ", _levels(before, is_long[-1]), flush=True)  # noqa: T201
        if args.control and others:
            rng = np.random.default_rng(SEED)
            stranger = finetune(network.module, others, args.fit[0].settings, rng, Progress())
            gain = measure_distances(stranger, found.trials, Progress()) - before
            print(f"  {'another recording':<18}{_levels(gain, is_long[-1])}", flush=True)  # noqa: T201
        others = found.examples
        for fit in args.fit:
            began = time.process_time()
            rng = np.random.default_rng(SEED)
            model = finetune(network.module, found.examples, fit.settings, rng, Progress())
            spent = time.process_time() - began
            gained[fit.name].append(measure_distances(model, found.trials, Progress()) - before)
            own = measure_distances(model, found.examples[:12], Progress()) - learnt
            line = f"  {fit.name:<18}{_levels(gained[fit.name][-1], is_long[-1])}"
            print(f"{line}   learnt {own[:, 0].mean():+.2f}   {spent:.0f} s of work", flush=True)  # noqa: T201
    print("\nall recordings, LSD and SNR less those as it is")  # noqa: T201
    for name, rows in gained.items():
        if rows:
            print(f"  {name:<18}{_levels(np.concatenate(rows), np.concatenate(is_long))}")  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clean", nargs="*", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--split", default="train")
    parser.add_argument("--kind", default="music")
    parser.add_argument("--tracks", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--fit", type=_fit, action="append", required=True)
    return parser


def _fit(text: str) -> Fit:
    layers, rate, steps = text.split(":")
    settings = AdaptSettings(layers=layers, steps=int(steps))
    peak = float(rate)
    return Fit(
        text, replace(settings, fit=replace(settings.fit, peak_rate=peak, final_rate=peak / 20))
    )


def _recordings(args: argparse.Namespace) -> list[Path]:
    if args.corpus is None:
        return list(args.clean)
    found = [
        track.path
        for track in read_index(args.corpus)
        if (track.split, track.kind) == (args.split, args.kind) and track.duration_s >= LEAST_S
    ]
    rng = np.random.default_rng(args.seed)
    return [*args.clean, *(found[i] for i in rng.permutation(len(found))[: args.tracks])]


def _mono(path: Path) -> AudioClip:
    clip = api.open_clip(path)
    return clip if clip.channels == 1 else AudioClip(MonoSource(clip))


def _is_long(trials: tuple[Batch, ...]) -> np.ndarray:
    return np.array([float(trial.given.gap.sum()) > LONG_FRAMES for trial in trials])


def _levels(rows: np.ndarray, is_long: np.ndarray) -> str:
    parts = []
    for name, chosen in (("short", ~is_long), ("long", is_long)):
        if chosen.any():
            lsd, snr = rows[chosen].mean(axis=0)
            parts.append(f"{name} {lsd:+6.2f} {snr:+6.2f} ({chosen.sum()})")
    return "   ".join(parts)


if __name__ == "__main__":
    main()
