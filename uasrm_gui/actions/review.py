"""The table of actions: finding damage and deciding about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec, has_clip

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow

MENU = mark("&Repair")


def _has_finds(window: MainWindow) -> bool:
    return bool(window.review.finds)


def _has_current(window: MainWindow) -> bool:
    return window.review.current is not None


def _detect(window: MainWindow) -> None:
    window.show_panel("review")
    window.review.detect()


ACTIONS = (
    ActionSpec(
        "detect",
        mark("&Find Damage"),
        MENU,
        _detect,
        ("Ctrl+D",),
        "find",
        mark("Look for clicks, dropouts and clipping; nothing is changed"),
        has_clip,
        short=mark("Find damage"),
    ),
    ActionSpec(
        "find.next",
        mark("Ne&xt Find"),
        MENU,
        lambda window: window.review.step(1),
        ("J",),
        "next",
        enabled=_has_finds,
        short=mark("Next"),
    ),
    ActionSpec(
        "find.previous",
        mark("Pre&vious Find"),
        MENU,
        lambda window: window.review.step(-1),
        ("Ctrl+J",),
        "previous",
        enabled=_has_finds,
        short=mark("Previous"),
    ),
    ActionSpec(
        "find.listen",
        mark("&Listen to the Find"),
        MENU,
        lambda window: window.listening.play(once=True),
        icon="play",
        tip=mark("Play the find with what is around it"),
        enabled=_has_current,
        short=mark("Listen"),
    ),
    ActionSpec(
        "find.accept",
        mark("Accept the Fin&d"),
        MENU,
        lambda window: window.review.accept(),
        ("Y",),
        "accept",
        mark("It is damage, as far as the selection reaches: drag its edges to adjust it"),
        _has_current,
        short=mark("Accept"),
    ),
    ActionSpec(
        "find.reject",
        mark("Re&ject the Find"),
        MENU,
        lambda window: window.review.reject(),
        ("U",),
        "reject",
        mark("It belongs to the recording; it stays as it is"),
        _has_current,
        short=mark("Reject"),
    ),
    ActionSpec(
        "find.accept.all",
        mark("Accept All Finds"),
        MENU,
        lambda window: window.review.accept_all(),
        enabled=_has_finds,
        tip=mark("Accept every find that is listed and was not rejected"),
        short=mark("Accept all"),
    ),
    ActionSpec(
        "find.repair",
        mark("Repair Accepted F&inds"),
        MENU,
        lambda window: window.review.repair_accepted(),
        ("Ctrl+Shift+R",),
        "repair-all",
        mark("Repair what was accepted, and nothing else"),
        lambda window: bool(window.review.accepted),
        ends_section=True,
        short=mark("Repair accepted"),
    ),
)
