"""LAPACK called without the interpreter's lock.

SciPy's own wrappers keep the lock for as long as they calculate, which for a gap of 100 ms is long
enough for playback, in another thread, to be heard breaking off. Functions called through ctypes
let it go.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import LowLevelCallable
from scipy.linalg import LinAlgError, cython_lapack

Vector = npt.NDArray[np.float64]


def solve_banded(bands: Vector, target: Vector) -> Vector:
    """Solve a symmetric, positive definite, banded system by Cholesky's method.

    Parameters
    ----------
    bands
        ``(bandwidth + 1, n)``: the diagonal, then those below it, each from its first column on.
    target
        ``(n,)``, the right-hand side.

    Raises
    ------
    LinAlgError
        The system is not positive definite.

    References
    ----------
    Anderson et al., "LAPACK Users' Guide", SIAM 1999, DPBSV.
    """
    factor = np.array(bands, dtype=np.float64, order="F")
    solution = np.array(target, dtype=np.float64)
    numbers = [len(target), len(bands) - 1, 1, len(bands), len(target), 0]
    n, below, sides, rows, length, info = (ctypes.c_int(number) for number in numbers)
    where = factor.ctypes.data_as(ctypes.c_void_p), solution.ctypes.data_as(ctypes.c_void_p)
    by = ctypes.byref
    _find_pbsv()(
        b"L", by(n), by(below), by(sides), where[0], by(rows), where[1], by(length), by(info)
    )
    if info.value:
        raise LinAlgError("The system is not positive definite.")
    return solution


@cache
def _find_pbsv() -> Callable[..., None]:
    """Return DPBSV of the LAPACK that SciPy offers to compiled code, all its arguments pointers."""
    # uplo, then n, kd, nrhs, ab, ldab, b, ldb, info
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_char_p, *[ctypes.c_void_p] * 8)
    found = LowLevelCallable.from_cython(cython_lapack, "dpbsv")
    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return prototype(address(found.function, found.signature.encode()))
