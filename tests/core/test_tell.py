"""A classifier tells holes from sound, and knows nothing where nothing was done."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.evaluation.benchmark import Score
from uasrm_core.evaluation.measures import Comparison
from uasrm_core.evaluation.places import Cut
from uasrm_core.evaluation.tell import Tells, cross_validated_auc, features

RATE, START, END = 16000, 16000, 20000


@pytest.fixture
def sounds(music_like):
    return [music_like(2.5, rate=RATE, channels=1, seed=seed) for seed in range(24)]


def hear(tells, sounds, repair):
    for number, clean in enumerate(sounds):
        repaired = repair(clean.copy())
        score = Score(f"{number % 6}.wav", Cut(START, END, 250.0), RATE, "unet", {})
        tells.hear(score, Comparison(clean, clean, repaired, START, END, RATE))


def silenced(sound):
    sound[:, START:END] = 0.0
    return sound


def test_holes_are_told_from_sound(sounds):
    tells = Tells()
    hear(tells, sounds, silenced)
    assert tells.aucs() == {(250.0, "unet"): pytest.approx(1.0, abs=0.02)}


def test_what_was_not_changed_cannot_be_told(sounds):
    tells = Tells()
    hear(tells, sounds, lambda sound: sound)
    assert tells.aucs()[(250.0, "unet")] == pytest.approx(0.5, abs=0.01)


def test_too_few_recordings_tell_nothing(rng):
    found = rng.normal(size=(6, 5))
    assert np.isnan(cross_validated_auc(found, [True, False] * 3, ["a", "a", "b", "b", "c", "c"]))


@pytest.mark.parametrize("gap", [(0, 160), (20000, 40000), (39900, 40000), (10000, 10010)])
def test_a_gap_anywhere_has_features(sounds, gap):
    assert np.isfinite(features(sounds[0], *gap, RATE)).all()
    assert np.isfinite(features(np.zeros_like(sounds[0]), *gap, RATE)).all()
