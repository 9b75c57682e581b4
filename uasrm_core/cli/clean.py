"""`uasrm clean`: find damage in a recording and repair it, in one step."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.cli.arguments import check_adaptable
from uasrm_core.cli.console import complain, progress_line, say
from uasrm_core.cli.detect import add_detect_arguments
from uasrm_core.cli.exporting import (
    add_place_arguments,
    add_result_arguments,
    check_targets,
    export_edited,
    resolve_place,
)
from uasrm_core.cli.repair import add_repair_arguments, repair_job, tell, write_logs
from uasrm_core.detect.detections import DetectSettings
from uasrm_core.edit.history import utc_now
from uasrm_core.inpainting.job import RepairResult
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import replace_file

EXAMPLES = """
  uasrm clean tape.wav -o fixed.wav
  uasrm clean tape.wav -o fixed/ --kind clicks --sensitivity 0.7 --report report.txt
"""
NOTE = mark(
    "Damage that cannot be repaired is told of and stays as it is; the exit status is then 1. "
    "Without any damage, the result is a copy. To choose what is repaired, use “uasrm detect "
    "--labels” and “uasrm repair --regions”; for many recordings, “uasrm batch”."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help=tr("the recording; it is only read"))
    add_place_arguments(parser)
    add_detect_arguments(parser)
    add_repair_arguments(parser)
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Find, repair and export; 1 if a detection could not be repaired."""
    check_adaptable(args.adapt, (args.engine,))
    began_at = utc_now()
    clip = api.open_clip(args.input)
    resolve_place(args)
    chosen = check_targets(args, clip)
    with ExitStack() as stack:
        report = args.report and stack.enter_context(
            replace_file(args.report, overwrite=args.force)
        )
        progress = stack.enter_context(progress_line())
        settings = DetectSettings(args.kind, args.sensitivity)
        detections = api.detect(clip, settings, progress.part(0.0, 0.3))
        job = repair_job(
            args, clip, tuple(detection.region(clip.channels) for detection in detections)
        )
        result = api.repair(job, progress.part(0.3, 0.9)) if detections else RepairResult(())
        repaired = clip.with_patches(result.best_patches)
        exported = export_edited(
            args, chosen, repaired, progress.part(0.9, 0.97), regions=job.regions
        )
        rest = progress.part(0.97, 1.0)
        write_logs(args, job, result, exported, report, began_at, rest)
    tell(clip, result, exported)
    if not detections:
        say(tr("Found nothing to repair; it is a copy."))
    return 1 if _complain_of_unrepaired(clip, result) else 0


def _complain_of_unrepaired(clip: AudioClip, result: RepairResult) -> int:
    """Tell of each detection that stays as it is; return how many there are."""
    unrepaired = [outcome for outcome in result.outcomes if not outcome.candidates]
    for outcome in unrepaired:
        start_s = outcome.region.start_frame / clip.rate
        complain(
            tr(
                "At {start_s:.3f} s nothing was repaired: {problem}",
                start_s=start_s,
                problem=outcome.problem,
            )
        )
    return len(unrepaired)
