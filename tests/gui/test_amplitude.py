"""Quiet recordings can be seen: the waveform zooms in amplitude, and its ruler tells how far."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_gui.editor.rulers import ChannelRuler
from uasrm_gui.editor.view import EditorView
from uasrm_gui.editor.waveform import WaveformPane

RATE = 44100
ZOOM_KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def quiet(qtbot):
    """Return an editor with a second of noise at most 60 dB below full scale, in two channels."""
    rng = np.random.default_rng(5)
    samples = rng.uniform(-0.001, 0.001, (2, RATE)).astype(np.float32)
    view = EditorView()
    qtbot.addWidget(view, before_close_func=EditorView.shutdown)
    view.resize(900, 600)
    view.show()
    qtbot.waitExposed(view)
    view.set_clip(AudioClip(MemorySource(samples, RATE)))
    qtbot.waitUntil(view.is_complete)
    return view


def drawn_rows(editor: EditorView) -> int:
    """Return how many rows of pixels the waveform covers."""
    pane = editor.findChild(WaveformPane)
    image = pane.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return int((raw[:, 20 : image.width() - 20].max(axis=1) > 100).sum())


def wheel(widget, notches: int, held=Qt.KeyboardModifier.NoModifier) -> None:
    place = QPoint(20, 20)
    event = QWheelEvent(
        QPointF(place),
        QPointF(widget.mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("span", [RATE, 300], ids=["peaks", "samples"])
def test_a_quiet_recording_fills_its_lanes_after_fitting(quiet, qtbot, span):
    quiet.set_view(0, span)
    qtbot.waitUntil(quiet.is_complete)
    flat = drawn_rows(quiet)
    quiet.fit_amplitude()
    assert quiet.amplitude_zoom == pytest.approx(1000, rel=0.1)
    assert drawn_rows(quiet) > max(10 * flat, 40)
    quiet.reset_amplitude()
    assert drawn_rows(quiet) == flat


def test_the_wheel_zooms_the_amplitude_on_the_waveform_and_its_ruler(quiet, qtbot):
    frames = quiet.visible_frames()
    wheel(quiet.findChild(WaveformPane), 2, ZOOM_KEYS)
    once = quiet.amplitude_zoom
    assert once > 1.5
    ruler = quiet.findChild(ChannelRuler)
    wheel(ruler, 2)
    assert quiet.amplitude_zoom == pytest.approx(once**2)
    qtbot.mouseDClick(ruler, Qt.MouseButton.LeftButton)
    assert quiet.amplitude_zoom == 1.0
    wheel(ruler, -3)
    assert quiet.amplitude_zoom == 1.0
    assert quiet.visible_frames() == frames


def test_silence_is_shown_at_full_scale(quiet, qtbot):
    quiet.set_clip(AudioClip(MemorySource(np.zeros((1, RATE), np.float32), RATE)))
    qtbot.waitUntil(quiet.is_complete)
    quiet.fit_amplitude()
    assert quiet.amplitude_zoom == 1.0


def test_a_session_keeps_the_zoom_and_another_recording_begins_without(quiet):
    quiet.zoom_amplitude(3)
    zoom, kept = quiet.amplitude_zoom, quiet.view_data()
    quiet.set_clip(AudioClip(MemorySource(np.ones((1, RATE), np.float32), RATE)))
    assert quiet.amplitude_zoom == 1.0
    quiet.restore_view(kept)
    assert quiet.amplitude_zoom == zoom
    quiet.restore_view({**kept, "amplitude_zoom": -5})
    assert quiet.amplitude_zoom == 1.0
