"""What is selected, how, and what it was before: between the editor, the settings and the work."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.translation import tr
from uasrm_gui import selection
from uasrm_gui.document import Document
from uasrm_gui.editor.marks import ToolOptions, WandRequest
from uasrm_gui.editor.view import EditorView
from uasrm_gui.notices import Notice
from uasrm_gui.selection import Reach, SelectionTrail
from uasrm_gui.settings import Settings, SettingsStore

Change = Callable[[Region, SourceInfo], Region | None]


class Selecting(QObject):
    """Changes the document's selection and remembers what it was.

    `changed` tells that there may be another way back or forth.
    """

    changed = Signal()

    def __init__(
        self,
        document: Document,
        editor: EditorView,
        settings: SettingsStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._editor = editor
        self._settings = settings
        self._in_drag = False
        self.trail = SelectionTrail(self)
        self.trail.changed.connect(self.changed)
        document.opened.connect(self.trail.clear)
        document.selection_changed.connect(self._on_selected)
        editor.selectionChanged.connect(self._on_dragged)
        editor.selectionSettled.connect(self._on_settled)
        editor.wandPointed.connect(self._on_wand)
        settings.changed.connect(self._on_settings)
        self._on_settings(settings.values)

    @property
    def reach(self) -> Reach:
        """How far growing, shrinking and softening go."""
        values = self._settings.values
        return Reach(values.reach_ms / 1000, float(values.reach_hz))

    def undo(self) -> None:
        """Go back to the selection before."""
        self._document.select(self.trail.undo())

    def redo(self) -> None:
        """Go forth to the selection that was taken back."""
        self._document.select(self.trail.redo())

    def change(self, how: Change, nothing_left: str) -> None:
        """Change the selection; where that leaves nothing, tell so and leave it."""
        region, info = self._document.selection, self._document.info
        if region is None or info is None:
            return
        changed = how(region, info)
        if changed is None:
            self._document.noticed.emit(Notice(nothing_left, "warning"))
        else:
            self._document.select(changed)

    def extend_to_harmonics(self) -> None:
        """Take the multiples of the loudest frequency in the selection too."""
        region = self._document.selection
        if region is None:
            return
        if not region.is_partial:
            text = tr("Select the band of the fundamental first, by a box or by the brush.")
            self._document.noticed.emit(Notice(text, "warning"))
            return

        def use(hz: float) -> None:
            self.change(
                lambda now, info: selection.with_harmonics(region, info, hz),
                tr("There is nothing above the selection."),
            )

        self._document.find_peak(region, use)

    def snap_to_peak(self) -> None:
        """Put the selection's band about its loudest frequency."""
        region, info = self._document.selection, self._document.info
        if region is None or info is None:
            return
        if not region.has_band or region.shape is not None:
            text = tr("Only a box has a band that can be moved to a peak.")
            self._document.noticed.emit(Notice(text, "warning"))
            return
        self._document.find_peak(
            region, lambda hz: self._document.select(selection.centred(region, info, hz))
        )

    def snap_to_zero(self) -> None:
        """Put the selection's edges on zero crossings."""
        region = self._document.selection
        if region is None:
            return
        if region.shape is not None:
            text = tr("What was drawn by hand has no edge to move to a zero crossing.")
            self._document.noticed.emit(Notice(text, "warning"))
            return
        self._document.snap_to_zero(region)

    def _on_dragged(self, region: Region | None) -> None:
        self._in_drag = True
        self._document.select(region)
        self._in_drag = False

    def _on_selected(self, region: Region | None) -> None:
        if not self._in_drag:
            self.trail.note(region)

    def _on_settled(self, region: Region | None) -> None:
        self.trail.note(region)

    def _on_wand(self, request: WandRequest) -> None:
        self._document.point_wand(request, tool_options(self._settings.values))

    def _on_settings(self, values: Settings) -> None:
        self._editor.set_options(tool_options(values))


def tool_options(values: Settings) -> ToolOptions:
    """Return how the tools draw by the user's settings."""
    return ToolOptions(
        brush_pixels=values.brush_pixels,
        hardness=values.brush_hardness / 100,
        tolerance_db=float(values.wand_tolerance_db),
        contiguous=values.wand_contiguous,
        one_channel=values.one_channel,
    )
