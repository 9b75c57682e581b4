"""A line over the picture that tells what happened, without standing in the way."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from uasrm_gui.notices import Notice
from uasrm_gui.theme import COLORS, SPACING
from uasrm_gui.widgets.icons import icon

_COLORS = {"info": COLORS.accent, "warning": COLORS.region_open, "error": COLORS.danger}
_SHOWN_MS = {"info": 6000, "warning": 12000, "error": 0}


class MessageBar(QFrame):
    """Shows one `Notice`; all but errors go away by themselves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setIconSize(QSize(16, 16))
        close.setAccessibleName("Close message")
        close.setToolTip("Close message")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACING + 4, 4, 4, 4)
        layout.setSpacing(SPACING)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown, or empty."""
        return "" if self.isHidden() else self._text.text()

    def tell(self, notice: Notice) -> None:
        """Show a sentence in place of the last one."""
        self._text.setText(notice.text)
        self._icon.setPixmap(icon(notice.level, _COLORS[notice.level]).pixmap(20, 20))
        self.setAccessibleName(notice.text)
        self.setProperty("level", notice.level)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
        self._timer.stop()
        if _SHOWN_MS[notice.level]:
            self._timer.start(_SHOWN_MS[notice.level])
