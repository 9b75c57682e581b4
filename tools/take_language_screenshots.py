"""Take pictures of the window in every language: ``python tools/take_language_screenshots.py``.

Opens the bundled recording at 1280 × 720 in each language, with each panel in front, and each
dialog; takes a picture of each, and prints every text that does not fit its place. The status is 1
if there is one. The pictures go to build/languages/LANGUAGE, or the folder given.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)

from uasrm_core.translation import LANGUAGES
from uasrm_gui.process.language import missing_font, speak

ROOT = Path(__file__).resolve().parents[1]
SIZE = 1280, 720
PANELS = ("regions", "review", "history", "display")
DIALOGS = ("preferences", "export", "batch", "shortcuts", "keys", "go_to", "about")
# An arrow beside the text of a box, and the room around both.
ARROW = 44


def main() -> int:
    """Go through the languages, each in a process of its own."""
    parser = argparse.ArgumentParser(description="Take pictures of the window in every language.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "languages")
    parser.add_argument("--language", choices=LANGUAGES, help="this one (all)")
    options = parser.parse_args()
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if options.language:
        return take(options.language, options.folder / options.language)
    command = [sys.executable, __file__, str(options.folder), "--language"]
    return max(subprocess.run([*command, name], check=False).returncode for name in LANGUAGES)


def take(language: str, folder: Path) -> int:
    """Take the pictures of one language; 1 where a text does not fit."""
    from walk_window import open_window

    app = QApplication([])
    if problem := missing_font(language):
        sys.exit(problem)
    speak(app, [language])
    folder.mkdir(parents=True, exist_ok=True)
    found = 0
    with tempfile.TemporaryDirectory(prefix="uasrm-languages-") as name:
        window = open_window(Path(name), None)
        window.resize(*SIZE)
        for part, shown in scenes(window):
            settle(app)
            shown.grab().save(str(folder / f"{part}.png"))
            for text in find_clipped(shown):
                sys.stdout.write(f"{language}, {part}: {text}\n")
                found += 1
        sys.stdout.flush()
        os._exit(min(found, 1))


def scenes(window: QWidget) -> Iterator[tuple[str, QWidget]]:
    """Yield everything to look at, each with a name."""
    for panel in PANELS:
        window.show_panel(panel)  # type: ignore[attr-defined]
        yield panel, window
    for name in DIALOGS:
        window.action_set[name].trigger()  # type: ignore[attr-defined]
        dialogs = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
        for dialog in dialogs:
            yield name, dialog
            dialog.reject()


def settle(app: QApplication) -> None:
    """Let the window draw what it shows."""
    until = time.monotonic() + 0.6
    while time.monotonic() < until:
        app.processEvents()
        time.sleep(0.01)


def find_clipped(root: QWidget) -> list[str]:
    """Return the texts below a widget that do not fit where they stand."""
    found = []
    for widget in root.findChildren(QWidget):
        if widget.window() is root and widget.isVisible() and not is_inside_qt(widget):
            found += [text for text, needed, room in texts(widget) if needed > room + 1]
            if beyond(widget, root):
                found.append(f"{name_of(widget)} (beyond the edge)")
    return found


def texts(widget: QWidget) -> Iterator[tuple[str, int, int]]:
    """Yield each text that a widget shows, the width that it needs, and what it has."""
    width = widget.fontMetrics().horizontalAdvance
    if isinstance(widget, QLabel) and widget.text() and not widget.pixmap():
        if widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
            yield widget.text(), needed, max(widget.height(), needed if needed <= 0 else 0)
        else:
            yield widget.text(), widget.sizeHint().width(), widget.width()
    elif isinstance(widget, QAbstractButton) and widget.text():
        yield widget.text(), widget.sizeHint().width(), widget.width()
    elif isinstance(widget, QComboBox) and not widget.isEditable():
        yield widget.currentText(), width(widget.currentText()) + ARROW, widget.width()
    elif isinstance(widget, QLineEdit) and widget.placeholderText():
        yield widget.placeholderText(), width(widget.placeholderText()) + 8, widget.width()
    elif isinstance(widget, QGroupBox):
        yield widget.title(), width(widget.title()), widget.width()
    elif isinstance(widget, QTabBar):
        # elided, or behind the arrows that scroll
        yield (
            " ".join(map(widget.tabText, range(widget.count()))),
            widget.sizeHint().width(),
            (widget.width()),
        )
    elif isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal:
        for section in range(widget.count()):
            if not widget.isSectionHidden(section) and widget.model() is not None:
                role = Qt.ItemDataRole.DisplayRole
                text = str(widget.model().headerData(section, widget.orientation(), role) or "")
                yield text, width(text) + 6 if text else 0, widget.sectionSize(section)


def beyond(widget: QWidget, root: QWidget) -> bool:
    """Whether a part of a button or a label lies outside the window, and no scrolling shows it."""
    if not isinstance(widget, QAbstractButton | QLabel):
        return False
    outer = widget.parentWidget()
    while outer is not None and outer is not root:
        if isinstance(outer, QAbstractScrollArea):
            return False
        outer = outer.parentWidget()
    return not root.rect().contains(QRect(widget.mapTo(root, QPoint()), widget.size()))


def is_inside_qt(widget: QWidget) -> bool:
    """Whether a widget is one of Qt's own parts of another."""
    if isinstance(widget, QTabBar):
        return False
    return widget.objectName().startswith("qt_") or isinstance(widget.parentWidget(), QLineEdit)


def name_of(widget: QWidget) -> str:
    """Return what a message calls a widget."""
    text = getattr(widget, "text", str)()
    return text or widget.accessibleName() or type(widget).__name__


if __name__ == "__main__":
    sys.exit(main())
