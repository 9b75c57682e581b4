"""Within-dB accuracy counts the cells of the lost spectrogram that came back."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.metrics.within_db import within_db_accuracy

START, END = 20_000, 30_000


@pytest.fixture
def clean(rng):
    return 0.1 * rng.standard_normal((1, 60_000)).astype(np.float32)


def _accuracy(clean, repaired, tolerance_db, start=START, end=END):
    return within_db_accuracy(clean, repaired, start, end, tolerance_db=tolerance_db)


def test_what_came_back_unchanged_is_all_right(clean):
    assert _accuracy(clean, clean.copy(), 0.0) == 100.0


def test_a_level_that_is_off_counts_within_its_tolerance_only(clean):
    louder = clean * np.float32(10 ** (2 / 20))
    assert _accuracy(clean, louder, 1.0) == 0.0
    assert _accuracy(clean, louder, 3.0) == 100.0


def test_only_the_gap_is_counted(clean):
    repaired = clean.copy()
    repaired[:, : START - 1024] = 0.0
    repaired[:, END + 1024 :] = 0.0
    assert _accuracy(clean, repaired, 0.1) == 100.0


def test_other_noise_is_right_now_and_then(clean, rng):
    repaired = clean.copy()
    repaired[:, START:END] = 0.1 * rng.standard_normal((1, END - START))
    one, three, six = (_accuracy(clean, repaired, db) for db in (1.0, 3.0, 6.0))
    assert 5 < one < three < six < 80


def test_a_gap_shorter_than_the_hop_has_one_column(clean):
    blank = clean.copy()
    blank[:, START - 1024 : START + 1024] = 0.0
    assert _accuracy(clean, blank, 1.0, START, START + 20) < 100.0


def test_silence_agrees_with_silence():
    silence = np.zeros((1, 60_000), dtype=np.float32)
    assert _accuracy(silence, silence, 1.0) == 100.0
