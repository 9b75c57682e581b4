"""`uasrm repair`: fill regions of a recording and write the result to a new file.

Either all regions are repaired or nothing is written: a file with some damage left in it looks
finished to a script that only sees that it exists.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from uasrm_core import api
from uasrm_core.archive.record import Restoration, write_records
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.kinds import format_text
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import (
    check_adaptable,
    positive,
    share,
    whole_from,
)
from uasrm_core.cli.console import complain, progress_line, say
from uasrm_core.cli.exporting import (
    add_place_arguments,
    add_report_argument,
    add_result_arguments,
    check_targets,
    export_edited,
    resolve_place,
)
from uasrm_core.cli.regions import add_region_arguments, choose_regions, say_no_region
from uasrm_core.edit.history import Edit, EditHistory, utc_now
from uasrm_core.edit.log import log_bytes, log_export
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.job import RepairJob, RepairResult
from uasrm_core.inpainting.kind import CALM_TAKES_FROM_S
from uasrm_core.inpainting.mix import TAKES_FROM_S
from uasrm_core.inpainting.registry import ENGINES
from uasrm_core.progress import Progress
from uasrm_core.translation import mark, tr, tr_count
from uasrm_core.writing.gate import replace_file

EXAMPLES = """
  uasrm repair tape.wav -o fixed.wav -r 12.5-13 -r 1:02.5-1:03
  uasrm repair tape.wav -o fixed/ --regions found.txt --report report.json
  uasrm repair tape.wav --in-place -r 3.1-4
  uasrm repair tape.wav -o "{folder}/{name} fixed" -r 3.1-4 --band 300-3k --channels L
"""
NOTE = mark(
    "Everything outside the regions and crossfades of at most 10 ms stays as it is, bit for "
    "bit. Either all regions are repaired or nothing is written."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help=tr("the recording; it is only read"))
    add_place_arguments(parser)
    add_region_arguments(parser)
    add_repair_arguments(parser)
    add_result_arguments(parser)


def add_repair_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how regions are repaired, and where that is reported."""
    parser.add_argument("--engine", choices=ENGINES, default="auto", help=tr("how (auto)"))
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help=tr("in place of the shipped model")
    )
    parser.add_argument(
        "--context", type=positive, metavar="S", help=tr("seconds around a region to learn from")
    )
    parser.add_argument(
        "--strength", type=share, default=1.0, metavar="X", help=tr("0 to 1, for attenuate (1)")
    )
    parser.add_argument(
        "--take",
        type=whole_from(0),
        metavar="N",
        help=tr(
            "which of the network's fills for a gap of {shortest:.0f} ms or more: each number "
            "is another, the same every time; 0 is a smooth one (1; in music "
            "0 under {calm:.0f} ms)",
            shortest=TAKES_FROM_S * 1000,
            calm=CALM_TAKES_FROM_S * 1000,
        ),
    )
    parser.add_argument(
        "--adapt",
        action="store_true",
        help=tr(
            "first fit the network to the intact sound of the recording, which takes up to a "
            "minute, and keep that where trials on the recording come nearer by it"
        ),
    )
    add_report_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Repair and export, or raise `RepairError` if a region could not be repaired."""
    check_adaptable(args.adapt, (args.engine,))
    began_at = utc_now()
    clip = api.open_clip(args.input)
    resolve_place(args)
    regions = choose_regions(args, clip.info)
    if not regions:
        say_no_region(args.regions)
        return 0
    chosen = check_targets(args, clip)
    with ExitStack() as stack:
        # Claimed before the work, so that an unwritable report does not waste it.
        report = args.report and stack.enter_context(
            replace_file(args.report, overwrite=args.force)
        )
        progress = stack.enter_context(progress_line())
        job = repair_job(args, clip, regions)
        result = api.repair(job, progress.part(0.0, 0.9))
        _check_all_repaired(result)
        repaired = clip.with_patches(result.best_patches)
        exported = export_edited(
            args, chosen, repaired, progress.part(0.9, 0.97), regions=job.regions
        )
        rest = progress.part(0.97, 1.0)
        write_logs(args, job, result, exported, report, began_at, rest)
    tell(clip, result, exported)
    return 0


def repair_job(args: argparse.Namespace, clip: AudioClip, regions: tuple[Region, ...]) -> RepairJob:
    """Return the repair that the arguments ask for."""
    return RepairJob(
        clip,
        regions,
        engine=args.engine,
        model=args.model,
        context_s=args.context,
        strength=args.strength,
        take=args.take,
        adapt=args.adapt,
    )


def _check_all_repaired(result: RepairResult) -> None:
    problems = dict.fromkeys(o.problem for o in result.outcomes if o.problem is not None)
    if problems:
        raise RepairError(tr("{problems} Nothing was written.", problems=" ".join(problems)))


def tell(clip: AudioClip, result: RepairResult, exported: ExportReport) -> None:
    """Say what was done with each region that was repaired, and what was written."""
    if result.adaptation is not None:
        say(result.adaptation.sentence)
    for outcome in result.outcomes:
        for warning in outcome.warnings:
            complain(warning)
        if not outcome.candidates:
            continue
        best, region = outcome.candidates[0], outcome.region
        start_s, end_s = region.start_frame / clip.rate, region.end_frame / clip.rate
        words = format_text(region.kind, region.label)
        words = f"  {words}" if words else ""
        if best.is_unchanged:
            words = f", {tr('left as it was')}{words}"
        say(f"{start_s:.3f}-{end_s:.3f} s  {best.engine}, {best.seconds_taken:.2f} s{words}")
    say(tr("Wrote {path}. {sentences}", path=exported.path, sentences=exported.sentences))


def repair_log(job: RepairJob, result: RepairResult, exported: ExportReport) -> dict[str, Any]:
    """Return the log of the repair, with what is known only of this way to repair."""
    return log_export(job.clip, repair_history(result), exported) | repair_facts(job, result)


def repair_history(result: RepairResult) -> EditHistory:
    """Return a repair as the one step of a history, or an empty one."""
    count = len(result.best_notes)
    if not count:
        return EditHistory()
    label = tr_count("Repair {count} region", "Repair {count} regions", count)
    step = Edit(label, patches=result.best_patches, repairs=result.best_notes)
    return EditHistory().apply(step)


def repair_facts(job: RepairJob, result: RepairResult) -> dict[str, Any]:
    """Return what a log tells of a repair besides its steps."""
    return {
        "engine": job.engine,
        "model": job.model and str(job.model),
        "context_s": job.context_s,
        "strength": job.strength,
        "take": job.take,
        "adaptation": result.adaptation and asdict(result.adaptation),
        "warnings": [warning for outcome in result.outcomes for warning in outcome.warnings]
        + [outcome.problem for outcome in result.outcomes if outcome.problem is not None],
    }


def write_logs(
    args: argparse.Namespace,
    job: RepairJob,
    result: RepairResult,
    exported: ExportReport,
    report: BinaryIO | None,
    began_at: str,
    progress: Progress,
) -> None:
    """Write the report that was asked for, and an archive's records."""
    if report:
        report.write(log_bytes(repair_log(job, result, exported), args.report.suffix))
    if args.archive:
        write_records(
            job.clip,
            repair_history(result),
            exported,
            Restoration(args.operator, began_at),
            extra=repair_facts(job, result),
            overwrite=args.force,
            progress=progress,
        )
