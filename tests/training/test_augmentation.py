"""Variations of recordings: as long as before, as loud, and audibly other."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.training import augmentation
from uasrm_core.training.settings import DataSettings


@pytest.fixture
def sound(music_like):
    return music_like(1.5, channels=1, rate=22050)[0]


@pytest.mark.parametrize(
    "name", ["equalise", "add_room", "add_noise", "narrow_band", "code_as_mp3"]
)
def test_a_variation_keeps_length_and_level_and_changes_the_sound(sound, rng, name):
    made = getattr(augmentation, name)(sound, 22050, rng)
    assert made.shape == sound.shape
    assert made.dtype == np.float32
    assert np.isfinite(made).all()
    assert not np.array_equal(made, sound)
    assert 0.3 < np.std(made) / np.std(sound) < 4.0


def test_coding_keeps_what_is_heard(sound, rng):
    made = augmentation.code_as_mp3(sound, 22050, rng)
    before, after = (np.abs(np.fft.rfft(s * np.hanning(len(s)))) for s in (sound, made))
    assert np.corrcoef(before, after)[0, 1] > 0.9


def test_narrowing_takes_the_top_away(sound, rng):
    made = augmentation.narrow_band(rng.standard_normal(44100).astype(np.float32), 44100, rng)
    power = np.abs(np.fft.rfft(made)) ** 2
    assert power[8000:].sum() < 1e-3 * power.sum()


@pytest.mark.parametrize("kind", ["speech", "music", "sounds"])
def test_every_kind_is_varied_alike_by_the_same_seed(sound, kind):
    a, b = (
        augmentation.augment(sound, 22050, DataSettings().of(kind), np.random.default_rng(2))
        for _ in range(2)
    )
    assert np.array_equal(a, b)
    others = [
        augmentation.augment(sound, 22050, DataSettings().of(kind), np.random.default_rng(s))
        for s in range(12)
    ]
    assert any(not np.array_equal(a, other) for other in others)
