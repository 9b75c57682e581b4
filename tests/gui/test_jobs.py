import gc
import random
import re
import subprocess
import sys
import threading
import weakref

import pytest
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QLabel, QProgressBar

from uasrm_core.audio.region import Region
from uasrm_core.errors import RepairError
from uasrm_core.progress import Progress
from uasrm_gui.background.engine_loader import EngineLoader
from uasrm_gui.background.executor import Executor
from uasrm_gui.background.jobs import ABANDON_AFTER_MS, JobRunner, JobState
from uasrm_gui.notices import UNEXPECTED

# For what must come, however busy the machine is.
PATIENCE_S = 180.0


def ends_of(job):
    """Collect every ending that a job tells."""
    ends = []
    job.succeeded.connect(lambda result: ends.append(("succeeded", result)))
    job.failed.connect(lambda text: ends.append(("failed", text)))
    job.cancelled.connect(lambda: ends.append(("cancelled", None)))
    return ends


def test_a_job_succeeds_once_in_the_windows_thread(runner, qtbot):
    threads = []
    job = runner.submit("Working", lambda progress: threading.current_thread())
    ends = ends_of(job)
    job.succeeded.connect(lambda result: threads.append(threading.current_thread()))
    qtbot.waitUntil(lambda: bool(ends))
    qtbot.wait(30)
    assert len(ends) == 1
    assert ends[0][1] is not threading.main_thread()
    assert threads == [threading.main_thread()]
    assert runner.current is None


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RepairError("The gap is too long."), "The gap is too long."),
        (RuntimeError("shape [3] is invalid"), UNEXPECTED),
        (MemoryError(), "There is not enough memory for this."),
        (SystemExit(3), UNEXPECTED),
    ],
)
def test_whatever_goes_wrong_is_told_in_a_sentence(runner, qtbot, error, sentence):
    def work(progress):
        raise error

    ends = ends_of(runner.submit("Working", work))
    qtbot.waitUntil(lambda: bool(ends))
    assert ends == [("failed", sentence)]
    after = ends_of(runner.submit("After", lambda progress: 5))
    qtbot.waitUntil(lambda: bool(after))
    assert after == [("succeeded", 5)]


def test_progress_arrives_in_order(runner, qtbot, monkeypatch):
    monkeypatch.setattr("uasrm_gui.background.tasks.REPORT_EVERY_S", 0.0)

    def work(progress):
        for step in range(5):
            progress.report(step / 5, f"step {step}")
            assert heard.acquire(timeout=PATIENCE_S)

    seen, heard = [], threading.Semaphore(0)

    def hear(fraction, words):
        seen.append(fraction)
        heard.release()

    job = runner.submit("Working", work)
    job.progressed.connect(hear)
    with qtbot.waitSignal(job.succeeded):
        pass
    # the first tells that the job has begun
    assert seen == [0.0, *(step / 5 for step in range(5))]


def test_progress_never_goes_back_and_each_step_is_told(runner, qtbot):
    def work(progress):
        progress.report(0.6, "first")
        progress.part(0.0, 0.2).report(0.5, "second")
        progress.report(0.9, "third")

    seen = []
    job = runner.submit("Working", work)
    job.progressed.connect(lambda fraction, words: seen.append((fraction, words)))
    with qtbot.waitSignal(job.succeeded):
        pass
    assert seen == [(0.0, ""), (0.6, "first"), (0.6, "second"), (0.9, "third")]


def test_parts_of_a_result_arrive_before_the_whole(runner, qtbot):
    seen, heard = [], threading.Semaphore(0)

    def work(progress):
        for number in range(2):
            progress.part(0.5, 1.0).on_part(number)
            assert heard.acquire(timeout=PATIENCE_S)
        return "whole"

    def hear(part):
        seen.append(part)
        heard.release()

    job = runner.submit("Working", work)
    job.handed_over.connect(hear)
    with qtbot.waitSignal(job.succeeded) as whole:
        pass
    assert (seen, whole.args) == ([0, 1], ["whole"])


def test_the_bar_has_a_measure_once_and_keeps_it(window, runner, qtbot, monkeypatch):
    monkeypatch.setattr("uasrm_gui.panels.status.UNMEASURED_AFTER_MS", 1)
    steps = threading.Semaphore(0)

    def work(progress):
        assert steps.acquire(timeout=PATIENCE_S)
        progress.report(0.5, "half")
        progress.report(0.0, "another step")
        assert steps.acquire(timeout=PATIENCE_S)

    (bar,) = window.status.findChildren(QProgressBar)
    job = runner.submit("Working", work)
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    steps.release()
    qtbot.waitUntil(lambda: window.status.job_text == "another step")
    assert (bar.value(), bar.maximum()) == (500, 1000)
    with qtbot.waitSignal(job.ended):
        steps.release()


