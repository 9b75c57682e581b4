"""Reading a crash journal that may be damaged in any way; `recovery` looks for them."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core.audio.clip import Patch, Samples, SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.journal import (
    APPLICATION_ID,
    PART_BYTES,
    READ_VERSIONS,
    VERSION,
    text_crc,
)
from uasrm_core.edit.records import (
    MOST_TEXT_BYTES,
    ODD,
    ShapeBudget,
    check_inside,
    edit_from_json,
    parse_json,
    read_frame,
    read_index,
    region_from_json,
)
from uasrm_core.edit.stamp import Stamp, stamp_from_json
from uasrm_core.edit.storage import keep_within_budget
from uasrm_core.errors import JournalError
from uasrm_core.translation import tr

# What SQLite may do for each byte of a journal before a damaged one is taken to go round in
# circles, in steps of its virtual machine.
_STEPS_PER_BYTE = 4
_LEAST_STEPS = 20_000_000
_STEPS_A_QUESTION = 100_000
# What a damaged journal leads to while it is read.
DAMAGE = (sqlite3.Error, OSError, MemoryError, *ODD)


@contextmanager
def open_journal(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal, and keep a damaged one from taking all of time or memory.

    Raises
    ------
    JournalError
        Another version of the program wrote it.
    sqlite3.Error, OSError, ValueError
        It is damaged, or no journal.
    """
    size = sum(
        part.stat().st_size for part in (path, path.with_name(f"{path.name}-wal")) if part.exists()
    )
    budget = iter(range((_LEAST_STEPS + _STEPS_PER_BYTE * size) // _STEPS_A_QUESTION))
    with closing(sqlite3.connect(path, isolation_level=None, timeout=1.0)) as db:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TEXT_BYTES)
        db.set_progress_handler(lambda: next(budget, None) is None, _STEPS_A_QUESTION)
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        version = _query_number(db, "PRAGMA user_version")
        if _query_number(db, "PRAGMA application_id") != APPLICATION_ID and not _is_empty(db):
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


def _query_number(db: sqlite3.Connection, query: str, *values: object) -> int:
    (value,) = db.execute(query, values).fetchone()
    return int(value)


def _is_empty(db: sqlite3.Connection) -> bool:
    """Return whether the process ended before it had made the tables."""
    return _query_number(db, "SELECT count(*) FROM sqlite_schema") == 0


def read_about(db: sqlite3.Connection) -> dict[str, str]:
    """Return the facts about the work, by name; none where the tables were never made."""
    if _is_empty(db):
        return {}
    return {str(key): str(value) for key, value in db.execute("SELECT key, value FROM about")}


def read_stamp(about: Mapping[str, str]) -> Stamp:
    """Return which recording was worked on, and in which state."""
    return stamp_from_json(_parse_text(about["source"]))


def read_view(about: Mapping[str, str]) -> Mapping[str, Any]:
    """Return where one looked; nothing where that cannot be read."""
    with suppress(*ODD):
        view = _parse_text(about["view"])
        if isinstance(view, dict):
            return view
    return {}


def read_session(about: Mapping[str, str]) -> Path | None:
    """Return the session file that the work was last opened from or saved to.

    None where there is none, or its name cannot be read.
    """
    with suppress(*ODD):
        if session := about.get("session"):
            return Path(str(_parse_text(session)))
    return None


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
    with suppress(*DAMAGE):
        for first, text, crc in db.execute("SELECT * FROM regions ORDER BY first"):
            if first != len(found):
                break
            found += [region_from_json(row, budget) for row in _read_body(text, crc)]
    return found


def read_history(
    db: sqlite3.Connection, about: Mapping[str, str], info: SourceInfo
) -> tuple[EditHistory, str]:
    """Return the steps up to the first that cannot be read, and a sentence if there is such."""
    regions = _read_regions(db)
    first: tuple[Region, ...] = ()
    problem = ""
    try:
        first = tuple(regions[read_index(number)] for number in _parse_text(about["first_regions"]))
    except DAMAGE:
        problem = tr("The journal is damaged: regions marked before the first step are lost.")
    history = EditHistory(first_regions=first)
    count = _query_number(db, "SELECT count(*) FROM edits")
    try:
        for position in range(count):
            history = history.apply(
                keep_within_budget(history, _read_edit(db, position, regions, info))
            )
    except DAMAGE as error:
        if not history.edits:
            raise ValueError("nothing can be read") from error
        problem = tr(
            "The journal is damaged: {read} of {count} steps could be recovered.",
            read=len(history.edits),
            count=count,
        )
    with suppress(*DAMAGE):
        history = history.moved_to(min(int(about["cursor"]), len(history.edits)))
    return history, problem


def _read_edit(
    db: sqlite3.Connection, position: int, regions: Sequence[Region], info: SourceInfo
) -> Edit:
    query = "SELECT body, crc FROM edits WHERE position = ?"
    row = _read_body(*db.execute(query, (position,)).fetchone())
    # The declared sizes are compared with what is there before any of the samples are loaded.
    values = sum(read_index(entry["frames"]) * len(entry["channels"]) for entry in row["patches"])
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
    return edit_from_json(row, regions, _cut_patches(samples, row["patches"], info))


def _cut_patches(
    samples: Samples, rows: Sequence[Mapping[str, Any]], info: SourceInfo
) -> list[Patch]:
    """Return the patches whose samples stand one after another."""
    patches, done = [], 0
    for row in rows:
        channels, frames = tuple(read_index(channel) for channel in row["channels"]), row["frames"]
        end = done + len(channels) * frames
        block = samples[done:end].reshape(len(channels), frames)
        patches.append(Patch(read_frame(row["start_frame"]), channels, block))
        check_inside(patches[-1], info)
        done = end
    return patches
