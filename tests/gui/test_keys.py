import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from uasrm_core.audio.region import Region
from uasrm_gui.actions.action_set import command_rows, default_keys, shortcut_groups
from uasrm_gui.dialogs.keys import KeysDialog
from uasrm_gui.keymap import PRESETS, holder_of, key_map, normal, own_keys
from uasrm_gui.settings import KEY_PRESETS, SettingsStore


@pytest.fixture
def dialog(window, qtbot):
    dialog = KeysDialog(window.settings, command_rows(), window)
    qtbot.addWidget(dialog)
    return dialog


@pytest.mark.parametrize("preset", KEY_PRESETS)
def test_in_every_preset_no_key_means_two_commands(preset):
    mapped = key_map(default_keys(), preset, {})
    assert set(mapped) == set(default_keys())
    keys = [key for own in mapped.values() for key in own]
    assert len(keys) == len(set(keys))
    for name, wanted in PRESETS[preset].items():
        assert mapped[name] == tuple(normal(key) for key in wanted), name


def test_the_table_needs_no_preset_to_be_without_conflicts():
    table = default_keys()
    assert key_map(table, "standard", {}) == {
        name: tuple(normal(key) for key in keys) for name, keys in table.items()
    }


def test_the_users_own_keys_go_before_all_others():
    mapped = key_map(default_keys(), "rx", {"redo": ("R",), "no such command": ("T",)})
    assert mapped["redo"] == ("R",)
    assert mapped["tool.box"] == ()
    assert mapped["tool.time"] == ("T",)
    assert holder_of("r", mapped) == "redo"
    assert holder_of("r", mapped, but="redo") is None
    assert own_keys(default_keys(), "rx", mapped) == {"redo": ("R",), "tool.box": ()}


def test_what_no_keyboard_sends_is_no_key():
    assert normal("Ctrl+K, Ctrl+C") == ""
    assert normal("") == ""
    assert normal("ctrl+shift+e") == "Ctrl+Shift+E"


def test_a_key_is_given_after_a_warning_and_works_at_once(opened, dialog, tmp_path):
    dialog.pick("zoom.fit")
    dialog.editor.setKeySequence(QKeySequence("R"))
    assert "Repair" in dialog.warning.text()
    dialog.assign()
    assert dialog.warning.text() == ""
    dialog.accept()
    assert opened.action_set["zoom.fit"].shortcut().toString() == "R"
    assert "(R)" in opened.action_set["zoom.fit"].toolTip()
    assert opened.action_set["repair"].shortcuts() == []
    assert "(" not in opened.action_set["repair"].toolTip()
    pages = dict(row for _, rows in shortcut_groups(opened.action_set.keys) for row in rows)
    assert pages["R"] == "Fit the Whole Recording"
    # and the next time
    again = SettingsStore(tmp_path / "settings" / "settings.json")
    assert again.values.own_keys == {"zoom.fit": ("R",), "repair": ()}


def test_a_preset_is_chosen_and_a_change_in_it_taken_back(opened, dialog):
    dialog.preset.setCurrentIndex(dialog.preset.findData("audacity"))
    dialog.preset.activated.emit(dialog.preset.currentIndex())
    dialog.pick("zoom.in")
    dialog.remove()
    assert dialog.keys["zoom.in"] == ()
    dialog.reset()
    dialog.accept()
    assert opened.settings.values.key_preset == "audacity"
    assert opened.settings.values.own_keys == {}
    assert opened.action_set["zoom.in"].shortcut().toString() == "Ctrl+1"


def test_a_cancel_changes_nothing_and_the_search_finds_by_name_and_key(opened, dialog):
    dialog.search.setText("whole")
    shown = [row for row in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(row)]
    assert [dialog.table.item(row, 0).text() for row in shown] == ["Fit the Whole Recording"]
    dialog.search.setText("ctrl+shift+s")
    shown = [row for row in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(row)]
    assert [dialog.table.item(row, 0).text() for row in shown] == ["Save Session As"]
    dialog.pick("save_as")
    dialog.remove()
    dialog.reject()
    assert opened.action_set["save_as"].shortcut().toString() == "Ctrl+Shift+S"


def test_single_keys_yield_to_whoever_types(opened, qtbot):
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow)
    field = opened.transport.first_field
    field.setFocus()
    before = opened.player.version, opened.settings.values.loop, opened.editor.tool
    field.clear()
    QTest.keyClicks(field, "1rlxtb n")
    assert field.text() == "1rlxtb n"
    assert (opened.player.version, opened.settings.values.loop, opened.editor.tool) == before
    assert not opened.player.is_playing
    opened.editor.setFocus()
    QTest.keyClick(opened, Qt.Key.Key_L)
    assert opened.settings.values.loop is not before[1]


def test_the_keys_after_a_number_are_commands_again(opened, qtbot):
    opened.document.selection.select(Region(1000, 2000))
    field = opened.transport.first_field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.01")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert opened.document.selection.region == Region(441, 2000)
    assert opened.focusWidget() is not field
