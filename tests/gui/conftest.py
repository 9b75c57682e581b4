"""A window without a screen, a sound device and questions that tests control, and an editor."""

from __future__ import annotations

import os

from uasrm_core.translation import tr

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.gui.gestures import clip_of, wait_until_drawn
from tests.gui.reviewing import DETECTIONS
from uasrm_core import api as core_api
from uasrm_core.audio.clip import Patch
from uasrm_core.inpainting.job import Candidate, RegionOutcome, RepairResult
from uasrm_gui.background.jobs import JobRunner
from uasrm_gui.dialogs.questions import Answer, Patience
from uasrm_gui.editor.view import EditorView
from uasrm_gui.main_window import MainWindow
from uasrm_gui.settings import SettingsStore
from uasrm_gui.sound.device import NO_DEVICE, NoOutputError, OutputError
from uasrm_gui.sound.player import Player
from uasrm_gui.state.document import Document
from uasrm_gui.tabs import TabbedWindow
from uasrm_gui.theme import DARK
from uasrm_gui.window.appearance import wear

PATIENCE_MS = 180_000
# What the device that tests play on asks for at once.
ASKED_FRAMES = 256


class FakeStream:
    """Asks for sound from a thread of its own, faster than real time, and keeps what it gets.

    It waits for sound that is not ready yet: what it gets does not tell how busy the machine is.
    """

    def __init__(self, rate: int, channels: int, *, speed: float, name: str = "Fake") -> None:
        self.name = name
        self.underruns = 0
        self.rate = rate
        self.channels = channels
        self.latency_s = 0.0
        self.active = False
        self.blocks: list[np.ndarray] = []
        self.closed = threading.Event()
        self._speed = speed

    def start(self, fill) -> None:
        self.active = True
        threading.Thread(target=self._ask, args=(fill,), daemon=True).start()

    def unplug(self) -> None:
        self.active = False

    def close(self) -> None:
        self.active = False
        self.closed.set()

    @property
    def samples(self) -> np.ndarray:
        return np.concatenate(self.blocks) if self.blocks else np.zeros((0, self.channels))

    def _ask(self, fill) -> None:
        ring = fill.__self__
        while self.active:
            if ring.ended or ring.written - ring.read >= ASKED_FRAMES:
                block = np.full((ASKED_FRAMES, self.channels), 9.0, np.float32)
                fill(block)
                self.blocks.append(block)
            self.closed.wait(ASKED_FRAMES / self.rate / self._speed)


class FakeOutput:
    """A device that takes what it is told to take."""

    def __init__(self) -> None:
        self.rate: int | None = None
        self.channels: int | None = None
        self.speed = 2.0
        self.problem: OutputError | None = None
        self.devices = ["Fake"]
        self.busy: set[str] = set()
        self.wait = threading.Event()
        self.wait.set()
        self.streams: list[FakeStream] = []
        self.requests: list[object] = []

    def __call__(self, request):
        self.requests.append(request)
        if self.problem is not None:
            raise self.problem
        self.wait.wait(20)
        rate, channels = self.rate or request.rate, self.channels or request.channels
        usable = [name for name in self.devices if name not in request.avoid]
        if not usable:
            raise NoOutputError(NO_DEVICE)
        name = request.device if request.device in usable else usable[0]
        if name in self.busy:
            raise OutputError(f"The sound device {name} cannot be used at present.", name)
        stream = FakeStream(rate, channels, speed=self.speed, name=name)
        self.streams.append(stream)
        return stream


class FakeQuestions:
    """Answers at once, and counts how often it was asked."""

    def __init__(self) -> None:
        self.answer = Answer.CANCEL
        self.patience = Patience.STOP
        self.path = None
        self.asked: list[str] = []

    def ask_unsaved(self, parent, name, sentence):
        self.asked.append(sentence)
        return self.answer

    def ask_unfinished(self, parent, title):
        self.asked.append(title)
        return self.patience

    def file_to_open(self, parent, folder):
        return self.path

    def session_to_save(self, parent, proposal):
        return self.path

    def labels_to_read(self, parent, folder):
        return self.path

    def log_to_write(self, parent, proposal):
        return self.path

    def labels_to_write(self, parent, proposal):
        return self.path

    def may_discard(self, parent, name):
        self.asked.append(name)
        return self.answer is Answer.DISCARD

    def wants_copy(self, parent, sentence):
        self.asked.append(sentence)
        return self.path is not None

    def source_to_locate(self, parent, sentence, folder):
        self.asked.append(sentence)
        return self.path


def silencing_repair(job, progress) -> RepairResult:
    """Repair by silence: quick, and easy to tell from what was there."""
    outcomes = []
    for number, region in enumerate(job.regions):
        progress.report(
            number / len(job.regions),
            tr("Repairing {number} of {count}", number=number + 1, count=len(job.regions)),
        )
        channels = region.channel_indices(job.clip.channels)
        patch = Patch(
            region.start_frame, channels, np.zeros((len(channels), region.frames), np.float32)
        )
        candidate = Candidate("silence", patch, 0.0)
        outcomes.append(RegionOutcome(region, (candidate,)))
        progress.on_part(candidate if job.compare else outcomes[-1])
    return RepairResult(tuple(outcomes))


