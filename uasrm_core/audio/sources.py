"""Recordings on disk, read a block at a time, from any thread."""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from uasrm_core.audio.clip import Samples, SourceInfo
from uasrm_core.audio.encoding import Exact
from uasrm_core.audio.riff import Layout
from uasrm_core.errors import FileError
from uasrm_core.translation import tr
from uasrm_core.writing.recordings import protect

_BLOCK_FRAMES = 1 << 16


class Codec(soundfile.SoundFile):  # type: ignore[misc]
    """Libsndfile, going straight on.

    After each block the base class seeks to where the file already is. That makes some MP3 and
    Ogg decoders stumble, and FLAC slow, so it is told that there is no seeking; `seek` works all
    the same.
    """

    def seekable(self) -> bool:
        """Keep the base class from seeking."""
        return False


class FileSource(ABC):
    """A recording in a file, which stays open for as long as the recording is in use."""

    def __init__(self, path: Path, info: SourceInfo) -> None:
        self.path = path
        self._info = info
        self._stamp = _stamp(path)
        weakref.finalize(self, protect(path, path.stat()))
        self._lock = threading.Lock()

    @property
    def info(self) -> SourceInfo:
        """What the recording is."""
        return self._info

    @property
    def ready_frames(self) -> int:
        """How much, from the start, can be read without decoding first: all of it."""
        return self._info.frames

    @abstractmethod
    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, end_frame - start_frame)``; the range lies inside.

        Raises
        ------
        FileError
            The file is no longer what it was when it was opened.
        """

    @abstractmethod
    def read_exact(self, start_frame: int, end_frame: int) -> Exact:
        """Return what `read` does as float64, in which no stored sample is rounded."""

    def has_changed(self) -> bool:
        """Tell whether something has written to the file, or replaced it, since it was opened."""
        try:
            return _stamp(self.path) != self._stamp
        except OSError:
            return True

    def unreadable(self, cause: Exception | None = None) -> FileError:
        """Return the error for a file that opened well but cannot be read any more."""
        reason = f" ({cause.strerror})" if isinstance(cause, OSError) and cause.strerror else ""
        return FileError(
            tr(
                "“{name}” can no longer be read; is it still there?{reason}",
                name=self.path.name,
                reason=reason,
            )
        )


class PlainSource(FileSource):
    """Uncompressed samples, taken from where the chunk walker found them."""

    def __init__(self, path: Path, info: SourceInfo, file: BinaryIO, layout: Layout) -> None:
        super().__init__(path, info)
        self.layout = layout
        self._file = file
        weakref.finalize(self, file.close)

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, frames)``."""
        samples = self.layout.encoding.decode(self._bytes(start_frame, end_frame))
        return np.ascontiguousarray(samples.reshape(-1, self.layout.channels).T)

    def read_exact(self, start_frame: int, end_frame: int) -> Exact:
        """Return float64 ``(channels, frames)``."""
        samples = self.layout.encoding.decode_exact(self._bytes(start_frame, end_frame))
        return np.ascontiguousarray(samples.reshape(-1, self.layout.channels).T)

    def _bytes(self, start_frame: int, end_frame: int) -> bytes:
        width = self.layout.frame_bytes
        wanted = (end_frame - start_frame) * width
        try:
            with self._lock:
                self._file.seek(self.layout.data_start + start_frame * width)
                data = self._file.read(wanted)
        except OSError as error:
            raise self.unreadable(error) from error
        if len(data) < wanted:
            raise self.unreadable()
        return data


class SeekingSource(FileSource):
    """A file whose decoder finds any frame exactly, such as FLAC."""

    def __init__(self, path: Path, info: SourceInfo, decoder: Codec) -> None:
        super().__init__(path, info)
        self._decoder = decoder

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, frames)``."""
        samples: Samples = self._decoded(start_frame, end_frame, "float32")
        return samples

    def read_exact(self, start_frame: int, end_frame: int) -> Exact:
        """Return float64 ``(channels, frames)``."""
        samples: Exact = self._decoded(start_frame, end_frame, "float64")
        return samples

    def _decoded(self, start_frame: int, end_frame: int, dtype: str) -> npt.NDArray[Any]:
        wanted = end_frame - start_frame
        try:
            with self._lock:
                if self._decoder.tell() != start_frame:
                    self._decoder.seek(start_frame)
                block = self._decoder.read(wanted, dtype=dtype, always_2d=True)
        except soundfile.LibsndfileError as error:
            raise self.unreadable(error) from error
        if len(block) < wanted:
            raise self.unreadable()
        return np.ascontiguousarray(block.T)


class SpooledSource(FileSource):
    """A file whose decoder is exact only from its beginning on: MP3, Vorbis and Opus.

    libsndfile lands up to thousands of frames from where it was asked to go in some Ogg files,
    and an MP3 frame needs those before it. So the file is decoded once, in order, as far as
    anyone has asked, into a temporary file, and blocks are read from there.
    """

    def __init__(self, path: Path, info: SourceInfo, decoder: Codec) -> None:
        super().__init__(path, info)
        self._decoder = decoder
        self._spool = tempfile.TemporaryFile(dir=_roomy_folder())  # noqa: SIM115 - closed below
        weakref.finalize(self, self._spool.close)
        self._decoded_frames = 0

    @property
    def ready_frames(self) -> int:
        """How much, from the start, is decoded."""
        return self._decoded_frames

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, frames)``."""
        width = 4 * self.info.channels
        with self._lock:
            try:
                self._decode_until(end_frame)
                self._spool.seek(start_frame * width)
                data = self._spool.read((end_frame - start_frame) * width)
            except OSError as error:
                raise FileError(
                    tr(
                        "“{name}” cannot be decoded into {folder}: {reason}.",
                        name=self.path.name,
                        folder=_roomy_folder(),
                        reason=error.strerror or error,
                    )
                ) from error
        samples = np.frombuffer(data, np.float32).reshape(-1, self.info.channels)
        # A copy in any case: what stands over bytes cannot be written to.
        return np.array(samples.T, order="C")

    def read_exact(self, start_frame: int, end_frame: int) -> Exact:
        """Return float64 ``(channels, frames)``."""
        return self.read(start_frame, end_frame).astype(np.float64)

    def _decode_until(self, end_frame: int) -> None:
        if self._decoded_frames < end_frame:
            self._spool.seek(0, os.SEEK_END)
        while self._decoded_frames < end_frame:
            wanted = min(_BLOCK_FRAMES, self.info.frames - self._decoded_frames)
            try:
                block = self._decoder.read(wanted, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                raise self.unreadable(error) from error
            if len(block) == 0:
                raise self.unreadable()
            self._spool.write(block.tobytes())
            self._decoded_frames += len(block)


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _roomy_folder() -> str:
    """Return where large temporary files belong; /tmp is often held in memory."""
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir()
