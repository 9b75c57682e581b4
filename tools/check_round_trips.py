"""Export many recordings of all layouts and compare what other programs read before and after.

Each recording is built byte by byte (container, depth, valid bits, channels, chunks, paddings),
repaired at random places and exported in its own format. Then everything outside the repaired
samples must be the same byte for byte, the repaired ones must be right to half a step, and ffmpeg
and sox, which share no code with this program, must read the same samples outside the repairs
from both files. What those two do not read from the original they are not asked about.

    python tools/check_round_trips.py --cases 2000
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from round_trip_files import Made, Recipe, build, draw

from uasrm_core.audio.clip import AudioClip, Patch
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.formats import source_format

READERS = ("ffmpeg", "sox")
READER_PATIENCE_S = 20


@dataclass(frozen=True)
class Outcome:
    """What became of one recording: an empty `problem` is none."""

    problem: str
    read_by: tuple[str, ...] = ()


def check(recipe: Recipe, folder: Path, readers: Sequence[str] = ()) -> Outcome:
    """Build, repair and export one recording, and compare."""
    made, rng = build(recipe), np.random.default_rng(recipe.seed + 1)
    source, target = folder / f"in{recipe.suffix}", folder / f"out{recipe.suffix}"
    source.write_bytes(made.data)
    target.unlink(missing_ok=True)
    clip = open_clip(source)
    if (clip.frames, clip.channels) != (recipe.frames, recipe.channels):
        return Outcome(f"opened with {clip.channels} x {clip.frames} samples")
    repaired = clip.with_patches(_patches(recipe, rng))
    report = export_clip(repaired, target, export_format=source_format(clip.info))
    problem = _compare(made, clip, repaired, target.read_bytes())
    if not problem and not (report.same_format and report.proof.identical == report.proof.outside):
        problem = f"the report says {report.proof}"
    read_by = []
    covered = _find_covered(repaired)
    for reader in readers if not problem else ():
        before, after = _read(reader, source, recipe), _read(reader, target, recipe)
        if before is None:
            continue
        if after is None or (before != after)[~covered].any():
            return Outcome(f"{reader} reads other samples outside the repairs")
        read_by.append(reader)
    return Outcome(problem, tuple(read_by))


def _patches(recipe: Recipe, rng: np.random.Generator) -> list[Patch]:
    patches = []
    for _ in range(rng.integers(0, 4)):
        start = int(rng.integers(recipe.frames))
        frames = int(rng.integers(1, recipe.frames - start + 1))
        count = int(rng.integers(1, recipe.channels + 1))
        channels = tuple(int(known) for known in rng.permutation(recipe.channels)[:count])
        samples = rng.uniform(-1.2, 1.2, (count, frames)).astype(np.float32)
        patches.append(Patch(start, channels, samples))
    return patches


def _find_covered(clip: AudioClip) -> np.ndarray:
    covered = np.zeros((clip.frames, clip.channels), bool)
    for patch in clip.patches:
        covered[patch.start_frame : patch.end_frame, list(patch.channels)] = True
    return covered


def _compare(made: Made, clip: AudioClip, repaired: AudioClip, written: bytes) -> str:
    recipe = made.recipe
    if len(written) != len(made.data):
        return f"{len(written)} bytes in place of {len(made.data)}"
    may_differ = np.zeros(len(written), bool)
    end = made.start + recipe.frames * recipe.channels * recipe.width
    may_differ[made.start : end] = np.repeat(_find_covered(repaired).ravel(), recipe.width)
    old, new = (np.frombuffer(data, np.uint8) for data in (made.data, written))
    if (old != new)[~may_differ].any():
        return "bytes outside the repairs changed"
    wanted = repaired.read(0, clip.frames).T.astype(np.float64)
    unchanged = wanted == clip.read(0, clip.frames).T
    wanted[unchanged] = made.values(made.data)[unchanged]
    got = made.values(written)
    if recipe.kind == "float":
        return "" if np.array_equal(got, wanted) else "repaired samples are not as they were made"
    if recipe.kind in ("alaw", "ulaw"):
        wanted = np.clip(wanted, -1, 1)
        allowed = np.abs(wanted) / 32 + 2.0**-12
    else:
        step = 2.0 ** (1 - recipe.valid_bits)
        wanted, allowed = np.clip(wanted, -1, 1 - step), np.full(wanted.shape, step / 2)
        if (got / step != np.rint(got / step)).any():
            return "bits below the valid ones were written"
    return "" if (np.abs(got - wanted) <= allowed).all() else "repaired samples are too far off"


def _read(reader: str, path: Path, recipe: Recipe) -> np.ndarray | None:
    """Return what another program reads, int32 ``(frames, channels)``, None if it does not."""
    commands = {
        "ffmpeg": ["ffmpeg", "-v", "quiet", "-i", str(path), "-c:a", "pcm_s32le", "-f", "s32le"],
        "sox": ["sox", "-V0", "-D", str(path), "-t", "s32", "-L"],
    }  # fmt: skip
    # ffmpeg takes what comes from a terminal for commands.
    command = [*commands[reader], "-"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=READER_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:  # lost in chunks that it takes for others
        return None
    size = 4 * recipe.frames * recipe.channels
    if done.returncode or len(done.stdout) != size:
        return None
    return np.frombuffer(done.stdout, "<i4").reshape(recipe.frames, recipe.channels)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check as many recordings as asked for and print a table of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    readers = [reader for reader in READERS if shutil.which(reader)]
    rng, cases, read, problems = np.random.default_rng(args.seed), Counter(), Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.cases):
            recipe = draw(rng)
            kind = f"{recipe.container} {recipe.kind} {8 * recipe.width}"
            kind += f" ({recipe.valid_bits} valid)" * (0 < recipe.valid_bits < 8 * recipe.width)
            outcome = check(recipe, Path(folder), readers)
            cases[kind] += 1
            read.update((kind, reader) for reader in outcome.read_by)
            if outcome.problem:
                problems.append(f"{outcome.problem}: {recipe}")
    say = sys.stdout.write
    say("| Recording | Same outside | ffmpeg agrees | sox agrees |\n|---|---:|---:|---:|\n")
    for kind in sorted(cases):
        counts = " | ".join(
            str(read[kind, reader]) if reader in readers else "not installed" for reader in READERS
        )
        say(f"| {kind} | {cases[kind]} | {counts} |\n")
    for problem in problems:
        say(f"{problem}\n")
    say(f"{args.cases - len(problems)} of {args.cases} cases passed\n")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
