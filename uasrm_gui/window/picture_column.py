"""The picture, and the strip of candidates that takes the waveform's place below it."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from uasrm_gui.editor.view import EditorView
from uasrm_gui.panels.compare import LEAST_HEIGHT, ComparePanel
from uasrm_gui.theme import SPACING


class PictureColumn(QWidget):
    """The editor above, the strip below; where the strip opens, the spectrogram does not move.

    The strip gets the height that the waveform had. Only where that is too little for it does
    the spectrogram give the rest.
    """

    def __init__(self, editor: EditorView, strip: ComparePanel) -> None:
        super().__init__()
        self._editor = editor
        self._strip = strip
        rows = self._rows = QVBoxLayout(self)
        rows.setContentsMargins(SPACING, SPACING, 0, SPACING)
        rows.setSpacing(0)
        rows.addWidget(editor, 1)
        rows.addWidget(strip)
        strip.wanted.connect(self.show_strip)
        editor.displayChanged.connect(self._share)

    def show_strip(self, shown: bool) -> None:
        """Open the strip in the waveform's place, or give the waveform its place back."""
        if shown == self._strip.isVisibleTo(self):
            return
        if shown:
            self._editor.keep_waveform_share()
            self._fit_strip()
            self._editor.lend_waveform(True)
            self._strip.show()
            return
        self._strip.hide()
        # the waveform comes back once the editor has its height again
        self._rows.activate()
        self._editor.lend_waveform(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        if self._strip.isVisibleTo(self):
            self._fit_strip()

    def _fit_strip(self) -> None:
        pictures = self.contentsRect().height() - 2 * SPACING - self._editor.bars_height
        height = round(pictures * self._editor.waveform_share) + SPACING
        self._strip.setFixedHeight(max(LEAST_HEIGHT, height))
