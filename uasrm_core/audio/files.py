"""Opening a recording: which kind of file it is, and what is wrong with it if it is none."""

from __future__ import annotations

import os
import stat
import weakref
from contextlib import suppress
from pathlib import Path

import soundfile

from uasrm_core.audio.adpcm import Blocks
from uasrm_core.audio.clip import AudioClip, SourceInfo
from uasrm_core.audio.containers.chunks import family_of
from uasrm_core.audio.containers.layouts import read_layout
from uasrm_core.audio.containers.wave import read_blocks
from uasrm_core.audio.mp3 import add_true_length
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.audio.sources import (
    BlockSource,
    Codec,
    DecoderInput,
    FileSource,
    PlainSource,
    SeekingSource,
    SpooledSource,
)
from uasrm_core.errors import FileError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.writing.recordings import protect

_MAGIC = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"fLaC", b"OggS", b"riff", b"ID3")
# How files begin that hold AAC or WMA, and at which byte: MPEG-4 (ISO/IEC 14496-12), ASF, Matroska.
_OF_PHONES_AND_VIDEOS = ((4, b"ftyp"), (0, b"\x30\x26\xb2\x75"), (0, b"\x1a\x45\xdf\xa3"))
_INEXACT_SUBTYPES = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")
_BLOCK_SUBTYPES = ("IMA_ADPCM", "MS_ADPCM")
# Telephone recordings that are samples from the first byte on, which only their names tell.
_HEADERLESS = {".vox": "VOX_ADPCM", ".gsm": "GSM610"}
_HEADERLESS_HZ = 8000
# Below, a region has no room for a crossfade; above, no converter works.
LOWEST_HZ, HIGHEST_HZ = 200, 10_000_000
MOST_CHANNELS = 1024  # libsndfile's limit
_BLOCK_FRAMES = 1 << 16


