"""Faults in the window, for `inject_faults`."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from faults_cli import OLD, SAMPLE, fail_call, list_leftovers, make_recording
from inject_faults import GOES_ON, Fault, Outcome

PATIENCE_S = 60.0


class Desk:
    """A window without a screen in which a copy of the bundled recording is open."""

    def __init__(
        self,
        folder: Path,
        *,
        source: Path | None = None,
        journals: Path | None = None,
        **calls: Callable[..., Any],
    ) -> None:
        from PySide6.QtWidgets import QApplication
        from walk_window import Silence

        from uasrm_core import api
        from uasrm_gui.background.jobs import JobRunner
        from uasrm_gui.dialogs.questions import Answer, Questions
        from uasrm_gui.main_window import MainWindow
        from uasrm_gui.settings import SettingsStore
        from uasrm_gui.sound.player import Player
        from uasrm_gui.state.document import Document
        from uasrm_gui.tabs import TabbedWindow

        class Careless(Questions):
            def ask_unsaved(self, parent: object, name: str, sentence: str) -> Answer:
                return Answer.DISCARD

            def wants_copy(self, parent: object, sentence: str) -> bool:
                return False

        self.folder = folder
        self.app = QApplication.instance() or QApplication([])
        self.output = Silence
        self.streams: list[Silence] = []
        known = {name: getattr(api, name) for name in api.__all__}
        runner = JobRunner()
        self.document = Document(runner, api=SimpleNamespace(**known | calls))
        settings = SettingsStore(folder.parent / "settings.json")
        self.tabs = TabbedWindow(
            lambda tabs: MainWindow(
                self.document,
                runner,
                Player(self._open_stream),
                settings,
                tabs,
                questions=Careless(),
                journals=journals,
            ),
            settings,
        )
        self.window = self.tabs.page
        self.said: list[str] = []
        self.document.noticed.connect(lambda notice: self.said.append(notice.text))
        self.tabs.show()
        self.source = source or make_recording(folder)
        self.original = self.source.read_bytes()
        self.open(self.source)

    def _open_stream(self, request: Any) -> Any:
        self.streams.append(self.output(request))
        return self.streams[-1]

    def wait(self, ready: Callable[[], Any]) -> bool:
        """Let the window work until something is so; tell whether it came to be."""
        until = time.monotonic() + PATIENCE_S
        while not ready():
            if time.monotonic() > until:
                return False
            self.app.processEvents()
            time.sleep(0.002)
        return True

    def finish(self, job: Any) -> bool:
        """Let a job end."""
        ended: list[bool] = []
        job.ended.connect(lambda: ended.append(True))
        return self.wait(lambda: ended)

    def open(self, path: Path) -> None:
        """Open a file."""
        self.finish(self.document.files.open(path))
        self.said.clear()

    def repair(self, start_s: float = 2.0, engine: str = "ar") -> bool:
        """Repair 10 ms there."""
        from uasrm_core.audio.region import Region

        rate = self.document.work.info.rate
        start = round(start_s * rate)
        job = self.document.repairs.repair([Region(start, start + rate // 100)], engine)
        return job is not None and self.finish(job)

    def is_alive(self) -> bool:
        """Whether the window still repairs, undoes and redoes."""
        steps = self.document.work.history.cursor
        if not self.repair(7.0) or self.document.work.history.cursor != steps + 1:
            return False
        self.document.work.undo()
        return self.document.work.history.cursor == steps

    def outcome(self, *, kept: bool, alive: bool = True) -> Outcome:
        """Return what came of a fault; whether the window is alive is tried last."""
        said = "\n".join(self.said)
        return Outcome(said or GOES_ON, kept=kept, alive=alive and self.is_alive())


def _has_repair(desk: Desk) -> bool:
    return desk.document.work.history.cursor == 1 and bool(desk.document.work.unsaved)


def fill_disk_while_saving_a_session(folder: Path) -> Outcome:
    """Try this: the disk is full when the session is saved; the older session stays."""
    desk = Desk(folder)
    desk.repair()
    session = folder / "work.uasrm"
    session.write_bytes(OLD)
    with fail_call(2, errno.ENOSPC):
        desk.finish(desk.document.files.save_session(session))
    kept = session.read_bytes() == OLD and _has_repair(desk)
    # the lock says that this window has the place
    return desk.outcome(kept=kept and not list_leftovers(folder, "work.uasrm", ".work.uasrm.lock"))


def fill_disk_while_exporting_in_the_window(folder: Path) -> Outcome:
    """Try this: the disk is full when the repaired recording is exported."""
    desk = Desk(folder)
    desk.repair()
    with fail_call(4, errno.ENOSPC):
        desk.finish(desk.document.files.export(folder / "out.wav", None, overwrite=False))
    return desk.outcome(kept=_has_repair(desk) and not list_leftovers(folder))


def change_recording_while_open(folder: Path) -> Outcome:
    """Try this: another program writes into the recording between a repair and the export."""
    desk = Desk(folder)
    desk.repair()
    with desk.source.open("r+b") as file:
        file.seek(200_000)
        file.write(b"\x7f" * 2000)
    desk.finish(desk.document.files.export(folder / "out.wav", None, overwrite=False))
    said = desk.said[-1:]
    return Outcome(
        "\n".join(said), kept=_has_repair(desk) and not list_leftovers(folder), alive=True
    )


def delete_recording_while_open(folder: Path) -> Outcome:
    """Try this: the recording is deleted, and still repaired, exported and saved."""
    desk = Desk(folder)
    desk.source.unlink()
    desk.repair()
    desk.finish(desk.document.files.export(folder / "out.wav", None, overwrite=False))
    desk.finish(desk.document.files.save_session(folder / "work.uasrm"))
    size = (folder / "out.wav").stat().st_size if (folder / "out.wav").exists() else 0
    kept = size == len(desk.original) and (folder / "work.uasrm").exists()
    desk.said.clear()
    return desk.outcome(kept=kept)


def move_recording_while_open(folder: Path) -> Outcome:
    """Try this: the recording is moved; its session finds it again where it is looked for."""
    desk = Desk(folder)
    desk.source.rename(folder / "moved.wav")
    desk.repair()
    desk.finish(desk.document.files.save_session(folder / "work.uasrm"))
    kept = (folder / "work.uasrm").exists() and desk.document.work.unsaved is None
    desk.said.clear()
    return desk.outcome(kept=kept)


def unplug_device_while_playing(folder: Path) -> Outcome:
    """Try this: the sound device goes, and there is no other."""
    from uasrm_gui.sound.device import NO_DEVICE, NoOutputError

    desk = Desk(folder)
    desk.repair()
    desk.window.playback.play()
    desk.wait(lambda: desk.streams and desk.streams[0].active)

    def gone(request: Any) -> Any:
        raise NoOutputError(NO_DEVICE)

    desk.output = gone
    desk.streams[0].active = False
    desk.wait(lambda: not desk.window.player.is_playing)
    told = desk.window.message.text
    return Outcome(told or GOES_ON, kept=_has_repair(desk), alive=desk.is_alive())


def run_an_engine_that_raises(folder: Path) -> Outcome:
    """Try this: a repair ends in an error that nobody thought of."""
    return _fail_once(folder, ZeroDivisionError("not thought of"))


def run_out_of_memory_during_a_repair(folder: Path) -> Outcome:
    """Try this: there is no memory for a repair."""
    return _fail_once(folder, MemoryError())


def _fail_once(folder: Path, error: Exception) -> Outcome:
    from uasrm_core import api

    waiting = [error]

    def repair(job: Any, progress: Any) -> Any:
        if desk.document.work.history.cursor == 1 and waiting:
            raise waiting.pop()
        return api.repair(job, progress)

    desk = Desk(folder, repair=repair)
    desk.repair()
    desk.repair(4.0)
    return desk.outcome(kept=_has_repair(desk))


def run_an_engine_that_hangs(folder: Path) -> Outcome:
    """Try this: a repair hears no cancel; what comes after it is done all the same."""
    from uasrm_core import api

    never = threading.Event()

    def repair(job: Any, progress: Any) -> Any:
        if desk.document.work.history.cursor == 1 and not never.is_set():
            hangs.set()
            never.wait()
        return api.repair(job, progress)

    hangs = threading.Event()
    desk = Desk(folder, repair=repair)
    desk.repair()
    from uasrm_core.audio.region import Region

    job = desk.document.repairs.repair([Region(200_000, 200_400)], "ar")
    desk.wait(hangs.is_set)
    job.cancel()
    desk.wait(lambda: desk.window.runner.current is None)
    never.set()
    return desk.outcome(kept=_has_repair(desk))


def set_clock_back(folder: Path) -> Outcome:
    """Try this: the system's clock jumps back by a day between two repairs."""
    desk = Desk(folder)
    desk.repair()
    real = time.time
    time.time = lambda: real() - 86400.0
    try:
        desk.repair(4.0)
        desk.finish(desk.document.files.save_session(folder / "work.uasrm"))
    finally:
        time.time = real
    desk.said.clear()
    kept = desk.document.work.history.cursor == 2 and (folder / "work.uasrm").exists()
    return desk.outcome(kept=kept)


