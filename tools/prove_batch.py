"""Prove what a batch promises: ``python tools/prove_batch.py RECORDING… --files 40``.

Cuts so many pieces of clean recordings, in four formats, plants clicks and dropouts of known place,
and repairs them with one `uasrm batch --archive`, which is killed with SIGKILL and started again.
Then it is checked, from the files alone: every recording done once; recall and precision; samples
outside the repairs; that `uasrm clean` writes the same bytes; that `uasrm restore` gives every
original back; that the batch takes at most a tenth longer than its recordings do one by one. Prints
the figures, and ends with 1 if one of them is not as promised. With ``--folder``, what is made and
done stays there, and the same command goes on where it ended.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core import api
from uasrm_core.archive.originals import restore
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.batch.state import FOLDER
from uasrm_core.detect.detections import Detection
from uasrm_core.evaluation.detection import round_to_16_bits
from uasrm_core.evaluation.matching import match
from uasrm_core.evaluation.planting import Damage, plant_clicks, plant_dropouts

FORMATS = (("wav", "PCM_16"), ("aiff", "PCM_24"), ("flac", "PCM_16"), ("w64", "PCM_24"))
CLICK_DB, CLICKS_A_MINUTE = 0.0, 12
DROPOUT_MS, DROPOUT_EVERY = (20.0, 100.0), 3
STEREO_EVERY = 4
# of the spread of lengths over the logarithm: the higher, the more recordings are short
MOSTLY_SHORT = 3
POLL_S = 0.5
MOST_OVERHEAD = 1.1
PLANTED, WATCHED = "planted.json", "watched.json"
KIND_OF = {"click": Kind.CLICK, "dropout": Kind.DROPOUT}


@dataclass
class Watched:
    """What was seen of the runs of a batch.

    Attributes
    ----------
    seconds, processor_s
        Wall time and time of processor of all runs.
    kills
        How often the batch was killed.
    memory_mb
        Anonymous memory of its processes, over time.
    """

    seconds: float = 0.0
    processor_s: float = 0.0
    kills: int = 0
    memory_mb: list[float] = field(default_factory=list)


@dataclass
class Single:
    """Recordings that were also repaired one by one.

    Attributes
    ----------
    same
        How many came out the same as in the batch.
    samples, processor_s
        For each, how many samples it has, and the time of processor that it took.
    """

    same: int = 0
    samples: list[int] = field(default_factory=list)
    processor_s: list[float] = field(default_factory=list)


def main() -> int:
    """Make, run, kill, run, check, print."""
    parser = argparse.ArgumentParser(description="Prove what a batch promises.")
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    parser.add_argument("--files", type=int, default=40, metavar="N")
    parser.add_argument("--seconds", type=float, nargs=2, default=(10.0, 60.0), metavar="S")
    parser.add_argument("--kills", type=int, default=2, metavar="N")
    parser.add_argument("--singles", type=int, default=4, metavar="N", help="done singly, too (4)")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="0: in one process (0)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep all files there")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="uasrm-batch-", dir="/var/tmp") as name:
        folder = options.folder or Path(name)
        planted = make_once(folder, options)
        watched = run_and_kill(folder, options)
        figures, is_good = check(folder, planted, watched, options)
    for title, value in figures.items():
        print(f"{title:44}{value}")  # noqa: T201
    return 0 if is_good else 1


def make_once(folder: Path, options: argparse.Namespace) -> dict[str, tuple[Damage, ...]]:
    """Make the recordings, unless an earlier run has made them, and return what was planted."""
    kept = folder / PLANTED
    if not kept.exists():
        made = make(folder / "in", options)
        plain = {name: [asdict(damage) for damage in damages] for name, damages in made.items()}
        kept.write_text(json.dumps(plain, default=int))
    return {
        name: tuple(
            Damage(**{**row, "kind": Kind(row["kind"]), "channels": tuple(row["channels"])})
            for row in rows
        )
        for name, rows in json.loads(kept.read_text()).items()
    }


def make(folder: Path, options: argparse.Namespace) -> dict[str, tuple[Damage, ...]]:
    """Write damaged recordings, and return what was planted into each, by its name.

    Half of them are hardly longer than the shortest, some as long as the longest; most are mono.
    """
    rng = np.random.default_rng(options.seed)
    clips = [api.open_clip(path) for path in options.recordings]
    planted = {}
    for number in range(options.files):
        suffix, subtype = FORMATS[number % len(FORMATS)]
        path = folder / f"side {number % 3}" / f"tape {number:03}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shortest, longest = options.seconds
        seconds = float(shortest * (longest / shortest) ** (rng.uniform() ** MOSTLY_SHORT))
        long_enough = [clip for clip in clips if clip.info.duration_s >= seconds] or clips
        samples, rate = piece(long_enough[number % len(long_enough)], seconds, rng)
        if number // len(FORMATS) % STEREO_EVERY:
            samples = samples[:1]
        clicks = max(round(CLICKS_A_MINUTE * samples.shape[1] / rate / 60), 1)
        samples, damages = plant_clicks(samples, rate, rng, level_db=CLICK_DB, count=clicks)
        if number % DROPOUT_EVERY == 0:
            samples, more = plant_dropouts(samples, rate, rng, lengths_ms=DROPOUT_MS, count=1)
            damages = apart(damages, more, rate)
        soundfile.write(path, round_to_16_bits(samples).T, rate, subtype=subtype)
        planted[path.relative_to(folder).as_posix()] = damages
    return planted


def piece(clip: AudioClip, seconds: float, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Return so much of a recording from a random place on, below full scale."""
    frames = min(round(seconds * clip.rate), clip.frames)
    start = int(rng.integers(0, clip.frames - frames + 1))
    samples = clip.read(start, start + frames)
    return round_to_16_bits(
        samples * min(0.9 / max(float(np.abs(samples).max()), 1e-9), 1.0)
    ), clip.rate


