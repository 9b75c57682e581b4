"""Compare two versions of the program: start, memory, time and quality of repairs, in one run.

    python tools/compare_versions.py OTHER [--rounds 3] [--rows ROWS.jsonl]

OTHER is a checkout of the other version (`git worktree add --detach OTHER COMMIT`). Both versions
repair gaps in the bundled recording from the command line, in turn, each in a process of its own.
Printed are, as Markdown, the medians of processor seconds and of the anonymous memory that a
process has at its end, and SNR and LSD of what was repaired. Processor seconds rather than time, so
that other work on the machine does not count. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from uasrm_core import api
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.metrics.distances import lsd_db, snr_db
from uasrm_core.resources import resource

CALL = """
import atexit, re, sys
from pathlib import Path

@atexit.register
def tell():
    status = Path("/proc/self/status").read_text()
    Path(sys.argv.pop(1)).write_text(re.search(r"RssAnon:\\s+(\\d+)", status)[1])

own = sys.argv.pop(1)
from uasrm_core.cli.main import main
code = main()
sys.argv.insert(1, own)
sys.exit(code)
"""
HERE = Path(__file__).resolve().parent.parent
# Name, the start of the gap and its end in seconds, and the engine; no engine for the bare start.
TASKS: tuple[tuple[str, float, float, str], ...] = (
    ("start alone (info)", 0.0, 0.0, ""),
    ("ar, 20 ms", 3.0, 3.02, "ar"),
    ("unet, 100 ms", 5.0, 5.1, "unet"),
    ("unet, 500 ms", 7.0, 7.5, "unet"),
    ("similarity, 200 ms", 9.0, 9.2, "similarity"),
    ("auto, 100 ms", 4.0, 4.1, "auto"),
)


@dataclass(frozen=True)
class Row:
    """One process.

    Attributes
    ----------
    seconds
        Of processor time, user's and system's.
    megabytes
        Anonymous memory at its end.
    """

    version: str
    task: str
    seconds: float
    megabytes: float
    snr_db: float | None = None
    lsd_db: float | None = None


def main() -> None:
    """Measure both versions in turn, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("other", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=Path, help="keep what was measured here, and go on from it")
    args = parser.parse_args()
    rows = []
    if args.rows is not None and args.rows.exists():
        rows = [Row(**json.loads(line)) for line in args.rows.read_text().splitlines()]
    done = len(rows)
    order = [
        (name, checkout, task)
        for _ in range(args.rounds)
        for task in TASKS
        for name, checkout in (("other", args.other.resolve()), ("this", HERE))
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, checkout, task in order[done:]:
            rows.append(measure(name, checkout, task, Path(folder)))
            if args.rows is not None:
                with args.rows.open("a") as stream:
                    stream.write(json.dumps(asdict(rows[-1])) + "\n")
    print(format_markdown(table(rows)))  # noqa: T201


def measure(version: str, checkout: Path, task: tuple[str, float, float, str], folder: Path) -> Row:
    """Run a task in a process of its own."""
    name, start_s, end_s, engine = task
    clean = api.open_clip(resource("samples", "hungarian_dance_clean.wav"))
    source, target = folder / "damaged.wav", folder / "repaired.wav"
    span = round(start_s * clean.rate), round(end_s * clean.rate)
    words = ["info", str(clean.info.path)]
    if engine:
        samples = clean.read(0, clean.frames)
        samples[:, slice(*span)] = 0.0
        target.unlink(missing_ok=True)
        source.unlink(missing_ok=True)
        api.export_clip(api.AudioClip(api.MemorySource(samples, clean.rate)), source)
        words = ["repair", str(source), "-o", str(target), "-r", f"{start_s}-{end_s}"]
        words += ["--engine", engine]
    told = folder / "memory"
    process = subprocess.Popen(
        [sys.executable, "-c", CALL, str(told), *words],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{version}: {name} ended with {process.returncode}.")
    row = Row(version, name, usage.ru_utime + usage.ru_stime, int(told.read_text()) / 1024)
    if not engine:
        return row
    edge = clean.rate // 10
    low, high = span[0] - edge, span[1] + edge
    where = edge, edge + span[1] - span[0]
    before, after = clean.read(low, high), api.open_clip(target).read(low, high)
    return Row(
        **{
            **asdict(row),
            "snr_db": snr_db(before, after, *where),
            "lsd_db": lsd_db(before, after, *where),
        }
    )


def table(rows: list[Row]) -> list[list[str]]:
    """Return the cells, of which the first row is the head; other → this in each."""
    lines = [["task", "processor s", "memory MB", "SNR dB", "LSD dB"]]
    for name, *_ in TASKS:
        cells = [name]
        for figure in ("seconds", "megabytes", "snr_db", "lsd_db"):
            pair = []
            for version in ("other", "this"):
                alike = [r for r in rows if (r.version, r.task) == (version, name)]
                values = [value for r in alike if (value := getattr(r, figure)) is not None]
                pair.append(f"{np.median(values):.2f}" if values else "–")
            cells.append(" → ".join(pair))
        lines.append(cells)
    return lines


if __name__ == "__main__":
    main()
