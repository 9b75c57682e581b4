"""Arrays that are kept while there is room, and computed again when there was none."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np


class ByteCache:
    """Arrays by key; past its bound, `limit` bytes, it forgets what was used longest ago.

    `name` says what they are, for whoever looks where memory is.
    """

    def __init__(self, name: str, limit_bytes: int) -> None:
        self.name = name
        self.limit = limit_bytes
        self._held: OrderedDict[Hashable, np.ndarray[Any, Any]] = OrderedDict()
        self.bytes = 0

    def get(self, key: Hashable) -> Any:
        """Return the array, now the most recently used, or None."""
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def put(self, key: Hashable, array: np.ndarray[Any, Any]) -> None:
        """Keep an array, and forget old ones past the bound."""
        self.drop(key)
        self._held[key] = array
        self.bytes += array.nbytes
        while self.bytes > self.limit and len(self._held) > 1:
            self.drop(next(iter(self._held)))

    def drop(self, key: Hashable) -> None:
        """Forget one."""
        old = self._held.pop(key, None)
        self.bytes -= 0 if old is None else old.nbytes

    def clear(self) -> None:
        """Forget all."""
        self._held.clear()
        self.bytes = 0

    def held(self) -> list[Hashable]:
        """Return the keys of what is held, the least recently used first."""
        return list(self._held)
