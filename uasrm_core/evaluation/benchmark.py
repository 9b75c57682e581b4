"""Damage clean recordings, let the engines repair them, and measure how near they come."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, AudioSource, Patch, Samples, SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.errors import DataError
from uasrm_core.evaluation.boxes import add_disturbance, box_cuts
from uasrm_core.evaluation.measures import MEASURES, Comparison
from uasrm_core.evaluation.places import (
    Cut,
    labelled_cuts,
    lossy_cuts,
    random_cuts,
    rival_cuts,
)
from uasrm_core.inpainting.adapt import adapt
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.progress import Progress

DEFAULT_GAPS_MS = (10.0, 20.0, 50.0, 100.0, 200.0, 300.0, 500.0)
DEFAULT_ENGINES = ("ar", "unet")
DEFAULT_METRICS = ("snr", "lsd")
DEFAULT_BOXES_MS = (300.0, 1000.0)
DEFAULT_BOX_METRICS = ("snr", "lsd", "box", "outside")
# After an engine's name: fitted to each recording first.
ADAPTED = " adapted"
# Before the number of a take after an engine's name.
TAKE = ", take "
# What the measures hear on each side of a gap: of speech, mostly the phrase.
HEARD_S = 2.0


@dataclass(frozen=True)
class Places:
    """Which rule chooses what is damaged.

    Attributes
    ----------
    rule
        ``random``, ``rival``, ``boxes``, ``losses`` or ``labels``.
    count
        Places a recording, for ``random`` and ``boxes``.
    share
        Of lost packets, for ``losses``.
    labels
        The label file, for ``labels``; its regions' own lengths take the place of `gaps_ms`.
    """

    rule: str = "random"
    count: int = 16
    labels: Path | None = None
    share: float = 0.2

    def __str__(self) -> str:
        own = {"rival": "", "labels": f":{self.labels}", "losses": f":{self.share:.0%}"}
        return self.rule + own.get(self.rule, f":{self.count}")


@dataclass(frozen=True)
class BenchmarkSettings:
    """All that decides a benchmark's figures besides the recordings and the engines.

    Attributes
    ----------
    engines
        Their names; with `TAKE` and a number after it, one is measured with that take; with
        `ADAPTED`, as it is once it was adapted to each recording, without the sound of any of its
        gaps.
    model
        A model file in place of the one that ships; if `original` is among the engines, its own.
    take
        Which of the network's takes, see `RepairJob.take`.
    mono
        Mix each recording to one channel first, so that figures compare with published ones.
    """

    gaps_ms: tuple[float, ...] = DEFAULT_GAPS_MS
    engines: tuple[str, ...] = DEFAULT_ENGINES
    places: Places = Places()
    metrics: tuple[str, ...] = DEFAULT_METRICS
    model: Path | None = None
    take: int | None = None
    mono: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Score:
    """What one engine made of one gap.

    Attributes
    ----------
    values
        Figure by metric; empty where the engine gave up, with `problem` saying why.
    note
        A sentence on how it was made, if there is something to say.
    """

    file: str
    cut: Cut
    rate: int
    engine: str
    values: dict[str, float]
    seconds_taken: float = 0.0
    problem: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Benchmark:
    """Every score of a run, and what had to be left out."""

    settings: BenchmarkSettings
    scores: tuple[Score, ...]
    notes: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The recordings that were measured, by name."""
        return tuple(sorted({score.file for score in self.scores}))


Listener = Callable[[Score, Comparison], None]


@dataclass(frozen=True, eq=False)
class MonoSource:
    """A recording mixed to one channel as it is read."""

    clip: AudioClip

    @property
    def info(self) -> SourceInfo:
        """What the mix is."""
        of = self.clip.info
        return SourceInfo(of.path, of.container, of.subtype, of.rate, 1, of.frames)

    @property
    def ready_frames(self) -> int:
        """As much as the recording has."""
        return self.clip.ready_frames

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return the mean of the channels, float32 ``(1, end_frame - start_frame)``."""
        channels = self.clip.read(start_frame, end_frame)
        return np.asarray(channels.mean(axis=0, keepdims=True), dtype=np.float32)


def run_benchmark(
    files: Sequence[Path],
    settings: BenchmarkSettings,
    progress: Progress | None = None,
    *,
    listeners: Sequence[Listener] = (),
) -> Benchmark:
    """Measure the engines on damage done to clean recordings.

    Every engine gets the same damage. The files are only read.

    Parameters
    ----------
    listeners
        Are told of every repair as it is scored, with its sound.

    Raises
    ------
    DataError
        No recording has room for a single gap.
    UasrmError
        A file or a model cannot be read.
    """
    progress = progress or Progress()
    notes: list[str] = []
    work: list[tuple[Path, AudioClip, Cut, tuple[Region, ...]]] = []
    for file in files:
        clip = _clean_clip(file, mono=settings.mono)
        cuts = _choose_cuts(file, clip, settings)
        notes.extend(_list_left_out(file, clip, cuts, settings))
        lost = tuple(Region(start, end) for cut in cuts for start, end in cut.gaps)
        work.extend((file, clip, cut, lost) for cut in cuts)
    if not work:
        raise DataError("No gap can be cut: " + " ".join(notes))
    scores: list[Score] = []
    for index, (file, clip, cut, lost) in enumerate(work):
        progress.report(index / len(work), f"{file.name}, {cut.length_ms:g} ms")
        for score, comparison in _measure(file, clip, cut, lost, settings, progress):
            scores.append(score)
            if score.note is not None and score.note not in notes:
                notes.append(score.note)
            if comparison is not None:
                for listener in listeners:
                    listener(score, comparison)
    progress.report(1.0, "done")
    return Benchmark(settings, tuple(scores), tuple(notes))


def apply_damage(clip: AudioClip, cut: Cut) -> AudioClip:
    """Return the recording with the gap blanked, or a box's sound over it, in all channels."""
    if cut.kind != "gap" and not cut.losses:
        return add_disturbance(clip, cut)
    for start, end in cut.gaps:
        zeros = np.zeros((clip.channels, end - start), dtype=np.float32)
        clip = clip.with_patch(Patch(start, tuple(range(clip.channels)), zeros))
    return clip


