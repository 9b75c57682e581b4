"""The same few gaps in all their states, to be looked at and listened to while a model learns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from uasrm_core.audio.clip import AudioClip
from uasrm_core.translation import tr
from uasrm_gui.sound.playback_plan import PlaybackPlan
from uasrm_gui.sound.player import Player
from uasrm_gui.state.proposals import COLUMNS, ROWS, picture_of
from uasrm_gui.state.training import STATES, TrainedExample
from uasrm_gui.widgets.thumbnail import thumbnail

# How much is heard, so that the gap has its surroundings.
HEARD_S = 1.5
SHOWN = COLUMNS // 2, ROWS // 2


class ExamplesView(QWidget):
    """Pictures of one example in each state, each with a button that plays it."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self._examples: Sequence[TrainedExample] = ()
        self._shown: object = None
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Example"))
        self.choice.currentIndexChanged.connect(self._show)
        self.pictures, self.buttons = {}, {}
        grid = QGridLayout()
        for column, (state, title) in enumerate(STATES.items()):
            picture, button = QLabel(), QPushButton(tr(title))
            button.setToolTip(tr("Hear this state of the example"))
            picture.setFixedSize(*SHOWN)
            picture.setScaledContents(True)
            picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
            button.setAutoDefault(False)
            button.setEnabled(False)
            button.clicked.connect(lambda checked, state=state: self.play(state))
            grid.addWidget(picture, 0, column)
            grid.addWidget(button, 1, column)
            self.pictures[state], self.buttons[state] = picture, button
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.choice)
        layout.addLayout(grid)

    def show_examples(self, examples: Sequence[TrainedExample]) -> None:
        """Show examples as they now are; the one that is looked at stays."""
        self._examples = examples
        titles = [_describe(number, example) for number, example in enumerate(examples)]
        if titles != [self.choice.itemText(n) for n in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(titles)
        self._show()

    def play(self, state: str) -> None:
        """Play a state of the example that is shown."""
        example = self._find_current()
        if example is not None and state in example.states:
            clip = example.states[state]
            low, high = _choose_surroundings(clip, example)
            self._player.play(PlaybackPlan(clip, clip, low, high))

    def choose_device(self, name: str, latency: str) -> None:
        """Choose where sound goes, as `Player.choose_device`."""
        self._player.choose_device(name, latency)

    def stop(self) -> None:
        """Stop the sound."""
        self._player.stop()

    def _find_current(self) -> TrainedExample | None:
        row = self.choice.currentIndex()
        return self._examples[row] if 0 <= row < len(self._examples) else None

    def _show(self) -> None:
        example = self._find_current()
        level: float | None = None
        for state, title in STATES.items():
            clip = example.states.get(state) if example is not None else None
            self.buttons[state].setEnabled(clip is not None)
            if clip is None or example is None:
                self.pictures[state].clear()
                continue
            drawn = picture_of(clip, example.region, level)
            level = drawn.level_db if level is None else level
            self.pictures[state].setPixmap(thumbnail(drawn.values))
            self.pictures[state].setAccessibleName(tr(title))
            self.pictures[state].setToolTip(tr(title))


def _describe(number: int, example: TrainedExample) -> str:
    rate = next(iter(example.states.values())).rate
    return tr(
        "Example {number}: a gap of {ms:.0f} ms",
        number=number + 1,
        ms=1000 * example.region.frames / rate,
    )


def _choose_surroundings(clip: AudioClip, example: TrainedExample) -> tuple[int, int]:
    around = round(max(HEARD_S * clip.rate - example.region.frames, 0) / 2)
    low = max(example.region.start_frame - around, 0)
    return low, min(example.region.end_frame + around, clip.frames)
