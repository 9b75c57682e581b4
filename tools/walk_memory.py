"""The memory of a window that is walked through: what holds how much, and what else there is.

What is meant to be held is measured where it is held, each against the bound it states. The rest,
libraries included, must not grow. Linux only, for it reads ``/proc``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow

MEBIBYTE = 2**20
# Room for what the allocator cannot give back, and for libraries that are first needed later on.
ALLOWED_GROWTH_MIB = 64.0


@dataclass(frozen=True)
class Holding:
    """So many bytes are held, of so many at most; None where they are the user's own work."""

    name: str
    bytes: int
    bound: int | None = None

    def text(self) -> str:
        """Return it in words."""
        most = "" if self.bound is None else f" of at most {self.bound / MEBIBYTE:.0f}"
        return f"{self.name}: {self.bytes / MEBIBYTE:.1f}{most} MiB"


class Memory:
    """Looks again and again at how much memory belongs to the process alone."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._holdings: list[Holding] = []
        self._total_mib = self._most_mib = 0.0
        self._first_mib: float | None = None
        self._over: dict[str, str] = {}

    @property
    def growth_mib(self) -> float:
        """How much more there is than after the warm-up, beside what is meant to be held."""
        return 0.0 if self._first_mib is None else self._rest_mib - self._first_mib

    @property
    def problems(self) -> list[str]:
        """What is not as it should be, a sentence each."""
        found = list(self._over.values())
        if self.growth_mib > ALLOWED_GROWTH_MIB:
            found.append(
                f"memory that nothing accounts for grew by {self.growth_mib:.0f} MiB; "
                f"{ALLOWED_GROWTH_MIB:.0f} are allowed"
            )
        return found

    @property
    def _rest_mib(self) -> float:
        return self._total_mib - sum(held.bytes for held in self._holdings) / MEBIBYTE

    def take(self, *, warm: bool) -> None:
        """Look; the first look taken warm is what later ones are held against."""
        gc.collect()
        self._holdings = holdings(self._window)
        self._total_mib = anonymous_mib()
        self._most_mib = max(self._most_mib, self._total_mib)
        if warm and self._first_mib is None:
            self._first_mib = self._rest_mib
        for held in self._holdings:
            if held.bound is not None and held.bytes > held.bound:
                self._over[held.name] = f"over its bound: {held.text()}"

    def now(self) -> str:
        """Return the last look in a line."""
        return f"{self._total_mib - self._rest_mib:.0f} + {self._rest_mib:.0f} MiB"

    def text(self) -> str:
        """Return all of it in lines."""
        lines = [held.text() for held in self._holdings]
        first = self._rest_mib if self._first_mib is None else self._first_mib
        lines.append(f"all else: {self._rest_mib:.0f} MiB, {first:.0f} MiB when warm")
        lines.append(f"most memory: {self._most_mib:.0f} MiB")
        return "\n".join(lines)


def holdings(window: MainWindow) -> list[Holding]:
    """Return what the window is meant to hold."""
    from uasrm_core.edit.storage import BUDGET_BYTES
    from uasrm_gui.editor.cache import ByteCache
    from uasrm_gui.state.selection import REMEMBERED_BYTES

    caches = [thing for thing in gc.get_objects() if type(thing) is ByteCache]
    edits = window.document.work.history.edits
    patches = {id(patch): patch for edit in edits for patch in edit.patches}
    marked = [region for edit in edits for region in edit.regions or ()]
    shapes = {id(region.shape): region.shape for region in marked if region.shape is not None}
    candidates = [proposal.candidate.patch for proposal in window.comparison.proposals]
    return [
        *(Holding(cache.name, cache.bytes, cache.limit) for cache in caches),
        Holding("earlier selections", window.document.selection.history.bytes, REMEMBERED_BYTES),
        Holding("repairs", _in_memory(p.samples for p in patches.values()), BUDGET_BYTES),
        Holding("candidates", _in_memory(patch.samples for patch in candidates)),
        Holding("regions drawn by hand", sum(shape.nbytes for shape in shapes.values())),
    ]


def _in_memory(arrays: Iterable[np.ndarray]) -> int:
    return sum(0 if isinstance(a, np.memmap) else a.nbytes for a in arrays)


def anonymous_mib() -> float:
    """Return the memory that is not the system's cache of files, in MiB."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status has no RssAnon")
