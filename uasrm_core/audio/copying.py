"""Exporting by copying the original and overwriting the samples that were repaired."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from uasrm_core.audio.adpcm import Blocks, change_block
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.containers.layout import Layout
from uasrm_core.audio.repaired import iterate_changes, read_original_exact, read_repaired_exact
from uasrm_core.audio.sources import BlockSource, FileSource, PlainSource
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

_COPY_BYTES = 1 << 22


@dataclass(frozen=True)
class Copied:
    """What was changed in a copy of the original.

    Attributes
    ----------
    samples_changed
        How many samples (frame × channel) the repairs changed.
    places
        Bytes, first and end, in which the copy may differ.
    rough
        Frames, first and end, of the blocks that had to be compressed anew for that.
    """

    samples_changed: int
    places: tuple[tuple[int, int], ...] = ()
    rough: tuple[tuple[int, int], ...] = ()


def copy_and_patch(
    clip: AudioClip, stretches: list[tuple[int, int]], file: BinaryIO, progress: Progress
) -> Copied | None:
    """Copy the original and overwrite what was repaired.

    None, and nothing written, where the format has to be written anew.
    """
    source = clip.source
    if isinstance(source, PlainSource):
        _copy(source, file, progress.part(0.0, 0.9))
        changed = _overwrite_samples(clip, source.layout, stretches, file, progress)
        start = source.layout.data_start
        return Copied(changed, ((start, start + clip.frames * source.layout.frame_bytes),))
    if isinstance(source, BlockSource):
        _copy(source, file, progress.part(0.0, 0.9))
        return _overwrite_blocks(clip, source.blocks, stretches, file, progress)
    if isinstance(source, FileSource) and not any(
        differs.any() for _, _, differs in iterate_changes(clip, stretches)
    ):
        _copy(source, file, progress)
        return Copied(0)
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


def _overwrite_samples(
    clip: AudioClip,
    layout: Layout,
    stretches: list[tuple[int, int]],
    file: BinaryIO,
    progress: Progress,
) -> int:
    changed = 0
    for start, repaired, differs in iterate_changes(clip, stretches):
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


def _overwrite_blocks(
    clip: AudioClip,
    blocks: Blocks,
    stretches: list[tuple[int, int]],
    file: BinaryIO,
    progress: Progress,
) -> Copied:
    changed, places, rough = 0, [], []
    for number in _list_touched(stretches, blocks.block_frames):
        progress.check()
        start = number * blocks.block_frames
        end = min(start + blocks.block_frames, clip.frames)
        wanted, count = read_repaired_exact(clip, start, end, stretches)
        if not count:
            continue
        differs = wanted != read_original_exact(clip, start, end)
        place = blocks.data_start + number * blocks.block_bytes
        file.seek(place)
        block = change_block(blocks, file.read(blocks.block_bytes), wanted, differs)
        file.seek(place)
        file.write(block)
        changed += count
        places.append((place, place + len(block)))
        rough.append((start, end))
    return Copied(changed, tuple(places), tuple(rough))


def _list_touched(stretches: list[tuple[int, int]], block_frames: int) -> list[int]:
    """Return the numbers of the blocks that stretches reach into."""
    numbers: dict[int, None] = {}
    for start, end in stretches:
        numbers |= dict.fromkeys(range(start // block_frames, -(-end // block_frames)))
    return list(numbers)
