"""The version that is heard, as the picture shows it: samples, and where a candidate is from."""

from __future__ import annotations

from PySide6.QtCore import QObject

from uasrm_core.edit.history import FrameRange
from uasrm_gui.editor.view import EditorView
from uasrm_gui.state.comparison import Comparison
from uasrm_gui.state.document import Document
from uasrm_gui.state.playback import Playback
from uasrm_gui.state.previews import Previews


class ShownVersion(QObject):
    """Keeps the editor's samples in step with edits and with the version that is heard."""

    def __init__(
        self,
        document: Document,
        playback: Playback,
        comparison: Comparison,
        previews: Previews,
        *,
        editor: EditorView,
    ) -> None:
        super().__init__(editor)
        self._document = document
        self._playback = playback
        self._comparison = comparison
        self._previews = previews
        self._editor = editor
        document.work.samples_changed.connect(self._draw_samples)
        playback.shown_changed.connect(self._on_version)
        comparison.changed.connect(self._on_candidate)
        comparison.chosen_changed.connect(self._on_candidate)

    def _draw_samples(self, ranges: tuple[FrameRange, ...]) -> None:
        """Show these stretches as they now are, in the version that is heard."""
        shown = self._playback.shown
        if shown is not None:
            for stretch in ranges:
                self._editor.update_clip(shown, stretch.start_frame, stretch.end_frame)

    def _on_version(self) -> None:
        touched = (*self._comparison.touched, *self._previews.touched)
        self._draw_samples((*self._document.work.repaired_ranges, *touched))

    def _on_candidate(self) -> None:
        candidate = self._comparison.chosen_candidate
        self._editor.set_source(None if candidate is None else candidate.source_frames)
