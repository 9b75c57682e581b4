"""What is marked in the picture: the regions of the document and the detections of the review."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from uasrm_core.audio.kinds import KIND_WORDS
from uasrm_core.translation import tr
from uasrm_gui.editor.view import EditorView
from uasrm_gui.settings import SettingsStore
from uasrm_gui.state.document import Document
from uasrm_gui.state.marks import DetectionMark, RegionMark
from uasrm_gui.state.previews import Previews, Side
from uasrm_gui.state.review import Review


class ShownMarks(QObject):
    """Keeps the editor's marks in step with the document and the review."""

    def __init__(
        self,
        document: Document,
        review: Review,
        previews: Previews,
        settings: SettingsStore,
        *,
        editor: EditorView,
        show_panel: Callable[[str], object],
    ) -> None:
        super().__init__(editor)
        self._document = document
        self._review = review
        self._previews = previews
        self._settings = settings
        self._editor = editor
        self._show_panel = show_panel
        document.work.regions_changed.connect(self._draw_regions)
        document.selection.rows_changed.connect(self._on_rows)
        review.current_changed.connect(self._on_current)
        for changed in (review.changed, review.decided, review.current_changed):
            changed.connect(self._draw_detections)
        review.grew.connect(lambda rows: self._draw_detections())
        document.work.regions_changed.connect(self._draw_detections)
        editor.regionActivated.connect(lambda row: document.selection.pick_rows([row]))
        editor.detectionActivated.connect(self._go_to_detection)
        document.searches.found_similar.connect(lambda detections: show_panel("review"))

    def _draw_regions(self) -> None:
        document = self._document
        marks = [
            RegionMark(
                region,
                document.work.state_of(region),
                row in document.selection.rows,
            )
            for row, region in enumerate(document.work.regions)
        ]
        self._editor.set_regions(marks)

    def _draw_detections(self) -> None:
        review, marks = self._review, []
        for number, detection in enumerate(review.detections):
            region, title = review.region(detection), tr(KIND_WORDS[detection.kind].title)
            state, is_current = review.outcome_of(detection), number == review.current
            marks.append(DetectionMark(region, title, state, is_current))
        self._editor.set_detections(marks)

    def _on_rows(self) -> None:
        self._draw_regions()
        rows = self._document.selection.rows
        if len(rows) == 1:
            self._editor.show_region(self._document.work.regions[rows[0]])

    def _on_current(self) -> None:
        region = self._document.selection.region
        if region is None:
            return
        self._editor.show_detection(region)
        if self._settings.values.play_finds:
            self._previews.play(Side.NOW)

    def _go_to_detection(self, number: int) -> None:
        self._show_panel("review")
        self._review.go_to(number)
