"""`uasrm batch`: find and repair damage in many recordings, and go on after any interruption."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from uasrm_core.batch.cluster import connect, run_on_cluster
from uasrm_core.batch.inputs import gather
from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.job_file import read_job
from uasrm_core.batch.planning import PAGE_NAME, Task, plan_tasks
from uasrm_core.batch.rows import Row, build_failed_row, row_to_json
from uasrm_core.batch.run import run_here
from uasrm_core.batch.state import FOLDER
from uasrm_core.batch.summary import count_by_status, write_summary
from uasrm_core.batch.work import Opened, open_task
from uasrm_core.cli.arguments import name_template, names_of, share, whole_from
from uasrm_core.cli.console import complain, say
from uasrm_core.cli.display import BatchDisplay, batch_display
from uasrm_core.cli.exporting import add_archive_arguments, add_format_arguments
from uasrm_core.detect.registry import DEFAULT_KINDS, DETECTORS
from uasrm_core.edit.locks import FileLock, HeldError, acquire
from uasrm_core.errors import Cancelled, ClusterError, ExportError, ModelError, UasrmError
from uasrm_core.inpainting.registry import ENGINES
from uasrm_core.progress import Progress
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import make_folder
from uasrm_core.writing.text import json_text

# Arguments that stand in place of what the job says, by its fields.
OVERRIDES = (
    "kinds",
    "sensitivity",
    "regions",
    "engine",
    "model",
    "name",
    "suffix",
    "bits",
    "dither",
    "quality",
    "coding_history",
    "archive",
    "operator",
)

EXAMPLES = """
  uasrm batch tapes/ -o fixed/
  uasrm batch "tapes/**/*.wav" -o fixed/ --job tapes.toml --dry-run
  uasrm batch tapes/ -o fixed/ --regions "{folder}/{name}.txt"
