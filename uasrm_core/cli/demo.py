"""`uasrm demo`: repair the bundled damaged recording with each engine and measure the results."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.kinds import format_text
from uasrm_core.audio.region import Region
from uasrm_core.cli.console import progress_line, say, say_lines
from uasrm_core.errors import RepairError
from uasrm_core.evaluation.benchmark import compare, figures
from uasrm_core.evaluation.places import labelled_cuts
from uasrm_core.evaluation.tables import align_columns
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.progress import Progress
from uasrm_core.resources import resource
from uasrm_core.translation import tr
from uasrm_core.writing.gate import check_target, make_folder

DEMO_ENGINES = ("ar", "unet")
METRICS = ("snr", "lsd")

EXAMPLES = """
  uasrm demo -o demo/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help=tr("where the repaired recordings go (a new temporary folder)"),
    )


def run(args: argparse.Namespace) -> int:
    """Repair, export and print SNR and LSD per damage."""
    clean = api.open_clip(resource("samples", "hungarian_dance_clean.wav"))
    damaged = api.open_clip(resource("samples", "hungarian_dance_damaged.wav"))
    regions = tuple(
        api.read_labels(resource("samples", "hungarian_dance_damaged.txt"), damaged.rate)
    )
    folder = _make_folder(args.output)
    for engine in DEMO_ENGINES:
        check_target(folder / _name(engine), overwrite=False, is_recording=True)
    repaired = {}
    with progress_line() as progress:
        for index, engine in enumerate(DEMO_ENGINES):
            part = progress.part(index / len(DEMO_ENGINES), (index + 1) / len(DEMO_ENGINES))
            repaired[engine] = _repair(damaged, regions, engine, part)
    for engine, clip in repaired.items():
        api.export_clip(clip, folder / _name(engine))
    say_lines(_build_table(clean, {"damaged": damaged, **repaired}, regions))
    say("")
    say(tr("The damaged recording: {path}", path=damaged.info.path))
    for engine in repaired:
        say(tr("Repaired with {engine}: {path}", engine=engine, path=folder / _name(engine)))
    return 0


def _name(engine: str) -> str:
    return f"hungarian_dance_{engine}.wav"


def _make_folder(wanted: Path | None) -> Path:
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="uasrm-demo-"))
    make_folder(wanted)
    return wanted


def _repair(
    clip: AudioClip, regions: tuple[Region, ...], engine: str, progress: Progress
) -> AudioClip:
    result = api.repair(RepairJob(clip, regions, engine=engine), progress)
    for outcome in result.outcomes:
        if not outcome.candidates:
            raise RepairError(str(outcome.problem))
    return clip.with_patches(result.best_patches)


def _build_table(
    clean: AudioClip, versions: dict[str, AudioClip], regions: tuple[Region, ...]
) -> str:
    head = [tr("damage"), tr("at s"), "ms"]
    head += [f"{name} {metric.upper()}" for metric in METRICS for name in versions]
    lines = [head]
    for region, cut in zip(regions, labelled_cuts(clean, regions), strict=True):
        found = {
            name: figures(compare(clean, versions["damaged"], clip, cut), METRICS)
            for name, clip in versions.items()
        }
        line = [
            format_text(region.kind, region.label),
            f"{region.start_frame / clean.rate:.3f}",
            f"{cut.length_ms:g}",
        ]
        line += [f"{found[name][metric]:.1f}" for metric in METRICS for name in versions]
        lines.append(line)
    how = tr("SNR and LSD in dB: the higher SNR and the lower LSD, the nearer.")
    return f"{align_columns(lines)}\n\n{how}"
