"""The table of actions: repairs."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui import commands
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_regions

MENU = mark("&Repair")


def _candidate(number: int) -> ActionSpec:
    return ActionSpec(
        f"candidate.{number}",
        mark("Hear Candidate {number}"),
        MENU,
        lambda window: window.comparison.audition(number - 1),
        (str(number),),
        enabled=lambda window: number <= len(window.comparison.proposals),
        ends_section=number == 9,
        values={"number": number},
    )


ACTIONS = (
    ActionSpec(
        "repair",
        mark("&Repair"),
        MENU,
        commands.repair,
        ("R",),
        "repair",
        mark("Repair the selection, or the regions picked in the list"),
        has_clip,
    ),
    ActionSpec(
        "repair.all",
        mark("Repair &All Open Regions"),
        MENU,
        commands.repair_all,
        ("Shift+R",),
        "repair-all",
        mark("Repair every region of the list that is still open"),
        has_regions,
        short=mark("Repair all"),
    ),
    ActionSpec(
        "repair.again",
        mark("Repair A&gain"),
        MENU,
        commands.repair_again,
        ("Ctrl+R",),
        tip=mark("Repair the selection as the last one was repaired"),
        enabled=has_clip,
    ),
    ActionSpec(
        "adapt",
        mark("A&dapt to the Recording"),
        MENU,
        lambda window: commands.toggle_setting(window, "adapt"),
        tip=mark(
            "Let the network learn from the intact sound first, for up to a minute; "
            "kept where trials on the recording come nearer by it"
        ),
        checked=lambda window: window.settings.values.adapt,
        ends_section=True,
    ),
    ActionSpec(
        "compare",
        mark("Co&mpare Candidates"),
        MENU,
        commands.compare,
        ("K",),
        "compare",
        mark("Let every method repair the selection, and choose by ear"),
        has_clip,
        short=mark("Compare"),
    ),
    ActionSpec(
        "candidate.apply",
        mark("A&pply the Candidate"),
        MENU,
        lambda window: window.comparison.apply(),
        ("Ctrl+Return", "Ctrl+Enter"),
        "check",
        mark("Put the candidate that is heard into the recording"),
        lambda window: window.comparison.chosen is not None,
        short=mark("Apply"),
    ),
    *(_candidate(number) for number in range(1, 10)),
    ActionSpec(
        "cancel",
        mark("&Cancel"),
        MENU,
        lambda window: window.runner.cancel_all(),
        ("Ctrl+.",),
        tip=mark("Stop what is being done"),
        enabled=lambda window: window.runner.current is not None,
    ),
)