def open_another_recording_during_a_repair(folder: Path) -> Outcome:
    """Try this: the next file is opened while a repair runs: nothing of it reaches that file."""
    from uasrm_core import api
    from uasrm_core.audio.region import Region

    go_on = threading.Event()

    def repair(job: Any, progress: Any) -> Any:
        go_on.wait(PATIENCE_S)
        return api.repair(job, progress)

    desk = Desk(folder, repair=repair)
    other = Path(shutil.copy(SAMPLE, folder / "other.wav"))
    desk.document.repairs.repair([Region(88_200, 88_640)], "ar")
    job = desk.document.files.open(other)
    go_on.set()
    desk.finish(job)
    desk.wait(lambda: desk.window.runner.current is None)
    kept = desk.document.work.path == other and desk.document.work.history.cursor == 0
    return desk.outcome(kept=kept)


def open_a_file_that_is_no_recording(folder: Path) -> Outcome:
    """Try this: a file of random bytes is opened over unsaved work."""
    desk = Desk(folder)
    desk.repair()
    odd = folder / "odd.flac"
    odd.write_bytes(b"fLaC" + os.urandom(5000))
    desk.finish(desk.document.files.open(odd))
    kept = desk.document.work.path == desk.source and _has_repair(desk)
    return desk.outcome(kept=kept)


FAULTS: tuple[Fault, ...] = (
    fill_disk_while_saving_a_session,
    fill_disk_while_exporting_in_the_window,
    change_recording_while_open,
    delete_recording_while_open,
    move_recording_while_open,
    unplug_device_while_playing,
    run_an_engine_that_raises,
    run_out_of_memory_during_a_repair,
    run_an_engine_that_hangs,
    set_clock_back,
    open_another_recording_during_a_repair,
    open_a_file_that_is_no_recording,
)
