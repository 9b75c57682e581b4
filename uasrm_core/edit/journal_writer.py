"""A thread that keeps a journal up to date, so that the window never waits for the disk."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from uasrm_core.audio.clip import AudioClip
from uasrm_core.edit.journal import Journal, Snapshot
from uasrm_core.edit.stamp import full_stamp, quick_stamp
from uasrm_core.errors import Cancelled, JournalError, UasrmError
from uasrm_core.progress import Progress

log = logging.getLogger(__name__)

RETRY_AFTER_S = 5.0
_LOWER_BY = 10


class JournalWriter:
    """Writes the latest snapshot that it was given, as soon as the one before is written.

    A journal is made with the first snapshot whose work is not saved; what comes while a write is
    under way replaces what waits, since a snapshot holds all of the work.

    Parameters
    ----------
    folder
        Where journals are.
    original
        The recording as its file holds it; it is hashed when nothing else is to be written.
    on_written
        Called in the thread with each snapshot that is on the disk.
    on_problem
        Called in the thread with a sentence when the journal cannot be written, once until it can
        be again; writing is tried again from time to time.
    """

    def __init__(
        self,
        folder: Path,
        original: AudioClip,
        *,
        on_written: Callable[[Snapshot], object] = lambda snapshot: None,
        on_problem: Callable[[str], object] = lambda sentence: None,
    ) -> None:
        self._folder = folder
        self._original = original
        self._stamp = quick_stamp(original)
        self._on_written = on_written
        self._on_problem = on_problem
        self._wake = threading.Condition()
        self._waiting: Snapshot | None = None
        self._ends = False
        self._keeps = True
        self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)
        self._thread.start()

    def submit(self, snapshot: Snapshot) -> None:
        """Have a snapshot written, in place of any that still waits; returns at once."""
        with self._wake:
            self._waiting = snapshot
            self._wake.notify()

    def leave(self, timeout_s: float = 5.0) -> None:
        """Write what waits, and leave the journal to be recovered."""
        self._end(keeps=True, timeout_s=timeout_s)

    def finish(self, timeout_s: float = 5.0) -> None:
        """Remove the journal: the work is saved, or the user does not want it."""
        self._end(keeps=False, timeout_s=timeout_s)

    def _end(self, *, keeps: bool, timeout_s: float) -> None:
        with self._wake:
            self._ends, self._keeps = True, keeps
            self._wake.notify()
        self._thread.join(timeout_s)

    # the thread

    def _serve(self) -> None:
        _step_back()
        journal: Journal | None = None
        latest: Snapshot | None = None
        problem: str | None = None
        while True:
            with self._wake:
                timeout = None if problem is None else RETRY_AFTER_S
                self._wake.wait_for(lambda: self._ends or self._waiting is not None, timeout)
                latest, self._waiting = self._waiting or latest, None
                ends, keeps = self._ends, self._keeps
            if latest is not None and (keeps or not ends):
                known, (journal, problem) = problem, self._write(journal, latest)
                if problem is None:
                    self._on_written(latest)
                elif known is None:
                    self._on_problem(problem)
            if ends:
                break
            if journal is not None and problem is None and self._has_hashed():
                self._write_again(latest)
        if journal is not None:
            if keeps:
                journal.close()
            else:
                journal.delete()

    def _write_again(self, snapshot: Snapshot | None) -> None:
        with self._wake:
            self._waiting = self._waiting or snapshot

    def _write(
        self, journal: Journal | None, snapshot: Snapshot
    ) -> tuple[Journal | None, str | None]:
        if journal is None and snapshot.is_saved:
            return None, None
        try:
            if journal is None:
                journal = Journal(self._folder)
            journal.write(replace(snapshot, stamp=self._stamp))
        except JournalError as error:
            log.warning("%s", error, exc_info=error)
            if journal is not None and not journal.path.exists():
                # Its disk is gone; another may come.
                journal.close()
                journal = None
            return journal, str(error)
        return journal, None

    def _has_hashed(self) -> bool:
        """Hash the recording until there is something to write; tell whether that is new."""
        if self._stamp.sha256:
            return False

        def is_wanted() -> bool:
            return self._ends or self._waiting is not None

        try:
            self._stamp = full_stamp(self._original, Progress(is_cancelled=is_wanted))
        except Cancelled:
            return False
        except UasrmError as error:
            # Without a hash, size and date will have to do.
            log.warning("%s", error)
            return False
        return True


def _step_back() -> None:
    """Let everything else go first."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWER_BY)
