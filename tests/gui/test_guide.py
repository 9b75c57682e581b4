"""The guide says what the program does."""

import importlib
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument

from uasrm_core.cli.main import COMMANDS
from uasrm_core.inpainting.registry import REGISTRY
from uasrm_gui.dialogs.guide import GuideDialog

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide"


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("write_keys_page")


def test_the_page_of_keys_is_that_of_the_actions(tool):
    told = (GUIDE / "keys.md").read_text("utf-8")
    assert told == tool.page(), "type: make words"


def test_every_method_is_told_under_the_name_that_the_window_has():
    told = (GUIDE / "repairing.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([\w -]+) \| `(\w+)` \|", told, re.MULTILINE))
    assert {title: name for name, title in _titles().items()} == rows


def test_every_command_is_told():
    told = (GUIDE / "command-line.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`{name}`" not in told] == []


def _titles():
    return {"auto": "Automatic", **{name: traits.title for name, traits in REGISTRY.items()}}


def test_every_page_is_in_the_windows_list_and_is_shown(guide):
    names = [guide.pages.itemData(row) for row in range(guide.pages.count())]
    assert names[0] == "getting-started"
    assert sorted(names) == sorted(path.stem for path in GUIDE.glob("*.md"))
    for name in names:
        guide.show_page(name)
        assert guide.page == name
        assert guide.pages.currentData() == name
        assert guide.browser.toPlainText().startswith(guide.pages.currentText())


def test_pictures_are_no_wider_than_the_page(guide):
    guide.show_page("selecting")
    kind = QTextDocument.ResourceType.ImageResource.value
    picture = guide.browser.loadResource(kind, QUrl("../screenshots/tool-box-ring.png"))
    assert 0 < picture.width() <= guide.browser.viewport().width()


def test_links_lead_to_pages_and_headings(guide):
    guide.show_page("damage")
    guide.browser.anchorClicked.emit(QUrl("archive.md"))
    assert guide.page == "archive"
    guide.browser.backward()
    assert guide.page == "damage"
    guide.browser.anchorClicked.emit(QUrl("#a-concert"))
    assert guide.browser.textCursor().block().text() == "A concert"


def test_a_page_that_is_not_there_is_the_first_one(guide):
    guide.show_page("no such page")
    assert guide.page == "getting-started"


@pytest.fixture
def guide(qtbot):
    dialog = GuideDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog
