"""Everything that the program writes keeps what stood there when the disk is full."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import EditHistory
from uasrm_core.errors import ExportError
from uasrm_core.model.checkpoint import write_weights
from uasrm_core.training.pairs import PairSettings, write_pairs
from uasrm_core.writing import system
from uasrm_core.writing.gate import replace_file

Writer = Callable[[Path], object]


def recording() -> AudioClip:
    rng = np.random.default_rng(0)
    return AudioClip(MemorySource(rng.uniform(-0.5, 0.5, (1, 4000)).astype(np.float32), 8000))


def write_state(target: Path) -> None:
    with replace_file(target, overwrite=True) as stream:
        torch.save({"weights": torch.zeros(300_000)}, stream)


def write_shard(target: Path) -> None:
    with replace_file(target, overwrite=True) as stream:
        np.savez(stream, samples=np.zeros(300_000))


WRITERS: dict[str, Writer] = {
    "labels.txt": lambda path: api.write_labels(path, [Region(0, 100)], 8000),
    "log.json": lambda path: api.write_log(path, recording(), EditHistory()),
    "export.wav": lambda path: api.export_clip(recording(), path, overwrite=True),
    "export.flac": lambda path: api.export_clip(recording(), path, overwrite=True),
    "model": lambda path: write_weights(nn.Linear(300, 300), path, "original", {}, {}),
    "state.pt": write_state,
    "shard.npz": write_shard,
}


@contextmanager
def full_at(call: str) -> Iterator[None]:
    def listen(heard: str) -> None:
        if heard == call:
            raise OSError(errno.ENOSPC, "No space left on device")

    with system.announce_calls(listen):
        yield


@pytest.mark.parametrize("call", ["create", "write", "sync", "rename"])
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_one_sentence_and_the_old_file_stays(
    tmp_path: Path, name: str, call: str
) -> None:
    target = tmp_path / name
    target.write_bytes(b"old")
    with full_at(call), pytest.raises(ExportError, match="could not be written: the disk is full"):
        WRITERS[name](target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
    WRITERS[name](target)
    assert target.stat().st_size > 3


def test_pairs_appear_whole_or_not_at_all(
    tmp_path: Path, wav_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    path = wav_file(rng.uniform(-0.5, 0.5, (1, 44100)).astype(np.float32))
    settings = PairSettings(segment_s=1.0, with_pictures=False, most=1)
    for call in ("create folder", "sync", "rename"):
        with full_at(call), pytest.raises(ExportError, match="the disk is full"):
            write_pairs([path], tmp_path / "pairs", settings)
        assert list(tmp_path.iterdir()) == [path]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", raise_full)
        with pytest.raises(ExportError, match="the disk is full"):
            write_pairs([path], tmp_path / "pairs", settings)
    assert list(tmp_path.iterdir()) == [path]
    write_pairs([path], tmp_path / "pairs", settings)
    assert (tmp_path / "pairs" / "index.json").is_file()


def raise_full(path: Path, data: bytes) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")
