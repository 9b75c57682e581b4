"""The table of actions: finding damage and deciding about it."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui.actions.parts import Parts
from uasrm_gui.actions.spec import ActionSpec, has_clip
from uasrm_gui.commands.settings import toggle_setting
from uasrm_gui.state.previews import Side

MENU = mark("&Repair")
HEAR = mark("Hear the Find")


def _has_detections(parts: Parts) -> bool:
    return bool(parts.review.detections)


def _has_current(parts: Parts) -> bool:
    return parts.review.current is not None


def _detect(parts: Parts) -> None:
    parts.show_panel("review")
    parts.review.detect()


def _step(parts: Parts, step: int) -> None:
    # the close-up stands there
    parts.show_panel("review")
    parts.review.step(step)


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
        lambda parts: _step(parts, 1),
        ("J",),
        "next",
        enabled=_has_detections,
        short=mark("Next"),
    ),
    ActionSpec(
        "find.previous",
        mark("Pre&vious Find"),
        MENU,
        lambda parts: _step(parts, -1),
        ("Ctrl+J",),
        "previous",
        enabled=_has_detections,
        short=mark("Previous"),
    ),
    ActionSpec(
        "find.before",
        mark("Hear the Find &Before"),
        MENU,
        lambda parts: parts.previews.play(Side.BEFORE),
        ("F2",),
        tip=mark("Play the find as it is, or was before its repair, with what is around it"),
        enabled=_has_current,
        short=mark("Before"),
        submenu=HEAR,
    ),
    ActionSpec(
        "find.after",
        mark("Hear the Find Af&ter Its Repair"),
        MENU,
        lambda parts: parts.previews.play(Side.AFTER),
        ("F3",),
        tip=mark("Play the find as the repair makes it; nothing is changed by that"),
        enabled=_has_current,
        short=mark("After"),
        submenu=HEAR,
    ),
    ActionSpec(
        "find.removed",
        mark("Hear What the Repair Remove&s"),
        MENU,
        lambda parts: parts.previews.play(Side.REMOVED),
        ("F4",),
        tip=mark("Play only the difference that the repair makes"),
        enabled=_has_current,
        short=mark("Removed"),
        submenu=HEAR,
    ),
    ActionSpec(
        "find.play",
        mark("P&lay Each Find"),
        MENU,
        lambda parts: toggle_setting(parts.settings, "play_finds"),
        icon="play",
        tip=mark("Play every find when it is looked at"),
        checked=lambda parts: parts.settings.values.play_finds,
        short=mark("Play each"),
        submenu=HEAR,
    ),
    ActionSpec(
        "find.accept",
        mark("Accept the F&ind"),
        MENU,
        lambda parts: parts.review.accept(),
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
        lambda parts: parts.review.reject(),
        ("U",),
        "reject",
        mark("It belongs to the recording: it stays as it is, and a repair of it is taken back"),
        _has_current,
        short=mark("Reject"),
    ),
    ActionSpec(
        "find.accept.all",
        mark("Accept All Finds"),
        MENU,
        lambda parts: parts.review.accept_all(),
        enabled=lambda parts: bool(parts.review.undecided),
        tip=mark("Accept every find that is listed and was not rejected"),
        short=mark("Accept all"),
    ),
    ActionSpec(
        "find.repair",
        mark("Repair Acc&epted Finds"),
        MENU,
        lambda parts: parts.review.repair_accepted(),
        ("Ctrl+Shift+R",),
        "repair-all",
        mark("Repair what was accepted, and nothing else"),
        lambda parts: bool(parts.review.accepted),
        ends_section=True,
        short=mark("Repair accepted"),
    ),
)
