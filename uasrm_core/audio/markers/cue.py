"""Markers inside recordings: ``cue `` and ``LIST adtl`` of WAV files, ``MARK`` of AIFF files.

The layouts are those of "Multimedia Programming Interface and Data Specifications 1.0" (1991) and
of Apple's "Audio Interchange File Format" (1989).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from uasrm_core.audio.containers.append import Addition, append_chunks
from uasrm_core.audio.containers.chunks import Chunk, Family, body, decode_text, family_of, walk
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.kinds import format_text, parse_text
from uasrm_core.audio.region import Region
from uasrm_core.errors import ExportError
from uasrm_core.translation import tr

MOST_MARKERS = 100_000
HOLDERS = ("WAV", "WAVEX", "RF64")
_MOST_BYTES = 1 << 25
_CUE_BYTES = 24
_REGION = b"rgn "


def read_cues(stream: BinaryIO) -> tuple[Region, ...]:
    """Return the markers of a recording as regions, in its own frames and in time's order.

    Markers without a length become regions without one. A file without markers, or with markers
    that make no sense, has none.
    """
    family = family_of(stream)
    if family is None or family == "CAF":
        return ()
    if family == "AIFF":
        return _sort_regions(_from_mark(stream, family))
    order = ">" if family == "RIFX" else "<"
    starts: dict[int, int] = {}
    lengths: dict[int, int] = {}
    names: dict[int, str] = {}
    for chunk in walk(stream, family):
        if chunk.name == b"cue ":
            starts |= dict(_read_points(body(stream, chunk, _MOST_BYTES), order))
        elif is_adtl(stream, chunk):
            for name, content in _read_parts(body(stream, chunk, _MOST_BYTES)[4:], order):
                _take(name, content, order, lengths, names)
    return _sort_regions(
        _build_region(start, lengths.get(number, 0), names.get(number, ""))
        for number, start in list(starts.items())[:MOST_MARKERS]
    )


def is_adtl(stream: BinaryIO, chunk: Chunk) -> bool:
    """Tell whether a chunk holds the names and lengths of markers."""
    return chunk.name == b"LIST" and body(stream, chunk, 4) == b"adtl"


def check_cue_place(chosen: ExportFormat) -> None:
    """Raise `ExportError` if markers cannot be written into a format."""
    if chosen.container not in HOLDERS:
        raise ExportError(
            tr(
                "{name} has no place for markers; export as .wav or leave them out.",
                name=chosen.name,
            )
        )


def add_cues(draft: BinaryIO, name: str, regions: Sequence[Region]) -> None:
    """Add regions to the markers of a written WAV or RF64 file.

    The chunks of those that it has are written anew behind all others, and the old ones get the
    name of an empty space.

    Raises
    ------
    ExportError
        The file has no place for markers.
    """
    family = family_of(draft)
    if family not in ("RIFF", "RF64"):
        raise ExportError(
            tr("“{name}” has no place for markers; export as .wav or leave them out.", name=name)
        )
    markers = tuple(dict.fromkeys((*read_cues(draft), *regions)))
    old = [c for c in walk(draft, family) if c.name == b"cue " or is_adtl(draft, c)]
    for chunk in old:
        draft.seek(chunk.head)
        draft.write(b"JUNK")
    append_chunks(draft, pack_cues(markers))


def pack_cues(regions: Sequence[Region]) -> tuple[Addition, Addition]:
    """Return the chunks of markers, numbered from 1."""
    points, texts = [], []
    for number, region in enumerate(regions, 1):
        start, label = region.start_frame, format_text(region.kind, region.label).encode()
        points.append(struct.pack("<II4sIII", number, start, b"data", 0, 0, start))
        texts.append(_build_part(b"labl", struct.pack("<I", number) + label + b"\0"))
        if region.frames:
            length = struct.pack("<II4sHHHH", number, region.frames, _REGION, 0, 0, 0, 0)
            texts.append(_build_part(b"ltxt", length))
    cue = struct.pack("<I", len(points)) + b"".join(points)
    return Addition(b"cue ", content=cue), Addition(b"LIST", content=b"adtl" + b"".join(texts))


def _read_points(content: bytes, order: str) -> Iterator[tuple[int, int]]:
    for place in range(4, len(content) - _CUE_BYTES + 1, _CUE_BYTES):
        number, _, _, _, _, start = struct.unpack_from(f"{order}II4sIII", content, place)
        yield number, start


def _read_parts(content: bytes, order: str) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(content):
        name, size = struct.unpack_from(f"{order}4sI", content, place)
        yield name, content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _take(
    name: bytes, content: bytes, order: str, lengths: dict[int, int], names: dict[int, str]
) -> None:
    """Note what a part says of a marker: its name, else its remark, and its length."""
    if len(content) < 4:
        return
    number = struct.unpack_from(f"{order}I", content)[0]
    text = decode_text(content[4:].split(b"\0")[0])
    if name == b"labl":
        names[number] = text
    elif name == b"note":
        names.setdefault(number, text)
    elif name == b"ltxt" and len(content) >= 8:
        lengths[number] = struct.unpack_from(f"{order}I", content, 4)[0]
        said = decode_text(content[20:].split(b"\0")[0])
        if said:
            names.setdefault(number, said)


def _from_mark(stream: BinaryIO, family: Family) -> Iterator[Region]:
    for chunk in walk(stream, family):
        if chunk.name != b"MARK":
            continue
        content = body(stream, chunk, _MOST_BYTES)
        place = 2
        while place + 7 <= len(content):
            start = struct.unpack_from(">I", content, place + 2)[0]
            size = content[place + 6]
            yield _build_region(start, 0, decode_text(content[place + 7 : place + 7 + size]))
            place += 7 + size + (size + 1) % 2


def _build_region(start: int, frames: int, text: str) -> Region:
    kind, label = parse_text(text)
    return Region(start, start + frames, label=label, kind=kind)


def _sort_regions(regions: Iterator[Region]) -> tuple[Region, ...]:
    return tuple(sorted(regions, key=lambda region: (region.start_frame, region.end_frame)))


def _build_part(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
