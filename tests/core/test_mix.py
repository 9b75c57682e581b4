"""Who is trusted with a gap: prediction where both sides agree; copies only where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.cutting import hide
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.mix import (
    PREDICTED_FRAMES,
    TAKES_FROM_S,
    is_nearer_than_copy,
    is_predicted,
    weigh_network,
)
from uasrm_core.interpolation.fills import ClassicalFills, agreement_db, classical_fills

RATE = 44100


def held_note(seconds=6.0):
    """Return a note of ten partials that do not repeat exactly, over a little noise."""
    rng = np.random.default_rng(3)
    time = np.arange(round(seconds * RATE)) / RATE
    sound = 1e-4 * rng.standard_normal(len(time))
    for partial in range(1, 11):
        hz = 311.13 * partial * np.sqrt(1 + 2e-4 * partial**2)
        sound += 0.2 / partial * np.sin(2 * np.pi * hz * time + rng.uniform(0, 6.28))
    return sound.astype(np.float32)[None]


def repair(sound, region, engine, model):
    clip = AudioClip(MemorySource(sound, RATE))
    job = RepairJob(hide(clip, region), (region,), engine, model)
    return api.repair(job).outcomes[0].candidates[0]


def snr_db(sound, region, candidate):
    patch = candidate.patch
    after = sound.copy()
    after[:, patch.start_frame : patch.end_frame] = patch.samples
    lost = slice(region.start_frame, region.end_frame)
    error = np.sum((after - sound)[:, lost] ** 2)
    return 10 * np.log10(np.sum(sound[:, lost] ** 2) / error)


@pytest.mark.parametrize("ms", [10, 30, 60])
def test_a_held_note_is_predicted_whatever_the_network_says(wild, ms):
    sound = held_note()
    region = Region(3 * RATE, 3 * RATE + ms * RATE // 1000)
    by_network, predicted = (repair(sound, region, engine, wild) for engine in ("unet", "ar"))
    assert snr_db(sound, region, by_network) > snr_db(sound, region, predicted) - 0.2


def test_a_note_that_another_follows_is_predicted_whatever_the_network_says(wild):
    sound = held_note()
    region = Region(3 * RATE, 3 * RATE + 30 * RATE // 1000)
    # so that what comes after does not go on backwards with what was lost
    time = np.arange(2 * RATE) / RATE
    other = sum(np.sin(2 * np.pi * 392.7 * k * time) / k for k in range(1, 11))
    begins = region.end_frame + RATE // 50
    sound[0, begins : begins + len(time)] += 0.4 * other * (1.0 - np.exp(-time / 0.0005))
    start, end = region.start_frame, region.end_frame
    assert agreement_db([classical_fills(sound[0], start, end, RATE)]) < 13.0
    by_network, predicted = (repair(sound, region, engine, wild) for engine in ("unet", "ar"))
    assert snr_db(sound, region, predicted) > 20.0
    assert snr_db(sound, region, by_network) > snr_db(sound, region, predicted) - 1.0


def test_a_held_note_is_not_copied(wild):
    sound = held_note()
    region = Region(3 * RATE, 3 * RATE + 441)
    candidate = repair(sound, region, "auto", wild)
    assert candidate.source_frames is None
    assert snr_db(sound, region, candidate) > 30.0


def test_noise_that_comes_again_is_copied(wild, rng):
    bar = 0.1 * rng.standard_normal((1, RATE)).astype(np.float32)
    sound = np.tile(bar, (1, 5))
    region = Region(2 * RATE + 9000, 2 * RATE + 9441)
    assert snr_db(sound, region, repair(sound, region, "auto", wild)) > 30.0


def test_where_predictions_agree_the_network_is_not_asked(rng):
    fill, other = rng.standard_normal((2, 2000)).astype(np.float32)
    same, apart = (
        agreement_db([ClassicalFills(fill, fill, fill + share * other)]) for share in (0.1, 1.0)
    )
    assert same == pytest.approx(20.0, abs=1.0)
    assert apart == pytest.approx(0.0, abs=1.0)
    assert is_predicted(2000, rate=RATE, agreement_db=same)
    assert not is_predicted(2000, rate=RATE, agreement_db=apart)
    # a long gap is drawn or made smooth by the network alone
    assert not is_predicted(round(TAKES_FROM_S * RATE) + 1, rate=RATE, agreement_db=same)
    # the network is not trained on shorter ones
    assert is_predicted(PREDICTED_FRAMES, rate=RATE, agreement_db=apart)
    assert agreement_db([]) == -np.inf


def test_prediction_and_network_are_weighed_by_their_errors():
    # two guesses of one sound, the prediction off by 0.01, the network by 0.02
    assert weigh_network(predicted=1.0, doubt=0.01, apart=0.03) == pytest.approx(1 / 3)
    # the network differs by no more than the prediction is off, so that it may be right
    assert weigh_network(predicted=1.0, doubt=0.01, apart=0.005) == 1.0
    # a prediction that may be anything counts for nothing
    assert weigh_network(predicted=1.0, doubt=1.5, apart=4.0) == 1.0
    assert weigh_network(predicted=1.0, doubt=np.inf, apart=1.0) == 1.0
    assert weigh_network(predicted=0.0, doubt=0.0, apart=0.0) == 1.0


def test_a_prediction_is_nearer_than_a_copy_that_correlates_less():
    assert is_nearer_than_copy(predicted=1.0, doubt=0.001, correlation=0.995)
    assert not is_nearer_than_copy(predicted=1.0, doubt=0.001, correlation=0.9999)
    assert not is_nearer_than_copy(predicted=1.0, doubt=0.0, correlation=1.0)
