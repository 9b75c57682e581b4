"""The guide says what the program does."""

import importlib
import re
from pathlib import Path

import pytest

from uasrm_core.cli.main import COMMANDS
from uasrm_core.inpainting.registry import REGISTRY

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
    rows = dict(re.findall(r"^\| ([\w-]+) \| `(\w+)` \|", told, re.MULTILINE))
    assert {title: name for name, title in _titles().items()} == rows


def test_every_command_is_told():
    told = (GUIDE / "command-line.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`{name}`" not in told] == []


def _titles():
    return {"auto": "Automatic", **{name: traits.title for name, traits in REGISTRY.items()}}
