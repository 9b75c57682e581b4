import math

import pytest

from uasrm_gui.widgets.level_meter import FALL_DB_S, HOLD_S, LevelMeter


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def meter(qtbot, clock):
    meter = LevelMeter(clock=lambda: clock[0])
    qtbot.addWidget(meter)
    return meter


def test_the_bar_falls_and_the_peak_is_held(meter, clock):
    meter.show_level((0.5, 0.1))
    assert meter.held_db == pytest.approx(-6.02, abs=0.01)
    clock[0] = 1.0
    meter.show_level((0.001, 0.001))
    assert meter.level_db == pytest.approx(-6.02 - FALL_DB_S, abs=0.01)
    assert meter.held_db == pytest.approx(-6.02, abs=0.01)
    assert "−6.0" in meter.accessibleDescription()
    clock[0] = HOLD_S + 0.5
    meter.show_level((0.001, 0.001))
    assert meter.held_db < -6.1


def test_full_scale_is_remembered_until_the_next_play(meter):
    meter.show_level((1.0,))
    meter.show_level((0.1,))
    assert meter.clipped
    meter.reset()
    assert not meter.clipped
    assert meter.held_db == -math.inf
    assert not meter.grab().isNull()
