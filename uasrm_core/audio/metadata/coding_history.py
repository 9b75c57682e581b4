"""A line on the restoration in the coding history of a broadcast WAV file.

The history is the last field of the ``bext`` chunk (EBU Tech 3285); a line in it is as EBU R 98
says: ``A=PCM,F=48000,W=24,M=stereo,T=...``.
"""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.containers.append import Addition, append_chunks
from uasrm_core.audio.containers.chunks import UNKNOWN_SIZE, Chunk, body, family_of, walk
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.errors import ExportError
from uasrm_core.translation import tr
from uasrm_core.version import program_version

HOLDERS = ("WAV", "WAVEX", "RF64")
_FIXED_BYTES = 602
_MOST_BYTES = 1 << 24
_ORIGINATOR_AT, _DATE_AT, _VERSION_AT = 256, 320, 346
_MODES = {1: ",M=mono", 2: ",M=stereo"}


def check_history_place(chosen: ExportFormat) -> None:
    """Raise `ExportError` if a format has no coding history."""
    if chosen.container not in HOLDERS:
        raise ExportError(
            tr("{name} has no coding history; export as .wav or leave it out.", name=chosen.name)
        )


def history_line(info: SourceInfo, chosen: ExportFormat, repairs: int) -> bytes:
    """Return the line that tells of so many repairs in a recording of a format."""
    width = {"FLOAT": 32, "DOUBLE": 64}.get(chosen.subtype) or info.valid_bits or chosen.bits
    word = f",W={width}" if width else ""
    mode = _MODES.get(info.channels, "")
    text = f"UASRM {program_version()}; {repairs} stretches repaired"
    return f"A=PCM,F={info.rate}{word}{mode},T={text}\r\n".encode()


def add_history(draft: BinaryIO, name: str, line: bytes) -> None:
    """Add a line to the coding history of a written file, and the chunk for it if need be.

    Where the chunk has no room left it is written anew behind all others, and the old one is
    given the name of an empty space.

    Raises
    ------
    ExportError
        Nothing can be added behind the last chunk of this file.
    """
    family = family_of(draft)
    if family not in ("RIFF", "RF64"):
        raise _build_error(name)
    chunks = list(walk(draft, family))
    known = next((chunk for chunk in chunks if chunk.name == b"bext"), None)
    content = _build_empty_bext() if known is None else body(draft, known, _MOST_BYTES)
    content = content.ljust(_FIXED_BYTES, b"\0")
    history = content[_FIXED_BYTES:].rstrip(b"\0 \r\n")
    content = content[:_FIXED_BYTES] + (history + b"\r\n" if history else b"") + line
    if known is not None and len(content) <= known.size:
        draft.seek(known.start)
        draft.write(content.ljust(known.size, b"\0"))
        return
    if not _ends_with_a_chunk(draft, chunks[-1]):
        raise _build_error(name)
    if known is not None:
        draft.seek(known.head)
        draft.write(b"JUNK")
    append_chunks(draft, [Addition(b"bext", content=content)])


def _build_empty_bext() -> bytes:
    now = datetime.now().astimezone()
    content = bytearray(_FIXED_BYTES)
    content[_ORIGINATOR_AT : _ORIGINATOR_AT + 5] = b"UASRM"
    content[_DATE_AT : _DATE_AT + 18] = now.strftime("%Y-%m-%d%H:%M:%S").encode()
    content[_VERSION_AT] = 1
    return bytes(content)


def _ends_with_a_chunk(draft: BinaryIO, last: Chunk) -> bool:
    """Tell whether a file ends where its last chunk says, or that and its padding."""
    size = draft.seek(0, 2)
    end = last.start + last.size
    is_open = last.name == b"data" and last.size in (0, UNKNOWN_SIZE)
    return not is_open and 0 <= size - end < 2


def _build_error(name: str) -> ExportError:
    return ExportError(
        tr(
            "“{name}” was not written: no coding history can be added to a file that is built "
            "like the original; leave it out.",
            name=name,
        )
    )
