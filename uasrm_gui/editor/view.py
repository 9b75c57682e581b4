"""The editor as the rest of the window sees it: one widget, a few signals, a few calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSplitter, QToolButton, QWidget

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.overview.cache import OverviewCache
from uasrm_core.overview.tiles import ZoomedTransform
from uasrm_core.translation import tr
from uasrm_gui.display import DbRange, Display, Scale
from uasrm_gui.editor import zooming
from uasrm_gui.editor.colorbar import WIDTH as COLOR_BAR_WIDTH
from uasrm_gui.editor.colorbar import ColorBar
from uasrm_gui.editor.detection_lane import DetectionLane
from uasrm_gui.editor.navigation import ZOOM_STEP, bring_into_view
from uasrm_gui.editor.overview import Overview
from uasrm_gui.editor.pictures import PictureStore
from uasrm_gui.editor.region_lane import RegionLane
from uasrm_gui.editor.rulers import GUTTER, ChannelRuler, FrequencyRuler, TimeRuler
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.editor.waveform import WaveformPane
from uasrm_gui.state.marks import ChannelChoice, DetectionMark, RegionMark, Tool, ToolOptions
from uasrm_gui.state.selection import Selection
from uasrm_gui.state.view import View
from uasrm_gui.state.view_data import restore_view, view_data
from uasrm_gui.state.view_history import ViewHistory
from uasrm_gui.state.viewport import AmplitudeView
from uasrm_gui.theme import SPACING
from uasrm_gui.widgets.icons import icon

DEFAULT_RATE = 44100


class EditorView(QWidget):
    """Overview, spectrogram, waveform and rulers of one recording, and what is marked in it."""

    selectionRefused = Signal(str)
    wandPointed = Signal(object)
    regionActivated = Signal(int)
    detectionActivated = Signal(int)
    cursorMoved = Signal(int)
    toolChanged = Signal(str)
    channelChanged = Signal()
    foldsChanged = Signal()
    pointerMoved = Signal(object)
    viewChanged = Signal()
    readFailed = Signal(str)
    displayChanged = Signal(object)
    displayWanted = Signal()
    viewHistoryChanged = Signal()
    overviewRead = Signal(float)
    oddFound = Signal(object)

    def __init__(self, selection: Selection | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selection = selection or Selection(parent=self)
        self._state = View(self.selection, self)
        self._store = PictureStore(self)
        self._history = ViewHistory(self._state, self)
        self._told_odd = False
        self._lends_waveform = False
        self._waveform_share = 0.0
        self._spectrogram = SpectrogramPane(self._state, self._store)
        self._waveform = WaveformPane(self._state, self._store)
        self._ruler = TimeRuler(self._state)
        self._overview = Overview(self._state, self._store)
        self._lane = RegionLane(self._state)
        self._detection_lane = DetectionLane(self._state)
        self._display_button = _button()
        self.setAccessibleName(tr("Editor"))
        self.setFocusProxy(self._spectrogram)
        self._lay_out()
        self._connect()

    def set_clip(self, clip: AudioClip | None) -> None:
        """Show another recording from its start to its end, or none."""
        self._told_odd = False
        self._store.set_clip(clip, self._transform(clip))
        self._state.set_clip(clip)
        # what was meant for the recording before may be overlooked in this one
        self.set_channel("all")
        self._history.clear()

    def update_clip(self, clip: AudioClip, start_frame: int, end_frame: int) -> None:
        """Show the same recording after an edit of a stretch; the view stays."""
        self._state.clip = clip
        self._store.update_clip(clip, start_frame, end_frame)

    def set_regions(self, regions: Sequence[RegionMark]) -> None:
        """Draw these regions; `regionActivated` speaks of them by their place here."""
        self._state.set_regions(regions)

    def set_detections(self, detections: Sequence[DetectionMark]) -> None:
        """Draw these detections, in time's order; `detectionActivated` tells their number."""
        self._state.set_detections(detections)

    def show_regions(self, shown: bool) -> None:
        """Draw regions and detections in their lanes and in the picture, or leave all alone."""
        self._lane.setVisible(shown)
        self._detection_lane.setVisible(shown)
        self._state.set_shows_regions(shown)

    def cursor_frame(self) -> int | None:
        """Return where the cursor stands, or None without a recording."""
        return self._state.cursor

    def set_cursor(self, frame: int) -> None:
        """Put the cursor somewhere."""
        self._state.set_cursor(frame)

    def go_to(self, frame: int) -> None:
        """Put the cursor somewhere and bring it into view, as if the user had clicked there."""
        self._state.set_cursor(frame)
        bring_into_view(self._state, frame)
        self.cursorMoved.emit(frame)

    def set_playhead(self, frame: int | None, *, follow: bool = True) -> None:
        """Draw what is being played; with `follow`, the page turns when it leaves on the right."""
        time, old = self._state.time, self._state.playhead
        self._state.set_playhead(frame)
        was_inside = old is not None and time.start_frame <= old <= time.end_frame
        if follow and frame is not None and was_inside and frame > time.end_frame:
            self._state.set_time(time.between(frame, frame + time.span_frames))

    def set_source(self, frames: tuple[int, int] | None) -> None:
        """Mark in the overview where a candidate was taken from (half-open frames), or nothing."""
        self._state.set_source(frames)

    @property
    def tool(self) -> Tool:
        """What a drag selects."""
        return self._state.tool

    def set_tool(self, tool: Tool) -> None:
        """Choose what a drag selects."""
        self._state.set_tool(tool)
        self.toolChanged.emit(tool)

    @property
    def channel(self) -> ChannelChoice:
        """The channels that the tools select in."""
        return self._state.channel

    def set_channel(self, channel: ChannelChoice) -> None:
        """Choose the channels that the tools select in."""
        self._state.channel = channel
        self.channelChanged.emit()

    @property
    def channel_names(self) -> tuple[str, ...]:
        """What the channels that can be folded are called; empty where none can."""
        return self._state.channel_names if self._state.can_fold else ()

    def is_folded(self, channel: int) -> bool:
        """Whether only the name of a channel is shown."""
        return channel in self._state.folded

    def turn_fold(self, channel: int) -> None:
        """Leave only the name of a channel, or show it again."""
        self._state.fold(self._state.folded ^ {channel})

    def unfold_all(self) -> None:
        """Show every channel."""
        self._state.fold(())

    def set_options(self, options: ToolOptions) -> None:
        """Choose how the tools draw."""
        self._state.set_options(options)

    @property
    def display(self) -> Display:
        """How the recording is shown."""
        return self._state.display

    def set_display(self, display: Display) -> None:
        """Show the recording otherwise."""
        self._state.set_display(display)

    def set_frequency_scale(self, scale: Scale) -> None:
        """Choose how heights stand for frequencies."""
        self._state.set_display(replace(self._state.display, scale=scale))

    def set_level_range(self, levels: DbRange) -> None:
        """Choose the levels that the colours span."""
        self._state.set_levels(levels)

    def set_time_format(self, name: str) -> None:
        """Choose how the ruler writes times, one of `TIME_FORMATS`."""
        self._state.set_time_format(name)

    @property
    def frames_in_view(self) -> tuple[int, int]:
        """The stretch of the recording in view, half-open."""
        time = self._state.time
        return max(int(time.start_frame), 0), min(int(time.end_frame) + 1, time.total_frames)

    @property
    def overview_cache(self) -> OverviewCache | None:
        """What has been read of the whole recording."""
        return self._store.overview_cache

    @property
    def view_history(self) -> ViewHistory:
        """The views one has looked at."""
        return self._history

    def zoom_in(self) -> None:
        """Come closer, about the selection or the cursor where they are in view."""
        zooming.zoom_time(self._state, ZOOM_STEP**2)

    def zoom_out(self) -> None:
        """Go further away."""
        zooming.zoom_time(self._state, ZOOM_STEP**-2)

    def zoom_frequencies(self, steps: int) -> None:
        """Come closer in frequency, or go away, about the selection's band or the middle."""
        zooming.zoom_frequencies(self._state, self._spectrogram.limits, steps)

    def zoom_amplitude(self, steps: int) -> None:
        """Draw the waveform higher, or lower."""
        self._state.set_amplitude(self._state.amplitude.zoomed(ZOOM_STEP ** (2 * steps)))

    def fit_amplitude(self) -> None:
        """Draw the waveform so that the loudest sample in view just fills its lane."""
        peaks = self._store.waveform(self._state.time)[:2]
        loudest = float(np.nan_to_num(np.abs(peaks)).max(initial=0.0))
        self._state.set_amplitude(AmplitudeView().fitted_to(loudest))

    def reset_amplitude(self) -> None:
        """Draw the waveform at full scale."""
        self._state.set_amplitude(AmplitudeView())

    @property
    def amplitude_zoom(self) -> float:
        """How many times higher than at full scale the waveform is drawn."""
        return self._state.amplitude.zoom

    def fit(self) -> None:
        """Show all of the recording and of its spectrum."""
        self._state.set_time(self._state.time.fitted())
        self._state.set_frequency(self._state.frequency.fitted())

    def zoom_to_selection(self) -> None:
        """Show the selection with a little around it."""
        zooming.show_selection(self._state)

    def show_region(self, region: Region) -> None:
        """Bring a region into view, with enough around it to judge it."""
        zooming.show_region(self._state, region)

    def show_detection(self, region: Region) -> None:
        """Bring a detection into view among what is usual there, if it is not so already."""
        zooming.show_detection(self._state, region)

    def show_frame(self, frame: int) -> None:
        """Bring a time into view."""
        bring_into_view(self._state, frame)

    def set_view(self, start_frame: float, end_frame: float) -> None:
        """Show a stretch, as nearly as the limits allow."""
        self._state.set_time(self._state.time.between(start_frame, end_frame))

    @property
    def bars_height(self) -> int:
        """What the overview, the lanes and the ruler take of the height."""
        bars = (self._overview, self._detection_lane, self._lane, self._ruler)
        return sum(bar.height() for bar in bars if not bar.isHidden())

    def keep_waveform_share(self) -> None:
        """Note what the waveform has of the height of both pictures before it is lent."""
        upper, lower = self._splitter.sizes()
        if lower:
            self._waveform_share = lower / (upper + lower + self._splitter.handleWidth())

    @property
    def waveform_share(self) -> float:
        """What was noted; 0 where the waveform does not stand below the other picture."""
        return self._waveform_share if self._state.display.layout == "split" else 0.0

    def lend_waveform(self, lent: bool) -> None:
        """Hide the waveform below the spectrogram for what takes its place, or show it again."""
        if lent == self._lends_waveform:
            return
        self._lends_waveform = lent
        self._show_panes(self._state.display)
        if not lent and self._waveform_share:
            height = self._splitter.height()
            lower = round(height * self._waveform_share)
            self._splitter.setSizes([height - lower - self._splitter.handleWidth(), lower])

    def view_data(self) -> dict[str, Any]:
        """Return what a session keeps of the view, as plain values."""
        return view_data(self._state)

    def restore_view(self, data: Mapping[str, Any]) -> None:
        """Show what a session kept of the view."""
        restore_view(self._state, data)
        self._history.clear()

    def visible_frames(self) -> tuple[float, float]:
        """Return the stretch in view, in frames."""
        return self._state.time.start_frame, self._state.time.end_frame

    def visible_band(self) -> tuple[float, float]:
        """Return the band in view, in Hz."""
        return self._state.frequency.low_hz, self._state.frequency.high_hz

    def clip_frames(self) -> int:
        """Return the length of the recording in view."""
        return self._state.time.total_frames

    def is_complete(self) -> bool:
        """Return whether everything in view is drawn as fine as it gets, and all peaks are in."""
        return self._store.is_idle()

    def shutdown(self) -> None:
        """End the threads; call it before the window goes."""
        self._store.shutdown()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # The buttons that browsers go back and forward by; the panes leave them to this.
        if event.button() == Qt.MouseButton.BackButton:
            self._history.back()
        elif event.button() == Qt.MouseButton.ForwardButton:
            self._history.forward()
        else:
            super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_width()

    def _lay_out(self) -> None:
        upper = _row(FrequencyRuler(self._state), self._spectrogram, ColorBar(self._state))
        lower = _row(ChannelRuler(self._state), self._waveform, _gap(COLOR_BAR_WIDTH))
        self._upper, self._lower = upper, lower
        splitter = self._splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setAccessibleName(tr("Spectrogram and waveform"))
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(SPACING)
        splitter.addWidget(upper)
        splitter.addWidget(lower)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([200, 100])
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.setColumnMinimumWidth(0, GUTTER)
        grid.setColumnMinimumWidth(2, COLOR_BAR_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._overview, 0, 1)
        grid.addWidget(self._display_button, 0, 2, Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(self._detection_lane, 1, 1)
        grid.addWidget(self._lane, 2, 1)
        grid.addWidget(splitter, 3, 0, 1, 3)
        grid.setRowStretch(3, 1)
        grid.addWidget(self._ruler, 4, 0, 1, 3)

    def _connect(self) -> None:
        self._state.viewChanged.connect(self._view_changed)
        self._state.foldsChanged.connect(self.foldsChanged)
        self._state.displayChanged.connect(self._display_changed)
        self._display_button.clicked.connect(self.displayWanted)
        self._history.changed.connect(self.viewHistoryChanged)
        self._store.overviewRead.connect(self._on_overview_read)
        self._store.failed.connect(self.readFailed)
        self._lane.markActivated.connect(self.regionActivated)
        self._detection_lane.markActivated.connect(self.detectionActivated)
        self._ruler.cursorMoved.connect(self.cursorMoved)
        for pane in (self._spectrogram, self._waveform):
            pane.selectionRefused.connect(self.selectionRefused)
            pane.regionActivated.connect(self.regionActivated)
            pane.wandPointed.connect(self.wandPointed)
            pane.cursorMoved.connect(self.cursorMoved)
            pane.pointerMoved.connect(self.pointerMoved)

    def _take_width(self) -> None:
        width = max(self.width() - GUTTER - COLOR_BAR_WIDTH, 1)
        self._state.set_time(self._state.time.resized(width))

    def _view_changed(self) -> None:
        if self._state.clip is not None:
            # Tiles are chosen by device pixels, so that a fine screen gets a fine picture.
            scale = self.devicePixelRatioF()
            self._store.aim(self._state.time.resized(round(self._state.time.width * scale)))
        self.viewChanged.emit()

    def _display_changed(self, display: Display) -> None:
        self._show_panes(display)
        self._store.set_transform(self._transform(self._state.clip))
        self.displayChanged.emit(display)

    def _transform(self, clip: AudioClip | None) -> ZoomedTransform:
        return self._state.display.transform(DEFAULT_RATE if clip is None else clip.rate)

    def _show_panes(self, display: Display) -> None:
        had_focus = self._spectrogram.hasFocus() or self._waveform.hasFocus()
        self._upper.setVisible(display.layout != "waveform")
        beside = display.layout == "split" and not self._lends_waveform
        self._lower.setVisible(beside or display.layout == "waveform")
        pane = self._waveform if display.layout == "waveform" else self._spectrogram
        self.setFocusProxy(pane)
        if had_focus:
            pane.setFocus()

    def _on_overview_read(self, part: float) -> None:
        self.overviewRead.emit(part)
        overview_cache = self._store.overview_cache
        if part >= 1 and overview_cache is not None and not self._told_odd:
            self._told_odd = True
            stretches = overview_cache.peaks.odd_frames()
            if stretches:
                self.oddFound.emit(stretches)


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    return row


def _gap(width: int) -> QWidget:
    gap = QWidget()
    gap.setFixedWidth(width)
    return gap


def _button() -> QToolButton:
    button = QToolButton()
    button.setIcon(icon("display"))
    button.setAccessibleName(tr("Display"))
    button.setToolTip(tr("Display: frequency scale, window, colours, presets, layout"))
    return button
