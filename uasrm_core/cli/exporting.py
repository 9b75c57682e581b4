"""Arguments shared by commands that write a recording: target, format, archive."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from uasrm_core import api
from uasrm_core.archive.record import check_records
from uasrm_core.audio.clip import AudioClip, SourceInfo
from uasrm_core.audio.export import ExportReport, describe_loss
from uasrm_core.audio.formats import (
    DEPTHS,
    ExportFormat,
    check_writable,
    format_for_target,
    least_bytes,
    source_format,
)
from uasrm_core.audio.in_place import check_in_place, find_kept_copy
from uasrm_core.audio.markers.cue import check_cue_place
from uasrm_core.audio.metadata.coding_history import HOLDERS, check_history_place
from uasrm_core.audio.region import Region
from uasrm_core.audio.sources import FileSource
from uasrm_core.batch.naming import check_template, fill_template
from uasrm_core.cli.arguments import UsageError, quality
from uasrm_core.cli.console import complain, progress_line, say
from uasrm_core.cli.targets import check_distinct, check_new
from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.journal import originals_folder
from uasrm_core.edit.log import log_bytes, log_export
from uasrm_core.progress import Progress
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import check_target, replace_file
from uasrm_core.writing.recordings import give_back

_OUTPUT_HELP = mark(
    "the repaired recording: a file, a folder, or a name with {folder}, {name} and {ext}"
)


def add_output_argument(parser: argparse.ArgumentParser, *, meaning: str = _OUTPUT_HELP) -> None:
    """Declare where the recording that a command makes goes; `meaning` is its help."""
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help=tr(meaning))


def add_place_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the repaired recording goes, which may be into the recording itself."""
    places = parser.add_mutually_exclusive_group(required=True)
    places.add_argument("-o", "--output", metavar="OUT", help=tr(_OUTPUT_HELP))
    places.add_argument(
        "--in-place",
        action="store_true",
        help=tr(
            "write the repairs into IN itself; an untouched copy is kept, and its place is told"
        ),
    )
    parser.add_argument(
        "--backup", type=Path, metavar="FILE", help=tr("where that copy is kept, with --in-place")
    )


def add_report_argument(parser: argparse.ArgumentParser) -> None:
    """Declare where to write what was done."""
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help=tr("write what was done, as JSON, or as a text to read if its name ends in .txt"),
    )


def add_format_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare as what the repaired recording is written."""
    parser.add_argument(
        "--bits",
        choices=tuple(DEPTHS),
        help=tr("depth of the samples (as the recording's, where the format can)"),
    )
    parser.add_argument(
        "--dither",
        choices=("tpdf", "none"),
        default="tpdf",
        help=tr("what is added where samples become shorter: triangular dither, or nothing (tpdf)"),
    )
    parser.add_argument(
        "--quality", type=quality, metavar="X", help=tr("of .ogg and .mp3 files, 0 to 10 (9)")
    )
    parser.add_argument(
        "--coding-history",
        action="store_true",
        help=tr("add a line on the restoration to the coding history of a broadcast WAV (EBU R98)"),
    )


def add_marker_argument(parser: argparse.ArgumentParser) -> None:
    """Declare whether the regions are written into the result."""
    parser.add_argument(
        "--markers",
        action="store_true",
        help=tr("add the regions to the markers of the result, which is then a WAV file"),
    )


def add_archive_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what an archive keeps of a restoration."""
    parser.add_argument(
        "--archive",
        action="store_true",
        help=tr(
            "write the records of an archive beside the result: log, report as PDF, and the "
            "difference; “uasrm restore” takes the repair back"
        ),
    )
    parser.add_argument(
        "--operator", default="", metavar="NAME", help=tr("who restores, for an archive's records")
    )


