"""One press of Play, from opening the device to closing it, in a thread of its own.

The thread prepares blocks ahead into a ring buffer. The device's callback copies from the ring and
counts; where a frame that is heard lies in the recording follows from that count.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from uasrm_core.translation import mark, tr
from uasrm_gui.sound.device import NoOutputError, Output, OutputError, OutputRequest, Stream
from uasrm_gui.sound.playback_plan import FADE_S, PlaybackPlan
from uasrm_gui.sound.ring import Ring

log = logging.getLogger(__name__)

RING_S = 0.5
BLOCK_S = 0.02
# How much of what is prepared is kept when something is switched: the device may be busy there.
SAFE_S = 0.04
# So much of what is switched to is prepared before it takes the place of the old.
READY_S = 0.1
# How long a thread may keep Python's lock while another, such as the device's, waits for it.
TURN_S = 0.001
# longer than a busy computer ever lets a device wait
STALL_S = 4.0
PREDECESSOR_S = 2.0
VANISHED = mark("The sound device {device} stopped answering.")
NO_OTHER = mark("There is no other to play on.")
INSTEAD = mark("{device} is used instead.")
MISSING = mark("The sound device {device} is not there.")


@dataclass(frozen=True)
class _Stretch:
    """From ring position `ring` on, a programme is heard from its position `position`."""

    ring: int
    plan: PlaybackPlan
    position: int


class PlaybackThread(threading.Thread):
    """Opens the device, feeds it, closes it; goes on with another device when one fails.

    Parameters
    ----------
    after
        What has to have let the device go first.
    """

    def __init__(
        self,
        output: Output,
        request: OutputRequest,
        plan: PlaybackPlan,
        *,
        after: PlaybackThread | None = None,
    ) -> None:
        super().__init__(name="playback", daemon=True)
        self._output = output
        self._request = request
        self._after = after
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._stop_wanted = False
        self._next = plan
        self._ring: Ring | None = None
        self._stream: Stream | None = None
        self._stretches: list[_Stretch] = []
        self._levels: deque[tuple[int, np.ndarray]] = deque()
        self._latency_frames = 0
        self._past_underruns = 0
        self.finished = False
        self.fallback: str | None = None
        self.problem: str | None = None
        self.silent = False

    # asked by the window

    def stop(self) -> None:
        """Fade out and end."""
        self._stop_wanted = True
        self._wake.set()

    def change(self, **values: Any) -> None:
        """Go on with other values of the programme, crossfading from the present ones."""
        with self._lock:
            self._next = replace(self._next, **values)
        self._wake.set()

    @property
    def is_open(self) -> bool:
        """Whether a device has been found and answers."""
        return self._ring is not None

    @property
    def frame(self) -> int | None:
        """The frame of the recording that is heard now."""
        with self._lock:
            stretches, heard = self._stretches, self._heard
        if not stretches:
            return None
        now = next((s for s in reversed(stretches) if s.ring <= heard), stretches[0])
        return now.plan.frame_at(now.position + max(heard - now.ring, 0))

    @property
    def underruns(self) -> int:
        """How often the device was not given sound in time."""
        ring, stream = self._ring, self._stream
        if ring is None or stream is None:
            return self._past_underruns
        return self._past_underruns + ring.underruns + stream.underruns

    def take_level(self) -> np.ndarray | None:
        """Return each channel's peak since this was last asked, or None if nothing was heard."""
        with self._lock:
            passed = []
            while self._levels and self._levels[0][0] <= self._heard:
                passed.append(self._levels.popleft()[1])
        return np.max(passed, axis=0) if passed else None

    @property
    def _heard(self) -> int:
        return 0 if self._ring is None else max(self._ring.read - self._latency_frames, 0)

    # the thread

    def run(self) -> None:
        sys.setswitchinterval(min(TURN_S, sys.getswitchinterval()))
        try:
            if self._after is not None:
                self._after.join(PREDECESSOR_S)
                self._after = None
            self._perform()
        except OutputError as error:
            self.problem, self.silent = str(error), isinstance(error, NoOutputError)
        except Exception:
            log.exception("playback failed")
            self.problem = tr("Playback failed; the details are in the log file.")
        finally:
            self.finished = True

    def _perform(self) -> None:
        """Play on the device that is wanted, and on another one where that fails."""
        request, failed = self._request, ""
        while not self._stop_wanted:
            try:
                stream = self._output(request)
            except NoOutputError as error:
                raise OutputError(f"{failed} {tr(NO_OTHER)}") if failed else error from error
            except OutputError as error:
                if not error.device or error.device in request.avoid:
                    raise
                failed, request = str(error), _avoid(request, error.device)
                continue
            if not failed and request.device not in ("", stream.name):
                failed = tr(MISSING, device=request.device)
            if failed:
                self.fallback = f"{failed} {tr(INSTEAD, device=stream.name)}"
            try:
                self._play_on(stream)
                return
            except OutputError as error:
                failed, request = str(error), _avoid(request, stream.name)
            finally:
                stream.close()

    def _play_on(self, stream: Stream) -> None:
        at = self.frame
        with self._lock:
            plan = self._next = self._next.fitted(stream.rate, stream.channels)
            self._past_underruns = self.underruns
            self._latency_frames = round(stream.latency_s * stream.rate)
            self._stream, self._stretches = stream, []
            self._levels.clear()
            self._ring = Ring(round(RING_S * stream.rate), stream.channels)
        start = 0 if at is None else plan.position_of(at)
        _Feeding(self, stream, self._ring, plan, start).run()

    # for the feeding

    @property
    def is_wanted(self) -> bool:
        """Whether nobody has asked to stop."""
        return not self._stop_wanted

    @property
    def wanted(self) -> PlaybackPlan:
        """What is to be heard."""
        with self._lock:
            return self._next

    def pause(self) -> None:
        """Wait for the next block's time, or for the window to ask for something."""
        self._wake.wait(BLOCK_S / 2)
        self._wake.clear()

    def note_level(self, written: int, block: np.ndarray) -> None:
        """Remember how loud the block is that ends at a ring position."""
        with self._lock:
            self._levels.append((written, np.abs(block).max(axis=0)))

    def begin_stretch(self, ring: int, plan: PlaybackPlan, position: int) -> None:
        """Note what is heard from a ring position on."""
        with self._lock:
            self._stretches = [*self._stretches[-64:], _Stretch(ring, plan, position)]

    def position_at(self, ring: int) -> int:
        """Return the programme's place at a ring position, of what is prepared last."""
        with self._lock:
            last = self._find_stretches(ring)[-1]
        return last.position + ring - last.ring

    def take_back(self, ring: int) -> None:
        """Forget what was to come from a ring position on."""
        with self._lock:
            self._stretches = self._find_stretches(ring)
            while self._levels and self._levels[-1][0] > ring:
                self._levels.pop()

    def _find_stretches(self, ring: int) -> list[_Stretch]:
        """Return what begins up to a ring position."""
        return [s for s in self._stretches if s.ring <= ring] or self._stretches[:1]


