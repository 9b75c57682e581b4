"""Writing a repaired recording, with everything outside the repairs as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.encoding import Exact, quantise
from uasrm_core.audio.flac import restore_metadata
from uasrm_core.audio.formats import (
    ExportFormat,
    check_writable,
    format_for_target,
    source_format,
)
from uasrm_core.audio.sources import Codec, FileSource, PlainSource
from uasrm_core.errors import ExportError, FileError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.writing.gate import replacing

_BLOCK_FRAMES = 1 << 16
_COPY_BYTES = 1 << 22
# Room for headers: a WAV or AIFF counts its bytes in 32 bits.
_LARGEST_32_BIT = (1 << 32) - (1 << 20)


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote.

    Attributes
    ----------
    path
        The new file.
    export_format
        What it is; RF64 where a WAV was asked for that is too long to be one.
    same_format
        Whether it is the original byte for byte but for the repaired samples, markers and notes
        included.
    exact_outside
        Whether every sample outside the repairs has the original's value.
    samples_changed
        How many samples (frame × channel) the repairs changed.
    """

    path: Path
    export_format: ExportFormat
    same_format: bool
    exact_outside: bool
    samples_changed: int


def export_clip(
    clip: AudioClip,
    target: str | Path,
    *,
    export_format: ExportFormat | None = None,
    overwrite: bool = False,
    dither: bool = True,
    rng: np.random.Generator | None = None,
    progress: Progress = Progress(),
) -> ExportReport:
    """Write a recording as it now sounds.

    In the format it has, an uncompressed recording is copied byte for byte and only the samples
    that the repairs changed are overwritten. Without `export_format`, the ending of the target's
    name decides, and the recording's own format is taken where it agrees. Where samples become
    shorter, triangular dither of one step either way is added (Lipshitz, Wannamaker, Vanderkooy:
    "Quantization and dither", 1992), drawn from `rng`, or from a fixed seed.

    Raises
    ------
    ExportError
        The target is the recording's own file, exists, cannot be written, or cannot be of this
        format. Whatever stood there is untouched.
    FileError
        The recording can no longer be read, or was changed since it was opened.
    Cancelled
        The user asked to stop.
    """
    target = Path(target)
    chosen = export_format or format_for_target(clip.info, target)
    own = source_format(clip.info)
    check_writable(chosen, clip.info)
    if isinstance(clip.source, FileSource):
        _check_original(clip.source, target)
    chosen = _fitting_size(chosen, clip)
    stretches = _patched_stretches(clip)
    with replacing(target, overwrite=overwrite, is_recording=True) as file:
        changed = _copy_and_patch(clip, stretches, file, progress) if chosen == own else None
        same_format = changed is not None
        if changed is None:
            shortens = chosen.bits is not None and not chosen.holds(own)
            noise = (rng or np.random.default_rng(0)) if dither and shortens else None
            changed = _encode(clip, chosen, stretches, file, noise, progress)
        progress.report(1.0, tr("Exported"))
    return ExportReport(
        path=target,
        export_format=chosen,
        same_format=same_format,
        exact_outside=same_format or chosen.holds(own),
        samples_changed=changed,
    )


def _check_original(source: FileSource, target: Path) -> None:
    with suppress(OSError):
        if target.samefile(source.path):
            raise ExportError(
                tr(
                    "“{name}” is the original, which is never changed; choose another name.",
                    name=target.name,
                )
            )
    if source.has_changed():
        raise FileError(
            tr(
                "“{name}” was moved or changed by another program since it was opened; open it "
                "again.",
                name=source.path.name,
            )
        )


def _fitting_size(chosen: ExportFormat, clip: AudioClip) -> ExportFormat:
    width = {"FLOAT": 4, "DOUBLE": 8}.get(chosen.subtype) or (chosen.bits or 0) // 8
    too_long = clip.frames * clip.channels * width > _LARGEST_32_BIT
    is_copy = isinstance(clip.source, PlainSource) and chosen == source_format(clip.info)
    if not too_long or is_copy:
        return chosen
    if chosen.container in ("WAV", "WAVEX"):
        return ExportFormat("RF64", chosen.subtype)
    if chosen.container == "AIFF":
        raise ExportError(tr("The recording is longer than the 4 GiB of an AIFF file; use .wav."))
    return chosen


