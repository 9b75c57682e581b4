"""Write the guide's page of keys from the table of actions: ``python tools/write_keys_page.py``."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

from uasrm_core.writing.gate import write_whole
from uasrm_gui.actions.spec import ActionSpec
from uasrm_gui.actions.table import ACTIONS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "guide" / "keys.md"
HEAD = """# Keys

F1 shows this list in the window. All keys can be changed there (*Change…*), with presets like
Audacity's and RX's. Single keys yield to text entry; Tab and F6 move the focus.

With the mouse: drag selects, Shift+drag adds, Ctrl+drag takes away; the middle button moves the
view; the wheel scrolls, Ctrl+wheel zooms time at the pointer, Ctrl+Shift+wheel frequency
(on the waveform, amplitude).
"""


def page() -> str:
    """Return the page: a table for each menu, its commands in their order."""
    parts = [HEAD]
    shown = [spec for spec in ACTIONS if spec.keys]
    for menu, specs in groupby(shown, key=lambda spec: spec.menu):
        parts.append(f"\n## {_plain(menu)}\n\n| Command | Keys |\n|---|---|\n")
        parts += [f"| {_title(spec)} | {_keys(spec)} |\n" for spec in specs]
    return "".join(parts)


def _title(spec: ActionSpec) -> str:
    return _plain(spec.title.format(**spec.values)).rstrip("…")


def _keys(spec: ActionSpec) -> str:
    return ", ".join(f"`{key}`" for key in spec.keys)


def _plain(text: str) -> str:
    return re.sub("&(?!&)", "", text)


if __name__ == "__main__":
    write_whole(PAGE, page().encode())
    sys.exit(0)
