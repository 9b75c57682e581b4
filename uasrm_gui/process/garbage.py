"""Collects Python's garbage in the thread of the window only.

Python's own collector runs in whatever thread happens to need memory. There it would take apart
what is left of the window, and Qt's objects must be taken apart in the thread they live in. The
pattern is Erik Janssens's, https://pydev.blogspot.com/2014/03/should-python-garbage-collector-be.html
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 500


class GarbageCollector(QObject):
    """Takes the place of Python's collector until it is stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(collect_what_is_due)
        self._timer.start(EVERY_MS)

    def stop(self) -> None:
        """Let Python collect again."""
        self._timer.stop()
        gc.enable()


def collect_what_is_due() -> None:
    """Collect the oldest generation whose threshold is passed, and with it the younger ones."""
    due = zip(gc.get_count(), gc.get_threshold(), strict=True)
    passed = [generation for generation, (count, limit) in enumerate(due) if 0 < limit < count]
    if passed:
        gc.collect(passed[-1])