def compare(clean: AudioClip, broken: AudioClip, repaired: AudioClip, cut: Cut) -> Comparison:
    """Return what the measures hear of three recordings alike in shape: the damage and around."""
    edge = round(HEARD_S * clean.rate)
    low, high = max(cut.start_frame - edge, 0), min(cut.end_frame + edge, clean.frames)
    return Comparison(
        clean=clean.read(low, high),
        damaged=broken.read(low, high),
        repaired=repaired.read(low, high),
        start=cut.start_frame - low,
        end=cut.end_frame - low,
        rate=clean.rate,
        band_hz=cut.band_hz,
    )


def figures(comparison: Comparison, metrics: Iterable[str]) -> dict[str, float]:
    """Return the figures of a repair, by metric."""
    return {name: MEASURES[name].take(comparison) for name in metrics}


def _clean_clip(file: Path, *, mono: bool) -> AudioClip:
    clip = api.open_clip(file)
    if not mono or clip.channels == 1:
        return clip
    mix: AudioSource = MonoSource(clip)
    return AudioClip(mix)


def _choose_cuts(file: Path, clip: AudioClip, settings: BenchmarkSettings) -> list[Cut]:
    places = settings.places
    if places.rule == "rival":
        return rival_cuts(clip, settings.gaps_ms, file.stem)
    if places.rule == "labels":
        assert places.labels is not None
        return labelled_cuts(clip, tuple(api.read_labels(places.labels, clip.rate)))
    # Seeded by name too, so that a file's gaps do not depend on which others are measured.
    rng = np.random.default_rng([settings.seed, zlib.crc32(os.fsencode(file.name))])
    if places.rule == "losses":
        return lossy_cuts(clip, places.share, rng)
    draw = box_cuts if places.rule == "boxes" else random_cuts
    return draw(clip, settings.gaps_ms, count=places.count, rng=rng)


def _list_left_out(
    file: Path, clip: AudioClip, cuts: list[Cut], settings: BenchmarkSettings
) -> list[str]:
    """Return a sentence if some lengths, or the whole recording, cannot be measured."""
    if settings.places.rule == "labels":
        return [] if cuts else [f"{settings.places.labels} names no region."]
    if settings.places.rule == "losses":
        return [] if cuts else [f"No packet of {file.name} is lost; it is skipped."]
    used = {cut.length_ms for cut in cuts}
    missing = [f"{ms:g}" for ms in settings.gaps_ms if ms not in used]
    if not missing:
        return []
    return [
        f"{file.name}, {clip.info.duration_s:.2f} s long, has no audible place for gaps of "
        f"{', '.join(missing)} ms; they are skipped."
    ]


def _measure(
    file: Path,
    clip: AudioClip,
    cut: Cut,
    lost: tuple[Region, ...],
    settings: BenchmarkSettings,
    progress: Progress,
) -> Iterator[tuple[Score, Comparison | None]]:
    broken = apply_damage(clip, cut)
    low_hz, high_hz = cut.band_hz or (None, None)
    regions = tuple(Region(start, end, low_hz, high_hz) for start, end in cut.gaps)
    silent = Progress(is_cancelled=progress.is_cancelled)
    for engine in settings.engines:
        is_meant = engine == "original" or "original" not in settings.engines
        model = settings.model if is_meant else None
        name, _, number = engine.removesuffix(ADAPTED).partition(TAKE)
        take = int(number) if number else settings.take
        job = RepairJob(broken, regions, name, model, take=take)
        note = None
        if engine.endswith(ADAPTED):
            # other gaps are sound like any other to a repair, but nothing is to be learnt of them
            adaptation, fitted = adapt(replace(job, damaged=lost), silent)
            job = replace(job, fitted=fitted)
            note = f"{file.name}: {adaptation.sentence}"
        result = api.repair(job, silent)
        problem = next((o.problem for o in result.outcomes if not o.candidates), None)
        score = Score(str(file), cut, clip.rate, engine, {}, problem=problem, note=note)
        if problem is not None:
            yield score, None
            continue
        repaired = broken
        for patch in result.best_patches:
            repaired = repaired.with_patch(patch)
        comparison = compare(clip, broken, repaired, cut)
        values = figures(comparison, settings.metrics)
        taken = sum(outcome.candidates[0].seconds_taken for outcome in result.outcomes)
        yield replace(score, values=values, seconds_taken=taken), comparison
