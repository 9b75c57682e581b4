"""What a user does in the editor and sees there: drags, turns of the wheel, pixels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.editor.view import EditorView

RATE = 44100
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def clip_of(samples: np.ndarray) -> AudioClip:
    return AudioClip(MemorySource(samples.astype(np.float32), RATE))


def wait_until_drawn(editor: EditorView, qtbot) -> None:
    qtbot.waitUntil(editor.is_complete)
    QApplication.processEvents()


def pane_of(editor: EditorView, kind=SpectrogramPane):
    return editor.findChild(kind)


def drag(qtbot, pane, start, end, button=Qt.MouseButton.LeftButton) -> None:
    qtbot.mousePress(pane, button, pos=QPoint(*start))
    for part in (0.3, 0.7, 1.0):
        x, y = (round(a + (b - a) * part) for a, b in zip(start, end, strict=True))
        qtbot.mouseMove(pane, QPoint(x, y))
    qtbot.mouseRelease(pane, button, pos=QPoint(*end))


def wheel(pane, place, notches, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    event = QWheelEvent(
        QPointF(*place),
        QPointF(pane.mapToGlobal(QPoint(*place))),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane, event)


def frame_at(editor, pane, x) -> int:
    return round(editor.clip_frames() * x / pane.width())


def pixels(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8)
    return raw.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), :3].copy()
