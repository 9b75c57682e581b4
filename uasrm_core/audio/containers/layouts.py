"""Finding the samples of an uncompressed file of any kind."""

from __future__ import annotations

from typing import BinaryIO

from uasrm_core.audio.containers.aiff import read_aiff
from uasrm_core.audio.containers.au import read_au, read_caf
from uasrm_core.audio.containers.chunks import family_of
from uasrm_core.audio.containers.layout import Layout
from uasrm_core.audio.containers.wave import read_wave


def read_layout(file: BinaryIO) -> Layout | None:
    """Find the samples of an uncompressed file, or None if it is no such file.

    None is also the answer where the header is cut off or the samples are compressed.
    """
    family = family_of(file)
    if family == "AIFF":
        return read_aiff(file)
    if family == "CAF":
        return read_caf(file)
    if family is not None:
        return read_wave(file, family)
    file.seek(0)
    return read_au(file) if file.read(4) in (b".snd", b"dns.") else None
