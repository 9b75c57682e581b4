"""Tools that go through a whole recording: de-click, mouth de-click, de-clip, de-hum.

They work block by block, and what they make are patches like those of every repair. A preview is
the same tool `within` the part in view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from uasrm_core.audio.clip import AudioClip, Patch, Samples, SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.detect.analysis import detect
from uasrm_core.detect.detections import Detection, DetectSettings
from uasrm_core.edit.history import Edit, RepairNote
from uasrm_core.edit.storage import BUDGET_BYTES, on_disk
from uasrm_core.errors import RegionError
from uasrm_core.inpainting.job import RegionOutcome, RepairJob, RepairResult
from uasrm_core.inpainting.runner import run
from uasrm_core.processing.dehum import find_hum, remove_hum
from uasrm_core.processing.settings import TOOLS, ToolSettings
from uasrm_core.progress import Progress
from uasrm_core.translation import tr, tr_count

# So much around a preview is looked at, to know what is usual.
AROUND_S = 10.0
DETECT_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class ToolResult:
    """What a tool made of a recording.

    Attributes
    ----------
    label
        What was done, in the user's words.
    patches
        In the order in which they lie over one another.
    notes
        One for each place that was repaired.
    problems
        A sentence for each sort of place that could not be.
    found
        How many places there were to work on.
    """

    label: str
    patches: tuple[Patch, ...]
    notes: tuple[RepairNote, ...]
    problems: tuple[str, ...] = ()
    found: int = 0

    def step(self) -> Edit:
        """Return it as a step of a history."""
        return Edit(self.label, patches=self.patches, repairs=self.notes)


def join_results(settings: ToolSettings, parts: Sequence[ToolResult]) -> ToolResult:
    """Return the parts that a tool handed over before it was stopped as one result."""
    notes = tuple(note for part in parts for note in part.notes)
    return ToolResult(
        _describe(settings, len(notes)),
        tuple(patch for part in parts for patch in part.patches),
        notes,
        tuple(dict.fromkeys(problem for part in parts for problem in part.problems)),
        max((part.found for part in parts), default=0),
    )


def _describe(settings: ToolSettings, count: int) -> str:
    """Return what was done, in so many places."""
    title = tr(TOOLS[settings.name].title)
    if settings.name == "dehum":
        return tr("De-hum: hum taken out") if count else tr("De-hum: no hum was found")
    places = tr_count("{count} place", "{count} places", count)
    return f"{title}: {places}"


def run_tool(
    clip: AudioClip, settings: ToolSettings, progress: Progress | None = None
) -> ToolResult:
    """Go through a recording, or the part of it that is asked for.

    What was done to each place is handed over as a result of its own, for `join_results`.

    Raises
    ------
    RegionError
        The part does not lie in the recording.
    FileError
        The recording cannot be read any more.
    Cancelled
        The user asked to stop.
    """
    progress = progress or Progress()
    within = settings.within or (0, clip.frames)
    if not 0 <= within[0] < within[1] <= clip.frames:
        raise RegionError(tr("The part to work on does not lie in the recording."))
    if settings.name == "dehum":
        return _dehum(clip, settings, within, progress)
    return _repair_detections(clip, settings, within, progress)


def _repair_detections(
    clip: AudioClip, settings: ToolSettings, within: tuple[int, int], progress: Progress
) -> ToolResult:
    """Look for damage of the tool's kinds and repair all of it."""
    traits = TOOLS[settings.name]
    around = round(AROUND_S * clip.rate)
    low, high = max(within[0] - around, 0), min(within[1] + around, clip.frames)
    wanted = DetectSettings(traits.detectors, settings.used_sensitivity)
    view = AudioClip(_View(clip, low, high))
    # detections are no parts of the result
    looking = replace(progress.part(0.0, DETECT_SHARE), on_part=Progress().on_part)
    found = [_move(detection, low) for detection in detect(view, wanted, looking)]
    shortest, longest = traits.shortest_s * clip.rate, traits.longest_s * clip.rate
    regions = [detection.region(clip.channels) for detection in found]
    own = [
        region
        for region in regions
        if within[0] <= region.start_frame < within[1] and shortest <= region.frames <= longest
    ]
    others = tuple(set(regions).difference(own))
    job = RepairJob(clip, tuple(own), damaged=others)

    def describe(result: RepairResult) -> ToolResult:
        problems = dict.fromkeys(o.problem for o in result.outcomes if o.problem is not None)
        notes = result.best_notes
        label = _describe(settings, len(notes))
        return ToolResult(label, result.best_patches, notes, tuple(problems), len(own))

    def hand_over(outcome: RegionOutcome) -> None:
        progress.on_part(describe(RepairResult((outcome,))))

    return describe(run(job, replace(progress.part(DETECT_SHARE, 1.0), on_part=hand_over)))


def _dehum(
    clip: AudioClip, settings: ToolSettings, within: tuple[int, int], progress: Progress
) -> ToolResult:
    around = round(AROUND_S * clip.rate)
    low, high = max(within[0] - around, 0), min(within[1] + around, clip.frames)
    view = AudioClip(_View(clip, low, high))
    track, spans = find_hum(view, settings.used_sensitivity, progress.part(0.0, DETECT_SHARE))
    parts: list[ToolResult] = []
    held = 0
    for number, span in enumerate(spans):
        part = progress.part(DETECT_SHARE, 1.0).part(number / len(spans), (number + 1) / len(spans))
        own = max(span[0], within[0] - low), min(span[1], within[1] - low)
        if own[0] >= own[1]:
            continue
        patches: list[Patch] = []
        for patch in remove_hum(view, track, own, settings.strength, part):
            moved = replace(patch, start_frame=patch.start_frame + low)
            held += moved.samples.nbytes
            patches.append(moved if held <= BUDGET_BYTES else on_disk(moved))
        region = Region(own[0] + low, own[1] + low)
        note = RepairNote(region, "dehum", strength=settings.strength)
        label = _describe(settings, 1)
        parts.append(ToolResult(label, tuple(patches), (note,), found=len(spans)))
        progress.on_part(parts[-1])
    progress.report(1.0)
    return join_results(settings, parts)


def _move(detection: Detection, frames: int) -> Detection:
    start, end = detection.start_frame + frames, detection.end_frame + frames
    return replace(detection, start_frame=start, end_frame=end)


@dataclass(frozen=True, eq=False)
class _View:
    """A part of a recording as a source of its own."""

    clip: AudioClip
    low: int
    high: int

    @property
    def info(self) -> SourceInfo:
        return replace(self.clip.info, frames=self.high - self.low)

    @property
    def ready_frames(self) -> int:
        return max(min(self.clip.ready_frames, self.high) - self.low, 0)

    def read(self, start_frame: int, end_frame: int) -> Samples:
        return self.clip.read(start_frame + self.low, end_frame + self.low)
