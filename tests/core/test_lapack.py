import numpy as np
import pytest
from scipy import linalg

from uasrm_core.interpolation.lapack import solve_banded


def bands_of(rng, size, width):
    bands = 0.1 * rng.standard_normal((width + 1, size))
    bands[0] = 1.0 + 0.2 * width
    return bands


@pytest.mark.parametrize(("size", "width"), [(1, 0), (5, 2), (300, 40), (40, 39)])
def test_a_banded_system_is_solved(rng, size, width):
    bands, target = bands_of(rng, size, width), rng.standard_normal(size)
    kept = bands.copy(), target.copy()
    expected = linalg.solveh_banded(bands, target, lower=True)
    assert solve_banded(bands, target) == pytest.approx(expected, rel=1e-10)
    assert np.array_equal(bands, kept[0])
    assert np.array_equal(target, kept[1])


def test_a_system_that_is_not_positive_definite_is_refused():
    with pytest.raises(linalg.LinAlgError):
        solve_banded(np.array([[1.0, -1.0], [0.0, 0.0]]), np.ones(2))


def test_other_threads_go_on_while_it_calculates(rng, lets_others_run):
    bands, target = bands_of(rng, 24, 12), rng.standard_normal(24)
    assert lets_others_run(lambda: solve_banded(bands, target))
    # SciPy's own call does not, which is why there is another
    assert not lets_others_run(lambda: linalg.solveh_banded(bands, target, lower=True), tries=2000)
