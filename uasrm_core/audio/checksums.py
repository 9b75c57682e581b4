"""Chunks with checksums of the samples: updated in a repaired copy, or reported as outdated."""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.containers.chunks import Chunk, Family, body, family_of, walk
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.audio.repaired import block_frames, list_patched_stretches, read_repaired_exact
from uasrm_core.audio.sources import FileSource
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

_HASHED_BYTES = 1 << 20
_BEXT_VERSION_AT, _BEXT_LOUDNESS_AT, _BEXT_NO_LOUDNESS = 346, 412, 0x7FFF


def refresh_sums(clip: AudioClip, draft: BinaryIO, progress: Progress) -> tuple[str, ...]:
    """Bring the sums in a repaired copy of a file up to date; return sentences on what is not.

    ``MD5 `` holds the MD5 of the sound's bytes, as BWF MetaEdit writes it; ``PEAK`` the loudest
    sample of each channel. Levels in ``levl`` and loudness in ``bext`` are left as they are.
    """
    family = family_of(draft)
    if family is None or family == "CAF" or not isinstance(clip.source, FileSource):
        return ()
    chunks = {chunk.name: chunk for chunk in walk(draft, family)}
    sound = chunks.get(b"SSND" if family == "AIFF" else b"data")
    notes: list[str] = []
    if b"MD5 " in chunks and sound is not None and chunks[b"MD5 "].size >= 16:
        notes += _refresh_md5(clip.source.file, draft, chunks[b"MD5 "], sound, progress)
    if b"PEAK" in chunks and chunks[b"PEAK"].size >= 8 + 8 * clip.channels:
        _refresh_peaks(clip, draft, chunks[b"PEAK"], family, progress)
    if b"levl" in chunks:
        notes.append(tr("The overview of levels (levl) is still that of the original."))
    if b"bext" in chunks and _has_loudness(body(draft, chunks[b"bext"], 602)):
        notes.append(tr("The loudness in the broadcast description is still the original's."))
    return tuple(notes)


def sum_ranges(draft: BinaryIO) -> tuple[tuple[int, int], ...]:
    """Return the bytes, first and end, that `refresh_sums` may change."""
    family = family_of(draft)
    chunks = walk(draft, family) if family else ()
    return tuple(
        (chunk.start, chunk.start + chunk.size)
        for chunk in chunks
        if chunk.name in (b"MD5 ", b"PEAK")
    )


def _refresh_md5(
    original: OpenFile, draft: BinaryIO, place: Chunk, sound: Chunk, progress: Progress
) -> list[str]:
    def from_draft(start: int, count: int) -> bytes:
        draft.seek(start)
        return draft.read(count)

    before = _hash_sound(original.read_at, sound, original.size, progress.part(0.0, 0.4))
    stored = body(draft, place, 16)
    if stored not in (before, before[::-1]):
        return [
            tr("The checksum of the sound (MD5) did not fit the original, and was left as it is.")
        ]
    after = _hash_sound(from_draft, sound, original.size, progress.part(0.4, 0.8))
    draft.seek(place.start)
    draft.write(after if stored == before else after[::-1])
    return []


def _hash_sound(
    read: Callable[[int, int], bytes], sound: Chunk, size: int, progress: Progress
) -> bytes:
    total, end = hashlib.md5(usedforsecurity=False), min(sound.start + sound.size, size)
    for start in range(sound.start, end, _HASHED_BYTES):
        progress.report((start - sound.start) / sound.size, tr("Updating the checksum"))
        total.update(read(start, min(_HASHED_BYTES, end - start)))
    return total.digest()


def _refresh_peaks(
    clip: AudioClip, draft: BinaryIO, place: Chunk, family: Family, progress: Progress
) -> None:
    peaks, frames = np.zeros(clip.channels), np.zeros(clip.channels, np.int64)
    step, stretches = block_frames(clip.channels), list_patched_stretches(clip)
    for start in range(0, clip.frames, step):
        progress.report(0.8 + 0.2 * start / clip.frames, tr("Updating the peaks"))
        values, _ = read_repaired_exact(clip, start, min(start + step, clip.frames), stretches)
        loud = np.nan_to_num(np.abs(values), posinf=0.0)
        louder = loud.max(axis=1) > peaks
        peaks = np.where(louder, loud.max(axis=1), peaks)
        frames = np.where(louder, start + loud.argmax(axis=1), frames)
    order = ">" if family in ("AIFF", "RIFX") else "<"
    content = struct.pack(order + "I", int(time.time()))
    for peak, frame in zip(peaks, frames, strict=True):
        content += struct.pack(order + "fI", peak, frame)
    draft.seek(place.start + 4)
    draft.write(content)


def _has_loudness(bext: bytes) -> bool:
    if len(bext) < 422 or int.from_bytes(bext[_BEXT_VERSION_AT:][:2], "little") < 2:
        return False
    values = struct.unpack("<5h", bext[_BEXT_LOUDNESS_AT : _BEXT_LOUDNESS_AT + 10])
    return any(value not in (0, _BEXT_NO_LOUDNESS) for value in values)
