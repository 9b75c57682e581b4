"""Passages that fit a gap: exact repeats to the frame, likeness where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.exemplars.features import margin_frames, measure_features
from uasrm_core.exemplars.finder import ExemplarFinder, cut_padded, match_levels

RATE = 44100


def finder_of(samples, rate, lost):
    """Return what searches a sound held in memory, ``(channels, frames)``."""
    margin = margin_frames(rate)
    blank = samples.copy()
    for start, end in lost:
        blank[:, max(start, 0) : max(end, 0)] = 0.0
    features = measure_features(np.pad(blank, ((0, 0), (margin, margin))), rate)
    return ExemplarFinder(
        [features], lambda low, high: blank[:, low:high], samples.shape[1], rate, lost
    )


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 96000])
def test_a_repeat_is_found_to_the_frame(rng, rate):
    bar = rng.standard_normal(rate).astype(np.float32)
    others = rng.standard_normal((2, rate)).astype(np.float32)
    sound = np.concatenate([others[0], bar, others[1], bar, others[0][: rate // 2]])
    start, end = rate + rate // 3, rate + rate // 2
    (found,) = finder_of(sound[None], rate, [(start, end)]).find(start, end)
    assert found.shift_frames == 2 * rate
    assert found.correlation > 0.95
    assert found.difference_db < 1.0


def test_where_nothing_repeats_the_same_colour_is_found(rng):
    dark = np.cumsum(rng.standard_normal(4 * RATE))
    dark = (dark - np.convolve(dark, np.ones(400) / 400, "same")).astype(np.float32)
    bright = np.diff(rng.standard_normal(4 * RATE + 1)).astype(np.float32)
    sound = np.concatenate([bright / np.std(bright), dark / np.std(dark)])
    start, end = 6 * RATE, 6 * RATE + 4000
    (found,) = finder_of(sound[None], RATE, [(start, end)]).find(start, end)
    assert start + found.shift_frames > 4 * RATE


def test_silence_is_not_taken_for_steady_sound(rng):
    noise = rng.standard_normal(4 * RATE).astype(np.float32)
    sound = np.concatenate([np.zeros(4 * RATE, np.float32), noise])
    start, end = 6 * RATE, 6 * RATE + 4000
    for passage in finder_of(sound[None], RATE, [(start, end)]).find(start, end, count=3):
        assert start + passage.shift_frames >= 4 * RATE


def test_no_passage_is_damaged_or_beyond_the_ends(rng):
    sound = rng.standard_normal(2 * RATE).astype(np.float32)
    lost = [(20000, 24000), (50000, 51000), (80000, 80500)]
    found = finder_of(sound[None], RATE, lost).find(20000, 24000, count=8)
    assert found
    for passage in found:
        first, last = 20000 + passage.shift_frames, 24000 + passage.shift_frames
        assert first >= 0
        assert last <= len(sound)
        assert all(last <= a or first >= b for a, b in lost)


def test_passages_differ_and_the_best_comes_first(rng):
    sound = rng.standard_normal(4 * RATE).astype(np.float32)
    found = finder_of(sound[None], RATE, [(60000, 64000)]).find(60000, 64000, count=4)
    assert len(found) == 4
    shifts = sorted(passage.shift_frames for passage in found)
    assert np.min(np.diff(shifts)) >= 1000
    scores = [passage.score for passage in found]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("place", [(0, 4000), (20000, 40000), (40000, 44100)])
def test_too_short_a_recording_holds_none(rng, place):
    sound = rng.standard_normal(44100).astype(np.float32)
    whole = [(0, 44100)]
    assert finder_of(sound[None], RATE, whole).find(*place) == []


@pytest.mark.parametrize("start", [0, 84200])
def test_a_gap_at_either_end_is_compared_on_its_other_side(rng, start):
    bar = rng.standard_normal(22050).astype(np.float32)
    sound = np.tile(bar, 4)
    (found,) = finder_of(sound[None], RATE, [(start, start + 4000)]).find(start, start + 4000)
    assert found.shift_frames % 22050 == 0
    assert found.correlation > 0.9


def test_silence_is_no_obstacle():
    sound = np.zeros(2 * RATE, dtype=np.float32)
    for passage in finder_of(sound[None], RATE, [(40000, 42000)]).find(40000, 42000):
        assert np.isfinite(passage.score)


def test_a_gap_in_silence_is_no_obstacle_either(rng):
    sound = rng.standard_normal(4 * RATE).astype(np.float32)
    sound[RATE : 3 * RATE] = 0.0
    place = (2 * RATE, 2 * RATE + 4000)
    for passage in finder_of(sound[None], RATE, [place]).find(*place, count=3):
        assert np.isfinite(passage.score)


def test_cutting_beyond_the_ends_gives_silence():
    sound = np.arange(1.0, 6.0, dtype=np.float32)
    assert cut_padded(sound, -2, 3).tolist() == [0, 0, 1, 2, 3]
    assert cut_padded(sound, 3, 7).tolist() == [4, 5, 0, 0]
    assert cut_padded(sound, -9, -5).tolist() == [0, 0, 0, 0]
    assert cut_padded(sound, 7, 9).tolist() == [0, 0]


def test_matching_brings_a_passage_to_the_levels_on_both_sides(rng):
    noise = rng.standard_normal(3 * RATE).astype(np.float32)
    start, end = RATE, 2 * RATE
    rising = 10 ** (np.interp(np.arange(3 * RATE), [start, end], [-6.0, 6.0]) / 20)
    target = (noise[::-1] * rising).astype(np.float32)
    made = match_levels(noise, target, start, end, RATE)

    def level(samples, a, b):
        return 10 * np.log10(np.mean(samples[a:b] ** 2))

    assert level(made, start, start + 4000) == pytest.approx(-6.0, abs=1.0)
    assert level(made, end - 4000, end) == pytest.approx(6.0, abs=1.0)
    assert level(made, start + 20000, end - 20000) == pytest.approx(0.0, abs=1.0)


def test_matching_with_nothing_to_go_by_changes_nothing(rng):
    noise = rng.standard_normal(8000).astype(np.float32)
    assert np.array_equal(match_levels(noise, np.zeros(8000, np.float32), 0, 8000, RATE), noise)
