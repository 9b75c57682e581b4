"""Make ``resources/color_maps.npz`` from pyqtgraph's maps: ``python tools/make_color_maps.py``.

The window reads the tables from there, for importing pyqtgraph would take a fifth of a second of
its start. Magma, inferno, plasma, viridis and cividis are in the public domain (CC0), turbo is
Google's (Apache 2.0); greys are made here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyqtgraph

TARGET = Path(__file__).resolve().parents[1] / "resources" / "color_maps.npz"
FROM_PYQTGRAPH = ("inferno", "magma", "plasma", "viridis", "cividis", "turbo")


def main() -> int:
    """Write the tables, uint8 ``(256, 3)`` each."""
    tables = {
        name: pyqtgraph.colormap.get(name).getLookupTable(nPts=256)[:, :3].astype(np.uint8)
        for name in FROM_PYQTGRAPH
    }
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    tables |= {"grey": grey, "ink": grey[::-1]}
    np.savez_compressed(TARGET, **tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
