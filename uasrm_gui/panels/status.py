"""The line at the bottom: what is under the pointer, what is open, what is being done."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from uasrm_core.audio.channel_names import name_channels
from uasrm_core.audio.clip import SourceInfo
from uasrm_core.translation import tr, write_number
from uasrm_gui.background.jobs import Job, JobRunner
from uasrm_gui.state.marks import PointerReadout
from uasrm_gui.theme import SMALL_PIXELS, SPACING, number_font
from uasrm_gui.widgets.formats import describe_format, format_time_left, note_name
from uasrm_gui.widgets.icons import icon
from uasrm_gui.widgets.time_format import TimeFormat

JOB_WIDTH, WIDE_JOB_WIDTH = 260, 400
# In a window so wide there is room for longer steps.
WIDE_PIXELS = 1400
# A job that has no measure of its progress for so long shows that something is being done.
UNMEASURED_AFTER_MS = 1500
# From then on, and from such a share on, what was done tells how long the rest takes.
FORECAST_AFTER_MS, FORECAST_SHARE = 4000, 0.02
HASH_SHOWN = 8


class StatusBar(QStatusBar):
    """Pointer, format and the current job with its progress and a way to cancel it."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self._runner = runner
        self._time = TimeFormat("clock", 1)
        self._channels: tuple[str, ...] = ("1",)
        self._job: Job | None = None
        self._said = ""
        self._share = 0.0
        self._clock = QElapsedTimer()
        self.setSizeGripEnabled(False)
        self.setFixedHeight(4 * SPACING)
        self._pointer = QLabel()
        self._pointer.setFont(number_font(SMALL_PIXELS))
        self._format = QLabel()
        self._format.setObjectName("dim")
        self._format.setContentsMargins(SPACING, 0, 2 * SPACING, 0)
        self._job_box, self._text, self._bar = self._make_job_box()
        # a bar that only comes and goes says that no measure is known
        self._unmeasured = QTimer(self)
        self._unmeasured.setSingleShot(True)
        self._unmeasured.timeout.connect(lambda: self._bar.setRange(0, 0))
        left = QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(2 * SPACING, 0, 0, 0)
        row.addWidget(self._pointer, 1)
        self._silent = QLabel(tr("No sound device"))
        self._silent.setObjectName("dim")
        self._silent.setToolTip(tr("Nothing can be played; everything else works"))
        self._silent.setContentsMargins(0, 0, SPACING, 0)
        self._silent.hide()
        self._underruns = QLabel()
        self._underruns.setObjectName("dim")
        self._underruns.setToolTip(
            tr(
                "The computer was too busy to keep the sound going; a larger buffer helps "
                "(Preferences)"
            )
        )
        self._underruns.setContentsMargins(0, 0, SPACING, 0)
        self._underruns.hide()
        self._read = QLabel()
        self._read.setObjectName("dim")
        self._read.setFont(number_font(SMALL_PIXELS))
        self._read.setToolTip(tr("What has been read can be seen, heard and repaired"))
        self._read.setContentsMargins(0, 0, SPACING, 0)
        self._read.hide()
        self._hash = QLabel()
        self._hash.setObjectName("dim")
        self._hash.setFont(number_font(SMALL_PIXELS))
        self._hash.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hash.setContentsMargins(0, 0, SPACING, 0)
        self._hash.hide()
        self.addWidget(left, 1)
        self.addPermanentWidget(self._read)
        self.addPermanentWidget(self._job_box)
        self.addPermanentWidget(self._underruns)
        self.addPermanentWidget(self._silent)
        self.addPermanentWidget(self._hash)
        self.addPermanentWidget(self._format)
        runner.current_changed.connect(self._show_job)
        self._show_job(runner.current)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._text.setFixedWidth(WIDE_JOB_WIDTH if self.width() >= WIDE_PIXELS else JOB_WIDTH)

    @property
    def job_text(self) -> str:
        """What is said about the current job, or empty."""
        return "" if self._job_box.isHidden() else self._text.toolTip()

    def show_info(self, info: SourceInfo | None) -> None:
        """Show what the recording is."""
        self._time = TimeFormat(self._time.name, 1 if info is None else info.rate)
        self._channels = ("1",) if info is None else name_channels(info)
        self._format.setText("" if info is None else describe_format(info))
        self._read.hide()
        if info is None:
            self.show_pointer(None)

    def show_read(self, part: float) -> None:
        """Show how much of the recording has been read, 0 to 1, until all of it has."""
        self._read.setText(tr("{percent} % read", percent=int(100 * part)))
        self._read.setVisible(part < 1)

    def show_hash(self, sha256: str) -> None:
        """Show the hash of an original that is only read; nothing where it is empty."""
        self._hash.setText(tr("Archive · {sha256}…", sha256=sha256[:HASH_SHOWN]))
        self._hash.setToolTip(tr("The original is only read. SHA-256 {sha256}", sha256=sha256))
        self._hash.setVisible(bool(sha256))

    def set_time_format(self, name: str) -> None:
        """Choose how the pointer's time is written."""
        self._time = TimeFormat(name, self._time.rate)

    def show_silent(self, silent: bool) -> None:
        """Show whether there is nothing to play on."""
        self._silent.setVisible(silent)

    def show_underruns(self, count: int) -> None:
        """Show how often the sound had gaps of its own since Play was pressed."""
        self._underruns.setText(tr("Playback dropped out {count} ×", count=count))
        self._underruns.setVisible(count > 0)

    def show_pointer(self, readout: PointerReadout | None) -> None:
        """Show what lies under the pointer."""
        if readout is None:
            self._pointer.setText("")
            return
        parts = [self._time.text(readout.frame, full=True)]
        if readout.hz is not None:
            parts += [f"{readout.hz:,.0f} Hz".replace(",", "\u2009"), note_name(readout.hz)]
        if not readout.is_number:
            parts.append(tr("not a number"))
        elif readout.level_db is not None:
            parts.append(write_number(f"{readout.level_db:.1f} dB").replace("-", "−"))
        if readout.channel is not None and len(self._channels) > 1:
            parts.append(tr("channel {name}", name=self._channels[readout.channel]))
        self._pointer.setText("   ".join(part for part in parts if part))

    def _make_job_box(self) -> tuple[QWidget, QLabel, QProgressBar]:
        box, text, bar, cancel = QWidget(), QLabel(), QProgressBar(), QToolButton()
        bar.setRange(0, 1000)
        bar.setTextVisible(False)
        bar.setFixedWidth(160)
        bar.setAccessibleName(tr("Progress"))
        cancel.setIcon(icon("close"))
        cancel.setIconSize(QSize(14, 14))
        cancel.setText(tr("Cancel"))
        cancel.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        cancel.setToolTip(tr("Cancel what is being done"))
        cancel.clicked.connect(self._runner.cancel_current)
        # its room is kept, so that nothing else moves when a job begins or ends
        policy = box.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        box.setSizePolicy(policy)
        text.setFixedWidth(JOB_WIDTH)
        text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, SPACING, 0)
        row.setSpacing(SPACING)
        for widget in (text, bar, cancel):
            row.addWidget(widget)
        return box, text, bar

    def _show_job(self, job: Job | None) -> None:
        if job is self._job and job is not None:
            self._show_words()
            return
        self._job = job
        self._job_box.setVisible(job is not None)
        self._unmeasured.stop()
        if job is not None:
            self._bar.setRange(0, 1000)
            self._bar.setValue(0)
            self._clock.start()
            self._unmeasured.start(UNMEASURED_AFTER_MS)
            self._show_progress(job, 0.0, "")
            job.progressed.connect(lambda done, words: self._show_progress(job, done, words))

    def _show_words(self) -> None:
        """Show what is being done, how many jobs wait, and where there is room, how long yet."""
        said, waiting = self._said, self._runner.waiting
        if waiting:
            said = tr("{words} · {count} more waiting", words=said, count=waiting)
        metrics, room = self._text.fontMetrics(), self._text.width()
        shown = metrics.elidedText(said, Qt.TextElideMode.ElideMiddle, room)
        if FORECAST_SHARE <= self._share < 1 and self._clock.elapsed() >= FORECAST_AFTER_MS:
            left = format_time_left(self._clock.elapsed() / 1000, self._share)
            said = tr("{words} · {time} left", words=said, time=left)
            shown = said if metrics.horizontalAdvance(said) <= room else shown
        self._text.setText(shown)
        self._text.setToolTip(said)

    def _show_progress(self, job: Job, fraction: float, words: str) -> None:
        if job is self._job:
            self._said, self._share = words or job.title, fraction
            self._show_words()
            if fraction > 0:
                self._unmeasured.stop()
                self._bar.setRange(0, 1000)
                self._bar.setValue(round(fraction * 1000))