def add_result_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is written of a repaired recording, and over what."""
    add_format_arguments(parser)
    add_marker_argument(parser)
    add_archive_arguments(parser)
    parser.add_argument("--force", action="store_true", help=tr("overwrite files that exist"))


def resolve_place(args: argparse.Namespace) -> None:
    """Settle where the repaired recording goes.

    Raises
    ------
    UsageError
        Arguments do not go together, or the name has an unknown field.
    """
    if not args.in_place:
        if args.backup is not None:
            raise UsageError(tr("--backup goes with --in-place."))
        args.output = output_path(args.output, args.input)
        return
    if args.bits or args.quality is not None or args.markers:
        raise UsageError(tr("--in-place keeps the format and all chunks of the recording."))
    args.output = args.input


def output_path(text: str, source: Path) -> Path:
    """Return the file that an output argument means for a recording.

    A folder, or a name that ends as one, takes the recording's name; a name with fields is filled
    in, and gets the recording's ending if it has none.

    Raises
    ------
    UsageError
        A field is not known.
    """
    if "{" in text:
        try:
            name = fill_template(check_template(text), source, source.parent.as_posix())
        except ValueError as error:
            raise UsageError(tr("“{text}” is not {error}.", text=text, error=error)) from error
        has_ending = "." in text.rpartition("}")[2]
        return Path(name if has_ending else f"{name}{source.suffix}")
    path = Path(text)
    if text.endswith(("/", os.sep)) or path.is_dir():
        return path / source.name
    return path


def check_targets(args: argparse.Namespace, clip: AudioClip) -> ExportFormat:
    """Return as what the recording will be written, or refuse before the work.

    What the file will not hold, and what is odd about the recording, is told.

    Raises
    ------
    UsageError
        Two of the files are one.
    ExportError
        The format, or a file, cannot be written.
    """
    is_in_place = getattr(args, "in_place", False)
    check_distinct(
        {
            "output": None if is_in_place else args.output,
            "report": args.report,
            "backup": getattr(args, "backup", None),
        },
        {
            "recording": args.input,
            "regions": getattr(args, "regions", None),
            "model": getattr(args, "model", None),
        },
    )
    chosen = _check_in_place(args, clip) if is_in_place else _check_output(args, clip.info)
    if getattr(args, "archive", False):
        _check_archive(args, clip, chosen)
    if args.report is not None:
        check_new(args.report, force=args.force)
    lost = api.list_lost_metadata(clip, chosen)
    for warning in filter(None, (clip.info.note, describe_loss(args.output.name, lost))):
        complain(warning)
    return chosen


def export_edited(
    args: argparse.Namespace,
    chosen: ExportFormat,
    edited: AudioClip,
    progress: Progress,
    *,
    regions: Sequence[Region] = (),
) -> ExportReport:
    """Write a recording as it now sounds where, and as what, the arguments say.

    Parameters
    ----------
    regions
        What becomes markers, if that is asked for.
    """
    if getattr(args, "in_place", False):
        copy = args.backup or find_kept_copy(edited, originals_folder())
        written = api.write_in_place(
            edited, copy=copy, coding_history=args.coding_history, progress=progress
        )
        say(tr("The untouched recording is kept as {copy}.", copy=copy))
        return written
    return api.export_clip(
        edited,
        args.output,
        export_format=chosen,
        overwrite=args.force,
        dither=args.dither == "tpdf",
        coding_history=args.coding_history,
        markers=regions if getattr(args, "markers", False) else (),
        progress=progress,
    )


def _check_in_place(args: argparse.Namespace, clip: AudioClip) -> ExportFormat:
    """Return the recording's own format, or refuse before the work."""
    check_in_place(clip)
    if args.backup is not None:
        check_new(args.backup, force=False, is_recording=True)
    with give_back(args.input):
        check_target(args.input, overwrite=True, is_recording=True)
    return source_format(clip.info)


def _check_archive(args: argparse.Namespace, clip: AudioClip, chosen: ExportFormat) -> None:
    """Refuse what an archive does not take, and show which recording it is."""
    check_records(args.output, clip, chosen, overwrite=args.force)
    assert isinstance(clip.source, FileSource)
    say(f"{args.input}: SHA-256 {clip.source.sha256()}")


def check_format(args: argparse.Namespace, info: SourceInfo, target: Path) -> ExportFormat:
    """Return as what a recording will be written, by its name and the arguments.

    Raises
    ------
    ExportError
        It cannot be of that format, depth or quality.
    """
    chosen = format_for_target(info, target, depth=args.bits, quality=args.quality)
    check_writable(chosen, info)
    if args.coding_history:
        check_history_place(chosen)
    return chosen


def _check_output(args: argparse.Namespace, info: SourceInfo) -> ExportFormat:
    """Return as what a recording will be written, or refuse before the work."""
    chosen = check_format(args, info, args.output)
    if getattr(args, "archive", False) and chosen.container in HOLDERS:
        args.coding_history = True
    if args.coding_history:
        check_history_place(chosen)
    if getattr(args, "markers", False):
        check_cue_place(chosen)
    room = least_bytes(chosen, info)
    check_new(args.output, force=args.force, is_recording=True, bytes_needed=room)
    return chosen


def make_and_export(
    args: argparse.Namespace,
    clip: AudioClip,
    make: Callable[[Progress], EditHistory],
    *,
    share: float,
) -> None:
    """Make the steps of a history, export the recording with them, and tell and log what was done.

    Parameters
    ----------
    share
        Which part of the progress the making is, 0 to 1.
    """
    chosen = check_targets(args, clip)
    with ExitStack() as stack:
        report = args.report and stack.enter_context(
            replace_file(args.report, overwrite=args.force)
        )
        progress = stack.enter_context(progress_line())
        history = make(progress.part(0.0, share))
        edited = clip.with_patches(history.patches)
        exported = export_edited(args, chosen, edited, progress.part(share, 1.0))
        if report:
            log = log_export(clip, history, exported)
            report.write(log_bytes(log, args.report.suffix))
    for step in history.in_effect:
        say(f"{step.label}.")
    say(tr("Wrote {path}. {sentences}", path=exported.path, sentences=exported.sentences))
