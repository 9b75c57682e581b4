"""BLAS and LAPACK called without Python's lock.

SciPy's own wrappers keep the lock for as long as they calculate, which for a gap of 100 ms is long
enough for playback, in another thread, to be heard breaking off. Functions called through ctypes
let it go.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cython_blas, cython_lapack

Vector = npt.NDArray[np.float64]

# uplo, n, kd, nrhs, ab, ldab, b, ldb, info
PBSV_ARGUMENTS = 9
# n, x, incx, y, incy, param
ROTM_ARGUMENTS = 6


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
    _pbsv()(b"L", by(n), by(below), by(sides), where[0], by(rows), where[1], by(length), by(info))
    if info.value:
        raise LinAlgError("The system is not positive definite.")
    return solution


class Lattice:
    """Two vectors of which stretches are added to one another, in place and in one pass.

    Parameters
    ----------
    first, second
        ``(size,)``, contiguous. They are kept, and changed.

    References
    ----------
    Lawson et al., "Basic Linear Algebra Subprograms for Fortran usage", ACM TOMS 5(3), 1979, DROTM.
    """

    def __init__(self, first: Vector, second: Vector) -> None:
        self.first, self.second = first, second
        self.size = len(first)
        self._places = first.ctypes.data, second.ctypes.data
        # a flag of 0 means: ones in the diagonal, and beside it what follows
        self._param = (ctypes.c_double * 5)()
        self._count, self._step = ctypes.c_int(), ctypes.c_int(1)
        self._given = tuple(map(ctypes.addressof, (self._param, self._count, self._step)))
        self._rotm = _rotm()

    def stage(self, weight: float, first: int, second: int, count: int) -> None:
        """Add to `count` values of each, from a place on, the other's as they were, weighted."""
        param, length, step = self._given
        self._param[2] = self._param[3] = weight
        self._count.value = count
        x, y = self._places[0] + 8 * first, self._places[1] + 8 * second
        self._rotm(length, x, step, y, step, param)


@cache
def _pbsv() -> Callable[..., None]:
    """Return DPBSV of the LAPACK that SciPy brings."""
    return _offered(cython_lapack, "dpbsv", PBSV_ARGUMENTS, ctypes.c_char_p)


@cache
def _rotm() -> Callable[..., None]:
    """Return DROTM of the BLAS that SciPy brings."""
    return _offered(cython_blas, "drotm", ROTM_ARGUMENTS, ctypes.c_void_p)


def _offered(module: Any, name: str, arguments: int, first: Any) -> Callable[..., None]:
    """Return what SciPy offers to compiled code, all its arguments pointers."""
    capsule = module.__pyx_capi__[name]
    name_of, address_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    address_of.restype, address_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    prototype = ctypes.CFUNCTYPE(None, first, *[ctypes.c_void_p] * (arguments - 1))
    return prototype(address_of(capsule, name_of(capsule)))
