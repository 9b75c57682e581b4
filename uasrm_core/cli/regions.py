"""The regions that a command works on: from its arguments, or from a file of labels."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from uasrm_core import api
from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import UsageError, band, channel_numbers, time_span
from uasrm_core.cli.console import say
from uasrm_core.translation import tr


def add_region_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that name regions."""
    parser.add_argument(
        "-r",
        "--region",
        dest="ranges",
        type=time_span,
        action="append",
        default=[],
        metavar="START-END",
        help=tr("a region, such as 1.5-2, 1:02.5-1:03 or 44100smp-45000smp; may be repeated"),
    )
    parser.add_argument(
        "--regions",
        type=Path,
        metavar="FILE",
        help=tr(
            "regions from labels of Audacity (.txt), a table of Reaper (.csv), Adobe's XMP "
            "(.xmp), or the markers inside a recording, such as IN itself"
        ),
    )
    parser.add_argument(
        "--band",
        type=band,
        metavar="LOW-HIGH",
        help=tr(
            "only these Hz, such as 300-3k, in every region that has no band of its own",
        ),
    )
    parser.add_argument(
        "--channels",
        type=channel_numbers,
        metavar="1,2",
        help=tr("only these channels; L and R are 1 and 2"),
    )


def say_no_region(labels: Path) -> None:
    """Tell that a file of labels is empty, so that nothing is to be done."""
    say(tr("Nothing to do: “{regions}” names no region. Nothing was written.", regions=labels))


def choose_regions(
    args: argparse.Namespace, info: SourceInfo, *, may_be_all: bool = False
) -> tuple[Region, ...]:
    """Return the regions that the arguments name, each one checked against the recording.

    Parameters
    ----------
    may_be_all
        Whether one may cover the whole recording, which can be edited and not repaired.

    Returns
    -------
    None of them where a label file is empty, which means that nothing is to be done.

    Raises
    ------
    RegionError
        One of them is reversed, empty or outside the recording.
    LabelError
        The label file cannot be read.
    UsageError
        Neither regions nor a label file are named.
    """
    regions = [Region(start.frame(info.rate), end.frame(info.rate)) for start, end in args.ranges]
    if args.regions is not None:
        regions.extend(api.read_labels(args.regions, info.rate))
    elif not regions:
        raise UsageError(tr("No region is named: give some with -r START-END or --regions FILE."))
    return tuple(
        _limit_band(region, args).fit_to(info, may_be_all=may_be_all) for region in regions
    )


def _limit_band(region: Region, args: argparse.Namespace) -> Region:
    if args.band is not None and not region.has_band:
        low_hz, high_hz = args.band
        region = replace(region, low_hz=low_hz, high_hz=high_hz)
    return region if args.channels is None else replace(region, channels=args.channels)
