"""The table of regions: states, methods, sorted, filtered, edited while sorted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QStyleOptionViewItem

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.job import Candidate, RegionOutcome, RepairResult
from uasrm_gui.editor.overlays import GLYPHS
from uasrm_gui.panels.region_model import RegionOrder
from uasrm_gui.widgets.table import HEADING_ROOM

KIND, LABEL, START, LOW, STATE, METHOD = 1, 2, 3, 6, 9, 10


@pytest.fixture
def listed(opened):
    """Three regions, the last of which is first in time."""
    document = opened.document
    for region in (
        Region(20_000, 21_000, label="ring"),
        Region(40_000, 40_100, 300.0, 900.0, label="click"),
        Region(5_000, 9_000, 1000.0, 2000.0, label="ring"),
    ):
        document.work.add_region(region)
    return opened


def column(window, number) -> list[str]:
    model = window.regions.table.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def repair(window, qtbot, row) -> None:
    window.document.selection.pick_rows([row])
    window.document.repairs.repair(window.document.selection.wanted, "ar")
    qtbot.waitUntil(lambda: window.runner.current is None)


def test_it_sorts_by_numbers_and_not_by_their_letters(listed):
    table = listed.regions.table
    table.sortByColumn(START, Qt.SortOrder.AscendingOrder)
    assert column(listed, START) == ["0.11338", "0.45351", "0.90703"]
    table.sortByColumn(LOW, Qt.SortOrder.DescendingOrder)
    assert column(listed, LOW) == ["1000", "300", "–"]


def test_what_is_picked_in_a_sorted_table_is_what_is_picked(listed):
    table = listed.regions.table
    table.sortByColumn(START, Qt.SortOrder.AscendingOrder)
    table.selectRow(0)
    assert listed.document.selection.rows == (2,)
    listed.document.selection.pick_rows([0])
    assert [index.row() for index in table.selectionModel().selectedRows()] == [1]


def test_an_edit_in_a_sorted_table_changes_the_region_that_is_shown(listed):
    listed.regions.table.sortByColumn(START, Qt.SortOrder.AscendingOrder)
    model = listed.regions.table.model()
    assert isinstance(model, RegionOrder)
    assert model.setData(model.index(0, LABEL), "cough")
    assert [region.label for region in listed.document.work.regions] == ["ring", "click", "cough"]


def test_the_kind_is_chosen_from_a_list_and_is_what_repairs_go_by(listed, qtbot):
    assert column(listed, KIND) == ["Gap", "Gap", "Gap"]
    table = listed.regions.table
    index = table.model().index(1, KIND)
    table.edit(index)
    box = table.findChild(QComboBox)
    assert [box.itemText(n) for n in range(box.count())][:2] == ["Gap", "Click"]
    assert box.currentText() == "Gap"
    box.setCurrentText("Click")
    box.activated.emit(1)
    assert listed.document.work.regions[1].kind is Kind.CLICK
    assert listed.document.work.regions[1].label == "click"
    listed.action_set["undo"].trigger()
    assert column(listed, KIND)[1] == "Gap"


def test_it_shows_only_what_holds_every_word_of_the_filter(listed):
    listed.regions.filter.setText("ring")
    assert column(listed, LABEL) == ["ring", "ring"]
    listed.regions.filter.setText("RING 1000")
    assert column(listed, START) == ["0.11338"]
    listed.regions.filter.setText("nothing like it")
    assert column(listed, LABEL) == []
    listed.regions.filter.clear()
    assert len(column(listed, LABEL)) == 3


def test_a_region_goes_from_open_over_repaired_to_accepted_and_back(listed, qtbot):
    assert column(listed, STATE) == ["Open"] * 3
    repair(listed, qtbot, 1)
    assert column(listed, STATE)[1] == "Repaired"
    assert column(listed, METHOD)[1] == "silence"
    listed.document.selection.pick_rows([1])
    listed.action_set["region.accept"].trigger()
    assert column(listed, STATE) == ["Open", "Accepted", "Open"]
    listed.document.work.undo()
    assert column(listed, STATE)[1] == "Repaired"
    listed.document.work.redo()
    repair(listed, qtbot, 1)
    assert column(listed, STATE)[1] == "Repaired"


def test_a_region_that_was_left_as_it_was_does_not_count_as_repaired(listed, qtbot, fake_api):
    def leave(job, progress):
        (region,) = job.regions
        samples = job.clip.read(region.start_frame, region.end_frame)
        patch = Patch(region.start_frame, tuple(range(len(samples))), samples)
        candidate = Candidate("unet", patch, 0.0, is_unchanged=True)
        told = RegionOutcome(region, (candidate,), warnings=("Nothing stands out.",))
        return RepairResult((told,))

    fake_api.repair = leave
    repair(listed, qtbot, 1)
    assert listed.message.text == "Nothing stands out."
    assert column(listed, STATE) == ["Open", "Left as it was", "Open"]
    number = listed.regions.table.model().index(1, 0)
    assert number.data(Qt.ItemDataRole.AccessibleTextRole) == "2, Left as it was"
    assert [GLYPHS[mark.state] for mark in listed.editor._state.regions] == ["", " =", ""]
    listed.document.selection.pick_rows([1])
    listed.action_set["region.accept"].trigger()
    assert column(listed, STATE)[1] == "Left as it was"
    listed.document.work.undo()
    assert column(listed, STATE)[1] == "Open"


def test_an_open_region_cannot_be_accepted_and_that_is_said(listed):
    listed.document.selection.pick_rows([0])
    listed.action_set["region.accept"].trigger()
    assert column(listed, STATE) == ["Open"] * 3
    assert listed.message.text.endswith(".")


def test_the_numbers_of_many_regions_have_room(opened):
    for count in (9, 100):
        opened.document.work.add_regions(
            "many", [Region(100 * n, 100 * n + 50) for n in range(1, count + 1)]
        )
    table = opened.regions.table
    option = QStyleOptionViewItem()
    option.initFrom(table)
    option.font, option.decorationSize = table.font(), table.iconSize()
    needed = table.itemDelegate().sizeHint(option, table.model().index(108, 0)).width()
    assert table.model().index(108, 0).data() == "109"
    assert table.columnWidth(0) >= needed


def test_headings_take_no_room_beside_their_words(listed):
    header = listed.regions.table.horizontalHeader()
    widths = [header.sectionSizeFromContents(column).width() for column in (KIND, METHOD)]
    words = [header.fontMetrics().horizontalAdvance(text) for text in ("Kind", "Method")]
    assert widths == [width + HEADING_ROOM for width in words]


def shown_columns(table):
    model, header = table.model(), table.horizontalHeader()
    columns = sorted(range(model.columnCount()), key=header.visualIndex)
    return [
        model.headerData(column, Qt.Orientation.Horizontal)
        for column in columns
        if not table.isColumnHidden(column)
    ]


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1280, 720), ["No.", "Kind", "Start", "Method"]),
        ((1600, 1000), ["No.", "Kind", "Start", "Length", "Method", "Label"]),
    ],
)
def test_the_columns_that_are_shown_fit_the_panel(listed, qtbot, size, shown):
    listed.tabs.resize(*size)
    qtbot.waitUntil(lambda: listed.width() == size[0])
    qtbot.wait(20)
    table = listed.regions.table
    assert shown_columns(table) == shown
    assert table.horizontalHeader().length() <= table.viewport().width()
    assert not table.horizontalScrollBar().maximum()


def test_what_has_no_column_is_told_below_the_table(listed):
    details = listed.regions.details
    listed.document.selection.pick_rows([1])
    assert details.accessibleName() == (
        "2 · Gap · 0.907–0.909 s · 2.3 ms · 300–900 Hz · all · Open · click"
    )
    listed.document.selection.pick_rows([0, 2])
    assert details.accessibleName() == "2 regions"
    height = details.height()
    listed.document.selection.pick_rows([])
    assert details.accessibleName() == ""
    assert details.height() == height


def test_columns_are_chosen_in_the_heading(listed, qtbot):
    table = listed.regions.table

    def choose(title):
        table.horizontalHeader().customContextMenuRequested.emit(QPoint(5, 5))
        menu = QApplication.activePopupWidget()
        next(action for action in menu.actions() if action.text() == title).trigger()
        menu.close()

    choose("As many as fit")
    before = shown_columns(table)
    choose("High")
    assert "High" in shown_columns(table)
    choose("Kind")
    assert "Kind" not in shown_columns(table)
    choose("As many as fit")
    assert shown_columns(table) == before
