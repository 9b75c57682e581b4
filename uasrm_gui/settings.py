"""What the program remembers between runs: the user's choices, and where things stood.

Every setting is declared once, with its default and what it may be; reading, checking and writing
follow from that.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QStandardPaths, Signal

from uasrm_core.errors import ExportError
from uasrm_core.translation import LANGUAGES
from uasrm_core.writing.gate import make_folder, write_whole
from uasrm_gui.display import Display, Preset, display_from, presets_from
from uasrm_gui.widgets.time_format import TIME_FORMATS

log = logging.getLogger(__name__)

RECENT_FILES = 8
KEY_PRESETS = ("standard", "audacity", "rx")
THEMES = ("system", "dark", "light")
LATENCIES = ("low", "medium", "high")


def _as_it_is(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _make_setting(
    default: Any, check: Callable[[Any], bool], read: Callable[[Any], Any] = _as_it_is
) -> Any:
    return field(default=default, metadata={"check": check, "read": read})


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_roll(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 30


def _check_range(low: float, high: float) -> Callable[[Any], bool]:
    def check(value: object) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and low <= float(str(value)) <= high

    return check


def _is_paths(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value)


def _is_display(value: object) -> bool:
    return isinstance(value, Display | dict)


def _is_keys(value: object) -> bool:
    return isinstance(value, dict) and all(_is_paths(keys) for keys in value.values())


def _read_keys(value: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(keys) for name, keys in value.items()}


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


@dataclass(frozen=True)
class Settings:
    """All settings.

    Attributes
    ----------
    device
        The output device's name; empty for the system's own choice.
    latency
        One of `LATENCIES`; the higher, the safer against drop-outs.
    pre_roll_s, post_roll_s
        What is played before and after a selection.
    loop
        Whether playback starts over at the end.
    follow
        Whether the view goes along with what is heard.
    auto_play
        Whether a repair is played when it is done.
    play_finds
        Whether every detection of a review is played when it is looked at.
    brush_pixels, brush_hardness, wand_tolerance_db, wand_contiguous
        How the tools select, see `uasrm_gui.state.marks.ToolOptions`; the hardness in percent.
    reach_ms, reach_hz
        How far a selection grows, shrinks and softens.
    recent_files
        Latest first.
    last_folder
        Where the last file was opened.
    display
        How recordings are shown.
    presets
        The user's own looks of the spectrogram, by name.
    time_format
        How times are written, one of `TIME_FORMATS`.
    theme
        One of `THEMES`.
    language
        One of `uasrm_core.translation.LANGUAGES`; empty for the system's.
    key_preset
        Whose keys are used, one of `KEY_PRESETS`.
    own_keys
        The keys that the user gave to commands, by their names in the table of actions.
    archive_mode, operator
        Whether originals are only read and exports get an archive's records, and who restores.
    model
        The model file that repairs use; empty for the one that ships.
    tour_seen
        Whether the tour was shown.
    crash_bytes
        How long the log of crashes was when it was last looked at.
    show_regions
        Whether regions are drawn above and in the picture.
    side_panel, side_width
        Whether the panels at the right are shown, and how wide; 0 follows the window.
    geometry
        Qt's own record of the window's place and its panels, base64.
    """

    device: str = _make_setting("", _is_text)
    latency: str = _make_setting("medium", lambda value: value in LATENCIES)
    pre_roll_s: float = _make_setting(1.0, _is_roll)
    post_roll_s: float = _make_setting(1.0, _is_roll)
    loop: bool = _make_setting(False, _is_flag)
    follow: bool = _make_setting(True, _is_flag)
    auto_play: bool = _make_setting(False, _is_flag)
    play_finds: bool = _make_setting(False, _is_flag)
    brush_pixels: int = _make_setting(24, _check_range(1, 400))
    brush_hardness: int = _make_setting(80, _check_range(0, 100))
    wand_tolerance_db: int = _make_setting(12, _check_range(0, 100))
    wand_contiguous: bool = _make_setting(True, _is_flag)
    reach_ms: int = _make_setting(10, _check_range(0, 10_000))
    reach_hz: int = _make_setting(50, _check_range(0, 20_000))
    recent_files: tuple[str, ...] = _make_setting((), _is_paths)
    last_folder: str = _make_setting("", _is_text)
    display: Display = field(
        default=Display(), metadata={"check": _is_display, "read": display_from}
    )
    presets: tuple[Preset, ...] = field(
        default=(), metadata={"check": _is_list, "read": presets_from}
    )
    time_format: str = _make_setting("clock", lambda value: value in tuple(TIME_FORMATS))
    key_preset: str = _make_setting("standard", lambda value: value in KEY_PRESETS)
    own_keys: dict[str, tuple[str, ...]] = field(
        default_factory=dict, metadata={"check": _is_keys, "read": _read_keys}
    )
    theme: str = _make_setting("system", lambda value: value in THEMES)
    language: str = _make_setting("", lambda value: value in ("", *LANGUAGES))
    archive_mode: bool = _make_setting(False, _is_flag)
    operator: str = _make_setting("", _is_text)
    model: str = _make_setting("", _is_text)
    tour_seen: bool = _make_setting(False, _is_flag)
    crash_bytes: int = _make_setting(0, _check_range(0, 1e12))
    geometry: str = _make_setting("", _is_text)
    show_regions: bool = _make_setting(True, _is_flag)
    side_panel: bool = _make_setting(True, _is_flag)
    side_width: int = _make_setting(0, _check_range(0, 360))


def settings_from(data: object) -> Settings:
    """Return the settings in `data`; what is missing, unknown or makes no sense is the default."""
    if not isinstance(data, dict):
        return Settings()
    known = {entry.name: entry for entry in fields(Settings)}
    good: dict[str, Any] = {
        name: known[name].metadata["read"](value)
        for name, value in data.items()
        if name in known and known[name].metadata["check"](value)
    }
    return replace(Settings(), **good)


def default_path() -> Path:
    """Return where this platform keeps a program's settings."""
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    return Path(QStandardPaths.writableLocation(place)) / "uasrm" / "settings.json"


