"""Colour maps, and which colour a level has."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from uasrm_core.overview.tiles import FLOOR_DB, STEP_DB
from uasrm_core.resources import resource
from uasrm_gui.display import COLOR_MAPS, DbRange

ColorTable = npt.NDArray[np.uint32]


@lru_cache(maxsize=len(COLOR_MAPS))
def color_map(name: str) -> npt.NDArray[np.uint8]:
    """Return a colour map as ``(256, 3)``, from quiet to loud."""
    with np.load(resource("color_maps.npz"), allow_pickle=False) as maps:
        table: npt.NDArray[np.uint8] = maps[name]
    return table


def color_table(colors: npt.NDArray[np.uint8], levels: DbRange) -> ColorTable:
    """Return what each of the 256 tile values looks like, as Qt's ``0xffRRGGBB``."""
    level = FLOOR_DB + STEP_DB * np.arange(256)
    part = (level - levels.low_db) / max(levels.high_db - levels.low_db, STEP_DB)
    rgb = colors[np.clip(np.rint(part * 255), 0, 255).astype(int)].astype(np.uint32)
    table: ColorTable = 0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
    return table
