"""A repair job, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uasrm_core.audio.clip import AudioClip, Patch
from uasrm_core.audio.region import Region, meets
from uasrm_core.edit.history import RepairNote
from uasrm_core.inpainting.registry import AUTO, REGISTRY, find_specialist

if TYPE_CHECKING:
    from uasrm_core.inpainting.engine import Engine

# Up to here ``auto`` interpolates, or takes the very same sound over where it comes again: nothing
# else comes near.
CERTAIN_S = 0.015


@dataclass(frozen=True, eq=False)
class RepairJob:
    """Everything a repair needs, fixed when it was asked for.

    Attributes
    ----------
    clip
        The recording with the repairs made so far.
    regions
        What to repair.
    engine
        One of `registry.ENGINES`.
    model
        A model file in place of the one that ships, or None.
    context_s
        Seconds of surroundings on each side, or None for the engine's own choice.
    strength
        0 to 1, see `Gap.strength`.
    take
        Which of the network's fills for a gap of `mix.TAKES_FROM_S` or longer; 0 is the smooth one,
        None the one that suits the sound.
    compare
        With ``auto``: offer the candidate of every engine that can repair the region, best first,
        instead of the best one alone.
    adapt
        Fit the network to the recording first, and keep that where it helps.
    damaged
        Damage that the job does not repair, and nothing is to be repaired or learnt from.
    fitted
        The network as it was fitted to the recording, once that is done (see `runner.run`).
    """

    clip: AudioClip
    regions: tuple[Region, ...]
    engine: str = "auto"
    model: Path | None = None
    context_s: float | None = None
    strength: float = 1.0
    take: int | None = None
    compare: bool = False
    adapt: bool = False
    damaged: tuple[Region, ...] = ()
    fitted: Engine | None = None

    def other_damage(self, region: Region) -> tuple[Region, ...]:
        """Return what is damaged besides the job's regions, without what lies over `region`."""
        return tuple(
            other
            for other in self.damaged
            if other not in self.regions
            and not meets(other.start_frame, other.end_frame, (region,))
        )

    @property
    def needs_model(self) -> bool:
        """Whether an engine that was learnt may be asked; loading it takes its time."""
        if self.engine != AUTO:
            return self.engine in REGISTRY and REGISTRY[self.engine].needs_model
        if self.compare:
            return True
        certain = CERTAIN_S * self.clip.rate
        return any(
            (region.is_partial or region.frames > certain) and not self._has_last_word(region)
            for region in self.regions
        )

    def _has_last_word(self, region: Region) -> bool:
        """Whether the engine that is made for the region's kind repairs it, or none does."""
        specialist = find_specialist(region, self.clip.rate)
        return specialist is not None and not specialist.has_substitute


@dataclass(frozen=True)
class Adaptation:
    """What came of fitting the network to a recording.

    Attributes
    ----------
    sentence
        What the user is told.
    kept
        Whether repairs are made with it.
    gain_db
        By how much trials on the recording came nearer, in dB of LSD less 0.15 of SNR.
    is_new
        Whether it was done for this job, and not for an earlier one.
    """

    sentence: str
    kept: bool = False
    gain_db: float = 0.0
    is_new: bool = True


@dataclass(frozen=True)
class QualityEstimate:
    """How near an engine should come, from gaps as long as the region in intact sound nearby.

    Attributes
    ----------
    snr_db, lsd_db
        Means over the trials (`metrics.distances`), nearer or further as exemplars fit the
        region better or worse than they fitted the trials.
    trials
        How many gaps were tried.
    """

    snr_db: float
    lsd_db: float
    trials: int


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way a region may sound; what is auditioned is the patch that is applied.

    Attributes
    ----------
    model
        Which model the engine used, by name and fingerprint, or empty.
    context_s, strength
        With which settings it was made.
    take
        Which of the engine's takes it is, or None where it has one fill only.
    estimate
        The quality estimate from trials nearby, or None where none were made.
    source_frames
        The exemplar of the recording that was taken over, half-open, if one was.
    source_correlation
        How well its surroundings correlate with those of the region, -1 to 1.
    is_unchanged
        Whether the sound is left as it was, bit for bit.
    is_uncovered
        Whether it is the damaged sound with noise taken off it.
    """

    engine: str
    patch: Patch
    seconds_taken: float
    estimate: QualityEstimate | None = None
    source_frames: tuple[int, int] | None = None
    source_correlation: float | None = None
    model: str = ""
    context_s: float | None = None
    strength: float = 1.0
    take: int | None = None
    is_unchanged: bool = False
    is_uncovered: bool = False

    def note(self, region: Region) -> RepairNote:
        """Return how a region was repaired if this is applied, for the history."""
        return RepairNote(
            region,
            self.engine,
            self.model,
            self.context_s,
            self.strength,
            self.seconds_taken,
            self.source_frames,
            self.take,
            self.is_unchanged,
        )


@dataclass(frozen=True, eq=False)
class RegionOutcome:
    """What came of one region: candidates, best first, or one sentence why there are none.

    Attributes
    ----------
    warnings
        A sentence for each engine that failed, where another one repaired the region.
    """

    region: Region
    candidates: tuple[Candidate, ...]
    problem: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RepairResult:
    """What came of a job, in the order its regions were given.

    Attributes
    ----------
    adaptation
        What came of fitting the network to the recording, if that was asked for.
    """

    outcomes: tuple[RegionOutcome, ...]
    adaptation: Adaptation | None = None

    @property
    def best_patches(self) -> tuple[Patch, ...]:
        """The best candidate's patch of every region that has one, in the order they were made.

        The shortest region comes first, as the repair of a longer one that overlaps it builds on
        it: laid over the recording in this order, they sound as they were meant to.
        """
        repaired = [outcome for outcome in self.outcomes if outcome.candidates]
        ordered = sorted(repaired, key=lambda outcome: outcome.region.frames)
        return tuple(outcome.candidates[0].patch for outcome in ordered)

    @property
    def best_notes(self) -> tuple[RepairNote, ...]:
        """How every region that was repaired was repaired, in the order the job gave them."""
        done = [outcome for outcome in self.outcomes if outcome.candidates]
        return tuple(outcome.candidates[0].note(outcome.region) for outcome in done)
