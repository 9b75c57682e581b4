"""The guide in a window of its own, at the page that was asked for."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.resources import guide_folder
from uasrm_core.translation import tr
from uasrm_gui.theme import SPACING

SIZE = 860, 680
FIRST = "getting-started"
# The page's margins, and how far a list stands in.
BESIDE_PICTURES = 4 * SPACING + 64
# In the order of the guide; others follow.
ORDER = (
    FIRST,
    "damage",
    "viewing",
    "selecting",
    "regions",
    "finding",
    "repairing",
    "processing",
    "comparing",
    "history",
    "files",
    "keys",
)


class GuideDialog(QDialog):
    """The guide's pages with their pictures, a list of them, and a way back."""

    def __init__(self, page: str = FIRST, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Guide"))
        self.resize(*SIZE)
        self.browser = GuideBrowser()
        self.pages = QComboBox()
        self.pages.setAccessibleName(tr("Page of the guide"))
        for name in page_names():
            self.pages.addItem(page_title(name), name)
        back = QToolButton()
        back.setText(tr("Back"))
        back.setEnabled(False)
        self.browser.backwardAvailable.connect(back.setEnabled)
        back.clicked.connect(self.browser.backward)
        bar = QHBoxLayout()
        bar.addWidget(back)
        bar.addWidget(self.pages)
        bar.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACING, 2 * SPACING, 2 * SPACING, 2 * SPACING)
        layout.addLayout(bar)
        layout.addWidget(self.browser, 1)
        layout.addWidget(buttons)
        self.pages.activated.connect(lambda: self.show_page(self.pages.currentData()))
        self.browser.sourceChanged.connect(self._name_page)
        self.show_page(page)

    @property
    def page(self) -> str:
        """The name of the page that is shown."""
        return Path(self.browser.source().toLocalFile()).stem

    def show_page(self, name: str) -> None:
        """Show a page of the guide, the first if there is none of that name."""
        path = guide_folder() / f"{name}.md"
        if not path.is_file():
            path = guide_folder() / f"{FIRST}.md"
        self.browser.setSource(QUrl.fromLocalFile(str(path)))

    def _name_page(self, source: QUrl) -> None:
        self.pages.setCurrentIndex(self.pages.findData(Path(source.toLocalFile()).stem))


class GuideBrowser(QTextBrowser):
    """Shows Markdown with its pictures no wider than the page."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.document().setDocumentMargin(2 * SPACING)
        self.anchorClicked.connect(self._follow)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return a picture as wide as there is room, and all else as it is."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        picture = QImage(self.source().resolved(QUrl(name)).toLocalFile())
        room = max(self.viewport().width() - BESIDE_PICTURES, 200)
        return picture if picture.width() <= room else _shrink(picture, room)

    def _follow(self, link: QUrl) -> None:
        target = self.source().resolved(link)
        path = Path(target.toLocalFile())
        if not target.isLocalFile() or path.suffix != ".md":
            QDesktopServices.openUrl(target)
        elif path.is_file():
            if path != Path(self.source().toLocalFile()):
                self.setSource(QUrl.fromLocalFile(str(path)))
            self._go_to_heading(target.fragment())

    def _go_to_heading(self, anchor: str) -> None:
        """Scroll to the heading that a link names as web pages name them."""
        block = self.document().begin()
        while anchor and block.isValid():
            if block.blockFormat().headingLevel() and slug(block.text()) == anchor:
                cursor = QTextCursor(block)
                self.moveCursor(QTextCursor.MoveOperation.End)
                self.setTextCursor(cursor)
                return
            block = block.next()


def slug(heading: str) -> str:
    """Return a heading as it stands in links."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def page_names() -> list[str]:
    """Return the names of the guide's pages, in its order."""
    found = {path.stem for path in guide_folder().glob("*.md")}
    return [*(name for name in ORDER if name in found), *sorted(found - set(ORDER))]


def page_title(name: str) -> str:
    """Return the title that a page gives itself."""
    with (guide_folder() / f"{name}.md").open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip()


def _shrink(picture: QImage, width: int) -> QImage:
    return picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