"""
NOTE = mark(
    "Run it again to go on after an interruption: what is finished is not done again. A job "
    "file (TOML) holds all settings; docs/batch.md explains each."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "inputs",
        type=Path,
        nargs="+",
        metavar="IN",
        help=tr(
            "recordings, folders, patterns, or a CSV file with the columns file, start, end, …"
        ),
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help=tr("where results go")
    )
    parser.add_argument("--job", type=Path, metavar="FILE", help=tr("the settings, as TOML"))
    parser.add_argument(
        "--kind",
        dest="kinds",
        type=names_of(tuple(DETECTORS)),
        metavar="NAME,…",
        help=tr(
            "what to look for, from {names} ({usual})",
            names=", ".join(DETECTORS),
            usual=",".join(DEFAULT_KINDS),
        ),
    )
    parser.add_argument(
        "--sensitivity",
        type=share,
        metavar="X",
        help=tr("0 to 1, the higher the more is found (0.5)"),
    )
    parser.add_argument(
        "--regions",
        type=name_template,
        metavar="TEMPLATE",
        help=tr("take the regions from label files, such as “{folder}/{name}.txt”"),
    )
    parser.add_argument("--engine", choices=ENGINES, help=tr("how to repair (auto)"))
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help=tr("in place of the shipped model")
    )
    parser.add_argument(
        "--name",
        type=name_template,
        metavar="TEMPLATE",
        help=tr(
            "names of the results, from {folder}, {name} and {ext}; “{folder}/{name}” by default"
        ),
    )
    parser.add_argument(
        "--suffix",
        metavar="SUFFIX",
        help=tr("the format of the results, such as flac (as the source)"),
    )
    add_format_arguments(parser)
    add_archive_arguments(parser)
    # what is not given leaves the word to the job file
    parser.set_defaults(dither=None, coding_history=None, archive=None, operator=None)
    machines = parser.add_mutually_exclusive_group()
    machines.add_argument(
        "--workers", type=whole_from(1), metavar="N", help=tr("share the work among N processes")
    )
    machines.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help=tr("share the work among the machines of a Dask cluster, such as tcp://10.0.0.1:8786"),
    )
    parser.add_argument(
        "--dry-run", action="store_true", help=tr("say what would be done, and write nothing")
    )
    parser.add_argument(
        "--force", action="store_true", help=tr("replace files that no batch has written")
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help=tr("print lines of JSON: what is to be done, how far each is, what came of it"),
    )


def run(args: argparse.Namespace) -> int:
    """Work through the recordings; 1 if one of them could not be repaired as a whole."""
    job = choose_job(args)
    try:
        job_sha256 = job.fingerprint()
    except OSError as error:
        raise ModelError(
            tr(
                "The model “{model}” cannot be read: {reason}.",
                model=job.model,
                reason=error.strerror,
            )
        ) from error
    sources = gather(args.inputs, args.output)
    tasks, refused = plan_tasks(sources, job, args.output)
    if args.dry_run:
        return _say_plan(tasks, refused, job, job_sha256, force=args.force)
    make_folder(args.output / FOLDER)
    lock = _lock(args.output)
    rows = list(refused)
    if args.json:
        queue = [str(source.path) for source in sources]
        _say_json({"recordings": len(sources), "queue": queue})
    for row in refused:
        _say_row(row, is_json=args.json)
    try:
        with batch_display(tasks, _say_progress if args.json else None) as display:
            for row in _run_tasks(args, tasks, job, job_sha256, display):
                rows.append(row)
                _say_row(row, is_json=args.json)
    except (Cancelled, KeyboardInterrupt) as stop:
        write_summary(args.output, rows)
        raise Cancelled(
            tr(
                "Interrupted after {count} of {all} recordings; run it again to go on.",
                count=len(rows),
                all=len(sources),
            )
        ) from stop
    except ClusterError:
        write_summary(args.output, rows)
        raise
    finally:
        if lock is not None:
            lock.release()
    write_summary(args.output, rows)
    if not args.json:
        say(
            tr(
                "{counts}. Look at {page}.",
                counts=count_by_status(rows),
                page=args.output / PAGE_NAME,
            )
        )
    return 0 if all(row.is_good for row in rows) else 1


def choose_job(args: argparse.Namespace) -> BatchJob:
    """Return the job that a job file and the arguments describe.

    Raises
    ------
    JobError
        The job file is not understood.
    """
    job = BatchJob() if args.job is None else read_job(args.job)
    given: dict[str, Any] = {
        name: value for name in OVERRIDES if (value := getattr(args, name)) is not None
    }
    if "suffix" in given:
        given["suffix"] = "." + given["suffix"].removeprefix(".").lower()
    return replace(job, **given)


def _run_tasks(
    args: argparse.Namespace,
    tasks: Sequence[Task],
    job: BatchJob,
    job_sha256: str,
    display: BatchDisplay,
) -> Iterator[Row]:
    run: Callable[..., Iterator[tuple[Task, Row]]]
    with ExitStack() as stack:
        if args.workers or args.scheduler:
            client = stack.enter_context(
                connect(workers=args.workers or 0, scheduler=args.scheduler or "")
            )
            run = partial(run_on_cluster, client)
        else:
            run = run_here
        for task, row in run(tasks, job, job_sha256, display, force=args.force):
            display.end(task)
            yield row


def _say_json(data: Mapping[str, Any]) -> None:
    say(json_text(data))
    sys.stdout.flush()


def _say_progress(task: Task, fraction: float) -> None:
    """Say how far the work on a recording is, by the name that its row will have."""
    _say_json({"working": str(task.source.path), "fraction": round(fraction, 3)})


def _say_row(row: Row, *, is_json: bool) -> None:
    if is_json:
        _say_json(row_to_json(row))
        return
    if not row.is_good:
        complain(f"{row.source}: {row.sentence}")
    if row.is_earlier:
        say(tr("{path}  done before ({status})", path=row.source, status=tr(row.status)))
    else:
        repaired = tr(", {repaired} of {found} regions", repaired=row.repaired, found=row.found)
        count = repaired if row.found else ""
        say(f"{row.source}  {tr(row.status)}{count}, {row.seconds_taken:.1f} s")


def _say_plan(
    tasks: Sequence[Task],
    refused: Sequence[Row],
    job: BatchJob,
    job_sha256: str,
    *,
    force: bool,
) -> int:
    """Say what would be done with each recording; 1 if one of them would be refused."""
    is_good = not refused
    for row in refused:
        complain(f"{row.source}: {row.sentence}")
    for task in tasks:
        try:
            found = open_task(task, job, job_sha256, force=force, progress=Progress(), is_dry=True)
        except UasrmError as error:
            is_good = False
            complain(f"{task.source.path}: {build_failed_row(task.source.path, error).sentence}")
            continue
        if isinstance(found, Opened):
            seconds = found.clip.info.duration_s
            say(f"{task.source.path} -> {task.target}  {seconds:.1f} s")
        else:
            say(
                tr("{path}  done before ({status})", path=task.source.path, status=tr(found.status))
            )
    return 0 if is_good else 1


def _lock(folder: Path) -> FileLock | None:
    """Keep a second batch out of a folder; None where no locks are to be had."""
    try:
        return acquire(folder / FOLDER / "lock")
    except HeldError as error:
        raise ExportError(
            tr(
                "Another batch (process {process}) is writing to “{folder}”.",
                process=error.holder.process,
                folder=folder,
            )
        ) from error
    except OSError:
        return None
