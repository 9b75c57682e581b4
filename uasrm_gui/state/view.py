"""What the panes of the editor share: the view, the selection, the marks and the look."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.channel_names import name_channels
from uasrm_core.audio.clip import AudioClip
from uasrm_core.overview.tiles import lane_count
from uasrm_gui.display import DbRange, Display
from uasrm_gui.state.marks import ChannelChoice, DetectionMark, RegionMark, Tool, ToolOptions
from uasrm_gui.state.selection import Selection
from uasrm_gui.state.viewport import AmplitudeView, FrequencyView, Lane, TimeView, lanes
from uasrm_gui.widgets.time_format import TimeFormat


class View(QObject):
    """The one place the panes read from and change.

    `viewChanged`: another stretch or band. `marksChanged`: selection, regions, cursor, tool.
    `playheadMoved`: with the old and the new frame. `colorsChanged`: other colours, or another
    range of levels. `displayChanged`: any of the choices how a recording is shown.
    `foldsChanged`: other channels are folded. `detectionsChanged`: other detections, or
    decisions on them.
    """

    viewChanged = Signal()
    foldsChanged = Signal()
    marksChanged = Signal()
    detectionsChanged = Signal()
    playheadMoved = Signal(object, object)
    colorsChanged = Signal()
    displayChanged = Signal(object)

    def __init__(self, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.clip: AudioClip | None = None
        self.time = TimeView.whole(0, 1)
        self.frequency = FrequencyView(22050.0)
        self.amplitude = AmplitudeView()
        self.selection = selection
        selection.changed.connect(self.marksChanged)
        self.regions: tuple[RegionMark, ...] = ()
        self.detections: tuple[DetectionMark, ...] = ()
        self.pointed: int | None = None
        self.shows_regions = True
        self.cursor: int | None = None
        self.playhead: int | None = None
        self.source: tuple[int, int] | None = None
        self.tool: Tool = "time"
        self.options = ToolOptions()
        self.channel: ChannelChoice = "all"
        self.folded: frozenset[int] = frozenset()
        self.display = Display()
        self.time_format = TimeFormat("clock", 44100)

    @property
    def levels(self) -> DbRange:
        """The levels that the colours span."""
        return self.display.levels

    @property
    def channels(self) -> int:
        """How many channels the recording has."""
        return self.clip.channels if self.clip is not None else 1

    @property
    def lanes(self) -> int:
        """How many spectrograms are shown."""
        return lane_count(self.channels)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """What the channels are called."""
        return name_channels(self.clip.info) if self.clip is not None else ("1",)

    @property
    def can_fold(self) -> bool:
        """Whether there are several channels, each with a spectrogram of its own."""
        return self.lanes == self.channels > 1

    def strips(self, height: float, count: int) -> list[Lane]:
        """Share a height between the lanes of so many channels."""
        return lanes(height, count, folded=self.folded if self.can_fold else ())

    def fold(self, channels: Collection[int]) -> None:
        """Leave only the names of these channels, and unfold the others; one stays unfolded."""
        folded = frozenset(channels) & frozenset(range(self.lanes))
        if self.can_fold and len(folded) < self.lanes and folded != self.folded:
            self.folded = folded
            self.viewChanged.emit()
            self.foldsChanged.emit()

    def set_clip(self, clip: AudioClip | None) -> None:
        """Begin with another recording: all of it in view, nothing marked."""
        self.clip = clip
        nyquist_hz = (clip.rate if clip is not None else 44100) / 2
        self.frequency = FrequencyView(nyquist_hz, self.display.scale)
        self.time_format = TimeFormat(self.time_format.name, round(2 * nyquist_hz))
        self.amplitude = AmplitudeView()
        self.folded = frozenset()
        self.time = TimeView.whole(clip.frames if clip is not None else 0, self.time.width)
        self.regions, self.pointed, self.detections = (), None, ()
        self.cursor = 0 if clip is not None else None
        self.playhead = None
        self.source = None
        self.selection.select(None)
        self.viewChanged.emit()

    def set_time(self, time: TimeView) -> None:
        """Look at another stretch."""
        if time != self.time:
            self.time = time
            self.viewChanged.emit()

    def set_frequency(self, frequency: FrequencyView) -> None:
        """Look at another band."""
        if frequency != self.frequency:
            self.frequency = frequency
            self.viewChanged.emit()

    def set_amplitude(self, amplitude: AmplitudeView) -> None:
        """Draw samples higher or lower."""
        if amplitude != self.amplitude:
            self.amplitude = amplitude
            self.viewChanged.emit()

    def set_time_format(self, name: str) -> None:
        """Write times otherwise."""
        if name != self.time_format.name:
            self.time_format = replace(self.time_format, name=name)
            self.viewChanged.emit()

    def set_levels(self, levels: DbRange) -> None:
        """Spread the colours over other levels."""
        self.set_display(self.display.with_levels(levels))

    def set_display(self, display: Display) -> None:
        """Show the recording otherwise."""
        old, self.display = self.display, display
        if display == old:
            return
        self.displayChanged.emit(display)
        if (display.colors, display.levels) != (old.colors, old.levels):
            self.colorsChanged.emit()
        if display.amplitude != old.amplitude:
            self.viewChanged.emit()
        if display.scale != self.frequency.scale:
            self.set_frequency(self.frequency.with_scale(display.scale))

    def set_regions(self, regions: Sequence[RegionMark]) -> None:
        """Draw these regions."""
        self.regions, self.pointed = tuple(regions), None
        self.marksChanged.emit()

    def set_detections(self, detections: Sequence[DetectionMark]) -> None:
        """Draw these detections, in time's order."""
        self.detections = tuple(detections)
        self.detectionsChanged.emit()

    def point_at_region(self, row: int | None) -> None:
        """Note which region lies under the pointer, or none."""
        if row != self.pointed:
            self.pointed = row
            self.marksChanged.emit()

    def set_shows_regions(self, shown: bool) -> None:
        """Draw regions, or leave the picture alone."""
        self.shows_regions = shown
        self.marksChanged.emit()

    def set_source(self, frames: tuple[int, int] | None) -> None:
        """Mark where a candidate was taken from, half-open in frames, or nothing."""
        if frames != self.source:
            self.source = frames
            self.marksChanged.emit()

    def set_cursor(self, frame: int | None) -> None:
        """Put the cursor between two frames."""
        self.cursor = frame
        self.marksChanged.emit()

    def set_playhead(self, frame: int | None) -> None:
        """Draw what is being played, or nothing."""
        old, self.playhead = self.playhead, frame
        if old != frame:
            self.playheadMoved.emit(old, frame)

    def set_tool(self, tool: Tool) -> None:
        """Choose what a drag selects."""
        self.tool = tool
        self.marksChanged.emit()

    def set_options(self, options: ToolOptions) -> None:
        """Draw with other options."""
        self.options = options
        self.marksChanged.emit()
