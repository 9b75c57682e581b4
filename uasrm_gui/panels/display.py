"""How the recording is shown: presets, scale, transform, colours and layout, in one panel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QInputDialog,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.translation import mark, tr, write_number
from uasrm_gui.dialogs.showing import show
from uasrm_gui.display import (
    AUTOMATIC,
    BUILT_IN,
    COLOR_MAPS,
    FFT_SIZES,
    LAYOUT_NAMES,
    LEAST_RANGE_DB,
    OVERLAPS,
    SCALE_NAMES,
    WINDOW_NAMES,
    Display,
    Preset,
)
from uasrm_gui.editor.colors import color_map
from uasrm_gui.editor.view import EditorView
from uasrm_gui.settings import Settings, SettingsStore
from uasrm_gui.theme import SPACING, number_font
from uasrm_gui.widgets.time_format import TIME_FORMATS

KEPT_AFTER_MS = 500
"""Settings are written once a choice stood still for this long, not at every step of a drag."""
OWN_LOOK = mark("As set below")
SWATCH = QSize(48, 12)
# So narrow that two fit beside each other in the side panel.
LEAST_FIELD = 72
BLEND_STEPS = 100


class DisplayPanel(QWidget):
    """Changes the editor's display, and keeps it in the settings."""

    def __init__(self, editor: EditorView, settings: SettingsStore) -> None:
        super().__init__()
        self._editor = editor
        self._settings = settings
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEPT_AFTER_MS)
        self._keeping.timeout.connect(self.keep)
        self.preset = _box(())
        self.save, self.delete = QPushButton(tr("Save…")), QPushButton(tr("Delete"))
        self._boxes = {
            "layout": _box(LAYOUT_NAMES.items()),
            "scale": _box(SCALE_NAMES.items()),
            "fft_size": _box(
                [(AUTOMATIC, mark("Automatic")), *((size, str(size)) for size in FFT_SIZES)]
            ),
            "window": _box(WINDOW_NAMES.items()),
            "overlap": _box((count, write_number(share)) for count, share in OVERLAPS.items()),
            "colors": _box(COLOR_MAPS.items()),
        }
        self.blend = QSlider(Qt.Orientation.Horizontal)
        self.blend.setRange(0, BLEND_STEPS)
        self.low, self.high = _level(), _level()
        self.time_format = _box(TIME_FORMATS.items())
        for row, name in enumerate(COLOR_MAPS):
            self._boxes["colors"].setItemIcon(row, _swatch(name))
        self._boxes["colors"].setIconSize(SWATCH)
        self._lay_out()
        self._connect()
        editor.set_display(settings.values.display)
        self._show_presets()
        self._show(editor.display)
        self._show_settings(settings.values)

    def box(self, name: str) -> QComboBox:
        """Return the field of one of the choices of `Display`."""
        return self._boxes[name]

    def keep(self) -> None:
        """Remember the present display for the next time."""
        self._keeping.stop()
        self._settings.change(display=self._editor.display)

    def save_as(self, name: str) -> None:
        """Keep the present look under a name; the same name again replaces it."""
        name = name.strip()
        if not name or name in [preset.name for preset in BUILT_IN]:
            return
        others = [preset for preset in self._settings.values.presets if preset.name != name]
        self._settings.change(presets=(*others, Preset(name, self._editor.display)))
        self._show_presets()

    def _lay_out(self) -> None:
        form = self._form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACING)
        form.setVerticalSpacing(SPACING)
        # Beside their captions, what the fields say would be cut off in the narrow panel.
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        for caption, field in (
            (tr("Preset"), self.preset),
            ("", _row(self.save, self.delete)),
            (tr("Layout"), self._boxes["layout"]),
            (tr("Blend"), self.blend),
            (tr("Frequency scale"), self._boxes["scale"]),
            (tr("Window length"), _row(self._boxes["fft_size"], self._boxes["window"])),
            (tr("Overlap"), self._boxes["overlap"]),
            (tr("Colours"), self._boxes["colors"]),
            (tr("Range"), _row(self.low, self.high)),
            (tr("Times"), self.time_format),
        ):
            form.addRow(caption, field)
        for narrow in (self.preset, *self._boxes.values(), self.low, self.high, self.time_format):
            narrow.setMinimumWidth(LEAST_FIELD)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        rows.addLayout(form)
        rows.addStretch(1)
        # A low window scrolls it.
        area = QScrollArea()
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        for field, name, tip in (
            (self.preset, tr("Preset"), tr("A look of the spectrogram under a name")),
            (self.save, tr("Save preset"), tr("Keep the present look under a name of your own")),
            (
                self.delete,
                tr("Delete preset"),
                tr("Forget the chosen look, if it is one of your own"),
            ),
            (self._boxes["layout"], tr("Layout"), tr("What is seen of spectrogram and waveform")),
            (self.blend, tr("Blend"), tr("Left: the spectrogram; right: the waveform")),
            (self._boxes["scale"], tr("Frequency scale"), tr("How heights stand for frequencies")),
            (
                self._boxes["fft_size"],
                tr("Window length in samples"),
                tr(
                    "Long windows tell tones apart, short ones tell moments apart; "
                    "Automatic is shorter in closer views"
                ),
            ),
            (self._boxes["window"], tr("Window shape"), tr("How sharply a tone stands out")),
            (self._boxes["overlap"], tr("Overlap"), tr("How smooth close views are")),
            (self._boxes["colors"], tr("Colours"), tr("Which colour a level has")),
            (self.low, tr("Quietest level shown"), tr("What is quieter has the darkest colour")),
            (self.high, tr("Loudest level shown"), tr("What is louder has the brightest colour")),
            (self.time_format, tr("Time format"), tr("How times are written")),
        ):
            field.setAccessibleName(name)
            field.setToolTip(tip)

    def _connect(self) -> None:
        self._editor.displayChanged.connect(self._on_display)
        self._settings.changed.connect(self._show_settings)
        for name, box in self._boxes.items():
            box.activated.connect(lambda row, n=name, b=box: self._change(**{n: b.itemData(row)}))
        self.blend.valueChanged.connect(lambda value: self._change(blend=value / BLEND_STEPS))
        self.low.valueChanged.connect(self._change_low)
        self.high.valueChanged.connect(self._change_high)
        self.time_format.activated.connect(
            lambda row: self._settings.change(time_format=self.time_format.itemData(row))
        )
        self.preset.activated.connect(self._choose_preset)
        self.save.clicked.connect(self._ask_name)
        self.delete.clicked.connect(self._delete)

    def _change(self, **values: Any) -> None:
        self._editor.set_display(replace(self._editor.display, **values))

    def _change_low(self, level: float) -> None:
        level = min(level, self.low.maximum() - LEAST_RANGE_DB)
        high = max(self._editor.display.high_db, level + LEAST_RANGE_DB)
        self._change(low_db=level, high_db=high)

    def _change_high(self, level: float) -> None:
        level = max(level, self.high.minimum() + LEAST_RANGE_DB)
        low = min(self._editor.display.low_db, level - LEAST_RANGE_DB)
        self._change(low_db=low, high_db=level)

    def _on_display(self, display: Display) -> None:
        self._show(display)
        self._keeping.start()

    def _show(self, display: Display) -> None:
        """Show the choices without taking them for the user's."""
        for name, box in self._boxes.items():
            box.setCurrentIndex(box.findData(getattr(display, name)))
        with QSignalBlocker(self.blend), QSignalBlocker(self.low), QSignalBlocker(self.high):
            self.blend.setValue(round(display.blend * BLEND_STEPS))
            self.low.setValue(display.low_db)
            self.high.setValue(display.high_db)
        self._form.setRowVisible(self.blend, display.layout == "overlay")
        named = [n for n, preset in enumerate(self._presets) if preset.display.looks_like(display)]
        self.preset.setCurrentIndex(named[0] + 1 if named else 0)
        self._show_delete()

    def _show_settings(self, values: Settings) -> None:
        self.time_format.setCurrentIndex(self.time_format.findData(values.time_format))

    # presets

    @property
    def _presets(self) -> list[Preset]:
        return [*BUILT_IN, *self._settings.values.presets]

    def _show_presets(self) -> None:
        self.preset.clear()
        self.preset.addItem(tr(OWN_LOOK))
        for preset in self._presets:
            name = tr(preset.name) if preset in BUILT_IN else preset.name
            self.preset.addItem(name)
        self._show(self._editor.display)

    def _show_delete(self) -> None:
        self.delete.setEnabled(self.preset.currentIndex() > len(BUILT_IN))

    def _choose_preset(self, row: int) -> None:
        if row > 0:
            display = self._presets[row - 1].display
            self._editor.set_display(display.in_layout_of(self._editor.display))
        self._show(self._editor.display)

    def _ask_name(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(tr("Save Preset"))
        dialog.setLabelText(tr("Name of this look"))
        dialog.setOkButtonText(tr("Save"))
        dialog.textValueSelected.connect(self.save_as)
        show(dialog)

    def _delete(self) -> None:
        gone = self._presets[self.preset.currentIndex() - 1]
        kept = tuple(preset for preset in self._settings.values.presets if preset != gone)
        self._settings.change(presets=kept)
        self._show_presets()


def _box(choices: Iterable[tuple[Any, str]]) -> QComboBox:
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    for value, name in choices:
        box.addItem(tr(name), value)
    return box


def _level() -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(-120.0, 0.0)
    box.setSingleStep(5.0)
    box.setDecimals(0)
    box.setSuffix(tr(" dB"))
    box.setFont(number_font())
    return box


def _row(*fields: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACING)
    for number, field in enumerate(fields):
        layout.addWidget(field, 0 if isinstance(field, QPushButton) else 3 - number)
    return row


def _swatch(name: str) -> QIcon:
    """Return a small picture of a colour map, quiet to loud."""
    colors = color_map(name)
    image = QImage(len(colors), 1, QImage.Format.Format_RGB32)
    for x, (red, green, blue) in enumerate(colors.tolist()):
        image.setPixel(x, 0, 0xFF000000 | red << 16 | green << 8 | blue)
    return QIcon(QPixmap.fromImage(image.scaled(SWATCH)))
