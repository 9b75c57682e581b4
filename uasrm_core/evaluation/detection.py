"""Plant damages into clean recordings, look for them, repair them, and count."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import Detection, DetectSettings
from uasrm_core.detect.registry import DEFAULT_KINDS, DETECTORS
from uasrm_core.evaluation import rival
from uasrm_core.evaluation.matching import match
from uasrm_core.evaluation.planting import (
    Damage,
    plant_clicks,
    plant_clipping,
    plant_dropouts,
)
from uasrm_core.evaluation.planting_clicks import plant_mouth_clicks
from uasrm_core.evaluation.planting_noises import (
    plant_coughs,
    plant_hum,
    plant_thumps,
    plant_tones,
)
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.progress import Progress

CLICK_DB = (-40.0, -30.0, -20.0, -10.0, 0.0)
DROPOUT_MS = ((2.0, 5.0), (5.0, 20.0), (20.0, 100.0), (100.0, 500.0))
CLIPPED_DB = (3.0, 6.0, 10.0, 15.0, 20.0)
# Damages in a minute.
CLICKS, DROPOUTS, CLIPPINGS = 60, 24, 12
MOUTH_DB, MOUTH_MS, MOUTH_CLICKS = (0.0, 5.0, 10.0, 15.0), (1.0, 15.0), 30
THUMP_DB, COUGH_DB = (0.0, 6.0, 12.0), (6.0, 12.0, 18.0)
TONE_DB, HUM_DB = (-15.0, -5.0, 5.0), (-40.0, -30.0, -20.0)
NOISES = 8
PEAK = 0.98
BEST_SNR_DB = 100.0

Planted = tuple[Samples, tuple[Damage, ...]]


class PlantNoise(Protocol):
    """Plants noises of a kind at a level."""

    def __call__(
        self, s: Samples, r: int, g: np.random.Generator, /, *, level_db: float, count: int
    ) -> Planted:
        """Return the recording with them, and what was planted."""
        ...


@dataclass(frozen=True)
class Condition:
    """A kind of damage at a level, how to plant it, and what is looked for then."""

    kind: Kind
    level: str
    plant: Callable[[Samples, int, np.random.Generator, int], Planted]
    a_minute: int
    detectors: tuple[str, ...] = DEFAULT_KINDS


@dataclass(frozen=True)
class Tally:
    """Counts and levels of one condition in one recording, or in several added up.

    Attributes
    ----------
    planted, found, finds
        How many damages there were, how many were found, and how many detections there were.
    rival_found, rival_finds
        The same of what ffmpeg changed.
    minutes
        How much sound.
    damaged_db, repaired_db, rival_db
        SNR over the whole recording, in dB, summed over the recordings.
    """

    recordings: int
    minutes: float
    planted: int
    found: int
    finds: int
    rival_found: int
    rival_finds: int
    damaged_db: float
    repaired_db: float
    rival_db: float

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)))


def conditions() -> tuple[Condition, ...]:
    """Return what is planted, kind by kind and level by level."""

    def clicks(level_db: float) -> Condition:
        return Condition(
            Kind.CLICK,
            f"{level_db:g} dB",
            lambda s, r, g, n: plant_clicks(s, r, g, level_db=level_db, count=n),
            CLICKS,
        )

    def dropouts(span: tuple[float, float]) -> Condition:
        return Condition(
            Kind.DROPOUT,
            f"{span[0]:g}-{span[1]:g} ms",
            lambda s, r, g, n: plant_dropouts(s, r, g, lengths_ms=span, count=n),
            DROPOUTS,
        )

    def clipping(cut_db: float) -> Condition:
        return Condition(
            Kind.CLIPPING,
            f"{cut_db:g} dB",
            lambda s, r, g, n: plant_clipping(s, r, g, cut_db=cut_db, count=n),
            CLIPPINGS,
        )

    usual = (*map(clicks, CLICK_DB), *map(dropouts, DROPOUT_MS), *map(clipping, CLIPPED_DB))
    return (*usual, *_list_mouth_clicks(), *_list_noises())


def _list_mouth_clicks() -> tuple[Condition, ...]:
    def condition(level_db: float) -> Condition:
        def plant(s: Samples, r: int, g: np.random.Generator, n: int) -> Planted:
            levels = level_db, level_db
            return plant_mouth_clicks(s, r, g, count=n, level_db=levels, lengths_ms=MOUTH_MS)

        return Condition(Kind.CLICK, f"mouth, {level_db:g} dB", plant, MOUTH_CLICKS)

    return tuple(map(condition, MOUTH_DB))


def _list_noises() -> tuple[Condition, ...]:
    """Return the noises that are looked for only where they are asked for."""

    def noise(kind: Kind, level_db: float, plant: PlantNoise, name: str) -> Condition:
        return Condition(
            kind,
            f"{level_db:g} dB",
            lambda s, r, g, n: plant(s, r, g, level_db=level_db, count=n),
            NOISES,
            (name,),
        )

    def hum(level_db: float) -> Condition:
        return Condition(
            Kind.HUM,
            f"{level_db:g} dB",
            lambda s, r, g, n: plant_hum(s, r, g, level_db=level_db),
            1,
            ("hum",),
        )

    return (
        *(noise(Kind.THUMP, level, plant_thumps, "thumps") for level in THUMP_DB),
        *(noise(Kind.COUGH, level, plant_coughs, "coughs") for level in COUGH_DB),
        *(noise(Kind.TONE, level, plant_tones, "tones") for level in TONE_DB),
        *map(hum, HUM_DB),
    )


def excerpt(path: Path, seconds: float) -> tuple[Samples, int]:
    """Return the middle of a recording, kept off full scale and rounded to 16 bits.

    Decoders put out more than full scale holds and finer steps than any recording had.
    """
    clip = api.open_clip(path)
    frames = min(round(seconds * clip.rate), clip.frames)
    start = (clip.frames - frames) // 2
    samples = clip.read(start, start + frames)
    loudest = float(np.max(np.abs(samples), initial=0.0))
    return round_to_16_bits(samples * min(PEAK / max(loudest, 1e-9), 1.0)), clip.rate


def round_to_16_bits(samples: Samples) -> Samples:
    """Return samples as 16 bits hold them."""
    steps = np.clip(np.round(samples * 32768.0), -32768, 32767)
    return np.asarray(steps / 32768.0, dtype=np.float32)


def measure(
    clean: Samples,
    rate: int,
    condition: Condition,
    *,
    name: str,
    seed: int = 0,
    compare: bool = True,
    repair: bool = True,
    progress: Progress | None = None,
) -> Tally:
    """Plant, find and repair in one recording, at the default sensitivity.

    Detections of any kind count: one of another kind than was planted is a false alarm.
    """
    minutes = clean.shape[1] / rate / 60
    rng = np.random.default_rng([seed, zlib.crc32(os.fsencode(f"{name} {condition.level}"))])
    count = max(1, round(condition.a_minute * minutes))
    damaged, damages = condition.plant(clean, rate, rng, count)
    damaged = round_to_16_bits(damaged)
    clip = AudioClip(MemorySource(damaged, rate))
    detections = api.detect(clip, DetectSettings(condition.detectors), progress)
    found = sum(n is not None for n in match(damages, detections, rate).found)
    mended = repair_detections(clip, detections, progress) if repair else damaged
    compare = compare and condition.kind in rival.FILTERS
    by_rival = rival.run_filter(damaged, rate, condition.kind) if compare else damaged
    changed = rival.changes(damaged, by_rival, rate, condition.kind) if compare else []
    rival_found = sum(n is not None for n in match(damages, changed, rate).found)
    return Tally(
        1,
        minutes,
        len(damages),
        found,
        len(detections),
        rival_found,
        len(changed),
        snr_db(clean, damaged),
        snr_db(clean, mended),
        snr_db(clean, by_rival),
    )


def repair_detections(
    clip: AudioClip, detections: Sequence[Detection], progress: Progress | None = None
) -> Samples:
    """Repair every detection by the automatic choice and return the recording."""
    regions = tuple(detection.region(clip.channels) for detection in detections)
    result = api.repair(RepairJob(clip, regions), progress)
    return clip.with_patches(result.best_patches).read(0, clip.frames)


def count_false_alarms(clean: Samples, rate: int) -> dict[str, int]:
    """Return how many detections each detector makes in a recording without damage."""
    detections = api.detect(AudioClip(MemorySource(clean, rate)), DetectSettings(tuple(DETECTORS)))
    return {
        name: sum(detection.kind == traits.kind for detection in detections)
        for name, traits in DETECTORS.items()
    }


def snr_db(clean: Samples, heard: Samples) -> float:
    """Return how far a recording is from the clean one, in dB, at most `BEST_SNR_DB`."""
    error = float(np.sum(np.square(heard.astype(np.float64) - clean)))
    power = float(np.sum(np.square(clean.astype(np.float64))))
    if error <= power * 10 ** (-BEST_SNR_DB / 10):
        return BEST_SNR_DB
    return 10 * float(np.log10(power / error))
