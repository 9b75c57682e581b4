"""The loops of `kernels` as a library made ahead of time, for where numba is not installed."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

import numpy as np
import numpy.typing as npt

from uasrm_core.resources import resource

Vector = npt.NDArray[np.float64]
NAME = f"kernels.{'dll' if sys.platform == 'win32' else 'so'}"


def from_correlations(
    c: Vector, ends: Vector, turned_ends: Vector, a: Vector, work: Vector
) -> bool:
    """Call `kernels.from_correlations`."""
    pointers = (array.ctypes.data for array in (c, ends, turned_ends, a, work))
    return bool(_load_library().from_correlations(*pointers, len(ends), len(a)))


def from_errors(
    forward: Vector, backward: Vector, bounds: npt.NDArray[np.int64], a: Vector
) -> None:
    """Call `kernels.from_errors`."""
    pointers = (array.ctypes.data for array in (forward, backward, bounds, a))
    _load_library().from_errors(*pointers, len(forward), len(bounds), len(a))


def ring(a: Vector, response: Vector) -> None:
    """Call `kernels.ring`."""
    _load_library().ring(a.ctypes.data, response.ctypes.data, len(a), len(response))


def solve_toeplitz(column: Vector, solution: Vector, rows: Vector, work: Vector) -> bool:
    """Call `kernels.solve_toeplitz`."""
    pointers = (array.ctypes.data for array in (column, solution, rows, work))
    return bool(_load_library().solve_toeplitz(*pointers, len(solution), len(column)))


@cache
def _load_library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(resource("compiled", NAME)))
    pointer, size = ctypes.c_void_p, ctypes.c_int64
    library.from_correlations.argtypes = [*[pointer] * 5, size, size]
    library.from_correlations.restype = ctypes.c_int32
    library.from_errors.argtypes = [*[pointer] * 4, size, size, size]
    library.from_errors.restype = None
    library.ring.argtypes = [pointer, pointer, size, size]
    library.ring.restype = None
    library.solve_toeplitz.argtypes = [*[pointer] * 4, size, size]
    library.solve_toeplitz.restype = ctypes.c_int32
    return library
