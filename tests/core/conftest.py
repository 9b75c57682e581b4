"""Models without training, sounds, saved work, and a probe for Python's lock."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
import soundfile
import torch

from tests.core.journals import FRAMES
from uasrm_core.audio.files import open_clip
from uasrm_core.model.checkpoint import save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.resources import resource

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


@pytest.fixture
def clip(tmp_path, rng):
    """Return a short stereo recording in a file whose name is not plain ASCII."""
    path = tmp_path / "Ünlü 1.wav"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (FRAMES, 2)), 8000, subtype="PCM_24")
    return open_clip(path)
