"""Measure a long recording's cleaning: ``python tools/measure_cleaning.py RECORDING…``.

Joins the middles of some clean recordings to ten minutes, plants 500 clicks, and then finds,
repairs and exports as the program does. Prints the seconds by the clock and by the processor.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core import api
from uasrm_core.evaluation.detection import excerpt, round_to_16_bits
from uasrm_core.evaluation.matching import match
from uasrm_core.evaluation.planting import Damage, plant_clicks
from uasrm_core.inpainting.job import RepairJob

LEVEL_DB = 0.0


def main() -> int:
    """Prepare, clean, print."""
    parser = argparse.ArgumentParser(description="Measure the cleaning of a long recording.")
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long it is to be (600)")
    parser.add_argument("--clicks", type=int, default=500, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="uasrm-cleaning-", dir="/var/tmp") as name:
        damages = prepare(options, Path(name) / "recording.wav")
        for title, value in clean(Path(name), damages).items():
            print(f"{title:32}{value:>10g}")  # noqa: T201
    return 0


def prepare(options: argparse.Namespace, target: Path) -> tuple[Damage, ...]:
    """Write the damaged recording and return what was planted."""
    each = options.seconds / len(options.recordings)
    taken = [excerpt(path, each) for path in options.recordings]
    rate = taken[0][1]
    sound = np.concatenate([samples for samples, _ in taken], axis=1)
    rng = np.random.default_rng(options.seed)
    sound, damages = plant_clicks(sound, rate, rng, level_db=LEVEL_DB, count=options.clicks)
    soundfile.write(target, round_to_16_bits(sound).T, rate, subtype="PCM_16")
    return damages


def clean(folder: Path, damages: tuple[Damage, ...]) -> dict[str, float]:
    """Find, repair and export; returns how long each took."""
    marks = [(time.perf_counter(), time.process_time())]

    def mark() -> None:
        marks.append((time.perf_counter(), time.process_time()))

    clip = api.open_clip(folder / "recording.wav")
    detections = api.detect(clip)
    mark()
    result = api.repair(
        RepairJob(clip, tuple(detection.region(clip.channels) for detection in detections))
    )
    mark()
    api.export_clip(clip.with_patches(result.best_patches), folder / "repaired.wav")
    mark()
    figures: dict[str, float] = {
        "seconds of sound": clip.frames / clip.rate,
        "clicks planted": len(damages),
        "of them found": sum(n is not None for n in match(damages, detections, clip.rate).found),
        "finds": len(detections),
        "repaired": len(result.best_patches),
    }
    for title, before, after in zip(("find", "repair", "export"), marks, marks[1:], strict=False):
        figures[f"seconds to {title}"] = round(after[0] - before[0], 2)
        figures[f"processor's seconds to {title}"] = round(after[1] - before[1], 2)
    figures["seconds in all"] = round(marks[-1][0] - marks[0][0], 2)
    figures["processor's seconds in all"] = round(marks[-1][1] - marks[0][1], 2)
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
