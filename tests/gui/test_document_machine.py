"""The document and its jobs, driven in any order with jobs that end at any time.

The document and the runner are the real ones. Each call of the core stops until the machine lets it
end, with a result or an error. What must hold is compared with a model of the files on disk.
"""

from __future__ import annotations

import gc
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QCoreApplication

from tests.gui.fake_core import LABELLED, NAMES, Core
from uasrm_core.audio.region import Region
from uasrm_core.edit.review import Decision
from uasrm_core.errors import Cancelled, ExportError, RepairError
from uasrm_core.inpainting.job import RepairJob
from uasrm_gui.background import jobs as jobs_module
from uasrm_gui.background.jobs import ENDED, JobRunner
from uasrm_gui.state.document import Document

EXAMPLES = 80
SESSIONS = ("one.uasrm", "two.uasrm")
ERRORS = (RepairError("The gap is too long."), RuntimeError("CUDA"), MemoryError())

places = st.integers(0, 5).map(lambda n: Region(500 * n, 500 * n + 60))

JOBS = {
    "repair": lambda document, region: document.repairs.repair([region], "ar"),
    "compare": lambda document, region: document.repairs.propose(
        RepairJob(document.work.clip, (region,), compare=True)
    ),
    "detect": lambda document, region: document.repairs.detect(("clicks",)),
    "find similar": lambda document, region: document.searches.find_similar(region),
}
EDITS = {
    "add": lambda document, region: document.work.add_region(region),
    "remove": lambda document, region: document.work.remove_regions(
        range(len(document.work.regions))[:1]
    ),
    "approve": lambda document, region: document.work.accept(range(len(document.work.regions))),
    "accept": lambda document, region: document.work.decide([Decision(region, "accepted", 0.9)]),
    "reject": lambda document, region: document.work.decide([Decision(region, "rejected", 0.9)]),
    "undo": lambda document, region: document.work.undo(),
    "redo": lambda document, region: document.work.redo(),
}


class Told:
    """What a job has told, and which document it was for."""

    def __init__(self, machine, job, instance):
        self.job, self.ends = job, []
        self.state = None

        def succeeded(result):
            self.ends.append("succeeded")
            if instance is not None and instance != machine.instance:
                machine.faults.append(f"{job.title} was delivered to another document")

        job.succeeded.connect(succeeded)
        for name in ("failed", "cancelled", "dropped"):
            getattr(job, name).connect(lambda *rest, name=name: self.ends.append(name))
        job.ended.connect(self._note_end)

    def _note_end(self):
        self.ends.append("ended")
        self.state = self.job.state
        self.job = None


