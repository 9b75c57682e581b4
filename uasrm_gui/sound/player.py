"""Hearing the recording: one version or another, switched without stopping."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from uasrm_core.translation import mark, tr
from uasrm_gui.sound.device import Output, OutputRequest
from uasrm_gui.sound.playback_plan import PlaybackPlan, Version
from uasrm_gui.sound.playback_thread import PlaybackThread

log = logging.getLogger(__name__)

POLL_MS = 30
OPENING_S = 6.0
NO_ANSWER = mark("The sound device does not answer, so nothing is played.")


class Player(QObject):
    """What the window speaks to.

    `playing_changed` tells whether sound is on, `moved` the frame heard, `level_changed` each
    channel's peak since the last time, `underruns_changed` how often this time the device was not
    given sound in time, `failed` a sentence. `silent_changed` tells whether there is nothing to
    play on; the sentence for that comes once, and so does that for a device which is missing.
    """

    playing_changed = Signal(bool)
    moved = Signal(int)
    level_changed = Signal(object)
    underruns_changed = Signal(int)
    failed = Signal(str)
    silent_changed = Signal(bool)
    version_changed = Signal()

    def __init__(self, output: Output, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._output = output
        self._thread: PlaybackThread | None = None
        self._version = Version.REPAIRED
        self._device = ""
        self._latency = "medium"
        self._told: set[str] = set()
        self._told_silent = False
        self._since = 0.0
        self._underruns = 0
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_playing(self) -> bool:
        """Whether sound is on, or about to be."""
        return self._thread is not None

    @property
    def version(self) -> Version:
        """Which version is heard."""
        return self._version

    @property
    def underruns(self) -> int:
        """How often the device was not given sound in time, since Play was pressed."""
        return self._underruns

    def play(self, plan: PlaybackPlan) -> None:
        """Play, in place of what is being played, the version that is chosen."""
        before = self._silence()
        plan = replace(plan, version=self._version)
        request = OutputRequest(plan.rate_in, plan.repaired.channels, self._device, self._latency)
        self._thread = PlaybackThread(self._output, request, plan, after=before)
        self._thread.start()
        self._since = time.monotonic()
        self._show_underruns(0)
        self._timer.start()
        self.playing_changed.emit(True)

    def choose_device(self, name: str, latency: str) -> None:
        """Choose where the next play goes; see `OutputRequest`."""
        if name != self._device:
            self._told.clear()
        self._device, self._latency = name, latency

    def stop(self) -> None:
        """Stop."""
        if self._thread is not None:
            self._silence()
            self.playing_changed.emit(False)

    def listen_to(self, version: Version) -> None:
        """Choose the version that is heard; takes effect while playing."""
        self.change(version=version)
        if version is not self._version:
            self._version = version
            self.version_changed.emit()

    def change(self, **values: Any) -> None:
        """Change values of the plan while it plays; does nothing while there is no sound."""
        if self._thread is not None:
            self._thread.change(**values)

    def close(self) -> None:
        """Stop, and wait a moment for the device to be let go."""
        thread = self._thread
        self.stop()
        if thread is not None:
            thread.join(1.0)

    def _silence(self) -> PlaybackThread | None:
        before, self._thread = self._thread, None
        if before is not None:
            before.stop()
        self._timer.stop()
        return before

    def _poll(self) -> None:
        thread = self._thread
        if thread is None:
            return
        self._show_underruns(thread.underruns)
        if thread.fallback is not None:
            self._tell_once(thread.fallback)
        level = thread.take_level()
        if level is not None:
            self.level_changed.emit(tuple(level.tolist()))
        frame = thread.frame
        if frame is not None:
            self.moved.emit(frame)
        if thread.finished:
            self._end(thread.problem, silent=thread.silent)
        elif not thread.is_open and time.monotonic() - self._since > OPENING_S:
            # its thread is left to itself, and ends when the device answers after all
            self._end(tr(NO_ANSWER), silent=False)

    def _end(self, problem: str | None, *, silent: bool) -> None:
        if self._underruns:
            log.warning("playback: the device was not given sound in time, %d ×", self._underruns)
        self._silence()
        self.playing_changed.emit(False)
        self.silent_changed.emit(silent)
        if problem is not None and not (silent and self._told_silent):
            self.failed.emit(problem)
        self._told_silent = self._told_silent or silent

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self.failed.emit(sentence)

    def _show_underruns(self, count: int) -> None:
        if count != self._underruns:
            self._underruns = count
            self.underruns_changed.emit(count)
