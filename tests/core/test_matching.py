"""Counting detections: one to one, at the right place, in the right channel."""

import pytest

from uasrm_core.detect.detections import Detection
from uasrm_core.evaluation.matching import match
from uasrm_core.evaluation.planting import Damage

RATE = 44100


def damage(kind, start, end, channels=(0,)):
    return Damage(kind, start, end, channels, 0.0, "")


def detection(kind, start, end, channels=(0,)):
    return Detection(kind, start, end, channels, 1.0)


def test_a_detection_that_swallows_several_damages_counts_once():
    damages = [damage("click", n, n + 10) for n in (1000, 1050, 1100)]
    matched = match(damages, [detection("click", 1000, 1110)], RATE)
    assert sum(n is not None for n in matched.found) == 1


def test_a_damage_found_twice_counts_once():
    matched = match([damage("click", 1000, 1010)], [detection("click", 1000, 1010)] * 2, RATE)
    assert matched.found == (0,)
    assert matched.right == (True, False)


@pytest.mark.parametrize(("kind", "slack"), [("click", 132), ("dropout", 441)])
def test_edges_may_be_off_by_so_much(kind, slack):
    damages = [damage(kind, 5000, 9000)]
    assert match(damages, [detection(kind, 5000 - slack, 9000 + slack)], RATE).right == (True,)
    assert match(damages, [detection(kind, 5000, 9002 + slack)], RATE).right == (False,)


def test_clipping_must_share_most_of_its_time():
    damages = [damage("clipping", 0, 1000)]
    assert match(damages, [detection("clipping", 0, 1900)], RATE).right == (True,)
    assert match(damages, [detection("clipping", 0, 2100)], RATE).right == (False,)


def test_another_kind_or_channel_is_no_match():
    damages = [damage("click", 1000, 1010)]
    assert match(damages, [detection("dropout", 1000, 1010)], RATE).right == (False,)
    assert match(damages, [detection("click", 1000, 1010, (1,))], RATE).right == (False,)
