"""Which keys each command has: those of the table, of another program's habits, or the user's own.

No key ever means two commands. Whoever comes first keeps it: the user's own keys, then those of the
preset, then those of the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

from uasrm_core.translation import mark

Keys = Mapping[str, tuple[str, ...]]

STANDARD = "standard"
PRESET_NAMES = {
    STANDARD: mark("UASRM"),
    "audacity": mark("Like Audacity"),
    "rx": mark("Like RX"),
}
# What differs from the table; after the habits of their users, as far as commands are alike.
PRESETS: Mapping[str, Keys] = {
    STANDARD: {},
    "audacity": {
        "select.none": ("Ctrl+Shift+A", "Esc"),
        "zoom.in": ("Ctrl+1",),
        "zoom.out": ("Ctrl+3",),
        "zoom.selection": ("Ctrl+E",),
        "zoom.fit": ("Ctrl+F",),
        "region.add": ("Ctrl+B",),
        "region.next": ("Alt+Right",),
        "region.previous": ("Alt+Left",),
        "export": ("Ctrl+Shift+E",),
        "preferences": ("Ctrl+P",),
        "repair.again": ("Ctrl+R",),
        "loop": ("L",),
    },
    "rx": {
        "select.none": ("Ctrl+D", "Esc"),
        "tool.time": ("T",),
        "tool.box": ("R",),
        "repair": ("Return", "Enter"),
        "repair.all": ("Shift+Return", "Shift+Enter"),
        "start": ("Home",),
        "loop": ("Ctrl+L",),
        "region.add": ("M",),
        "export": ("Ctrl+E",),
        "zoom.selection": ("Z",),
        "zoom.fit": ("Ctrl+0",),
    },
}


@dataclass(frozen=True)
class Command:
    """A command as the dialog of keys shows it, with the keys it comes with."""

    name: str
    title: str
    submenu: str
    keys: tuple[str, ...]


def normal(keys: str) -> str:
    """Return keys as they are compared and kept, such as ``Ctrl+Shift+E``; empty if they are none.

    What no keyboard can send, and more than one stroke, is none.
    """
    sequence = QKeySequence(keys)
    text = sequence.toString(QKeySequence.SequenceFormat.PortableText)
    return text if sequence.count() == 1 and text.isascii() else ""


def key_map(table: Keys, preset: str, own: Keys) -> dict[str, tuple[str, ...]]:
    """Return the keys of every command, `table` being those it comes with."""
    layers = [{name: keys for name, keys in own.items() if name in table}, PRESETS[preset], table]
    taken: dict[str, str] = {}
    result: dict[str, tuple[str, ...]] = {}
    for layer in layers:
        for name, keys in layer.items():
            if name in result:
                continue
            free = [key for key in map(normal, keys) if key and taken.get(key, name) == name]
            taken.update(dict.fromkeys(free, name))
            result[name] = tuple(dict.fromkeys(free))
    return {name: result[name] for name in table}


def holder_of(keys: str, mapped: Keys, *, but: str = "") -> str | None:
    """Return which command has these keys, other than `but`."""
    wanted = normal(keys)
    for name, own in mapped.items():
        if name != but and wanted and wanted in own:
            return name
    return None


def own_keys(table: Keys, preset: str, mapped: Keys) -> dict[str, tuple[str, ...]]:
    """Return what differs from the preset, which is all that has to be kept."""
    plain = key_map(table, preset, {})
    return {name: tuple(keys) for name, keys in mapped.items() if tuple(keys) != plain[name]}
