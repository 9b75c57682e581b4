"""The bar under the picture: play, compare, and the selection in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.errors import RegionError
from uasrm_core.translation import mark, tr
from uasrm_gui.actions.action_set import plain
from uasrm_gui.notices import Notice
from uasrm_gui.settings import SettingsStore
from uasrm_gui.state.document import Document
from uasrm_gui.theme import ICON_SIZE, SPACING, number_font
from uasrm_gui.widgets.formats import format_hz, format_length, format_time, parse_hz
from uasrm_gui.widgets.level_meter import LevelMeter
from uasrm_gui.widgets.number_field import NumberField
from uasrm_gui.widgets.time_format import TimeFormat

NOTHING = mark("Nothing is selected; drag over the picture first, or type a start.")


class TransportBar(QToolBar):
    """Buttons come from the action table; numbers are those of the document's selection.

    `committed` tells that a number was typed, and that the keyboard is free for the picture.
    """

    committed = Signal()

    def __init__(
        self,
        document: Document,
        settings: SettingsStore,
        *,
        transport: list[QAction],
        versions: list[QAction],
        listening: list[QAction],
    ) -> None:
        super().__init__(tr("Transport"))
        self.setObjectName("transport")
        self.setMovable(False)
        self._document = document
        self._settings = settings
        self._frame = 0
        self._clock = QLabel(format_time(0, full=True))
        self._clock.setObjectName("clock")
        self._clock.setFont(number_font())
        self._clock.setAccessibleName(tr("Playback position"))
        self._fields = self._make_fields()
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(SPACING // 2, 0, SPACING // 2, 0)
        layout.setSpacing(SPACING // 2)
        for action in transport:
            layout.addWidget(_make_button(action))
        layout.addSpacing(SPACING)
        self._versions = [_make_segment(action) for action in versions]
        layout.addLayout(_join(self._versions))
        layout.addSpacing(SPACING)
        self._ways = _make_row(_make_button(action) for action in listening)
        layout.addWidget(self._ways)
        layout.addWidget(_make_rule())
        self.meter = LevelMeter()
        layout.addLayout(_stack(self._clock, self.meter))
        self._rolls = self._make_rolls()
        layout.addWidget(self._rolls)
        layout.addStretch(1)
        layout.addWidget(_make_rule())
        self._length, self._band = self._group("length"), self._group("low", "high")
        for group in (self._group("start", "end"), self._length, self._band):
            layout.addWidget(group)
        self._row = row
        self.addWidget(row)
        document.selection.changed.connect(self.refresh)
        document.work.opened.connect(self.refresh)
        settings.changed.connect(self.refresh)
        self.refresh()

    @property
    def first_field(self) -> NumberField:
        """The field that the keyboard comes to first."""
        return self._fields["start"]

    def show_frame(self, frame: int) -> None:
        """Show where playback is."""
        info = self._document.work.info
        self._frame = frame
        self._clock.setText(self._time(1 if info is None else info.rate).text(frame, full=True))

    def refresh(self, selection: object = None) -> None:
        """Show the selection's numbers."""
        info, region = self._document.work.info, self._document.selection.region
        self.show_frame(self._frame)
        for name, field in self._fields.items():
            field.setEnabled(info is not None)
            text = ""
            if region is not None and info is not None:
                text = _TEXTS[name](region, self._time(info.rate))
            field.show_value(text)

    def _time(self, rate: int) -> TimeFormat:
        return TimeFormat(self._settings.values.time_format, rate)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Show what there is room for; the menus and the preferences have the rest too."""
        wanted = self._row.sizeHint().width() + 4 * SPACING
        # what cannot be chosen at present goes first in a narrow window, and nowhere else
        idle = [button for button in self._versions if not button.isEnabled()]
        parts = (*idle, self._length, self._band, self._ways, self._rolls)
        for button in self._versions:
            if button.isEnabled():
                button.show()
        for part in parts:
            wanted -= 0 if part.isHidden() else part.sizeHint().width() + SPACING // 2
        for part in parts:
            wanted += part.sizeHint().width() + SPACING // 2
            part.setVisible(wanted <= self.width())

    def _make_rolls(self) -> QWidget:
        rolls = QWidget()
        row = QHBoxLayout(rolls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING // 2)
        row.addWidget(_make_rule())
        row.addLayout(_add_caption(tr("Pre-roll"), self._roll("pre_roll_s", tr("Pre-roll"))))
        row.addLayout(_add_caption(tr("Post-roll"), self._roll("post_roll_s", tr("Post-roll"))))
        return rolls

    def _make_fields(self) -> dict[str, NumberField]:
        fields = {}
        for name, caption, width in (
            ("start", tr("Start"), 92),
            ("end", tr("End"), 92),
            ("length", tr("Length"), 92),
            ("low", tr("Low Hz"), 68),
            ("high", tr("High Hz"), 68),
        ):
            field = NumberField(caption, self._make_committer(name))
            field.setFixedWidth(width)
            field.refused.connect(lambda text: self._document.noticed.emit(Notice(text, "warning")))
            field.taken.connect(self.committed)
            fields[name] = field
        return fields

    def _group(self, *names: str) -> QWidget:
        group = QWidget()
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING // 2)
        for name in names:
            field = self._fields[name]
            row.addLayout(_add_caption(field.accessibleName(), field))
        return group

    def _make_committer(self, name: str) -> Callable[[str], None]:
        def commit(text: str) -> None:
            info = self._document.work.info
            if info is None:
                return
            time = self._time(info.rate)
            changed = _change_region(self._document.selection.region, info, time, name, text)
            try:
                # all of it may be selected, to listen to it, though not repaired
                self._document.selection.select(changed.fit_to(info, may_be_all=True))
            except RegionError as error:
                raise ValueError(str(error)) from error

        return commit

    def _roll(self, name: str, caption: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(0.0, 30.0)
        box.setSingleStep(0.5)
        box.setDecimals(1)
        box.setSuffix(" s")
        box.setFixedWidth(88)
        box.setFont(number_font())
        box.setAccessibleName(caption)
        box.setToolTip(tr("{caption}: how much is played around the selection", caption=caption))
        box.setValue(getattr(self._settings.values, name))
        box.valueChanged.connect(lambda value: self._settings.change(**{name: value}))
        self._settings.changed.connect(lambda values: box.setValue(getattr(values, name)))
        return box


_TEXTS: dict[str, Callable[[Region, TimeFormat], str]] = {
    "start": lambda region, time: time.text(region.start_frame, span_frames=region.frames),
    "end": lambda region, time: time.text(region.end_frame, span_frames=region.frames),
    "length": lambda region, time: (
        format_length(region.frames / time.rate)
        if time.name == "clock"
        else time.text(region.frames)
    ),
    "low": lambda region, time: format_hz(region.low_hz),
    "high": lambda region, time: format_hz(region.high_hz),
}


def _change_region(
    region: Region | None, info: SourceInfo, time: TimeFormat, name: str, text: str
) -> Region:
    """Return the selection with one of its numbers as typed."""
    if region is None:
        if name != "start":
            raise ValueError(tr(NOTHING))
        start = time.parse(text)
        return Region(start, min(start + info.rate // 10, info.frames))
    if name in ("low", "high"):
        hz = parse_hz(text)
        return replace(region, low_hz=hz) if name == "low" else replace(region, high_hz=hz)
    frame = time.parse(text)
    if name == "start":
        return replace(region, start_frame=frame)
    end = frame if name == "end" else region.start_frame + frame
    return replace(region, end_frame=end)


def _make_button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
    button.setAccessibleName(plain(action.text()))
    return button


def _make_row(widgets: Iterable[QWidget]) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACING // 2)
    for widget in widgets:
        layout.addWidget(widget)
    return row


def _stack(*widgets: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(2)
    for widget in widgets:
        column.addWidget(widget)
    return column


def _make_segment(action: QAction) -> QToolButton:
    button = _make_button(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return button


def _join(buttons: list[QToolButton]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(0)
    names = ["segmentLeft", *["segmentMiddle"] * (len(buttons) - 2), "segmentRight"]
    for button, name in zip(buttons, names, strict=True):
        button.setObjectName(name)
        row.addWidget(button)
    return row


def _add_caption(caption: str, field: QWidget) -> QVBoxLayout:
    label = QLabel(caption)
    label.setObjectName("caption")
    label.setBuddy(field)
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(label)
    column.addWidget(field)
    return column


def _make_rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    rule.setFixedSize(1 + 2 * SPACING, 3 * SPACING)
    rule.setContentsMargins(SPACING, 0, SPACING, 0)
    rule.setStyleSheet("QFrame#rule { margin: 0 8px; }")
    return rule