def apart(damages: tuple[Damage, ...], more: tuple[Damage, ...], rate: int) -> tuple[Damage, ...]:
    """Return all damages but those that a dropout has swallowed."""
    kept = [
        damage
        for damage in damages
        if not any(
            damage.start_frame < other.end_frame + rate // 100
            and damage.end_frame > other.start_frame - rate // 100
            for other in more
        )
    ]
    return tuple(sorted((*kept, *more), key=lambda damage: damage.start_frame))


def command(folder: Path, options: argparse.Namespace) -> list[str]:
    """Return the one command line that all runs have."""
    words = ["batch", str(folder / "in"), "-o", str(folder / "out"), "--archive"]
    words += ["--kind", "clicks,dropouts"]
    words += ["--workers", str(options.workers)] if options.workers else []
    return [sys.executable, "-m", "uasrm_core.cli.main", *words]


def run_and_kill(folder: Path, options: argparse.Namespace) -> Watched:
    """Run the batch, kill it as often as is wanted, and run it to its end."""
    kept = folder / WATCHED
    watched = Watched(**json.loads(kept.read_text())) if kept.exists() else Watched()
    is_done = False
    while not is_done:
        limit = options.files * (watched.kills + 1) // (options.kills + 1)
        began, before = time.monotonic(), children_s()
        with subprocess.Popen(
            command(folder, options), stdout=subprocess.DEVNULL, start_new_session=True
        ) as process:
            try:
                while process.poll() is None:
                    watched.memory_mb.append(anonymous_mb(process.pid))
                    if watched.kills < options.kills and done_count(folder) >= limit:
                        watched.kills += 1
                        break
                    time.sleep(POLL_S)
                else:
                    is_done = True
            finally:
                # whatever ends this program ends the batch, which then goes on the next time
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        watched.seconds += time.monotonic() - began
        watched.processor_s += children_s() - before
        kept.write_text(json.dumps(asdict(watched)))
    return watched