def test_a_long_job_says_how_long_the_rest_takes(window, runner, qtbot, monkeypatch):
    monkeypatch.setattr("uasrm_gui.panels.status.FORECAST_AFTER_MS", 0)
    steps = threading.Semaphore(0)

    def work(progress):
        progress.report(0.001, "it begins")
        assert steps.acquire(timeout=PATIENCE_S)
        # the bar stands where the time does, whatever is counted
        progress.report(0.25, "214 of 252")
        assert steps.acquire(timeout=PATIENCE_S)
        progress.report(0.5, long_step)
        assert steps.acquire(timeout=PATIENCE_S)

    long_step = "Preparing the repair: a step of many words"
    job = runner.submit("Working", work)
    qtbot.waitUntil(lambda: window.status.job_text == "it begins")
    steps.release()
    said = re.compile(r"214 of 252 · \d+:\d[05] left")
    qtbot.waitUntil(lambda: said.fullmatch(window.status.job_text) is not None)
    steps.release()
    # what is done comes first where there is no room for both
    shown = [label for label in window.status.findChildren(QLabel) if label.toolTip()]
    qtbot.waitUntil(lambda: long_step in [label.text() for label in shown])
    assert window.status.job_text.startswith(long_step + " · ")
    with qtbot.waitSignal(job.ended):
        steps.release()


def test_a_cancel_is_obeyed(runner, qtbot):
    running, stop = threading.Event(), threading.Event()

    def work(progress):
        running.set()
        while True:
            progress.check()
            stop.wait(0.005)

    job = runner.submit("Working", work)
    ends = ends_of(job)
    qtbot.waitUntil(running.is_set)
    job.cancel()
    job.cancel()
    qtbot.waitUntil(lambda: bool(ends))
    assert ends == [("cancelled", None)]


def test_a_deaf_job_is_left_to_itself_within_a_second(runner, qtbot):
    release, running = threading.Event(), threading.Event()

    def deaf(progress):
        running.set()
        release.wait(PATIENCE_S)
        return "too late"

    job = runner.submit("Deaf", deaf)
    ends = ends_of(job)
    qtbot.waitUntil(running.is_set)
    runner.cancel_all()
    qtbot.waitUntil(lambda: bool(ends))
    assert not release.is_set()
    assert ABANDON_AFTER_MS < 1000
    after = ends_of(runner.submit("Next", lambda progress: "done"))
    release.set()
    qtbot.waitUntil(lambda: bool(after))
    assert (ends, after) == ([("cancelled", None)], [("succeeded", "done")])


def test_jobs_run_one_after_another_and_waiting_ones_cancel_at_once(runner, qtbot):
    release = threading.Event()
    first = runner.submit("First", lambda progress: release.wait(PATIENCE_S))
    second = runner.submit("Second", lambda progress: pytest.fail("must never run"))
    ends = ends_of(second)
    assert runner.current is first
    second.cancel()
    assert ends == [("cancelled", None)]
    assert second.state is JobState.CANCELLED
    with qtbot.waitSignal(first.succeeded):
        release.set()


def test_a_repair_waits_for_the_engines_and_can_be_cancelled_meanwhile(runner, qtbot):
    release = threading.Event()
    engines = EngineLoader(lambda progress: release.wait(PATIENCE_S))

    def work(progress):
        engines.wait(progress)
        return "repaired"

    cancelled, waiting = runner.submit("One", work), runner.submit("Two", work)
    ends = ends_of(cancelled)
    with qtbot.waitSignal(cancelled.progressed):
        pass
    cancelled.cancel()
    qtbot.waitUntil(lambda: bool(ends))
    with qtbot.waitSignal(waiting.succeeded) as signal:
        release.set()
    assert signal.args == ["repaired"]


def test_engines_that_cannot_be_loaded_do_not_stop_a_job(runner, qtbot):
    def fail(progress):
        raise RuntimeError("no such library")

    engines = EngineLoader(fail)
    job = runner.submit("Working", lambda progress: engines.wait(progress))
    with qtbot.waitSignal(job.succeeded):
        pass


def test_window_and_job_may_begin_to_load_at_the_same_moment(monkeypatch):
    loads, others = [], []
    engines = EngineLoader(lambda progress: loads.append(1))
    submit = Executor.submit

    def submit_slowly(self, work, tell=None):
        if not others:
            others.append(threading.Thread(target=engines.start))
            others[0].start()
            # so long as the first has not begun, the second must wait
            others[0].join(0.2)
            assert others[0].is_alive()
        return submit(self, work, tell)

    monkeypatch.setattr(Executor, "submit", submit_slowly)
    engines.wait(Progress())
    others[0].join()
    assert loads == [1]


class Holder(QObject):
    """Lives in the window's thread and is in a cycle, so that only the collector frees it."""

    def __init__(self) -> None:
        super().__init__()
        self.me = self
        self.timer = QTimer(self)
        self.timer.start(1000)


