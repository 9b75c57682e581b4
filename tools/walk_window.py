"""Walk through the window at random: ``python tools/walk_window.py [--events N] [--seed S]``.

Opens a recording (the bundled one unless told otherwise) in the real window, without a screen or on
the display if there is one, and clicks, drags, turns the wheel, types and resizes: event number n
of a seed is always the same. Commands that ask for a file, leave the program or start another are
kept out, other dialogs are closed as they come. Prints what was done, every exception, every
warning of Qt's and every failed job with the event that brought it about, and the memory, see
`walk_memory`; ends with 1 if there was any such thing, or if the memory grew past its bounds.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QEventLoop,
    QObject,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication, QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid
from walk_memory import Memory

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[1]
KEPT_OUT = (
    "quit",
    "close",
    "open",
    "save",
    "save_as",
    "labels.import",
    "labels.export",
    "log.export",
    "log",
)
# What a screen that is none says of itself, and QTest of a pointer beyond the edge.
HARMLESS = ("This plugin does not support", "Mouse event at")
KINDS = {"click": 24, "double click": 4, "drag": 26, "wheel": 20, "key": 24, "resize": 2}
MODIFIERS = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
BUTTONS = (
    *[Qt.MouseButton.LeftButton] * 8,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)
PLAIN_KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home),
    *(Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Tab, Qt.Key.Key_Return),
    *(Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F6),
    *(Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Menu),
)
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,[]"
STUCK_MS = 150
WARM_UP = 0.25
WAITING_JOBS = 2
LOOKS = 20


def main() -> int:
    """Walk, print, and tell by the exit code whether all went well."""
    parser = argparse.ArgumentParser(description="Walk through the window at random.")
    parser.add_argument("--events", type=int, default=20_000, help="how many events (20000)")
    parser.add_argument("--seed", type=int, default=1, help="which walk (1)")
    parser.add_argument("--file", type=Path, help="a recording to open instead of the bundled one")
    options = parser.parse_args()
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="uasrm-walk-") as name:
        watch = Watch()
        window = open_window(Path(name), options.file)
        walk = Walk(window, watch, options.seed)
        began = time.perf_counter()
        memory = walk_and_measure(walk, options.events)
        taken = time.perf_counter() - began
        walk.end()
    print(f"seed {options.seed}: {options.events} events in {taken:.0f} s")  # noqa: T201
    print(", ".join(f"{walk.done[kind]} × {kind}" for kind in KINDS))  # noqa: T201
    print(f"{walk.closed} dialogs closed")  # noqa: T201
    print(memory.text())  # noqa: T201
    problems = watch.problems + memory.problems
    print("\n".join(problems) or "nothing went wrong")  # noqa: T201
    return 1 if problems else 0


class Watch(logging.Handler):
    """Notes whatever goes wrong, and at which event."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.event = 0
        self.problems: list[str] = []
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = lambda kind, error, trace: self._add(
            "".join(traceback.format_exception(kind, error, trace))
        )
        threading.excepthook = lambda what: self._add(
            "".join(traceback.format_exception(what.exc_value))
        )
        self._qt = qInstallMessageHandler(self._on_qt)
        logging.getLogger().addHandler(self)

    def stop(self) -> None:
        """Let others hear of what goes wrong."""
        sys.excepthook, threading.excepthook = self._hooks
        qInstallMessageHandler(self._qt)
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Note what the program itself took for an error."""
        self._add(logging.Formatter("%(name)s: %(message)s").format(record))

    def _on_qt(self, kind: QtMsgType, context: Any, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not text.startswith(
            HARMLESS
        ):
            self._add(f"Qt: {text}")

    def _add(self, text: str) -> None:
        problem = f"event {self.event}: {text}"
        self.problems.append(problem)
        print(problem, file=sys.stderr, flush=True)  # noqa: T201


class Walk:
    """A user who does anything at all.

    Parameters
    ----------
    window
        Where; a recording is open in it.
    watch
        What is told the number of each event.
    seed
        Which walk it is.
    """

    def __init__(self, window: MainWindow, watch: Watch, seed: int) -> None:
        self.window = window
        self.done: Counter[str] = Counter()
        self.closed = 0
        self._watch = watch
        self._seed = seed
        self._seen = -1
        self._door = Door(window.window())
        for name in KEPT_OUT:
            # an action that is not shown has no key either
            window.action_set[name].setVisible(False)
        self._impatience = QTimer(window)
        self._impatience.timeout.connect(self._free_what_is_stuck)
        self._impatience.start(STUCK_MS)

    def step(self, number: int) -> None:
        """Do event `number` and let the window answer."""
        self._watch.event = number
        chance = random.Random(f"{self._seed}/{number}")
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        self.done[kind] += 1
        if kind == "resize":
            self.window.window().resize(chance.randrange(800, 1700), chance.randrange(500, 1000))
        elif kind == "key":
            self._type(chance)
        elif kind == "wheel":
            self._turn_wheel(chance)
        else:
            self._use_pointer(kind, chance)
        QApplication.processEvents()
        self._close_dialogs(with_popups=number % 4 == 0)
        if self.window.runner.waiting > WAITING_JOBS:
            self.window.runner.cancel_all()

    def end(self) -> None:
        """Leave, as one who wants to keep nothing."""
        self._impatience.stop()
        self._close_dialogs(with_popups=True)
        self._door.open = True
        self.window.window().close()
        QApplication.processEvents()
        self._watch.stop()

    def _place(self, chance: random.Random) -> tuple[QWidget, QPoint]:
        """Return a window and a place in it: mostly in the editor, wherever that is by now."""
        popup = QApplication.activePopupWidget()
        in_editor, across, down = chance.random() < 0.6, chance.random(), chance.random()
        part: QWidget = popup or (self.window.editor if in_editor else self.window)
        # a little beyond every edge, too
        width, height = part.width(), part.height()
        local = QPoint(round(width * (1.1 * across - 0.05)), round(height * (1.1 * down - 0.05)))
        top = part.window()
        return top, part.mapTo(top, local)

    def _handle(self, top: QWidget) -> QWindow:
        # a menu may be gone by the second half of a gesture
        there = isValid(top) and top.isVisible()
        return (top if there else self.window.window()).windowHandle()

    def _use_pointer(self, kind: str, chance: random.Random) -> None:
        top, place = self._place(chance)
        button, modifiers = chance.choice(BUTTONS), chance.choice(MODIFIERS)
        QTest.mouseMove(self._handle(top), place)
        if kind == "click":
            QTest.mousePress(self._handle(top), button, modifiers, place)
            QTest.mouseRelease(self._handle(top), button, modifiers, place)
        elif kind == "double click":
            QTest.mouseDClick(self._handle(top), button, modifiers, place)
        else:
            QTest.mousePress(self._handle(top), button, modifiers, place)
            reach = chance.choice((4, 40, 400, 1600))
            for _ in range(chance.randrange(1, 6)):
                place += QPoint(chance.randint(-reach, reach), chance.randint(-reach, reach) // 3)
                QTest.mouseMove(self._handle(top), place)
            QTest.mouseRelease(self._handle(top), button, modifiers, place)

    def _turn_wheel(self, chance: random.Random) -> None:
        top, place = self._place(chance)
        modifiers, turn = chance.choice(MODIFIERS), 120 * chance.choice((-3, -1, 1, 3))
        under = top.childAt(place) or top
        event = QWheelEvent(
            QPointF(under.mapFrom(top, place)),
            QPointF(top.mapToGlobal(place)),
            QPoint(),
            QPoint(0, turn) if chance.random() < 0.8 else QPoint(turn, 0),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(under, event)

    def _type(self, chance: random.Random) -> None:
        popup = QApplication.activePopupWidget()
        top = popup or self.window.window()
        if chance.random() < 0.5:
            key: Any = chance.choice(PLAIN_KEYS)
        else:
            key = chance.choice(LETTERS)
        modifiers = chance.choice(MODIFIERS)
        if popup is not None:
            # QTest presses Alt by itself first, closing the menu that then is to get the key
            modifiers = Qt.KeyboardModifier.NoModifier
        # Two halves, for what the press closes is not there any more for the release.
        QTest.keyPress(self._handle(top), key, modifiers)
        QTest.keyRelease(self._handle(top), key, modifiers)

    def _close_dialogs(self, *, with_popups: bool) -> None:
        if with_popups:
            while (popup := QApplication.activePopupWidget()) is not None:
                popup.close()
        while (dialog := QApplication.activeModalWidget()) is not None:
            self.closed += 1
            dialog.close()
            dialog.hide()
            QApplication.processEvents()

    def _free_what_is_stuck(self) -> None:
        # a dialog or a menu with a loop of its own keeps the event from returning
        if self._seen == self._watch.event:
            self._close_dialogs(with_popups=True)
        self._seen = self._watch.event


class Door(QObject):
    """Keeps the window from being closed while it is shut."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.open = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow what would close the window."""
        return event.type() == QEvent.Type.Close and not self.open


