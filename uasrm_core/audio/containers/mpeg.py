"""The tags before and behind the frames of an MP3 file: ID3v2, then APEv2 and ID3v1."""

from __future__ import annotations

from typing import BinaryIO

from uasrm_core.audio.containers.flac import id3_bytes, move_to

_ID3V1_BYTES = 128
_APE_FOOTER_BYTES = 32
_MOST_BYTES = 1 << 27


def surrounding_tags(file: BinaryIO) -> tuple[bytes, bytes]:
    """Return the tags before and behind the frames, as they are."""
    end = file.seek(0, 2)
    front = min(id3_bytes(file), end)
    back = end
    if back - front >= _ID3V1_BYTES and _read(file, back - _ID3V1_BYTES, 3) == b"TAG":
        back -= _ID3V1_BYTES
    footer = _read(file, max(back - _APE_FOOTER_BYTES, 0), _APE_FOOTER_BYTES)
    if footer[:8] == b"APETAGEX":
        size = int.from_bytes(footer[12:16], "little")
        has_header = footer[23] & 0x80
        ape = back - size - (_APE_FOOTER_BYTES if has_header else 0)
        back = ape if ape >= front else back
    if front > _MOST_BYTES or end - back > _MOST_BYTES:
        return b"", b""
    return _read(file, 0, front), _read(file, back, end - back)


def surround(draft: BinaryIO, front: bytes, back: bytes) -> None:
    """Put tags before and behind what is written."""
    draft.seek(0, 2)
    draft.write(back)
    if front:
        move_to(draft, 0, len(front))
        draft.seek(0)
        draft.write(front)


def _read(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)
