"""Memory goes back to the system once it is no longer needed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from uasrm_gui.process import memory

PROGRAM = """
import sys
from pathlib import Path

import numpy as np
from uasrm_gui.process.memory import give_back_large_blocks

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

if sys.argv[1] == "told":
    give_back_large_blocks()
# the first one freed raises the limit, if it may be raised
block = np.ones(2**25 - 2**16, np.uint8)
del block
blocks = [(np.ones(2**22, np.uint8), bytes(3000)) for _ in range(40)]
small = [small for _, small in blocks]
before = anonymous()
del blocks
print(before - anonymous())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_large_blocks_go_back_though_small_ones_lie_between_them():
    freed = {}
    # a cluster of Dask sets limits of its own in the environment of the tests that ran before
    env = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    for told in ("told", "untold"):
        command = [sys.executable, "-c", PROGRAM, told]
        made = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
        freed[told] = int(made.stdout)
    assert freed["told"] > 150_000
    assert freed["told"] > 2 * freed["untold"]


def test_where_the_library_cannot_be_told_nothing_happens(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    assert not memory.give_back_large_blocks()
