"""Record what every engine makes of a fixed set of damages, and compare two such records.

    python tools/record_repairs.py OUT.json [RECORDING…] [--against BEFORE.json] [--only WORDS]

More than 60 damages (gaps from 2 ms to 0.7 s, one channel of two, edges of the recording, boxes,
drawn shapes, clicks, clipping) are cut into the bundled recording and into generated sound, mono
and stereo, at 16 to 96 kHz; recordings that are given as well get gaps of their own. Every engine
repairs those that suit it. ``OUT.json`` holds a hash, SNR and LSD of every repair, ``OUT.npz``
beside it the samples. With ``--against`` a Markdown table tells how far the repairs lie from
those of the other record: the largest difference in dB against the level of the repaired stretch,
and mean SNR and LSD before and after.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy import signal

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Patch, Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.resample import resample
from uasrm_core.audio.shape import box
from uasrm_core.audio.synthetic_noises import band_noise
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.metrics.distances import lsd_db, snr_db
from uasrm_core.model import device
from uasrm_core.model.original import OriginalConfig, OriginalNet, save_original
from uasrm_core.resources import resource
from uasrm_core.select.combine import union

SECONDS = 12.0
BAR_S = 2.0
PITCHES_HZ = (220.0, 261.6, 329.6, 392.0, 440.0)
FORMANTS_HZ = ((700, 1150, 2500), (350, 2100, 2900), (450, 850, 2500), (550, 1750, 2500))
EDGE_S = 0.05
BAND_HZ = (500.0, 2500.0)
# gap in ms, and which engines try it besides the prediction and the network
GAPS_MS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (2.0, ("auto", "declick")),
    (8.0, ("auto", "declick")),
    (14.0, ("auto",)),
    (30.0, ("similarity",)),
    (60.0, ("auto", "similarity")),
    (150.0, ("similarity",)),
    (300.0, ("auto", "similarity")),
    (700.0, ("similarity",)),
)
FEWER_GAPS_MS = (8.0, 60.0, 300.0)


@dataclass(frozen=True, eq=False)
class Case:
    """A damaged recording, the sound before, what is to be repaired, and by which engines."""

    name: str
    clean: AudioClip
    damaged: AudioClip
    region: Region
    engines: tuple[str, ...]


def main() -> None:
    """Record, and compare if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("recordings", type=Path, nargs="*")
    parser.add_argument("--against", type=Path, help="an earlier record")
    parser.add_argument("--only", default="", help="damages whose name holds these words")
    args = parser.parse_args()
    calculate_alike()
    rows: list[dict[str, object]] = []
    patches: dict[str, Samples] = {}
    with tempfile.TemporaryDirectory() as folder:
        notebook = make_notebook_model(Path(folder))
        for case in cases(args.recordings):
            if args.only in case.name:
                for row, samples in repair_case(case, notebook):
                    rows.append(row)
                    if samples is not None:
                        patches[f"{row['case']}|{row['engine']}"] = samples
    args.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    np.savez(args.out.with_suffix(".npz"), **patches)  # type: ignore[arg-type]
    if args.against is not None:
        before = json.loads(args.against.read_text(encoding="utf-8"))
        with np.load(args.against.with_suffix(".npz")) as kept:
            print(compare_records(before, dict(kept), rows, patches))  # noqa: T201


def calculate_alike() -> None:
    """Use one thread and no brief numbers: what differs then differs by the program."""
    torch.set_num_threads(1)
    device.is_fast_in_bfloat16 = lambda device: False


def make_notebook_model(folder: Path) -> Path:
    """Write a model of the notebook's kind that has learnt nothing."""
    torch.manual_seed(0)
    path = folder / "original.safetensors"
    save_original(OriginalNet(OriginalConfig(channels=4)), path, {})
    return path


def cases(recordings: Sequence[Path]) -> Iterator[Case]:
    """Yield all damages, the same ones every time."""
    bundled = api.open_clip(resource("samples", "hungarian_dance_clean.wav"))
    dance = bundled.read(0, bundled.frames)
    yield from all_damages("dance 44.1 kHz stereo", dance, bundled.rate)
    yield from all_damages("dance 16 kHz mono", resample(dance[:1], 44100, 16000), 16000)
    yield from all_damages("bars 48 kHz stereo", bars(48000, 2), 48000)
    yield from few_gaps("dance 96 kHz stereo", resample(dance, 44100, 96000), 96000)
    yield from few_gaps("dance 48 kHz twice the same", resample(dance[[0, 0]], 44100, 48000), 48000)
    yield from few_gaps("notes 22.05 kHz mono", notes(22050, 1, SECONDS), 22050)
    yield from few_gaps("notes 32 kHz stereo", notes(32000, 2, SECONDS), 32000)
    yield from few_gaps("bars 44.1 kHz mono", bars(44100, 1), 44100)
    yield from few_gaps("voice 16 kHz mono", voice(16000), 16000)
    yield from few_gaps("voice 24 kHz mono", voice(24000), 24000)
    for path in recordings:
        clip = api.open_clip(path)
        most = round(30 * clip.rate)
        yield from few_gaps(path.name, clip.read(0, min(clip.frames, most)), clip.rate)


