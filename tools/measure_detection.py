"""Measure detection: ``python tools/measure_detection.py RECORDINGS…  [--seconds 30] [--json]``.

Plants clicks, dropouts and clipping of known place and level into clean recordings, looks for them
at the default sensitivity, repairs them automatically, and does the same with ffmpeg's ``adeclick``
and ``adeclip``. Prints precision and recall for every kind and level, the SNR of the whole
recordings, and how many detections there are in the recordings as they are.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from uasrm_core.detect.registry import DETECTORS
from uasrm_core.evaluation.detection import (
    Tally,
    conditions,
    count_false_alarms,
    excerpt,
    measure,
)
from uasrm_core.evaluation.tables import align_columns


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the detection of planted damage.")
    parser.add_argument("clean", nargs="+", type=Path, metavar="CLEAN", help="clean recordings")
    parser.add_argument("--seconds", type=float, default=30.0, help="taken of each (30)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--kind", default="", help="only of this kind, such as click or hum")
    parser.add_argument("--no-rival", action="store_true", help="leave ffmpeg out")
    parser.add_argument("--no-repair", action="store_true", help="only look")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    sounds = {path.name: excerpt(path, options.seconds) for path in options.clean}
    alarms = {name: count_false_alarms(*sound) for name, sound in sounds.items()}
    tallies: dict[tuple[str, str], Tally] = {}
    for condition in conditions():
        if options.kind not in ("", condition.kind):
            continue
        for name, (samples, rate) in sounds.items():
            tally = measure(
                samples,
                rate,
                condition,
                name=name,
                seed=options.seed,
                compare=not options.no_rival,
                repair=not options.no_repair,
            )
            key = (condition.kind, condition.level)
            tallies[key] = tallies[key] + tally if key in tallies else tally
        row = _row(condition.kind, condition.level, tallies[condition.kind, condition.level])
        print("  ".join(row), file=sys.stderr, flush=True)  # noqa: T201
    minutes = {name: s.shape[1] / rate / 60 for name, (s, rate) in sounds.items()}
    if options.json:
        rows = [{"kind": k, "level": v, **asdict(t)} for (k, v), t in tallies.items()]
        print(json.dumps({"alarms": alarms, "minutes": minutes, "rows": rows}, indent=1))  # noqa: T201
    else:
        print(as_text(tallies, alarms, minutes))  # noqa: T201
    return 0


def as_text(
    tallies: dict[tuple[str, str], Tally],
    alarms: dict[str, dict[str, int]],
    minutes: dict[str, float],
) -> str:
    """Return the figures as tables."""
    head = ["kind", "level", "planted", "recall", "precision", "ffmpeg recall", "precision"]
    lines = [[*head, "SNR damaged", "repaired", "by ffmpeg"]]
    lines += [_row(kind, level, tally) for (kind, level), tally in tallies.items()]
    clean = [["clean recording", "minutes", *DETECTORS]]
    for name, counts in alarms.items():
        clean.append([name, f"{minutes[name]:.1f}", *(str(n) for n in counts.values())])
    whole = max(sum(minutes.values()), 1e-9)
    totals = {name: sum(counts[name] for counts in alarms.values()) for name in DETECTORS}
    clean.append(["a minute", "", *(f"{total / whole:.2f}" for total in totals.values())])
    return f"{align_columns(lines)}\n\n{align_columns(clean)}"


def _row(kind: str, level: str, tally: Tally) -> list[str]:
    levels = (tally.damaged_db, tally.repaired_db, tally.rival_db)
    return [
        kind,
        level,
        str(tally.planted),
        _share(tally.found, tally.planted),
        _share(tally.found, tally.finds),
        _share(tally.rival_found, tally.planted),
        _share(tally.rival_found, tally.rival_finds),
        *(f"{db / tally.recordings:.1f}" for db in levels),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


if __name__ == "__main__":
    raise SystemExit(main())
