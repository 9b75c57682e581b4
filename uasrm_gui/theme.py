"""The look of the program: colours, spacing, type, and the style sheet made from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template


@dataclass(frozen=True)
class Colors:
    """Every colour in use, as ``#rrggbb``."""

    window: str = "#16181d"
    panel: str = "#1d2027"
    raised: str = "#272b34"
    border: str = "#31363f"
    canvas: str = "#0d0f13"
    text: str = "#e4e7ec"
    dim_text: str = "#98a1b0"
    faint_text: str = "#5d6573"
    accent: str = "#4cc2b0"
    accent_strong: str = "#63d8c6"
    accent_quiet: str = "#1f4640"
    on_accent: str = "#07211d"
    selection: str = "#ffffff"
    region_open: str = "#ffb454"
    region_repaired: str = "#7fd88f"
    playhead: str = "#ff6b6b"
    grid: str = "#2a2f38"
    waveform: str = "#9fb4cf"
    danger: str = "#ff7b72"
    warning_panel: str = "#3a2a18"
    danger_panel: str = "#3c2023"


COLORS = Colors()
SPACING = 8
ICON_SIZE = 20
# Families whose figures all have the same width, so that a running clock does not dance.
NUMBER_FAMILIES = ("Inter", "Noto Sans", "DejaVu Sans")
