"""The candidates for one region, side by side: asked for, auditioned, applied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import FrameRange, drop_patches, place
from uasrm_core.errors import RegionError
from uasrm_core.inpainting.job import Candidate, RepairJob
from uasrm_core.translation import tr
from uasrm_gui.background.jobs import Job
from uasrm_gui.notices import Notice
from uasrm_gui.sound.playback_plan import Version
from uasrm_gui.state.document import Document
from uasrm_gui.state.playback import Playback
from uasrm_gui.state.proposals import Proposal, Proposals

# What lies further away than this has no part in a candidate that a user would hear.
SURROUNDINGS_S = 1.0


@dataclass(frozen=True)
class OtherSettings:
    """How another candidate is to be made; see `RepairJob`."""

    engine: str
    context_s: float | None = None
    strength: float = 1.0
    take: int | None = None


class Comparison(QObject):
    """What the compare panel shows.

    `changed` tells that there are other candidates, `chosen_changed` that another one is
    auditioned or applied, `step_changed` that something else is being done for them.
    """

    changed = Signal()
    chosen_changed = Signal()
    step_changed = Signal()

    def __init__(self, document: Document, playback: Playback) -> None:
        super().__init__(document)
        self._document = document
        self._playback = playback
        self._base: AudioClip | None = None
        self._region: Region | None = None
        self._proposals: tuple[Proposal, ...] = ()
        self._chosen: int | None = None
        self._job: Job | None = None
        self._before: tuple[Proposal, ...] = ()
        self._hears_next = False
        self._step = ""
        document.work.opened.connect(self.close)
        document.work.samples_changed.connect(self._check)

    @property
    def region(self) -> Region | None:
        """What the candidates are for, or None while nothing is compared."""
        return self._region

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """The candidates, best first; those made with other settings come last."""
        return self._proposals

    @property
    def chosen(self) -> int | None:
        """Which candidate is auditioned."""
        return self._chosen

    @property
    def chosen_candidate(self) -> Candidate | None:
        """The candidate that is auditioned."""
        return None if self._chosen is None else self._proposals[self._chosen].candidate

    @property
    def applied(self) -> int | None:
        """Which candidate is in the recording as it is now."""
        clip = self._document.work.clip
        patches = [proposal.candidate.patch for proposal in self._proposals]
        if clip is None:
            return None
        for number, patch in enumerate(patches):
            now = clip.read(patch.start_frame, patch.end_frame, patch.channels)
            if np.array_equal(now, patch.samples):
                return number
        return None

    @property
    def touched(self) -> tuple[FrameRange, ...]:
        """What sounds different with one candidate or another."""
        patches = (proposal.candidate.patch for proposal in self._proposals)
        return tuple({FrameRange(patch.start_frame, patch.end_frame) for patch in patches})

    @property
    def is_busy(self) -> bool:
        """Whether candidates are being made."""
        return self._job is not None

    @property
    def step(self) -> str:
        """What is being done for the candidates that are being made, or empty."""
        return self._step

    def begin(self, region: Region) -> None:
        """Ask every engine that can repair a region for its candidate."""
        clip, original = self._document.work.clip, self._document.work.original
        if clip is None or original is None:
            return
        try:
            region = region.fit_to(clip.info)
        except RegionError as error:
            self._document.noticed.emit(Notice(str(error), "warning"))
            return
        self.close()
        self._region = region
        # A place that was repaired before is compared as if it had not been.
        self._base = self._undo_repairs(region, original)
        self._ask(RepairJob(self._base, (region,), compare=True))

    def add(self, settings: OtherSettings) -> None:
        """Ask for one more candidate, made otherwise."""
        if self._base is None or self._region is None or self._job is not None:
            return
        job = RepairJob(
            self._base,
            (self._region,),
            engine=settings.engine,
            context_s=settings.context_s,
            strength=settings.strength,
            take=settings.take,
        )
        self._ask(job)

    @property
    def has_takes(self) -> bool:
        """Whether a candidate is one of several that an engine could have made."""
        return any(proposal.candidate.take is not None for proposal in self._proposals)

    @property
    def next_take(self) -> OtherSettings | None:
        """Return how the next take would be made, or None where no candidate is one of several."""
        made = [proposal.candidate for proposal in self._proposals]
        takes = [candidate for candidate in made if candidate.take is not None]
        if not takes or self._job is not None:
            return None
        last = takes[-1]
        number = 1 + max(candidate.take or 0 for candidate in takes)
        return OtherSettings(last.engine, last.context_s, last.strength, number)

    def add_take(self) -> None:
        """Ask for a take that was not made yet; it is heard as soon as it is there."""
        settings = self.next_take
        if settings is not None:
            self._hears_next = True
            self.add(settings)

    def audition(self, number: int) -> None:
        """Hear and see a candidate in place."""
        if self._base is None or self._region is None or not 0 <= number < len(self._proposals):
            return
        patch = self._proposals[number].candidate.patch
        self._chosen = number
        self._document.selection.select(place(self._region))
        self._playback.put_candidate(self._base.with_patch(patch))
        self._playback.listen_to(Version.CANDIDATE)
        self._playback.play_if_silent()
        self.chosen_changed.emit()

    def apply(self) -> None:
        """Put the candidate that is auditioned into the recording, as it was heard."""
        candidate = self.chosen_candidate
        if candidate is not None and self._region is not None:
            self._playback.put_candidate(None)
            self._document.repairs.apply(self._region, candidate)
            self.chosen_changed.emit()

    def close(self) -> None:
        """Compare nothing any more."""
        if self._job is not None:
            self._job.cancel()
        self._base, self._region, self._proposals, self._chosen = None, None, (), None
        self._playback.put_candidate(None)
        self.changed.emit()

    def _ask(self, job: RepairJob) -> None:
        asked = self._document.repairs.propose(job)
        if asked is None:
            self.close()
            return
        self._job, self._before = asked, self._proposals
        asked.handed_over.connect(lambda proposal: self._on_part(asked, proposal))
        asked.progressed.connect(lambda done, words: self._on_progress(asked, words))
        asked.succeeded.connect(lambda proposals: self._on_proposed(asked, proposals))
        asked.ended.connect(lambda: self._on_ended(asked))
        self.changed.emit()

    def _on_proposed(self, job: Job, proposals: Proposals) -> None:
        if job is not self._job:
            return
        if proposals.problem is not None:
            self._document.noticed.emit(Notice(proposals.problem, "warning"))
        self._proposals = (*self._before, *proposals.made)

    def _on_part(self, job: Job, proposal: Proposal) -> None:
        """Show a candidate while others are being made."""
        if job is self._job:
            self._proposals = (*self._proposals, proposal)
            self.changed.emit()

    def _on_progress(self, job: Job, words: str) -> None:
        if job is self._job and words != self._step:
            self._step = words
            self.step_changed.emit()

    def _on_ended(self, job: Job) -> None:
        if job is self._job:
            self._job, self._step = None, ""
            if not self._proposals:
                self._base, self._region = None, None
            self.changed.emit()
            hears, self._hears_next = self._hears_next, False
            if hears and len(self._proposals) > len(self._before):
                self.audition(len(self._proposals) - 1)

    def _undo_repairs(self, region: Region, original: AudioClip) -> AudioClip:
        history = self._document.work.history
        return original.with_patches(drop_patches(history, region, original.channels))

    def _check(self, ranges: tuple[FrameRange, ...]) -> None:
        """Go on with the recording as it is now, unless the candidates no longer fit into it."""
        base, clip, original = self._base, self._document.work.clip, self._document.work.original
        if base is None or clip is None or original is None or self._region is None:
            return
        region = self._region
        now = self._undo_repairs(region, original)
        around = round(SURROUNDINGS_S * clip.rate)
        low, high = max(region.start_frame - around, 0), min(region.end_frame + around, clip.frames)
        far = all(spot.end_frame <= low or high <= spot.start_frame for spot in ranges)
        # its own repair come or gone is no change, and the cheapest of the three to see
        same = now.patches == base.patches or far
        if same or np.array_equal(base.read(low, high), now.read(low, high), equal_nan=True):
            self._base = now
            if self._chosen is not None and self._playback.has_candidate:
                patch = self._proposals[self._chosen].candidate.patch
                self._playback.put_candidate(now.with_patch(patch))
            self.chosen_changed.emit()
        else:
            self.close()
            text = tr("The sound around the region has changed; compare it again.")
            self._document.noticed.emit(Notice(text))
