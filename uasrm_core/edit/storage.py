"""Keeping a long history's samples out of memory.

A history holds patches, never copies of the recording. What goes beyond `BUDGET_BYTES` is put into
a temporary file without a name and mapped: the system keeps in memory what is being read, and gives
the file's room back when nobody refers to it any more.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from uasrm_core.audio.clip import Patch
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.writing.gate import write_failure

BUDGET_BYTES = 256 << 20


def keep_within_budget(
    history: EditHistory, edit: Edit, *, budget_bytes: int = BUDGET_BYTES
) -> Edit:
    """Return an edit that keeps its samples on disk if it is too large to join a history's.

    Raises
    ------
    ExportError
        There is no room on the disk of temporary files.
    """
    held = sum(_count_bytes_held(patch) for step in history.in_effect for patch in step.patches)
    if held + sum(_count_bytes_held(patch) for patch in edit.patches) <= budget_bytes:
        return edit
    return replace(edit, patches=tuple(on_disk(patch) for patch in edit.patches))


def _count_bytes_held(patch: Patch) -> int:
    return 0 if isinstance(patch.samples, np.memmap) else patch.samples.nbytes


def on_disk(patch: Patch) -> Patch:
    """Return a patch that keeps its samples in a file that has no name any more.

    Raises
    ------
    ExportError
        There is no room on the disk of temporary files.
    """
    try:
        with tempfile.TemporaryFile(prefix="uasrm-") as file:
            file.write(np.ascontiguousarray(patch.samples).data)
            file.flush()
            # the mapping outlives the file's name and the open file
            shape = patch.samples.shape
            samples = np.memmap(file, dtype=np.float32, mode="r", shape=shape)
    except OSError as error:
        raise write_failure(Path(tempfile.gettempdir()), error) from error
    return replace(patch, samples=samples)
