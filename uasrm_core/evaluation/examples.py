"""Choosing the repairs of a benchmark that its page shows, with their attribution."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from uasrm_core.evaluation.benchmark import BenchmarkSettings, Score
from uasrm_core.evaluation.measures import Comparison

# A page that anyone can load: so many recordings, each with a short and a long gap.
MOST_RECORDINGS = 6
SHOWN_MS = (50.0, 300.0)
LICENCE_FILE = "LICENSES.md"


@dataclass
class Example:
    """One damaged place and what every engine made of it."""

    file: str
    score: Score
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    scores: dict[str, Score] = field(default_factory=dict)


class Examples:
    """Keeps the first place of each recording, at the lengths nearest to `SHOWN_MS`."""

    def __init__(self, settings: BenchmarkSettings) -> None:
        lengths = settings.gaps_ms
        self._lengths = {min(lengths, key=lambda ms: abs(ms - shown)) for shown in SHOWN_MS}
        self._any_length = settings.places.rule == "labels"
        self._found: dict[tuple[str, str, float], Example] = {}

    def hear(self, score: Score, comparison: Comparison) -> None:
        """Take note of a repair, as a listener of `run_benchmark`."""
        cut = score.cut
        key = (score.file, cut.kind, cut.length_ms)
        files = dict.fromkeys(file for file, _, _ in self._found)
        if score.file not in files and len(files) == MOST_RECORDINGS:
            return
        if not self._any_length and cut.length_ms not in self._lengths:
            return
        example = self._found.setdefault(key, Example(score.file, score))
        if example.score.cut == cut:
            example.comparisons[score.engine] = comparison
            example.scores[score.engine] = score

    @property
    def kept(self) -> tuple[Example, ...]:
        """What was kept, recording by recording."""
        return tuple(self._found[key] for key in sorted(self._found))


def attribution(file: Path) -> str | None:
    """Return what a `LICENSES.md` beside a recording says of it, or None.

    That is the line that names the file: of a table, its other cells.
    """
    licences = file.parent / LICENCE_FILE
    try:
        lines = licences.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        if file.name in line:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            rest = [cell for cell in cells if file.name not in cell]
            return " · ".join(rest) if rest else line.strip()
    return None
