"""A gate that holds a call of the core until a test lets it go."""

from __future__ import annotations

import threading

# For what must come, however busy the machine is.
PATIENCE_S = 180.0


class Gate:
    """Lets a call through when it is told to."""

    def __init__(self, call):
        self._call = call
        self.entered = threading.Event()
        self.may_go = threading.Event()
        self.calls = []

    def __call__(self, *args, **options):
        self.calls.append(args)
        self.entered.set()
        assert self.may_go.wait(PATIENCE_S)
        return self._call(*args, **options)