class _Feeding:
    """Keeps the ring full for as long as there is something to hear."""

    def __init__(
        self, owner: PlaybackThread, stream: Stream, ring: Ring, plan: PlaybackPlan, start: int
    ) -> None:
        self._owner = owner
        self._stream = stream
        self._ring = ring
        self._plan = plan
        self._position = start
        self._block = round(BLOCK_S * stream.rate)
        self._ready = round(READY_S * stream.rate)
        owner.begin_stretch(0, plan, start)

    def run(self) -> None:
        """Feed until the end, or until playback is stopped.

        Raises
        ------
        OutputError
            The device asks for nothing any more.
        """
        ring, started, watch = self._ring, False, _Watch()
        while self._owner.is_wanted:
            wanted = self._owner.wanted
            if wanted is not self._plan:
                self._switch(wanted)
            if self._write_block() and started:
                continue
            if not started and (ring.room < self._block or ring.ended):
                self._stream.start(ring.fill)
                started = True
                watch.restart(ring.read)
            if started:
                if ring.ended and ring.read >= ring.written:
                    time.sleep(self._stream.latency_s)
                    return
                if watch.has_stalled(self._stream, ring.read):
                    raise OutputError(tr(VANISHED, device=self._stream.name), self._stream.name)
                self._owner.pause()
        if started:
            self._fade_out()

    def _write_block(self) -> bool:
        """Prepare the next block if there is one and room for it."""
        plan = self._plan
        if self._position >= plan.frames:
            if not plan.loop:
                self._ring.ended = True
                return False
            self._position = 0
            self._owner.begin_stretch(self._ring.written, plan, 0)
        count = min(self._block, plan.frames - self._position)
        if self._ring.room < count:
            return False
        self._write(plan.render(self._position, count))
        self._position += count
        return True

    def _write(self, block: np.ndarray) -> None:
        self._ring.write(block)
        self._owner.note_level(self._ring.written, block)

    def _switch(self, new: PlaybackPlan) -> None:
        """Prepare again what is not yet about to be heard, from the old programme to the new."""
        fade = round(FADE_S * self._stream.rate)
        for place in self._list_places():
            position = self._owner.position_at(place)
            at = new.position_like(self._plan, position)
            faded = max(min(fade, new.frames - at), 0)
            rise = np.linspace(0.0, 1.0, faded, dtype=np.float32)[:, np.newaxis]
            coming = new.render(at, max(min(self._ready, new.frames - at), 0))
            coming[:faded] *= rise
            coming[:faded] += self._plan.render(position, faded) * (1 - rise)
            if self._ring.replace(place, coming):
                self._owner.take_back(place)
                self._owner.begin_stretch(place, new, at)
                for first in range(0, len(coming), self._block):
                    block = coming[first : first + self._block]
                    self._owner.note_level(place + first + len(block), block)
                self._plan, self._position = new, at + len(coming)
                return

    def _list_places(self) -> Iterator[int]:
        """Yield ring positions to go on from in another way, the nearest first.

        The device reads on while that is prepared, and where a position turns out to have come too
        late, the next is further ahead; at the end of what is prepared it cannot have been passed.
        """
        ahead = max(round(SAFE_S * self._stream.rate), 2 * self._ring.longest)
        # half the ring stays free for what is written from there on
        most = round(RING_S / 2 * self._stream.rate)
        while True:
            yield min(self._ring.read + min(ahead, most), self._ring.written)
            ahead *= 2

    def _fade_out(self) -> None:
        """Let what is heard end without a click."""
        fade = round(FADE_S * self._stream.rate)
        fall = np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, np.newaxis]
        for place in self._list_places():
            last = self._plan.render(self._owner.position_at(place), fade) * fall
            if self._ring.replace(place, last):
                break
        self._ring.ended = True
        deadline = time.monotonic() + RING_S + self._stream.latency_s
        while self._ring.read < self._ring.written and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(self._stream.latency_s)


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


def _avoid(request: OutputRequest, device: str) -> OutputRequest:
    """Return the request for any device but this one, and at that the system's choice first."""
    return replace(request, device="", avoid=(*request.avoid, device))
