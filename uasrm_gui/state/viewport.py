"""The only mapping between pixels, frames and frequencies.

Values are frozen: every change returns another viewport, already within its limits. A frame
``k`` covers the time from ``k`` to ``k + 1``, so a region's edges are its frame numbers.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from uasrm_gui.display import Scale

MIN_SPAN_FRAMES = 1.0
MIN_BAND = 0.01
"""The narrowest view of frequencies, as a part of the whole height."""
LOG_FLOOR_HZ = 30.0
FOLDED_PIXELS = 16.0
"""How high the lane of a folded channel is."""
MOST_AMPLITUDE_ZOOM = 10000.0
"""The closest view of amplitudes: 80 dB below full scale reaches the edge of a lane."""


@dataclass(frozen=True)
class TimeView:
    """The stretch of a recording that is in view, and how many pixels show it.

    Attributes
    ----------
    total_frames
        Length of the recording.
    start_frame, span_frames
        What is in view; fractions of a frame are allowed.
    width
        Pixels it is drawn over.
    """

    total_frames: int
    start_frame: float
    span_frames: float
    width: int

    @classmethod
    def whole(cls, total_frames: int, width: int) -> TimeView:
        """Return the view of a whole recording."""
        return cls(total_frames, 0.0, 0.0, max(width, 1)).fitted()

    @property
    def end_frame(self) -> float:
        """The first time, in frames, after the view."""
        return self.start_frame + self.span_frames

    @property
    def frames_per_pixel(self) -> float:
        """How much time a pixel holds."""
        return self.span_frames / self.width

    @property
    def _largest_span(self) -> float:
        return max(float(self.total_frames), MIN_SPAN_FRAMES)

    def x_of(self, frame: float) -> float:
        """Return the pixel of a time in frames."""
        return (frame - self.start_frame) / self.frames_per_pixel

    def frame_at(self, x: float) -> float:
        """Return the time in frames at a pixel, kept inside the recording."""
        frame = self.start_frame + x * self.frames_per_pixel
        return min(max(frame, 0.0), float(self.total_frames))

    def between(self, start_frame: float, end_frame: float) -> TimeView:
        """Return the view of a stretch, as nearly as the limits allow."""
        span = min(max(end_frame - start_frame, MIN_SPAN_FRAMES), self._largest_span)
        middle = (start_frame + end_frame) / 2
        start = min(max(middle - span / 2, 0.0), self._largest_span - span)
        return replace(self, start_frame=start, span_frames=span)

    def fitted(self) -> TimeView:
        """Return the view of the whole recording."""
        return self.between(0.0, self._largest_span)

    def zoomed(self, factor: float, x: float) -> TimeView:
        """Return a view `factor` times closer, whose time at pixel `x` stays where it is."""
        span = min(max(self.span_frames / factor, MIN_SPAN_FRAMES), self._largest_span)
        fixed = self.start_frame + x * self.frames_per_pixel
        start = fixed - x / self.width * span
        return self.between(start, start + span)

    def scrolled(self, pixels: float) -> TimeView:
        """Return the view moved by pixels towards the end."""
        start = self.start_frame + pixels * self.frames_per_pixel
        return self.between(start, start + self.span_frames)

    def resized(self, width: int) -> TimeView:
        """Return the same stretch over another width."""
        return replace(self, width=max(width, 1))


@dataclass(frozen=True)
class FrequencyView:
    """The band of frequencies in view; heights are handed in, for lanes differ in them.

    Attributes
    ----------
    nyquist_hz
        Half the rate: the top of the scale.
    scale
        How heights stand for frequencies.
    low, high
        The part of the whole scale in view, from 0 (bottom) to 1 (top).
    """

    nyquist_hz: float
    scale: Scale = "mel"
    low: float = 0.0
    high: float = 1.0

    @property
    def low_hz(self) -> float:
        """The frequency at the lower edge of the view."""
        return self.hz_at(1.0, 1.0)

    @property
    def high_hz(self) -> float:
        """The frequency at the upper edge of the view."""
        return self.hz_at(0.0, 1.0)

    @property
    def _warps(self) -> tuple[Callable[[float], float], Callable[[float], float]]:
        return _SCALES[self.scale]

    def hz_at(self, y: float, height: float) -> float:
        """Return the frequency at a height, from 0 at the top; kept inside the view."""
        warp, unwarp = self._warps
        place = self.high - min(max(y / height, 0.0), 1.0) * (self.high - self.low)
        bottom, top = warp(0.0), warp(self.nyquist_hz)
        hz = unwarp(bottom + place * (top - bottom))
        return 0.0 if place <= 0.0 else min(hz, self.nyquist_hz)

    def y_of(self, hz: float, height: float) -> float:
        """Return the height of a frequency, which may lie outside the view."""
        warp, _ = self._warps
        bottom, top = warp(0.0), warp(self.nyquist_hz)
        place = (warp(hz) - bottom) / (top - bottom)
        return (self.high - place) / (self.high - self.low) * height

    def zoomed(self, factor: float, y: float, height: float) -> FrequencyView:
        """Return a band `factor` times closer, whose frequency at height `y` stays there."""
        part = min(max(y / height, 0.0), 1.0)
        fixed = self.high - part * (self.high - self.low)
        band = min(max((self.high - self.low) / factor, MIN_BAND), 1.0)
        return self._place(fixed + part * band, band)

    def scrolled(self, pixels: float, height: float) -> FrequencyView:
        """Return the band moved upwards by pixels."""
        band = self.high - self.low
        return self._place(self.high + pixels / height * band, band)

    def fitted(self) -> FrequencyView:
        """Return the view of all frequencies."""
        return replace(self, low=0.0, high=1.0)

    def with_scale(self, scale: Scale) -> FrequencyView:
        """Return the same band on another scale."""
        other = FrequencyView(self.nyquist_hz, scale)
        low = 0.0 if self.low <= 0.0 else 1.0 - other.y_of(self.low_hz, 1.0)
        high = 1.0 if self.high >= 1.0 else 1.0 - other.y_of(self.high_hz, 1.0)
        band = min(max(high - low, MIN_BAND), 1.0)
        return other._place(max(high, low + band), band)

    def _place(self, high: float, band: float) -> FrequencyView:
        high = min(max(high, band), 1.0)
        return replace(self, low=max(high - band, 0.0), high=high)


def _keep(value: float) -> float:
    return value


def _mel(hz: float) -> float:
    """Return O'Shaughnessy's mel (Speech Communication, 1987)."""
    return 2595.0 * math.log10(1.0 + hz / 700.0)


def _hz_of_mel(mel: float) -> float:
    return 700.0 * math.expm1(mel / 2595.0 * math.log(10.0))


def _bark(hz: float) -> float:
    """Return Traunmüller's Bark (JASA 88, 1990)."""
    return 26.81 * hz / (1960.0 + hz) - 0.53


