"""What lies over the pictures: regions, selection, cursor and playhead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import Shape
from uasrm_gui.editor.selecting import Limits, band_of
from uasrm_gui.editor.shape_picture import Pattern, ShapeStyle, shape_picture
from uasrm_gui.state.marks import RegionMark, RegionState
from uasrm_gui.state.viewport import FrequencyView, Lane, TimeView
from uasrm_gui.theme import COLORS, number_font

Handles = Literal["none", "sides", "all"]

HANDLE = 7.0
# So little that the sound under a selection keeps its colours.
_TINT = 0.08
# What was painted has no straight edges to be seen by.
_SHAPE_TINT = 0.28
# State is told by colour, by hatching and by outline alike, so that no one depends on colour.
# What is repaired stays bare, so that the repair can be judged.
_HATCH: dict[RegionState, Qt.BrushStyle] = {
    "open": Qt.BrushStyle.BDiagPattern,
    "repaired": Qt.BrushStyle.NoBrush,
    "unchanged": Qt.BrushStyle.NoBrush,
    "accepted": Qt.BrushStyle.Dense7Pattern,
}
_PATTERN: dict[RegionState, Pattern] = {
    "open": "diagonals",
    "repaired": "none",
    "unchanged": "none",
    "accepted": "dots",
}
_OUTLINE: dict[RegionState, Qt.PenStyle] = {
    "open": Qt.PenStyle.SolidLine,
    "repaired": Qt.PenStyle.DashLine,
    "unchanged": Qt.PenStyle.DotLine,
    "accepted": Qt.PenStyle.SolidLine,
}
GLYPHS: dict[RegionState, str] = {
    "open": "",
    "repaired": " ✓",
    "unchanged": " =",
    "accepted": " ✓✓",
}
_COLOR: dict[RegionState, str] = {
    "open": COLORS.open_on_canvas,
    "repaired": COLORS.repaired_on_canvas,
    "unchanged": COLORS.unchanged_on_canvas,
    "accepted": COLORS.accepted_on_canvas,
}


def region_color(state: RegionState) -> QColor:
    """Return the colour of regions of a state on the canvas."""
    return QColor(_COLOR[state])


def panel_color(state: RegionState) -> QColor:
    """Return the colour of regions of a state beside the canvas, legible in the present theme."""
    return QColor(getattr(COLORS, f"region_{state}"))


def region_rect(
    region: Region, time: TimeView, frequency: FrequencyView | None, lane: Lane
) -> QRectF:
    """Return where a region lies in a lane; without frequencies it has the lane's height."""
    left, right = time.x_of(region.start_frame), time.x_of(region.end_frame)
    top, bottom = 0.0, lane.height
    if frequency is not None and not lane.folded:
        low, high = band_of(region, Limits(time.total_frames, frequency.nyquist_hz))
        top = 0.0 if region.high_hz is None else frequency.y_of(high, lane.height)
        bottom = lane.height if region.low_hz is None else frequency.y_of(low, lane.height)
    top, bottom = max(top, 0.0), min(bottom, lane.height)
    # Kept near the pane, for Qt's arithmetic suffers far outside it.
    left, right = max(left, -50.0), min(right, time.width + 50.0)
    return QRectF(left, lane.top + top, max(right - left, 1.0), max(bottom - top, 1.0))


def draw_regions(
    painter: QPainter,
    marks: Sequence[RegionMark],
    time: TimeView,
    frequency: FrequencyView | None,
    lane_strips: Sequence[Lane],
    pointed: int | None = None,
) -> None:
    """Draw the regions in view in every lane that they mean, hatched and outlined by state.

    In full only those that are picked or pointed at; of the others a faint outline, where it is
    no more than a part of the spectrum and waits for its repair.
    """
    for number, mark in enumerate(marks, start=1):
        region = mark.region
        is_full = mark.selected or number - 1 == pointed
        if not is_full and (frequency is None or mark.state != "open" or not region.is_partial):
            continue
        if region.end_frame < time.start_frame or region.start_frame > time.end_frame:
            continue
        first = True
        for channel, lane in enumerate(lane_strips):
            meant = region.channels is None or channel in region.channels or len(lane_strips) == 1
            if meant:
                rect = region_rect(region, time, frequency, lane)
                if region.shape is None:
                    _draw_region(painter, rect, mark, is_full=is_full)
                else:
                    _draw_shape(painter, region.shape, time, frequency, lane, _style(mark))
                if first and is_full:
                    _draw_tag(painter, rect, f"{number}{GLYPHS[mark.state]}", mark)
                first = False


