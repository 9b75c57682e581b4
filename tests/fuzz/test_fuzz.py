"""Damaged files end in one sentence, soon and without much memory; ``tools/fuzz.py`` runs more."""

from __future__ import annotations

import importlib
import os
import random
import signal
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
PARSERS = [
    *("chunks", "flac", "mp3", "labels", "cues", "xmp", "reaper", "shape", "model"),
    *("session", "session-text", "journal", "journal-text"),
]
INPUTS, AUDIO_INPUTS = 150, 3


@pytest.fixture
def fuzz(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    before = signal.getsignal(signal.SIGPROF)
    yield importlib.import_module("fuzz")
    signal.setitimer(signal.ITIMER_PROF, 0.0)
    signal.signal(signal.SIGPROF, before)


@pytest.fixture
def feed(fuzz, tmp_path):
    """Return a function that feeds a target and returns what went wrong."""

    def run(target, inputs=INPUTS):
        tally, keep = fuzz.Tally(), tmp_path / "kept"
        with fuzz.scratch() as folder:
            feeder = fuzz.Feeder(target, folder, keep, tally)
            fuzz.feed_mutated(feeder, 7, inputs, lambda: False)
        assert tally.inputs == inputs
        return [path.read_text() for path in sorted(keep.glob("*.txt"))]

    return run


def test_every_parser_is_fed(fuzz):
    assert list(fuzz.TARGETS) == PARSERS


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_files_are_refused_or_read(fuzz, feed, name):
    assert feed(fuzz.TARGETS[name]) == []


@pytest.mark.parametrize("name", PARSERS)
def test_what_once_went_wrong_does_not_any_more(fuzz, tmp_path, name):
    feeder = fuzz.Feeder(fuzz.TARGETS[name], tmp_path, tmp_path, fuzz.Tally())
    assert [feeder.feed(data) for data in feeder.warm_up() if feeder.feed(data)] == []


def test_recordings_that_once_went_wrong_do_not_any_more(fuzz, tmp_path):
    kept = {
        name: t
        for name, t in fuzz.audio_targets().items()
        if (importlib.import_module("fuzz_targets").CORPUS / name).is_dir()
    }
    assert "OGG-VORBIS-2.ogg" in kept
    for target in kept.values():
        feeder = fuzz.Feeder(target, tmp_path, tmp_path, fuzz.Tally())
        assert [problem for data in feeder.warm_up() if (problem := feeder.feed(data))] == []


def test_damaged_recordings_are_refused_or_repaired(fuzz, feed):
    for target in fuzz.audio_targets().values():
        assert feed(target, AUDIO_INPUTS) == []


def test_the_same_seed_gives_the_same_inputs(fuzz, tmp_path):
    mutate = importlib.import_module("fuzz_mutate").mutate
    seeds = fuzz.TARGETS["labels"].seeds(tmp_path)
    one, other = (
        [mutate(seeds, random.Random(f"3 {number}")) for number in range(200)] for _ in range(2)
    )
    assert one == other
    assert len(set(one)) > 150


def spin(data, folder):
    while True:
        pass


def grow(data, folder):
    return b"x" * (300 * 2**20)


def die(data, folder):
    os.kill(os.getpid(), signal.SIGKILL)


def fail(data, folder):
    return 1 // 0


@pytest.mark.parametrize(
    ("parse", "words"),
    [
        (spin, "took over"),
        (grow, "MB for"),
        (fail, "ZeroDivisionError"),
        (die, "the process ended with -9"),
    ],
)
def test_what_goes_wrong_is_noticed(fuzz, tmp_path, monkeypatch, parse, words):
    monkeypatch.setattr(
        importlib.import_module("fuzz_worker"), "MOST_SECONDS", 0.2 if parse is spin else 20.0
    )
    target = fuzz.Target("made-up", parse, lambda folder: [])
    monkeypatch.setattr(fuzz.Target, "all_seeds", lambda target, folder: [b"a"])
    options = fuzz.Options(1, None, 1, tmp_path, is_guided=False)
    _, tally = fuzz.run(target, options)
    assert (tally.inputs, tally.findings) == (1, 1)
    (told,) = tmp_path.glob("*.txt")
    assert words in told.read_text()


def recording_of(fuzz, folder, name):
    (data,) = fuzz.audio_targets()[name].seeds(folder)
    return bytearray(data)


@pytest.mark.parametrize("name", ["OGG-VORBIS-2.ogg", "OGG-OPUS-1.opus", "FLAC-PCM_16-2.flac"])
def test_checksums_are_made_right(fuzz, tmp_path, name):
    sums = importlib.import_module("fuzz_sums")
    whole = recording_of(fuzz, tmp_path, name)
    if name.startswith("FLAC"):
        frames = [*sums._flac_frames(whole), len(whole)]
        assert len(frames) == 3
        ends = [slice(end - 2, end) for end in frames[1:]]
        # the last frame's header states its length in two bytes more
        parts = [*ends, slice(frames[0] + 5, frames[0] + 6), slice(frames[1] + 7, frames[1] + 8)]
    else:
        pages = [at for at in range(len(whole)) if whole[at : at + 4] == b"OggS"]
        parts = [slice(at + 22, at + 26) for at in pages]
    broken = bytearray(whole)
    for part in parts:
        broken[part] = bytes(part.stop - part.start)
    assert broken != whole
    sums.mend_sums(broken)
    assert broken == whole
