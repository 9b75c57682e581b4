"""Measure repairs of sounds over the programme: ``python tools/measure_noises.py RECORDING…``.

At places where something sounds, a cough (noise of 300 to 3000 Hz), a telephone, noise of all
frequencies or nothing is laid over it for 300 ms, and an engine repairs a box around it, or all
frequencies for 50 ms more on each side, as a hand drags over it. Prints a table in Markdown: SNR
over the 300 ms before and after, by how much it came nearer, and in how many places it came to be
farther, or the sound was left as it was bit for bit.
"""

from __future__ import annotations

import argparse
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.audio.synthetic_noises import band_noise
from uasrm_core.evaluation.benchmark import MonoSource
from uasrm_core.evaluation.boxes import KINDS, BoxKind, lay_over
from uasrm_core.evaluation.places import random_cuts
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.metrics.distances import snr_db

LENGTH_MS = 300.0
DRAGGED_S = 0.05
FARTHER_DB = 0.1
WIDE_HZ = (100.0, 7000.0)
# What is laid over the sound, and the box around it.
SOUNDS = {
    "cough": KINDS["cough"],
    "telephone": KINDS["ring"],
    "noise": BoxKind(WIDE_HZ, lambda frames, rate, rng: band_noise(frames, rate, WIDE_HZ, rng)),
    "nothing": KINDS["nothing"],
}


@dataclass(frozen=True)
class Row:
    """What came of one repair: SNR in dB, and whether nothing was changed."""

    what: str
    before: float
    after: float
    is_left_alone: bool


def main() -> None:
    """Lay over, repair, print."""
    parser = argparse.ArgumentParser(description="Measure repairs of sounds over the programme.")
    parser.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING")
    parser.add_argument("--sounds", nargs="+", choices=list(SOUNDS), default=list(SOUNDS))
    parser.add_argument(
        "--levels", nargs="+", type=float, default=[0.0], help="in dB over the programme (0)"
    )
    parser.add_argument("--places", type=int, default=2, help="in each recording (2)")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--only", choices=("box", "all"), help="one of both sorts of regions")
    args = parser.parse_args()
    rows = [row for file in args.recordings for row in measure(file, args)]
    print(format_table(rows))  # noqa: T201


def measure(file: Path, args: argparse.Namespace) -> Iterator[Row]:
    """Yield what came of each repair in a recording."""
    clip = AudioClip(MonoSource(api.open_clip(file)))
    rng = np.random.default_rng(zlib.crc32(file.name.encode()))
    margin = round(DRAGGED_S * clip.rate)
    for cut in random_cuts(clip, (LENGTH_MS,), count=args.places, rng=rng):
        span = cut.start_frame, cut.end_frame
        for name in args.sounds:
            kind = SOUNDS[name]
            regions = {
                "box": Region(*span, *kind.band_hz),
                "all": Region(max(span[0] - margin, 0), min(span[1] + margin, clip.frames)),
            }
            for level_db in args.levels if name != "nothing" else [-np.inf]:
                sound = kind.sound(span[1] - span[0], clip.rate, np.random.default_rng(span[0]))
                damaged = lay_over(clip, span[0], sound, 10 ** (level_db / 20))
                for marked, region in regions.items():
                    if args.only in (None, marked):
                        what = name if name == "nothing" else f"{name}, {level_db:+g} dB"
                        yield repair(f"{what}, {marked}", clip, damaged, region, span, args.engine)


def repair(
    what: str,
    clean: AudioClip,
    damaged: AudioClip,
    region: Region,
    span: tuple[int, int],
    engine: str,
) -> Row:
    """Return what came of one repair."""
    (outcome,) = api.repair(RepairJob(damaged, (region,), engine)).outcomes
    patch = outcome.candidates[0].patch
    repaired = damaged.with_patch(patch)
    before, after = (
        snr_db(clean.read(*span), sound.read(*span), 0, span[1] - span[0])
        for sound in (damaged, repaired)
    )
    heard = damaged.read(patch.start_frame, patch.end_frame, patch.channels)
    return Row(what, before, after, np.array_equal(heard, patch.samples))


def format_table(rows: list[Row]) -> str:
    """Return a row for each sound, level and sort of region."""
    by_what: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_what[row.what].append(row)
    lines = [
        "| what, marked as | places | SNR before | after | nearer by, median | least | farther | "
        "left alone |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for what, own in sorted(by_what.items()):
        gains = np.array([row.after - row.before for row in own])
        before, after = (
            np.mean([getattr(row, name) for row in own]) for name in ("before", "after")
        )
        lines.append(
            f"| {what} | {len(own)} | {before:.1f} | {after:.1f} | {np.median(gains):.1f} | "
            f"{gains.min():.1f} | {np.sum(gains < -FARTHER_DB)} | "
            f"{sum(row.is_left_alone for row in own)} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