def children_s() -> float:
    """Return the time of processor of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def done_count(folder: Path) -> int:
    """Return how many recordings are noted as done."""
    return sum(
        b'"row": {' in path.read_bytes() for path in (folder / "out" / FOLDER).glob("*.json")
    )


def anonymous_mb(pid: int) -> float:
    """Return the anonymous memory of a process and its children, in MB."""
    return sum(map(_own_mb, [pid, *_descendants(pid)]))


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from _descendants(child)


def _own_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


def check(
    folder: Path,
    planted: dict[str, tuple[Damage, ...]],
    watched: Watched,
    options: argparse.Namespace,
) -> tuple[dict[str, str], bool]:
    """Return the figures, and whether each is as promised."""
    with (folder / "out" / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    done = {Path(row["source"]).relative_to(folder / "in").as_posix() for row in rows}
    found = right = detections = damages = 0
    outside = identical = restored = 0
    sizes = {}
    for name, wanted in planted.items():
        log = json.loads((folder / "out" / f"{name}.log.json").read_text())
        matched = match(
            wanted, [_read_detection(row) for row in log["regions"]], log["input"]["rate"]
        )
        damages, detections = damages + len(wanted), detections + len(matched.right)
        found, right = found + sum(n is not None for n in matched.found), right + sum(matched.right)
        same, count = compare(folder, name, log)
        outside, identical = outside + count, identical + same
        restored += is_restored(folder, name)
        sizes[name] = log["input"]["frames"] * log["input"]["channels"]
    single = repair_singly(folder, sizes, options.singles)
    expected_s = expect_processor_s(single, list(sizes.values()))
    work = sum(float(row["seconds_taken"]) for row in rows) / max(options.workers, 1)
    half = len(watched.memory_mb) // 2
    early, late = max(watched.memory_mb[:half]), max(watched.memory_mb[half:])
    repaired = sum(row["status"] == "repaired" for row in rows)
    figures = {
        "recordings": f"{len(planted)}, {sum(float(row['seconds']) for row in rows) / 60:.1f} min",
        "killed with SIGKILL": str(watched.kills),
        "rows, once each": f"{len(rows)} of {len(planted)}",
        "repaired": f"{repaired} of {len(planted)}",
        "recall": f"{found / damages:.3f} ({found} of {damages})",
        "precision": f"{right / detections:.3f} ({right} of {detections})",
        "samples outside repairs identical": f"{identical:,} of {outside:,}",
        "originals restored bit for bit": f"{restored} of {len(planted)}",
        "same regions and samples as “uasrm clean”": f"{single.same} of {len(single.samples)}",
        "peak memory, first and second half": f"{early:.0f} and {late:.0f} MB",
        "wall time of all runs": f"{watched.seconds:.0f} s",
        "the recordings' times / workers": f"{work:.0f} s ({watched.seconds / work:.3f})",
        "time of processor": f"{watched.processor_s:.0f} s",
        "of them one by one, from the singles": f"{expected_s:.0f} s "
        f"({watched.processor_s / expected_s:.3f})",
    }
    is_good = (
        done == set(planted)
        and len(rows) == len(planted)
        and identical == outside
        and restored == len(planted)
        and single.same == len(single.samples)
        and watched.seconds <= MOST_OVERHEAD * work
    )
    return figures, is_good


def repair_singly(folder: Path, sizes: dict[str, int], count: int) -> Single:
    """Repair recordings of all sizes one by one, and compare them with those of the batch."""
    names = sorted(sizes, key=lambda name: sizes[name])
    chosen = np.linspace(0, len(names) - 1, min(count, len(names))).round().astype(int)
    single = Single()
    for name in (names[number] for number in chosen):
        before = children_s()
        single.same += is_same_singly(folder, name)
        single.processor_s.append(children_s() - before)
        single.samples.append(sizes[name])
    return single


def expect_processor_s(single: Single, sizes: list[int]) -> float:
    """Return what all recordings would take one by one: a line through those that did so."""
    if not single.samples:
        return float("nan")
    terms = np.stack([np.ones(len(single.samples)), np.array(single.samples)], axis=1)
    line = np.linalg.lstsq(terms, np.array(single.processor_s), rcond=None)[0]
    return float(line[0] * len(sizes) + line[1] * sum(sizes))


def _read_detection(row: dict) -> Detection:
    kind = KIND_OF.get(row["kind"], Kind.GAP)
    channels = tuple(channel - 1 for channel in row["channels"])
    region = Region(row["start_frame"], row["end_frame"])
    return Detection(kind, region.start_frame, region.end_frame, channels, 1.0)


def compare(folder: Path, name: str, log: dict) -> tuple[int, int]:
    """Return how many samples outside the logged repairs are identical, and how many there are."""
    before = soundfile.read(folder / "in" / name, dtype="int32", always_2d=True)[0]
    after = soundfile.read(folder / "out" / name, dtype="int32", always_2d=True)[0]
    outside = np.ones(before.shape, bool)
    for row in log["regions"]:
        for channel in row["channels"]:
            outside[row["touched_start_frame"] : row["touched_end_frame"], channel - 1] = False
    return int((before == after)[outside].sum()), int(outside.sum())


def is_restored(folder: Path, name: str) -> bool:
    """Tell whether `uasrm restore` gives the original back, byte for byte or sample for sample."""
    source, fixed = folder / "in" / name, folder / "out" / name
    log = json.loads(Path(f"{fixed}.log.json").read_text())
    back = folder / f"back{source.suffix}"

    restore(fixed, log, back, overwrite=True)
    if log["restore"]["kind"] == "bytes":
        return back.read_bytes() == source.read_bytes()
    ours, theirs = (soundfile.read(path, dtype="int32")[0] for path in (source, back))
    return np.array_equal(ours, theirs)


def is_same_singly(folder: Path, name: str) -> bool:
    """Tell whether a recording repaired by itself has the same regions and comes out the same.

    By one thread, as in a batch: with more, sums come out otherwise in their last bits.
    """
    single, batch = folder / f"single{Path(name).suffix}", folder / "out" / name
    words = ["clean", str(folder / "in" / name), "-o", str(single), "--force"]
    words += ["--kind", "clicks,dropouts", "--archive"]
    subprocess.run(
        [sys.executable, "-m", "uasrm_core.cli.main", *words],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    ours, theirs = (soundfile.read(path, dtype="int32")[0] for path in (single, batch))
    return np.array_equal(ours, theirs) and regions_of(single) == regions_of(batch)


def regions_of(recording: Path) -> list[tuple[object, ...]]:
    """Return kinds, places and channels of the regions that the log of a recording names."""
    rows = json.loads(Path(f"{recording}.log.json").read_text())["regions"]
    keys = ("kind", "start_frame", "end_frame", "channels")
    return [tuple(str(row[key]) for key in keys) for row in rows]


if __name__ == "__main__":
    sys.exit(main())
