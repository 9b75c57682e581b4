"""Loads the repair engines beside the window, so that neither it nor a file waits for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from threading import Lock

from uasrm_core.progress import Progress
from uasrm_gui.background.executor import Executor
from uasrm_gui.process.memory import give_back_what_is_free

POLL_S = 0.05
# As far behind the window as jobs are, and no farther: a repair waits for it. At 10, the first
# repair on a busy machine waited over a minute.
LOWER_BY = 5

log = logging.getLogger(__name__)


class EngineLoader:
    """Loads the repair engines once, in the background, after the window has been painted.

    It has its own thread so that opening a file does not wait for it.
    """

    def __init__(self, load: Callable[[Progress], object]) -> None:
        self._load = load
        self._stage = 0.0, ""
        self._executor = Executor("engines", lower_by=LOWER_BY)
        self._loading: Future[None] | None = None
        # the window and a job may both begin it, at the same moment
        self._lock = Lock()

    def start(self) -> None:
        """Begin, unless that was done before."""
        with self._lock:
            if self._loading is None:
                load = partial(_load, self._load, Progress(self._note))
                self._loading = self._executor.submit(load)
                self._executor.close()

    @property
    def is_done(self) -> bool:
        """Whether loading is over, well or not."""
        return self._loading is not None and self._loading.done()

    def wait(self, progress: Progress) -> None:
        """Wait in a job until loading is over, or raise `Cancelled` when the job is unwanted."""
        self.start()
        assert self._loading is not None
        while not wait([self._loading], POLL_S).done:
            progress.report(*self._stage)

    def _note(self, fraction: float, words: str) -> None:
        self._stage = fraction, words or self._stage[1]


def _load(load: Callable[[Progress], object], progress: Progress) -> None:
    try:
        load(progress)
    except Exception:
        # the repair that needs the missing engine will say so in its own words
        log.exception("the engines could not be loaded")
    give_back_what_is_free()