def test_hundreds_of_jobs_end_once_each_and_leave_the_windows_objects_to_its_thread(runner, qtbot):
    rng = random.Random(4)
    ends: list[list[str]] = []
    freed_in: list[threading.Thread] = []

    def submit(number: int) -> None:
        holder = Holder()
        holder.destroyed.connect(
            lambda: freed_in.append(threading.current_thread()), Qt.ConnectionType.DirectConnection
        )

        def work(progress):
            for step in range(3):
                progress.report(step / 3, holder.objectName())
            if number % 3 == 1:
                raise RepairError("The gap is too long.")
            return number

        told: list[str] = []
        job = runner.submit("Working", work)
        job.succeeded.connect(lambda result: told.append("succeeded"))
        job.failed.connect(lambda text: told.append("failed"))
        job.cancelled.connect(lambda: told.append("cancelled"))
        ends.append(told)
        if rng.random() < 0.2:
            job.cancel()
        elif rng.random() < 0.2:
            job.started.connect(job.cancel)

    # what was there before need not be looked through again and again
    gc.freeze()
    for number in range(300):
        submit(number)
        if number % 20 == 0:
            qtbot.wait(1)
            gc.collect()
    qtbot.waitUntil(lambda: runner.current is None)
    qtbot.wait(1)
    gc.collect()
    gc.unfreeze()
    assert {len(told) for told in ends} == {1}
    assert {told[0] for told in ends} == {"succeeded", "failed", "cancelled"}
    assert len(freed_in) == len(ends)
    assert set(freed_in) == {threading.main_thread()}


def test_what_a_job_worked_on_is_let_go_when_it_has_ended(runner, qtbot):
    class Plain:
        pass

    kept = Plain()
    known = weakref.ref(kept)
    job = runner.submit("Working", lambda progress, kept=kept: None)
    del kept
    with qtbot.waitSignal(job.succeeded):
        pass
    del job
    qtbot.waitUntil(lambda: known() is None)


def test_a_job_may_be_the_last_to_hold_its_runner(qtbot):
    """As a child of its runner it was deleted twice, which ended the program now and then."""
    for _ in range(20):
        runner = JobRunner()
        told: list[int] = []
        job = runner.submit("Working", lambda progress: None)
        job.ended.connect(lambda runner=runner, told=told: told.append(runner.waiting))
        job.cancel()
        runner.close()
        assert told == [0]
        del runner, job
        qtbot.wait(1)


def test_closing_ends_every_job(qtbot):
    release, running = threading.Event(), threading.Event()

    def deaf(progress):
        running.set()
        release.wait(PATIENCE_S)

    runner = JobRunner()
    jobs = [runner.submit("Deaf", deaf) for _ in range(3)]
    ends = [ends_of(job) for job in jobs]
    assert running.wait(PATIENCE_S)
    runner.close(timeout_s=0.05)
    assert ends == [[("cancelled", None)]] * 3
    assert runner.current is None
    # what hears no cancel is known to go on, so that the program can end all the same
    assert not runner.has_ended
    release.set()
    qtbot.waitUntil(lambda: runner.has_ended)


def test_the_threads_know_nothing_of_qt():
    modules = "uasrm_gui.background.executor, uasrm_gui.background.tasks"
    probe = f"import sys, {modules}; print('PySide6' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_a_repair_without_the_network_does_not_wait_for_it(
    make_window, fake_api, qtbot, music_like, wav_file
):
    release = threading.Event()
    fake_api.load_engines = lambda progress: release.wait(PATIENCE_S)
    window = make_window(fake_api)
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(wav_file(music_like(1.0)))
    window.document.repairs.load_engines()
    with qtbot.waitSignal(window.document.repairs.done):
        window.document.repairs.repair([Region(4410, 4420)], "ar")
    release.set()


@pytest.mark.parametrize("writes", [False, True])
def test_a_job_that_nothing_is_heard_of_is_told_of(runner, qtbot, monkeypatch, writes):
    monkeypatch.setattr("uasrm_gui.background.jobs.STALLED_AFTER_MS", 1)
    release = threading.Event()
    job = runner.submit("Hung", lambda progress: release.wait(PATIENCE_S), writes=writes)
    with qtbot.waitSignal(job.stalled) as told:
        pass
    assert told.args == [False]
    assert job.state is JobState.RUNNING
    with qtbot.waitSignal(job.succeeded):
        release.set()


def test_a_write_that_does_not_stop_is_told_of_and_waited_for(runner, qtbot, monkeypatch):
    monkeypatch.setattr("uasrm_gui.background.jobs.WRITE_WITHIN_S", 0.001)
    release, running = threading.Event(), threading.Event()

    def write(progress):
        running.set()
        release.wait(PATIENCE_S)

    job = runner.submit("Writing", write, writes=True)
    qtbot.waitUntil(running.is_set)
    with qtbot.waitSignal(job.stalled) as told:
        job.cancel()
    assert told.args == [True]
    with qtbot.waitSignal(job.succeeded):
        release.set()
