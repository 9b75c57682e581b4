"""Comparing what lies around the samples of a copy with the original, byte by byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from uasrm_core.audio.containers.chunks import family_of, walk
from uasrm_core.audio.markers.cue import is_adtl
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.errors import ExportError
from uasrm_core.translation import tr

_BLOCK_BYTES = 1 << 20
Ranges = Sequence[tuple[int, int]]


def check_remainder(original: OpenFile, draft: BinaryIO, target: Path, may_differ: Ranges) -> None:
    """Make sure that a copy differs from the original in some places alone.

    Parameters
    ----------
    target
        What the copy will be named.
    may_differ
        First byte and end of each such place.

    Raises
    ------
    ExportError
        It differs elsewhere.
    """
    for start, end in _list_remainder(original.size, may_differ):
        for place in range(start, end, _BLOCK_BYTES):
            count = min(_BLOCK_BYTES, end - place)
            draft.seek(place)
            if draft.read(count) != original.read_at(place, count):
                raise ExportError(
                    tr(
                        "“{name}” was not written: read back, what lies around the samples was not "
                        "as in the original; the disk may be faulty.",
                        name=target.name,
                    )
                )


def addition_ranges(original: OpenFile, *, history: bool, markers: bool) -> Ranges:
    """Return the bytes that a line in the coding history, and markers, may change."""
    if not (history or markers):
        return ()
    stream = original.stream()
    family = family_of(stream)
    chunks = walk(stream, family) if family else ()
    names = {b"ds64"} | ({b"bext"} if history else set()) | ({b"cue "} if markers else set())
    return (
        (4, 8),  # the size of the file
        *(
            (chunk.head, chunk.start + chunk.size)
            for chunk in chunks
            if chunk.name in names or (markers and is_adtl(stream, chunk))
        ),
    )


def _list_remainder(size: int, ranges: Ranges) -> Iterator[tuple[int, int]]:
    position = 0
    for start, end in sorted(ranges):
        if start > position:
            yield position, min(start, size)
        position = max(position, end)
    if position < size:
        yield position, size
