"""The panel, the menu and the picture say the same, and it is all remembered."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea

from uasrm_gui.dialogs.go_to import GoToDialog
from uasrm_gui.display import BUILT_IN
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.settings import SettingsStore
from uasrm_gui.widgets.time_format import TimeFormat


def choose(box, value) -> None:
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_the_view_menu_and_the_panel_agree(opened):
    opened.action_set["display.scale.bark"].trigger()
    assert opened.editor.display.scale == "bark"
    assert opened.display.box("scale").currentData() == "bark"
    choose(opened.display.box("colors"), "viridis")
    assert opened.action_set["display.colors.viridis"].isChecked()
    assert not opened.action_set["display.colors.inferno"].isChecked()


def test_the_submenus_hold_every_choice(window):
    menus = window.menus.findChildren(type(window.menus.addMenu("")))
    titles = {menu.title().replace("&", ""): len(menu.actions()) for menu in menus}
    assert titles["Frequency Scale"] == 4
    assert titles["Layout"] == 4
    assert titles["Time Format"] == 7
    assert titles["Presets"] == len(BUILT_IN)


def test_a_look_can_be_named_chosen_and_deleted(opened):
    panel = opened.display
    choose(panel.box("fft_size"), 8192)
    panel.save_as(" Organ ")
    assert panel.preset.currentText() == "Organ"
    panel.preset.activated.emit(1)
    assert opened.editor.display.looks_like(BUILT_IN[0].display)
    row = panel.preset.findText("Organ")
    panel.preset.activated.emit(row)
    assert opened.editor.display.fft_size == 8192
    panel.delete.click()
    assert opened.settings.values.presets == ()
    assert panel.preset.findText("Organ") < 0


def test_a_presets_name_is_not_taken_from_those_that_ship(opened):
    opened.display.save_as(BUILT_IN[0].name)
    opened.display.save_as("  ")
    assert opened.settings.values.presets == ()


def test_the_range_never_gets_too_narrow(opened):
    panel = opened.display
    panel.low.setValue(-5)
    display = opened.editor.display
    assert display.high_db - display.low_db >= 10
    panel.high.setValue(-115)
    display = opened.editor.display
    assert display.high_db - display.low_db >= 10
    assert (panel.low.value(), panel.high.value()) == (display.low_db, display.high_db)


def test_choices_are_there_again_the_next_time(opened, settings, tmp_path):
    choose(opened.display.box("layout"), "overlay")
    opened.display.blend.setValue(80)
    opened.action_set["time.tc25"].trigger()
    opened.display.keep()
    again = SettingsStore(settings._path).values
    assert (again.display.layout, again.display.blend) == ("overlay", 0.8)
    assert again.time_format == "tc25"
    assert json.loads(settings._path.read_text("utf-8"))["display"]["layout"] == "overlay"


@pytest.mark.parametrize(
    ("name", "text"), [("samples", "44\u2009100"), ("tc25", "00:00:01:00"), ("clock", "1.000")]
)
def test_times_follow_the_chosen_format(opened, qtbot, name, text):
    opened.action_set[f"time.{name}"].trigger()
    qtbot.keyClicks(opened.transport.first_field, text.replace("\u2009", " "))
    qtbot.keyClick(opened.transport.first_field, Qt.Key.Key_Return)
    assert opened.document.selection.region.start_frame == 44_100
    assert opened.transport.first_field.text() == text


def test_go_to_puts_the_cursor_there_and_shows_it(opened):
    frames = opened.document.work.info.frames
    opened.editor.set_view(0, 2000)
    opened.action_set["go_to"].trigger()
    (dialog,) = opened.findChildren(GoToDialog)
    dialog.field.setText("1.5")
    dialog.accept()
    start, end = opened.editor.visible_frames()
    assert opened.editor.cursor_frame() == 66_150
    assert start <= 66_150 <= end <= frames


def test_go_to_says_what_it_does_not_understand(qtbot):
    dialog = GoToDialog(TimeFormat("clock", 1000), 0, 5000)
    qtbot.addWidget(dialog)
    dialog.field.setText("later")
    dialog.accept()
    assert "Type a time" in dialog.reason.text()
    dialog.field.setText("1:00")
    dialog.accept()
    assert dialog.frame == 5000


def test_the_engines_are_loaded_soon_after_a_recording_was_opened(
    window, qtbot, monkeypatch, tone, wav_file
):
    begun = []
    monkeypatch.setattr(window.document.repairs._engines, "start", lambda: begun.append(True))
    assert not window._engines_timer.isActive()
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(wav_file(tone(seconds=1.0)))
    assert not begun
    qtbot.waitUntil(lambda: bool(begun))


def test_a_session_brings_the_view_back(opened, qtbot, tmp_path):
    opened.editor.set_view(20_000, 30_000)
    choose(opened.display.box("scale"), "log")
    session = tmp_path / "work.uasrm"
    with qtbot.waitSignal(opened.document.files.save_session(session).succeeded):
        pass
    opened.editor.fit()
    choose(opened.display.box("scale"), "linear")
    with qtbot.waitSignal(opened.document.work.opened):
        opened.document.files.open(session)
    assert opened.editor.visible_frames() == pytest.approx((20_000, 30_000))
    assert opened.editor.display.scale == "log"
    assert not opened.editor.view_history.can_go_back


@pytest.mark.parametrize(
    "data",
    [{}, {"start_frame": "x", "end_frame": None}, {"start_frame": 9, "end_frame": 2}, {"low": 5}],
)
def test_a_view_that_makes_no_sense_is_left_alone(opened, data):
    before = opened.editor.visible_frames(), opened.editor.display
    opened.editor.restore_view(data)
    assert (opened.editor.visible_frames(), opened.editor.display) == before


def test_the_mouses_buttons_go_back_and_forward(opened, qtbot):
    whole = opened.editor.visible_frames()
    opened.editor.set_view(20_000, 30_000)
    pane = opened.editor.findChild(SpectrogramPane)
    qtbot.mouseClick(pane, Qt.MouseButton.BackButton)
    assert opened.editor.visible_frames() == whole
    qtbot.mouseClick(pane, Qt.MouseButton.ForwardButton)
    assert opened.editor.visible_frames() == pytest.approx((20_000, 30_000))


def test_the_narrow_panel_shows_its_settings_whole(opened):
    panel = opened.display
    opened.show_panel("display")
    panel.setFixedWidth(248)
    panel.layout().activate()
    area = panel.findChild(QScrollArea)
    assert area.widget().minimumSizeHint().width() <= 248
    box = panel.box("layout")
    assert box.mapTo(panel, box.rect().bottomRight()).x() < 248
