"""What the window shows before a file is open: what to do, in one line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from uasrm_core.translation import tr
from uasrm_gui.dialogs.recovery import RecoveryPanel
from uasrm_gui.theme import SPACING
from uasrm_gui.widgets.icons import app_icon

_SHOWN = 5


class WelcomePanel(QWidget):
    """A place to drop a file, the files of late, and the demo."""

    open_wanted = Signal()
    demo_wanted = Signal()
    file_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._target = _drop_target()
        inside = QVBoxLayout(self._target)
        inside.setContentsMargins(6 * SPACING, 5 * SPACING, 6 * SPACING, 5 * SPACING)
        inside.setSpacing(SPACING)
        inside.addWidget(_make_picture(), alignment=Qt.AlignmentFlag.AlignHCenter)
        inside.addSpacing(SPACING)
        inside.addWidget(_label(tr("Drop a recording here to repair it"), "heading"))
        inside.addWidget(_label(tr("Then drag over the damage and press Repair."), "subheading"))
        inside.addSpacing(2 * SPACING)
        inside.addLayout(self._make_buttons())
        self.recovery = RecoveryPanel()
        self.recovery.setContentsMargins(13, 0, 0, 0)
        self._recent_title = _label(tr("Recent files"), "caption")
        self._recent_title.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._recent_title.setContentsMargins(13, 0, 0, 0)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        column = QVBoxLayout()
        column.setSpacing(SPACING)
        column.addStretch(2)
        column.addWidget(self._target)
        column.addSpacing(2 * SPACING)
        column.addWidget(self.recovery)
        column.addSpacing(SPACING)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent)
        column.addStretch(3)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        outer.addLayout(column)
        outer.addStretch(1)

    def show_recent(self, names: Iterable[str]) -> None:
        """List the files opened of late."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        paths = [Path(name) for name in names][:_SHOWN]
        self._recent_title.setVisible(bool(paths))
        for path in paths:
            button = QPushButton(path.name.replace("&", "&&"))
            button.setObjectName("recent")
            button.setAutoDefault(True)
            button.setToolTip(str(path))
            button.clicked.connect(lambda checked=False, path=path: self.file_wanted.emit(path))
            self._recent.addWidget(button)

    def show_drag(self, *, over: bool) -> None:
        """Light up while a file is held over the window."""
        self._target.setProperty("hover", over)
        self._target.style().unpolish(self._target)
        self._target.style().polish(self._target)

    def _make_buttons(self) -> QHBoxLayout:
        open_button, demo = QPushButton(tr("Open a recording…")), QPushButton(tr("Try the demo"))
        self.setFocusProxy(open_button)
        open_button.setObjectName("primary")
        open_button.clicked.connect(self.open_wanted)
        demo.clicked.connect(self.demo_wanted)
        for button in (open_button, demo):
            # outside a dialog Return would do nothing
            button.setAutoDefault(True)
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addStretch(1)
        row.addWidget(open_button)
        row.addWidget(demo)
        row.addStretch(1)
        return row


def _drop_target() -> QFrame:
    target = QFrame()
    target.setObjectName("drop")
    target.setMinimumWidth(520)
    return target


def _make_picture() -> QLabel:
    picture = QLabel()
    picture.setPixmap(app_icon().pixmap(72, 72))
    return picture


def _label(text: str, kind: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(kind)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label
