"""What the review shows of a detection and its repair, before the detection is accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import FrameRange
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_gui.background.loader import Loader, Task
from uasrm_gui.sound.playback_plan import Version
from uasrm_gui.state.document import Document
from uasrm_gui.state.playback import Playback
from uasrm_gui.state.review import Review

# How many detections after the one that is looked at are prepared.
AHEAD = 3
# The edges of a detection may be on the move.
WAIT_MS = 150
# Of the sound around a detection: so many times its length on either side, within these bounds.
AROUND, LEAST_AROUND_S, MOST_AROUND_S = 1.5, 0.004, 0.5
MOST_KEPT = 64
# Longer detections, such as a hum throughout, take too much memory and time to be tried unasked.
LONGEST_S = 5.0
# Behind the jobs that somebody waits for.
LOWER_BY = 8


@dataclass(frozen=True, eq=False)
class Preview:
    """A detection with the sound around it.

    Attributes
    ----------
    region
        The detection's place, as it would be repaired.
    start_frame
        Where `before` and `after` begin.
    before, after
        float32 ``(channels, frames)`` of the region's channels as they are, and as the repair would
        make them; `after` is None while that is not known.
    patch
        What the repair would put in place.
    problem
        Why it cannot be repaired, as a sentence.
    is_done
        Whether it is repaired already: `before` is the original, `after` what is there now.
    """

    region: Region
    start_frame: int
    before: Samples
    after: Samples | None = None
    patch: Patch | None = None
    problem: str = ""
    is_done: bool = False


class Side(Enum):
    """What can be heard of a detection."""

    BEFORE = "before"
    AFTER = "after"
    REMOVED = "removed"
    NOW = "now"


# Which version of the recording that is, before a detection is repaired and once it is.
TO_COME = {
    Side.BEFORE: Version.REPAIRED,
    Side.AFTER: Version.CANDIDATE,
    Side.REMOVED: Version.REMOVED,
    Side.NOW: Version.REPAIRED,
}
DONE = {**TO_COME, Side.BEFORE: Version.ORIGINAL, Side.AFTER: Version.REPAIRED}


def leave_out(region: Region) -> Preview:
    """Return what there is to show of a detection that is too long to be tried."""
    text = tr("This find is too long to be tried beforehand; repair it to hear the difference.")
    return Preview(region, region.start_frame, np.zeros((1, 0), np.float32), problem=text)


def read_before_and_after(original: AudioClip, clip: AudioClip, region: Region) -> Preview:
    """Read a place that was repaired: the original, and what is there now."""
    now = read_around(clip, region)
    return replace(read_around(original, region), after=now.before, is_done=True)


def read_around(clip: AudioClip, region: Region) -> Preview:
    """Read a place with a little around it."""
    shortest, longest = round(LEAST_AROUND_S * clip.rate), round(MOST_AROUND_S * clip.rate)
    around = min(max(round(AROUND * region.frames), shortest), longest)
    start, end = max(region.start_frame - around, 0), min(region.end_frame + around, clip.frames)
    channels = region.channel_indices(clip.channels)
    return Preview(region, start, np.nan_to_num(clip.read(start, end, channels)))


class Previews(QObject):
    """Repairs of the current detection and of the next few, made in a thread of their own.

    None of them is a step of the document. `changed` tells that there is more to show of the
    present detection.
    """

    changed = Signal()

    def __init__(self, document: Document, review: Review, playback: Playback) -> None:
        super().__init__(document)
        self._document, self._review, self._playback = document, review, playback
        self._made: dict[Region, Preview] = {}
        # Of the recording as it is now; what comes of an earlier one is dropped.
        self._round = 0
        self._wanted: Side | None = None
        self._heard = Version.REPAIRED
        self._auditioned: FrameRange | None = None
        self._candidate: AudioClip | None = None
        self._loader = Loader("previews of detections", self, lower_by=LOWER_BY)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._ask)
        review.current_changed.connect(self._on_moved)
        review.changed.connect(self._on_moved)
        # there are more to make in advance, but what is heard stays
        review.grew.connect(lambda rows: self._timer.start())
        document.selection.changed.connect(lambda selection: self._on_moved())
        document.work.opened.connect(self._forget)
        document.work.samples_changed.connect(lambda ranges: self._forget())

    @property
    def current(self) -> Preview | None:
        """What there is to show of the present detection."""
        region = self._review.target
        return None if region is None else self._made.get(region)

    @property
    def touched(self) -> tuple[FrameRange, ...]:
        """What sounds different while a repair is auditioned that is not accepted."""
        return () if self._auditioned is None else (self._auditioned,)

    def play(self, side: Side) -> None:
        """Play the present detection as it is, as it would be, or what would be removed.

        Where it is repaired already: as it was, as it is, and what was removed. A repair that is
        not made yet is played as soon as it is.
        """
        preview, region = self.current, self._review.target
        if region is None:
            return
        self._wanted = None
        patch = None if preview is None else preview.patch
        if self._document.work.is_repaired(region):
            self._play_version(DONE[side], None)
        elif patch is not None or TO_COME[side] is Version.REPAIRED:
            self._play_version(TO_COME[side], patch)
        else:
            self._wanted = side

    def shutdown(self) -> None:
        """Stop, and wait for the thread to end."""
        self._loader.shutdown()

    # inside

    def _play_version(self, version: Version, patch: Patch | None) -> None:
        clip = self._document.work.clip
        assert clip is not None
        if patch is not None:
            self._auditioned = FrameRange(patch.start_frame, patch.end_frame)
            self._candidate = clip.with_patch(patch)
            self._playback.put_candidate(self._candidate)
        self._heard = version
        self._playback.listen_to(version)
        self._playback.play(once=True)

    def _on_moved(self) -> None:
        self._wanted = None
        self._put_back()
        self.changed.emit()
        self._timer.start()

    def _put_back(self) -> None:
        """Hear and see the recording as it is again."""
        if self._candidate is not None and self._playback.candidate is self._candidate:
            self._playback.put_candidate(None)
        self._auditioned = self._candidate = None
        heard, self._heard = self._heard, Version.REPAIRED
        if heard is not Version.REPAIRED and self._playback.version is heard:
            self._playback.listen_to(Version.REPAIRED)

    def _forget(self) -> None:
        self._made.clear()
        self._round += 1
        self._on_moved()

    def _ask(self) -> None:
        """Have made what is missing of the present detection and of the next."""
        work, target = self._document.work, self._review.target
        clip, original = work.clip, work.original
        if clip is None or original is None or target is None:
            self._loader.request([])
            return
        tasks = []
        longest = LONGEST_S * clip.rate
        if target.frames > longest:
            self._made[target] = leave_out(target)
            self.changed.emit()
        elif target not in self._made and work.is_repaired(target):
            tasks.append(self._make_reader(target, read_before_and_after, original, clip))
        elif target not in self._made:
            tasks.append(self._make_reader(target, read_around, clip))
        for region in (target, *self._review.upcoming(AHEAD)):
            known = self._made.get(region)
            is_open = known is None or (known.patch is None and not known.problem)
            if is_open and region.frames <= longest and not work.is_repaired(region):
                name = (self._round, "repair", region)
                tasks.append(Task(name, self._make_repairer(clip, region)))
        self._loader.request(tasks)

    def _make_reader(self, region: Region, read: Callable[..., Preview], *clips: AudioClip) -> Task:
        return Task((self._round, "read", region), lambda *, progress: read(*clips, region))

    def _make_repairer(self, clip: AudioClip, region: Region) -> Callable[..., Preview]:
        repair = self._document.repairs.preview(region)

        def work(*, progress: Progress) -> Preview:
            outcome = repair(progress)
            preview = read_around(clip, region)
            if not outcome.candidates:
                return replace(preview, problem=outcome.problem or "")
            patch = outcome.candidates[0].patch
            after = read_around(clip.with_patch(patch), region).before
            return replace(preview, patch=patch, after=after)

        return work

    def _on_loaded(self, name: tuple[int, str, Region], preview: Preview) -> None:
        made_for, what, region = name
        # a repair that was begun in advance may be there before what it starts from is read
        if made_for != self._round or (what == "read" and region in self._made):
            return
        while len(self._made) >= MOST_KEPT:
            del self._made[next(iter(self._made))]
        self._made[region] = preview
        if region != self._review.target:
            return
        self.changed.emit()
        if self._wanted is not None and preview.patch is not None:
            wanted, self._wanted = self._wanted, None
            self._play_version(TO_COME[wanted], preview.patch)

    def _on_failed(self, name: tuple[int, str, Region], sentence: str) -> None:
        made_for, _, region = name
        known = self._made.get(region)
        if made_for == self._round and known is not None:
            self._made[region] = replace(known, problem=sentence)
            self.changed.emit()
