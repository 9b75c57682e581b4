"""Measure declicking: ``python tools/measure_clicks.py RECORDING… [--kind vinyl|mouth]``.

Plants clicks as records or mouths make them into clean recordings, finds and repairs them, and says
how much nearer each came to the clean sound, beside ffmpeg's ``adeclick`` and, where it is
installed, ``grooveclean``. "A minute" is how many detections there are in the clean recording.
"""

from __future__ import annotations

import argparse
import functools
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.detect.detections import DEFAULT_SENSITIVITY, DetectSettings, at_sensitivity
from uasrm_core.evaluation import rival
from uasrm_core.evaluation.detection import excerpt, repair_detections, round_to_16_bits, snr_db
from uasrm_core.evaluation.planting import Damage
from uasrm_core.evaluation.planting_clicks import plant_mouth_clicks, plant_vinyl_clicks
from uasrm_core.evaluation.tables import align_columns

PLANT = {"vinyl": plant_vinyl_clicks, "mouth": plant_mouth_clicks}
# What a repair changes beside a click counts as well.
AROUND_S = 0.005
# Below 16 bits' rounding nothing counts as worse.
ROUNDING = 0.5 / 32768


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how well clicks are taken out.")
    parser.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING")
    parser.add_argument("--kind", choices=list(PLANT), default="vinyl")
    parser.add_argument("--seconds", type=float, default=60.0, help="taken of each (60)")
    parser.add_argument("--clicks", type=int, default=120, metavar="N", help="in each (120)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument(
        "--sensitivity",
        type=float,
        nargs="+",
        default=[DEFAULT_SENSITIVITY],
        metavar="S",
        help="one or several, of detection (0.5)",
    )
    parser.add_argument("--no-rival", action="store_true", help="leave the others out")
    parser.add_argument("--known", action="store_true", help="also repair with known extents")
    parser.add_argument("--grooveclean", default="grooveclean", metavar="PROGRAM")
    parser.add_argument("--each", type=Path, metavar="FILE", help="write every click as JSON")
    options = parser.parse_args()
    head = [
        "recording",
        "by",
        "damaged",
        "repaired",
        "≥10dB",
        "<3dB",
        "worse",
        "found",
        "finds",
        "a minute",
        "elsewhere",
        "seconds",
    ]
    lines, everything = [head], []
    for path in options.recordings:
        for name, row, each in measure(path, options):
            lines.append([path.name, name, *row])
            everything += [{"file": path.name, "by": name, **one} for one in each]
            print("  ".join(lines[-1]), flush=True)  # noqa: T201
    print(align_columns(lines))  # noqa: T201
    if options.each:
        options.each.write_text(json.dumps(everything, indent=1))
    return 0


def measure(path: Path, options: argparse.Namespace):
    """Yield the figures of each program for one recording."""
    clean, rate = excerpt(path, options.seconds)
    rng = np.random.default_rng(options.seed)
    damaged, damages = PLANT[options.kind](clean, rate, rng, count=options.clicks)
    damaged = round_to_16_bits(damaged)
    ways = {
        f"uasrm {one:g}": functools.partial(by_us, damaged, rate, one)
        for one in options.sensitivity
    }
    if options.known:
        ways["known"] = lambda: by_known_places(damaged, rate, damages)
    if not options.no_rival:
        ways["ffmpeg"] = lambda: (rival.run_filter(damaged, rate, "click"), None)
        if shutil.which(options.grooveclean):
            ways["grooveclean"] = lambda: (by_grooveclean(damaged, rate, options.grooveclean), None)
    undamaged = api.detect(AudioClip(MemorySource(clean, rate)), DetectSettings(sensitivity=1.0))
    minutes = clean.shape[1] / rate / 60
    for name, way in ways.items():
        began = time.perf_counter()
        mended, detections = way()
        took = time.perf_counter() - began
        row, each = figures(clean, damaged, mended, damages, detections, rate, took)
        if name.startswith("uasrm"):
            alarms = at_sensitivity(undamaged, float(name.split()[1]))
            row[7] = f"{len(alarms) / minutes:.2f}"
        yield name, row, each


def by_us(damaged: Samples, rate: int, sensitivity: float):
    """Find and repair as the program does."""
    clip = AudioClip(MemorySource(damaged, rate))
    detections = api.detect(clip, DetectSettings(sensitivity=sensitivity))
    return repair_detections(clip, detections), [f.region(clip.channels) for f in detections]


def by_known_places(damaged: Samples, rate: int, damages: tuple[Damage, ...]):
    """Repair where the damages are known to be."""
    clip = AudioClip(MemorySource(damaged, rate))
    regions = [
        Region(d.start_frame, d.end_frame, channels=d.channels, kind=Kind.CLICK) for d in damages
    ]
    result = api.repair(api.RepairJob(clip, tuple(regions)))
    return clip.with_patches(result.best_patches).read(0, clip.frames), regions


def by_grooveclean(samples: Samples, rate: int, program: str) -> Samples:
    """Return what grooveclean makes of a recording."""
    with tempfile.TemporaryDirectory(prefix="uasrm-rival-") as folder:
        source, target = Path(folder, "in.wav"), Path(folder, "out.wav")
        soundfile.write(source, samples.T, rate, subtype="PCM_16")
        words = [program, "clean", "-o", str(target), "--device", "cpu", str(source)]
        subprocess.run(words, check=True, capture_output=True)
        made, _ = soundfile.read(target, dtype="float32", always_2d=True)
    return np.ascontiguousarray(made.T)


def figures(
    clean: Samples,
    damaged: Samples,
    mended: Samples,
    damages: tuple[Damage, ...],
    detections: list[Region] | None,
    rate: int,
    took: float,
):
    """Return a row of the table, and what came of each click."""
    each = []
    around = round(AROUND_S * rate)
    touched = np.zeros(clean.shape[1], bool)
    for damage in damages:
        span = slice(max(damage.start_frame - around, 0), damage.end_frame + around)
        touched[span] = True
        rows = list(damage.channels)
        before, after = (
            float(np.sum(np.square(sound[rows, span].astype(float) - clean[rows, span])))
            for sound in (damaged, mended)
        )
        least = clean[rows, span].size * ROUNDING**2 / 3
        gain = 10 * np.log10((before + least) / (after + least))
        over = [
            f for f in detections or () if f.start_frame < span.stop and f.end_frame > span.start
        ]
        each.append(
            {
                "start": damage.start_frame,
                "end": damage.end_frame,
                "level": damage.level,
                "channels": rows,
                "error": before,
                "left": after,
                "gain": gain,
                "finds": [(f.start_frame, f.end_frame, f.channels) for f in over],
            }
        )
    gains = np.array([one["gain"] for one in each])
    elsewhere = float(np.sum(np.square((mended - clean)[:, ~touched].astype(float))))
    share = elsewhere / max(sum(one["left"] for one in each) + elsewhere, 1e-12)
    row = [
        f"{snr_db(clean, damaged):.1f}",
        f"{snr_db(clean, mended):.1f}",
        f"{np.mean(gains >= 10):.0%}",
        str(int(np.sum(gains < 3))),
        str(int(np.sum(gains < -0.5))),
        str(sum(bool(one["finds"]) for one in each)) if detections is not None else "",
        str(len(detections)) if detections is not None else "",
        "",
        f"{share:.0%}",
        f"{took:.1f}",
    ]
    return row, each


if __name__ == "__main__":
    raise SystemExit(main())
