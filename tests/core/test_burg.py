"""Burg's recursion in both of its forms, and that others can go on while it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from uasrm_core.interpolation import ar, burg, compiled, kernels, loops

ROOT = Path(__file__).parents[2]


def by_definition(stretches: list[np.ndarray], order: int) -> np.ndarray:
    """The recursion as Burg states it, on the errors of every stretch."""
    pairs = [(stretch.copy(), stretch.copy()) for stretch in stretches]
    model = np.ones(1)
    for _ in range(order):
        pairs = [(forward[1:], backward[:-1]) for forward, backward in pairs]
        energy = sum(f @ f + b @ b for f, b in pairs)
        reflection = -2.0 * sum(f @ b for f, b in pairs) / energy
        pairs = [(f + reflection * b, b + reflection * f) for f, b in pairs]
        model = np.append(model, 0.0) + reflection * np.append(0.0, model[::-1])
    return model


@pytest.fixture
def coloured(rng):
    return np.convolve(rng.standard_normal(3000), np.hanning(9), mode="same")


@pytest.mark.parametrize("order", [1, 2, 7, 64])
def test_one_stretch(coloured, order):
    assert burg.burg_filter([coloured], order) == pytest.approx(by_definition([coloured], order))


def test_several_stretches(coloured):
    parts = [coloured[:700], coloured[1000:2900], coloured[2900:2941]]
    expected = by_definition(parts, 40)
    assert burg.burg_filter(parts, 40) == pytest.approx(expected)


def test_what_rounding_would_spoil_is_calculated_from_the_errors(rng):
    time = np.arange(4000) / 44100
    tones = sum(np.sin(2 * np.pi * hz * time + hz) for hz in (440.0, 554.4, 659.3))
    sound = tones + 1e-5 * rng.standard_normal(len(time))
    correlation = burg._autocorrelate(sound, 200)
    ends = np.array([[sound[:201], sound[::-1][:201]]])
    turned, work = ends[..., ::-1].copy(), np.zeros((3, 201))
    assert not kernels.from_correlations(correlation, ends, turned, np.zeros(201), work)
    assert burg.burg_filter([sound], 200) == pytest.approx(by_definition([sound], 200), abs=1e-6)


@pytest.mark.parametrize("frames", [1, 5, 300])
def test_a_model_rings_on_as_its_filter_does(coloured, frames):
    model = burg.burg_filter([coloured], 12)
    impulse = np.eye(1, frames)[0]
    expected = signal.lfilter([1.0], model, impulse)
    assert burg.impulse_response(model, frames) == pytest.approx(expected)


def test_silence_is_predicted_by_nothing():
    assert np.array_equal(burg.burg_filter([np.zeros(100)], 10), np.eye(11)[0])


def test_the_reflections_of_noise_that_repeats_stay_below_one():
    # the steepest case: every other sample of opposite sign
    sound = np.where(np.arange(500) % 2, 1.0, -1.0)
    model = burg.burg_filter([sound], 8)
    assert np.all(np.isfinite(model))
    assert np.convolve(sound, model, mode="valid") == pytest.approx(np.zeros(492), abs=1e-9)


def test_other_threads_go_on_meanwhile(rng, lets_others_run):
    sound = rng.standard_normal(400)
    lags = np.array([np.dot(sound[: len(sound) - lag], sound[lag:]) for lag in range(21)])
    ends = np.array([[sound[:21], sound[::-1][:21]]])
    turned = ends[..., ::-1].copy()
    ar.prepare()
    model, work = np.zeros(21), np.zeros((3, 21))
    assert lets_others_run(lambda: kernels.from_correlations(lags, ends, turned, model, work))
    bounds = np.array([0, 400])
    assert lets_others_run(lambda: kernels.from_errors(sound.copy(), sound.copy(), bounds, model))


def test_it_works_where_nothing_can_be_kept():
    # a function of no file has no place for what is compiled of it
    names: dict[str, object] = {}
    exec("def double(x):\n    return 2.0 * x\n", names)
    compiled = kernels.compile_kept(names["double"])
    assert compiled(2.0) == 4.0


def test_a_full_disk_does_not_keep_it_from_working(monkeypatch):
    calls = []

    def ring(x: float) -> float:
        calls.append(x)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        return 2.0 * x

    monkeypatch.setattr(kernels, "ring", ring)
    assert loops.call("ring", 3.0) == 6.0


def test_all_loops_can_be_prepared(monkeypatch):
    called = []
    names = ("from_correlations", "from_errors", "ring", "solve_toeplitz")
    for name in names:
        loop = getattr(kernels, name)
        monkeypatch.setattr(kernels, name, lambda *a, n=name, f=loop: (called.append(n), f(*a))[1])
    ar.prepare()
    assert called == [*names]


def test_without_numba_the_same_loops_come_from_a_library_that_was_compiled_ahead(
    coloured, rng, tmp_path, monkeypatch
):
    """As in the packaged application, whose build compiles them in the same way."""
    library = tmp_path / compiled.NAME
    subprocess.run([sys.executable, ROOT / "packaging/compile_kernels.py", library], check=True)
    monkeypatch.setattr(compiled, "resource", lambda *parts: library)
    tones = np.sin(np.arange(4000) / 10) + 1e-5 * rng.standard_normal(4000)
    sounds = [coloured[:700], coloured[1000:2900]], [tones]
    by_numba = [burg.burg_filter(stretches, 200) for stretches in sounds]
    filled = ar.interpolate(coloured, 1000, 1150, 100).missing
    monkeypatch.setattr(loops, "kernels", compiled)
    by_library = [burg.burg_filter(stretches, 200) for stretches in sounds]
    for one, other in zip(by_numba, by_library, strict=True):
        assert other == pytest.approx(one, abs=1e-6)
        ringing = burg.impulse_response(other, 300)
        assert ringing == pytest.approx(signal.lfilter([1.0], other, np.eye(1, 300)[0]), rel=1e-6)
    assert ar.interpolate(coloured, 1000, 1150, 100).missing == pytest.approx(filled, abs=1e-6)
