"""The crash journal: unsaved work, kept on disk as it is done.

Each open recording with work on it has a journal of its own in the user's data folder, an SQLite
database in WAL mode, with a lock beside it (`uasrm_core.edit.locks`) that ends with its process.
A journal whose lock is free was left by a crash. `uasrm_core.edit.recovery` finds those, and
`uasrm_core.edit.journal_reader` reads them.

A write brings the database to the state of a `Snapshot` in one transaction, which adds only what
is new. With ``synchronous=FULL`` it is on the disk when `write` returns.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uasrm_core.audio.clip import Patch
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.locks import FileLock, acquire
from uasrm_core.edit.records import RegionTable, edit_to_json, patch_to_json, region_to_json
from uasrm_core.edit.stamp import Stamp, stamp_to_json
from uasrm_core.errors import JournalError
from uasrm_core.translation import tr
from uasrm_core.version import program_version

SUFFIX = ".journal"
# Version 1 had a region's kind in its label (`records.region_from_json` reads both).
VERSION = 2
READ_VERSIONS = (1, VERSION)
APPLICATION_ID = 0x7561736A
PART_BYTES = 4 << 20
# Few and large rows: each statement gives way to every other thread of Python.
_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE regions (first INTEGER PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE edits (position INTEGER PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE samples (
    position INTEGER NOT NULL, part INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (position, part)
);
"""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The work at one moment.

    Attributes
    ----------
    stamp
        The recording.
    history
        All steps, those undone included.
    view
        Where one looked, as in a session.
    session
        The session file that the work was opened from or saved to last, if any.
    is_saved
        Whether that session, or the recording as it was opened, holds all of it.
    """

    stamp: Stamp
    history: EditHistory
    view: Mapping[str, Any] = field(default_factory=dict)
    session: Path | None = None
    is_saved: bool = False


def journal_folder() -> Path:
    """Return where this platform keeps a program's own data of a user."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "uasrm" / "journals"


def originals_folder() -> Path:
    """Return where untouched copies of recordings are kept that were written in place."""
    return journal_folder().with_name("originals")


class Journal:
    """One journal being written, from one thread.

    Parameters
    ----------
    folder
        Where it is made, and this folder too if need be.

    Raises
    ------
    JournalError
        It cannot be made there.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}{SUFFIX}"
        self._lock: FileLock | None = None
        self._written = EditHistory()
        self._regions = RegionTable()
        self._about: dict[str, str] = {}
        with _reword_errors():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = acquire(journal_lock(self.path))
            try:
                self._db = _create(self.path)
            except BaseException:
                self.delete()
                raise

    def write(self, snapshot: Snapshot) -> None:
        """Bring the journal up to a snapshot: it is on the disk when this returns.

        Raises
        ------
        JournalError
            It is not, and the journal is as it was.
        """
        with _reword_errors():
            # What is written to a file that was removed reaches nobody.
            self.path.stat()
            self._db.execute("BEGIN IMMEDIATE")
            try:
                regions, about = self._write_all(snapshot)
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
        self._written = snapshot.history
        self._regions, self._about = regions, about

    def close(self) -> None:
        """Leave the journal to be found, and recovered, later."""
        with suppress(sqlite3.Error):
            self._db.close()
        if self._lock is not None:
            self._lock.release()

    def delete(self) -> None:
        """Remove the journal: the work is safe elsewhere, or not wanted."""
        if hasattr(self, "_db"):
            with suppress(sqlite3.Error):
                self._db.close()
        remove_files(self.path)
        if self._lock is not None:
            self._lock.release()

    def _write_all(self, snapshot: Snapshot) -> tuple[RegionTable, dict[str, str]]:
        db, history = self._db, snapshot.history
        shared = _count_shared(self._written, history)
        if shared < len(self._written.edits):
            # They were undone, and others took their place.
            db.execute("DELETE FROM samples WHERE position >= ?", (shared,))
            db.execute("DELETE FROM edits WHERE position >= ?", (shared,))
        known = self._regions.rows
        regions = RegionTable(known)
        for position in range(shared, len(history.edits)):
            _put_edit(db, position, history.edits[position], regions)
        first = regions.numbers(history.first_regions)
        new = [region_to_json(region) for region in regions.rows[len(known) :]]
        if new:
            _put_body(db, "regions", len(known), new)
        about = {
            "program": program_version(),
            "source": _write_json(stamp_to_json(snapshot.stamp)),
            "cursor": str(history.cursor),
            "first_regions": _write_json(first),
            "view": _write_json(dict(snapshot.view)),
            "session": "" if snapshot.session is None else _write_json(str(snapshot.session)),
            "is_saved": str(int(snapshot.is_saved)),
            "repairs": str(sum(len(edit.repairs) for edit in history.in_effect)),
            "region_count": str(len(history.regions)),
            "changed": f"{time.time():.3f}",
        }
        changed = [item for item in about.items() if self._about.get(item[0]) != item[1]]
        db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", changed)
        return regions, about


def journal_lock(path: Path) -> Path:
    """Return where a journal's lock lies."""
    return path.with_name(f"{path.name}.lock")


def remove_files(path: Path) -> None:
    """Remove a journal's files but for its lock, as far as that is allowed."""
    # The database goes first: without it, what is left means nothing to anybody.
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        with suppress(OSError):
            path.with_name(name).unlink(missing_ok=True)


def text_crc(body: str) -> int:
    """Return the check value that is kept beside a record."""
    return zlib.crc32(body.encode())


def _create(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        # In one transaction: whoever finds a journal finds it empty or complete.
        numbers = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
        db.executescript(f"BEGIN; {numbers} {_SCHEMA} COMMIT;")
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def _reword_errors() -> Iterator[None]:
    """Tell in one sentence why the work is not being kept."""
    try:
        yield
    except Exception as error:
        # Whatever it is: work that is not protected without anyone knowing is the worst of all.
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise JournalError(
            tr(
                "Your work is not protected from a crash at present ({reason}); save the session "
                "often.",
                reason=reason or type(error).__name__,
            )
        ) from error


def _count_shared(one: EditHistory, other: EditHistory) -> int:
    shared = 0
    for mine, theirs in zip(one.edits, other.edits, strict=False):
        if mine is not theirs:
            break
        shared += 1
    return shared


def _put_body(db: sqlite3.Connection, table: str, number: int, value: object) -> None:
    body = _write_json(value)
    db.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (number, body, text_crc(body)))


def _put_edit(db: sqlite3.Connection, position: int, edit: Edit, regions: RegionTable) -> None:
    row = edit_to_json(edit, regions, 0) | {"patches": [patch_to_json(p) for p in edit.patches]}
    _put_body(db, "edits", position, row)
    for part, data in enumerate(_split_samples(edit.patches)):
        db.execute(
            "INSERT INTO samples VALUES (?, ?, ?, ?)", (position, part, zlib.crc32(data), data)
        )


def _split_samples(patches: Sequence[Patch]) -> Iterator[bytes]:
    """Give the samples of some patches one after another, in parts of `PART_BYTES`."""
    waiting = bytearray()
    for patch in patches:
        for row in patch.samples:
            for start in range(0, len(row), PART_BYTES // 4):
                waiting += row[start : start + PART_BYTES // 4].astype("<f4").tobytes()
                while len(waiting) >= PART_BYTES:
                    yield bytes(waiting[:PART_BYTES])
                    del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)


def _write_json(value: object) -> str:
    return json.dumps(value)
