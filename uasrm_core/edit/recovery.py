"""Work that a crash left: finding its journals, reading them, and removing them."""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core.audio.clip import AudioClip, Patch, Samples, SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.journal import (
    APPLICATION_ID,
    PART_BYTES,
    READ_VERSIONS,
    SUFFIX,
    VERSION,
    Snapshot,
    journal_lock,
    remove_files,
    text_crc,
)
from uasrm_core.edit.locks import FileLock, HeldError, acquire
from uasrm_core.edit.records import (
    MOST_TEXT_BYTES,
    ODD,
    ShapeBudget,
    check_inside,
    edit_from_json,
    frame,
    index,
    parse_json,
    region_from_json,
)
from uasrm_core.edit.source import open_source
from uasrm_core.edit.stamp import Stamp, is_same, stamp_from_json, state_of_source
from uasrm_core.edit.storage import keep_within_budget
from uasrm_core.errors import JournalError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# What SQLite may do for each byte of a journal before a damaged one is taken to go round in
# circles, in steps of its virtual machine.
_STEPS_PER_BYTE = 4
_LEAST_STEPS = 20_000_000
_STEPS_A_QUESTION = 100_000
# Whoever looks for leftovers, in another tab or window, holds each journal for some milliseconds.
_PATIENCE_S, _PAUSE_S = 2.0, 0.02
_DAMAGE = (sqlite3.Error, OSError, MemoryError, *ODD)


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
        with _open_damaged(path) as db:
            about = _read_about(db)
            stamp = _stamp(about)
            history, problem = _read_history(db, about, stamp.info)
    except _DAMAGE as error:
        lock.release()
        raise JournalError(_describe_unreadable(path)) from error
    except BaseException:
        lock.release()
        raise
    session = about.get("session")
    work = Snapshot(
        stamp,
        history,
        view=_view(about),
        session=Path(str(_parse_text(session))) if session else None,
    )
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


@contextmanager
def _open_damaged(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal that may be damaged in any way."""
    size = sum(
        part.stat().st_size for part in (path, path.with_name(f"{path.name}-wal")) if part.exists()
    )
    budget = iter(range((_LEAST_STEPS + _STEPS_PER_BYTE * size) // _STEPS_A_QUESTION))
    with closing(sqlite3.connect(path, isolation_level=None, timeout=1.0)) as db:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TEXT_BYTES)
        db.set_progress_handler(lambda: next(budget, None) is None, _STEPS_A_QUESTION)
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        version = _number(db, "PRAGMA user_version")
        if _number(db, "PRAGMA application_id") != APPLICATION_ID and not _is_empty(db):
            raise ValueError("not a journal")
        if version not in READ_VERSIONS and not _is_empty(db):
            raise JournalError(
                tr(
                    "{name} was written by another version of this program (journal version "
                    "{version}, this one reads {known}).",
                    name=path.name,
                    version=version,
                    known=VERSION,
                )
            )
        yield db


def _number(db: sqlite3.Connection, query: str, *values: object) -> int:
    (value,) = db.execute(query, values).fetchone()
    return int(value)


def _is_empty(db: sqlite3.Connection) -> bool:
    """Tell whether the process ended before it had made the tables."""
    return _number(db, "SELECT count(*) FROM sqlite_schema") == 0


def _read_about(db: sqlite3.Connection) -> dict[str, str]:
    if _is_empty(db):
        return {}
    return {str(key): str(value) for key, value in db.execute("SELECT key, value FROM about")}


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
        with _open_damaged(path) as db:
            about = _read_about(db)
        if not about or about["is_saved"] == "1":
            return None
        stamp = _stamp(about)
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
    except _DAMAGE:
        return Leftover(path, path.name, changed, problem=_describe_unreadable(path)), None


def _stamp(about: Mapping[str, str]) -> Stamp:
    return stamp_from_json(_parse_text(about["source"]))


def _view(about: Mapping[str, str]) -> Mapping[str, Any]:
    with suppress(*ODD):
        view = _parse_text(about["view"])
        if isinstance(view, dict):
            return view
    return {}


def _parse_text(text: str) -> Any:
    return parse_json(text.encode())


def _read_body(text: object, crc: object) -> Any:
    body = str(text)
    if text_crc(body) != crc:
        raise ValueError("a record has changed")
    return _parse_text(body)


def _read_regions(db: sqlite3.Connection) -> list[Region]:
    """Return the regions by number, as far as they can be read."""
    found: list[Region] = []
    budget = ShapeBudget()
    with suppress(*_DAMAGE):
        for first, text, crc in db.execute("SELECT * FROM regions ORDER BY first"):
            if first != len(found):
                break
            found += [region_from_json(row, budget) for row in _read_body(text, crc)]
    return found


def _read_history(
    db: sqlite3.Connection, about: Mapping[str, str], info: SourceInfo
) -> tuple[EditHistory, str]:
    """Return the steps up to the first that cannot be read, and a sentence if there is such."""
    regions = _read_regions(db)
    first: tuple[Region, ...] = ()
    problem = ""
    try:
        first = tuple(regions[index(number)] for number in _parse_text(about["first_regions"]))
    except _DAMAGE:
        problem = tr("The journal is damaged: regions marked before the first step are lost.")
    history = EditHistory(first_regions=first)
    count = _number(db, "SELECT count(*) FROM edits")
    try:
        for position in range(count):
            history = history.apply(keep_within_budget(history, _edit(db, position, regions, info)))
    except _DAMAGE as error:
        if not history.edits:
            raise ValueError("nothing can be read") from error
        problem = tr(
            "The journal is damaged: {read} of {count} steps could be recovered.",
            read=len(history.edits),
            count=count,
        )
    with suppress(*_DAMAGE):
        history = history.moved_to(min(int(about["cursor"]), len(history.edits)))
    return history, problem


def _edit(
    db: sqlite3.Connection, position: int, regions: Sequence[Region], info: SourceInfo
) -> Edit:
    query = "SELECT body, crc FROM edits WHERE position = ?"
    row = _read_body(*db.execute(query, (position,)).fetchone())
    # The declared sizes are compared with what is there before any of the samples are loaded.
    values = sum(index(entry["frames"]) * len(entry["channels"]) for entry in row["patches"])
    query = "SELECT length(data) FROM samples WHERE position = ? ORDER BY part"
    sizes = [size for (size,) in db.execute(query, (position,))]
    full, rest = divmod(4 * values, PART_BYTES)
    if sizes != [PART_BYTES] * full + [rest] * bool(rest):
        raise ValueError("samples are missing")
    samples = np.empty(values, dtype=np.float32)
    done = 0
    query = "SELECT crc, data FROM samples WHERE position = ? ORDER BY part"
    for crc, data in db.execute(query, (position,)):
        if zlib.crc32(data) != crc:
            raise ValueError("samples have changed")
        block = np.frombuffer(data, dtype="<f4")
        samples[done : done + len(block)] = block
        done += len(block)
    return edit_from_json(row, regions, _cut(samples, row["patches"], info))


def _cut(samples: Samples, rows: Sequence[Mapping[str, Any]], info: SourceInfo) -> list[Patch]:
    """Return the patches whose samples stand one after another."""
    patches, done = [], 0
    for row in rows:
        channels, frames = tuple(index(channel) for channel in row["channels"]), row["frames"]
        end = done + len(channels) * frames
        block = samples[done:end].reshape(len(channels), frames)
        patches.append(Patch(frame(row["start_frame"]), channels, block))
        check_inside(patches[-1], info)
        done = end
    return patches
