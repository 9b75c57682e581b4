"""Doubtful clicks are believed among clicks, and doubted among drums."""

import numpy as np
import pytest

from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import Detection
from uasrm_core.detect.neighbours import (
    MOST_SURE,
    describe_neighbours,
    limit_sure,
    weigh_by_neighbours,
)

RATE = 44100


def clicks(times_s, confidence):
    return [
        Detection(Kind.CLICK, round(at * RATE), round(at * RATE) + 40, (0,), confidence)
        for at in times_s
    ]


def weighed(doubtful, others):
    detections = sorted([*doubtful, *others], key=lambda detection: detection.start_frame)
    starts = {detection.start_frame for detection in doubtful}
    found = weigh_by_neighbours(detections, RATE)
    return [detection.confidence for detection in found if detection.start_frame in starts]


@pytest.mark.parametrize("confidence", [0.5, 0.6, 0.7])
def test_a_doubtful_click_is_likelier_among_sure_ones_than_alone_or_among_doubtful_ones(confidence):
    doubtful = clicks([10.0], confidence)
    (alone,) = weighed(doubtful, [])
    (among_clicks,) = weighed(doubtful, clicks(np.arange(8.0, 12.0, 0.3), 0.98))
    # what is too unlikely is not listed at all
    among_drums = weighed(doubtful, clicks(np.arange(8.0, 12.0, 0.3) + 0.01, 0.3))
    assert among_clicks > alone > sum(among_drums)
    (far,) = weighed(doubtful, clicks(np.arange(20.0, 30.0, 0.3), 0.98))
    assert far == alone


def test_a_sure_click_is_kept_wherever_it_is():
    sure = clicks([10.0], 0.999)
    for others in ([], clicks(np.arange(8.0, 12.0, 0.3), 0.3)):
        assert weighed(sure, others)[0] >= 0.5


def test_a_crackling_record_makes_no_clicks_of_its_drums():
    drums = clicks(np.arange(6.0, 14.0, 0.22), 0.6)
    crackle = clicks(np.arange(7.13, 13.0, 0.4), 0.99)
    assert all(confidence < 0.5 for confidence in weighed(drums, crackle))


def test_nothing_is_made_of_nothing():
    assert weigh_by_neighbours([], RATE) == []


def test_sure_neighbours_are_all_described_and_only_some_count():
    crackle = clicks(np.arange(10.0, 12.0, 0.1), 0.99)
    described = describe_neighbours(crackle, RATE)
    assert np.allclose(described[:, 2], np.log1p(len(crackle) - 1))
    assert np.allclose(limit_sure(described)[:, 2], np.log1p(MOST_SURE))
    assert np.array_equal(limit_sure(described)[:, :2], described[:, :2])
