"""How a recording is shown: the user's choices, as a value that can be kept and named."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args

from uasrm_core.overview.tiles import FLOOR_DB, ZoomedTransform
from uasrm_core.spectral.stft import WINDOWS, StftConfig
from uasrm_core.translation import mark

Scale = Literal["linear", "mel", "bark", "log"]
Layout = Literal["split", "overlay", "spectrogram", "waveform"]
AmplitudeUnit = Literal["db", "linear"]

AUTOMATIC = 0
"""The window length that follows the zoom."""
AUTOMATIC_S = 2048 / 44100
CLOSEST_SHARE = 8
"""How long the window is in far views, and how many times shorter in the closest."""
FFT_SIZES = (256, 512, 1024, 2048, 4096, 8192, 16384)
OVERLAPS = {2: "50 %", 4: "75 %", 8: "87.5 %", 16: "93.75 %"}
"""How many windows lie over each sample, and what that is called."""
LEAST_RANGE_DB = 10.0
LOUDEST_DB = 0.0

COLOR_MAPS = {
    "inferno": mark("Inferno"),
    "magma": mark("Magma"),
    "plasma": mark("Plasma"),
    "viridis": mark("Viridis"),
    "cividis": mark("Cividis"),
    "turbo": mark("Turbo"),
    "grey": mark("Grey"),
    "ink": mark("Ink on paper"),
}
SCALE_NAMES: dict[Scale, str] = {
    "linear": mark("Linear"),
    "log": mark("Logarithmic"),
    "mel": mark("Mel"),
    "bark": mark("Bark"),
}
WINDOW_NAMES = {
    "hann": mark("Hann"),
    "hamming": mark("Hamming"),
    "blackman": mark("Blackman"),
    "blackmanharris": mark("Blackman–Harris"),
    "flattop": mark("Flat top"),
    "boxcar": mark("Rectangle"),
}
AMPLITUDE_NAMES: dict[AmplitudeUnit, str] = {
    "db": mark("Decibels"),
    "linear": mark("Parts of Full Scale"),
}
LAYOUT_NAMES: dict[Layout, str] = {
    "split": mark("Spectrogram over Waveform"),
    "overlay": mark("Waveform on Spectrogram"),
    "spectrogram": mark("Spectrogram Alone"),
    "waveform": mark("Waveform Alone"),
}


def _check_choice(*choices: object) -> dict[str, Callable[[Any], bool]]:
    return {"check": lambda value: value in choices and not isinstance(value, bool)}


def _check_range(low: float, high: float) -> dict[str, Callable[[Any], bool]]:
    def check(value: object) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and low <= float(str(value)) <= high

    return {"check": check}


@dataclass(frozen=True)
class DbRange:
    """The levels that the colours span."""

    low_db: float = -100.0
    high_db: float = -10.0


@dataclass(frozen=True)
class Display:
    """How a recording is shown.

    Attributes
    ----------
    scale
        How heights stand for frequencies.
    fft_size, window, overlap
        The transform, see `StftConfig`; `AUTOMATIC` has shorter windows in closer views.
        `overlap` is how many windows lie over each sample.
    colors
        One of `COLOR_MAPS`.
    low_db, high_db
        The levels that the colours span.
    layout
        What is seen of spectrogram and waveform.
    amplitude
        What the ruler beside the waveform counts in.
    blend
        With the waveform on the spectrogram: 0 shows the spectrogram alone, 1 the waveform alone.
    """

    scale: Scale = field(default="mel", metadata=_check_choice(*SCALE_NAMES))
    fft_size: int = field(default=AUTOMATIC, metadata=_check_choice(AUTOMATIC, *FFT_SIZES))
    window: str = field(default="hann", metadata=_check_choice(*WINDOWS))
    overlap: int = field(default=16, metadata=_check_choice(*OVERLAPS))
    colors: str = field(default="inferno", metadata=_check_choice(*COLOR_MAPS))
    low_db: float = field(
        default=-100.0, metadata=_check_range(FLOOR_DB, LOUDEST_DB - LEAST_RANGE_DB)
    )
    high_db: float = field(
        default=-10.0, metadata=_check_range(FLOOR_DB + LEAST_RANGE_DB, LOUDEST_DB)
    )
    layout: Layout = field(default="split", metadata=_check_choice(*get_args(Layout)))
    blend: float = field(default=0.5, metadata=_check_range(0.0, 1.0))
    amplitude: AmplitudeUnit = field(default="db", metadata=_check_choice(*get_args(AmplitudeUnit)))

    @property
    def levels(self) -> DbRange:
        """The levels that the colours span."""
        return DbRange(self.low_db, self.high_db)

    def transform(self, rate: int) -> ZoomedTransform:
        """Return the transform behind the picture of a recording."""
        size, least = self.fft_size, self.fft_size
        if self.fft_size == AUTOMATIC:
            size = max(2 ** round(math.log2(AUTOMATIC_S * rate)), FFT_SIZES[0])
            least = max(size // CLOSEST_SHARE, self.overlap)
        return ZoomedTransform(StftConfig(size, size // self.overlap, self.window), least)

    def with_levels(self, levels: DbRange) -> Display:
        """Return the same picture with colours over other levels."""
        return replace(self, low_db=levels.low_db, high_db=levels.high_db)

    def in_layout_of(self, other: Display) -> Display:
        """Return this look of the spectrogram in another's layout."""
        return replace(self, layout=other.layout, blend=other.blend, amplitude=other.amplitude)

    def looks_like(self, other: Display) -> bool:
        """Whether the spectrogram looks the same; the layout does not count."""
        return self.in_layout_of(other) == other


@dataclass(frozen=True)
class Preset:
    """A look of the spectrogram under a name."""

    name: str
    display: Display


BUILT_IN = (
    Preset(mark("Standard"), Display()),
    Preset(mark("Clicks"), Display("linear", 256, "hann", 8, "inferno", -90.0, -20.0)),
    Preset(mark("Speech"), Display("mel", 1024, "hann", 16, "magma", -95.0, -15.0)),
    Preset(mark("Music"), Display("log", 4096, "hann", 16, "inferno", -105.0, -15.0)),
    Preset(
        mark("Hum and whistles"),
        Display("log", 16384, "blackmanharris", 16, "viridis", -115.0, -25.0),
    ),
    Preset(mark("On paper"), Display("mel", 2048, "hann", 16, "ink", -90.0, -15.0)),
)


def display_from(data: object) -> Display:
    """Return the choices in `data`; what is missing, unknown or makes no sense is the default."""
    if not isinstance(data, Mapping):
        return Display()
    known = {entry.name: entry for entry in fields(Display)}
    good = {
        name: value
        for name, value in data.items()
        if name in known and known[name].metadata["check"](value)
    }
    display = replace(Display(), **good)
    if display.high_db - display.low_db < LEAST_RANGE_DB:
        display = display.with_levels(DbRange())
    return display


def presets_from(data: object) -> tuple[Preset, ...]:
    """Return the presets in `data`, without those that have no name."""
    rows = data if isinstance(data, list | tuple) else ()
    found = {
        row["name"]: Preset(row["name"], display_from(row.get("display")))
        for row in rows
        if isinstance(row, Mapping) and isinstance(row.get("name"), str) and row["name"].strip()
    }
    return tuple(found.values())


def display_data(display: Display) -> dict[str, Any]:
    """Return the choices as plain values, to be read by `display_from`."""
    return asdict(display)