def all_damages(name: str, sound: Samples, rate: int) -> Iterator[Case]:
    """Yield every kind of damage in one recording."""
    clean = AudioClip(MemorySource(sound, rate))
    rng = np.random.default_rng([rate, len(sound)])
    for length_ms, others in GAPS_MS:
        start = round(rng.uniform(0.2, 0.7) * clean.frames)
        yield gap(name, clean, start, length_ms, ("ar", "unet", *others))
    for start_s, place in ((0.0, "at the start"), (clean.info.duration_s - 0.1, "at the end")):
        case = gap(f"{name}, {place}", clean, round(start_s * rate), 100.0, ("ar", "unet"))
        yield case
    if clean.channels > 1:
        start = round(0.55 * clean.frames)
        yield gap(f"{name}, one channel", clean, start, 100.0, ("ar", "unet", "auto"), (1,))
    start = round(0.35 * clean.frames)
    yield gap(f"{name}, by the notebook", clean, start, 200.0, ("original",))
    engines = ("unet", "auto", "attenuate", "ar")
    for place, length_s in ((0.3, 0.08), (0.6, 0.6)):
        yield noise_in_a_box(name, clean, place, length_s, engines, rng)
    yield noise_in_a_shape(name, clean, ("unet", "attenuate"), rng)
    yield tone_in_a_box(name, clean, ("unet", "attenuate"))
    yield click(name, clean, ("auto", "declick", "ar"), rng)
    yield clipping(name, clean, ("auto", "declip"))


def few_gaps(name: str, sound: Samples, rate: int) -> Iterator[Case]:
    """Yield a few gaps and a box."""
    clean = AudioClip(MemorySource(sound, rate))
    rng = np.random.default_rng([rate, len(sound), clean.frames])
    for length_ms, others in GAPS_MS:
        if length_ms in FEWER_GAPS_MS:
            start = round(rng.uniform(0.2, 0.7) * clean.frames)
            yield gap(name, clean, start, length_ms, ("ar", "unet", *others))
    yield noise_in_a_box(name, clean, 0.5, 0.3, ("unet",), rng)


def gap(
    name: str,
    clean: AudioClip,
    start: int,
    length_ms: float,
    engines: tuple[str, ...],
    channels: tuple[int, ...] | None = None,
) -> Case:
    """Return a case in which a stretch is silent."""
    end = min(start + round(length_ms * clean.rate / 1000), clean.frames)
    region = Region(start, end, channels=channels)
    lost = region.channel_indices(clean.channels)
    silence = np.zeros((len(lost), end - start), dtype=np.float32)
    damaged = memory(clean.with_patch(Patch(start, lost, silence)))
    return Case(f"{name}, gap {length_ms:g} ms", clean, damaged, region, engines)


def noise_in_a_box(
    name: str,
    clean: AudioClip,
    place: float,
    length_s: float,
    engines: tuple[str, ...],
    rng: np.random.Generator,
) -> Case:
    """Return a case with noise over part of the spectrum."""
    start, frames = round(place * clean.frames), round(length_s * clean.rate)
    noise = 0.1 * band_noise(frames, clean.rate, BAND_HZ, rng)
    region = Region(start, start + frames, *BAND_HZ)
    return Case(
        f"{name}, box {length_s:g} s", clean, add_sound(clean, start, noise), region, engines
    )


def noise_in_a_shape(
    name: str, clean: AudioClip, engines: tuple[str, ...], rng: np.random.Generator
) -> Case:
    """Return a case with noise where two boxes were drawn into one another."""
    start, frames = round(0.45 * clean.frames), round(0.3 * clean.rate)
    middle = start + frames // 2
    drawn = union(box(start, middle, 400.0, 1500.0), box(middle, start + frames, 1000.0, 3000.0))
    region = region_of(drawn, clean.rate)
    assert region is not None
    noise = 0.1 * band_noise(frames, clean.rate, (1000.0, 1500.0), rng)
    return Case(f"{name}, shape", clean, add_sound(clean, start, noise), region, engines)


