"""Everything the user can do, in one table: menus, keys, tooltips and the F1 page come from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uasrm_gui import commands
from uasrm_gui.sound.program import Version

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow

Test = Callable[["MainWindow"], bool]


def _always(window: MainWindow) -> bool:
    return True


def _has_clip(window: MainWindow) -> bool:
    return window.document.clip is not None


def _has_regions(window: MainWindow) -> bool:
    return bool(window.document.regions)


def _has_selection(window: MainWindow) -> bool:
    return window.document.selection is not None


@dataclass(frozen=True)
class ActionSpec:
    """One thing to do.

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
    """

    id: str
    title: str
    menu: str
    handler: Callable[[MainWindow], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    enabled: Test = _always
    checked: Test | None = None
    group: str = ""
    ends_section: bool = False
    short: str = ""


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("open", "&Open…", "&File", commands.ask_open, ("Ctrl+O",), "open"),
    ActionSpec(
        "demo",
        "Open the &Demo",
        "&File",
        commands.open_demo,
        tip="A bundled recording with its damage marked",
        ends_section=True,
    ),
    ActionSpec(
        "save",
        "&Save Session",
        "&File",
        commands.save,
        ("Ctrl+S",),
        "save",
        "Keep regions and repairs to go on with later",
        _has_clip,
    ),
    ActionSpec(
        "save_as",
        "Save Session &As…",
        "&File",
        commands.save_as,
        ("Ctrl+Shift+S",),
        enabled=_has_clip,
        ends_section=True,
    ),
    ActionSpec(
        "export",
        "&Export…",
        "&File",
        commands.export,
        ("Ctrl+Shift+E",),
        "export",
        "Write the repaired recording to a new file",
        _has_clip,
    ),
    ActionSpec(
        "labels.import",
        "&Import Labels…",
        "&File",
        commands.import_labels,
        enabled=_has_clip,
        tip="Add the regions of a label file to the list",
    ),
    ActionSpec(
        "labels.export",
        "Export &Labels…",
        "&File",
        commands.export_labels,
        enabled=_has_regions,
        tip="Write the list of regions as a label file",
        ends_section=True,
    ),
    ActionSpec("quit", "&Quit", "&File", lambda window: window.close(), ("Ctrl+Q",)),
    ActionSpec(
        "undo",
        "&Undo",
        "&Edit",
        lambda window: window.document.undo(),
        ("Ctrl+Z",),
        "undo",
        enabled=lambda window: window.document.history.can_undo,
    ),
    ActionSpec(
        "redo",
        "&Redo",
        "&Edit",
        lambda window: window.document.redo(),
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "redo",
        enabled=lambda window: window.document.history.can_redo,
        ends_section=True,
    ),
    ActionSpec(
        "region.add",
        "&Add Region",
        "&Edit",
        commands.add_region,
        ("Ctrl+B",),
        "add",
        "Put the selection into the list of regions",
        _has_clip,
    ),
    ActionSpec(
        "region.remove",
        "Re&move Region",
        "&Edit",
        commands.remove_regions,
        ("Delete",),
        "delete",
        "Take the picked regions off the list; the sound stays as it is",
        _has_regions,
        ends_section=True,
    ),
    ActionSpec(
        "preferences", "&Preferences…", "&Edit", commands.preferences, ("Ctrl+,",), "settings"
    ),
    ActionSpec(
        "zoom.in",
        "Zoom &In",
        "&View",
        lambda window: window.editor.zoom_in(),
        ("Ctrl+=", "Ctrl++"),
        "zoom-in",
        enabled=_has_clip,
    ),
    ActionSpec(
        "zoom.out",
        "Zoom &Out",
        "&View",
        lambda window: window.editor.zoom_out(),
        ("Ctrl+-",),
        "zoom-out",
        enabled=_has_clip,
    ),
    ActionSpec(
        "zoom.selection",
        "Zoom to &Selection",
        "&View",
        lambda window: window.editor.zoom_to_selection(),
        ("Ctrl+E",),
        "zoom-selection",
        enabled=_has_selection,
    ),
    ActionSpec(
        "zoom.fit",
        "&Fit the Whole Recording",
        "&View",
        lambda window: window.editor.fit(),
        ("Ctrl+F",),
        "fit",
        enabled=_has_clip,
        ends_section=True,
    ),
    ActionSpec("focus.next", "Next &Pane", "&View", commands.focus_next, ("F6",)),
    ActionSpec(
        "tool.time",
        "&Time Range Tool",
        "&Select",
        lambda window: window.set_tool("time"),
        ("T",),
        "tool-time",
        "Drag to select a stretch of time",
        _has_clip,
        lambda window: window.tool == "time",
        "tool",
    ),
    ActionSpec(
        "tool.box",
        "&Box Tool",
        "&Select",
        lambda window: window.set_tool("box"),
        ("B",),
        "tool-box",
        "Drag to select a stretch of time and a band of frequencies",
        _has_clip,
        lambda window: window.tool == "box",
        "tool",
        ends_section=True,
    ),
    ActionSpec(
        "select.all", "Select &All", "&Select", commands.select_all, ("Ctrl+A",), enabled=_has_clip
    ),
    ActionSpec(
        "select.none",
        "Select &None",
        "&Select",
        commands.select_none,
        ("Esc",),
        enabled=_has_clip,
        ends_section=True,
    ),
    ActionSpec(
        "region.next",
        "Ne&xt Region",
        "&Select",
        lambda window: commands.step_region(window, 1),
        ("N",),
        enabled=_has_regions,
    ),
    ActionSpec(
        "region.previous",
        "&Previous Region",
        "&Select",
        lambda window: commands.step_region(window, -1),
        ("Shift+N",),
        enabled=_has_regions,
    ),
    ActionSpec(
        "repair",
        "&Repair",
        "&Repair",
        commands.repair,
        ("R",),
        "repair",
        "Repair the selection, or the regions picked in the list",
        _has_clip,
    ),
    ActionSpec(
        "repair.all",
        "Repair &All Open Regions",
        "&Repair",
        commands.repair_all,
        ("Shift+R",),
        "repair-all",
        "Repair every region of the list that is still open",
        _has_regions,
        short="Repair all",
    ),
    ActionSpec(
        "repair.again",
        "Repair A&gain",
        "&Repair",
        commands.repair_again,
        ("Ctrl+R",),
        tip="Repair the selection as the last one was repaired",
        enabled=_has_clip,
        ends_section=True,
    ),
    ActionSpec(
        "cancel",
        "&Cancel",
        "&Repair",
        lambda window: window.runner.cancel_all(),
        ("Ctrl+.",),
        tip="Stop what is being done",
        enabled=lambda window: window.runner.current is not None,
    ),
    ActionSpec(
        "start",
        "Go to &Start",
        "&Transport",
        commands.go_to_start,
        ("Home",),
        "start",
        enabled=_has_clip,
    ),
    ActionSpec(
        "play",
        "&Play or Stop",
        "&Transport",
        lambda window: window.listening.play_or_stop(),
        ("Space",),
        "play",
        "Play the selection with what is around it, or from the cursor on",
        _has_clip,
    ),
    ActionSpec(
        "play.once",
        "Play &Once",
        "&Transport",
        lambda window: window.listening.play(once=True),
        ("Shift+Space",),
        enabled=_has_clip,
    ),
    ActionSpec(
        "loop",
        "&Loop",
        "&Transport",
        lambda window: window.listening.toggle_loop(),
        ("L",),
        "loop",
        "Start over at the end",
        _has_clip,
        lambda window: window.settings.values.loop,
    ),
    ActionSpec(
        "listen.half",
        "&Half Speed",
        "&Transport",
        lambda window: window.listening.toggle_half_speed(),
        ("H",),
        "listen-half",
        "Play at half speed, an octave lower",
        _has_clip,
        lambda window: window.listening.half_speed,
        ends_section=True,
    ),
    ActionSpec(
        "listen.band",
        "Only the Selected &Frequencies",
        "&Transport",
        commands.toggle_isolation,
        ("O",),
        "listen-band",
        "Hear only the frequencies that are selected",
        _has_clip,
        lambda window: window.listening.isolates,
    ),
    ActionSpec(
        "listen.skip",
        "S&kip the Selection",
        "&Transport",
        commands.toggle_skip,
        ("C",),
        "listen-skip",
        "Hear how it goes on without the selection",
        _has_clip,
        lambda window: window.listening.skips,
        ends_section=True,
    ),
    ActionSpec(
        "follow",
        "Follow the Pla&yhead",
        "&Transport",
        lambda window: commands.toggle_setting(window, "follow"),
        tip="Let the view go along with what is heard",
        checked=lambda window: window.settings.values.follow,
    ),
    ActionSpec(
        "auto_play",
        "Play &After a Repair",
        "&Transport",
        lambda window: commands.toggle_setting(window, "auto_play"),
        tip="Play every repair when it is done",
        checked=lambda window: window.settings.values.auto_play,
        ends_section=True,
    ),
    ActionSpec(
        "ab",
        "Switch Original and Repaired (A/&B)",
        "&Transport",
        lambda window: window.listening.switch_version(),
        ("X",),
        enabled=_has_clip,
    ),
    ActionSpec(
        "listen.original",
        "Hear the &Original",
        "&Transport",
        lambda window: window.listening.listen_to(Version.ORIGINAL),
        enabled=_has_clip,
        checked=lambda window: window.player.version is Version.ORIGINAL,
        group="version",
        short="Original",
        tip="Hear the recording as it was (X switches)",
    ),
    ActionSpec(
        "listen.repaired",
        "Hear the &Repaired",
        "&Transport",
        lambda window: window.listening.listen_to(Version.REPAIRED),
        enabled=_has_clip,
        checked=lambda window: window.player.version is Version.REPAIRED,
        group="version",
        short="Repaired",
        tip="Hear the recording with its repairs (X switches)",
    ),
    ActionSpec(
        "listen.candidate",
        "Hear the &Candidate",
        "&Transport",
        lambda window: window.listening.listen_to(Version.CANDIDATE),
        enabled=lambda window: window.listening.has_candidate,
        checked=lambda window: window.player.version is Version.CANDIDATE,
        group="version",
        short="Candidate",
        tip="Hear the candidate that is chosen (X switches)",
    ),
    ActionSpec(
        "listen.removed",
        "Hear What Was Remo&ved",
        "&Transport",
        lambda window: window.listening.listen_to(Version.REMOVED),
        ("D",),
        enabled=_has_clip,
        checked=lambda window: window.player.version is Version.REMOVED,
        group="version",
        short="Removed",
        tip="Hear only the difference that the repairs make",
    ),
    ActionSpec("shortcuts", "&Keyboard Shortcuts", "&Help", commands.shortcuts, ("F1",)),
    ActionSpec("log", "Open the &Log Folder", "&Help", commands.open_log_folder),
    ActionSpec("about", "&About UASRM", "&Help", commands.about),
)

TOOL_BAR = (
    ("open", "save", "export"),
    ("tool.time", "tool.box"),
    ("zoom.in", "zoom.out", "zoom.selection", "zoom.fit"),
    ("undo", "redo"),
)
TRANSPORT = ("start", "play", "loop")
LISTENING = ("listen.band", "listen.skip", "listen.half")
VERSIONS = ("listen.original", "listen.repaired", "listen.removed")
REGION_BUTTONS = ("repair", "repair.all", "region.add", "region.remove")
