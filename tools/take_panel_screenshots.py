"""Take the guide's pictures of the panels: ``python tools/take_panel_screenshots.py [FOLDER]``.

Opens the bundled recording in the real window, on the display or on none, and takes each panel
with something in it: regions, detections, candidates, history, display, the bars of tools and of
playback. The pictures go to docs/screenshots, or the folder given. Needs Debian's imagemagick.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QToolBar, QWidget
from walk_window import open_window, rest

ROOT = Path(__file__).resolve().parents[1]
SIZE = 1280, 800
PATIENCE_S = 120.0
# Rows of the demo's regions: half a second lost, and 60 ms.
LONG_DROPOUT, SHORT_DROPOUT = 1, 4


def main() -> int:
    """Open, work through the panels, take each."""
    parser = argparse.ArgumentParser(description="Take the guide's pictures of the panels.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "screenshots")
    parser.add_argument("--only", choices=[*PARTS], action="append", help="this one (all)")
    options = parser.parse_args()
    target = options.folder
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="uasrm-panels-") as name:
        target.mkdir(parents=True, exist_ok=True)
        desk = Desk(Path(name), target)
        for part in options.only or PARTS:
            PARTS[part](desk)
        desk.close()
    return 0


class Desk:
    """The window with the demo in it."""

    def __init__(self, folder: Path, target: Path) -> None:
        self._folder, self._target = folder, target
        self._window = open_window(folder, None)
        self._window.window().resize(*SIZE)
        self._settle()

    def take_regions(self) -> None:
        """Take the list of regions, one picked."""
        self._window.document.selection.pick_rows([LONG_DROPOUT])
        self._panel("regions", self._window.regions)

    def take_bars(self) -> None:
        """Take the bars of tools and of playback."""
        self._settle()
        for name in ("tools", "transport"):
            for bar in self._window.findChildren(QToolBar, name):
                self._picture(bar, f"bar-{name}")

    def take_history(self) -> None:
        """Take the history with two repairs."""
        for row in (LONG_DROPOUT, SHORT_DROPOUT):
            self._window.document.selection.pick_rows([row])
            self._do("repair")
        self._panel("history", self._window.history)

    def take_candidates(self) -> None:
        """Take what every method makes of a dropout."""
        self._window.document.selection.pick_rows([SHORT_DROPOUT])
        self._do("compare")
        self._picture(self._window.compare, "panel-compare")

    def take_detections(self) -> None:
        """Take the detections of a search, one accepted."""
        for action in ("detect", "find.next", "find.accept"):
            self._do(action)
        tried = self._window.detections.picture
        self._wait(lambda: tried.preview is not None and tried.preview.after is not None)
        self._panel("review", self._window.detections)

    def take_display(self) -> None:
        """Take the settings of the picture."""
        self._panel("display", self._window.display)

    def close(self) -> None:
        """Close the window."""
        self._window.tabs.close()
        self._wait(lambda: not self._window.isVisible())

    def _do(self, action: str) -> None:
        self._window.action_set[action].trigger()
        self._settle()

    def _panel(self, name: str, panel: QWidget) -> None:
        self._window.show_panel(name)
        self._settle()
        self._picture(panel, f"panel-{name}")

    def _picture(self, widget: QWidget, name: str) -> None:
        """Take a part of the window, with few colours so that it stays small."""
        full, target = self._folder / "full.png", self._target / f"{name}.png"
        widget.grab().save(str(full))
        few = ["-strip", "+dither", "-colors", "128", f"PNG8:{target}"]
        subprocess.run(["convert", str(full), *few], check=True)
        print(target)  # noqa: T201

    def _settle(self) -> None:
        rest(200)
        ready = self._window.editor.is_complete
        self._wait(lambda: self._window.runner.current is None and ready())
        rest(300)

    def _wait(self, ready: Callable[[], bool]) -> None:
        until = time.perf_counter() + PATIENCE_S
        while not ready():
            if time.perf_counter() > until:
                raise TimeoutError("the window did not get ready")
            rest(20)


PARTS = {
    "regions": Desk.take_regions,
    "bars": Desk.take_bars,
    "candidates": Desk.take_candidates,
    "finds": Desk.take_detections,
    "history": Desk.take_history,
    "display": Desk.take_display,
}


if __name__ == "__main__":
    sys.exit(main())
