"""Calling the loops of `kernels`, compiled by numba on this machine, or ahead of time.

With numba they are compiled when they are first called, and kept beside their file or among the
user's caches for the next time; while one runs, other threads go on.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

# numba compiles the loops on this machine; the packaged application has them compiled
if find_spec("numba") is None:
    from uasrm_core.interpolation import compiled as kernels
else:
    from uasrm_core.interpolation import kernels  # type: ignore[no-redef]


def call(name: str, *arguments: object) -> Any:
    """Call the loop of a name."""
    loop = getattr(kernels, name)
    try:
        return loop(*arguments)
    except OSError:
        # It is compiled but could not be kept: the disk is full.
        return loop(*arguments)
