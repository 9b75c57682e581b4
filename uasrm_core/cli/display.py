"""Progress of a batch in a terminal: a bar for the whole and one for each recording in work."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from uasrm_core.batch.planning import Task
from uasrm_core.cli.stopping import note_signals
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.writing.text import visible

TELL_EVERY_S = 0.5
Tell = Callable[[Task, float], object]


class BatchDisplay:
    """Bars for the recordings in work, and for the batch as a whole.

    The time left follows from the sizes of the files that are done and to come.

    Parameters
    ----------
    tell
        Called with a recording and how far the work on it is, 0 to 1, every `TELL_EVERY_S` at most.
    """

    def __init__(
        self,
        bars: Bars,
        tasks: Sequence[Task],
        is_cancelled: Callable[[], bool],
        tell: Tell | None = None,
    ) -> None:
        self._bars = bars
        self._is_cancelled = is_cancelled
        self._tell = tell
        self._sizes = {task.output: _measure_size(task) for task in tasks}
        total = sum(self._sizes.values())
        self._whole = bars.add_task(tr("all recordings"), total=total)
        self._own: dict[str, TaskID] = {}

    def progress_of(self, task: Task) -> Progress:
        """Return the line on which the work on a recording tells how far it is."""
        name = escape(visible(task.source.path.name))
        own = self._own[task.output] = self._bars.add_task(name, total=1.0)

        told_at = -TELL_EVERY_S

        def show(fraction: float, message: str) -> None:
            nonlocal told_at
            self._bars.update(own, completed=fraction)
            if self._tell is not None and time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                self._tell(task, fraction)

        return Progress(show, self._is_cancelled)

    def check(self) -> None:
        """Raise `Cancelled` if the user asked to stop."""
        Progress(is_cancelled=self._is_cancelled).check()

    def end(self, task: Task) -> None:
        """Count a recording as done."""
        own = self._own.pop(task.output, None)
        if own is not None:
            self._bars.remove_task(own)
        self._bars.advance(self._whole, self._sizes[task.output])


@contextmanager
def batch_display(tasks: Sequence[Task], tell: Tell | None = None) -> Iterator[BatchDisplay]:
    """Show how far a batch is; where stderr is no terminal nothing is shown, but `tell` is called.

    Ctrl-C and other signals to end stop the work where it next reports; given again, at once.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with (
        note_signals() as is_interrupted,
        Bars(
            *columns,
            console=console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=False,
            disable=not console.is_terminal,
        ) as bars,
    ):
        yield BatchDisplay(bars, tasks, is_interrupted, tell)


def _measure_size(task: Task) -> int:
    try:
        return max(task.source.path.stat().st_size, 1)
    except (OSError, ValueError):
        return 1