def tone_in_a_box(name: str, clean: AudioClip, engines: tuple[str, ...]) -> Case:
    """Return a case with a beep."""
    start, frames = round(0.25 * clean.frames), round(0.5 * clean.rate)
    beep = 0.2 * np.sin(2 * np.pi * 1130.0 * np.arange(frames) / clean.rate) * np.hanning(frames)
    region = Region(start, start + frames, 1050.0, 1210.0)
    return Case(f"{name}, beep", clean, add_sound(clean, start, beep), region, engines)


def click(name: str, clean: AudioClip, engines: tuple[str, ...], rng: np.random.Generator) -> Case:
    """Return a case with a click that is marked as one."""
    start, frames = round(0.4 * clean.frames), max(round(0.0008 * clean.rate), 4)
    burst = 0.7 * rng.standard_normal(frames) * np.hanning(frames + 2)[1:-1]
    region = Region(start - 4, start + frames + 4, kind=Kind.CLICK)
    return Case(f"{name}, click", clean, add_sound(clean, start, burst), region, engines)


def clipping(name: str, clean: AudioClip, engines: tuple[str, ...]) -> Case:
    """Return a case with peaks cut off."""
    start, end = round(0.5 * clean.frames), round(0.5 * clean.frames) + round(0.3 * clean.rate)
    sound = clean.read(start, end)
    limit = 0.5 * float(np.max(np.abs(sound)))
    cut = np.clip(sound, -limit, limit)
    damaged = memory(clean.with_patch(Patch(start, tuple(range(clean.channels)), cut)))
    region = Region(start, end, kind=Kind.CLIPPING)
    return Case(f"{name}, clipping", clean, damaged, region, engines)


def add_sound(clean: AudioClip, start: int, sound: np.ndarray) -> AudioClip:
    """Return a recording with a sound over all of its channels."""
    over = clean.read(start, start + len(sound)) + sound.astype(np.float32)
    return memory(clean.with_patch(Patch(start, tuple(range(clean.channels)), over)))


def memory(clip: AudioClip) -> AudioClip:
    """Return a recording without patches, as one that was damaged before it was opened."""
    return AudioClip(MemorySource(clip.read(0, clip.frames), clip.rate))