class SettingsStore(QObject):
    """The one owner of the settings; writes them whenever they change."""

    changed = Signal(object)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._values = self._read()

    @property
    def values(self) -> Settings:
        """The settings as they are."""
        return self._values

    def change(self, **values: Any) -> None:
        """Set some settings.

        Raises
        ------
        ValueError
            A value is not one that the setting may have.
        """
        for entry in fields(Settings):
            if entry.name in values and not entry.metadata["check"](values[entry.name]):
                raise ValueError(f"{entry.name} cannot be {values[entry.name]!r}")
        new = replace(self._values, **values)
        if new != self._values:
            self._values = new
            self._write()
            self.changed.emit(new)

    def remember_file(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        name = str(path)
        others = [known for known in self.values.recent_files if known != name]
        self.change(recent_files=(name, *others)[:RECENT_FILES], last_folder=str(path.parent))

    def forget_file(self, path: Path) -> None:
        """Take a file that cannot be opened any more off the recent ones."""
        kept = tuple(known for known in self.values.recent_files if known != str(path))
        self.change(recent_files=kept)

    def share(self, part: QObject) -> SettingsStore:
        """Return the same settings for a part that may end before the program does.

        What is connected to their `changed` is no longer called once the part has ended.
        """
        return _SharedSettings(self, part)

    def _read(self) -> Settings:
        try:
            return settings_from(json.loads(self._path.read_text("utf-8")))
        except FileNotFoundError:
            return Settings()
        except (OSError, ValueError):
            log.exception("the settings could not be read; the defaults are used")
            return Settings()

    def _write(self) -> None:
        content = json.dumps(asdict(self._values), indent=1).encode()
        try:
            make_folder(self._path.parent)
            write_whole(self._path, content, is_durable=False)
        except ExportError:
            log.exception("the settings could not be written")


class _SharedSettings(SettingsStore):
    """The settings of another store."""

    def __init__(self, store: SettingsStore, part: QObject) -> None:
        QObject.__init__(self, part)
        self._store = store
        store.changed.connect(self.changed)

    @property
    def values(self) -> Settings:
        return self._store.values

    def change(self, **values: Any) -> None:
        self._store.change(**values)
