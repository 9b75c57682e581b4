"""Sessions of version 2: samples in ``.npy`` files, the recording known by parts of it."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.errors import FileError
from uasrm_core.translation import tr

_SAMPLED_BLOCKS = 32
_BLOCK_BYTES = 16384
_MAGIC = b"\x93NUMPY\x01\x00"
# What NumPy writes for two dimensions of float32; its own reader takes far more than that.
_HEADER = re.compile(
    rb"\{'descr': '<f4', 'fortran_order': (True|False), 'shape': \((\d{1,18}), (\d{1,18})\), \} *\n"
)


def source_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a session says of its recording as later versions have it."""
    return {**row, "path": row["absolute"], "modified_ns": 0, "sha256": ""}


def is_same(clip: AudioClip, row: Mapping[str, Any]) -> bool:
    """Tell whether a recording has the size and the fingerprint that the session says.

    Raises
    ------
    FileError
        It cannot be read.
    """
    path = clip.info.path
    assert path is not None
    digest = hashlib.sha256()
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            for number in range(_SAMPLED_BLOCKS):
                file.seek(max(size - _BLOCK_BYTES, 0) * number // (_SAMPLED_BLOCKS - 1))
                digest.update(file.read(_BLOCK_BYTES))
    except OSError as error:
        raise FileError(
            tr("The recording {path} cannot be read: {reason}.", path=path, reason=error.strerror)
        ) from error
    return bool(size == row["bytes"] and digest.hexdigest() == row["fingerprint"])


def read_samples(archive: zipfile.ZipFile, number: int, row: Mapping[str, Any]) -> Samples:
    """Return the samples of a patch, float32 ``(channels, frames)``.

    Raises
    ------
    ValueError
        They are not what version 2 wrote.
    """
    data = archive.read(f"patches/{number:05d}.npy")
    length = int.from_bytes(data[8:10], "little")
    header = _HEADER.fullmatch(data[10 : 10 + length])
    if not data.startswith(_MAGIC) or header is None:
        raise ValueError("a patch of another kind")
    shape = int(header[2]), int(header[3])
    if shape[0] != len(row["channels"]) or 4 * shape[0] * shape[1] != len(data) - 10 - length:
        raise ValueError("a patch has another shape than the session says")
    values = np.frombuffer(data, dtype="<f4", offset=10 + length)
    # what was written column by column is the transpose of what lies row by row
    return values.reshape(shape[::-1]).T if header[1] == b"True" else values.reshape(shape)
