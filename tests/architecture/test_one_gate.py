"""Files are written in `uasrm_core/writing` alone; the gate’s docstring tells of the exceptions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import uasrm_core
import uasrm_gui

PACKAGES = [Path(package.__file__).parent for package in (uasrm_core, uasrm_gui)]
WRITERS = {"write_text", "write_bytes", "savefig", "tofile", "touch", "save_file", "copyfile"}
EXCEPTIONS = {
    # logs to which lines are added
    "uasrm_core/training/train.py: open",
    "uasrm_core/training/original.py: open",
    "uasrm_gui/process/log.py: open",
    # into a draft folder, which takes its name as a whole
    "uasrm_core/training/pairs.py: write_text",
    "uasrm_core/training/pairs.py: write_bytes",
    # into memory
    "uasrm_core/pictures.py: savefig",
    # a lock, which holds nothing to lose
    "uasrm_core/edit/locks.py: open",
}


def writing_calls(path: Path) -> Iterator[str]:
    """Yield the names of the calls in a file that write to a path."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        words = [*node.args, *(keyword.value for keyword in node.keywords)]
        parts = [part for word in words for part in ast.walk(word)]
        texts = [part.value for part in parts if isinstance(part, ast.Constant)]
        modes = [text for text in texts if isinstance(text, str) and len(text) <= 4]
        opens = name == "open" and any(set(mode) & set("wax+") for mode in modes)
        if opens or name in WRITERS:
            yield name


def test_nothing_is_written_but_through_the_gate() -> None:
    found = {
        f"{path.relative_to(package.parent)}: {name}"
        for package in PACKAGES
        for path in package.rglob("*.py")
        if path.parent.name != "writing"
        for name in writing_calls(path)
    }
    assert found == EXCEPTIONS
