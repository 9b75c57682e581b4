"""No text that a user reads stands in the sources without a way into other languages."""

import ast
import re
from pathlib import Path

import pytest

import uasrm_core
import uasrm_gui

# What puts a text before a user's eyes.
SHOWS = {
    "complain",
    "say",
    "setAccessibleDescription",
    "setAccessibleName",
    "setPlaceholderText",
    "setStatusTip",
    "setText",
    "setToolTip",
    "setWhatsThis",
    "setWindowTitle",
    "QAction",
    "QCheckBox",
    "QGroupBox",
    "QLabel",
    "QPushButton",
    "QRadioButton",
    "UsageError",
}
KEYWORDS = {"help", "description"}


def sources():
    for package in (uasrm_core, uasrm_gui):
        yield from sorted(Path(package.__file__).parent.rglob("*.py"))


def has_words(node):
    if isinstance(node, ast.JoinedStr):
        return any(has_words(part) for part in node.values)
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_text and re.search(r"[a-z]{3}", node.value) is not None


@pytest.mark.parametrize(
    "path", list(sources()), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_every_text_that_is_shown_is_translated(path):
    found = []
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            texts = call.args[:1] if name in SHOWS else []
            if name == "add_argument" or name.endswith("ArgumentParser"):
                texts = [word.value for word in call.keywords if word.arg in KEYWORDS]
            found += [f"{path.name}:{call.lineno}" for text in texts if has_words(text)]
    assert found == []
