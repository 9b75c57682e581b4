"""The network for clicks takes away what rings, at any level, as the one that was trained."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import torch

from uasrm_core.interpolation import click_network
from uasrm_core.interpolation.click_model import find_sound_under

ROOT = Path(__file__).resolve().parents[2]
RATE = 16000
FRAMES = 48


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("fit_declicker")


@pytest.fixture
def covariance():
    """Return how far off a guess at a low sound may be, 20 dB under a click of a peak of 1."""
    apart = np.arange(FRAMES)
    return 0.01 * np.exp(-0.5 * np.square((apart[:, None] - apart) / 6.0)) + 1e-6 * np.eye(FRAMES)


def draw_sound(covariance, rng):
    return np.linalg.cholesky(covariance) @ rng.standard_normal(FRAMES)


def ring(hz, phase):
    time = np.arange(FRAMES)
    return np.cos(2 * np.pi * hz / RATE * time + phase) * np.exp(-4 * time / FRAMES)


def make_gaps(tool, covariance, rng):
    make = importlib.import_module("click_examples").Gap
    sounds = [draw_sound(covariance, rng).astype(np.float32) for _ in range(6)]
    return [
        make(sound, covariance.astype(np.float32), 0.1, 0, FRAMES, RATE, "speech")
        for sound in sounds
    ]


def test_a_ring_is_told_from_the_sound_under_it(covariance, rng):
    for phase in (0.0, 1.0, 2.0):
        sound, click = draw_sound(covariance, rng), ring(2500, phase)
        found = click_network.separate(sound + click, covariance, RATE).sound
        assert np.sum(np.square(found - sound)) < 0.02 * np.sum(np.square(click))


def test_the_level_does_not_matter(covariance, rng):
    off = draw_sound(covariance, rng) + ring(1500, 0.5)
    found = click_network.separate(off, covariance, RATE)
    louder = click_network.separate(100 * off, 1e4 * covariance, RATE)
    assert louder.sound == pytest.approx(100 * found.sound, abs=1e-6)
    assert louder.with_click == pytest.approx(found.with_click)


def test_a_click_is_likelier_where_there_is_one(covariance, rng):
    sound = draw_sound(covariance, rng)
    clicked = click_network.separate(sound + ring(2500, 1.0), covariance, RATE)
    assert clicked.with_click > max(clicked.without, clicked.louder) + 50
    alone = click_network.separate(sound, covariance, RATE)
    assert alone.without > alone.with_click
    # the sound itself, only louder than expected
    shouted = click_network.separate(4 * sound, covariance, RATE)
    assert shouted.louder > shouted.with_click


def test_what_is_no_louder_than_the_guess_is_off_stays(covariance, rng):
    off = draw_sound(covariance, rng)
    assert find_sound_under(off, covariance, RATE) == pytest.approx(off)


def test_the_network_is_the_one_that_was_trained(tool, covariance, rng, tmp_path, monkeypatch):
    torch.manual_seed(3)
    network = tool.Network().requires_grad_(False)
    tool.write(network, tmp_path / "declick.npz")
    gaps = make_gaps(tool, covariance, rng)
    clicks = {("speech", RATE): tool.make_clicks("speech", RATE, rng)}
    batch = tool.lay_clicks(gaps, clicks, rng)
    _, trained = network(batch)
    stages = click_network.read_stages(tmp_path / "declick.npz")
    monkeypatch.setattr(click_network, "load_stages", lambda: stages)
    for row in range(len(gaps)):
        off, covered = (each[row].double().numpy() for each in (batch.off, batch.covariance))
        found = click_network.separate(off, covered, RATE).sound
        assert trained[row].numpy() == pytest.approx(found, abs=0.01)


def test_training_learns(tool, covariance, rng):
    gaps = make_gaps(tool, covariance, rng)

    def measure(steps):
        network = tool.train(gaps, steps, seed=2)
        batch = tool.Batches(gaps, np.random.default_rng(5)).draw()
        with torch.no_grad():
            return tool.measure_loss(network(batch)[1], batch).item()

    assert measure(40) < measure(1) - 0.1
