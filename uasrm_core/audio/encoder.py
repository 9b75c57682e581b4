"""Exporting by writing the whole recording anew, with libsndfile."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.containers.ogg import end_opus_at
from uasrm_core.audio.encoding import Exact, quantise
from uasrm_core.audio.formats import BEST_QUALITY, LOSSY, ExportFormat
from uasrm_core.audio.repaired import block_frames, read_repaired_exact
from uasrm_core.audio.sources import Codec
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# 40 dB over full scale. LAME ends the process over samples from 1e5 on, and over what is no number.
LOUDEST_COMPRESSED = 100.0
# libsndfile refuses more than 0.9999 for MP3.
MOST_MP3_COMPRESSION = 0.9999


def encode(
    clip: AudioClip,
    chosen: ExportFormat,
    stretches: list[tuple[int, int]],
    file: BinaryIO,
    dither: np.random.Generator | None,
    strings: dict[str, str],
    progress: Progress,
) -> int:
    """Write the whole recording to `file`; return how many samples the repairs changed.

    Parameters
    ----------
    strings
        Texts about the recording, by libsndfile's names.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    changed = 0
    sink = _Sink(file)
    try:
        with _open_encoder(sink, chosen, clip, strings) as encoder:
            step = block_frames(clip.channels)
            for start in range(0, clip.frames, step):
                end = min(start + step, clip.frames)
                values, count = read_repaired_exact(clip, start, end, stretches)
                encoder.write(_round_for_encoder(values.T, chosen, dither))
                changed += count
                progress.report(end / clip.frames, tr("Writing"))
            if chosen.subtype == "OPUS":
                # libsndfile leaves the encoder's delay out of what it writes at the end.
                encoder.write(np.zeros((clip.rate // 50, clip.channels)))
    except (soundfile.SoundFileError, AssertionError) as error:
        # A write that failed reaches libsndfile as a short one; the sink knows the cause.
        raise sink.error or OSError(None, f"{chosen.name} was refused ({error})") from error
    if sink.error is not None:
        raise sink.error
    if chosen.subtype == "OPUS":
        end_opus_at(file, clip.frames, clip.rate)
    return changed


def _round_for_encoder(
    values: Exact, chosen: ExportFormat, dither: np.random.Generator | None
) -> npt.NDArray[Any]:
    """Return the samples as libsndfile takes them without changing them once more."""
    if chosen.subtype in ("FLOAT", "DOUBLE"):
        return values
    if chosen.bits is None:
        return np.nan_to_num(np.clip(values, -LOUDEST_COMPRESSED, LOUDEST_COMPRESSED), nan=0.0)
    if dither is not None:
        step = 2.0 ** (1 - chosen.bits)
        values = values + step * (dither.random(values.shape) - dither.random(values.shape))
    return quantise(values, chosen.bits) << (32 - chosen.bits)


def _open_encoder(
    sink: _Sink, chosen: ExportFormat, clip: AudioClip, strings: dict[str, str]
) -> Codec:
    quality = BEST_QUALITY if chosen.quality is None else chosen.quality
    level = 1.0 - quality / 10 if chosen.container in LOSSY else None
    if level is not None and chosen.container == "MP3":
        level = min(level, MOST_MP3_COMPRESSION)
    encoder = Codec(
        sink,
        "w",
        samplerate=clip.rate,
        channels=clip.channels,
        format=chosen.container,
        subtype=chosen.subtype,
        compression_level=level,
    )
    for name, text in strings.items():
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