def _patched_stretches(clip: AudioClip) -> list[tuple[int, int]]:
    """Return the frames that patches cover, in order and without overlap."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((patch.start_frame, patch.end_frame) for patch in clip.patches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _changes(
    clip: AudioClip, stretches: list[tuple[int, int]]
) -> Iterator[tuple[int, Samples, npt.NDArray[np.bool_]]]:
    """Yield blocks under patches: first frame, samples, and which of them differ from the file."""
    for stretch_start, stretch_end in stretches:
        for start in range(stretch_start, stretch_end, _BLOCK_FRAMES):
            end = min(start + _BLOCK_FRAMES, stretch_end)
            repaired, original = clip.read(start, end), clip.source.read(start, end)
            both_nan = np.isnan(repaired) & np.isnan(original)
            yield start, repaired, (repaired != original) & ~both_nan


def _copy_and_patch(
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
        differs.any() for _, _, differs in _changes(clip, stretches)
    ):
        _copy(source, file, progress)
        return 0
    return None


def _copy(source: FileSource, file: BinaryIO, progress: Progress) -> None:
    size = source.path.stat().st_size
    for block in _file_blocks(source):
        file.write(block)
        progress.report(file.tell() / size, "Copying the original")


def _file_blocks(source: FileSource) -> Iterator[bytes]:
    try:
        with source.path.open("rb") as original:
            while block := original.read(_COPY_BYTES):
                yield block
    except OSError as error:
        raise source.unreadable(error) from error


def _overwrite_repairs(
    clip: AudioClip,
    source: PlainSource,
    stretches: list[tuple[int, int]],
    file: BinaryIO,
    progress: Progress,
) -> int:
    layout, changed = source.layout, 0
    for start, repaired, differs in _changes(clip, stretches):
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


def _encode(
    clip: AudioClip,
    chosen: ExportFormat,
    stretches: list[tuple[int, int]],
    file: BinaryIO,
    dither: np.random.Generator | None,
    progress: Progress,
) -> int:
    changed = 0
    sink = _Sink(file)
    try:
        with _encoder(sink, chosen, clip) as encoder:
            for start in range(0, clip.frames, _BLOCK_FRAMES):
                end = min(start + _BLOCK_FRAMES, clip.frames)
                values, count = _repaired_exact(clip, start, end, stretches)
                encoder.write(_storable(values.T, chosen, dither))
                changed += count
                progress.report(end / clip.frames, tr("Writing"))
    except (soundfile.SoundFileError, AssertionError) as error:
        # A write that failed reaches libsndfile as a short one; the sink knows the cause.
        raise sink.error or OSError(None, f"{chosen.name} was refused ({error})") from error
    if sink.error is not None:
        raise sink.error
    if chosen.container == clip.info.container == "FLAC" and clip.info.path is not None:
        restore_metadata(file, clip.info.path)
    return changed


def _repaired_exact(
    clip: AudioClip, start: int, end: int, stretches: list[tuple[int, int]]
) -> tuple[Exact, int]:
    """Return the block as float64, unrounded where no repair changed it, and how many did."""
    source = clip.source
    if isinstance(source, FileSource):
        values = source.read_exact(start, end)
    else:
        values = source.read(start, end).astype(np.float64)
    inside = [(max(low, start), min(high, end)) for low, high in stretches]
    changed = 0
    for first, repaired, differs in _changes(clip, [pair for pair in inside if pair[0] < pair[1]]):
        block = values[:, first - start : first - start + repaired.shape[1]]
        block[differs] = repaired[differs]
        changed += int(differs.sum())
    return values, changed


def _storable(
    values: Exact, chosen: ExportFormat, dither: np.random.Generator | None
) -> npt.NDArray[Any]:
    """Return the samples as libsndfile takes them without changing them once more."""
    if chosen.bits is None:
        return values
    if dither is not None:
        step = 2.0 ** (1 - chosen.bits)
        values = values + step * (dither.random(values.shape) - dither.random(values.shape))
    return quantise(values, chosen.bits) << (32 - chosen.bits)


def _encoder(sink: _Sink, chosen: ExportFormat, clip: AudioClip) -> Codec:
    is_lossy = chosen.container in ("OGG", "MP3")
    encoder = Codec(
        sink,
        "w",
        samplerate=clip.rate,
        channels=clip.channels,
        format=chosen.container,
        subtype=chosen.subtype,
        compression_level=0.1 if is_lossy else None,  # near the best quality
    )
    if isinstance(clip.source, FileSource):
        with suppress(soundfile.SoundFileError), Codec(clip.source.path) as original:
            for name, text in original.copy_metadata().items():
                with suppress(soundfile.SoundFileError):
                    setattr(encoder, name, text)
    return encoder


class _Sink:
    """The file that libsndfile writes to; keeps the error that libsndfile would swallow."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write, or report that nothing was written."""
        try:
            return self._file.write(data)
        except OSError as error:
            self.error = self.error or error
            return 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> None:
        """Move, which first writes what is waiting to be written."""
        try:
            self._file.seek(offset, whence)
        except OSError as error:
            self.error = self.error or error

    def tell(self) -> int:
        """Return the byte that is next."""
        return self._file.tell()
