"""Measure declicking: ``python tools/measure_clicks.py RECORDING… [--kind vinyl|mouth|burst]``.

Plants clicks as records or mouths make them into clean recordings, finds and repairs them, and says
how much nearer each came to the clean sound, beside ffmpeg's ``adeclick`` and, where it is
installed, ``grooveclean``. "A minute" is how many detections there are in the clean recording. The
last rows are of all recordings together, their SNR a mean.

    python tools/measure_clicks.py CORPUS --part validation --recordings 40 --kind mouth --every 1

takes speech of that part of a corpus in place of recordings.
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
from uasrm_core.detect.registry import DEFAULT_KINDS
from uasrm_core.evaluation import rival
from uasrm_core.evaluation.detection import excerpt, repair_detections, round_to_16_bits, snr_db
from uasrm_core.evaluation.planting import Damage
from uasrm_core.evaluation.planting_clicks import (
    plant_mouth_bursts,
    plant_mouth_clicks,
    plant_vinyl_clicks,
)
from uasrm_core.evaluation.tables import align_columns

PLANT = {"vinyl": plant_vinyl_clicks, "mouth": plant_mouth_clicks, "burst": plant_mouth_bursts}
# Speech of a corpus is taken where it is so long.
LEAST_S = 4.0
# What a repair changes beside a click counts as well.
AROUND_S = 0.005
HEAD = (
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
    "length",
    "seconds",
)
# Below 16 bits' rounding nothing counts as worse.
ROUNDING = 0.5 / 32768


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how well clicks are taken out.")
    parser.add_argument("recordings_or_corpus", nargs="+", type=Path, metavar="RECORDING")
    parser.add_argument("--kind", choices=list(PLANT), default="vinyl")
    parser.add_argument("--seconds", type=float, default=60.0, help="taken of each (60)")
    parser.add_argument("--clicks", type=int, default=120, metavar="N", help="in each (120)")
    parser.add_argument("--every", type=float, metavar="S", help="one in so many seconds instead")
    parser.add_argument(
        "--part", choices=("train", "validation"), help="of the corpus that is given"
    )
    parser.add_argument("--recordings", type=int, default=40, metavar="N", help="of the part (40)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument(
        "--sensitivity",
        type=float,
        nargs="+",
        default=[DEFAULT_SENSITIVITY],
        metavar="S",
        help="one or several, of detection (0.5)",
    )
    parser.add_argument("--clicks-alone", action="store_true", help="look for nothing else")
    parser.add_argument("--no-rival", action="store_true", help="leave the others out")
    parser.add_argument("--known", action="store_true", help="also repair with known extents")
    parser.add_argument("--grooveclean", default="grooveclean", metavar="PROGRAM")
    parser.add_argument("--each", type=Path, metavar="FILE", help="write every click as JSON")
    options = parser.parse_args()
    lines, everything = [list(HEAD)], []
    paths = options.recordings_or_corpus
    if options.part:
        paths = choose_speech(paths[0], options.part, options.recordings)
    pooled: dict[str, list[tuple[list[str], list[dict]]]] = {}
    for path in paths:
        for name, row, each in measure(path, options):
            lines.append([path.name, name, *row])
            everything += [{"file": path.name, "by": name, **one} for one in each]
            pooled.setdefault(name, []).append((row, each))
            print("  ".join(lines[-1]), flush=True)  # noqa: T201
    if len(paths) > 1:
        lines += [["all", name, *pool(parts)] for name, parts in pooled.items()]
    print(align_columns(lines))  # noqa: T201
    if options.each:
        options.each.write_text(json.dumps(everything, indent=1))
    return 0


def choose_speech(corpus: Path, part: str, count: int) -> list[Path]:
    """Draw speech of a part of a corpus."""
    tracks = [
        corpus / track["path"]
        for track in json.loads((corpus / "index.json").read_text())
        if track["kind"] == "speech"
        and track["split"] == part
        and track["frames"] > LEAST_S * track["rate"]
    ]
    order = np.random.default_rng(0).permutation(len(tracks))[:count]
    return [tracks[number] for number in order]


def pool(parts: list[tuple[list[str], list[dict]]]) -> list[str]:
    """Return the row of all recordings together; what each had is weighed by its clicks."""
    clicks = np.array([len(each) for _, each in parts])
    gains = np.array([one["gain"] for _, each in parts for one in each])

    def add(name: str) -> np.ndarray:
        return np.array([float(row[HEAD.index(name) - 2] or "nan") for row, _ in parts])

    found, seconds = add("found"), add("seconds")
    finds, lengths = add("finds"), add("length")
    alarms = float(np.sum(add("a minute") * lengths) / np.sum(lengths))
    cells = [
        f"{np.mean(add('damaged')):.1f}",
        f"{np.mean(add('repaired')):.1f}",
        f"{np.mean(gains >= 10):.1%}",
        str(int(np.sum(gains < 3))),
        str(int(np.sum(gains < -0.5))),
        f"{np.sum(found):.0f}/{np.sum(clicks)}",
        f"{np.sum(finds):.0f}",
        f"{alarms:.2f}",
        "",
        f"{np.sum(lengths):.0f}",
        f"{np.sum(seconds):.1f}",
    ]
    # what a program is not asked for
    return ["" if "nan" in cell else cell for cell in cells]


def measure(path: Path, options: argparse.Namespace):
    """Yield the figures of each program for one recording."""
    clean, rate = excerpt(path, options.seconds)
    rng = np.random.default_rng(options.seed)
    length_s = clean.shape[1] / rate
    count = max(round(length_s / options.every), 1) if options.every else options.clicks
    damaged, damages = PLANT[options.kind](clean, rate, rng, count=count)
    damaged = round_to_16_bits(damaged)
    ways = {
        f"uasrm {one:g}": functools.partial(by_us, damaged, rate, find(options, one))
        for one in options.sensitivity
    }
    if options.known:
        ways["known"] = lambda: by_known_places(damaged, rate, damages)
    if not options.no_rival:
        ways["ffmpeg"] = lambda: (rival.run_filter(damaged, rate, "click"), None)
        if shutil.which(options.grooveclean):
            ways["grooveclean"] = lambda: (by_grooveclean(damaged, rate, options.grooveclean), None)
    undamaged = api.detect(AudioClip(MemorySource(clean, rate)), find(options, 1.0))
    for name, way in ways.items():
        began = time.perf_counter()
        mended, detections = way()
        took = time.perf_counter() - began
        row, each = figures(clean, damaged, mended, damages, detections, rate, took)
        if name.startswith("uasrm"):
            alarms = at_sensitivity(undamaged, float(name.split()[1]))
            row[7] = f"{len(alarms) / length_s * 60:.2f}"
        yield name, row, each


def find(options: argparse.Namespace, sensitivity: float) -> DetectSettings:
    """Return what is looked for."""
    kinds = ("clicks",) if options.clicks_alone else DEFAULT_KINDS
    return DetectSettings(kinds, sensitivity)


def by_us(damaged: Samples, rate: int, settings: DetectSettings):
    """Find and repair as the program does."""
    clip = AudioClip(MemorySource(damaged, rate))
    detections = api.detect(clip, settings)
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
        f"{clean.shape[1] / rate:.1f}",
        f"{took:.1f}",
    ]
    return row, each


if __name__ == "__main__":
    raise SystemExit(main())
