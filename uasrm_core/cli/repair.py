"""`uasrm repair`: fill regions of a recording and write the result to a new file.

Either all regions are repaired or nothing is written: a file with some damage left in it looks
finished to a script that only sees that it exists.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, SourceInfo
from uasrm_core.audio.export import ExportReport, loss_sentence
from uasrm_core.audio.formats import check_writable, format_for_target, least_bytes
from uasrm_core.audio.kinds import format_text
from uasrm_core.audio.metadata.coding_history import check_history_place
from uasrm_core.cli.arguments import (
    check_adaptable,
    positive,
    share,
    whole_from,
)
from uasrm_core.cli.console import complain, progress_line, say
from uasrm_core.cli.regions import add_region_arguments, chosen_regions
from uasrm_core.cli.targets import check_distinct, check_new
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.log import exported_log, log_bytes
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.job import RepairJob, RepairResult
from uasrm_core.inpainting.mix import TAKES_FROM_S
from uasrm_core.inpainting.registry import ENGINES
from uasrm_core.writing.gate import replacing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help="the recording; it is only read")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="the repaired recording"
    )
    add_region_arguments(parser, "repair")
    parser.add_argument("--engine", choices=ENGINES, default="auto", help="how (auto)")
    parser.add_argument("--model", type=Path, metavar="FILE", help="in place of the shipped model")
    parser.add_argument(
        "--context", type=positive, metavar="S", help="seconds around a region to learn from"
    )
    parser.add_argument(
        "--strength", type=share, default=1.0, metavar="X", help="0 to 1, for attenuate (1)"
    )
    parser.add_argument(
        "--take",
        type=whole_from(0),
        metavar="N",
        help="which of the network's fills for a gap of "
        f"{TAKES_FROM_S * 1000:.0f} ms or more: each number is another, the same every time; 0 is "
        "a smooth one (1 in speech, 0 in other sound)",
    )
    parser.add_argument(
        "--adapt",
        action="store_true",
        help="first fit the network to the intact sound of the recording, which takes up to a "
        "minute, and keep that where trials on the recording come nearer by it",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write what was done, as JSON, or as a text to read if its name ends in .txt",
    )
    parser.add_argument(
        "--coding-history",
        action="store_true",
        help="add a line on the restoration to the coding history of a broadcast WAV (EBU R98)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")


def run(args: argparse.Namespace) -> int:
    """Repair and export, or raise `RepairError` if a region could not be repaired."""
    check_adaptable(args.adapt, (args.engine,))
    clip = api.open_clip(args.input)
    job = RepairJob(
        clip,
        chosen_regions(args, clip.info),
        engine=args.engine,
        model=args.model,
        context_s=args.context,
        strength=args.strength,
        take=args.take,
        adapt=args.adapt,
    )
    _check_targets(args, clip.info)
    lost = api.metadata_lost(clip, format_for_target(clip.info, args.output))
    for warning in filter(None, (clip.info.note, loss_sentence(args.output.name, lost))):
        complain(warning)
    with ExitStack() as stack:
        # Claimed before the work, so that an unwritable report does not waste it.
        report = args.report and stack.enter_context(replacing(args.report, overwrite=args.force))
        progress = stack.enter_context(progress_line())
        result = api.repair(job, progress.part(0.0, 0.9))
        _check_all_repaired(result)
        repaired = clip.with_patches(result.best_patches)
        exported = api.export_clip(
            repaired,
            args.output,
            overwrite=args.force,
            coding_history=args.coding_history,
            progress=progress.part(0.9, 1.0),
        )
        if report:
            report.write(log_bytes(_report(args, job, result, exported), args.report.suffix))
    _tell(clip, result, exported)
    return 0


def _check_targets(args: argparse.Namespace, info: SourceInfo) -> None:
    """Refuse before the work what would be refused after it."""
    check_distinct(
        {"output": args.output, "report": args.report},
        {"recording": args.input, "regions": args.regions, "model": args.model},
    )
    export_format = format_for_target(info, args.output)
    check_writable(export_format, info)
    if args.coding_history:
        check_history_place(export_format)
    room = least_bytes(export_format, info)
    check_new(args.output, force=args.force, is_recording=True, bytes_needed=room)
    if args.report is not None:
        check_new(args.report, force=args.force)


def _check_all_repaired(result: RepairResult) -> None:
    problems = dict.fromkeys(o.problem for o in result.outcomes if o.problem is not None)
    if problems:
        raise RepairError(f"{' '.join(problems)} Nothing was written.")


def _tell(clip: AudioClip, result: RepairResult, exported: ExportReport) -> None:
    if result.adaptation is not None:
        say(result.adaptation.sentence)
    for outcome in result.outcomes:
        for warning in outcome.warnings:
            complain(warning)
        best, region = outcome.candidates[0], outcome.region
        start_s, end_s = region.start_frame / clip.rate, region.end_frame / clip.rate
        words = format_text(region.kind, region.label)
        words = f"  {words}" if words else ""
        say(f"{start_s:.3f}-{end_s:.3f} s  {best.engine}, {best.seconds_taken:.2f} s{words}")
    say(f"Wrote {exported.path}. {exported.sentences}")


def _report(
    args: argparse.Namespace, job: RepairJob, result: RepairResult, exported: ExportReport
) -> dict[str, Any]:
    """Return the log of the repair, with what is known only of this way to repair."""
    count = len(result.best_notes)
    step = Edit(
        f"Repair {count} region{'s' if count > 1 else ''}",
        patches=result.best_patches,
        repairs=result.best_notes,
    )
    log = exported_log(job.clip, EditHistory().apply(step), exported)
    return log | {
        "engine": job.engine,
        "model": job.model and str(job.model),
        "context_s": job.context_s,
        "strength": job.strength,
        "take": job.take,
        "adaptation": result.adaptation and asdict(result.adaptation),
        "warnings": [warning for outcome in result.outcomes for warning in outcome.warnings],
    }
