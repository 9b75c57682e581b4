"""What the actions do, one small function each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

from uasrm_core.audio.region import Region
from uasrm_core.edit.session import SUFFIX as SESSION_SUFFIX
from uasrm_core.errors import RegionError
from uasrm_core.resources import resource
from uasrm_core.translation import mark, tr
from uasrm_core.version import program_version
from uasrm_gui.dialogs.export import ExportDialog
from uasrm_gui.dialogs.keys import KeysDialog
from uasrm_gui.dialogs.preferences import PreferencesDialog
from uasrm_gui.dialogs.questions import Answer, Patience
from uasrm_gui.dialogs.shortcuts import ShortcutsDialog
from uasrm_gui.dialogs.showing import show
from uasrm_gui.folders import folder_beside
from uasrm_gui.jobs import Job
from uasrm_gui.log import log_path
from uasrm_gui.notices import Notice
from uasrm_gui.sound.device import output_names

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow
    from uasrm_gui.opening import Question

NOTHING_TO_REPAIR = mark(
    "Nothing is selected; drag over the damage first, or pick a region in the list."
)
NOTHING_TO_ADD = mark("Nothing is selected; drag over the damage first.")
NOTHING_TO_ACCEPT = mark("Pick a repaired region in the list first.")
NOTHING_PICKED = mark("Pick the regions to remove in the list first.")
ALL_REPAIRED = mark("Every region of the list is repaired already.")
NO_BAND = mark("Nothing limits the frequencies yet; drag a box to hear only its band.")
NOTHING_TO_SKIP = mark("Nothing is selected yet; what you select is left out.")
ONE_TO_COMPARE = mark("Candidates are compared for one region at a time; pick one.")
LABEL_SUFFIX = ".txt"

# files


def ask_open(window: MainWindow) -> None:
    """Ask for a file and open it."""
    path = window.questions.file_to_open(window, window.settings.values.last_folder)
    if path is not None:
        open_file(window, path)


def open_file(
    window: MainWindow, path: Path, labels: Path | None = None, *, remember: bool = True
) -> None:
    """Open a recording or a session, once the work at hand is safe."""

    def go_on() -> None:
        window.player.stop()
        job = window.document.open(path.absolute(), labels=labels)
        if remember:
            job.succeeded.connect(lambda result: window.settings.remember_file(path.absolute()))
        job.failed.connect(lambda text: window.settings.forget_file(path.absolute()))

    when_safe(window, go_on)


def answer(window: MainWindow, question: Question) -> None:
    """Ask what has to be known before something can be opened, and open it."""
    request = question.request
    if question.wanted == "copy":
        if window.questions.wants_copy(window, question.sentence):
            window.document.open_as(replace(request, is_copy=True))
        return
    folder = str(request.path.parent)
    if request.is_journal:
        folder = window.settings.values.last_folder
    source = window.questions.source_to_locate(window, question.sentence, folder)
    if source is not None:
        window.document.open_as(replace(request, source=source.absolute()))


def open_demo(window: MainWindow) -> None:
    """Open the bundled recording with its labels."""
    damaged = resource("samples", "hungarian_dance_damaged.wav")
    labels = resource("samples", "hungarian_dance_damaged.txt")
    open_file(window, damaged, labels, remember=False)


def open_dropped(window: MainWindow, path: Path) -> None:
    """Open a file that was dropped on the window; labels are added to what is open."""
    if path.suffix.lower() == LABEL_SUFFIX and window.document.clip is not None:
        window.document.import_labels(path)
    else:
        open_file(window, path)


def save(window: MainWindow) -> Job | None:
    """Save the session where it was saved before, or ask where."""
    path = window.document.session_path
    return save_as(window) if path is None else window.document.save_session(path)


def save_as(window: MainWindow) -> Job | None:
    """Ask where to save the session; None if the user thought better of it."""
    source = window.document.session_path or window.document.path
    name = "work" if source is None else source.stem
    proposal = folder_beside(source) / f"{name}{SESSION_SUFFIX}"
    jobs: list[Job | None] = []
    save_session = window.document.jobs.bind(
        lambda path: jobs.append(window.document.save_session(path))
    )
    path = window.questions.session_to_save(window, proposal)
    if path is not None:
        save_session(path)
    return jobs[0] if jobs else None


def is_safe(window: MainWindow) -> bool:
    """Tell whether nothing is being done for the open recording, and nothing would be lost."""
    return not window.document.jobs.running and window.document.unsaved is None


def when_safe(window: MainWindow, go_on: Callable[[], object]) -> None:
    """Call `go_on` at once if nothing would be lost, else as the user decides."""
    if window.document.jobs.running:
        _finish_jobs(window, go_on)
    elif window.document.unsaved is not None:
        _save_work(window, go_on)
    else:
        go_on()


def _finish_jobs(window: MainWindow, go_on: Callable[[], object]) -> None:
    """Ask what to do about the jobs that run."""
    jobs = window.document.jobs
    answer = window.questions.unfinished(window, jobs.running[0].title)
    if answer is Patience.CANCEL:
        return
    # some may have ended while the user thought about it
    running = jobs.running
    if answer is Patience.STOP:
        for job in reversed(running):
            job.cancel()
    elif running:
        running[-1].ended.connect(lambda: when_safe(window, go_on))
        return
    if window.document.unsaved is not None:
        _save_work(window, go_on)
    else:
        go_on()


def _save_work(window: MainWindow, go_on: Callable[[], object]) -> None:
    """Ask what to do with work that is not safe."""
    document = window.document
    answer = window.questions.unsaved(window, document.name, document.unsaved or "")
    if answer is Answer.DISCARD:
        go_on()
    elif answer is Answer.SAVE:
        job = save(window)
        if job is not None:
            text = tr("The recording is being saved and closed; nothing can be changed meanwhile.")
            document.jobs.hold_during(job, text)
            job.succeeded.connect(lambda result: when_safe(window, go_on))


def export(window: MainWindow) -> None:
    """Ask where and as what, and export."""
    info = window.document.info
    if info is None:
        return
    document = window.document
    dialog = ExportDialog(
        info,
        window,
        metadata_lost=lambda chosen: document.metadata_lost.get(chosen, ()),
        find_problem=lambda choice: document.find_export_problem(
            choice.target,
            choice.export_format,
            overwrite=choice.overwrite,
            coding_history=choice.coding_history,
        ),
    )
    start = window.document.jobs.bind(lambda: _export(window, dialog))
    dialog.accepted.connect(lambda: start())
    show(dialog)


def _export(window: MainWindow, dialog: ExportDialog) -> None:
    choice = dialog.choice
    window.document.export(
        choice.target,
        choice.export_format,
        overwrite=choice.overwrite,
        coding_history=choice.coding_history,
    )


def import_labels(window: MainWindow) -> None:
    """Ask for a label file and add its regions."""
    read = window.document.jobs.bind(window.document.import_labels)
    path = window.questions.labels_to_read(window, window.settings.values.last_folder)
    if path is not None:
        read(path)


def export_labels(window: MainWindow) -> None:
    """Ask where and write the regions as labels."""
    source = window.document.path
    name = "labels" if source is None else source.stem
    proposal = folder_beside(source) / f"{name}{LABEL_SUFFIX}"
    write = window.document.jobs.bind(window.document.export_labels)
    path = window.questions.labels_to_write(window, proposal)
    if path is not None:
        write(path)


def export_log(window: MainWindow) -> None:
    """Ask where and write what was done."""
    source = window.document.path
    name = "recording" if source is None else source.stem
    write = window.document.jobs.bind(window.document.export_log)
    path = window.questions.log_to_write(window, folder_beside(source) / f"{name}-log.txt")
    if path is not None:
        write(path)


# regions and selection


def add_region(window: MainWindow) -> None:
    """Put the selection into the list."""
    selection = window.document.selection
    if selection is None:
        _warn(window, tr(NOTHING_TO_ADD))
        return
    try:
        window.document.add_region(selection)
    except RegionError as error:
        _warn(window, str(error))


def remove_regions(window: MainWindow) -> None:
    """Take the picked regions off the list."""
    if window.document.rows:
        window.document.remove_regions(window.document.rows)
    else:
        _warn(window, tr(NOTHING_PICKED))


def accept_repairs(window: MainWindow) -> None:
    """Note that the repairs of the picked regions are good."""
    if not window.document.accept(window.document.rows):
        _warn(window, tr(NOTHING_TO_ACCEPT))


def select_all(window: MainWindow) -> None:
    """Select the whole recording."""
    info = window.document.info
    if info is not None:
        window.document.select(Region(0, info.frames))


def select_none(window: MainWindow) -> None:
    """Select nothing, in the picture and in the list."""
    window.document.pick_rows(())
    window.document.select(None)


def step_region(window: MainWindow, step: int) -> None:
    """Pick the next or the previous region in time, starting over at the end."""
    document = window.document
    rows = sorted(range(len(document.regions)), key=lambda row: document.regions[row].start_frame)
    if not rows:
        return
    if document.rows:
        here = rows.index(document.rows[0 if step < 0 else -1])
        document.pick_rows([rows[(here + step) % len(rows)]])
        return
    starts = [document.regions[row].start_frame for row in rows]
    later = [row for row, start in zip(rows, starts, strict=True) if start > window.cursor_frame]
    earlier = [row for row, start in zip(rows, starts, strict=True) if start < window.cursor_frame]
    document.pick_rows([(later or rows)[0] if step > 0 else (earlier or rows)[-1]])


# repair


def repair(window: MainWindow) -> None:
    """Repair what is picked in the list, else the selection, by the chosen method."""
    _repair(window, window.engine, window.strength)


def repair_again(window: MainWindow) -> None:
    """Repair the selection by the method of the last repair."""
    _repair(window, window.document.last_engine, window.document.last_strength)


def repair_all(window: MainWindow) -> None:
    """Repair every open region of the list."""
    document = window.document
    waiting = document.open_regions
    if waiting:
        document.repair(waiting, window.engine, strength=window.strength)
    else:
        window.tell(Notice(tr(ALL_REPAIRED)))


def compare(window: MainWindow) -> None:
    """Let every method repair the picked region, or the selection, to choose one by ear."""
    wanted = window.document.wanted
    if len(wanted) == 1:
        window.show_compare()
        window.comparison.begin(window.review.named(wanted[0]))
    else:
        _warn(window, tr(ONE_TO_COMPARE) if wanted else tr(NOTHING_TO_REPAIR))


def _repair(window: MainWindow, engine: str, strength: float) -> None:
    # how a find is repaired depends on its kind
    regions = [window.review.named(region) for region in window.document.wanted]
    if regions:
        window.document.repair(regions, engine, strength=strength)
    else:
        _warn(window, tr(NOTHING_TO_REPAIR))


# listening


def toggle_isolation(window: MainWindow) -> None:
    """Hear only the selection's band, or all again."""
    window.listening.toggle_isolation()
    selection = window.document.selection
    if window.listening.isolates and (selection is None or not selection.is_partial):
        window.tell(Notice(tr(NO_BAND)))