def _hz_of_bark(bark: float) -> float:
    return 1960.0 * (bark + 0.53) / (26.28 - bark)


def _log(hz: float) -> float:
    return math.log(max(hz, LOG_FLOOR_HZ))


_SCALES: dict[Scale, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "linear": (_keep, _keep),
    "mel": (_mel, _hz_of_mel),
    "bark": (_bark, _hz_of_bark),
    "log": (_log, math.exp),
}


@dataclass(frozen=True)
class AmplitudeView:
    """How far samples reach from the middle of a lane to its edge.

    Attributes
    ----------
    zoom
        How many times higher than at full scale a sample is drawn; at least 1.
    """

    zoom: float = 1.0

    @property
    def full_scale(self) -> float:
        """The amplitude at the edge of a lane."""
        return 1.0 / self.zoom

    def y_of(self, amplitude: float, height: float) -> float:
        """Return the height of an amplitude in a lane, from 0 at the top."""
        half = height / 2
        return half - amplitude * self.zoom * (half - 1)

    def zoomed(self, factor: float) -> AmplitudeView:
        """Return a view `factor` times closer."""
        return AmplitudeView(min(max(self.zoom * factor, 1.0), MOST_AMPLITUDE_ZOOM))

    def fitted_to(self, loudest: float) -> AmplitudeView:
        """Return the view whose lanes an amplitude just fills; silence stays at full scale."""
        return AmplitudeView().zoomed(1.0 / loudest) if loudest > 0 else AmplitudeView()


@dataclass(frozen=True)
class Lane:
    """The strip of a pane that one channel (or the mix) is drawn in, in pixels from the top.

    Attributes
    ----------
    folded
        Whether it is only as high as its name; then its height means no frequencies.
    """

    top: float
    height: float
    folded: bool = False


def lanes(
    height: float, count: int, gap: float = 2.0, *, folded: Collection[int] = ()
) -> list[Lane]:
    """Share a height between lanes, with a gap between them; those that are folded need little."""
    room = height - gap * (count - 1)
    narrow = min(FOLDED_PIXELS, max(room / count, 1.0))
    each = max((room - narrow * len(folded)) / max(count - len(folded), 1), 1.0)
    strips: list[Lane] = []
    top = 0.0
    for number in range(count):
        lane = Lane(top, narrow, True) if number in folded else Lane(top, each)
        strips.append(lane)
        top += lane.height + gap
    return strips


def lane_at(strips: Sequence[Lane], y: float) -> int:
    """Return the lane at a height; between two, the upper one, outside all, the nearest."""
    tops = [strip.top for strip in strips]
    return max(bisect_right(tops, y) - 1, 0)
