"""The tour of the first recording: four bubbles, each beside what it tells of."""

from PySide6.QtCore import Qt

from uasrm_gui.dialogs.tour import Tour
from uasrm_gui.start import offer_tour


def bubbles(window):
    return [tour for tour in window.findChildren(Tour) if tour.isVisible()]


def test_the_tour_has_four_bubbles_in_sight_and_ends(opened, qtbot):
    opened.action_set["tour"].trigger()
    (tour,) = bubbles(opened)
    said = []
    for _ in range(4):
        assert opened.rect().contains(tour.geometry())
        said.append(tour.text)
        tour.next.click()
    assert len(set(said)) == 4
    assert bubbles(opened) == []
    assert opened.settings.values.tour_seen


def test_escape_or_a_button_skips_the_tour(opened, qtbot):
    opened.action_set["tour"].trigger()
    (tour,) = bubbles(opened)
    qtbot.keyClick(tour.next, Qt.Key.Key_Escape)
    assert bubbles(opened) == []
    opened.action_set["tour"].trigger()
    (tour,) = bubbles(opened)
    tour.skip.click()
    assert bubbles(opened) == []


def test_the_tour_comes_with_the_first_recording_and_never_again(opened, qtbot):
    offer_tour(opened, opened.settings)
    opened.document.work.opened.emit()
    qtbot.waitUntil(lambda: len(bubbles(opened)) == 1)
    bubbles(opened)[0].skip.click()
    opened.document.work.opened.emit()
    qtbot.wait(700)
    assert bubbles(opened) == []
