"""How a mode that is on shows."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def mark_mode(widget: QWidget, *, on: bool) -> None:
    """Let a widget stand out while it changes what tools or repairs do."""
    if widget.property("mode") is not on:
        widget.setProperty("mode", on)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
