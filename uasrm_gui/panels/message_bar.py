"""A line that floats over the picture and tells what happened, without moving anything."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from uasrm_core.translation import tr
from uasrm_gui.notices import Notice
from uasrm_gui.theme import COLORS, SPACING
from uasrm_gui.widgets.icons import icon

_MARGIN = 2 * SPACING
_SHOWN_MS = {"info": 6000, "warning": 12000, "error": 0}


class MessageBar(QFrame):
    """Shows one `Notice`; all but errors go away by themselves, and faults offer a report."""

    report_wanted = Signal()

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
        close.setAccessibleName(tr("Close message"))
        close.setToolTip(tr("Close message"))
        close.clicked.connect(self.hide)
        self.report = QToolButton()
        self.report.setText(tr("Copy Report…"))
        self.report.setToolTip(tr("Versions and the end of the log, to be sent with a fault"))
        self.report.clicked.connect(self.report_wanted)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(SPACING + 4, 4, 4, 4)
        layout.setSpacing(SPACING)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(self.report)
        layout.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def float_over(self, ground: QWidget) -> None:
        """Stay at the top of this widget, in its middle."""
        self.setParent(ground)
        ground.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    @property
    def text(self) -> str:
        """The sentence shown, or empty."""
        return "" if self.isHidden() else self._text.text()

    def tell(self, notice: Notice) -> None:
        """Show a sentence in place of the last one."""
        self._text.setText(notice.text)
        self._icon.setPixmap(icon(notice.level, _color(notice)).pixmap(20, 20))
        self.report.setVisible(notice.is_fault)
        self.setAccessibleName(notice.text)
        self.setProperty("level", notice.level)
        self.style().unpolish(self)
        self.style().polish(self)
        self._place()
        self.show()
        self.raise_()
        self._timer.stop()
        if _SHOWN_MS[notice.level]:
            self._timer.start(_SHOWN_MS[notice.level])

    def _place(self) -> None:
        ground = self.parentWidget()
        if ground is None:
            return
        # as wide as the sentence if there is room, else as high as it takes
        text_width = self._text.fontMetrics().horizontalAdvance(self._text.text()) + SPACING
        around = self.sizeHint().width() - self._text.sizeHint().width()
        width = min(text_width + around, ground.width() - 2 * _MARGIN)
        height = self._row.heightForWidth(width)
        self.setGeometry((ground.width() - width) // 2, _MARGIN, width, height)


def _color(notice: Notice) -> str:
    colors = {"info": COLORS.accent, "warning": COLORS.region_open, "error": COLORS.danger}
    return colors[notice.level]
