import numpy as np
import pytest
from scipy import linalg

from uasrm_core.interpolation import ar
from uasrm_core.interpolation.toeplitz import solve_toeplitz


def column_of(rng, width):
    # of what a filter does to noise, so that the matrix is positive definite
    taps = rng.standard_normal(width)
    taps[0] += width
    return np.correlate(taps, taps, mode="full")[width - 1 :]


@pytest.mark.parametrize(("size", "width"), [(1, 1), (5, 1), (5, 3), (5, 5), (300, 41), (40, 40)])
def test_a_banded_system_is_solved(rng, size, width):
    column, target = column_of(rng, width), rng.standard_normal(size)
    kept = column.copy(), target.copy()
    expected = linalg.solve(linalg.toeplitz(np.pad(column, (0, size - width))), target)
    assert solve_toeplitz(column, target) == pytest.approx(expected, rel=1e-10)
    assert np.array_equal(column, kept[0])
    assert np.array_equal(target, kept[1])


@pytest.mark.parametrize("column", [[0.0], [-1.0, 0.0], [1.0, -1.0], [1.0, 0.9, -0.9], [np.nan]])
def test_a_system_that_is_not_positive_definite_is_refused(column):
    assert solve_toeplitz(np.array(column), np.ones(3)) is None


@pytest.mark.parametrize(("top", "gap", "within_db"), [(400, 20, -60.0), (1000, 20, -35.0)])
def test_sound_without_a_top_is_interpolated_as_by_cholesky(rng, top, gap, within_db):
    # as a lossy file, or one that was resampled: next to nothing above a part of its band
    spectrum = np.fft.rfft(rng.standard_normal(8000))
    spectrum[top:] *= 1e-5
    sound = np.fft.irfft(spectrum)
    column, pull = ar.form_equations(sound, 4000, 4000 + gap, ar.burg(sound, 300))
    bands = np.broadcast_to(column[:, None], (len(column), len(pull)))
    missing = sound[4000 : 4000 + gap]
    fills = linalg.solveh_banded(bands, -pull, lower=True), solve_toeplitz(column, -pull)
    errors_db = [
        10 * np.log10(np.sum(np.square(fill - missing)) / np.sum(np.square(missing)))
        for fill in fills
    ]
    assert errors_db[1] == pytest.approx(errors_db[0], abs=0.01)
    assert errors_db[1] < within_db


def test_other_threads_go_on_while_it_calculates(rng, lets_others_run):
    ar.prepare()
    column, target = column_of(rng, 12), rng.standard_normal(24)
    assert lets_others_run(lambda: solve_toeplitz(column, target))
