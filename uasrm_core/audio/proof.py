"""Reading a written file back and comparing it with what was to be written.

The comparison shares nothing with the writing but the recording and its patches: the file is
opened anew by the reader that opens any recording, after the system was asked to forget what it
keeps of it in memory.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.encoding import Exact
from uasrm_core.audio.files import open_source
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.audio.repaired import (
    block_frames,
    find_covered,
    list_patched_stretches,
    read_original_exact,
    read_repaired_exact,
)
from uasrm_core.audio.sources import FileSource
from uasrm_core.errors import ExportError, FileError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr


@dataclass(frozen=True)
class Storage:
    """How a file stores samples: what it makes of those that it was given.

    Attributes
    ----------
    bits
        Bits of a whole number, to whose range samples are clipped; None for floating point.
    is_single
        Whether it is floating point of 32 bits.
    outside, inside
        Largest difference outside and inside the repairs, full scale being 1; None where a format
        stores sound too roughly for a bound.
    share
        What may be added to both, as a share of the sample, for companded samples.
    rough
        Frames, first and end, to which no bound applies.
    """

    bits: int | None
    is_single: bool
    outside: float | None
    inside: float | None
    share: float = 0.0
    rough: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Proof:
    """What reading the file back has shown.

    Attributes
    ----------
    outside
        Samples (frame × channel) outside the repairs.
    identical
        How many of them have exactly the original's value.
    difference_db
        Level of the difference outside the repairs relative to the original's level there; -inf
        without a difference, NaN where the original is silent.
    clipped
        Samples over full scale that the file could not hold, and cut off.
    """

    outside: int
    identical: int
    difference_db: float
    clipped: int = 0

    @property
    def sentence(self) -> str:
        """What a user is told."""
        if self.outside == 0:
            return tr("The repairs cover the whole recording.")
        counts = {"identical": self.identical, "outside": self.outside}
        if self.identical == self.outside or math.isnan(self.difference_db):
            return tr(
                "{identical:,} of {outside:,} samples outside the repairs are identical.", **counts
            )
        return tr(
            "{identical:,} of {outside:,} samples outside the repairs are identical; the "
            "difference in the others is {db:.0f} dB below the recording.",
            **counts,
            db=-self.difference_db,
        )


def prove(
    clip: AudioClip,
    file: BinaryIO,
    target: Path,
    storage: Storage,
    progress: Progress,
) -> Proof:
    """Compare a written file with the recording and its repairs, sample by sample.

    Parameters
    ----------
    file
        The draft, still open.
    target
        What it will be named.
    storage
        How near its samples must come to what was to be written.

    Raises
    ------
    ExportError
        It does not hold what was to be written.
    """
    tally, step, stretches = _Tally(), block_frames(clip.channels), list_patched_stretches(clip)
    try:
        written = _reopen(file, target)
        _check_shape(clip, written)
        for start in range(0, clip.frames, step):
            end = min(start + step, clip.frames)
            progress.report(start / clip.frames, tr("Reading the file back"))
            wanted, _ = read_repaired_exact(clip, start, end, stretches)
            if storage.bits is not None:
                tally.clipped += int(np.sum(np.abs(wanted) > 1.0))
            block = _Block(
                start=start,
                original=read_original_exact(clip, start, end),
                wanted=_as_stored(wanted, storage),
                written=_read_back(written, start, end),
                inside=find_covered(clip, start, end),
            )
            tally.add(block, storage)
    except _BadDraftError as error:
        raise ExportError(
            tr(
                "“{name}” was not written: reading it back failed ({reason}); the disk may be "
                "faulty.",
                name=target.name,
                reason=error,
            )
        ) from error
    tally.check(target, clip.rate)
    return tally.proof()


class _BadDraftError(Exception):
    """The written file cannot be read as a recording of this shape."""


@dataclass(frozen=True)
class _Block:
    start: int
    original: Exact
    wanted: Exact
    written: Exact
    inside: npt.NDArray[np.bool_]


# Squares of what a damaged file of 64-bit floats may hold would overflow.
_LOUDEST = 1e100


@dataclass
class _Tally:
    outside: int = 0
    identical: int = 0
    wrong: int = 0
    first_wrong_frame: int = 0
    energy: float = 0.0
    difference_energy: float = 0.0
    clipped: int = 0

    def add(self, block: _Block, storage: Storage) -> None:
        same = _compare_exactly(block.written, block.original)
        outside = ~block.inside
        self.outside += int(outside.sum())
        self.identical += int((same & outside).sum())
        differs = ~same & outside
        if differs.any():
            with np.errstate(over="ignore", invalid="ignore"):
                difference = block.written[differs] - block.original[differs]
            self.difference_energy += _sum_energy(difference)
        self.energy += _sum_energy(block.original[outside])
        wrong = outside & ~_compare_within(block, storage.outside, storage.share)
        wrong |= block.inside & ~_compare_within(block, storage.inside, storage.share)
        wrong &= ~_is_rough(block, storage)
        if wrong.any():
            if not self.wrong:
                self.first_wrong_frame = block.start + int(np.argmax(wrong.any(axis=0)))
            self.wrong += int(wrong.sum())

    def check(self, target: Path, rate: int) -> None:
        if self.wrong:
            raise ExportError(
                tr(
                    "“{name}” was not written: read back, {count:,} of its samples were not those "
                    "written, the first at {first_s:.3f} s; the disk may be faulty.",
                    name=target.name,
                    count=self.wrong,
                    first_s=self.first_wrong_frame / rate,
                )
            )

    def proof(self) -> Proof:
        if self.identical == self.outside:
            level = -math.inf
        elif self.energy == 0.0:
            level = math.nan
        else:
            ratio = self.difference_energy / self.energy
            level = 10 * math.log10(ratio) if ratio > 0.0 else -math.inf
        return Proof(self.outside, self.identical, level, self.clipped)


def _reopen(file: BinaryIO, target: Path) -> FileSource:
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    try:
        return open_source(OpenFile(target, os.dup(file.fileno())))
    except FileError as error:
        raise _BadDraftError(error) from error


def _check_shape(clip: AudioClip, written: FileSource) -> None:
    info = written.info
    for name, got, wanted in (
        (tr("frames"), info.frames, clip.frames),
        (tr("channels"), info.channels, clip.channels),
        (tr("frames a second"), info.rate, clip.rate),
    ):
        if got != wanted:
            raise _BadDraftError(
                tr("{got} {name} in place of {wanted}", name=name, got=got, wanted=wanted)
            )


def _read_back(written: FileSource, start: int, end: int) -> Exact:
    try:
        return written.read_exact(start, end)
    except FileError as error:
        raise _BadDraftError(error) from error


def _as_stored(wanted: Exact, storage: Storage) -> Exact:
    """Return the samples as near as the file can come to them, but for rounding to its steps."""
    if storage.bits is not None:
        finite = np.nan_to_num(wanted, nan=0.0, posinf=1.0, neginf=-1.0)
        return np.clip(finite, -1.0, 1.0 - 2.0 ** (1 - storage.bits))
    if storage.is_single:
        with np.errstate(over="ignore"):
            return wanted.astype(np.float32).astype(np.float64)
    return wanted


def _is_rough(block: _Block, storage: Storage) -> npt.NDArray[np.bool_]:
    rough = np.zeros(block.wanted.shape[1], bool)
    for start, end in storage.rough:
        rough[max(start - block.start, 0) : max(end - block.start, 0)] = True
    return rough


def _compare_exactly(left: Exact, right: Exact) -> npt.NDArray[np.bool_]:
    equal: npt.NDArray[np.bool_] = (left == right) | (np.isnan(left) & np.isnan(right))
    return equal


def _compare_within(block: _Block, tolerance: float | None, share: float) -> npt.NDArray[np.bool_]:
    if tolerance is None:
        return np.isfinite(block.written)
    equal = _compare_exactly(block.written, block.wanted)
    if tolerance == 0.0 or equal.all():
        return equal
    with np.errstate(over="ignore", invalid="ignore"):
        allowed = tolerance + share * np.abs(block.wanted)
        near: npt.NDArray[np.bool_] = np.abs(block.written - block.wanted) <= allowed
    return equal | near


def _sum_energy(values: Exact) -> float:
    finite = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0)
    finite = np.clip(finite, -_LOUDEST, _LOUDEST)
    return float(np.dot(finite, finite))
