"""Frames on their way to the device, between the thread that prepares them and its callback."""

from __future__ import annotations

import threading

import numpy as np


class Ring:
    """One thread writes, the callback reads.

    Positions count frames since the beginning and never wrap; only their place in memory does. A
    lock is held for as long as a copy takes, so that what is taken back is never half heard.

    Attributes
    ----------
    read, written
        How far the two are.
    ended
        Whether all there is has been written, so that running dry is no fault.
    underruns
        How often the device asked for more than was ready.
    longest
        The most frames that the device ever asked for at once.
    """

    def __init__(self, frames: int, channels: int) -> None:
        self._samples = np.zeros((frames, channels), np.float32)
        self._frames = frames
        self._lock = threading.Lock()
        self.read = 0
        self.written = 0
        self.ended = False
        self.underruns = 0
        self.longest = 0

    @property
    def room(self) -> int:
        """How many frames can be written."""
        return self._frames - (self.written - self.read)

    def write(self, block: np.ndarray) -> None:
        """Append a block that fits, float32 ``(frames, channels)``."""
        with self._lock:
            self._put(block)

    def replace(self, position: int, block: np.ndarray) -> bool:
        """Put a block in place of everything from `position` on.

        Returns
        -------
        False, with nothing changed, if the reader is past that already.
        """
        with self._lock:
            if position < self.read:
                return False
            self.written = position
            self._put(block)
            self.ended = False
            return True

    def _put(self, block: np.ndarray) -> None:
        place = self.written % self._frames
        first = min(len(block), self._frames - place)
        self._samples[place : place + first] = block[:first]
        self._samples[: len(block) - first] = block[first:]
        self.written += len(block)

    def fill(self, out: np.ndarray) -> None:
        """Copy the next frames to the device, silence where there are none; the callback."""
        with self._lock:
            count = min(len(out), self.written - self.read)
            place = self.read % self._frames
            first = min(count, self._frames - place)
            out[:first] = self._samples[place : place + first]
            out[first:count] = self._samples[: count - first]
            self.read += count
            if count < len(out) and not self.ended:
                self.underruns += 1
        out[count:] = 0.0
        self.longest = max(self.longest, len(out))
