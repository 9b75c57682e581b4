"""The page of one recording: puts the panels in place and connects them with the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QMenuBar, QWidget

from uasrm_core.translation import tr
from uasrm_gui.actions.action_set import ActionSet
from uasrm_gui.actions.parts import Parts
from uasrm_gui.actions.table import (
    LISTENING,
    REGION_BUTTONS,
    REVIEW_BUTTONS,
    REVIEW_STEPS,
    REVIEW_VERSIONS,
    TRANSPORT,
    VERSIONS,
)
from uasrm_gui.background.jobs import JobRunner
from uasrm_gui.commands.files import FileCommands, Tabs
from uasrm_gui.commands.models import chosen_model
from uasrm_gui.commands.recovery import Recovery
from uasrm_gui.commands.selection import tool_options
from uasrm_gui.dialogs.questions import Questions
from uasrm_gui.editor.view import EditorView
from uasrm_gui.notices import Notice
from uasrm_gui.panels.compare import ComparePanel
from uasrm_gui.panels.display import DisplayPanel
from uasrm_gui.panels.history import HistoryPanel
from uasrm_gui.panels.message_bar import MessageBar
from uasrm_gui.panels.regions import RegionPanel
from uasrm_gui.panels.review import ReviewPanel
from uasrm_gui.panels.status import StatusBar
from uasrm_gui.panels.tool_options import ToolOptionsBar
from uasrm_gui.panels.tools import ToolBar
from uasrm_gui.panels.transport import TransportBar
from uasrm_gui.panels.welcome import WelcomePanel
from uasrm_gui.settings import Settings, SettingsStore
from uasrm_gui.sound.player import Player
from uasrm_gui.state.comparison import Comparison
from uasrm_gui.state.document import Document
from uasrm_gui.state.journal_keeper import JournalKeeper
from uasrm_gui.state.marks import WandRequest
from uasrm_gui.state.playback import Playback
from uasrm_gui.state.previews import Previews
from uasrm_gui.state.repair_choice import RepairChoice
from uasrm_gui.state.review import Review
from uasrm_gui.window.file_drop import FileDrop
from uasrm_gui.window.layout import Contents, WindowLayout
from uasrm_gui.window.played_sound import PlayedSound
from uasrm_gui.window.shortcuts import change_shortcuts, show_shortcuts
from uasrm_gui.window.shown_marks import ShownMarks
from uasrm_gui.window.shown_notices import connect_notices
from uasrm_gui.window.shown_version import ShownVersion

ENGINES_AFTER_MS = 700
"""The repair engines are loaded so long after the window was shown, or a recording was opened,
when it has been painted."""


class MainWindow(QMainWindow):
    """Everything the user sees of one recording, in a tab of the window.

    `closed` tells that it has gone, with all that belonged to it.

    Attributes
    ----------
    menus
        The menus of this recording; they stand in the window's place for menus while it is shown.
    """

    closed = Signal()

    def __init__(
        self,
        document: Document,
        runner: JobRunner,
        player: Player,
        settings: SettingsStore,
        tabs: Tabs,
        *,
        questions: Questions | None = None,
        journals: Path | None = None,
    ) -> None:
        super().__init__()
        settings = settings.share(self)
        self.document = document
        self.runner = runner
        self.player = player
        self.settings = settings
        self.tabs = tabs
        self.menus = QMenuBar()
        self.ends_by_signal = False
        self._may_close = False
        self._engines_timer = QTimer(self)
        self._engines_timer.setSingleShot(True)
        self._engines_timer.setInterval(ENGINES_AFTER_MS)
        self._engines_timer.timeout.connect(document.repairs.load_engines)
        self.editor = EditorView(document.selection)
        self.playback = Playback(
            document, player, settings, lambda: self.editor.cursor_frame() or 0
        )
        self.display = DisplayPanel(self.editor, settings)
        self.comparison = Comparison(document, self.playback)
        self.welcome = WelcomePanel()
        self.message = MessageBar()
        self.review = Review(document)
        self.previews = Previews(document, self.review, self.playback)
        self.choice = RepairChoice(self)
        questions = questions or Questions()
        self.files = FileCommands(document, settings, questions, tabs, parent=self)
        self.recovery = Recovery(document, runner, self.files, questions, journals, parent=self)
        self.recovery.connect_panel(self.welcome.recovery)
        self._keeper = None if journals is None else JournalKeeper(document, journals)
        self.action_set = ActionSet(self, self._parts())
        self.regions = RegionPanel(document, self.action_set.pick(REGION_BUTTONS))
        self.history = HistoryPanel(document.work)
        self.compare = ComparePanel(
            document,
            self.comparison,
            compare=self.action_set["compare"],
            take=self.action_set["candidate.take"],
            apply=self.action_set["candidate.apply"],
        )
        self.detections = ReviewPanel(
            self.review,
            self.previews,
            document,
            detect=self.action_set["detect"],
            steps=self.action_set.pick(REVIEW_STEPS),
            versions=self.action_set.pick(REVIEW_VERSIONS),
            play=self.action_set["find.play"],
            endings=self.action_set.pick(REVIEW_BUTTONS),
        )
        self.transport = TransportBar(
            document,
            settings,
            transport=self.action_set.pick(TRANSPORT),
            versions=self.action_set.pick(VERSIONS),
            listening=self.action_set.pick(LISTENING),
        )
        self.tools = ToolBar(self.action_set, self.choice)
        self.tool_options = ToolOptionsBar(self.action_set, settings, document.work, self.editor)
        self.status = StatusBar(runner)
        self._layout = WindowLayout(self, self._contents())
        self._connect()
        self._show_document()

    @property
    def panes(self) -> tuple[QWidget, ...]:
        """What F6 goes through."""
        return (
            self.editor,
            self.regions.table,
            self.detections.table,
            self.compare.list,
            self.history.list,
            self.transport.first_field,
        )

    def tell(self, notice: Notice) -> None:
        """Show a sentence."""
        self.message.tell(notice)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open here, and nothing is being opened."""
        return self.document.work.clip is None and self.document.jobs.held is None

    def close_for_good(self) -> None:
        """Close without a question."""
        self._may_close = True
        self.close()

    def end_by_signal(self) -> None:
        """Close without a question, since nobody may be there to answer."""
        self.ends_by_signal = True
        self.close_for_good()

    def load_engines_soon(self) -> None:
        """Load the repair engines in the background, once what is shown now has been painted."""
        self._engines_timer.start()

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front."""
        self._layout.show_panel(name)
        self.refresh_actions()

    def toggle_side(self) -> None:
        """Put the panels away, or bring them back."""
        self._layout.show_side(not self._layout.is_side_shown)
        self.refresh_actions()

    def refresh_actions(self) -> None:
        """Enable and check what the present state asks for."""
        self.action_set.refresh()

    # parts

    def _parts(self) -> Parts:
        return Parts(
            window=self,
            tabs=self.tabs,
            document=self.document,
            runner=self.runner,
            settings=self.settings,
            editor=self.editor,
            playback=self.playback,
            choice=self.choice,
            comparison=self.comparison,
            review=self.review,
            previews=self.previews,
            files=self.files,
            recovery=self.recovery,
            show_panel=self.show_panel,
            toggle_side=self.toggle_side,
            is_side_shown=lambda: self._layout.is_side_shown,
            panes=lambda: self.panes,
            show_shortcuts=lambda: show_shortcuts(self.action_set.keys, self.settings, self),
            change_shortcuts=lambda: change_shortcuts(self.settings, self),
        )

    def _contents(self) -> Contents:
        return Contents(
            actions=self.action_set,
            menus=self.menus,
            settings=self.settings,
            tools=self.tools,
            tool_options=self.tool_options,
            welcome=self.welcome,
            editor=self.editor,
            strip=self.compare,
            message=self.message,
            transport=self.transport,
            status=self.status,
            panels={
                "regions": (tr("Regions"), self.regions),
                "review": (tr("Finds"), self.detections),
                "history": (tr("History"), self.history),
                "display": (tr("Display"), self.display),
            },
        )

    # connections

    def _connect(self) -> None:
        document, editor = self.document, self.editor
        document.work.opened.connect(self._on_opened)
        document.files.describe_view = self._describe_view
        document.repairs.adapts = lambda: self.choice.adapts
        document.repairs.model = lambda: chosen_model(self.settings)
        editor.wandPointed.connect(self._on_wand)
        document.files.hashed.connect(self.status.show_hash)
        document.work.state_changed.connect(self._show_title)
        editor.displayWanted.connect(lambda: self.show_panel("display"))
        editor.pointerMoved.connect(self.status.show_pointer)
        editor.overviewRead.connect(self.status.show_read)
        connect_notices(self.message, document, editor, report=self.action_set["report"])
        ShownMarks(
            document,
            self.review,
            self.previews,
            self.settings,
            editor=editor,
            show_panel=self.show_panel,
        )
        ShownVersion(document, self.playback, self.comparison, self.previews, editor=editor)
        PlayedSound(
            self.player,
            document,
            self.settings,
            editor=editor,
            transport=self.transport,
            status=self.status,
            play=self.action_set["play"],
        )
        self.transport.committed.connect(editor.setFocus)
        self._connect_opening()
        self._connect_refreshing()
        self.settings.changed.connect(self._on_settings)
        self._on_settings(self.settings.values)

    def _connect_refreshing(self) -> None:
        """Ask of every action whether it is possible when something changes that it depends on."""
        document, editor = self.document, self.editor
        for changed in (
            self.choice.changed,
            document.work.regions_changed,
            document.work.history_changed,
            document.selection.changed,
            document.selection.history.changed,
            self.runner.current_changed,
            self.review.changed,
            self.review.grew,
            self.review.decided,
            self.review.current_changed,
            self.recovery.changed,
            editor.displayChanged,
            editor.viewHistoryChanged,
            editor.channelChanged,
            editor.foldsChanged,
            editor.toolChanged,
            self.playback.changed,
            self.playback.shown_changed,
            self.comparison.changed,
            self.comparison.chosen_changed,
        ):
            changed.connect(self.refresh_actions)

    def _connect_opening(self) -> None:
        self.welcome.open_wanted.connect(self.files.ask_open)
        self.welcome.demo_wanted.connect(self.files.open_demo)
        self.welcome.file_wanted.connect(self.files.open)
        drop = FileDrop(self)
        drop.held.connect(lambda over: self.welcome.show_drag(over=over))
        drop.dropped.connect(self.files.open_dropped)

    def _on_opened(self) -> None:
        self.message.hide()
        self.choice.choose_adapting(False)
        self.editor.set_clip(self.document.work.clip)
        self.editor.restore_view(self.document.files.opened_view)
        self.load_engines_soon()
        self.transport.show_frame(0)
        self._show_document()
        self.editor.setFocus()
        self.recovery.tell()

    def _describe_view(self) -> dict[str, Any]:
        return {**self.editor.view_data(), "review": self.review.view_data}

    def _on_wand(self, request: WandRequest) -> None:
        self.document.searches.point_wand(request, tool_options(self.settings.values))

    def _on_settings(self, values: Settings) -> None:
        self.player.choose_device(values.device, values.latency)
        self.editor.show_regions(values.show_regions)
        self.editor.set_options(tool_options(values))
        self.editor.set_time_format(values.time_format)
        self.status.set_time_format(values.time_format)
        self.document.files.use_archive_mode(values.archive_mode)
        self.action_set.use_keys()
        self.welcome.show_recent(values.recent_files)
        self._layout.show_recent(values.recent_files, self.files.open)
        self.refresh_actions()

    def _show_document(self) -> None:
        self._layout.show_open(self.document.work.clip is not None)
        self.action_set.name_channels(self.editor.channel_names)
        self.status.show_info(self.document.work.info)
        self._show_title()
        self.refresh_actions()

    def _show_title(self) -> None:
        name = self.document.work.name
        self.setWindowTitle(f"{name}[*] – UASRM" if name else "UASRM")
        self.setWindowModified(self.document.work.unsaved is not None)

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._layout.fit_width()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close:
            self._may_close = self.files.is_safe
            if not self._may_close:
                self.files.when_safe(self._close_soon)
                if not self._may_close:
                    event.ignore()
                    return
        self.display.keep()
        self._layout.remember(self.settings)
        self.player.close()
        self.runner.close()
        if self._keeper is not None:
            if self.ends_by_signal:
                self._keeper.leave()
            else:
                self._keeper.finish()
        self.document.files.release()
        self.previews.shutdown()
        self.editor.shutdown()
        event.accept()
        self.closed.emit()

    def _close_soon(self) -> None:
        self._may_close = True
        QTimer.singleShot(0, self.close)
