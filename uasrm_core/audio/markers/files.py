"""Regions from files and into files: the name, and for recordings the content, tells which kind.

* ``.txt`` and whatever is not named here: labels of Audacity (`uasrm_core.audio.labels`)
* ``.csv``: markers and regions of Reaper
* ``.xmp``: markers of Adobe's programs
* a recording: the markers that it holds itself
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from uasrm_core.audio.bounded import NotRegularError, open_regular
from uasrm_core.audio.containers.chunks import body, family_of, walk
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.formats import RECORDING_SUFFIXES
from uasrm_core.audio.labels import read_labels, write_labels
from uasrm_core.audio.markers.cue import read_cues
from uasrm_core.audio.markers.reaper import is_reaper_table, read_reaper, reaper_table
from uasrm_core.audio.markers.xmp import MOST_BYTES, read_xmp, xmp_bytes
from uasrm_core.audio.region import Region
from uasrm_core.audio.sources import FileSource
from uasrm_core.errors import LabelError
from uasrm_core.translation import tr
from uasrm_core.writing.gate import write_whole

REAPER_SUFFIX, XMP_SUFFIX = ".csv", ".xmp"
_XMP_CHUNK = b"_PMX"


def read_regions(path: str | Path, rate: int) -> tuple[Region, ...]:
    """Read regions for a recording of `rate` frames a second; see `read_labels`.

    Raises
    ------
    LabelError
        The file is missing, unreadable or none of the kinds.
    FileError
        It is named like a recording and cannot be opened as one.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in RECORDING_SUFFIXES:
        return _read_recording(path, rate)
    if suffix not in (REAPER_SUFFIX, XMP_SUFFIX):
        return read_labels(path, rate)
    content = _read_content(path)
    try:
        if suffix == XMP_SUFFIX:
            return read_xmp(content, rate)
        text = content.decode("utf-8-sig")
    except ValueError as error:
        raise LabelError(tr("“{name}” holds no markers.", name=path.name)) from error
    if not is_reaper_table(text):
        raise LabelError(
            tr(
                "“{name}” is no table of markers: its first line must be #,Name,Start,End,Length.",
                name=path.name,
            )
        )
    try:
        return read_reaper(text, rate)
    except ValueError as error:
        raise LabelError(tr("“{name}”, {problem}.", name=path.name, problem=error)) from error


def write_regions(
    path: str | Path, regions: Sequence[Region], rate: int, *, overwrite: bool = True
) -> None:
    """Write regions as a file of the kind that its name asks for; see `write_labels`.

    Raises
    ------
    ExportError
        The file cannot be written, or is there and may not be replaced.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == REAPER_SUFFIX:
        write_whole(path, reaper_table(regions, rate).encode(errors="replace"), overwrite=overwrite)
    elif suffix == XMP_SUFFIX:
        write_whole(path, xmp_bytes(regions, rate), overwrite=overwrite)
    else:
        write_labels(path, regions, rate, overwrite=overwrite)


def _read_recording(path: Path, rate: int) -> tuple[Region, ...]:
    """Return the markers that a recording holds, in frames of another of `rate`."""
    clip = open_clip(path)
    assert isinstance(clip.source, FileSource)
    stream = clip.source.file.stream()
    regions = [*read_cues(stream)]
    family = family_of(stream)
    for chunk in walk(stream, family) if family else ():
        if chunk.name == _XMP_CHUNK:
            try:
                regions += read_xmp(body(stream, chunk, MOST_BYTES), clip.rate)
            except ValueError:
                continue
    scale = rate / clip.rate
    return tuple(
        replace(
            region,
            start_frame=round(region.start_frame * scale),
            end_frame=round(region.end_frame * scale),
        )
        for region in dict.fromkeys(regions)
    )


def _read_content(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise LabelError(tr("There is no label file “{path}”.", path=path)) from error
    except NotRegularError as error:
        raise LabelError(
            tr("“{path}” is a device or a pipe, not a label file.", path=path)
        ) from error
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise LabelError(
            tr("“{name}” cannot be read: {reason}.", name=path.name, reason=reason)
        ) from error
    if len(content) > MOST_BYTES:
        raise LabelError(tr("“{name}” is far too large for markers.", name=path.name))
    return content
