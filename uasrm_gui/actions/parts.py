"""The parts of a window that actions speak to; each command takes from them what it uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from uasrm_gui.background.jobs import JobRunner
from uasrm_gui.commands.files import FileCommands, Tabs
from uasrm_gui.commands.recovery import Recovery
from uasrm_gui.editor.view import EditorView
from uasrm_gui.settings import SettingsStore
from uasrm_gui.state.comparison import Comparison
from uasrm_gui.state.document import Document
from uasrm_gui.state.playback import Playback
from uasrm_gui.state.previews import Previews
from uasrm_gui.state.repair_choice import RepairChoice
from uasrm_gui.state.review import Review


@dataclass(frozen=True, eq=False)
class Parts:
    """What a window is made of, as far as actions are concerned.

    Attributes
    ----------
    window
        The page of the recording: the parent of dialogs, and what is closed with the recording.
    tabs
        The recordings that are open side by side, and what is closed by quitting.
    show_panel
        Brings a panel to the front by its name.
    toggle_side, is_side_shown
        Puts the panels away or brings them back, and tells whether they are there.
    panes
        What the keyboard focus goes through.
    show_shortcuts, change_shortcuts
        Show the keys of all actions, to be read or to be changed.
    """

    window: QWidget
    tabs: Tabs
    document: Document
    runner: JobRunner
    settings: SettingsStore
    editor: EditorView
    playback: Playback
    choice: RepairChoice
    comparison: Comparison
    review: Review
    previews: Previews
    files: FileCommands
    recovery: Recovery
    show_panel: Callable[[str], object]
    toggle_side: Callable[[], object]
    is_side_shown: Callable[[], bool]
    panes: Callable[[], Sequence[QWidget]]
    show_shortcuts: Callable[[], object]
    change_shortcuts: Callable[[], object]
