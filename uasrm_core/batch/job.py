"""What is to be done with each recording of a batch: the settings of a job.

`uasrm_core.batch.job_file` reads and writes them as TOML; `docs/batch.md` explains each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.hashing import hash_file
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.detect.detections import DEFAULT_SENSITIVITY, Detection
from uasrm_core.detect.registry import DEFAULT_KINDS, DETECTORS
from uasrm_core.inpainting.registry import AUTO
from uasrm_core.writing.text import json_text

SAME_NAME = "{folder}/{name}"


@dataclass(frozen=True)
class Rule:
    """How regions of some kinds and lengths are treated, where that differs from the others.

    Attributes
    ----------
    kinds
        Of regions; empty means all.
    shorter_than_s, longer_than_s
        Limits of length, or None.
    engine, strength, take
        In place of the job's, or None.
    skip
        Leave such regions as they are.
    """

    kinds: tuple[Kind, ...] = ()
    shorter_than_s: float | None = None
    longer_than_s: float | None = None
    engine: str | None = None
    strength: float | None = None
    take: int | None = None
    skip: bool = False

    def applies(self, region: Region, rate: int) -> bool:
        """Tell whether a region is meant."""
        seconds = region.frames / rate
        return (
            (not self.kinds or region.kind in self.kinds)
            and (self.shorter_than_s is None or seconds < self.shorter_than_s)
            and (self.longer_than_s is None or seconds > self.longer_than_s)
        )


@dataclass(frozen=True)
class BatchJob:
    """The settings of a batch.

    Attributes
    ----------
    kinds, sensitivity
        What is looked for, see `DetectSettings`.
    sensitivities
        Kinds with a sensitivity of their own.
    regions
        A template for label files that name the regions, in place of detection; empty for none.
    engine, model, context_s, strength, take, adapt
        See `RepairJob`.
    rules
        The first one that applies to a region counts.
    name
        A template for the name of a repaired recording, without its ending.
    suffix
        The ending of a repaired recording, such as ``.flac``; empty keeps the original's.
    bits, dither, quality
        Depth (one of `DEPTHS`), dither (``tpdf`` or ``none``) and quality of the results, or None
        for what suits the recording.
    coding_history
        See `export_clip`.
    labels, log, report, session
        Which files are written beside each repaired recording.
    archive, operator
        Write the records of an archive (`uasrm_core.archive.record`), and who restores.
    copy_intact
        Write recordings in which there is nothing to repair, too.
    """

    kinds: tuple[str, ...] = DEFAULT_KINDS
    sensitivity: float = DEFAULT_SENSITIVITY
    sensitivities: tuple[tuple[str, float], ...] = ()
    regions: str = ""
    engine: str = AUTO
    model: Path | None = None
    context_s: float | None = None
    strength: float = 1.0
    take: int | None = None
    adapt: bool = False
    rules: tuple[Rule, ...] = ()
    name: str = SAME_NAME
    suffix: str = ""
    bits: str | None = None
    dither: str = "tpdf"
    quality: float | None = None
    coding_history: bool = False
    labels: bool = True
    log: bool = True
    report: bool = True
    session: bool = True
    archive: bool = False
    operator: str = ""
    copy_intact: bool = True

    def fingerprint(self) -> str:
        """Return a hash of all settings and of the model file, if the job names one.

        Raises
        ------
        OSError
            The model cannot be read.
        """
        plain: dict[str, Any] = asdict(self)
        if self.model is not None:
            plain["model"] = hash_file(self.model)
        return hashlib.sha256(json_text(plain, indent=0).encode()).hexdigest()

    @property
    def highest_sensitivity(self) -> float:
        """The sensitivity that one analysis for all kinds needs."""
        own = dict(self.sensitivities)
        return max(own.get(kind, self.sensitivity) for kind in self.kinds)

    def keep(self, detections: Sequence[Detection]) -> tuple[Detection, ...]:
        """Return the detections that the sensitivities of their kinds keep."""
        own = {DETECTORS[kind].kind: value for kind, value in self.sensitivities}
        return tuple(
            detection
            for detection in detections
            if detection.confidence >= 1.0 - own.get(detection.kind, self.sensitivity)
        )

    def rule_for(self, region: Region, rate: int) -> Rule:
        """Return how a region is treated: the first rule that applies, completed by the job."""
        rule = next((rule for rule in self.rules if rule.applies(region, rate)), Rule())
        return replace(
            rule,
            kinds=(),
            shorter_than_s=None,
            longer_than_s=None,
            engine=rule.engine or self.engine,
            strength=self.strength if rule.strength is None else rule.strength,
            take=self.take if rule.take is None else rule.take,
        )

    def drop_skipped(self, clip: AudioClip, regions: Sequence[Region]) -> tuple[Region, ...]:
        """Return the regions that no rule leaves out."""
        return tuple(r for r in regions if not self.rule_for(r, clip.rate).skip)
