"""The views one has looked at, to go back and forward through, as in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import FrequencyView, TimeView

SETTLED_MS = 600
"""A view counts once it stood still for this long: a scroll is one step, not a hundred."""
MOST_STEPS = 100


@dataclass(frozen=True)
class Place:
    """A stretch and a band."""

    time: TimeView
    frequency: FrequencyView

    def like(self, other: Place) -> bool:
        """Whether this is the same stretch and band, whatever the width of the window."""
        mine, theirs = self.time, other.time
        same = (mine.start_frame, mine.span_frames) == (theirs.start_frame, theirs.span_frames)
        return same and self.frequency == other.frequency


class ViewHistory(QObject):
    """Remembers where the view stood still, and goes there again.

    `changed` tells that there is more or less to go back or forward to.
    """

    changed = Signal()

    def __init__(self, state: View, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._behind: list[Place] = []
        self._ahead: list[Place] = []
        self._here: Place | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLED_MS)
        self._timer.timeout.connect(self.settle)
        state.viewChanged.connect(self._timer.start)

    @property
    def can_go_back(self) -> bool:
        """Whether there was a view before this one."""
        return bool(self._behind) or self._has_moved

    @property
    def can_go_forward(self) -> bool:
        """Whether one has gone back."""
        return bool(self._ahead) and not self._has_moved

    def clear(self) -> None:
        """Forget all, and begin with the present view."""
        self._timer.stop()
        self._behind.clear()
        self._ahead.clear()
        self._here = self._present
        self.changed.emit()

    def settle(self) -> None:
        """Take the present view for one that was meant."""
        self._timer.stop()
        if self._here is not None and self._has_moved:
            self._behind.append(self._here)
            del self._behind[:-MOST_STEPS]
            self._ahead.clear()
        self._here = self._present
        self.changed.emit()

    def back(self) -> None:
        """Show the view before this one."""
        self.settle()
        self._go(self._behind, self._ahead)

    def forward(self) -> None:
        """Show the view that one has gone back from."""
        self.settle()
        self._go(self._ahead, self._behind)

    @property
    def _present(self) -> Place:
        return Place(self._state.time, self._state.frequency)

    @property
    def _has_moved(self) -> bool:
        return self._here is not None and not self._here.like(self._present)

    def _go(self, there: list[Place], back: list[Place]) -> None:
        if not there:
            return
        back.append(self._present)
        place = self._here = there.pop()
        self._state.set_time(place.time.resized(self._state.time.width))
        # another scale may have been chosen since
        scale = self._state.display.scale
        self._state.set_frequency(place.frequency.with_scale(scale))
        self._here = self._present
        self._timer.stop()
        self.changed.emit()
