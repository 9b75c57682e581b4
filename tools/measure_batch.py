"""Measure how a batch scales: ``python tools/measure_batch.py RECORDING… --files 8``.

Cuts pieces of recordings, plants clicks and dropouts, and repairs them with `uasrm batch` in one
process, and with one and more workers. Prints for each

- the sum of the recordings' times against the wall time: how many recordings are in work at a time;
- the time of processor: of the recordings, of a batch of one recording of a second, and of each
  further recording of a second, which is what a recording costs whatever its length.

A busy machine makes recordings and batch slower alike, so these figures hold there, too.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prove_batch import children_s, make

SHORT_S = 1.0


@dataclass(frozen=True)
class Run:
    """One run of a batch: wall time, time of processor, and the sum of its recordings' times."""

    wall_s: float
    processor_s: float
    work_s: float


def main() -> None:
    """Make recordings, repair them with different numbers of workers, and print a table."""
    parser = argparse.ArgumentParser(description="Measure how a batch scales.")
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    parser.add_argument("--files", type=int, default=8, metavar="N")
    parser.add_argument("--seconds", type=float, nargs=2, default=(60.0, 60.0), metavar="S")
    parser.add_argument("--short-files", type=int, default=40, metavar="N", help="of one second")
    parser.add_argument("--workers", type=int, nargs="+", default=(0, 1, 2), metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    print("| workers | in work at a time | wall, s | processor, s | start, s | a file, s |")  # noqa: T201
    print("|---:|---:|---:|---:|---:|---:|")  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="uasrm-batch-", dir="/var/tmp") as name:
        folder = Path(name)
        make(folder / "long", options)
        options.files, options.seconds = options.short_files, (SHORT_S, SHORT_S)
        make(folder / "short", options)
        first = min((folder / "short").rglob("*.wav"))
        for workers in options.workers:
            long = run([folder / "long"], folder / "out", workers)
            one = run([first], folder / "out", workers)
            many = run([folder / "short"], folder / "out", workers)
            each = (many.processor_s - one.processor_s) / max(options.short_files - 1, 1)
            print(  # noqa: T201
                f"| {workers or 'none'} | {long.work_s / long.wall_s:.2f} | {long.wall_s:.1f} "
                f"| {long.processor_s:.1f} | {one.processor_s:.1f} | {each:.2f} |",
                flush=True,
            )


def run(inputs: Sequence[Path], target: Path, workers: int) -> Run:
    """Run a batch into a new folder, which is removed again."""
    words = ["batch", *map(str, inputs), "-o", str(target), "--kind", "clicks,dropouts"]
    words += ["--workers", str(workers)] if workers else []
    began, before = time.monotonic(), children_s()
    subprocess.run(
        [sys.executable, "-m", "uasrm_core.cli.main", *words], check=True, stdout=subprocess.DEVNULL
    )
    wall, processor = time.monotonic() - began, children_s() - before
    with (target / "summary.csv").open(newline="") as file:
        work = sum(float(row["seconds_taken"]) for row in csv.DictReader(file))
    shutil.rmtree(target)
    return Run(wall, processor, work)


if __name__ == "__main__":
    main()
