"""What is read, beside the window, when a recording or a session is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uasrm_core.audio.clip import AudioClip
from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.session import SUFFIX as SESSION_SUFFIX
from uasrm_core.progress import Progress


@dataclass(frozen=True, eq=False)
class Opened:
    """A recording as its file holds it, and what was done to it before."""

    clip: AudioClip
    history: EditHistory
    session_path: Path | None = None
    view: Mapping[str, Any] = field(default_factory=dict)


def read_work(api: Any, path: Path, labels: Path | None, progress: Progress) -> Opened:
    """Open a session or a recording, the latter with the regions of a label file if there is one.

    Parameters
    ----------
    api
        The calls of `uasrm_core.api`.
    """
    if path.suffix.lower() == SESSION_SUFFIX:
        opened = api.open_session(path, progress=progress)
        return Opened(opened.clip, opened.session.history, path, opened.session.view)
    clip = api.open_clip(path)
    regions = () if labels is None else api.read_labels(labels, clip.rate)
    return Opened(clip, EditHistory(first_regions=regions))
