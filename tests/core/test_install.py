"""`make run` takes the small build of PyTorch where it can, and says what it downloads."""

import importlib
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("install")


@pytest.mark.parametrize(
    ("choice", "system", "has_card", "answers", "build"),
    [
        ("auto", "Linux", False, True, "CPU"),
        ("auto", "Linux", False, False, "CARD"),
        ("auto", "Linux", True, True, "CARD"),
        ("cpu", "Linux", True, False, "CPU"),
        ("default", "Linux", False, True, "CARD"),
        ("auto", "Darwin", False, True, "OTHER"),
    ],
)
def test_the_build_fits_the_machine(tool, choice, system, has_card, answers, build):
    chosen = tool.choose_build(
        choice, "an index", system=system, has_card=lambda: has_card, answers=lambda _: answers
    )
    assert chosen is getattr(tool, build)


def test_an_index_that_is_not_there_does_not_answer(tool, tmp_path):
    assert not tool.index_answers((tmp_path / "nothing").as_uri())
    assert not tool.index_answers("no address at all")


def test_size_and_time_are_told_beforehand(tool):
    assert "0.4 GB to download" in tool.announcement(tool.CPU)
    assert "1.6 GB on disk" in tool.announcement(tool.CPU)
    assert "9 minutes" in tool.announcement(tool.CARD)


def test_the_small_build_that_does_not_load_is_replaced(tool, monkeypatch):
    ran, loads = [], iter([False, True])
    monkeypatch.setattr(tool, "pip", lambda words: ran.append(words) or 0)
    monkeypatch.setattr(tool, "can_load_torch", lambda: next(loads))
    monkeypatch.setattr("sys.argv", ["install.py", "gui", "--torch", "cpu", "--index", "INDEX"])
    monkeypatch.setattr(tool, "choose_build", lambda *_: tool.CPU)
    prepared = []
    monkeypatch.setattr(tool, "prepare", lambda: prepared.append(True) or 0)
    assert tool.main() == 0
    assert prepared
    assert ran[0] == ["--extra-index-url", "INDEX", "-c", "constraints.txt", "-e", ".[gui]"]
    assert ran[1][:1] == ["--force-reinstall"]
    assert ran[2] == ran[0][2:]
