"""One press of Play, from opening the device to closing it, in a thread of its own.

The thread prepares blocks ahead into a ring buffer. The device's callback copies from the ring and
counts; where a frame that is heard lies in the recording follows from that count.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from uasrm_gui.sound.device import NoOutputError, Output, OutputError, OutputRequest, Stream
from uasrm_gui.sound.program import FADE_S, Program
from uasrm_gui.sound.ring import Ring

log = logging.getLogger(__name__)

RING_S = 0.5
BLOCK_S = 0.02
# How much of what is prepared is kept when the version is switched: the callback may be busy there.
SAFE_S = 0.06
STALL_S = 2.0
VANISHED = "The sound device stopped answering, so playback has ended."


@dataclass(frozen=True)
class _Stretch:
    """From ring position `ring` on, the programme is heard from its position `program`."""

    ring: int
    program: int


class Performance(threading.Thread):
    """One press of Play: opens the device, feeds it, closes it."""

    def __init__(
        self, output: Output, request: OutputRequest, program: Program, *, loop: bool
    ) -> None:
        super().__init__(name="playback", daemon=True)
        self._output = output
        self._request = request
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._stop_wanted = False
        self._loop = loop
        self._program = program
        self._next = program
        self._ring: Ring | None = None
        self._stretches: list[_Stretch] = []
        self._latency_frames = 0
        self.finished = False
        self.problem: str | None = None
        self.silent = False

    # asked by the window

    def stop(self) -> None:
        """End soon."""
        self._stop_wanted = True
        self._wake.set()

    def set_loop(self, loop: bool) -> None:
        """Start over at the end, or not."""
        with self._lock:
            self._loop = loop
        self._wake.set()

    def change(self, change: Callable[[Program], Program]) -> None:
        """Go on with another version or other repairs, crossfading from the present ones."""
        with self._lock:
            self._next = change(self._next)
        self._wake.set()

    @property
    def frame(self) -> int | None:
        """The frame of the recording that is heard now."""
        ring, program = self._ring, self._program
        if ring is None:
            return None
        heard = max(ring.read - self._latency_frames, 0)
        with self._lock:
            stretches = self._stretches[:]
        for stretch in reversed(stretches):
            if stretch.ring <= heard:
                return program.frame_at(stretch.program + heard - stretch.ring)
        return program.frame_at(0)

    @property
    def starved(self) -> int:
        """Frames of silence the device was given because none were ready."""
        return 0 if self._ring is None else self._ring.starved

    # the thread

    def run(self) -> None:
        try:
            self._perform()
        except OutputError as error:
            self.problem, self.silent = str(error), isinstance(error, NoOutputError)
        except Exception:
            log.exception("playback failed")
            self.problem = "Playback failed; the details are in the log file."
        finally:
            self.finished = True

    def _perform(self) -> None:
        stream = self._output(self._request)
        try:
            with self._lock:
                fitted = replace(self._next, rate_out=stream.rate, channels_out=stream.channels)
                self._program = self._next = fitted
            self._latency_frames = round(stream.latency_s * stream.rate)
            ring = self._ring = Ring(round(RING_S * stream.rate), stream.channels)
            self._feed(stream, ring)
        finally:
            stream.close()

    def _feed(self, stream: Stream, ring: Ring) -> None:
        program = self._program
        block = round(BLOCK_S * stream.rate)
        position = 0
        self._begin_stretch(0, 0)
        started = False
        watch = _Watch()
        while not self._stop_wanted:
            with self._lock:
                loop, wanted = self._loop, self._next
            if wanted is not program:
                position = self._switch(ring, program, wanted, position, stream.rate)
                program = self._program = wanted
            if loop and position >= program.frames:
                position = 0
                self._begin_stretch(ring.written, 0)
            count = min(block, program.frames - position)
            if count > 0 and ring.room >= count:
                ring.write(program.render(position, count))
                position += count
                if started:
                    continue
            if not started and (ring.room < block or position >= program.frames):
                stream.start(ring.fill)
                started = True
                watch.restart(ring.read)
            if started and position >= program.frames and ring.read >= ring.written:
                time.sleep(stream.latency_s)
                return
            if started and watch.has_stalled(stream, ring.read):
                raise OutputError(VANISHED)
            if started:
                self._wake.wait(BLOCK_S / 2)
                self._wake.clear()

    def _switch(self, ring: Ring, old: Program, new: Program, position: int, rate: int) -> int:
        """Prepare again what is not yet about to be heard, from the old programme to the new."""
        keep = ring.read + round(SAFE_S * rate)
        back = min(max(ring.written - keep, 0), ring.written - self._stretches[-1].ring, position)
        position -= back
        fade = min(round(FADE_S * rate), new.frames - position)
        rise = np.linspace(0.0, 1.0, fade, dtype=np.float32)[:, np.newaxis]
        mixed = old.render(position, fade) * (1 - rise) + new.render(position, fade) * rise
        ring.rewind(ring.written - back)
        if ring.room < fade:
            return position
        ring.write(mixed)
        return position + fade

    def _begin_stretch(self, ring: int, program: int) -> None:
        with self._lock:
            self._stretches = [*self._stretches[-8:], _Stretch(ring, program)]


class _Watch:
    """Notices a device that no longer asks for sound."""

    def __init__(self) -> None:
        self.restart(0)

    def restart(self, read: int) -> None:
        self._read, self._since = read, time.monotonic()

    def has_stalled(self, stream: Stream, read: int) -> bool:
        if read != self._read:
            self.restart(read)
        return not stream.active or time.monotonic() - self._since > STALL_S
