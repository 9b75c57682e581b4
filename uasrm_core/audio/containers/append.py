"""Adding chunks to a written WAV, RF64, W64 or AIFF file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from uasrm_core.audio.containers.chunks import W64_TAIL, Family, family_of, walk
from uasrm_core.audio.containers.flac import move_to
from uasrm_core.audio.open_file import OpenFile

_COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class Addition:
    """A chunk to add: `content`, or so many bytes of another file from a place on."""

    name: bytes
    content: bytes = b""
    file: OpenFile | None = None
    start: int = 0
    size: int = 0

    @property
    def length(self) -> int:
        """Bytes of content."""
        return len(self.content) if self.file is None else self.size


def append_chunks(draft: BinaryIO, additions: Sequence[Addition]) -> None:
    """Add chunks behind the last one, and count them in the header.

    In a W64 file they come before the samples, which libsndfile takes to reach to the file's end.
    """
    family = family_of(draft)
    if not additions or family is None:
        return
    step = 8 if family == "W64" else 2
    position = draft.seek(0, 2)
    draft.write(bytes(-position % step))
    if family == "W64":
        head = next(chunk.head for chunk in walk(draft, family) if chunk.name == b"data")
        move_to(draft, head, head + sum(24 + -(-known.length // 8) * 8 for known in additions))
        draft.seek(head)
    for addition in additions:
        draft.write(_build_head(addition, family))
        _write_content(draft, addition)
        draft.write(bytes(-addition.length % step))
    _count(draft, family)


def _build_head(addition: Addition, family: Family) -> bytes:
    if family == "W64":
        return addition.name + W64_TAIL + (24 + addition.length).to_bytes(8, "little")
    return addition.name + addition.length.to_bytes(4, _order(family))


def _write_content(draft: BinaryIO, addition: Addition) -> None:
    if addition.file is None:
        draft.write(addition.content)
        return
    for start in range(0, addition.size, _COPY_BYTES):
        count = min(_COPY_BYTES, addition.size - start)
        draft.write(addition.file.read_at(addition.start + start, count).ljust(count, b"\0"))


def _count(draft: BinaryIO, family: Family) -> None:
    size = draft.seek(0, 2)
    if family == "W64":
        _put(draft, 16, size.to_bytes(8, "little"))
    elif family == "RF64":
        place = next((chunk.start for chunk in walk(draft, family) if chunk.name == b"ds64"), None)
        if place is not None:
            _put(draft, place, (size - 8).to_bytes(8, "little"))
    else:
        _put(draft, 4, (size - 8).to_bytes(4, _order(family)))


def _order(family: Family) -> Literal["big", "little"]:
    return "big" if family in ("AIFF", "RIFX") else "little"


def _put(draft: BinaryIO, place: int, data: bytes) -> None:
    draft.seek(place)
    draft.write(data)
