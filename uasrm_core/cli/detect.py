"""`uasrm detect`: find damage of the kinds asked for, and print or label it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import names_of, share, time_span
from uasrm_core.cli.console import complain, progress_line, say, say_lines
from uasrm_core.cli.targets import check_distinct, check_new
from uasrm_core.detect.detections import DEFAULT_SENSITIVITY, Detection, DetectSettings
from uasrm_core.detect.registry import DEFAULT_KINDS, DETECTORS
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.writing.text import json_text

EXAMPLES = """
  uasrm detect tape.wav
  uasrm detect tape.wav --kind clicks --sensitivity 0.7 --labels found.txt
  uasrm detect talk.wav --kind thumps,coughs,tones,hum
  uasrm detect talk.wav --like 12.30-12.45 --likeness 0.8 --labels coughs.txt
  uasrm repair tape.wav -o fixed.wav --regions found.txt
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help=tr("the recording; it is only read"))
    add_detect_arguments(parser)
    parser.add_argument(
        "--like",
        type=time_span,
        metavar="START-END",
        help=tr("find what sounds like this instead"),
    )
    parser.add_argument(
        "--likeness",
        type=share,
        metavar="X",
        help=tr("0 to 1, how much alike it must be (0.7)"),
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help=tr(
            "write the finds for “uasrm repair --regions FILE”, as labels of Audacity (.txt), a "
            "table of Reaper (.csv), or Adobe's XMP (.xmp)"
        ),
    )
    parser.add_argument("--force", action="store_true", help=tr("overwrite labels that exist"))
    parser.add_argument("--json", action="store_true", help=tr("print JSON"))


def add_detect_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is looked for."""
    parser.add_argument(
        "--kind",
        type=names_of(tuple(DETECTORS)),
        default=DEFAULT_KINDS,
        metavar="NAME,…",
        help=tr(
            "from {names} ({usual})", names=", ".join(DETECTORS), usual=",".join(DEFAULT_KINDS)
        ),
    )
    parser.add_argument(
        "--sensitivity",
        type=share,
        default=DEFAULT_SENSITIVITY,
        metavar="X",
        help=tr(
            "0 to 1, the higher the more is found ({usual:g})",
            usual=DEFAULT_SENSITIVITY,
        ),
    )


def run(args: argparse.Namespace) -> int:
    """Look through the recording and print what was found, a line each."""
    check_distinct({"labels": args.labels}, {"recording": args.input})
    clip = api.open_clip(args.input)
    if args.labels is not None:
        check_new(args.labels, force=args.force)
    if clip.info.note is not None:
        complain(clip.info.note)
    with progress_line() as progress:
        detections = _search(args, clip, progress)
    if args.labels is not None:
        regions = [detection.region(clip.channels) for detection in detections]
        api.write_labels(args.labels, regions, clip.rate, overwrite=args.force)
    if args.json:
        say_lines(json_text(_report(args, clip, detections), indent=2))
    else:
        for detection in detections:
            say(_describe_detection(detection, clip))
        say(
            _summarise(detections, args.kind)
            if args.like is None
            else tr("Found similar: {count}.", count=len(detections))
        )
    return 0


def _search(args: argparse.Namespace, clip: AudioClip, progress: Progress) -> tuple[Detection, ...]:
    """Return the damage that is looked for, or the places that sound like the one given."""
    if args.like is None:
        return api.detect(clip, DetectSettings(args.kind, args.sensitivity), progress)
    start, end = args.like
    event = Region(start.frame(clip.rate), end.frame(clip.rate))
    found = api.find_similar(clip, event, progress, likeness=args.likeness)
    channels = tuple(range(clip.channels))
    return tuple(
        Detection(Kind.GAP, place.start_frame, place.end_frame, channels, 1.0) for place in found
    )


def _describe_detection(detection: Detection, clip: AudioClip) -> str:
    start_s, end_s = detection.start_frame / clip.rate, detection.end_frame / clip.rate
    numbers = ",".join(str(channel + 1) for channel in detection.channels)
    where = (
        "" if len(detection.channels) == clip.channels else tr("  channel {number}", number=numbers)
    )
    return f"{start_s:.4f}-{end_s:.4f} s  {detection.kind}  {detection.confidence:.2f}{where}"


def _summarise(detections: Sequence[Detection], kinds: Sequence[str]) -> str:
    counts = [
        (kind, sum(detection.kind == DETECTORS[kind].kind for detection in detections))
        for kind in kinds
    ]
    return tr("Found {counts}.", counts=", ".join(f"{kind}: {count}" for kind, count in counts))


def _report(
    args: argparse.Namespace, clip: AudioClip, detections: Sequence[Detection]
) -> dict[str, Any]:
    return {
        "input": str(args.input),
        "rate": clip.rate,
        "channels": clip.channels,
        "frames": clip.frames,
        "kinds": list(args.kind),
        "sensitivity": args.sensitivity,
        "finds": [
            {
                "kind": detection.kind,
                "start_s": detection.start_frame / clip.rate,
                "end_s": detection.end_frame / clip.rate,
                "start_frame": detection.start_frame,
                "end_frame": detection.end_frame,
                "channels": [channel + 1 for channel in detection.channels],
                "low_hz": detection.low_hz,
                "high_hz": detection.high_hz,
                "confidence": round(detection.confidence, 4),
            }
            for detection in detections
        ],
    }
