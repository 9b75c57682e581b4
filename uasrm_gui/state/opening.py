"""What is read, beside the window, when a recording, a session or a journal is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.formats import ExportFormat, formats_for
from uasrm_core.audio.sources import FileSource
from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.locks import FileLock, lock_path
from uasrm_core.edit.recovery import Recovered
from uasrm_core.edit.session import SUFFIX as SESSION_SUFFIX
from uasrm_core.edit.session import SessionInUseError
from uasrm_core.edit.source import SourceWantedError
from uasrm_core.progress import Progress


@dataclass(frozen=True)
class Request:
    """What is to be opened.

    Attributes
    ----------
    path
        A recording, a session, or the journal of work that a crash left.
    labels
        A label file whose regions a recording is opened with.
    source
        Where the recording of a session or a journal is now, if not where it was.
    is_copy
        Whether a session is opened although another window has it, to be saved elsewhere.
    is_journal
        Whether the path is that of a journal.
    """

    path: Path
    labels: Path | None = None
    source: Path | None = None
    is_copy: bool = False
    is_journal: bool = False


@dataclass(frozen=True, eq=False)
class Opened:
    """A recording as its file holds it, and what was done to it before.

    Attributes
    ----------
    lock
        Keeps other windows from the session, if there is one.
    recovered
        What a crash had left of this work, which is saved nowhere else.
    metadata_lost
        What an export in each format would leave out of what the file says.
    """

    clip: AudioClip
    history: EditHistory
    session_path: Path | None = None
    view: Mapping[str, Any] = field(default_factory=dict)
    lock: FileLock | None = None
    recovered: Recovered | None = None
    metadata_lost: Mapping[ExportFormat, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What has to be answered before something can be opened.

    Attributes
    ----------
    wanted
        ``source``, where the recording is, or ``copy``, whether to open a session as a copy.
    """

    request: Request
    sentence: str
    wanted: Literal["source", "copy"]


def read_work(
    api: Any, request: Request, held: FileLock | None, progress: Progress
) -> Opened | Question:
    """Open what is asked for, or return what has to be known first.

    Parameters
    ----------
    api
        The calls of `uasrm_core.api`.
    held
        The lock of the session that is open.
    """
    try:
        opened = _read(api, request, held, progress)
    except SourceWantedError as error:
        return Question(request, str(error), "source")
    except SessionInUseError as error:
        return Question(request, str(error), "copy")
    clip = opened.clip
    if not isinstance(clip.source, FileSource):
        return opened
    lost = {chosen: api.list_lost_metadata(clip, chosen) for chosen, _ in formats_for(clip.info)}
    return replace(opened, metadata_lost=lost)


def _read(api: Any, request: Request, held: FileLock | None, progress: Progress) -> Opened:
    if request.is_journal:
        return _recover(api, request, progress)
    if request.path.suffix.lower() == SESSION_SUFFIX:
        return _read_session(api, request, held, progress)
    clip = api.open_clip(request.path, progress=progress)
    regions = () if request.labels is None else api.read_labels(request.labels, clip.rate)
    return Opened(clip, EditHistory(first_regions=regions))


def _read_session(api: Any, request: Request, held: FileLock | None, progress: Progress) -> Opened:
    path, lock = request.path, None
    if held is not None and held.path == lock_path(path):
        lock = held
    elif not request.is_copy:
        lock = api.lock_session(path)
    try:
        opened = api.open_session(path, source=request.source, progress=progress)
    except BaseException:
        if lock is not None and lock is not held:
            lock.release()
        raise
    session = opened.session
    kept = None if request.is_copy else path
    return Opened(opened.clip, session.history, kept, session.view, lock)


def _recover(api: Any, request: Request, progress: Progress) -> Opened:
    recovered = api.recover(request.path)
    try:
        clip = api.open_recording(recovered, source=request.source, progress=progress)
    except BaseException:
        recovered.lock.release()
        raise
    work = recovered.work
    return Opened(clip, work.history, view=work.view, recovered=recovered)
