"""What is selected in the picture and in the list, and the selections before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.region import Region
from uasrm_core.edit.history import place

REMEMBERED = 200
REMEMBERED_BYTES = 32 * 2**20


class Selection(QObject):
    """The one place that knows what is selected: a region in the picture, rows in the list.

    `changed` comes at every move of a drag, `rows_changed` when other rows are picked.

    Parameters
    ----------
    regions
        Tells the list of regions.
    """

    changed = Signal(object)
    rows_changed = Signal()

    def __init__(
        self, regions: Callable[[], Sequence[Region]] = tuple, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._regions = regions
        self._region: Region | None = None
        self._rows: tuple[int, ...] = ()
        self._count = 0
        self.history = SelectionHistory(self)

    @property
    def region(self) -> Region | None:
        """What is selected in the picture."""
        return self._region

    @property
    def rows(self) -> tuple[int, ...]:
        """Which regions are picked in the list."""
        return self._rows

    @property
    def picked(self) -> tuple[Region, ...]:
        """The regions that are picked in the list."""
        regions = self._regions()
        return tuple(regions[row] for row in self._rows)

    @property
    def wanted(self) -> tuple[Region, ...]:
        """What a repair is meant for: the regions picked in the list, else the selection."""
        if self.picked:
            return self.picked
        return () if self._region is None else (self._region,)

    def select(self, region: Region | None) -> None:
        """Make this the selection; regions picked in the list stay so only if it is theirs."""
        self.preview(region)
        self.settle()

    def preview(self, region: Region | None) -> None:
        """Select while a drag goes on; the selections on its way are not remembered."""
        if region == self._region:
            return
        self._region = region
        self.changed.emit(region)
        if region is not None and [place(r) for r in self.picked] != [region]:
            self._set_rows(())

    def settle(self) -> None:
        """Remember the selection as one to come back to."""
        self.history.note(self._region)

    def pick_rows(self, rows: Sequence[int]) -> None:
        """Pick regions in the list; a single one becomes the selection."""
        self._set_rows(tuple(sorted(rows)))
        picked = self.picked
        if len(picked) == 1 and picked[0].frames > 0:
            self.select(place(picked[0]))
        elif picked:
            self.select(None)

    def narrow(self, regions: Sequence[Region]) -> None:
        """Pick these regions of the list, if all of them are part of what is wanted now."""
        wanted, spots = self.wanted, {place(region) for region in regions}
        rows = [row for row, region in enumerate(self._regions()) if place(region) in spots]
        own = {place(region) for region in wanted}
        if rows and all(spot in own or any(r.covers(spot) for r in wanted) for spot in spots):
            self.pick_rows(rows)

    def undo(self) -> None:
        """Go back to the selection before."""
        self.select(self.history.undo())

    def redo(self) -> None:
        """Go forth to the selection that was taken back."""
        self.select(self.history.redo())

    def clear(self) -> None:
        """Begin with nothing selected, as another recording was opened."""
        self._region, self._count = None, len(self._regions())
        self._set_rows(())
        self.changed.emit(None)
        self.history.clear()

    def follow_list(self) -> None:
        """Keep to the list of regions as it is now."""
        count, self._count = self._count, len(self._regions())
        if count > self._count:
            # rows have moved, so what was picked may be something else by now
            self._set_rows(())

    def _set_rows(self, rows: tuple[int, ...]) -> None:
        if rows != self._rows:
            self._rows = rows
            self.rows_changed.emit()


class SelectionHistory(QObject):
    """The selections so far, to go back and forth through.

    The oldest are forgotten past `REMEMBERED` steps, or past `REMEMBERED_BYTES` of what was drawn.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.clear()

    def clear(self) -> None:
        """Begin with nothing selected."""
        self._past: list[Region | None] = [None]
        self._future: list[Region | None] = []
        self.changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether there was another selection before."""
        return len(self._past) > 1

    @property
    def can_redo(self) -> bool:
        """Whether a selection was taken back."""
        return bool(self._future)

    @property
    def bytes(self) -> int:
        """How much memory the shapes in it take."""
        return sum(_count_bytes(selection) for selection in (*self._past, *self._future))

    def note(self, selection: Region | None) -> None:
        """Remember a selection, unless it is the one of now."""
        if selection != self._past[-1]:
            self._past = [*self._past[-REMEMBERED:], selection]
            self._future.clear()
            self._make_room()
            self.changed.emit()

    def undo(self) -> Region | None:
        """Return the selection before this one."""
        if self.can_undo:
            self._future.append(self._past.pop())
            self.changed.emit()
        return self._past[-1]

    def redo(self) -> Region | None:
        """Return the selection that was taken back last."""
        if self.can_redo:
            self._past.append(self._future.pop())
            self.changed.emit()
        return self._past[-1]

    def _make_room(self) -> None:
        held = self.bytes
        # the present one and one to go back to stay, whatever they take
        while held > REMEMBERED_BYTES and len(self._past) > 2:
            held -= _count_bytes(self._past.pop(0))


def _count_bytes(selection: Region | None) -> int:
    return 0 if selection is None or selection.shape is None else selection.shape.nbytes
