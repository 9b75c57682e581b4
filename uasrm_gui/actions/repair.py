"""The table of actions: repairs."""

from __future__ import annotations

from uasrm_core.optional import has_torch
from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_regions
from uasrm_gui.commands import models, repairs

MENU = mark("&Repair")
CANDIDATES = mark("Hear a Candidate")
ADAPT_TIP = mark(
    "Let the network learn from the intact sound first, for up to a minute; "
    "kept where trials on the recording come nearer by it"
)
NO_TORCH_TIP = mark(
    "Learning from recordings needs PyTorch, which this application does not carry; "
    "the Python package (pip install uasrm) has it"
)


def _make_candidate(number: int) -> ActionSpec:
    return ActionSpec(
        f"candidate.{number}",
        mark("Hear Candidate {number}"),
        MENU,
        lambda parts: parts.comparison.audition(number - 1),
        (str(number),),
        enabled=lambda parts: number <= len(parts.comparison.proposals),
        ends_section=number == 9,
        submenu=CANDIDATES,
        values={"number": number},
    )


ACTIONS = (
    ActionSpec(
        "repair",
        mark("&Repair"),
        MENU,
        lambda parts: repairs.repair(parts.document, parts.review, parts.choice),
        ("R",),
        "repair",
        mark("Repair the selection, or the regions picked in the list"),
        has_clip,
    ),
    ActionSpec(
        "repair.all",
        mark("Repair &All Open Regions"),
        MENU,
        lambda parts: repairs.repair_all(parts.document, parts.choice),
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
        lambda parts: repairs.repair_again(parts.document, parts.review),
        ("Ctrl+R",),
        tip=mark("Repair the selection as the last one was repaired"),
        enabled=has_clip,
    ),
    ActionSpec(
        "adapt",
        mark("A&dapt to the Recording"),
        MENU,
        lambda parts: parts.choice.choose_adapting(not parts.choice.adapts),
        tip=ADAPT_TIP if has_torch() else NO_TORCH_TIP,
        checked=lambda parts: parts.choice.adapts,
        enabled=lambda parts: has_torch(),
        short=mark("Adapt"),
        ends_section=True,
    ),
    ActionSpec(
        "compare",
        mark("Co&mpare Candidates"),
        MENU,
        lambda parts: repairs.compare(parts.document, parts.review, parts.comparison),
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
        lambda parts: parts.comparison.apply(),
        ("Ctrl+Return", "Ctrl+Enter"),
        "check",
        mark("Put the candidate that is heard into the recording"),
        lambda parts: parts.comparison.chosen is not None,
        short=mark("Apply"),
    ),
    ActionSpec(
        "candidate.take",
        mark("A&nother Take"),
        MENU,
        lambda parts: parts.comparison.add_take(),
        ("Shift+K",),
        "repair",
        mark("Let the network fill the gap once more, in another way it could have sounded"),
        lambda parts: parts.comparison.next_take is not None,
        short=mark("Another take"),
    ),
    *(_make_candidate(number) for number in range(1, 10)),
    ActionSpec(
        "models",
        mark("M&odels…"),
        MENU,
        lambda parts: models.show_models(parts.settings, parts.window),
        tip=mark("See which networks there are, and choose the one that repairs use"),
    ),
    ActionSpec(
        "train",
        mark("Train on M&y Recordings…"),
        MENU,
        lambda parts: models.show_training(parts.settings, parts.window),
        tip=mark("Let the network learn from recordings like those that you repair")
        if has_torch()
        else NO_TORCH_TIP,
        enabled=lambda parts: has_torch(),
        ends_section=True,
    ),
    ActionSpec(
        "cancel",
        mark("&Cancel"),
        MENU,
        lambda parts: parts.runner.cancel_current(),
        ("Ctrl+.",),
        tip=mark("Stop what is being done"),
        enabled=lambda parts: parts.runner.current is not None,
        ends_section=True,
    ),
)