def notes(rate: int, channels: int, seconds: float, seed: int = 7) -> Samples:
    """Return harmonic notes over a little noise, ``(channels, frames)``."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate)
    sound = 1e-3 * rng.standard_normal((channels, frames))
    step = round(0.4 * rate)
    for start in range(0, frames, step):
        time = np.arange(min(2 * step, frames - start)) / rate
        attack = np.minimum(time / 0.01, 1.0)
        for pitch in rng.choice(PITCHES_HZ, size=2, replace=False):
            levels = rng.uniform(0.4, 1.0, size=(channels, 1))
            for partial in range(1, 7):
                decay = attack * np.exp(-time * (2.0 + partial)) / partial
                wave = np.sin(2 * np.pi * pitch * partial * time + rng.uniform(0, 2 * np.pi))
                sound[:, start : start + time.size] += levels * decay * wave
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def bars(rate: int, channels: int) -> Samples:
    """Return a bar that is played again and again, and noise 60 dB below, as a loop has it."""
    rng = np.random.default_rng(3)
    bar = notes(rate, channels, BAR_S, seed=11)
    for start in np.arange(0.0, BAR_S, 0.5):
        at, frames = round(start * rate), round(0.1 * rate)
        hit = rng.standard_normal(frames) * np.exp(-np.arange(frames) / (0.02 * rate))
        bar[:, at : at + frames] += 0.15 * hit.astype(np.float32)
    sound = np.tile(bar, round(SECONDS / BAR_S))
    noise = 5e-4 * rng.standard_normal(sound.shape)
    return np.asarray(sound + noise, dtype=np.float32)


def voice(rate: int) -> Samples:
    """Return pulses through changing formants with pauses between them, ``(1, frames)``."""
    rng = np.random.default_rng(5)
    parts = []
    while sum(map(len, parts)) < SECONDS * rate:
        frames = round(rng.uniform(0.12, 0.3) * rate)
        pitch = rng.uniform(95.0, 140.0) * np.linspace(1.0, rng.uniform(0.85, 1.15), frames)
        phase = np.cumsum(pitch) / rate
        sound = np.diff(np.floor(phase), prepend=0.0) + 0.02 * rng.standard_normal(frames)
        for hz in FORMANTS_HZ[rng.integers(len(FORMANTS_HZ))]:
            b, a = signal.iirpeak(hz, hz / 120.0, fs=rate)
            sound = sound + 4.0 * signal.lfilter(b, a, sound)
        parts.append(sound * np.hanning(frames) ** 0.3)
        parts.append(1e-3 * rng.standard_normal(round(rng.uniform(0.0, 0.12) * rate)))
    sound = np.concatenate(parts)[: round(SECONDS * rate)]
    return np.asarray(0.5 * sound / np.abs(sound).max(), dtype=np.float32)[None]


def repair_case(case: Case, notebook: Path) -> Iterator[tuple[dict[str, object], Samples | None]]:
    """Yield what each engine makes of a damage: figures, and the samples of the repair."""
    region, rate = case.region, case.clean.rate
    edge = round(EDGE_S * rate)
    low, high = max(region.start_frame - edge, 0), min(region.end_frame + edge, case.clean.frames)
    channels = region.channel_indices(case.clean.channels)
    clean = case.clean.read(low, high, channels)
    where = region.start_frame - low, region.end_frame - low
    for engine in case.engines:
        model = notebook if engine == "original" else None
        (outcome,) = api.repair(RepairJob(case.damaged, (region,), engine, model)).outcomes
        row: dict[str, object] = {"case": case.name, "engine": engine}
        if outcome.problem is not None:
            yield row | {"problem": outcome.problem}, None
            continue
        candidate = outcome.candidates[0]
        patch = candidate.patch
        made = case.damaged.with_patch(patch).read(low, high, channels)
        lost_db = 10 * math.log10(float(np.mean(np.square(clean[:, slice(*where)]))) + 1e-12)
        row |= {
            "start_frame": patch.start_frame,
            "channels": patch.channels,
            "made_by": candidate.engine,
            "source": candidate.source_frames,
            "sha256": hashlib.sha256(np.ascontiguousarray(patch.samples)).hexdigest(),
            "level_db": round(lost_db, 2),
            "snr_db": round(snr_db(clean, made, *where), 3),
            "lsd_db": round(lsd_db(clean, made, *where), 3),
        }
        yield row, patch.samples


def compare_records(
    before: list[dict[str, object]],
    samples_before: dict[str, Samples],
    after: list[dict[str, object]],
    samples_after: dict[str, Samples],
) -> str:
    """Return how far two records lie apart, by engine, and what differs most, as Markdown."""
    known = {f"{row['case']}|{row['engine']}": row for row in before}
    by_engine: dict[str, list[tuple[float, str, dict[str, object], dict[str, object]]]] = {}
    for row in after:
        key = f"{row['case']}|{row['engine']}"
        if key in known:
            apart = apart_db(known[key], row, samples_before.get(key), samples_after.get(key))
            by_engine.setdefault(str(row["engine"]), []).append((apart, key, known[key], row))
    head = ["engine", "repairs", "the same", "most apart dB", "SNR dB", "LSD dB"]
    lines = [head]
    for engine, found in sorted(by_engine.items()):
        same = sum(old.get("sha256") == new.get("sha256") for _, _, old, new in found)
        cells = [engine, str(len(found)), str(same), f"{max(f[0] for f in found):.1f}"]
        for figure in ("snr_db", "lsd_db"):
            both = [(o[figure], n[figure]) for _, _, o, n in found if figure in o and figure in n]
            means = np.nanmean(np.array(both, dtype=np.float64), axis=0) if both else (0.0, 0.0)
            cells.append(f"{means[0]:.3f} → {means[1]:.3f}")
        lines.append(cells)
    worst = sorted((f for found in by_engine.values() for f in found), key=lambda f: -f[0])[:15]
    listed = [["repair", "apart dB", "made by", "SNR dB", "LSD dB"]]
    for apart, key, old, new in worst:
        pairs = [f"{old.get(k)} → {new.get(k)}" for k in ("made_by", "snr_db", "lsd_db")]
        listed.append([key.replace("|", ": "), f"{apart:.1f}", *pairs])
    return f"{format_markdown(lines)}\n\n{format_markdown(listed)}"


def apart_db(
    old: dict[str, object],
    new: dict[str, object],
    samples_old: Samples | None,
    samples_new: Samples | None,
) -> float:
    """Return the largest difference of two repairs against the level of what was lost, in dB."""
    if samples_old is None or samples_new is None:
        return -math.inf if old.get("problem") == new.get("problem") else math.inf
    if samples_old.shape != samples_new.shape or old["start_frame"] != new["start_frame"]:
        return math.inf
    largest = float(np.max(np.abs(samples_old - samples_new), initial=0.0))
    return -math.inf if largest == 0.0 else 20 * math.log10(largest) - float(str(old["level_db"]))


if __name__ == "__main__":
    main()
