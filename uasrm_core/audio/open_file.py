"""A recording's file, held open: read at any byte from any thread, and hashed as a whole.

All that reads a recording reads through the descriptor that was opened first. So a file that was
moved, deleted or replaced by another meanwhile still gives its samples. Only a file that was
written to in place does not, and that is noticed.
"""

from __future__ import annotations

import hashlib
import io
import os
import threading
import weakref
from contextlib import suppress
from pathlib import Path

from uasrm_core.errors import FileError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

_HASHED_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 16


class OpenFile:
    """A file open for reading, closed when nothing refers to it any more.

    Attributes
    ----------
    path
        Where the file was when it was opened.
    size
        Bytes it had then.
    modified_ns
        When it was last written to before that, in nanoseconds since 1970.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)
        status = os.fstat(descriptor)
        self.size = status.st_size
        self.modified_ns = status.st_mtime_ns
        self._hash_lock = threading.Lock()
        self._hash = hashlib.sha256()
        self._hashed_bytes = 0
        self._digest: str | None = None

    @classmethod
    def open(cls, path: Path) -> OpenFile:
        """Open a file for reading.

        Raises
        ------
        OSError, ValueError
            What the system, or Python for an impossible name, has to say.
        """
        # Opening a pipe that nobody writes to would wait for ever.
        return cls(path, os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))

    def fileno(self) -> int:
        """Return the descriptor, whose own position nothing here makes use of."""
        return self._descriptor

    def read_at(self, start: int, count: int) -> bytes:
        """Return up to `count` bytes from a place in the file, fewer only at its end."""
        data = os.pread(self._descriptor, count, start)
        if len(data) == count or not data:
            return data
        parts = [data]
        while data and count > sum(map(len, parts)):
            done = sum(map(len, parts))
            data = os.pread(self._descriptor, count - done, start + done)
            parts.append(data)
        return b"".join(parts)

    def stream(self) -> io.BufferedReader:
        """Return a file object over the file, with a position of its own."""
        return io.BufferedReader(_Stream(self), _BUFFER_BYTES)

    def has_changed(self) -> bool:
        """Tell whether something has written to this very file since it was opened."""
        status = os.fstat(self._descriptor)
        return (status.st_size, status.st_mtime_ns) != (self.size, self.modified_ns)

    def sha256(self, progress: Progress = Progress()) -> str:
        """Return the SHA-256 of the whole file in hexadecimal.

        It is computed once. Whoever asks meanwhile, from any thread, takes part in the work, and
        a cancelled call loses nothing of it.

        Raises
        ------
        FileError
            The file cannot be read, or was written to since it was opened.
        Cancelled
            The user asked to stop.
        """
        while self._digest is None:
            progress.report(self._hashed_bytes / max(self.size, 1), tr("Checking the recording"))
            self._hash_next_block()
        return self._digest

    def start_hashing(self) -> None:
        """Compute `sha256` on a thread of lowest priority, which ends with this file."""
        threading.Thread(
            target=_hash_in_background, args=(weakref.ref(self),), name="hash", daemon=True
        ).start()

    def _hash_next_block(self) -> None:
        with self._hash_lock:
            if self._digest is not None:
                return
            try:
                block = self.read_at(self._hashed_bytes, _HASHED_BYTES)
            except OSError as error:
                raise self.unreadable(error) from error
            if block:
                self._hash.update(block)
                self._hashed_bytes += len(block)
                return
            self.check_unchanged()
            self._digest = self._hash.hexdigest()

    def check_unchanged(self) -> None:
        """Raise `FileError` if something has written to the file since it was opened."""
        if self.has_changed():
            raise self._change_error()

    def check_hash(self, digest: str) -> None:
        """Raise `FileError` if `digest` is not the file's SHA-256, or the file was written to."""
        self.check_unchanged()
        if digest != self.sha256():
            raise self._change_error()

    def check_content(self, progress: Progress = Progress()) -> None:
        """Read the whole file again and raise `FileError` if it is not what was hashed."""
        again = hashlib.sha256()
        for start in range(0, self.size, _HASHED_BYTES):
            progress.report(start / self.size, tr("Checking the recording"))
            try:
                again.update(self.read_at(start, min(_HASHED_BYTES, self.size - start)))
            except OSError as error:
                raise self.unreadable(error) from error
        self.check_hash(again.hexdigest())

    def _change_error(self) -> FileError:
        return FileError(
            tr(
                "“{name}” was changed by another program since it was opened; open it again.",
                name=self.path.name,
            )
        )

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


class _Stream(io.RawIOBase):
    """An open file as Python's file objects are, which may be many over one descriptor."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._position = 0

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def seekable(self) -> bool:
        """Say that this can be read in any order."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a byte."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        if base is None:
            base = os.fstat(self._file.fileno()).st_size
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer, as far as the file reaches."""
        count = os.preadv(self._file.fileno(), [buffer], self._position)
        self._position += count
        return count


def _hash_in_background(reference: weakref.ref[OpenFile]) -> None:
    with suppress(OSError, AttributeError):  # where threads have no priority of their own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    # The file is let go of after each block, so that it can be closed in between.
    while (file := reference()) is not None and file._digest is None:
        try:
            file._hash_next_block()
        except FileError:  # whoever asks for the sum is told
            return
        del file
