"""Measure repairs of sounds over the programme: ``python tools/measure_noises.py RECORDING…``.

At places where something sounds, a cough (noise of 300 to 3000 Hz), a telephone, a steady tone,
beeps, a whistle that glides, noise of all frequencies or nothing is laid over it for 300 ms, and an
engine repairs a box around it, or all frequencies for 50 ms more on each side, as a hand drags over
it. With ``--instead``, passages of other recordings, chords of a synthesiser and a telephone alone
stand there in place of the programme besides, as loud as that was. Prints a table in Markdown: SNR
over the 300 ms before and after, by how much it came nearer, in how many places it came to be
farther, or the sound was left as it was bit for bit, or tones were taken off it.
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
from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.region import Region
from uasrm_core.audio.resample import resample
from uasrm_core.audio.synthetic_noises import band_noise, ring
from uasrm_core.evaluation.benchmark import MonoSource
from uasrm_core.evaluation.boxes import KINDS, BoxKind, lay_over
from uasrm_core.evaluation.places import random_cuts
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.metrics.distances import snr_db

LENGTH_MS = 300.0
DRAGGED_S = 0.05
FARTHER_DB = 0.1
WIDE_HZ = (100.0, 7000.0)
BEEP_HZ, BEEP_S = 1000.0, 0.1
WHISTLE_HZ = (1500.0, 2500.0)
CHORD_HZ, PARTIALS = (130.8, 164.8, 196.0, 220.0, 261.6, 329.6, 392.0), 8


def fade(sound: Samples, rate: int) -> Samples:
    """Return a sound faded in and out, RMS 1."""
    frames = round(0.01 * rate)
    ends = np.minimum(1.0, np.arange(1, len(sound) + 1) / frames)
    faded = sound * ends * ends[::-1]
    return np.asarray(faded / np.sqrt(np.mean(faded**2)), dtype=np.float32)


def make_tone(frames: int, rate: int, rng: np.random.Generator) -> Samples:
    """Return a steady tone, RMS 1."""
    phase = rng.uniform(0.0, 2 * np.pi)
    return fade(np.sin(2 * np.pi * BEEP_HZ * np.arange(frames) / rate + phase), rate)


def make_beeps(frames: int, rate: int, rng: np.random.Generator) -> Samples:
    """Return a tone that is there every other tenth of a second, RMS 1."""
    one = round(BEEP_S * rate)
    tone = make_tone(frames, rate, rng)
    pieces = [
        fade(tone[low : low + one], rate)
        if low // one % 2 == 0 and low + one <= frames
        else np.zeros(min(one, frames - low), dtype=np.float32)
        for low in range(0, frames, one)
    ]
    beeps = np.concatenate(pieces)
    return np.asarray(beeps / np.sqrt(np.mean(beeps**2)), dtype=np.float32)


def make_whistle(frames: int, rate: int, rng: np.random.Generator) -> Samples:
    """Return a tone that glides up, RMS 1."""
    low, high = WHISTLE_HZ
    hz = low + (high - low) * np.sin(np.linspace(0.0, np.pi / 2, frames)) ** 2
    return fade(np.sin(2 * np.pi * np.cumsum(hz) / rate + rng.uniform(0.0, 2 * np.pi)), rate)


def make_chord(frames: int, rate: int, rng: np.random.Generator) -> Samples:
    """Return three notes of a synthesiser with a little noise, RMS 1."""
    time = np.arange(frames) / rate
    sound = 0.02 * rng.standard_normal(frames)
    for note in rng.choice(CHORD_HZ, 3, replace=False):
        for number in range(1, PARTIALS + 1):
            angle = 2 * np.pi * note * number * time + rng.uniform(0.0, 2 * np.pi)
            sound += np.exp(-2.0 * time) * np.sin(angle) / number
    return fade(sound, rate)


# What is laid over the sound, and the box around it.
SOUNDS = {
    "cough": KINDS["cough"],
    "telephone": KINDS["ring"],
    "tone": BoxKind((900.0, 1100.0), make_tone),
    "beeps": BoxKind((800.0, 1200.0), make_beeps),
    "whistle": BoxKind((1400.0, 2600.0), make_whistle),
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
    has_tones_off: bool


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
    parser.add_argument("--instead", nargs="*", type=Path, metavar="OTHER")
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
        if args.instead is not None:
            for what, damaged in replace_passages(clip, span, args.instead):
                yield repair(what, clip, damaged, regions["all"], span, args.engine)


def replace_passages(
    clip: AudioClip, span: tuple[int, int], others: list[Path]
) -> Iterator[tuple[str, AudioClip]]:
    """Yield what stands in place of the programme, and the recording with it."""
    frames, rate = span[1] - span[0], clip.rate
    rng = np.random.default_rng(span[0])
    yield "instead: chord", put_in(clip, span, make_chord(frames, rate, rng))
    yield "instead: telephone", put_in(clip, span, ring(frames, rate, rng))
    start = int(rng.integers(0, max(clip.frames - frames, 1)))
    yield (
        "instead: the recording elsewhere",
        put_in(clip, span, clip.read(start, start + frames)[0]),
    )
    for file in others:
        other = AudioClip(MonoSource(api.open_clip(file)))
        start = int(rng.integers(other.rate, other.frames - 2 * other.rate))
        passage = resample(other.read(start, start + other.rate), other.rate, rate)[0]
        yield f"instead: {file.stem}", put_in(clip, span, passage[:frames])


def put_in(clip: AudioClip, span: tuple[int, int], sound: Samples) -> AudioClip:
    """Return a recording in which a sound stands in place of its own, as loud as that was."""
    own = clip.read(*span)
    gain = np.sqrt(np.mean(np.square(own)) / max(float(np.mean(np.square(sound))), 1e-12))
    ramp = np.minimum(1.0, np.arange(len(sound)) / round(0.005 * clip.rate))
    weight = np.float32(ramp * ramp[::-1])
    mixed = own * (1 - weight) + weight * np.float32(gain) * sound
    return clip.with_patch(Patch(span[0], tuple(range(clip.channels)), np.float32(mixed)))


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
    is_left_alone = np.array_equal(heard, patch.samples)
    return Row(what, before, after, is_left_alone, outcome.candidates[0].engine == "detone")


def format_table(rows: list[Row]) -> str:
    """Return a row for each sound, level and sort of region."""
    by_what: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_what[row.what].append(row)
    lines = [
        "| what, marked as | places | SNR before | after | nearer by, median | least | farther | "
        "left alone | tones off |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for what, own in sorted(by_what.items()):
        gains = np.array([row.after - row.before for row in own])
        before, after = (
            np.mean([getattr(row, name) for row in own]) for name in ("before", "after")
        )
        lines.append(
            f"| {what} | {len(own)} | {before:.1f} | {after:.1f} | {np.median(gains):.1f} | "
            f"{gains.min():.1f} | {np.sum(gains < -FARTHER_DB)} | "
            f"{sum(row.is_left_alone for row in own)} | {sum(row.has_tones_off for row in own)} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
