"""The few calls that the window, the command line and other programs make (`docs/library.md`).

What repairs is imported by the call that needs it: SciPy's signal processing alone would take
half a second of a window's start.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

if TYPE_CHECKING:
    from uasrm_core.audio.export import check_export, export_clip, list_lost_metadata
    from uasrm_core.audio.in_place import find_kept_copy, write_in_place
    from uasrm_core.audio.markers.files import read_regions as read_labels
    from uasrm_core.audio.markers.files import write_regions as write_labels
    from uasrm_core.audio.shape import Shape
    from uasrm_core.detect.detections import Detection, DetectSettings
    from uasrm_core.edit.log import write_log
    from uasrm_core.edit.recovery import (
        delete_leftover,
        find_leftovers,
        open_recording,
        recover,
    )
    from uasrm_core.edit.session import lock_session, open_session, save_session, session_of
    from uasrm_core.inpainting.job import RepairJob, RepairResult
    from uasrm_core.processing.edits import MadeEdit
    from uasrm_core.processing.settings import EditSettings, ToolSettings
    from uasrm_core.processing.tools import ToolResult, join_results

# Names that are imported when they are first asked for, by module: a command that only reads a
# recording waits for none of it.
_LATER = {
    "audio.export": ("check_export", "export_clip", "list_lost_metadata"),
    "audio.in_place": ("find_kept_copy", "write_in_place"),
    "edit.log": ("write_log",),
    "edit.recovery": ("delete_leftover", "find_leftovers", "open_recording", "recover"),
    "edit.session": ("lock_session", "open_session", "save_session", "session_of"),
    "inpainting.job": ("RepairJob", "RepairResult"),
    "processing.settings": ("EditSettings", "ToolSettings"),
    "processing.tools": ("join_results",),
}
_PLACES = {name: (module, name) for module, names in _LATER.items() for name in names} | {
    "read_labels": ("audio.markers.files", "read_regions"),
    "write_labels": ("audio.markers.files", "write_regions"),
}

__all__ = [
    "AudioClip",
    "EditSettings",
    "Kind",
    "MemorySource",
    "Region",
    "RepairJob",
    "ToolSettings",
    "check_export",
    "delete_leftover",
    "detect",
    "export_clip",
    "find_kept_copy",
    "find_leftovers",
    "find_peak",
    "find_similar",
    "find_zero_crossings",
    "join_results",
    "list_lost_metadata",
    "list_similar",
    "load_engines",
    "lock_session",
    "make_edit",
    "open_clip",
    "open_recording",
    "open_session",
    "point_wand",
    "read_labels",
    "recover",
    "repair",
    "run_tool",
    "save_session",
    "session_of",
    "write_in_place",
    "write_labels",
    "write_log",
]


if not TYPE_CHECKING:

    def __getattr__(name):
        """Import a name of `_PLACES`."""
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, own = _PLACES[name]
        value = globals()[name] = getattr(import_module(f"uasrm_core.{module}"), own)
        return value


def repair(job: RepairJob, progress: Progress | None = None) -> RepairResult:
    """Repair the regions of a job; see `uasrm_core.inpainting.runner.run`."""
    from uasrm_core.inpainting import runner

    return runner.run(job, progress)


def detect(
    clip: AudioClip, settings: DetectSettings | None = None, progress: Progress | None = None
) -> tuple[Detection, ...]:
    """Find what is probably damaged; see `uasrm_core.detect.analysis.detect`."""
    from uasrm_core.detect import analysis

    return analysis.detect(clip, settings, progress)


def make_edit(clip: AudioClip, region: Region, settings: EditSettings) -> MadeEdit:
    """Change gain, silence, fade, copy or fill; see `uasrm_core.processing.edits.make_edit`."""
    from uasrm_core.processing import edits

    return edits.make_edit(clip, region, settings)


def run_tool(
    clip: AudioClip, settings: ToolSettings, progress: Progress | None = None
) -> ToolResult:
    """Go through a whole recording; see `uasrm_core.processing.tools.run_tool`."""
    from uasrm_core.processing import tools

    return tools.run_tool(clip, settings, progress)


def load_engines(progress: Progress | None = None, *, model: Path | None = None) -> None:
    """Import and compile what the engines need, load the model: the first repair does not wait.

    Compiled code is kept, so it is compiled once for each installation and processor.

    Raises
    ------
    ModelError
        The model file is missing, damaged or of another version.
    """
    from uasrm_core.inpainting import registry
    from uasrm_core.interpolation import ar

    progress = progress or Progress()
    progress.report(0.0, tr("Preparing the repairs: compiling"))
    ar.prepare()
    progress.report(0.3, tr("Preparing the repairs: loading the network"))
    registry.load_engine("unet", model)
    progress.report(1.0)


def point_wand(
    clip: AudioClip,
    frame: int,
    hz: float,
    *,
    tolerance_db: float,
    contiguous: bool,
    within: tuple[int, int],
    channels: tuple[int, ...] | None = None,
    progress: Progress | None = None,
) -> Shape:
    """Return what is as loud as a point; see `uasrm_core.select.wand.wand`."""
    from uasrm_core.select.wand import WandSettings, wand

    settings = WandSettings(tolerance_db, contiguous)
    progress = progress or Progress()
    return wand(clip, frame, hz, settings, within=within, channels=channels, progress=progress)


def list_similar(
    clip: AudioClip, region: Region, progress: Progress | None = None
) -> tuple[Detection, ...]:
    """Return a region and all that sounds somewhat like it, as detections in time's order.

    The confidence of a detection is how alike it is, scaled so that the default sensitivity keeps
    what `find_similar` finds; none where only the region itself is like it.
    """
    from uasrm_core.detect.detections import Detection
    from uasrm_core.select import similar

    default = similar.SimilarSettings().likeness
    lowest = 2.0 * default - 1.0
    settings = similar.SimilarSettings(likeness=lowest)
    found = similar.rank_similar(clip, region, settings, progress=progress or Progress())
    channels = region.channel_indices(clip.channels)
    ranked = sorted([(region, 1.0), *found], key=lambda pair: pair[0].start_frame)
    detections = tuple(
        Detection(
            place.kind,
            place.start_frame,
            place.end_frame,
            channels,
            (likeness - lowest) / (1.0 - lowest),
            place.low_hz,
            place.high_hz,
            place.shape,
        )
        for place, likeness in ranked
    )
    return detections if found else ()


def find_similar(
    clip: AudioClip,
    region: Region,
    progress: Progress | None = None,
    *,
    likeness: float | None = None,
) -> tuple[Region, ...]:
    """Return what sounds like a region; see `uasrm_core.select.similar.find_similar`.

    `likeness` is the least correlation of what is found, 0 to 1, or None for the usual one.
    """
    from uasrm_core.select import similar

    settings = similar.SimilarSettings()
    if likeness is not None:
        settings = similar.SimilarSettings(likeness=likeness)
    return similar.find_similar(clip, region, settings, progress=progress or Progress())


def find_zero_crossings(clip: AudioClip, region: Region) -> tuple[int, int]:
    """Return the zero crossings nearest to a region's start and end, in frames."""
    from uasrm_core.select.snap import zero_crossing

    return (
        zero_crossing(clip, region.start_frame, channels=region.channels),
        zero_crossing(clip, region.end_frame, channels=region.channels),
    )


def find_peak(clip: AudioClip, region: Region) -> float | None:
    """Return the loudest frequency of a region; see `uasrm_core.select.snap.peak_hz`."""
    from uasrm_core.select.snap import peak_hz

    return peak_hz(clip, region)
