"""Shapes are drawn as an outline and a tint, so that the sound under them can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.shape import FULL, Shape
from uasrm_gui.editor.shape_picture import ShapeStyle, shape_picture
from uasrm_gui.state.viewport import FrequencyView, Lane, TimeView

TINT = 0.28


@pytest.mark.parametrize("peak", [FULL, FULL // 3])
@pytest.mark.parametrize("has_frequencies", [True, False])
def test_a_shape_is_not_filled_however_soft_it_is(peak, has_frequencies):
    shape = Shape(np.array([2_000]), np.array([8_000]), 50, np.full((1, 200), peak, dtype=np.uint8))
    time = TimeView.whole(10_000, 500)
    frequency = FrequencyView(8_000.0) if has_frequencies else None
    drawn = shape_picture(shape, time, frequency, Lane(0.0, 200.0), ShapeStyle("white", TINT))
    assert drawn is not None
    opaque = drawn.opacities == FULL
    assert opaque.any()
    assert opaque.mean() < 0.1
    middle = drawn.opacities[drawn.opacities.shape[0] // 2, drawn.opacities.shape[1] // 2]
    assert middle == round(TINT * peak)
