"""The few calls that the window and the command line make.

What repairs is imported by the call that needs it: SciPy's signal processing alone would take
half a second of a window's start.
"""

from __future__ import annotations

from pathlib import Path

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.labels import read_labels, write_labels
from uasrm_core.detect.finds import DetectSettings, Find
from uasrm_core.edit.journal import write_log
from uasrm_core.edit.session import open_session, save_session
from uasrm_core.progress import Progress
from uasrm_core.repair.job import RepairJob, RepairResult

__all__ = [
    "detect",
    "export_clip",
    "load_engines",
    "open_clip",
    "open_session",
    "read_labels",
    "repair",
    "save_session",
    "write_labels",
    "write_log",
]


def repair(job: RepairJob, progress: Progress | None = None) -> RepairResult:
    """Repair the regions of a job; see `uasrm_core.repair.runner.run`."""
    from uasrm_core.repair import runner

    return runner.run(job, progress)


def detect(
    clip: AudioClip, settings: DetectSettings | None = None, progress: Progress | None = None
) -> tuple[Find, ...]:
    """Find what is probably damaged; see `uasrm_core.detect.analysis.detect`."""
    from uasrm_core.detect import analysis

    return analysis.detect(clip, settings, progress)


def load_engines(model: Path | None = None) -> None:
    """Import what the engines need and load the model, so that the first repair does not wait.

    Raises
    ------
    ModelError
        The model file is missing, damaged or of another version.
    """
    from uasrm_core.repair import engines

    engines.load_unet(model)
