"""Where to write the repaired recording, and as what."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.formats import (
    BEST_QUALITY,
    LOSSY,
    ExportFormat,
    can_be_exact,
    formats_at_rates,
    formats_for,
    rates_for,
    source_format,
)
from uasrm_core.audio.metadata.coding_history import HOLDERS
from uasrm_core.audio.region import Region
from uasrm_core.translation import mark, tr, tr_count
from uasrm_core.writing.gate import final_name
from uasrm_gui.dialogs.folders import folder_beside
from uasrm_gui.dialogs.questions import ALL_FILES
from uasrm_gui.state.exports import AS_IT_IS, ExportOptions, list_targets
from uasrm_gui.theme import SPACING

COPIED = mark("Bit-exact outside the repairs: the file is a copy in which only they differ.")
EXACT = mark("Bit-exact outside the repairs: this format holds every sample as it is.")
ROUNDED = mark("Not bit-exact: this format stores the whole recording with less precision.")
CONVERTED = mark("Not bit-exact: the whole recording is brought to another rate.")
IN_BLOCKS = mark(
    "Bit-exact but for the blocks of a few hundredths of a second in which repairs lie: the file "
    "is a copy in which only they are compressed anew."
)
_IN_BLOCKS = ("IMA_ADPCM", "MS_ADPCM")
_LOSSY = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")


@dataclass(frozen=True)
class ExportChoice:
    """What the user settled on."""

    target: Path
    export_format: ExportFormat
    overwrite: bool
    options: ExportOptions = AS_IT_IS


class ExportDialog(QDialog):
    """Proposes the original's own format and a name beside it.

    Parameters
    ----------
    regions
        What can become files of their own.
    operator
        Who restores, in archive mode: only what can be taken back is offered then.
    proposal
        The file to propose, or None for one beside the original.
    metadata_lost
        What an export in a format leaves out of what the file says.
    find_problem
        Tells why an export would be refused.
    """

    def __init__(
        self,
        info: SourceInfo,
        parent: QWidget | None = None,
        *,
        regions: Sequence[Region] = (),
        operator: str | None = None,
        proposal: Path | None = None,
        metadata_lost: Callable[[ExportFormat], Sequence[str]] = lambda chosen: (),
        find_problem: Callable[[ExportChoice], str] = lambda choice: "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export"))
        self.setMinimumWidth(640)
        self._info, self._regions, self._operator = info, tuple(regions), operator
        self._metadata_lost, self._find_problem = metadata_lost, find_problem
        self._replaces = False
        self._formats = self._list_formats()
        self._make_fields(proposal or self._propose_path())
        self._buttons = QDialogButtonBox()
        self._go = self._buttons.addButton(tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out()
        self._offer_rates()
        self._show_fidelity()
        self.format_box.currentIndexChanged.connect(self._on_format)
        self.rate_box.currentIndexChanged.connect(self._show_fidelity)
        self.by_region.toggled.connect(self._on_regions)
        self.target_edit.textChanged.connect(self._refresh)
        self._refresh()

    @property
    def choice(self) -> ExportChoice:
        """What is entered; what exists already is only replaced after the user saw so."""
        chosen = self._format
        if not self.quality.isHidden() and self.quality.value() != BEST_QUALITY:
            chosen = replace(chosen, quality=self.quality.value())
        options = ExportOptions(
            coding_history=not self.history.isHidden() and self.history.isChecked(),
            dither=self.dither.isChecked(),
            rate=self._rate,
            by_region=self.by_region.isChecked(),
            is_archival=self._is_archival,
            operator=self._operator or "",
        )
        return ExportChoice(self._target, chosen, self._replaces, options)

    def accept(self) -> None:
        """End the dialog, unless the file cannot be written or came there since the user looked."""
        seen = self._replaces
        self._refresh()
        if self._replaces != seen or not self._go.isEnabled():
            return
        problem = self._find_problem(self.choice)
        if problem:
            self.warning.setText(problem)
        else:
            super().accept()

    @property
    def _is_archival(self) -> bool:
        return self._operator is not None

    @property
    def _format(self) -> ExportFormat:
        return self._formats[self.format_box.currentIndex()][0]

    @property
    def _rate(self) -> int | None:
        """The rate to change to, or None."""
        rate = self.rate_box.currentData()
        return None if rate in (None, self._info.rate) else int(rate)

    @property
    def _targets(self) -> tuple[Path, ...]:
        """All files that will be written, as far as they have names of their own."""
        by_region = self.by_region.isChecked()
        try:
            return list_targets(self._target, self._regions, by_region=by_region)
        except ValueError:
            return ()

    def _list_formats(self) -> tuple[tuple[ExportFormat, str], ...]:
        if not self._is_archival:
            return formats_at_rates(self._info)
        return tuple(
            (chosen, name)
            for chosen, name in formats_for(self._info)
            if can_be_exact(chosen, self._info)
        )

    def _make_fields(self, proposal: Path) -> None:
        self.format_box = QComboBox()
        self.format_box.setAccessibleName(tr("Format"))
        for _, name in self._formats:
            self.format_box.addItem(name)
        self.rate_box = QComboBox()
        self.rate_box.setAccessibleName(tr("Rate"))
        self.dither = QCheckBox(tr("Triangular dither (TPDF)"))
        self.dither.setChecked(True)
        self.dither.setToolTip(
            tr("Where samples become shorter, rounding is heard as faint noise, not as distortion")
        )
        self.quality = QDoubleSpinBox()
        self.quality.setRange(0.0, 10.0)
        self.quality.setSingleStep(1.0)
        self.quality.setDecimals(1)
        self.quality.setValue(BEST_QUALITY)
        self.quality.setAccessibleName(tr("Quality"))
        self.quality.setToolTip(tr("0 is the smallest file, 10 the best sound"))
        self.by_region = QCheckBox(
            tr_count(
                "{count} region as a file of its own",
                "Each of {count} regions as a file of its own",
                len(self._regions),
            )
        )
        self.by_region.setToolTip(
            tr(
                "In the name, {number} and {label} stand for each region's own",
                number="{number}",
                label="{label}",
            )
        )
        self.target_edit = QLineEdit(str(proposal))
        self.target_edit.setAccessibleName(tr("File"))
        self.history = QCheckBox(tr("Add a line on the restoration to the coding history"))
        self.history.setToolTip(tr("In the broadcast description of the file (EBU R98)"))
        self.truth, self.lost, self.records, self.warning = (QLabel() for _ in range(4))
        for label in (self.truth, self.lost, self.records, self.warning):
            label.setWordWrap(True)
        self.truth.setObjectName("dim")
        self.warning.setObjectName("dim")
        self.records.setText(
            tr("Archive mode: a log, a report and what was taken out are written beside the file.")
        )

    @property
    def _suffix(self) -> str:
        own = self._format == source_format(self._info) and self._info.path is not None
        return self._info.path.suffix if own and self._info.path else self._format.suffix

    @property
    def _target(self) -> Path:
        """The file's final name: beside the recording unless a folder is named, with a suffix."""
        text = self.target_edit.text().strip()
        if not text or text.endswith(("/", os.sep)):
            return Path(text)
        target = folder_beside(self._info.path) / Path(text).expanduser()
        known = (export_format.suffix for export_format, _ in self._formats)
        return final_name(target, self._suffix, *known)

    def _lay_out(self) -> None:
        browse = QPushButton(tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addWidget(self.target_edit, 1)
        row.addWidget(browse)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACING)
        form.setVerticalSpacing(SPACING + 4)
        form.addRow(tr("Format"), self.format_box)
        form.addRow(tr("Rate"), self.rate_box)
        form.addRow(tr("Quality"), self.quality)
        form.addRow("", self.dither)
        form.addRow("", self.truth)
        form.addRow("", self.lost)
        form.addRow("", self.history)
        form.addRow("", self.records)
        form.addRow("", self.by_region)
        form.addRow(tr("File"), row)
        form.addRow("", self.warning)
        self._form = form
        form.setRowVisible(self.records, self._is_archival)
        form.setRowVisible(self.by_region, bool(self._regions) and not self._is_archival)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        layout.setSpacing(2 * SPACING)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(self._buttons)

    def _propose_path(self) -> Path:
        source = self._info.path or Path("recording")
        suffix = self._formats[0][0].suffix
        if self._formats[0][0] == source_format(self._info) and source.suffix:
            suffix = source.suffix
        return folder_beside(self._info.path) / f"{source.stem}_repaired{suffix}"

    def _on_format(self) -> None:
        target = Path(self.target_edit.text())
        if target.name:
            self.target_edit.setText(str(target.with_suffix(self._suffix)))
        self._offer_rates()
        self._show_fidelity()
        self._refresh()

    def _on_regions(self) -> None:
        """Give the name a place for each region's number and label, or take it away again."""
        target = Path(self.target_edit.text())
        if self.by_region.isChecked() and "{" not in target.name:
            target = target.with_stem(f"{target.stem} {{number}} {{label}}")
        elif not self.by_region.isChecked():
            target = target.with_stem(target.stem.replace(" {number} {label}", ""))
        self.target_edit.setText(str(target))
        self._show_fidelity()
        self._refresh()

    def _offer_rates(self) -> None:
        """List the rates that the format can hold; the chosen one stays, where it is among them."""
        chosen = self.rate_box.currentData()
        self.rate_box.blockSignals(True)
        self.rate_box.clear()
        for rate in rates_for(self._format, self._info):
            hz = f"{rate} Hz"
            own = rate == self._info.rate
            self.rate_box.addItem(tr("{rate} (as the original)", rate=hz) if own else hz, rate)
        self.rate_box.setCurrentIndex(max(self.rate_box.findData(chosen), 0))
        self.rate_box.blockSignals(False)
        self._form.setRowVisible(self.rate_box, not self._is_archival)

    def _show_fidelity(self) -> None:
        """Tell how the format keeps the samples, and what of the file's notes it does not."""
        is_rounded = self._rate is not None or not can_be_exact(self._format, self._info)
        self.truth.setText(tr(self._find_truth()))
        self._form.setRowVisible(self.dither, is_rounded and self._format.bits is not None)
        self._form.setRowVisible(self.quality, self._format.container in LOSSY)
        is_part = self._rate is not None or self.by_region.isChecked()
        is_held = self._format.container in HOLDERS
        self._form.setRowVisible(self.history, is_held)
        if self._is_archival:
            self.history.setChecked(is_held)
            self.history.setEnabled(False)
        lost = self._metadata_lost(self._format)
        text = tr("Will be lost: {lost}.", lost=", ".join(lost)) if lost else ""
        if is_part:
            text = tr("Markers and notes of the file are not written into such a file.")
        self.lost.setText(text)
        self._form.setRowVisible(self.lost, bool(text))

    def _find_truth(self) -> str:
        """Return the sentence on how the samples are kept."""
        own = source_format(self._info)
        if self._rate is not None:
            return CONVERTED
        if self._format != own or own.subtype in _LOSSY or self.by_region.isChecked():
            return EXACT if can_be_exact(self._format, self._info) else ROUNDED
        return IN_BLOCKS if own.subtype in _IN_BLOCKS else COPIED

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            tr("Export to"),
            self.target_edit.text(),
            f"{self._format.name} (*{self._format.suffix});;{tr(ALL_FILES)}",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self.target_edit.setText(name)

    def _refresh(self) -> None:
        target, source = self._target, self._info.path
        targets = self._targets
        is_original = source is not None and any(_is_same(path, source) for path in targets)
        existing = [path for path in targets if path.is_file()]
        self._replaces = bool(existing) and not is_original
        if is_original:
            text = tr("This is the original, which is never changed; choose another.")
        elif self._replaces and self.by_region.isChecked():
            text = tr_count(
                "{count} of these files exists and will be replaced.",
                "{count} of these files exist and will be replaced.",
                len(existing),
            )
        elif self._replaces:
            text = tr("“{name}” exists and will be replaced.", name=target.name)
        else:
            text = ""
        self.warning.setText(text)
        self._go.setText(tr("Replace") if self._replaces else tr("Export"))
        self._go.setEnabled(bool(target.name) and not is_original)


def _is_same(target: Path, source: Path) -> bool:
    try:
        return target.samefile(source)
    except OSError:
        return target.resolve() == source.resolve()
