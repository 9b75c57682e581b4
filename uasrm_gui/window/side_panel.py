"""The one stack of tabs at the right, which can be put away."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QScrollArea, QTabWidget, QToolButton, QWidget

from uasrm_core.translation import tr

NARROWEST, WIDEST = 240, 360
SHARE, SPARE_SHARE = 0.2, 0.06
"""Of the window's width, and once more of what is beyond `USUAL`, what the panels get unless the
user has chosen otherwise."""
USUAL = 1280
MOST = 0.25
"""Of the window's width, what they get at most where long titles need it."""


class SidePanel(QTabWidget):
    """The panels by name, one of them in front.

    Parameters
    ----------
    panels
        Title and widget by name.
    toggle
        The action that puts the panels away, for the button in the corner.
    """

    def __init__(self, panels: Mapping[str, tuple[str, QWidget]], toggle: QAction) -> None:
        super().__init__()
        self.setAccessibleName(tr("Panels"))
        self.setDocumentMode(True)
        self.setMinimumWidth(NARROWEST)
        self.setMaximumWidth(WIDEST)
        self._names = list(panels)
        for name, (title, panel) in panels.items():
            panel.setObjectName(name)
            self.addTab(_make_scrollable(panel), title)
        self.setCornerWidget(toggle_button(toggle))

    @property
    def needed_width(self) -> int:
        """How wide it must be to show all of its titles."""
        return self.tabBar().sizeHint().width() + self.cornerWidget().sizeHint().width()

    def show_panel(self, name: str) -> bool:
        """Bring a panel to the front; return whether it is one of these."""
        if name not in self._names:
            return False
        self.setCurrentIndex(self._names.index(name))
        return True


def _make_scrollable(panel: QWidget) -> QScrollArea:
    """Return a panel that scrolls where it is given less room than it needs."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    area.setWidget(panel)
    return area


def first_width(window_width: int, needed: int = 0) -> int:
    """Return how wide the panels are in a window until the user has chosen.

    Parameters
    ----------
    needed
        What their titles take in the user's language; it is given where the window is wide.
    """
    share = SHARE * window_width + SPARE_SHARE * max(window_width - USUAL, 0)
    wanted = max(round(share), min(needed, round(MOST * window_width)))
    return max(NARROWEST, min(WIDEST, wanted))


def toggle_button(toggle: QAction) -> QToolButton:
    """Return a small button that puts the panels away or brings them back."""
    button = QToolButton()
    button.setObjectName("sideToggle")
    button.setDefaultAction(toggle)
    return button
