"""What a command is: one row of the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from uasrm_core.translation import tr
from uasrm_gui.actions.parts import Parts

Test = Callable[[Parts], bool]


def always(parts: Parts) -> bool:
    """Tell that it can always be done."""
    return True


def has_clip(parts: Parts) -> bool:
    """Tell whether a recording is open."""
    return parts.document.work.clip is not None


def has_regions(parts: Parts) -> bool:
    """Tell whether there are regions in the list."""
    return bool(parts.document.work.regions)


def has_selection(parts: Parts) -> bool:
    """Tell whether anything is selected."""
    return parts.document.selection.region is not None


@dataclass(frozen=True)
class ActionSpec:
    """One thing to do.

    Its words are marked for translation here and translated where they are shown.

    Attributes
    ----------
    id
        Its name in this program.
    menu
        The menu it stands in.
    keys
        Its shortcuts, the first being the one that is shown.
    checked
        Tells whether it is switched on, for those that can be.
    group
        Of those with the same group, one is on.
    ends_section
        Whether a line follows it in its menu.
    short
        What its button says.
    submenu
        The menu within that one, if it stands in one.
    heading
        What stands above the first of those with the same heading in their menu.
    values
        What stands in the title in place of the names in braces.
    """

    id: str
    title: str
    menu: str
    handler: Callable[[Parts], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    enabled: Test = always
    checked: Test | None = None
    group: str = ""
    ends_section: bool = False
    short: str = ""
    submenu: str = ""
    heading: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its title in the user's language, with the marks that a menu needs."""
        return tr(self.title, **self.values)
