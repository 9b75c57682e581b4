"""A tour of four bubbles, each at the part of the window that it tells of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from uasrm_core.translation import tr
from uasrm_gui.theme import SPACING

WIDTH = 320

Stop = tuple[QWidget, str]


class Tour(QFrame):
    """Goes from one stop to the next, and away with the last; Escape skips it.

    Parameters
    ----------
    stops
        What to point at, and what to say about it, in the user's language.
    """

    def __init__(self, window: QWidget, stops: Sequence[Stop]) -> None:
        super().__init__(window)
        self._window = window
        self._stops = [stop for stop in stops if stop[0].isVisible()]
        self._at = 0
        self.setObjectName("tour")
        self.setAccessibleName(tr("Tour"))
        self.setFixedWidth(WIDTH)
        self._text, self._count = QLabel(), QLabel()
        self._text.setWordWrap(True)
        self._count.setObjectName("dim")
        self.skip, self.next = QPushButton(tr("Skip")), QPushButton(tr("Next"))
        self.next.setObjectName("primary")
        self.skip.clicked.connect(self.end)
        self.next.clicked.connect(self.go_on)
        row = QHBoxLayout()
        row.addWidget(self._count, 1)
        row.addWidget(self.skip)
        row.addWidget(self.next)
        self._rows = layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACING, 2 * SPACING, 2 * SPACING, 2 * SPACING)
        layout.setSpacing(2 * SPACING)
        layout.addWidget(self._text)
        layout.addLayout(row)
        for watched in (window, self.next, self.skip):
            watched.installEventFilter(self)

    @property
    def text(self) -> str:
        """What the bubble says."""
        return self._text.text()

    def begin(self) -> None:
        """Show the first bubble."""
        if self._stops:
            self.show()
            self._say()
            self.next.setFocus()
        else:
            self.end()

    def go_on(self) -> None:
        """Go to the next stop, or end at the last."""
        self._at += 1
        if self._at < len(self._stops):
            self._say()
        else:
            self.end()

    def end(self) -> None:
        """Take the tour away."""
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the place as the window changes its size, and keep Escape for the tour."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
            and watched in (self.next, self.skip)
        ):
            event.accept()
            return True
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._move()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        else:
            super().keyPressEvent(event)

    def _say(self) -> None:
        number, last = self._at + 1, len(self._stops)
        self._text.setText(self._stops[self._at][1])
        self._count.setText(tr("{number} of {last}", number=number, last=last))
        self.skip.setVisible(number < last)
        self.next.setText(tr("Next") if number < last else tr("Done"))
        self._move()
        self.raise_()

    def _move(self) -> None:
        """Stand below what it tells of, above it, or in it where it fills the window."""
        height = self._rows.totalHeightForWidth(WIDTH)
        self.setFixedHeight(height if height > 0 else self.sizeHint().height())
        target, window = self._stops[self._at][0], self._window
        corner = target.mapTo(window, QPoint())
        x = corner.x() + (target.width() - WIDTH) // 2
        y = corner.y() + target.height() + SPACING
        if y + self.height() > window.height():
            y = corner.y() - self.height() - SPACING
        if y < 0:
            y = corner.y() + (target.height() - self.height()) // 2
        most = window.width() - WIDTH - SPACING
        self.move(max(SPACING, min(x, most)), max(SPACING, y))
