"""A click at a seam is an onset; a seam that joins what belongs together is none."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.metrics.onsets import edge_onsets, edge_strengths

RATE = 44100
START, END = 60_000, 64_000


@pytest.fixture
def clean(tone, rng):
    steady = tone(330.0, seconds=3.0) + tone(880.0, seconds=3.0, amplitude=0.2)
    noise = 0.003 * rng.standard_normal(steady.shape)
    return (steady + noise).astype(np.float32)


def _onsets(clean, repaired):
    return edge_onsets(clean, repaired, START, END, RATE)


def test_the_clean_recording_itself_has_no_new_onset(clean):
    found = _onsets(clean, clean.copy())
    assert (found.clean, found.repaired, found.is_new) == (False, False, False)


@pytest.mark.parametrize("edge", [START, END])
def test_a_click_at_an_edge_is_a_new_onset(clean, edge):
    repaired = clean.copy()
    repaired[:, edge : edge + 3] += 0.3
    assert _onsets(clean, repaired).is_new


def test_a_hole_begins_and_ends_with_onsets(clean):
    repaired = clean.copy()
    repaired[:, START:END] = 0.0
    assert _onsets(clean, repaired).is_new


def test_a_click_in_the_middle_is_no_matter_of_the_seams(clean):
    repaired = clean.copy()
    repaired[:, START + 2000 : START + 2003] += 0.3
    assert not _onsets(clean, repaired).repaired


def test_a_drum_that_was_there_before_is_not_new(clean, rng):
    drum = 0.5 * rng.standard_normal(3000) * np.exp(-np.arange(3000) / 600)
    clean[:, START : START + 3000] += drum.astype(np.float32)
    found = _onsets(clean, clean.copy())
    assert (found.clean, found.repaired, found.is_new) == (True, True, False)


def test_silence_cannot_be_judged():
    silence = np.zeros((1, 100_000), dtype=np.float32)
    assert _onsets(silence, silence) is None


def test_strengths_tell_the_edge_that_an_onset_is_at(clean):
    even = edge_strengths(clean, START, END, RATE)
    assert max(even) < 1.0
    clean[:, END : END + 3] += 0.3
    strengths = edge_strengths(clean, START, END, RATE)
    assert strengths[0] == pytest.approx(even[0], rel=0.2)
    assert strengths[1] > 1.0


def test_strengths_are_measured_by_what_is_outside_the_gap(clean, rng):
    expected = edge_strengths(clean, START, END, RATE)
    middle = slice(START + 1000, END - 1000)
    clean[:, middle] += rng.standard_normal(clean[:, middle].shape).astype(np.float32)
    assert edge_strengths(clean, START, END, RATE) == pytest.approx(expected, rel=0.05)
    silence = np.zeros((1, 100_000), dtype=np.float32)
    assert edge_strengths(silence, START, END, RATE) is None
