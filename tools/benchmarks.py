"""Print the tables of docs/benchmarks.md: ``make benchmarks``.

Each table is one command of the project. It is run with what is at hand; of the others is said what
they need. Recordings come from ``--recordings`` (see ``tools/fetch_recordings.py``), a corpus from
``--corpus`` (see ``uasrm corpus``). Words name the tables to print; none means all.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fetch_recordings import RECORDINGS, is_there

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "build" / "benchmarks"
MUSIC = "hungarian_dance_5.ogg lets_go_fishin.ogg sugar_plum_fairy.ogg vibe_ace.ogg"
SPEECH = "speech_198.ogg speech_3436.ogg speech_5703.ogg"
RIVAL = "vibe_ace.ogg sugar_plum_fairy.ogg hungarian_dance_5.ogg"
ALL = " ".join(sorted(one.name for one in RECORDINGS))
UASRM = "python -m uasrm_core.cli.main"
CORPUS_PART = "validation"


@dataclass(frozen=True)
class Table:
    """A table: its name, the page that has it, the command that prints it, and its needs.

    In the command, recordings stand as plain names, ``CORPUS`` stands for the corpus's folder and
    ``TRACKS`` for its music kept aside. Needs are programs (``ffmpeg``) or packages
    (``:zimtohrli``).
    """

    name: str
    page: str
    command: str
    needs: tuple[str, ...] = ()


TABLES = (
    Table(
        "rival",
        "benchmarks.md",
        f"{UASRM} evaluate {RIVAL} --places rival --gaps 5,20,50,100,300,1000 "
        "--engines ar,unet,auto",
    ),
    Table(
        "rival-trumpet",
        "benchmarks.md",
        f"{UASRM} evaluate solo_trumpet.ogg --places rival --gaps 5,20,50,100,300,1000 "
        "--engines ar,unet,auto",
    ),
    Table(
        "interpolation-music",
        "benchmarks.md",
        f"{UASRM} evaluate {MUSIC} --gaps 20,50,100,300,500 --engines ar,unet",
    ),
    Table(
        "interpolation-trumpet",
        "benchmarks.md",
        f"{UASRM} evaluate solo_trumpet.ogg --gaps 20,50,100,300,500 --engines ar,unet",
    ),
    Table(
        "interpolation-speech",
        "benchmarks.md",
        f"{UASRM} evaluate {SPEECH} --gaps 20,50,100,300,500 --engines ar,unet",
    ),
    Table(
        "hearing",
        "benchmarks.md",
        f"{UASRM} evaluate {MUSIC} --gaps 50,100,300,500 --engines ar,unet --metrics zimtohrli "
        "--places random:8",
        (":zimtohrli",),
    ),
    Table(
        "boxes",
        "benchmarks.md",
        f"{UASRM} evaluate {ALL} --places boxes:4 --gaps 300 --engines ar,attenuate,unet",
    ),
    Table(
        "router",
        "evaluation.md",
        "python tools/measure_router.py CORPUS --kind music --tracks 29 --gaps 50,300,1000 "
        "--seed 12",
    ),
    Table(
        "detection",
        "detection.md",
        "python tools/measure_detection.py TRACKS --seconds 20 --no-rival --no-repair",
    ),
    Table(
        "detection-other-damages",
        "detection.md",
        "python tools/measure_detection.py TRACKS --seconds 20 --no-rival --no-repair --seed 1",
    ),
    Table(
        "detection-ffmpeg",
        "detection.md",
        "python tools/measure_detection.py TRACKS --seconds 10",
        ("ffmpeg",),
    ),
    Table("cleaning", "detection.md", "python tools/measure_cleaning.py TRACKS"),
    Table("repairs", "performance.md", "python tools/measure_repairs.py hungarian_dance_5.ogg"),
    Table("window", "performance.md", "python tools/measure_window.py"),
    Table("display", "performance.md", "python tools/measure_display.py"),
    Table(
        "editors",
        "performance.md",
        "python tools/compare_editors.py",
        ("Xvfb", "openbox", "audacity", "sonic-visualiser"),
    ),
    Table("playback", "performance.md", "python tools/measure_playback.py", ("pulseaudio",)),
    Table("original", "evaluation.md", "python tools/measure_original.py"),
    Table("faults", "reliability.md", "python tools/inject_faults.py"),
    Table("round-trips", "reliability.md", "python tools/check_round_trips.py", ("ffmpeg", "sox")),
)
BY_NAME = {table.name: table for table in TABLES}


def main() -> int:
    """Print what was asked for; end with 1 if a command failed."""
    options = parse_arguments()
    chosen = [BY_NAME[name] for name in options.tables] or list(TABLES)
    failed = []
    for table in chosen:
        missing = missing_needs(table, options.recordings, options.corpus)
        say(f"\n== {table.name} (docs/{table.page})\n   {format_command(table.command)}")
        if options.list or missing:
            say(f"   needs {', '.join(missing)}" if missing else "   everything is at hand")
        elif run(fill_in(table.command, options.recordings, options.corpus)) != 0:
            failed.append(table.name)
    if failed:
        say(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


def parse_arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tables", nargs="*", choices=[*BY_NAME, []], metavar="TABLE")
    parser.add_argument("--recordings", type=Path, default=DATA / "recordings", metavar="DIR")
    parser.add_argument("--corpus", type=Path, default=DATA / "corpus", metavar="DIR")
    parser.add_argument("--list", action="store_true", help="only tell what there is")
    return parser.parse_args()


def missing_needs(table: Table, recordings: Path, corpus: Path) -> list[str]:
    """Return what the table needs and this machine has not, in words."""
    words = table.command.split()
    wanted = [one for one in RECORDINGS if one.name in words]
    missing = [need for need in table.needs if not _is_at_hand(need)]
    if not all(is_there(one, recordings) for one in wanted):
        missing.append(f"the recordings (python tools/fetch_recordings.py {recordings})")
    if {"CORPUS", "TRACKS"} & set(words) and not corpus.is_dir():
        missing.append(f"the corpus (uasrm corpus {corpus})")
    return [need.removeprefix(":") for need in missing]


def fill_in(
    command: str,
    recordings: Path,
    corpus: Path,
    tracks: Callable[[Path], list[str]] | None = None,
) -> list[str]:
    """Return the command's words with this machine's Python and the files' places."""
    names = {one.name for one in RECORDINGS}
    words: list[str] = []
    for word in command.split():
        if word == "python":
            words.append(sys.executable)
        elif word == "CORPUS":
            words.append(str(corpus))
        elif word == "TRACKS":
            words += (tracks or music_kept_aside)(corpus)
        else:
            words.append(str(recordings / word) if word in names else word)
    return words


def music_kept_aside(corpus: Path) -> list[str]:
    """Return the corpus's recordings of music that no training has seen."""
    from uasrm_core.training.corpus import read_index

    return [
        str(track.path)
        for track in read_index(corpus)
        if track.split == CORPUS_PART and track.kind == "music"
    ]


def format_command(command: str) -> str:
    """Return a command as the pages have it."""
    return command.replace(UASRM, "uasrm")


def run(words: list[str]) -> int:
    """Run a command in the project's folder, its output going where this one's goes."""
    return subprocess.run(words, cwd=ROOT, check=False).returncode


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201


def _is_at_hand(need: str) -> bool:
    if need.startswith(":"):
        return find_spec(need[1:]) is not None
    return shutil.which(need) is not None


if __name__ == "__main__":
    sys.exit(main())
