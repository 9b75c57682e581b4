"""How loud it is: a bar for each channel, with a mark where its last peak was."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from uasrm_core.translation import tr, write_number
from uasrm_gui.theme import COLORS, SMALL_PIXELS, SPACING, number_font

FLOOR_DB = -60.0
WARM_DB = -6.0
HOLD_S = 1.5
FALL_DB_S = 24.0
REDRAW_MS = 40
WIDTH = 96
NUMBER_WIDTH = 40
BAR = 4
GAP = 2
MOST_BARS = 4


class LevelMeter(QWidget):
    """Peaks in dB of full scale; what reaches full scale turns the number red until the next play.

    Parameters
    ----------
    clock
        Tells the time in seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._levels_db: list[float] = []
        self._held_db: list[float] = []
        self._held_since: list[float] = []
        self._last = clock()
        self._clipped = False
        self._timer = QTimer(self)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._fall)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(number_font(SMALL_PIXELS))
        self._describe()

    @property
    def held_db(self) -> float:
        """The highest peak of the last moment, over all channels."""
        return max(self._held_db, default=-math.inf)

    @property
    def level_db(self) -> float:
        """The level shown now, over all channels."""
        return max(self._levels_db, default=-math.inf)

    @property
    def clipped(self) -> bool:
        """Whether full scale was reached since the last reset."""
        return self._clipped

    def sizeHint(self) -> QSize:
        return QSize(WIDTH + NUMBER_WIDTH, 2 * SPACING)

    def reset(self) -> None:
        """Forget all peaks."""
        self._levels_db, self._held_db, self._held_since = [], [], []
        self._clipped = False
        self._timer.stop()
        self._describe()
        self.update()

    def show_level(self, peaks: Sequence[float]) -> None:
        """Take in each channel's peak since the last time, 1 being full scale."""
        now = self._clock()
        if len(peaks) != len(self._levels_db):
            self.reset()
            self._levels_db = [-math.inf] * len(peaks)
            self._held_db, self._held_since = self._levels_db[:], [now] * len(peaks)
        self._fall()
        for channel, peak in enumerate(peaks):
            db = 20 * math.log10(peak) if peak > 0 else -math.inf
            self._levels_db[channel] = max(self._levels_db[channel], db)
            if db >= self._held_db[channel]:
                self._held_db[channel], self._held_since[channel] = db, now
            self._clipped = self._clipped or peak >= 1.0
        self._timer.start()
        self._describe()
        self.update()

    def _fall(self) -> None:
        """Let the bars fall, and the marks when they have been held for long enough."""
        now = self._clock()
        fall, self._last = (now - self._last) * FALL_DB_S, now
        self._levels_db = [level - fall for level in self._levels_db]
        for channel, since in enumerate(self._held_since):
            if now - since > HOLD_S:
                held = self._held_db[channel] - fall
                self._held_db[channel] = max(held, self._levels_db[channel])
        if self.held_db < FLOOR_DB:
            self._timer.stop()
        self.update()

    def _describe(self) -> None:
        text = _number(self.held_db)
        over = "; " + tr("full scale was reached") if self._clipped else ""
        self.setAccessibleName(tr("Level"))
        self.setAccessibleDescription(tr("Peak {level} dB", level=text) + over)
        self.setToolTip(tr("Level with peak hold, in dB of full scale") + over)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        bars = min(max(len(self._levels_db), 2), MOST_BARS)
        height = bars * BAR + (bars - 1) * GAP
        top = (self.height() - height) / 2
        for number in range(bars):
            place = QRectF(0, top + number * (BAR + GAP), WIDTH, BAR)
            painter.fillRect(place, QColor(COLORS.raised))
            if number < len(self._levels_db):
                self._draw_bar(painter, place, number)
        painter.setPen(QColor(COLORS.danger if self._clipped else COLORS.dim_text))
        right = QRectF(WIDTH, 0, NUMBER_WIDTH, self.height())
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(right, int(flags), _number(self.held_db))

    def _draw_bar(self, painter: QPainter, place: QRectF, channel: int) -> None:
        x, warm = _share(self._levels_db[channel]) * WIDTH, _share(WARM_DB) * WIDTH
        quiet = QRectF(place.left(), place.top(), min(x, warm), BAR)
        painter.fillRect(quiet, QColor(COLORS.accent))
        if x > warm:
            loud = QRectF(warm, place.top(), x - warm, BAR)
            painter.fillRect(loud, QColor(COLORS.region_open))
        held = _share(self._held_db[channel]) * WIDTH
        if held > 0:
            color = COLORS.danger if self._held_db[channel] >= 0 else COLORS.text
            painter.fillRect(QRectF(min(held, WIDTH - 2), place.top(), 2, BAR), QColor(color))


def _share(db: float) -> float:
    return min(max(1 - db / FLOOR_DB, 0.0), 1.0)


def _number(db: float) -> str:
    return "–∞" if db < FLOOR_DB else write_number(f"{db:.1f}").replace("-", "−")
