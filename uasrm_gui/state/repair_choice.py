"""How the next repair is to be made, as chosen on the tool bar."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from uasrm_core.inpainting.registry import AUTO, REGISTRY


def has_strength(engine: str) -> bool:
    """Return whether an engine can take away part of the damage."""
    return engine in REGISTRY and REGISTRY[engine].has_strength


class RepairChoice(QObject):
    """The method, how much of the damage it takes away, and whether it learns first."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = AUTO
        self._strength = 1.0
        self._adapts = False

    @property
    def engine(self) -> str:
        """The repair method that is chosen."""
        return self._engine

    @property
    def has_strength(self) -> bool:
        """Whether the method can take away part of the damage."""
        return has_strength(self._engine)

    @property
    def strength(self) -> float:
        """How much of the damage is taken away, from 0 to 1; methods but one take away all."""
        return self._strength if self.has_strength else 1.0

    @property
    def adapts(self) -> bool:
        """Whether the network is fitted to the recording before it repairs it."""
        return self._adapts

    def choose_adapting(self, adapts: bool) -> None:
        """Choose whether the network is fitted to the recording; not so in the next one."""
        if adapts != self._adapts:
            self._adapts = adapts
            self.changed.emit()

    def choose_engine(self, engine: str) -> None:
        """Choose the method."""
        if engine != self._engine:
            self._engine = engine
            self.changed.emit()

    def choose_strength(self, strength: float) -> None:
        """Choose how much of the damage is taken away, where the method can take part of it."""
        if strength != self._strength:
            self._strength = strength
            self.changed.emit()