class DocumentMachine(RuleBasedStateMachine):
    """Opens, repairs, saves, undoes, decides and cancels in any order, and closes at any time."""

    @initialize()
    def begin(self):
        self.core = Core()
        self.runner = JobRunner()
        self.document = Document(self.runner, api=self.core)
        self.instance = 0
        self.own_paths = set()
        self.saved = self.exported = None
        self.labels = set()
        self.told, self.faults, self.notices = [], [], []
        self.document.work.opened.connect(self._on_opened)
        self.document.noticed.connect(lambda notice: self.notices.append(notice.text))
        self.open_file("a.wav", None)
        self.finish(0)

    # helpers

    def _on_opened(self):
        self.instance += 1
        document = self.document
        self.own_paths = {document.work.session_path} - {None}
        self.saved = document.work.history
        self.exported, self.labels = None, set()

    def _watch(self, job, done=None):
        if job is None:
            assert self.document.jobs.held in self.notices
            return
        instance = None if job.token is None else self.instance
        if done is not None:
            job.succeeded.connect(lambda result: done())
        self.told.append(Told(self, job, instance))
        self._settle()

    def _settle(self):
        """Wait until the worker has come as far as it can without the machine."""
        self._pump(lambda: self.runner.current is None or self._is_waiting())

    def _is_waiting(self):
        threads = self.runner._executor._pool._threads
        return any(call.thread in threads for call in self.core.calls)

    def _pump(self, until):
        for _ in range(30_000):
            self.core.news.clear()
            QCoreApplication.processEvents()
            if until():
                return
            self.core.news.wait(0.005)
        raise AssertionError("nothing comes to an end")

    def _has_clip(self):
        return self.document.work.clip is not None

    def _may_ask(self):
        """Keep the queue short, so that jobs end as often as they begin."""
        return self._has_clip() and len(self.runner._jobs) < 3

    def _is_held(self):
        return self.document.jobs.held is not None

    # what the user does

    @precondition(_may_ask)
    @rule(name=st.sampled_from(NAMES + SESSIONS), meanwhile=st.sampled_from([None, *JOBS]))
    def open_file(self, name, meanwhile):
        """Open a file, and perhaps ask for something while it is being opened."""
        self._watch(self.document.files.open(Path(name)))
        if meanwhile is not None:
            self.start(meanwhile, Region(500, 560))

    @precondition(_may_ask)
    @rule(kind=st.sampled_from(list(JOBS)), region=places)
    def start(self, kind, region):
        self._watch(JOBS[kind](self.document, region))

    @precondition(_may_ask)
    @rule(name=st.sampled_from(SESSIONS), again=st.booleans())
    def save(self, name, again):
        path = (self.document.work.session_path if again else None) or Path(name)
        history, instance = self.document.work.history, self.instance

        def done():
            if self.instance == instance:
                self.saved = history
                self.own_paths.add(path)

        self._watch(self.document.files.save_session(path), done)

    @precondition(_may_ask)
    @rule()
    def export(self):
        patches, instance = self.document.work.clip.patches, self.instance

        def done():
            if self.instance == instance:
                self.exported = patches

        self._watch(self.document.files.export(Path("out.wav"), None, overwrite=True), done)

    @precondition(_may_ask)
    @rule(imports=st.booleans())
    def pass_labels(self, imports):
        path, instance = Path("labels.txt"), self.instance
        regions = {LABELLED} if imports else set(self.document.work.regions)

        def done():
            if self.instance == instance:
                self.labels |= regions

        call = self.document.files.import_labels if imports else self.document.files.export_labels
        self._watch(call(path), done)

    @precondition(_has_clip)
    @rule(kind=st.sampled_from(list(EDITS)), region=places)
    def edit(self, kind, region):
        before = self.document.work.history
        EDITS[kind](self.document, region)
        if self._is_held():
            assert self.document.work.history is before

    # what the worker does

    @precondition(lambda self: self.core.calls)
    @rule(number=st.integers(0, 9))
    def finish(self, number):
        self._end_call(number)

    @precondition(lambda self: self.core.calls)
    @rule()
    def finish_all(self):
        while self.core.calls:
            self._end_call(0)

    @precondition(lambda self: self.core.calls)
    @rule(how=st.sampled_from(["cancel", "abandon", *ERRORS]), number=st.integers(0, 9))
    def spoil(self, how, number):
        if isinstance(how, Exception):
            self._end_call(number, how)
            return
        job = self.runner.current
        if job is None:  # only calls of jobs that were left to themselves are there
            return
        self.runner.cancel_all()
        if how == "abandon" and job.state not in ENDED and not job.writes:
            job.abandon()  # as the timer does
        self._settle()

    def _end_call(self, number, error=None):
        call = self.core.calls[number % len(self.core.calls)]
        if error is not None and call.kind in ("save", "export"):
            error = ExportError("The disk is full.")
        tasks = len(self.runner._tasks)
        call.end(error)
        self._pump(lambda: len(self.runner._tasks) < tasks)
        self._settle()

    # what must hold

    @invariant()
    def no_fault_was_found(self):
        assert self.faults == []

    @invariant()
    def a_repair_lies_in_its_own_recording(self):
        if self.document.work.clip is None:
            return
        source = self.document.work.clip.source
        assert self.document.work.original.source is source
        for edit in self.document.work.history.edits:
            for patch in edit.patches:
                assert (patch.samples == source.number).all()
        assert self.document.work.clip.patches == self.document.work.history.patches

    @invariant()
    def the_session_is_that_of_the_document(self):
        path = self.document.work.session_path
        assert path is None or path in self.own_paths

    @invariant()
    def each_job_ends_once(self):
        for told in self.told:
            if told.job is None:
                assert len(told.ends) == 2
                assert told.ends[0] == told.state.name.lower()
            else:
                assert told.ends == []
                assert told.job.state not in ENDED

    @invariant()
    def what_was_dropped_was_told(self):
        dropped = sum(told.ends[:1] == ["dropped"] for told in self.told)
        told = [text for text in self.notices if "no longer open" in text or "disk" in text]
        assert len(told) >= dropped

    @invariant()
    def unsaved_is_what_would_be_lost(self):
        document = self.document
        if document.work.clip is not None:
            assert (document.work.unsaved is not None) == self._would_lose(), document.work.unsaved

    def _would_lose(self):
        """Compare the work with what the model of the disk holds."""
        history, saved = self.document.work.history, self.saved
        ids = {id(p) for edit in saved.edits for p in edit.patches}
        ids |= {id(p) for p in self.exported or ()}
        undone = {id(p) for edit in history.edits[history.cursor :] for p in edit.patches}
        is_repaired = self.document.work.is_repaired
        marked = {region for region in history.regions if not is_repaired(region)}
        decided = {
            made
            for made in history.decisions.values()
            if made.verdict == "rejected" or not is_repaired(made.found)
        }
        if history.patches and history.patches not in (self.exported, saved.patches):
            return True
        if undone - ids or marked - self.labels - set(saved.regions):
            return True
        if decided - set(saved.decisions.values()) or approved(history) - approved(saved):
            return True
        return self.document.work.session_path is not None and bool(
            (saved.patches and not history.patches)
            or set(saved.regions) - set(history.regions)
            or set(saved.decisions) - set(history.decisions)
            or approved(saved) - approved(history)
        )

    def teardown(self):
        """Close at whatever moment it is."""
        self.runner.close(timeout_s=0)
        for call in list(self.core.calls):
            call.end(Cancelled())
        self._pump(lambda: self.runner.has_ended)
        self.each_job_ends_once()
        QCoreApplication.sendPostedEvents()
        gc.collect(1)


def approved(history):
    return {spot for edit in history.in_effect for spot in edit.accepted}


def test_jobs_that_end_at_any_time_never_mix_documents(qapp, monkeypatch):
    # patience is a rule of the machine, not a matter of the clock
    monkeypatch.setattr(jobs_module, "ABANDON_AFTER_MS", 10**8)
    run_state_machine_as_test(
        DocumentMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
