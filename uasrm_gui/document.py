"""The recording being worked on: the one owner of its clip, regions, selection and history.

Everything that changes the work goes through here and is told by a small signal that says what
changed, so that a view refreshes that and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from uasrm_core import api as core_api
from uasrm_core.audio.clip import AudioClip, SourceInfo
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory, FrameRange, changed_ranges, place
from uasrm_core.edit.session import Session
from uasrm_core.errors import RegionError
from uasrm_core.progress import Progress
from uasrm_core.repair.job import RepairJob, RepairResult
from uasrm_gui.engine_loader import EngineLoader
from uasrm_gui.jobs import Job, JobRunner
from uasrm_gui.notices import Notice
from uasrm_gui.opening import Opened, read_work
from uasrm_gui.outcomes import notice_of, problems_of, repair_step
from uasrm_gui.safekeeping import Safekeeping
from uasrm_gui.widgets.formats import format_span

# Changes this close to one another are told as one, so that hundreds of clicks refresh quickly.
JOIN_S = 1.0


class Document(QObject):
    """A recording, what is marked in it and what was done to it.

    Parameters
    ----------
    runner
        Where everything that takes its time is done.
    api
        The calls of `uasrm_core.api`.
    """

    opened = Signal()
    samples_changed = Signal(object)
    regions_changed = Signal()
    rows_changed = Signal()
    selection_changed = Signal(object)
    history_changed = Signal()
    state_changed = Signal()
    repaired = Signal(object)
    noticed = Signal(object)

    def __init__(
        self, runner: JobRunner, *, api: Any = core_api, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._api = api
        self._runner = runner
        self._engines = EngineLoader(api.load_engines)
        self._clip: AudioClip | None = None
        self._original: AudioClip | None = None
        self._history = EditHistory()
        self._repaired_places: frozenset[Region] = frozenset()
        self._repaired: dict[Region, bool] = {}
        self._selection: Region | None = None
        self._rows: tuple[int, ...] = ()
        self._session_path: Path | None = None
        self._safe = Safekeeping()
        self._last_engine = "auto"

    # what there is

    @property
    def clip(self) -> AudioClip | None:
        """The recording with its repairs, or None before a file is opened."""
        return self._clip

    @property
    def original(self) -> AudioClip | None:
        """The recording as its file holds it."""
        return self._original

    @property
    def info(self) -> SourceInfo | None:
        """What the recording is."""
        return None if self._clip is None else self._clip.info

    @property
    def path(self) -> Path | None:
        """The recording's file."""
        return None if self._clip is None else self._clip.info.path

    @property
    def session_path(self) -> Path | None:
        """Where this work was last saved or opened as a session."""
        return self._session_path

    @property
    def name(self) -> str:
        """The file name to show, empty when nothing is open."""
        path = self._session_path or self.path
        return "" if path is None else path.name

    @property
    def history(self) -> EditHistory:
        """The steps so far."""
        return self._history

    @property
    def regions(self) -> tuple[Region, ...]:
        """What is marked, in the order of the list."""
        return self._history.regions

    @property
    def rows(self) -> tuple[int, ...]:
        """Which regions are picked in the list."""
        return self._rows

    @property
    def wanted(self) -> tuple[Region, ...]:
        """What a repair is meant for: the regions picked in the list, else the selection."""
        if self._picked:
            return self._picked
        return () if self._selection is None else (self._selection,)

    @property
    def selection(self) -> Region | None:
        """What is selected in the picture."""
        return self._selection

    @property
    def unsaved(self) -> str | None:
        """What would be lost if the work were closed now, as a sentence, or None."""
        if self._clip is None:
            return None
        return self._safe.lost(self._history.patches, self.open_regions)

    @property
    def open_regions(self) -> tuple[Region, ...]:
        """The regions that are still to be repaired."""
        return tuple(region for region in self.regions if not self.is_repaired(region))

    @property
    def repaired_ranges(self) -> tuple[FrameRange, ...]:
        """Where the recording differs from its original."""
        return self._ranges_between(EditHistory(), self._history)

    def is_repaired(self, region: Region) -> bool:
        """Whether a step in effect repaired this place, or more with this place in it."""
        known = self._repaired.get(region)
        if known is None:
            places = self._repaired_places
            known = place(region) in places or any(spot.covers(region) for spot in places)
            self._repaired[region] = known
        return known

    # opening and keeping

    def load_engines(self) -> None:
        """Begin to load the repair engines in the background."""
        self._engines.start()

    def open(self, path: Path, *, labels: Path | None = None) -> Job:
        """Open a recording or a session in place of what is open; what is open stays until then."""
        self._runner.cancel_all()
        job = self._submit(
            f"Opening {path.name}", lambda progress: read_work(self._api, path, labels)
        )
        job.succeeded.connect(self._on_opened)
        return job

    def save_session(self, path: Path) -> Job:
        """Save the work to go on with later."""
        assert self._clip is not None
        session = Session(self._clip.info, self._history)

        def work(progress: Progress) -> None:
            self._api.save_session(session, path)

        def done() -> None:
            self._session_path = path
            self._keep(self._safe.with_saved(session.history.patches, session.history.regions))
            self._say(f"Saved {path.name}.")

        job = self._submit(f"Saving {path.name}", work)
        job.succeeded.connect(done)
        return job

    def export(self, target: Path, export_format: ExportFormat | None, *, overwrite: bool) -> Job:
        """Write the repaired recording to a new file; None keeps the original's format."""
        assert self._clip is not None
        clip = self._clip

        def work(progress: Progress) -> ExportReport:
            report: ExportReport = self._api.export_clip(
                clip, target, export_format=export_format, overwrite=overwrite, progress=progress
            )
            return report

        def done(report: ExportReport) -> None:
            self._keep(self._safe.with_exported(clip.patches))
            truth = " It is bit-exact outside the repairs." if report.exact_outside else ""
            self._say(f"Exported {target.name}.{truth}")

        job = self._submit(f"Exporting {target.name}", work)
        job.succeeded.connect(done)
        return job

    # regions and selection

    def select(self, region: Region | None) -> None:
        """Make this the selection; regions picked in the list stay so only if it is theirs."""
        if region == self._selection:
            return
        self._selection = region
        self.selection_changed.emit(region)
        if region is not None and [place(r) for r in self._picked] != [region]:
            self._set_rows(())

    def pick_rows(self, rows: Sequence[int]) -> None:
        """Pick regions in the list; a single one becomes the selection."""
        self._set_rows(tuple(sorted(rows)))
        picked = self._picked
        if len(picked) == 1 and picked[0].frames > 0:
            self.select(place(picked[0]))
        elif picked:
            self.select(None)

    def add_region(self, region: Region) -> None:
        """Put a region into the list, checked."""
        assert self._clip is not None
        region = region.checked(self._clip.info)
        self._set_regions(f"Add region {self._span(region)}", (*self.regions, region))
        self.pick_rows([len(self.regions) - 1])

    def change_region(self, row: int, region: Region) -> None:
        """Give a region other values.

        Raises
        ------
        RegionError
            They make no sense for this recording.
        """
        assert self._clip is not None
        if place(region) != place(self.regions[row]):
            region = region.checked(self._clip.info)
        if region != self.regions[row]:
            regions = (*self.regions[:row], region, *self.regions[row + 1 :])
            self._set_regions(f"Change region {self._span(region)}", regions)
            self.pick_rows([row])

    def remove_regions(self, rows: Iterable[int]) -> None:
        """Take regions off the list; the sound stays as it is."""
        gone = set(rows)
        kept = tuple(region for row, region in enumerate(self.regions) if row not in gone)
        if len(gone) == 1:
            what = f"Remove region {self._span(self.regions[min(gone)])}"
        else:
            what = f"Remove {len(gone)} regions"
        self._set_regions(what, kept)

    def import_labels(self, path: Path) -> Job:
        """Add the regions of a label file to the list."""
        assert self._clip is not None
        rate = self._clip.rate
        job = self._submit(
            f"Reading {path.name}", lambda progress: self._api.read_labels(path, rate)
        )

        def done(regions: tuple[Region, ...]) -> None:
            new = tuple(region for region in regions if region not in self.regions)
            self._safe = self._safe.with_regions(new)
            self._set_regions(f"Import {len(new)} labels", (*self.regions, *new))
            self._say(f"Imported {len(new)} regions from {path.name}.")

        job.succeeded.connect(done)
        return job

    def export_labels(self, path: Path) -> Job:
        """Write the list of regions as a label file."""
        assert self._clip is not None
        regions, rate = self.regions, self._clip.rate
        job = self._submit(
            f"Writing {path.name}", lambda progress: self._api.write_labels(path, regions, rate)
        )

        def done() -> None:
            self._keep(self._safe.with_regions(regions))
            self._say(f"Wrote {len(regions)} regions to {path.name}.")

        job.succeeded.connect(done)
        return job

    # repairs and their history

    @property
    def last_engine(self) -> str:
        """The engine of the last repair that was asked for."""
        return self._last_engine

    def repair(self, regions: Sequence[Region], engine: str) -> Job | None:
        """Repair some places; the first candidate of each is applied when all are done.

        What cannot be repaired is told in a sentence; None if that is all of it.
        """
        assert self._clip is not None
        wanted, problems = [], []
        for region in regions:
            try:
                wanted.append(region.checked(self._clip.info))
            except RegionError as error:
                problems.append(str(error))
        if not wanted:
            self._tell(notice_of(problems, len(regions)))
            return None
        self._last_engine = engine
        repair_job = RepairJob(self._clip, tuple(wanted), engine)

        def work(progress: Progress) -> RepairResult:
            self._engines.wait(progress)
            result: RepairResult = self._api.repair(repair_job, progress)
            return result

        count = len(wanted)
        what = self._span(wanted[0]) if count == 1 else f"{count} regions"
        job = self._submit(f"Repairing {what}", work)
        job.succeeded.connect(lambda result: self._on_repaired(result, problems))
        return job

    def undo(self) -> None:
        """Take back the last step."""
        self._move_to(self._history.undo())

    def redo(self) -> None:
        """Do the step again that was taken back."""
        self._move_to(self._history.redo())

    def go_to(self, cursor: int) -> None:
        """Put exactly the first `cursor` steps into effect."""
        self._move_to(self._history.moved_to(cursor))

    # inside

    @property
    def _picked(self) -> tuple[Region, ...]:
        return tuple(self.regions[row] for row in self._rows)

    def _set_rows(self, rows: tuple[int, ...]) -> None:
        if rows != self._rows:
            self._rows = rows
            self.rows_changed.emit()

    def _submit(self, title: str, work: Any) -> Job:
        job = self._runner.submit(title, work)
        job.failed.connect(lambda text: self.noticed.emit(Notice(text, "error")))
        return job

    def _say(self, text: str) -> None:
        self.noticed.emit(Notice(text))

    def _span(self, region: Region) -> str:
        assert self._clip is not None
        return format_span(region.start_frame, region.end_frame, self._clip.rate)

    def _on_opened(self, result: Opened) -> None:
        self._session_path = result.session_path
        self._set_history(result.history)
        self._original = result.clip
        self._clip = result.clip.with_patches(result.history.patches)
        history = result.history
        self._safe = Safekeeping().with_saved(history.patches, history.regions)
        self._selection, self._rows = None, ()
        self.opened.emit()
        self.regions_changed.emit()
        self.rows_changed.emit()
        self.selection_changed.emit(None)
        self.history_changed.emit()
        self.state_changed.emit()
        if result.clip.info.note is not None:
            self._tell(Notice(result.clip.info.note, "warning"))

    def _on_repaired(self, result: RepairResult, refused: list[str]) -> None:
        assert self._clip is not None
        problems = [*refused, *problems_of(result)]
        edit = repair_step(result, self.regions, self._clip.rate)
        if edit is not None:
            self._move_to(self._history.apply(edit))
            self.repaired.emit(edit)
        self._tell(notice_of(problems, len(refused) + len(result.outcomes)))

    def _tell(self, notice: Notice | None) -> None:
        if notice is not None:
            self.noticed.emit(notice)

    def _set_regions(self, label: str, regions: tuple[Region, ...]) -> None:
        if regions != self.regions:
            self._move_to(self._history.apply(Edit(label, regions=regions)))

    def _set_history(self, history: EditHistory) -> None:
        self._history = history
        self._repaired_places = history.repaired_places()
        self._repaired.clear()

    def _move_to(self, history: EditHistory) -> None:
        """Make this the history and tell what that changes."""
        assert self._clip is not None
        before = self._history
        self._set_history(history)
        ranges = self._ranges_between(before, history)
        if ranges:
            self._clip = self._clip.with_patches(history.patches)
            self.samples_changed.emit(ranges)
        if len(before.regions) > len(history.regions):
            # rows have moved, so what was picked may be something else by now
            self._set_rows(())
        if before.regions != history.regions or ranges:
            self.regions_changed.emit()
        self.history_changed.emit()
        self.state_changed.emit()

    def _ranges_between(self, before: EditHistory, after: EditHistory) -> tuple[FrameRange, ...]:
        if self._clip is None:
            return ()
        return changed_ranges(before, after, join_frames=round(JOIN_S * self._clip.rate))

    def _keep(self, safe: Safekeeping) -> None:
        """Note what is safe on disk now."""
        self._safe = safe
        self.state_changed.emit()
