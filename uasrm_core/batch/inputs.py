"""The recordings of a batch: files, folders, patterns, and tables of files with their regions."""

from __future__ import annotations

import csv
import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from uasrm_core.audio.bounded import NotRegularError, open_regular
from uasrm_core.audio.formats import RECORDING_SUFFIXES
from uasrm_core.audio.parsing import Spot, parse_band, parse_channels, parse_time
from uasrm_core.errors import JobError
from uasrm_core.translation import tr

COLUMNS = ("file", "start", "end", "band", "channels", "label")
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Source:
    """A recording that a batch was given.

    Attributes
    ----------
    path
        Where it is.
    folder
        Where it lay below the folder that was named, with slashes; empty at its top.
    spots
        Its regions, where a table names them; None where they are to be found.
    """

    path: Path
    folder: str = ""
    spots: tuple[Spot, ...] | None = None


def gather(inputs: Sequence[Path], output: Path) -> tuple[Source, ...]:
    """Return the recordings that files, folders, patterns and tables name, each once.

    Of a folder, files that are named like recordings count, at any depth; what lies below
    `output` and what is hidden does not. A file that does not exist is returned as well, so that
    it gets a row of its own.

    Raises
    ------
    JobError
        A table cannot be read, or nothing was found.
    """
    found: dict[str, Source] = {}
    for given in inputs:
        for source in _find_sources(given, Path(os.path.realpath(output))):
            found.setdefault(os.path.realpath(source.path), source)
    if not found:
        raise JobError(tr("There is no recording in what was named."))
    return tuple(found.values())


def _find_sources(given: Path, output: Path) -> Iterator[Source]:
    if given.is_dir():
        for path in sorted(given.rglob("*")):
            if _is_recording(path, given) and output not in Path(os.path.realpath(path)).parents:
                parent = path.parent.relative_to(given).as_posix()
                yield Source(path, "" if parent == "." else parent)
    elif given.suffix.lower() == ".csv":
        yield from _read_table(given)
    elif not os.path.lexists(given) and glob.has_magic(str(given)):
        for name in sorted(glob.glob(str(given), recursive=True)):  # noqa: PTH207 - any pattern
            if not Path(name).is_dir():
                yield Source(Path(name))
    else:
        yield Source(given)


def _is_recording(path: Path, top: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(top).parts)
    return path.suffix.lower() in RECORDING_SUFFIXES and not is_hidden and path.is_file()


def _read_table(path: Path) -> Iterator[Source]:
    """Yield the recordings of a table; those of several rows once, with all their regions."""
    rows: dict[str, list[Spot]] = {}
    detected: set[str] = set()
    for number, row in _read_rows(path):
        where = tr("Line {number} of “{name}”", number=number, name=path.name)
        name = (row.get("file") or "").strip()
        if not name:
            raise JobError(tr("{where} names no file.", where=where))
        try:
            spot = _parse_spot(row)
        except ValueError as error:
            raise JobError(tr("{where}: {problem}.", where=where, problem=error)) from error
        rows.setdefault(name, [])
        if spot is None:
            detected.add(name)
        else:
            rows[name].append(spot)
    for name, spots in rows.items():
        place = path.parent / name
        yield Source(place, spots=None if name in detected and not spots else tuple(spots))


def _read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with open_regular(path) as file, TextIOWrapper(file, "utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            names = [name.strip().lower() for name in reader.fieldnames or ()]
            unknown = [name for name in names if name not in COLUMNS]
            if "file" not in names or unknown:
                raise JobError(
                    tr(
                        "The first line of “{name}” must name columns from {columns}, and file "
                        "among them.",
                        name=path.name,
                        columns=", ".join(COLUMNS),
                    )
                )
            reader.fieldnames = names
            for row in reader:
                if reader.line_num > MOST_ROWS:
                    raise JobError(tr("“{name}” has too many lines.", name=path.name))
                yield reader.line_num, row
    except FileNotFoundError as error:
        raise JobError(tr("There is no table “{path}”.", path=path)) from error
    except NotRegularError as error:
        raise JobError(tr("“{path}” is not an ordinary file.", path=path)) from error
    except UnicodeDecodeError as error:
        raise JobError(tr("“{name}” is not a text file in UTF-8.", name=path.name)) from error
    except (OSError, csv.Error) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise JobError(
            tr("“{name}” cannot be read: {reason}.", name=path.name, reason=reason)
        ) from error


def _parse_spot(row: Mapping[str, str]) -> Spot | None:
    """Return the region of a row, or None where it names a file alone."""
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not values["start"] and not values["end"]:
        return None
    low_hz, high_hz = parse_band(values["band"]) if values["band"] else (None, None)
    return Spot(
        parse_time(values["start"]),
        parse_time(values["end"]),
        low_hz,
        high_hz,
        parse_channels(values["channels"]) if values["channels"] else None,
        values["label"],
    )
