"""Settings that actions change."""

from __future__ import annotations

from uasrm_gui.settings import SettingsStore

BRUSH_STEP = 1.25
LARGEST_BRUSH_PIXELS = 400


def toggle_setting(settings: SettingsStore, name: str) -> None:
    """Switch one of the settings that are on or off."""
    settings.change(**{name: not getattr(settings.values, name)})


def resize_brush(settings: SettingsStore, factor: float) -> None:
    """Make the brush larger or smaller, by a pixel at least."""
    size = settings.values.brush_pixels
    wanted = round(size * factor) if factor > 1 else min(round(size * factor), size - 1)
    settings.change(brush_pixels=min(max(wanted, 1), LARGEST_BRUSH_PIXELS))
