"""Show from which correlation on a copy of an exemplar is better than the network's fill.

    python tools/fit_copies.py CORPUS [--split train] [--gaps 30,100,300] [--tracks 60] [--seed 0]
        [--rows ROWS.jsonl]

Gaps are cut into music and speech, one of each length a recording. Where the surroundings of the
best exemplar correlate with the gap's by `LEAST` or more, the gap is repaired by the copy and
without it. Printed are, as Markdown, SNR and LSD in dB of both by ranges of correlation, and the
means over all these gaps by the threshold that would be set (`mix.REPEAT_CORRELATION`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import positives
from uasrm_core.errors import RepairError, UasrmError
from uasrm_core.evaluation.benchmark import MonoSource, apply_damage, compare, figures
from uasrm_core.evaluation.places import Cut, random_cuts
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.inpainting import guesses
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.training.corpus import Track, choose_tracks, read_index

LEAST = 0.9
THRESHOLDS = (LEAST, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998)
SHORTEST_S = {"speech": 10.0, "music": 20.0}
Row = dict[str, Any]


def main() -> None:
    """Measure what was not measured before, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", choices=("train", "validation"), default="train")
    parser.add_argument("--gaps", type=positives, default=(30.0, 100.0, 300.0))
    parser.add_argument("--tracks", type=int, default=60, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=Path, help="keep the figures here, and go on from them")
    args = parser.parse_args()
    rows: list[Row] = []
    if args.rows is not None and args.rows.exists():
        rows = [json.loads(line) for line in args.rows.read_text().splitlines()]
    done = {row["file"] for row in rows}
    tracks = [track for track in read_index(args.corpus) if track.split == args.split]
    for kind, shortest_s in SHORTEST_S.items():
        rng = np.random.default_rng([args.seed, len(kind)])
        found = [track for track in tracks if track.kind == kind and track.duration_s > shortest_s]
        for track in choose_tracks(found, args.tracks, rng):
            if str(track.path) in done:
                continue
            for row in measure(track, args.gaps, args.seed):
                rows.append(row)
                if args.rows is not None:
                    with args.rows.open("a") as stream:
                        stream.write(json.dumps(row) + "\n")
    copied = [row for row in rows if "copy" in row]
    print(f"{len(rows)} gaps, {len(copied)} of them with an exemplar that correlates by {LEAST}\n")  # noqa: T201
    print(format_markdown(by_range(copied)), format_markdown(by_threshold(copied)), sep="\n\n")  # noqa: T201


def measure(track: Track, gaps_ms: tuple[float, ...], seed: int) -> Iterator[Row]:
    """Yield each gap's correlation, and figures with and without the copy where it may be one."""
    clip = AudioClip(MonoSource(api.open_clip(track.path)))
    try:
        cuts = random_cuts(clip, gaps_ms, count=1, rng=np.random.default_rng(seed))
    except UasrmError:
        return
    for cut in cuts:
        row: Row = {"file": str(track.path), "kind": track.kind, "ms": cut.length_ms}
        heard: list[float] = []

        def refuse(correlation: float, heard: list[float] = heard) -> bool:
            heard.append(correlation)
            if correlation < LEAST:
                raise RepairError("Nothing that comes again.")
            return False

        without = of_network(clip, cut, refuse)
        row["correlation"] = heard[0] if heard else 0.0
        with_copy = of_network(clip, cut, lambda _: True) if without else None
        # the same where the prediction is sure of itself
        if without and with_copy and without != with_copy:
            row |= {"network": without, "copy": with_copy}
        yield row


def of_network(
    clip: AudioClip, cut: Cut, is_repeat: Callable[[float], bool]
) -> tuple[float, float] | None:
    """Return SNR and LSD of the network's engine by a rule for copies."""
    broken, region = apply_damage(clip, cut), Region(cut.start_frame, cut.end_frame)
    with mock.patch.object(guesses, "is_repeat", is_repeat):
        (outcome,) = api.repair(RepairJob(broken, (region,), "unet")).outcomes
    if not outcome.candidates:
        return None
    mended = broken.with_patch(outcome.candidates[0].patch)
    found = figures(compare(clip, broken, mended, cut), ("snr", "lsd"))
    return found["snr"], found["lsd"]


def by_range(rows: list[Row]) -> list[list[str]]:
    """Return the cells by ranges of correlation, of which the first row is the head."""
    lines = [["correlation", "gaps", "network", "copy", "nearer by copy"]]
    for low, high in pairwise((*THRESHOLDS, 2.0)):
        inside = [row for row in rows if low <= row["correlation"] < high]
        if not inside:
            continue
        network, copy = (np.array([row[name] for row in inside]) for name in ("network", "copy"))
        nearer = np.mean(copy[:, 0] > network[:, 0])
        cells = [_format(values) for values in (network, copy)]
        lines.append([f"from {low:g}", str(len(inside)), *cells, f"{100 * nearer:.0f} %"])
    return lines


def by_threshold(rows: list[Row]) -> list[list[str]]:
    """Return the cells of the table by thresholds, of which the first row is the head."""
    lines = [["threshold", "copied", "SNR / LSD over all of these gaps"]]
    for threshold in (*THRESHOLDS, 2.0):
        copied = [row["correlation"] >= threshold for row in rows]
        values = [
            row["copy" if is_copied else "network"]
            for row, is_copied in zip(rows, copied, strict=True)
        ]
        name = "never" if threshold > 1 else f"{threshold:g}"
        lines.append([name, str(sum(copied)), _format(np.array(values))])
    return lines


def _format(values: np.ndarray) -> str:
    snr, lsd = np.nanmean(values, axis=0)
    return f"{snr:.2f} / {lsd:.2f}"


if __name__ == "__main__":
    main()
