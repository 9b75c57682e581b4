"""Exporting by copying the original and overwriting the samples that were repaired."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

import numpy as np

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.repaired import changes
from uasrm_core.audio.sources import FileSource, PlainSource
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

_COPY_BYTES = 1 << 22


def copy_and_patch(
    clip: AudioClip, stretches: list[tuple[int, int]], file: BinaryIO, progress: Progress
) -> int | None:
    """Copy the original and overwrite what was repaired; return how many samples that were.

    None, and nothing written, where the format has to be written anew.
    """
    source = clip.source
    if isinstance(source, PlainSource):
        _copy(source, file, progress.part(0.0, 0.9))
        return _overwrite_repairs(clip, source, stretches, file, progress)
    if isinstance(source, FileSource) and not any(
        differs.any() for _, _, differs in changes(clip, stretches)
    ):
        _copy(source, file, progress)
        return 0
    return None


def _copy(source: FileSource, file: BinaryIO, progress: Progress) -> None:
    """Copy the whole file; what is copied must be what was opened, to the last byte."""
    copied = hashlib.sha256()
    for start in range(0, source.file.size, _COPY_BYTES):
        try:
            block = source.file.read_at(start, min(_COPY_BYTES, source.file.size - start))
        except OSError as error:
            raise source.file.unreadable(error) from error
        file.write(block)
        copied.update(block)
        progress.report(file.tell() / source.file.size, tr("Copying the original"))
    source.file.check_hash(copied.hexdigest())


def _overwrite_repairs(
    clip: AudioClip,
    source: PlainSource,
    stretches: list[tuple[int, int]],
    file: BinaryIO,
    progress: Progress,
) -> int:
    layout, changed = source.layout, 0
    for start, repaired, differs in changes(clip, stretches):
        progress.check()
        in_file_order = differs.T
        place = layout.data_start + start * layout.frame_bytes
        file.seek(place)
        stored = np.frombuffer(file.read(differs.shape[1] * layout.frame_bytes), np.uint8)
        samples = stored.reshape(-1, layout.encoding.width).copy()
        new_values = repaired.T[in_file_order].astype(np.float64)
        samples[in_file_order.ravel()] = layout.encoding.encode(new_values)
        file.seek(place)
        file.write(samples.tobytes())
        changed += len(new_values)
    return changed
