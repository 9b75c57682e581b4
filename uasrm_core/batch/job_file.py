"""Job files: the settings of a batch as TOML, with every mistake told by its line and key."""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from uasrm_core.audio.bounded import NotRegularError, open_regular
from uasrm_core.audio.formats import DEPTHS
from uasrm_core.audio.kinds import Kind, parse_text
from uasrm_core.batch.job import BatchJob, Rule
from uasrm_core.batch.naming import check_template
from uasrm_core.detect.registry import DETECTORS
from uasrm_core.errors import JobError
from uasrm_core.inpainting.registry import ENGINES
from uasrm_core.translation import tr
from uasrm_core.writing.gate import write_whole

MOST_CHARACTERS = 1_000_000
_MOST_NUMBER = 1e6
_LONGEST_TEXT = 1000

Reader = Callable[[Any], Any]


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(tr("true or false"))
    return value


def _number(low: float, high: float) -> Reader:
    def read(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not low <= value <= high:
            raise ValueError(tr("a number from {low:g} to {high:g}", low=low, high=high))
        return float(value)

    return read


def _read_whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError(tr("a whole number from 0"))
    return value


def _make_choice_reader(known: tuple[str, ...]) -> Reader:
    def read(value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value not in known:
            raise ValueError(tr("one of {names}", names=", ".join(known)))
        return str(value)

    return read


def _read_kinds(value: Any) -> tuple[str, ...]:
    words = value if isinstance(value, list) else [value]
    if not words or not all(word in DETECTORS for word in words):
        raise ValueError(tr("a list of {names}", names=", ".join(DETECTORS)))
    return tuple(dict.fromkeys(words))


def _read_region_kinds(value: Any) -> tuple[Kind, ...]:
    words = value if isinstance(value, list) else [value]
    parsed = [parse_text(word) if isinstance(word, str) else (Kind.GAP, "?") for word in words]
    if not words or any(label for _, label in parsed):
        raise ValueError(tr("a list of {names}", names=", ".join(Kind)))
    return tuple(dict.fromkeys(kind for kind, _ in parsed))


def _read_sensitivities(value: Any) -> tuple[tuple[str, float], ...]:
    share = _number(0.0, 1.0)
    if not isinstance(value, dict) or not all(kind in DETECTORS for kind in value):
        raise ValueError(tr("a table whose keys are from {names}", names=", ".join(DETECTORS)))
    return tuple(sorted((kind, share(number)) for kind, number in value.items()))


def _read_template(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(tr("a text such as “{example}”", example="{folder}/{name}"))
    return check_template(value)


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(tr("a text"))
    return value


def _read_path(value: Any) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError(tr("the name of a file"))
    return Path(value)


def _read_suffix(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\.?[a-z0-9]{1,5}", value):
        raise ValueError(tr("an ending such as “flac”"))
    return "." + value.removeprefix(".")


_SECONDS = _number(0.0, _MOST_NUMBER)
_SHARE = _number(0.0, 1.0)
_RULE: Mapping[str, Reader] = {
    "kinds": _read_region_kinds,
    "shorter_than_s": _SECONDS,
    "longer_than_s": _SECONDS,
    "engine": _make_choice_reader(ENGINES),
    "strength": _SHARE,
    "take": _read_whole,
    "skip": _switch,
}
# What a table of the file may hold; each key is a field of `BatchJob`, or of `Rule`.
TABLES: Mapping[str, Mapping[str, Reader]] = {
    "detect": {
        "kinds": _read_kinds,
        "sensitivity": _SHARE,
        "sensitivities": _read_sensitivities,
        "regions": _read_template,
    },
    "repair": {
        "engine": _make_choice_reader(ENGINES),
        "model": _read_path,
        "context_s": _number(0.01, 60.0),
        "strength": _SHARE,
        "take": _read_whole,
        "adapt": _switch,
    },
    "rule": _RULE,
    "export": {
        "name": _read_template,
        "suffix": _read_suffix,
        "bits": _make_choice_reader(tuple(DEPTHS)),
        "dither": _make_choice_reader(("tpdf", "none")),
        "quality": _number(0.0, 10.0),
        "coding_history": _switch,
        "copy_intact": _switch,
    },
    "files": {
        "labels": _switch,
        "log": _switch,
        "report": _switch,
        "session": _switch,
        "archive": _switch,
        "operator": _read_text,
    },
}


def read_job(path: Path) -> BatchJob:
    """Read a job file; what it does not name keeps its default.

    Raises
    ------
    JobError
        It is missing, no TOML, or a key or a value is not known; the message names the line.
    """
    job = parse_job(_read_file(path), path.name)
    if job.model is None:
        return job
    # where the file lies, not where the program was started
    return replace(job, model=path.parent / job.model)


def parse_job(text: str, name: str) -> BatchJob:
    """Return the job that a text describes; `JobError` as of `read_job`, with the file's name."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise JobError(
            tr("“{name}” is no job file in TOML: {reason}.", name=name, reason=error)
        ) from error
    source = _Source(text, name)
    values: dict[str, Any] = {}
    for table, content in data.items():
        if table not in TABLES:
            raise source.build_unknown_error(table, "", tuple(TABLES))
        if table == "rule":
            values["rules"] = _read_rules(content, source)
        elif not isinstance(content, dict):
            raise source.wrong(table, "", tr("a table: write [{table}]", table=table))
        else:
            values |= _read_values(content, table, source)
    return BatchJob(**values)


def job_text(job: BatchJob) -> str:
    """Return a job as a text that `parse_job` reads; what is at its default is left out."""
    standard = BatchJob()
    lines: list[str] = []
    for table, keys in TABLES.items():
        if table == "rule":
            for rule in job.rules:
                lines += ["[[rule]]", *_list_assignments(rule, Rule(), keys), ""]
            continue
        assignments = _list_assignments(job, standard, keys)
        if assignments:
            lines += [f"[{table}]", *assignments, ""]
    return "\n".join(lines)


def write_job(job: BatchJob, path: Path) -> None:
    """Write a job file, in place of what stood there.

    Raises
    ------
    ExportError
        The file cannot be written.
    """
    write_whole(path, job_text(job).encode())


@dataclass(frozen=True)
class _Source:
    """The text of a job file, for finding the line that an error is about."""

    text: str
    name: str

    def build_unknown_error(self, key: str, table: str, known: tuple[str, ...]) -> JobError:
        """Say that a key is not known, and which one was probably meant."""
        near = difflib.get_close_matches(key, known, 1)
        hint = (
            tr("the nearest is “{key}”.", key=near[0])
            if near
            else tr("known are {keys}.", keys=", ".join(known))
        )
        where = self._describe_place(key, table)
        if table:
            return JobError(
                tr(
                    "{where}: “{key}” is not a key of [{table}]; {hint}",
                    where=where,
                    key=key[:40],
                    table=table,
                    hint=hint,
                )
            )
        return JobError(
            tr("{where}: “{key}” is not a table; {hint}", where=where, key=key[:40], hint=hint)
        )

    def wrong(self, key: str, table: str, wanted: object) -> JobError:
        """Say what belongs at a key."""
        return JobError(
            tr(
                "{where}: “{key}” must be {wanted}.",
                where=self._describe_place(key, table),
                key=key,
                wanted=wanted,
            )
        )

    def _describe_place(self, key: str, table: str) -> str:
        number = self._find_line(key, table)
        if number is None:
            return tr("“{name}”", name=self.name)
        return tr("Line {number} of “{name}”", number=number, name=self.name)

    def _find_line(self, key: str, table: str) -> int | None:
        """Return the line of a key, which may stand in its table or be written out dotted."""
        word = rf"""["']?{re.escape(key)}["']?"""
        in_table = re.compile(rf"\s*{word}\s*[=.]")
        dotted = re.compile(rf"\s*{re.escape(table)}\s*\.\s*{word}\s*[=.]")
        header = re.compile(rf"\s*\[\[?\s*(?:{re.escape(table)}\s*\.\s*)?{word}\s*[\].]")
        current = ""
        for number, line in enumerate(self.text.splitlines(), 1):
            found = header if table else re.compile(rf"\s*\[\[?\s*{word}\s*[\].]")
            if found.match(line) or (current == table and in_table.match(line)):
                return number
            if table and current == "" and dotted.match(line):
                return number
            if match := re.match(r"\s*\[\[?\s*([^\].\s]+)", line):
                current = match[1].strip("\"'")
        return None


def _read_rules(content: Any, source: _Source) -> tuple[Rule, ...]:
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise source.wrong("rule", "", tr("a list of tables: write [[rule]] before each"))
    return tuple(Rule(**_read_values(row, "rule", source)) for row in content)


def _read_values(content: Mapping[str, Any], table: str, source: _Source) -> dict[str, Any]:
    readers = TABLES[table]
    values = {}
    for key, value in content.items():
        if key not in readers:
            raise source.build_unknown_error(key, table, tuple(readers))
        try:
            values[key] = readers[key](value)
        except ValueError as error:
            raise source.wrong(key, table, error) from error
    return values


def _list_assignments(values: Any, standard: Any, keys: Mapping[str, Reader]) -> list[str]:
    names = {field.name for field in fields(values)}
    return [
        f"{key} = {_format_value(getattr(values, key))}"
        for key in keys
        if key in names and getattr(values, key) != getattr(standard, key)
    ]


def _format_value(value: Any) -> str:
    """Return a value as TOML, whose texts, numbers and lists are written like those of JSON."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return "{ " + ", ".join(f"{key} = {number!r}" for key, number in value) + " }"
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(value).replace("\x7f", "\\u007f")


def _read_file(path: Path) -> str:
    try:
        with open_regular(path) as file, TextIOWrapper(file, encoding="utf-8-sig") as text:
            content = text.read(MOST_CHARACTERS + 1)
    except FileNotFoundError as error:
        raise JobError(tr("There is no job file “{path}”.", path=path)) from error
    except NotRegularError as error:
        raise JobError(tr("“{path}” is not an ordinary file.", path=path)) from error
    except UnicodeDecodeError as error:
        raise JobError(tr("“{name}” is not a text file in UTF-8.", name=path.name)) from error
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise JobError(
            tr("“{name}” cannot be read: {reason}.", name=path.name, reason=reason)
        ) from error
    if len(content) > MOST_CHARACTERS:
        raise JobError(tr("“{name}” is far too long for a job file.", name=path.name))
    return content
