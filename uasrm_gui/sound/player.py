"""Hearing the recording: original or repaired, switched without stopping."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from uasrm_core.audio.clip import AudioClip
from uasrm_gui.sound.device import Output, OutputRequest
from uasrm_gui.sound.performance import Performance
from uasrm_gui.sound.program import Program, Version

log = logging.getLogger(__name__)

POLL_MS = 30


class Player(QObject):
    """What the transport bar speaks to.

    `playing_changed` tells whether sound is on, `moved` the frame heard, `failed` a sentence.
    `silent_changed` tells whether there is nothing to play on; the sentence for that comes once.
    """

    playing_changed = Signal(bool)
    moved = Signal(int)
    failed = Signal(str)
    silent_changed = Signal(bool)
    version_changed = Signal()

    def __init__(self, output: Output, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._output = output
        self._performance: Performance | None = None
        self._version = Version.REPAIRED
        self._device = ""
        self._latency = "medium"
        self._told_silent = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_playing(self) -> bool:
        """Whether sound is on, or about to be."""
        return self._performance is not None

    @property
    def version(self) -> Version:
        """Which version is heard."""
        return self._version

    def play(self, program: Program, *, loop: bool = False) -> None:
        """Play, in place of what is being played, the version that is chosen."""
        self._silence()
        program = replace(program, version=self._version)
        request = OutputRequest(
            program.rate_in, program.repaired.channels, self._device, self._latency
        )
        self._performance = Performance(self._output, request, program, loop=loop)
        self._performance.start()
        self._timer.start()
        self.playing_changed.emit(True)

    def choose_device(self, name: str, latency: str) -> None:
        """Choose where the next play goes; see `OutputRequest`."""
        self._device, self._latency = name, latency

    def stop(self) -> None:
        """Stop."""
        if self._performance is not None:
            self._silence()
            self.playing_changed.emit(False)

    def set_loop(self, loop: bool) -> None:
        """Start over at the end, or not; takes effect while playing."""
        if self._performance is not None:
            self._performance.set_loop(loop)

    def listen_to(self, version: Version) -> None:
        """Choose the version that is heard; takes effect while playing."""
        self._change(lambda program: replace(program, version=version))
        if version is not self._version:
            self._version = version
            self.version_changed.emit()

    def set_repaired(self, clip: AudioClip) -> None:
        """Go on with the recording as it now is."""
        self._change(lambda program: replace(program, repaired=clip))

    def close(self) -> None:
        """Stop, and wait a moment for the device to be let go."""
        performance = self._performance
        self.stop()
        if performance is not None:
            performance.join(1.0)

    def _change(self, change: Callable[[Program], Program]) -> None:
        if self._performance is not None:
            self._performance.change(change)

    def _silence(self) -> None:
        if self._performance is not None:
            self._performance.stop()
            self._performance = None
        self._timer.stop()

    def _poll(self) -> None:
        performance = self._performance
        if performance is None:
            return
        frame = performance.frame
        if frame is not None:
            self.moved.emit(frame)
        if performance.finished:
            if performance.starved:
                log.info("playback: %d frames of silence were inserted", performance.starved)
            self._silence()
            self.playing_changed.emit(False)
            self.silent_changed.emit(performance.silent)
            if performance.problem is not None and not (performance.silent and self._told_silent):
                self.failed.emit(performance.problem)
            self._told_silent = self._told_silent or performance.silent
