"""Many workers make the same bytes as one, whoever of them dies."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pytest
import soundfile

from uasrm_core.batch import cluster as cluster_module
from uasrm_core.batch import sections
from uasrm_core.batch.cluster import connect, run_on_cluster, silence_dask
from uasrm_core.batch.inputs import gather
from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.planning import Task, plan_tasks
from uasrm_core.batch.rows import Row
from uasrm_core.batch.run import run_here
from uasrm_core.errors import ClusterError
from uasrm_core.progress import Progress

RATE = 8000
JOB = BatchJob(kinds=("clicks",), engine="ar", report=False, log=False)
FILES = 6

# Dask leaves its connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


class Quiet:
    """Somebody who watches nothing."""

    def progress_of(self, task: Task) -> Progress:
        return Progress()

    def check(self) -> None:
        pass


@pytest.fixture
def tapes(tmp_path: Path, tone: Callable[..., npt.NDArray[Any]]) -> Path:
    """Return a folder of recordings, one of which is long enough for three sections."""
    folder = tmp_path / "tapes"
    folder.mkdir()
    for number in range(FILES):
        seconds = 2 * sections.SECTION_S + 10 if number == 0 else 3.0
        samples = tone(300.0 + 50 * number, seconds, rate=RATE)
        for start in range(RATE, samples.shape[1] - RATE, 100 * RATE if number == 0 else RATE):
            samples[:, start : start + 10] += 0.4
        soundfile.write(folder / f"{number}.wav", samples.T, RATE, subtype="PCM_16")
    return folder


def planned(tapes: Path, out: Path) -> tuple[Task, ...]:
    out.mkdir()
    tasks, refused = plan_tasks(gather([tapes], out), JOB, out)
    assert not refused
    return tasks


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


@pytest.fixture
def straight(tapes: Path, tmp_path: Path) -> dict[str, bytes]:
    """Return what one process makes of the recordings."""
    tasks = planned(tapes, tmp_path / "straight")
    rows = [row for _, row in run_here(tasks, JOB, "job", Quiet(), force=False)]
    assert [row.status for row in rows] == ["repaired"] * FILES
    assert rows[0].found > 6
    return contents(tmp_path / "straight")


def killing_one(client: Any, results: Iterator[tuple[Task, Row]]) -> Iterator[Row]:
    """Kill a worker as soon as the first recording is done."""
    for number, (_, row) in enumerate(results):
        if number == 0:
            os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        yield row


def test_two_workers_of_whom_one_dies_make_the_same_bytes(
    tapes: Path, tmp_path: Path, straight: dict[str, bytes]
) -> None:
    tasks = planned(tapes, tmp_path / "out")
    with connect(workers=2) as client:
        results = run_on_cluster(client, tasks, JOB, "job", Quiet(), force=False)
        rows = list(killing_one(client, results))
        again = [r for _, r in run_on_cluster(client, tasks, JOB, "job", Quiet(), force=False)]
    assert [row.status for row in rows] == ["repaired"] * FILES
    assert contents(tmp_path / "out") == straight
    assert all(row.is_earlier for row in again)


def test_a_scheduler_that_goes_away_is_told(
    tapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(cluster_module, "_CONNECT_S", 3)
    tasks = planned(tapes, tmp_path / "out")
    # what goes away is the scheduler; its worker may be a thread
    cluster = LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        protocol="tcp://",
        dashboard_address=None,
    )
    with connect(scheduler=cluster.scheduler_address) as client:
        results = run_on_cluster(client, tasks, JOB, "job", Quiet(), force=False)
        _, first = next(results)
        cluster.close()
        with pytest.raises(ClusterError, match=r"The scheduler went away; what is finished is"):
            list(results)
    assert first.status == "repaired"
    assert len(contents(tmp_path / "out")) >= 1


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "_CONNECT_S", 0.2)
    with (
        pytest.raises(ClusterError, match=r"The scheduler “tcp://127.0.0.1:9” does not answer\."),
        connect(scheduler="tcp://127.0.0.1:9"),
    ):
        pass


def test_sections_follow_from_the_regions_alone() -> None:
    from uasrm_core.audio.region import Region

    rate = 100
    step = round(sections.SECTION_S * rate)
    regions = [Region(n, n + 10) for n in range(0, 4 * step, 977)]
    # one that reaches over a border keeps its neighbours
    regions.append(Region(step - 500, step + 500))
    divided = sections.divide(regions, rate)
    assert divided == sections.divide(regions[::-1], rate)
    assert sorted(r.start_frame for part in divided for r in part) == sorted(
        r.start_frame for r in regions
    )
    assert 3 <= len(divided) <= 5
    for one, other in pairwise(divided):
        reached = max(region.end_frame for region in one)
        assert min(region.start_frame for region in other) >= reached + sections.APART_S * rate
    assert sections.divide([], rate) == ()


def test_dask_says_nothing_itself() -> None:
    logger = logging.getLogger("distributed.client")
    logger.setLevel(logging.WARNING)
    silence_dask()
    assert not logger.isEnabledFor(logging.ERROR)


def test_a_port_that_another_cluster_has_is_no_matter() -> None:
    # a warning of Dask's would fail this test
    with socket.socket() as other:
        with suppress(OSError):  # somebody has it anyway
            other.bind(("127.0.0.1", 8787))
            other.listen()
        with connect(workers=1) as client:
            assert client.status == "running"
