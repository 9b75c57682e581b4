"""A training on a user's recordings: `uasrm train` as a process, and what it has come to so far."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import soundfile
from PySide6.QtCore import QObject, QTimer, Signal

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.model.library import SUFFIX, model_path
from uasrm_core.resources import resource
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import make_folder, write_whole
from uasrm_gui.background.command_run import CommandRun

# Which recipe and which of the models that ship suit a kind of recordings.
KINDS = {
    "speech": (mark("Speech"), "own-speech", "takes"),
    "music": (mark("Music and other sound"), "own-music", "hybrid"),
}
STATES = {
    "clean": mark("What was there"),
    "damaged": mark("Damaged"),
    "start": mark("Repaired before"),
    "network": mark("Repaired now"),
}
POLL_MS = 1000
_PLAN = "training.json"


@dataclass(frozen=True)
class TrainingPlan:
    """What a training was asked for; kept beside the model until it is complete."""

    name: str
    folders: tuple[str, ...]
    kind: str
    minutes: float


@dataclass(frozen=True, eq=False)
class TrainedExample:
    """One of the gaps that show what has been learnt: the recording in each state, and the gap."""

    name: str
    states: dict[str, AudioClip]
    region: Region


class Training(QObject):
    """Runs at most one training, which can be paused and taken up again, also after a restart.

    Parameters
    ----------
    folder
        Where a user's own models are kept.
    clock
        Tells seconds, from which the rest of the time is estimated.

    Signals
    -------
    changed
        Anything that is to be shown has changed.
    surveyed
        What the recordings hold (`uasrm train --dry-run --json`), or a sentence why they cannot be
        learnt from.
    """

    changed = Signal()
    surveyed = Signal(object)

    def __init__(
        self,
        folder: Path,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._clock = clock
        self._run = CommandRun(self)
        self._run.told.connect(self._take)
        self._run.ended.connect(self._end)
        self._look = CommandRun(self)
        self._look.told.connect(self.surveyed)
        self._look.ended.connect(self._end_survey)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.changed)
        self._wanted_survey: list[str] | None = None
        self._is_stopping = self._is_pausing = False
        self._mark = 0.0, 0.0
        self._examples: tuple[int | None, TrainingPlan | None, list[TrainedExample]] = (
            None,
            None,
            [],
        )
        self.plan = self._find_unfinished()
        self.share, self.message, self.problem = 0.0, "", ""

    @property
    def is_running(self) -> bool:
        """Whether the process is at work."""
        return self._run.is_running

    @property
    def is_paused(self) -> bool:
        """Whether a training waits to be taken up again."""
        return not self.is_running and self.plan is not None and self._plan_path.exists()

    @property
    def model(self) -> Path | None:
        """The model as it is so far, if there is any."""
        if self.plan is None:
            return None
        path = model_path(self._folder, self.plan.name)
        return path if path.exists() else None

    @property
    def left_s(self) -> float | None:
        """How long it will take, as far as this sitting tells; None before that is known."""
        share, since = self._mark
        done = self.share - share
        if not self.is_running or done < 0.01:
            return None
        return (self._clock() - since) / done * (1.0 - self.share)

    def survey(self, folders: Sequence[str], kind: str, minutes: float) -> None:
        """Find out what recordings hold; `surveyed` tells."""
        words = ["train", *folders, "--dry-run", "--json", *_list_recipe_words(kind, minutes)]
        if self._look.is_running:
            self._wanted_survey = words
        else:
            self._look.start(words)

    def can_begin(self, name: str) -> bool:
        """Return whether a model of this name can be made."""
        is_name = bool(name) and name == Path(name).name and not name.startswith(".")
        return is_name and not (self._folder / name).exists()

    def begin(self, plan: TrainingPlan) -> None:
        """Start.

        Raises
        ------
        ExportError
            The model's folder cannot be made.
        """
        self.plan = plan
        make_folder(self._folder / plan.name)
        write_whole(self._plan_path, json.dumps(asdict(plan)).encode())
        self.resume()

    def resume(self) -> None:
        """Start, or go on where it was paused."""
        plan = self.plan
        assert plan is not None
        self._is_stopping = self._is_pausing = False
        self.share, self.message, self.problem = 0.0, "", ""
        self._mark = 0.0, self._clock()
        start = resource("models", f"{KINDS[plan.kind][2]}{SUFFIX}")
        words = ["train", *plan.folders, *_list_recipe_words(plan.kind, plan.minutes), "--json"]
        words += ["--from", str(start), "-o", str(model_path(self._folder, plan.name)), "--resume"]
        self._run.start(words)
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        """End the process; nothing that was learnt is lost."""
        self._is_pausing = True
        self._run.stop()

    def stop(self) -> None:
        """Learn no more; the model of the last check is kept."""
        self._is_stopping = True
        if self.is_running:
            self._run.stop()
        else:
            self._complete()

    def close(self) -> None:
        """End the processes with the window; a training goes on when it is resumed."""
        self._timer.stop()
        self._look.close()
        self._is_pausing = True
        self._run.close()

    @property
    def steps(self) -> list[tuple[float, float]]:
        """Minutes learnt and loss, of every step."""
        return [(row["minutes"], row["loss"]) for row in self._read_rows("steps.jsonl")]

    @property
    def checks(self) -> list[dict[str, Any]]:
        """Every validation on recordings kept aside; the first is of what it started from."""
        return self._read_rows("log.jsonl")

    def read_examples(self) -> list[TrainedExample]:
        """Return the same few gaps in all their states; none before the first check."""
        folder = self._run_folder
        stamp = None
        with suppress(OSError):
            stamp = (folder / "examples.json").stat().st_mtime_ns
        if stamp != self._examples[0] or self.plan != self._examples[1]:
            self._examples = stamp, self.plan, self._read_examples(folder)
        return self._examples[2]

    def _read_examples(self, folder: Path) -> list[TrainedExample]:
        examples: list[TrainedExample] = []
        with suppress(OSError, ValueError, KeyError, soundfile.SoundFileError):
            for entry in json.loads((folder / "examples.json").read_text("utf-8")):
                states = {
                    state: _read(folder / f"example-{entry['name']}-{state}.wav")
                    for state in STATES
                    if (folder / f"example-{entry['name']}-{state}.wav").exists()
                }
                examples.append(TrainedExample(entry["name"], states, Region(*entry["gap"])))
        return examples

    @property
    def _plan_path(self) -> Path:
        assert self.plan is not None
        return self._folder / self.plan.name / _PLAN

    @property
    def _run_folder(self) -> Path:
        if self.plan is None:
            return self._folder
        path = model_path(self._folder, self.plan.name)
        return path.with_name(f"{path.name}.run")

    def _find_unfinished(self) -> TrainingPlan | None:
        for path in sorted(self._folder.glob(f"*/{_PLAN}")):
            with suppress(OSError, ValueError, TypeError):
                plan = TrainingPlan(**json.loads(path.read_text("utf-8")))
                if plan.kind in KINDS and path.parent.name == plan.name:
                    return TrainingPlan(plan.name, tuple(plan.folders), plan.kind, plan.minutes)
        return None

    def _read_rows(self, name: str) -> list[dict[str, Any]]:
        rows = []
        with suppress(OSError):
            for line in (self._run_folder / name).read_text("utf-8").splitlines():
                # the last one may be half written
                with suppress(ValueError):
                    rows.append(json.loads(line))
        return rows

    def _take(self, row: dict[str, Any]) -> None:
        if "share" not in row:
            return
        if not self.share:
            # what is passed over when it goes on is no measure of how fast it goes
            self._mark = float(row["share"]), self._clock()
        self.share, self.message = float(row["share"]), str(row.get("message", ""))

    def _end(self, sentence: str) -> None:
        self._timer.stop()
        if self._is_stopping or (not sentence and not self._is_pausing):
            self._complete()
        elif not self._is_pausing:
            self.problem = sentence
        self.changed.emit()

    def _complete(self) -> None:
        with suppress(OSError):
            self._plan_path.unlink()
        self.changed.emit()

    def _end_survey(self, sentence: str) -> None:
        words, self._wanted_survey = self._wanted_survey, None
        if words is not None:
            self._look.start(words)
        elif sentence:
            self.surveyed.emit(sentence)


def words_left(seconds: float) -> str:
    """Return how long something will take, as people say it."""
    if seconds < 90:
        return tr("about a minute left")
    if seconds < 5400:
        return tr("about {minutes:.0f} minutes left", minutes=seconds / 60)
    return tr("about {hours:.1f} hours left", hours=seconds / 3600)


def _list_recipe_words(kind: str, minutes: float) -> list[str]:
    return ["--recipe", KINDS[kind][1], "--minutes", f"{minutes:g}"]


def _read(path: Path) -> AudioClip:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return AudioClip(MemorySource(samples.T, rate))
