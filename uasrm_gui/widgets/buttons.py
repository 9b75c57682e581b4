"""Buttons of dialogs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton


def make_button(title: str, do: Callable[[], object]) -> QPushButton:
    """Return a button that does something, and is not what Enter presses."""
    button = QPushButton(title)
    button.setAutoDefault(False)
    button.clicked.connect(lambda checked: do())
    return button