def walk_and_measure(walk: Walk, events: int) -> Memory:
    """Walk, and look at the memory now and then."""
    memory = Memory(walk.window)
    every = max(events // LOOKS, 1)
    for number in range(events):
        walk.step(number)
        if (number + 1) % every == 0:
            memory.take(warm=number >= WARM_UP * events)
            print(f"{number + 1}: {memory.now()}", file=sys.stderr, flush=True)  # noqa: T201
    return memory


def rest(milliseconds: int) -> None:
    """Let the window work for a while; Qt's own qWait would keep Python's other threads out."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def open_window(folder: Path, file: Path | None) -> MainWindow:
    """Return the window with a recording open in it, as the program makes it."""
    from uasrm_gui.background.jobs import JobRunner
    from uasrm_gui.dialogs.questions import Answer, Patience, Questions
    from uasrm_gui.main_window import MainWindow
    from uasrm_gui.process.garbage import GarbageCollector
    from uasrm_gui.process.memory import give_back_large_blocks
    from uasrm_gui.settings import SettingsStore
    from uasrm_gui.sound.player import Player
    from uasrm_gui.start import dress
    from uasrm_gui.state.document import Document
    from uasrm_gui.tabs import TabbedWindow

    class Careless(Questions):
        def ask_unsaved(self, parent: object, name: str, sentence: str) -> Answer:
            return Answer.DISCARD

        def ask_unfinished(self, parent: object, title: str) -> Patience:
            return Patience.STOP

    give_back_large_blocks()
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    app.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    dress(app)
    GarbageCollector(app)
    runner = JobRunner()
    settings = SettingsStore(folder / "settings.json")
    tabs = TabbedWindow(
        lambda tabs: MainWindow(
            Document(runner), runner, Player(Silence), settings, tabs, questions=Careless()
        ),
        settings,
    )
    window = tabs.page
    tabs.show()
    # on a display without a window manager nothing else gives it the keyboard
    tabs.activateWindow()
    if file is None:
        window.files.open_demo()
    else:
        window.files.open(file)
    repairs = window.document.repairs
    # what the engines take is no growth of the walk's
    while not (QGuiApplication.focusWindow() and window.document.work.clip and repairs.has_engines):
        app.processEvents()
        time.sleep(0.01)
    return window


class Silence:
    """A device that takes sound at the rate at which it is played, and plays none of it."""

    underruns = 0
    latency_s = 0.0
    name = "Silence"
    BLOCK = 1024

    def __init__(self, request: Any) -> None:
        self.rate, self.channels = request.rate, request.channels
        self.active = False

    def start(self, fill: Any) -> None:
        """Begin to ask for sound."""
        self.active = True
        threading.Thread(target=self._ask, args=(fill,), daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self.active = False

    def _ask(self, fill: Any) -> None:
        block = np.zeros((self.BLOCK, self.channels), np.float32)
        while self.active:
            fill(block)
            time.sleep(self.BLOCK / self.rate)


if __name__ == "__main__":
    sys.exit(main())
