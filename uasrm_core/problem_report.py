"""A report of a problem, to be pasted where the program is made: versions and the log's last lines.

There is no sound in it. Names of files and folders are left out unless the user agreed to them.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath

from uasrm_core.version import program_version

LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "torch",
    "torchaudio",
    "soundfile",
    "soxr",
    "mutagen",
    "PySide6-Essentials",
    "sounddevice",
)
LOG_LINES, CRASH_LINES = 60, 40
LEFT_OUT = "<path>"
# A shorter name without its suffix is part of ordinary words.
SHORTEST_STEM = 4

_CODE = re.compile(r"([\"'])(?:/|[A-Za-z]:[\\/])[^\"'\n]*?([^\"'\n/\\]+)[/\\]([^\"'\n/\\]+\.py)\1")
_CODE_KEPT = r"\1…\2:\3\1"
_QUOTED_PATH = re.compile(r"([\"'])(?:/|~/|file:|[A-Za-z]:[\\/])[^\n]*?\1")
# Unquoted, a path may have blanks in it, so the rest of its line goes with it.
_BARE_PATH = re.compile(r"(?<![\w/\\<])(?:~?/(?=[^\s/])|file:|[A-Za-z]:[\\/])[^\n]*")
_NAMED = re.compile(r"“[^”\n]*”")
_FILE = re.compile(
    r"\S+\.(wav|wave|bwf|rf64|w64|aiff?|aifc|au|snd|caf|flac|ogg|oga|opus|mp3|uasrm|txt|json|csv|"
    r"safetensors)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Findings:
    """What a report is made of.

    Attributes
    ----------
    log, crashes
        The texts of the two log files.
    surroundings
        Lines about the window, its screen and its sound device.
    names
        Names of files that the user works on.
    """

    log: str = ""
    crashes: str = ""
    surroundings: Sequence[str] = ()
    names: Sequence[str] = ()


def write_report(findings: Findings, *, with_names: bool = False) -> str:
    """Return the report as plain text.

    Parameters
    ----------
    with_names
        Whether names of files and folders stay in the log's lines.
    """
    parts = [
        f"UASRM {program_version()}",
        *system_lines(),
        *findings.surroundings,
        "Names of files are left in." if with_names else "Names of files are left out.",
    ]
    for title, text, most in (
        ("Log", findings.log, LOG_LINES),
        ("Crashes", findings.crashes, CRASH_LINES),
    ):
        lines = text.splitlines()[-most:]
        if lines:
            told = "\n".join(lines)
            parts += [
                "",
                f"== {title}",
                told if with_names else replace_names(told, findings.names),
            ]
    return "\n".join(parts) + "\n"


def system_lines() -> list[str]:
    """Return lines about the system and the libraries; none is loaded for it."""
    return [
        f"System: {platform.platform()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} processors{_read_memory()}",
        f"Libraries: {', '.join(library_versions())}",
    ]


def library_versions() -> list[str]:
    """Return name and version of each library that is installed."""
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def replace_names(text: str, names: Sequence[str] = ()) -> str:
    """Return a log without names of files and folders.

    Of the program's own code and of libraries, a file's name and its folder's stay.
    """
    stems = {PurePath(name).stem for name in names}
    hidden = {*filter(None, names), *(stem for stem in stems if len(stem) >= SHORTEST_STEM)}
    for name in sorted(hidden, key=len, reverse=True):
        text = text.replace(name, LEFT_OUT)
    text = _CODE.sub(_CODE_KEPT, text)
    text = _NAMED.sub("“…”", text)
    text = _QUOTED_PATH.sub(LEFT_OUT, text)
    text = _BARE_PATH.sub(LEFT_OUT, text)
    return _FILE.sub(LEFT_OUT, text)


def _read_memory() -> str:
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return ""
    return f", {size / 2**30:.0f} GiB of memory"
