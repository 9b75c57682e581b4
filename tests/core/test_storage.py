import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.edit import storage
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.storage import keep_within_budget
from uasrm_core.errors import ExportError


def step(rng, start):
    return Edit("Repair", (Patch(start, (0, 1), rng.normal(size=(2, 1000)).astype(np.float32)),))


def test_what_does_not_fit_into_memory_is_kept_on_disk_and_sounds_the_same(rng):
    clip = AudioClip(MemorySource(np.zeros((2, 10_000), np.float32), 8000))
    history, plain = EditHistory(), EditHistory()
    for start in range(0, 9000, 1000):
        edit = step(rng, start)
        plain = plain.apply(edit)
        history = history.apply(keep_within_budget(history, edit, budget_bytes=20_000))
    in_memory = [p for p in history.patches if not isinstance(p.samples, np.memmap)]
    assert sum(patch.samples.nbytes for patch in in_memory) <= 20_000
    assert len(in_memory) == 2
    kept, expected = clip.with_patches(history.patches), clip.with_patches(plain.patches)
    assert np.array_equal(kept.read(0, 10_000), expected.read(0, 10_000))


def test_a_full_disk_is_told(rng, monkeypatch):
    def full(**options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.tempfile, "TemporaryFile", full)
    with pytest.raises(ExportError, match="disk is full"):
        keep_within_budget(EditHistory(), step(rng, 0), budget_bytes=0)
