"""Write the guide's page of keys from the table of actions: ``python tools/write_keys_page.py``."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from uasrm_core.writing.gate import write_whole
from uasrm_gui.actions.spec import ActionSpec
from uasrm_gui.actions.table import ACTIONS
from uasrm_gui.editor.keys import PICTURE_KEYS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "guide" / "keys.md"
HEAD = """# Keys

F1 shows this list in the window. All keys can be changed there (*Change…*), with presets like
Audacity's and RX's. Single keys yield to text entry; Tab and F6 move the focus.

With the mouse: drag selects, Shift+drag adds, Ctrl+drag takes away; the middle button moves the
view; the wheel scrolls, Ctrl+wheel zooms time at the pointer, Ctrl+Shift+wheel frequency
(on the waveform, amplitude).
"""

FOOT = """
### A box without the mouse

1. Press F6 until the picture has a line around it. Left and Right bring the cursor to the start of
   the damage, with Ctrl in wide steps; Page Up and Page Down turn the page, Up and Down zoom.
2. Shift+Right selects from the cursor on; Ctrl+Shift+Right in wide steps.
3. Shift+Down lowers the upper edge of the band, Alt+Up raises the lower one; with Ctrl in wide
   steps.
4. The arrow keys alone move the selection in time, Alt+Shift+Up and Alt+Shift+Down in frequency.
   R repairs it.

*Channel: All ▾* chooses one channel; Tab reaches it. The edges can be typed as well, in the fields
below the picture. Tab goes to the finds and to the regions above the picture; the arrow keys go
along them, and Space looks at one. Screen readers say its kind, its place and its state.
"""


def page() -> str:
    """Return the page: a table for each menu, its commands in their order."""
    parts = [HEAD]
    shown = [spec for spec in ACTIONS if spec.keys]
    for menu, specs in groupby(shown, key=lambda spec: spec.menu):
        parts.append(f"\n## {_plain(menu)}\n\n| Command | Keys |\n|---|---|\n")
        parts += [f"| {_title(spec)} | {_format_keys(spec.keys)} |\n" for spec in specs]
    parts.append("\n## In the picture\n\n| What it does | Keys |\n|---|---|\n")
    parts += [f"| {words} | {_format_keys(keys.split(', '))} |\n" for keys, words in PICTURE_KEYS]
    return "".join(parts) + FOOT


def _title(spec: ActionSpec) -> str:
    return _plain(spec.title.format(**spec.values)).rstrip("…")


def _format_keys(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _plain(text: str) -> str:
    return re.sub("&(?!&)", "", text)


if __name__ == "__main__":
    write_whole(PAGE, page().encode())
    sys.exit(0)
