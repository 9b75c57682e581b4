"""Opening a recording: which kind of file it is, and what is wrong with it if it is none."""

from __future__ import annotations

import stat
import weakref
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import soundfile

from uasrm_core.audio.clip import AudioClip, SourceInfo
from uasrm_core.audio.mp3 import with_true_length
from uasrm_core.audio.riff import read_layout
from uasrm_core.audio.sources import Codec, FileSource, PlainSource, SeekingSource, SpooledSource
from uasrm_core.errors import FileError
from uasrm_core.translation import tr

_MAGIC = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"fLaC", b"OggS", b"riff", b"ID3")
_INEXACT_SUBTYPES = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")
_BLOCK_FRAMES = 1 << 16


def open_clip(path: str | Path) -> AudioClip:
    """Open a recording without loading it.

    WAV, RF64, W64, AIFF, AIFC, FLAC, Ogg, MP3 and whatever else libsndfile knows, of any rate and
    channel count. The file stays open, and is only ever read. If it is shorter than its header
    says, the recording is what is there, and `SourceInfo.note` tells so.

    Raises
    ------
    FileError
        Missing, a folder, empty, not audio, damaged at its beginning, without a single frame, or
        not allowed to be read.
    """
    path = Path(path)
    try:
        _check_is_filled_file(path)
        # The source closes it when the last recording that reads from it is gone.
        file = path.open("rb")
    except PermissionError as error:
        raise FileError(
            tr("“{name}” may not be read: permission denied.", name=path.name)
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileError(tr("There is no file “{path}”.", path=path)) from error
    except (OSError, ValueError) as error:
        raise FileError(
            tr("“{path}” cannot be opened: {reason}.", path=path, reason=_reason(error))
        ) from error
    return AudioClip(_plain_source(path, file) or _decoded_source(path))


def _check_is_filled_file(path: Path) -> None:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise FileError(tr("“{path}” is a folder, not an audio file.", path=path))
    if not stat.S_ISREG(status.st_mode):
        raise FileError(tr("“{path}” is not a file that can be read in any order.", path=path))
    if status.st_size == 0:
        raise FileError(tr("“{name}” is empty.", name=path.name))


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _plain_source(path: Path, file: BinaryIO) -> PlainSource | None:
    source: PlainSource | None = None
    try:
        layout = read_layout(file)
        if layout is not None:
            _check_has_frames(path, layout.frames)
            info = SourceInfo(
                path=path,
                container=layout.container,
                subtype=layout.encoding.subtype,
                rate=layout.rate,
                channels=layout.channels,
                frames=layout.frames,
                note=_shortfall(path, layout.frames, layout.promised_frames, layout.rate),
            )
            source = PlainSource(path, info, file, layout)
    except OSError as error:
        raise FileError(
            tr("“{name}” cannot be read: {reason}.", name=path.name, reason=_reason(error))
        ) from error
    finally:
        if source is None:
            file.close()
    return source


def _decoded_source(path: Path) -> FileSource:
    decoder = _decoder(path)
    _check_has_frames(path, decoder.frames)
    frames, note = decoder.frames, None
    is_exact = decoder.subtype not in _INEXACT_SUBTYPES
    if not _reaches_its_end(decoder):
        frames = _count_frames(path)
        _check_has_frames(path, frames)
        if decoder.frames < 1 << 62:  # what libsndfile says where it does not know
            note = _shortfall(path, frames, decoder.frames, decoder.samplerate)
        is_exact = False
    info = SourceInfo(
        path=path,
        container=decoder.format,
        subtype=decoder.subtype,
        rate=decoder.samplerate,
        channels=decoder.channels,
        frames=frames,
        note=note,
    )
    if is_exact:
        return SeekingSource(path, info, decoder)
    # A decoder that was sent elsewhere and back does not start quite as a new one does.
    return SpooledSource(path, info, _decoder(path))


def _decoder(path: Path) -> Codec:
    try:
        decoder = Codec(path)
        if decoder.format == "MP3" and (whole := with_true_length(path, decoder.frames)):
            decoder = Codec(whole)
            # The decoder reads from it for as long as it lives, and does not close it.
            weakref.finalize(decoder, whole.close)
        return decoder
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: named .raw
        with path.open("rb") as file:
            looks_known = file.read(4).startswith(_MAGIC)
        if looks_known:
            raise FileError(
                tr(
                    "“{name}” is damaged: its header is cut short or makes no sense.",
                    name=path.name,
                )
            ) from error
        raise FileError(
            tr("“{name}” is not an audio file of a kind that can be opened.", name=path.name)
        ) from error


def _check_has_frames(path: Path, frames: int) -> None:
    if frames < 1:
        raise FileError(tr("“{name}” holds no audio: its length is zero.", name=path.name))


def _shortfall(path: Path, frames: int, promised: int, rate: int) -> str | None:
    if frames >= promised:
        return None
    return tr(
        "“{name}” ends early: its header promises {promised_s:.3f} s, but {there_s:.3f} s are "
        "there.",
        name=path.name,
        promised_s=promised / rate,
        there_s=frames / rate,
    )


def _reaches_its_end(decoder: Codec) -> bool:
    with suppress(soundfile.LibsndfileError):
        decoder.seek(decoder.frames - 1)
        return len(decoder.read(1)) == 1
    return False


def _count_frames(path: Path) -> int:
    """Decode a file from its beginning to find out how much of it there is."""
    frames = 0
    # The decoder gives nothing of a block that it cannot complete, so the last one is gone
    # through a second time, frame by frame.
    for block_frames in (_BLOCK_FRAMES, 1):
        with suppress(soundfile.LibsndfileError), _decoder(path) as decoder:
            skipped = 0
            while skipped < frames:
                skipped += len(decoder.read(min(_BLOCK_FRAMES, frames - skipped)))
            while count := len(decoder.read(block_frames)):
                frames += count
    return frames
