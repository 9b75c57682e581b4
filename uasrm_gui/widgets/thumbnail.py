"""Small spectrograms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage, QPixmap

from uasrm_core.resources import resource

COLOR_MAP = "inferno"


def thumbnail(values: npt.NDArray[np.uint8]) -> QPixmap:
    """Return a picture of ``(rows, columns)``, from quiet to loud."""
    rows, columns = values.shape
    image = QImage(values.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable(_load_colors())
    return QPixmap.fromImage(image.copy())


@lru_cache(maxsize=1)
def _load_colors() -> list[int]:
    with np.load(resource("color_maps.npz"), allow_pickle=False) as maps:
        colors: Sequence[Sequence[int]] = maps[COLOR_MAP].tolist()
    return [0xFF000000 | red << 16 | green << 8 | blue for red, green, blue in colors]
