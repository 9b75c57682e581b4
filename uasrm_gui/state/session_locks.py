"""The locks of the session that the work is kept in, and of those it is being saved to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from uasrm_core.edit.locks import FileLock, lock_path
from uasrm_gui.background.jobs import Job


class SessionLocks:
    """Keeps other windows from the sessions of a document.

    Saving and opening are jobs, of whose end the window hears only when the next may be at work
    already. So no lock is let go of before the last of these jobs has ended.

    Parameters
    ----------
    lock_session
        Takes the lock of a session; None where no locks are to be had.
    """

    def __init__(self, lock_session: Callable[[Path], FileLock | None]) -> None:
        self._lock_session = lock_session
        self._own: FileLock | None = None
        self._taken: list[FileLock] = []
        self._jobs = 0

    def find(self, path: Path) -> FileLock | None:
        """Return this document's own lock of a session, if it has one; from any thread."""
        place = lock_path(path)
        for lock in (self._own, *self._taken):
            if lock is not None and lock.is_held and lock.path == place:
                return lock
        return None

    def take(self, path: Path) -> FileLock | None:
        """Return the lock of a session that is about to be written; from any thread.

        Raises
        ------
        SessionInUseError
            Another window has it.
        """
        lock = self.find(path) or self._lock_session(path)
        if lock is not None:
            self._taken.append(lock)
        return lock

    def keep(self, lock: FileLock | None) -> None:
        """Note that the work is kept in this session from now on."""
        if self._own is not None and self._own is not lock:
            self._taken.append(self._own)
        self._own = lock
        self._release_others()

    def hold_during(self, job: Job) -> Job:
        """Let go of no lock until a job that saves or opens a session has ended."""
        self._jobs += 1
        job.ended.connect(self._on_ended)
        return job

    def release(self) -> None:
        """Let other windows open the session."""
        self.keep(None)

    def _on_ended(self) -> None:
        self._jobs -= 1
        self._release_others()

    def _release_others(self) -> None:
        if self._jobs:
            return
        for lock in self._taken:
            if lock is not self._own:
                lock.release()
        self._taken.clear()
