"""Recordings on disk, read a block at a time, from any thread."""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import soundfile

from uasrm_core.audio.adpcm import Blocks
from uasrm_core.audio.clip import Samples, SourceInfo
from uasrm_core.audio.containers.layout import Layout
from uasrm_core.audio.encoding import Exact
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.errors import FileError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

_BLOCK_FRAMES = 1 << 16


class Readable(Protocol):
    """What libsndfile can read from."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill a buffer, as far as there is something."""
        ...

    def seek(self, offset: int, whence: int = ..., /) -> int:
        """Move to a byte."""
        ...

    def tell(self) -> int:
        """Return the byte that is next."""
        ...


class DecoderInput:
    """The file that libsndfile reads from; keeps the error that libsndfile would swallow."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self.error: OSError | None = None

    def readinto(self, buffer: memoryview) -> int:
        """Read, or report that there is no more."""
        try:
            return self._file.readinto(buffer) or 0
        except OSError as error:
            self.error = self.error or error
            return 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a byte."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError):  # before the first byte
            return self._file.tell()

    def tell(self) -> int:
        """Return the byte that is next."""
        return self._file.tell()


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

    def __init__(self, file: OpenFile, info: SourceInfo) -> None:
        self.file = file
        self._info = info
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """Where the file was when it was opened."""
        return self.file.path

    @property
    def info(self) -> SourceInfo:
        """What the recording is."""
        return self._info

    @property
    def size_bytes(self) -> int:
        """Size of the file when it was opened."""
        return self.file.size

    @property
    def modified_ns(self) -> int:
        """When the file was last written to before it was opened, in nanoseconds since 1970."""
        return self.file.modified_ns

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

    def sha256(self, progress: Progress = Progress()) -> str:
        """Return the SHA-256 of the whole file, as it was opened; see `OpenFile.sha256`."""
        return self.file.sha256(progress)

    def start_hashing(self) -> None:
        """Begin to compute `sha256` in the background; see `OpenFile.start_hashing`."""
        self.file.start_hashing()


class PlainSource(FileSource):
    """Uncompressed samples, taken from where the chunk walker found them."""

    def __init__(self, file: OpenFile, info: SourceInfo, layout: Layout) -> None:
        super().__init__(file, info)
        self.layout = layout

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, frames)``."""
        samples = self.layout.encoding.decode(self._read_bytes(start_frame, end_frame))
        return np.ascontiguousarray(samples.reshape(-1, self.layout.channels).T)

    def read_exact(self, start_frame: int, end_frame: int) -> Exact:
        """Return float64 ``(channels, frames)``."""
        samples = self.layout.encoding.decode_exact(self._read_bytes(start_frame, end_frame))
        return np.ascontiguousarray(samples.reshape(-1, self.layout.channels).T)

    def _read_bytes(self, start_frame: int, end_frame: int) -> bytes:
        width = self.layout.frame_bytes
        wanted = (end_frame - start_frame) * width
        try:
            data = self.file.read_at(self.layout.data_start + start_frame * width, wanted)
        except OSError as error:
            raise self.file.unreadable(error) from error
        if len(data) < wanted:
            raise self.file.unreadable()
        return data


class SeekingSource(FileSource):
    """A file whose decoder finds any frame exactly, such as FLAC."""

    def __init__(self, file: OpenFile, info: SourceInfo, decoder: Codec) -> None:
        super().__init__(file, info)
        self._decoder = decoder

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, frames)``."""
        samples: Samples = self._decode(start_frame, end_frame, "float32")
        return samples

    def read_exact(self, start_frame: int, end_frame: int) -> Exact:
        """Return float64 ``(channels, frames)``."""
        samples: Exact = self._decode(start_frame, end_frame, "float64")
        return samples

    def _decode(self, start_frame: int, end_frame: int, dtype: str) -> npt.NDArray[Any]:
        wanted = end_frame - start_frame
        try:
            with self._lock:
                if self._decoder.tell() != start_frame:
                    self._decoder.seek(start_frame)
                block = self._decoder.read(wanted, dtype=dtype, always_2d=True)
        except soundfile.LibsndfileError as error:
            raise self.file.unreadable(error) from error
        if len(block) < wanted:
            raise self.file.unreadable()
        return np.ascontiguousarray(block.T)


class BlockSource(SeekingSource):
    """A file of ADPCM, of which single blocks can be changed."""

    def __init__(self, file: OpenFile, info: SourceInfo, decoder: Codec, blocks: Blocks) -> None:
        super().__init__(file, info, decoder)
        self.blocks = blocks


class SpooledSource(FileSource):
    """A file whose decoder is exact only from its beginning on: MP3, Vorbis and Opus.

    libsndfile lands up to thousands of frames from where it was asked to go in some Ogg files,
    and an MP3 frame needs those before it. So the file is decoded once, in order, as far as
    anyone has asked, into a temporary file, and blocks are read from there.
    """

    def __init__(self, file: OpenFile, info: SourceInfo, decoder: Codec) -> None:
        super().__init__(file, info)
        self._decoder = decoder
        self._spool = tempfile.TemporaryFile(dir=_choose_temporary_folder())  # noqa: SIM115 - closed below
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
                        folder=_choose_temporary_folder(),
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
                raise self.file.unreadable(error) from error
            if len(block) == 0:
                raise self.file.unreadable()
            self._spool.write(block.tobytes())
            self._decoded_frames += len(block)


def _choose_temporary_folder() -> str:
    """Return where large temporary files belong; /tmp is often held in memory."""
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir()