def _draw_region(painter: QPainter, rect: QRectF, mark: RegionMark, *, is_full: bool) -> None:
    color = region_color(mark.state)
    if not is_full:
        color.setAlpha(170)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 1.0))
        painter.drawRect(rect)
        return
    fill = QColor(color)
    fill.setAlpha(150 if mark.selected else 95)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if rect.width() > 3:
        painter.fillRect(rect, QBrush(fill, _HATCH[mark.state]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A dark line beneath keeps the outline legible over bright sound.
    dark = QColor(COLORS.canvas)
    dark.setAlpha(190)
    width = 2.0 if mark.selected else 1.0
    painter.setPen(QPen(dark, width + 2.0))
    painter.drawRect(rect)
    painter.setPen(QPen(color, width, _OUTLINE[mark.state]))
    painter.drawRect(rect)


def _style(mark: RegionMark) -> ShapeStyle:
    return ShapeStyle(
        _COLOR[mark.state],
        0.3 if mark.selected else 0.12,
        _PATTERN[mark.state],
        dashed=_OUTLINE[mark.state] == Qt.PenStyle.DashLine,
    )


def _draw_shape(
    painter: QPainter,
    shape: Shape,
    time: TimeView,
    frequency: FrequencyView | None,
    lane: Lane,
    style: ShapeStyle,
) -> None:
    picture = shape_picture(shape, time, None if lane.folded else frequency, lane, style)
    if picture is not None:
        painter.drawImage(picture.rect, picture.image)


def draw_shape_selection(
    painter: QPainter,
    shape: Shape,
    time: TimeView,
    frequency: FrequencyView | None,
    lane: Lane,
) -> None:
    """Draw a selection of any outline in one lane."""
    # A dark line on either side keeps the white one visible over bright sound.
    rim = ShapeStyle(COLORS.canvas, 0.0)
    for shift in (-1.0, 1.0):
        painter.translate(shift, shift)
        _draw_shape(painter, shape, time, frequency, lane, rim)
        painter.translate(-shift, -shift)
    style = ShapeStyle(COLORS.selection, _SHAPE_TINT)
    _draw_shape(painter, shape, time, frequency, lane, style)


def draw_outline(painter: QPainter, points: Sequence[QPointF]) -> None:
    """Draw the way that a lasso has gone."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(COLORS.selection), 1.25))
    painter.drawPolyline(list(points))


def draw_brush(painter: QPainter, middle: QPointF, diameter: float) -> None:
    """Draw the rim of the brush, legible over bright and over dark."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((COLORS.canvas, 2.5), (COLORS.selection, 1.25)):
        painter.setPen(QPen(QColor(color), width))
        painter.drawEllipse(middle, diameter / 2, diameter / 2)


def _draw_tag(painter: QPainter, rect: QRectF, text: str, mark: RegionMark) -> None:
    font = number_font(11)
    font.setBold(mark.selected)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(text) + 8
    left = max(rect.left(), 0.0)
    tag = QRectF(left, rect.top(), width, 15)
    color = region_color(mark.state)
    back = QColor(color if mark.selected else COLORS.canvas)
    back.setAlpha(235)
    painter.fillRect(tag, back)
    painter.setPen(QColor(COLORS.canvas) if mark.selected else color)
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)


def draw_selection(painter: QPainter, rect: QRectF, *, handles: Handles) -> None:
    """Draw the selection in one lane, with something to take hold of at its edges."""
    color = QColor(COLORS.selection)
    fill = QColor(color)
    fill.setAlphaF(_TINT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(rect, fill)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A dark line beneath keeps the edge visible over bright sound and over brush strokes.
    for line, width in ((QColor(COLORS.canvas), 3.0), (color, 1.0)):
        painter.setPen(QPen(line, width))
        painter.drawRect(rect)
    if handles == "none":
        return
    middle = rect.center()
    xs: tuple[float, ...] = (rect.left(), rect.right())
    ys: tuple[float, ...] = (middle.y(),)
    if handles == "all":
        xs, ys = (rect.left(), middle.x(), rect.right()), (rect.top(), middle.y(), rect.bottom())
    painter.setPen(QPen(QColor(COLORS.canvas), 1.0))
    painter.setBrush(color)
    for place in (QPointF(x, y) for x in xs for y in ys):
        if place != middle:
            grip = QRectF(0, 0, HANDLE, HANDLE)
            grip.moveCenter(place)
            painter.drawRect(grip)


def draw_line(painter: QPainter, x: float, height: float, color: str, *, dashed: bool) -> None:
    """Draw the cursor or the playhead at a pixel."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    pen = QPen(QColor(color), 1.0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.drawLine(QLineF(x, 0, x, height))
