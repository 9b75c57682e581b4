"""Models without training, sounds, saved work, and a probe for Python's lock."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
import soundfile
import torch

from tests.core.journals import FRAMES
from uasrm_core.audio.clip import Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import box
from uasrm_core.edit.history import Edit, EditHistory, RepairNote, place
from uasrm_core.edit.review import Decision
from uasrm_core.edit.session import session_of
from uasrm_core.model.checkpoint import save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.resources import resource
from uasrm_core.select.combine import union

MUSIC_RATE = 44100
SMALL = HybridConfig(channels=(8, 8, 16))


@pytest.fixture(scope="session")
def make_model(tmp_path_factory):
    """Return a writer of model files; the greater `std`, the further from nothing it answers."""

    def make(std):
        torch.manual_seed(0)
        model = HybridInpainter(SMALL)
        if std:
            torch.nn.init.normal_(model.unet.head[-1].weight, std=std)
        path = tmp_path_factory.mktemp("models") / "model.safetensors"
        save_model(model, path, {"licence": "MIT"})
        return path

    return make


@pytest.fixture(scope="module")
def untrained(make_model):
    return make_model(0.0)


@pytest.fixture(scope="module")
def wild(make_model):
    """Return a model whose answers are far from nothing."""
    return make_model(0.3)


@pytest.fixture
def lets_others_run():
    """Return a probe: whether other threads run while a call calculates.

    Python is told to take its lock from no thread by force, so that another one runs only where
    the call itself lets the lock go. The call is made again until one has, so that it does not
    matter how busy the machine is.
    """

    def probe(call, *, tries=200_000):
        call()
        begin, has_run = threading.Lock(), threading.Event()

        def run():
            with begin:
                has_run.set()

        begin.acquire()
        other = threading.Thread(target=run)
        interval = sys.getswitchinterval()
        other.start()
        try:
            sys.setswitchinterval(1000.0)
            begin.release()
            for _ in range(tries):
                call()
                if has_run.is_set():
                    return True
            return False
        finally:
            sys.setswitchinterval(interval)
            other.join()

    return probe


@pytest.fixture(scope="session")
def music():
    """Return twelve seconds of the bundled recording, ``(2, frames)``; not to be changed."""
    path = resource("samples", "hungarian_dance_clean.wav")
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True, frames=12 * MUSIC_RATE)
    assert rate == MUSIC_RATE
    return np.ascontiguousarray(samples.T)


@pytest.fixture
def murmur():
    """Return a voice's worth of noise that comes and goes, ``(1, frames)``: no pitch, no thumps."""
    rng = np.random.default_rng(4)
    frames = 20 * MUSIC_RATE
    noise = np.diff(rng.standard_normal(frames + 1))
    loud = 0.6 + 0.4 * np.sin(2 * np.pi * 3.0 * np.arange(frames) / MUSIC_RATE)
    return (0.03 * noise * loud).astype(np.float32)[None]


@pytest.fixture(scope="session")
def syllables():
    """Return a maker of four seconds of a gliding voice with pauses, ``(frames,)``."""

    def make(rate):
        rng = np.random.default_rng(5)
        time = np.arange(4 * rate) / rate
        hz = 120.0 * 2.0 ** (0.35 * np.sin(2 * np.pi * 1.3 * time) + 0.2 * np.sin(17.0 * time))
        turns = np.cumsum(hz) / rate
        partials = sum(np.sin(2 * np.pi * k * turns) / k for k in range(1, 20))
        loud = np.sin(np.pi * 3.7 * time) ** 4 * (np.sin(2 * np.pi * 0.6 * time + 1.0) > -0.5)
        breath = 0.002 * rng.standard_normal(len(time))
        return (0.1 * partials * loud + breath).astype(np.float32)

    return make


@pytest.fixture
def clip(tmp_path, rng):
    """Return a short stereo recording in a file whose name is not plain ASCII."""
    path = tmp_path / "Ünlü 1.wav"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (FRAMES, 2)), 8000, subtype="PCM_24")
    return open_clip(path)


@pytest.fixture
def session(tmp_path):
    """Return a session with everything in it that a session can hold."""
    folder = tmp_path / "tape"
    folder.mkdir()
    path = folder / "Ünlü 1.wav"
    rng = np.random.default_rng(1)
    soundfile.write(path, rng.uniform(-0.5, 0.5, (4000, 2)), 8000, subtype="PCM_24")
    region = Region(100, 200, 300.0, 1000.0, (1,), "phone ring")
    bent = union(box(500, 700, 300.0, 900.0), box(600, 900, 800.0, 2000.0))
    other = region_of(bent, 8000, label="chirp", kind=Kind.NOISE)
    history = EditHistory(first_regions=(region,))
    patch = Patch(90, (1,), rng.normal(size=(1, 120)).astype(np.float32))
    note = RepairNote(region, "unet", "hybrid 0123", 0.75, 0.5, 1.25, (7, 107), 1, True)
    history = history.apply(Edit("Repair", (patch,), (note,)))
    decided = Decision(region, "accepted", 0.9, adjusted=other, low_hz=500.0)
    history = history.apply(Edit("Accept", accepted=(place(region),), decided=(decided,)))
    history = history.apply(Edit("Add region", regions=(region, other))).undo()
    return session_of(open_clip(path), history, {"zoom": 3})