def open_clip(path: str | Path, progress: Progress = Progress()) -> AudioClip:
    """Open a recording without loading it.

    WAV, RF64, W64, AIFF, AIFC, FLAC, Ogg, MP3 and whatever else libsndfile knows, of any rate and
    channel count. The file stays open, and is only ever read. If it is shorter than its header
    says, the recording is what is there, and `SourceInfo.note` tells so.

    Raises
    ------
    FileError
        Missing, a folder, empty, not audio, damaged at its beginning, without a single frame, or
        not allowed to be read.
    Cancelled
        The user asked to stop: to find the length of some files takes reading all of them.
    """
    path = Path(path)
    try:
        _check_is_filled_file(path)
        file = OpenFile.open(path)
    except PermissionError as error:
        raise FileError(
            tr("“{name}” may not be read: permission denied.", name=path.name)
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileError(tr("There is no file “{path}”.", path=path)) from error
    except (OSError, ValueError) as error:
        raise FileError(
            tr("“{path}” cannot be opened: {reason}.", path=path, reason=_describe_error(error))
        ) from error
    source = open_source(file, progress)
    weakref.finalize(source, protect(path, os.fstat(file.fileno())))
    return AudioClip(source)


def open_source(file: OpenFile, progress: Progress = Progress()) -> FileSource:
    """Return the recording that an open file holds; `FileError` as `open_clip` raises it."""
    return _open_plain(file) or _open_decoded(file, progress)


def _check_is_filled_file(path: Path) -> None:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise FileError(tr("“{path}” is a folder, not an audio file.", path=path))
    if not stat.S_ISREG(status.st_mode):
        raise FileError(tr("“{path}” is not a file that can be read in any order.", path=path))
    if status.st_size == 0:
        raise FileError(tr("“{name}” is empty.", name=path.name))


def _describe_error(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _open_plain(file: OpenFile) -> PlainSource | None:
    path = file.path
    try:
        layout = read_layout(file.stream())
    except OSError as error:
        raise FileError(
            tr("“{name}” cannot be read: {reason}.", name=path.name, reason=_describe_error(error))
        ) from error
    if layout is None:
        return None
    _check_is_sound(path, layout.rate, layout.channels, layout.frames)
    info = SourceInfo(
        path=path,
        container=layout.container,
        subtype=layout.encoding.subtype,
        rate=layout.rate,
        channels=layout.channels,
        frames=layout.frames,
        note=_describe_shortfall(path, layout.frames, layout.promised_frames, layout.rate),
        valid_bits=layout.encoding.valid_bits,
        speakers=layout.speakers,
    )
    return PlainSource(file, info, layout)


def _open_decoded(file: OpenFile, progress: Progress) -> FileSource:
    path = file.path
    decoder = _open_decoder(file, progress)
    _check_is_sound(path, decoder.samplerate, decoder.channels, decoder.frames)
    frames, note = decoder.frames, None
    is_exact = decoder.subtype not in _INEXACT_SUBTYPES
    if not _is_whole(decoder):
        frames = _count_frames(file, progress)
        _check_is_sound(path, decoder.samplerate, decoder.channels, frames)
        if decoder.frames < 1 << 62:  # what libsndfile says where it does not know
            note = _describe_shortfall(path, frames, decoder.frames, decoder.samplerate)
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
    if is_exact and decoder.subtype in _BLOCK_SUBTYPES and (blocks := _find_blocks(file)):
        return BlockSource(file, info, decoder, blocks)
    if is_exact:
        return SeekingSource(file, info, decoder)
    # A decoder that was sent elsewhere and back does not start quite as a new one does.
    return SpooledSource(file, info, _open_decoder(file, progress))


def _find_blocks(file: OpenFile) -> Blocks | None:
    stream = file.stream()
    family = family_of(stream)
    return read_blocks(stream, family) if family in ("RIFF", "RF64", "W64") else None


def _open_decoder(file: OpenFile, progress: Progress) -> Codec:
    try:
        decoder = Codec(DecoderInput(file.stream()))
        if decoder.format == "MP3" and (whole := add_true_length(file, decoder.frames, progress)):
            decoder = Codec(DecoderInput(whole))
        return decoder
    except soundfile.LibsndfileError as error:
        if subtype := _HEADERLESS.get(file.path.suffix.lower()):
            stream = DecoderInput(file.stream())
            return Codec(stream, "r", _HEADERLESS_HZ, 1, format="RAW", subtype=subtype)
        if file.read_at(0, 4).startswith(_MAGIC):
            raise FileError(
                tr(
                    "“{name}” is damaged: its header is cut short or makes no sense.",
                    name=file.path.name,
                )
            ) from error
        if any(file.read_at(at, 4) == magic for at, magic in _OF_PHONES_AND_VIDEOS):
            raise FileError(
                tr(
                    "“{name}” is of a kind that phones and videos use, which cannot be opened. "
                    "Convert it to WAV or FLAC with another program first.",
                    name=file.path.name,
                )
            ) from error
        raise FileError(
            tr("“{name}” is not an audio file of a kind that can be opened.", name=file.path.name)
        ) from error


def _check_is_sound(path: Path, rate: int, channels: int, frames: int) -> None:
    if frames < 1:
        raise FileError(tr("“{name}” holds no audio: its length is zero.", name=path.name))
    if not LOWEST_HZ <= rate <= HIGHEST_HZ or channels > MOST_CHANNELS:
        raise FileError(
            tr(
                "“{name}” cannot be opened: its header names {channels:,} channels at {rate:,} Hz; "
                "up to {most:,} channels and rates from {low:,} to {high:,} Hz can be.",
                name=path.name,
                channels=channels,
                rate=rate,
                most=MOST_CHANNELS,
                low=LOWEST_HZ,
                high=HIGHEST_HZ,
            )
        )


def _describe_shortfall(path: Path, frames: int, promised: int, rate: int) -> str | None:
    if frames >= promised:
        return None
    return tr(
        "“{name}” ends early: its header promises {promised_s:.3f} s, but {there_s:.3f} s are "
        "there.",
        name=path.name,
        promised_s=promised / rate,
        there_s=frames / rate,
    )


def _is_whole(decoder: Codec) -> bool:
    with suppress(soundfile.LibsndfileError):
        # libsndfile crashes where it is sent into Vorbis sound that it cannot decode at all.
        if len(decoder.read(1)) == 1:
            decoder.seek(decoder.frames - 1)
            return len(decoder.read(1)) == 1
    return False


def _count_frames(file: OpenFile, progress: Progress) -> int:
    """Decode a file from its beginning to find out how much of it there is."""
    frames = 0
    # The decoder gives nothing of a block that it cannot complete, so the last one is gone
    # through a second time, frame by frame.
    for block_frames in (_BLOCK_FRAMES, 1):
        with suppress(soundfile.LibsndfileError), _open_decoder(file, progress) as decoder:
            skipped = 0
            while skipped < frames:
                skipped += len(decoder.read(min(_BLOCK_FRAMES, frames - skipped)))
            while count := len(decoder.read(block_frames)):
                frames += count
                progress.check()
    return frames