class PatientBot(QtBot):
    """Waits for what must come however busy the machine is, and fails only where it never does."""

    def waitUntil(self, callback, *, timeout=PATIENCE_MS):
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal, *, timeout=PATIENCE_MS, **options):
        return super().waitSignal(signal, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp, request) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def collect_in_this_thread():
    """Let no other thread take apart what is left of a window, as the program does."""
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture
def fake_api() -> SimpleNamespace:
    """Return the core's calls, with a repair that needs no engine; tests replace what they like."""
    calls = {name: getattr(core_api, name) for name in core_api.__all__}
    return SimpleNamespace(
        **calls | {"repair": silencing_repair, "load_engines": lambda progress, **chosen: None}
    )


@pytest.fixture
def output(monkeypatch) -> FakeOutput:
    # on a busy machine the threads of a test may wait for each other longer than for a device
    monkeypatch.setattr("uasrm_gui.sound.playback_thread.STALL_S", PATIENCE_MS / 1000)
    monkeypatch.setattr("uasrm_gui.sound.player.OPENING_S", PATIENCE_MS / 1000)
    return FakeOutput()


@pytest.fixture
def questions() -> FakeQuestions:
    return FakeQuestions()


@pytest.fixture
def settings(tmp_path, qapp) -> SettingsStore:
    return SettingsStore(tmp_path / "settings" / "settings.json")


@pytest.fixture
def runner(qapp):
    runner = JobRunner()
    yield runner
    runner.close()


@pytest.fixture
def document(runner, fake_api) -> Document:
    return Document(runner, api=fake_api)


@pytest.fixture
def make_window(qtbot, output, questions, settings, runner) -> Callable[..., MainWindow]:
    """Return a maker of windows over some api; they are closed without a question."""

    def make(api, *, journals=None) -> MainWindow:
        runners = [runner]

        def make_page(tabs) -> MainWindow:
            own = runners.pop() if runners else JobRunner()
            document = Document(own, api=api)
            player = Player(output)
            return MainWindow(
                document, own, player, settings, tabs, questions=questions, journals=journals
            )

        window = TabbedWindow(make_page, settings)
        # the screen that is none is smaller than any that people have
        window.resize(1280, 800)

        def close_quietly(widget) -> None:
            questions.answer = Answer.DISCARD
            widget.close()

        qtbot.addWidget(window, before_close_func=close_quietly)
        window.show()
        qtbot.waitExposed(window)
        return window.page

    return make


@pytest.fixture
def window(make_window, fake_api) -> MainWindow:
    return make_window(fake_api)


@pytest.fixture
def opened(window, qtbot, music_like, wav_file) -> MainWindow:
    """Return a window with two seconds of stereo music open."""
    path = wav_file(music_like(2.0), subtype="PCM_16")
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(path)
    return window


@pytest.fixture
def dressed(qapp):
    """Give all widgets fonts and paddings as the program has them."""
    style, palette, font = qapp.style().name(), qapp.palette(), qapp.font()
    qapp.setStyle("Fusion")
    wear(qapp, DARK)
    yield
    qapp.setStyleSheet("")
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.fixture
def editor(qtbot) -> EditorView:
    view = EditorView()
    qtbot.addWidget(view, before_close_func=EditorView.shutdown)
    view.resize(900, 600)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def shown(editor, qtbot, music_like) -> EditorView:
    """Return an editor with four seconds of stereo, all of it drawn."""
    editor.set_clip(clip_of(music_like(4.0)))
    wait_until_drawn(editor, qtbot)
    return editor


@pytest.fixture
def reviewed(opened: MainWindow, fake_api: SimpleNamespace, qtbot: QtBot) -> MainWindow:
    """Return a window whose recording was looked through with these detections."""
    fake_api.detect = lambda clip, settings, progress: DETECTIONS
    opened.action_set["detect"].trigger()
    qtbot.waitUntil(lambda: opened.review.has_looked)
    return opened


@pytest.fixture
def repaired(reviewed: MainWindow, qtbot: QtBot) -> MainWindow:
    """Return a window whose first detection is repaired, and looked at again."""
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.accept"].trigger()
    with qtbot.waitSignal(reviewed.document.repairs.done):
        reviewed.action_set["find.repair"].trigger()
    reviewed.action_set["find.previous"].trigger()
    return reviewed


@pytest.fixture
def said(opened: MainWindow) -> list[str]:
    """Return all sentences that the document tells."""
    sentences: list[str] = []
    opened.document.noticed.connect(lambda notice: sentences.append(notice.text))
    return sentences


@pytest.fixture
def other(wav_file: Callable[..., Path], tone: Callable[..., np.ndarray]) -> Path:
    """Return another recording than the one that is open."""
    return wav_file(tone(seconds=1.0), name="other.wav")