def toggle_skip(window: MainWindow) -> None:
    """Leave the selection out, or no longer."""
    window.listening.toggle_skip()
    if window.listening.skips and window.document.selection is None:
        window.tell(Notice(tr(NOTHING_TO_SKIP)))


def toggle_setting(window: MainWindow, name: str) -> None:
    """Switch one of the settings that are on or off."""
    window.settings.change(**{name: not getattr(window.settings.values, name)})


def go_to_start(window: MainWindow) -> None:
    """Put the cursor at the beginning, and play on from there if sound is on."""
    window.set_cursor(0)
    window.document.select(None)
    if window.player.is_playing:
        window.listening.play()


# window


def focus_next(window: MainWindow) -> None:
    """Move the keyboard to the next pane."""
    panes = [pane for pane in window.panes if pane.isVisible() and pane.isEnabled()]
    if not panes:
        return
    here = [n for n, pane in enumerate(panes) if pane.hasFocus() or _holds_focus(pane)]
    panes[(here[0] + 1) % len(panes) if here else 0].setFocus()


def _holds_focus(pane: object) -> bool:
    focus = getattr(pane, "focusWidget", lambda: None)()
    return focus is not None and bool(focus.hasFocus())


def preferences(window: MainWindow) -> None:
    """Show the preferences."""
    show(PreferencesDialog(window.settings, output_names(), window))


def shortcuts(window: MainWindow) -> None:
    """Show all keys."""
    dialog = ShortcutsDialog(window.shortcut_groups(), window)
    dialog.change_wanted.connect(lambda: change_keys(window))
    show(dialog)


def change_keys(window: MainWindow) -> None:
    """Let the user give commands other keys."""
    show(KeysDialog(window.settings, window.command_rows(), window))


def open_log_folder(window: MainWindow) -> None:
    """Show the folder of the log file in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_path().parent)))


def about(window: MainWindow) -> None:
    """Say what this program is."""
    QMessageBox.about(
        window,
        tr("About UASRM"),
        tr(
            "<b>UASRM {version}</b><p>Repairs damaged recordings and leaves every other sample as "
            "it is.</p><p>MIT licence</p>",
            version=program_version(),
        ),
    )


def _warn(window: MainWindow, text: str) -> None:
    window.tell(Notice(text, "warning"))
