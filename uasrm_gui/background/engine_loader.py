"""Loads the repair engines beside the window, so that neither it nor a file waits for them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from uasrm_core.progress import Progress
from uasrm_core.translation import tr

log = logging.getLogger(__name__)


class EngineLoader:
    """Loads the repair engines once, in the background, after the window has been painted.

    It has its own thread so that opening a file does not wait for it.
    """

    def __init__(self, load: Callable[[], None]) -> None:
        self._load = load
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless that was done before."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=_run, args=(self._load, self._done), name="engines", daemon=True
            )
            self._thread.start()

    def wait(self, progress: Progress) -> None:
        """Wait in a job until loading is over, or raise `Cancelled` when the job is unwanted."""
        self.start()
        while not self._done.wait(0.05):
            progress.report(0.0, tr("Preparing the repair engines"))


def _run(load: Callable[[], None], done: threading.Event) -> None:
    try:
        load()
    except Exception:
        # the repair that needs the missing engine will say so in its own words
        log.exception("the engines could not be loaded")
    finally:
        done.set()
