"""How dialogs are shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog


def show(dialog: QDialog) -> None:
    """Show a dialog over its window, which it leaves for good when it is closed."""
    # its parent would keep it, and every one after it, until the window goes
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
