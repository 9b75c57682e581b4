"""Time, recordings and prepared examples that the tests of training share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core.training import dataset, plots, train
from uasrm_core.training.corpus import Track, tracks_of
from uasrm_core.training.settings import Band

# The gaps of the examples, which the tests name again where they read them.
BAND = Band("short", 882, 2205, 16384)


@pytest.fixture(autouse=True)
def pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a run's pictures only in tests that are marked to look at them: they take seconds."""
    if request.node.get_closest_marker("pictures") is None:
        monkeypatch.setattr(plots, "can_draw", lambda: False)


@pytest.fixture(autouse=True)
def arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs calculate with 32 bits, whichever numbers are faster at the moment."""
    monkeypatch.setattr(train, "measure_faster_in_bfloat16", lambda device, step: False)


@pytest.fixture
def clock() -> Callable[[], float]:
    """Return a clock by which every step of a run takes a second, whatever the machine does."""
    return map(float, itertools.count()).__next__


@pytest.fixture(scope="session")
def music_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two dozen recordings of two seconds: four tones each, and some noise."""
    folder = tmp_path_factory.mktemp("music")
    rng = np.random.default_rng(3)
    for number in range(24):
        time = np.arange(2 * 44100) / 44100
        wave = sum(np.sin(2 * np.pi * hz * time) for hz in rng.uniform(100, 4000, 4)) / 8
        soundfile.write(folder / f"{number}.flac", wave + 0.01 * rng.standard_normal(88200), 44100)
    return folder


@pytest.fixture(scope="session")
def tracks(music_folder: Path) -> Sequence[Track]:
    return tracks_of([music_folder])


@pytest.fixture(scope="session")
def examples(tracks: Sequence[Track], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a shard to learn from and one to validate on."""
    folder = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        for split, count in (("train", 32), ("validation", 8)):
            patch.setattr(dataset, "SHARD_EXAMPLES", count)
            dataset.prepare(
                tracks, folder, band=BAND, split=split, examples=count, seed=1, processes=1
            )
    return folder


@pytest.fixture
def run_files(tmp_path: Path, examples: Path) -> train.RunFiles:
    """Return the files of a run whose examples are there already."""
    files = train.RunFiles(tmp_path / "model.safetensors")
    files.folder.mkdir()
    files.examples.symlink_to(examples)
    return files
