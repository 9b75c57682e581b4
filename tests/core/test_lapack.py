import threading
import time

import numpy as np
import pytest
from scipy import linalg

from uasrm_core.dsp.lapack import solve_banded


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


def test_other_threads_go_on_while_it_calculates(rng):
    bands, target = bands_of(rng, 2500, 800), rng.standard_normal(2500)
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    watch = threading.Thread(target=tick)
    watch.start()
    start = time.perf_counter()
    solve_banded(bands, target)
    end = time.perf_counter()
    done.set()
    watch.join()
    during = [t for t in ticks if start < t < end]
    assert len(during) >= 5, (len(during), end - start)
