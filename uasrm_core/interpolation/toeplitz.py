"""Solving banded Toeplitz systems: the equations of what is missing in a gap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from uasrm_core.interpolation import loops

Vector = npt.NDArray[np.float64]


def solve_toeplitz(column: Vector, target: Vector) -> Vector | None:
    """Solve a symmetric, banded Toeplitz system, or return None if it is not positive definite.

    Schur's algorithm finds the rows of the Cholesky factor one from the other, so that `n` unknowns
    cost the square of `n` where Cholesky's method takes the cube, and is as stable.

    Parameters
    ----------
    column
        ``(bandwidth,)``: the first column of the matrix, as far as it is not zero.
    target
        ``(n,)``, the right-hand side, no shorter than `column`.

    References
    ----------
    Bojanczyk, Brent, de Hoog, Sweet, "On the stability of the Bareiss and related Toeplitz
    factorization algorithms", SIAM J. Matrix Anal. Appl. 16(1), 1995.
    """
    solution = np.array(target, dtype=np.float64)
    rows, work = np.empty((len(target), len(column))), np.empty((2, len(column)))
    first = np.ascontiguousarray(column, dtype=np.float64)
    return solution if loops.call("solve_toeplitz", first, solution, rows, work) else None
