"""A core with a disk of its own, each of whose calls waits until a test lets it end."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch, SourceInfo
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.detect.detections import Detection
from uasrm_core.errors import SessionError
from uasrm_core.inpainting.job import Candidate, RegionOutcome, RepairResult

FRAMES, RATE = 4000, 8000
NAMES = ("a.wav", "b.wav", "c.wav")
LABELLED = Region(3500, 3600)


class Source(MemorySource):
    """A recording whose samples all tell which one it is."""

    def __init__(self, name):
        number = NAMES.index(name) + 1
        super().__init__(np.full((1, FRAMES), number / 10, np.float32), RATE)
        object.__setattr__(self, "number", number)
        object.__setattr__(self, "path", Path(name))

    @property
    def info(self):
        return SourceInfo(self.path, "WAV", "FLOAT", RATE, 1, FRAMES)


class Call:
    """A call of the core that waits to be let go."""

    def __init__(self, kind, work, progress=None):
        self.kind = kind
        self.thread = threading.current_thread()
        self._work = work
        self._progress = progress
        self._go = threading.Event()
        self._error = None

    def end(self, error=None):
        self._error = error
        self._go.set()

    def wait(self):
        self._go.wait()
        if self._error is not None:
            raise self._error
        if self._progress is not None:
            self._progress.check()
        return self._work()


class Core:
    """Stands in for `uasrm_core.api`, with a disk of its own."""

    def __init__(self):
        self.calls = []
        self.news = threading.Event()
        self.sessions = {}

    def _wait(self, kind, work, progress=None):
        call = Call(kind, work, progress)
        self.calls.append(call)
        self.news.set()
        try:
            return call.wait()
        finally:
            self.calls.remove(call)
            self.news.set()

    def load_engines(self, progress):
        """Nothing is to be loaded."""

    def open_clip(self, path, *, progress):
        return self._wait("open", lambda: AudioClip(Source(path.name)), progress)

    def lock_session(self, path):
        """There is but one window."""

    def open_session(self, path, *, source, progress):
        if path not in self.sessions:
            raise SessionError("There is no such session.")
        session = self.sessions[path]
        opened = SimpleNamespace(session=session, clip=AudioClip(Source(session.name)))
        return self._wait("open", lambda: opened, progress)

    def session_of(self, original, history, view, progress):
        return SimpleNamespace(name=original.source.path.name, history=history, view=view)

    def save_session(self, session, path, *, held):
        self._wait("save", lambda: self.sessions.__setitem__(path, session))

    def export_clip(
        self, clip, target, *, export_format, overwrite, dither, coding_history, progress
    ):
        return self._wait("export", lambda: SimpleNamespace(sentences="Proved."), progress)

    def read_labels(self, path, rate):
        return self._wait("labels", lambda: (LABELLED,))

    def write_labels(self, path, regions, rate):
        self._wait("labels", lambda: None)

    def detect(self, clip, settings, progress):
        return self._wait("detect", lambda: ("finds of", clip.source.number), progress)

    def list_similar(self, clip, region, progress):
        return self._wait(
            "similar", lambda: (Detection(Kind.GAP, 3700, 3760, (0,), 0.9),), progress
        )

    def repair(self, job, progress):
        return self._wait("repair", lambda: repaired(job), progress)


def repaired(job):
    outcomes = []
    for region in job.regions:
        samples = np.full((1, region.frames), job.clip.source.number, np.float32)
        patch = Patch(region.start_frame, (0,), samples)
        outcomes.append(RegionOutcome(region, (Candidate("fake", patch, 0.0),)))
    return RepairResult(tuple(outcomes))
