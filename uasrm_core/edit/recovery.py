"""Work that a crash left: finding its journals, reading them, and removing them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from uasrm_core.audio.clip import AudioClip
from uasrm_core.edit.journal import SUFFIX, Snapshot, journal_lock, remove_files
from uasrm_core.edit.journal_reader import (
    DAMAGE,
    open_journal,
    read_about,
    read_history,
    read_session,
    read_stamp,
    read_view,
)
from uasrm_core.edit.locks import FileLock, HeldError, acquire
from uasrm_core.edit.records import check_inside
from uasrm_core.edit.source import open_source
from uasrm_core.edit.stamp import Stamp, is_same, state_of_source
from uasrm_core.errors import JournalError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# Whoever looks for leftovers, in another tab or window, holds each journal for some milliseconds.
_PATIENCE_S, _PAUSE_S = 2.0, 0.02


@dataclass(frozen=True)
class Leftover:
    """A journal that a crash left.

    Attributes
    ----------
    name
        Of the recording, or of the journal where that cannot be read.
    source
        Where the recording was, if that can be read.
    source_state
        ``there``, ``changed``, ``gone``, or empty where the journal cannot be read.
    changed
        When it was last written to, local time.
    repairs, regions
        How many are in effect.
    problem
        One sentence where the journal cannot be read.
    """

    path: Path
    name: str
    changed: datetime
    source: Path | None = None
    source_state: str = ""
    repairs: int = 0
    regions: int = 0
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Recovered:
    """Work that was read from a journal.

    Attributes
    ----------
    lock
        Keeps others from recovering it as well, until it is released.
    problem
        One sentence where not all of it could be read.
    """

    path: Path
    work: Snapshot
    lock: FileLock
    problem: str = ""


def find_leftovers(folder: Path, progress: Progress = Progress()) -> tuple[Leftover, ...]:
    """Return what crashes left, from old to new; what is open in a window is left out.

    Journals that hold nothing which is not safe elsewhere are removed on the way.

    Raises
    ------
    JournalError
        The folder cannot be read.
    Cancelled
        The user asked to stop: recordings whose date has changed are read.
    """
    try:
        paths = sorted(folder.glob(f"*{SUFFIX}"))
    except OSError as error:
        raise JournalError(
            tr("“{path}” cannot be read: {reason}.", path=folder, reason=error.strerror or error)
        ) from error
    found = [seen for path in paths if (seen := _look_at_free(path)) is not None]
    # Without their locks: a recording may take long to read, and its work may be wanted meanwhile.
    leftovers = [
        leftover
        if stamp is None
        else replace(leftover, source_state=state_of_source(stamp, progress))
        for leftover, stamp in found
    ]
    return tuple(sorted(leftovers, key=lambda leftover: leftover.changed))


def delete_leftover(path: Path) -> None:
    """Remove a journal for good.

    Raises
    ------
    JournalError
        It is open in a window, or may not be removed.
    """
    lock = _take_lock(path)
    try:
        remove_files(path)
        if path.exists():
            raise JournalError(tr("“{name}” may not be removed.", name=path.name))
    finally:
        lock.release()


def recover(path: Path) -> Recovered:
    """Read the work that a journal holds, or as many of its first steps as can be read.

    Raises
    ------
    JournalError
        It is open in a window, or nothing of it can be read.
    """
    lock = _take_lock(path)
    try:
        with open_journal(path) as db:
            about = read_about(db)
            stamp, session = read_stamp(about), read_session(about)
            history, problem = read_history(db, about, stamp.info)
    except DAMAGE as error:
        lock.release()
        raise JournalError(_describe_unreadable(path)) from error
    except BaseException:
        lock.release()
        raise
    work = Snapshot(stamp, history, view=read_view(about), session=session)
    return Recovered(path, work, lock, problem)


def open_recording(
    recovered: Recovered, *, source: Path | None = None, progress: Progress | None = None
) -> AudioClip:
    """Open the recording that recovered work was done on, after making sure that it is unchanged.

    Parameters
    ----------
    source
        Where it is now, if not where it was.

    Raises
    ------
    SourceWantedError
        It is gone or has changed.
    JournalError
        The work does not fit it.
    """
    stamp = recovered.work.stamp
    clip = open_source(
        [source or stamp.path],
        lambda found: is_same(found, stamp, progress),
        is_named=source is not None,
    )
    try:
        for edit in recovered.work.history.edits:
            for patch in edit.patches:
                check_inside(patch, clip.info)
    except ValueError as error:
        raise JournalError(_describe_unreadable(recovered.path)) from error
    return clip


def forget_recovered(recovered: Recovered) -> None:
    """Remove a journal whose work is kept elsewhere by now."""
    remove_files(recovered.path)
    recovered.lock.release()


def _take_lock(path: Path) -> FileLock:
    give_up_at = time.monotonic() + _PATIENCE_S
    try:
        while True:
            if not path.exists():
                raise JournalError(tr("The work that was to be recovered is not there any more."))
            try:
                return acquire(journal_lock(path))
            except HeldError as error:
                if time.monotonic() > give_up_at:
                    raise JournalError(tr("This work is open in another window.")) from error
            time.sleep(_PAUSE_S)
    except OSError as error:
        raise JournalError(
            tr("“{path}” cannot be read: {reason}.", path=path, reason=error.strerror or error)
        ) from error


def _describe_unreadable(path: Path) -> str:
    return tr("The journal {name} is damaged, and nothing of it can be read.", name=path.name)


def _look_at_free(path: Path) -> tuple[Leftover, Stamp | None] | None:
    """Look at a journal that no window has open; remove it if nothing would be lost with it."""
    try:
        lock = acquire(journal_lock(path))
    except (HeldError, OSError):
        return None
    try:
        seen = _look_at(path)
        if seen is None:
            remove_files(path)
        return seen
    finally:
        lock.release()


def _look_at(path: Path) -> tuple[Leftover, Stamp | None] | None:
    """Return what a journal holds and of which recording, None if nothing would be lost with it."""
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime)
        with open_journal(path) as db:
            about = read_about(db)
        if not about or about["is_saved"] == "1":
            return None
        stamp = read_stamp(about)
        leftover = Leftover(
            path,
            stamp.path.name,
            datetime.fromtimestamp(float(about["changed"])),
            stamp.path,
            repairs=int(about["repairs"]),
            regions=int(about["region_count"]),
        )
        return leftover, stamp
    except JournalError as error:
        return Leftover(path, path.name, changed, problem=str(error)), None
    except FileNotFoundError:
        return None
    except DAMAGE:
        return Leftover(path, path.name, changed, problem=_describe_unreadable(path)), None
