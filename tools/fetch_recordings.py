"""Fetch the recordings of the benchmarks: ``python tools/fetch_recordings.py FOLDER``.

Eight public examples of the librosa project, 5.6 MB. Each is checked against its SHA-256 before it
takes its name; a file that is there and right is not fetched again. They are for measuring repairs,
never for training.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from uasrm_core.errors import DataError, UasrmError
from uasrm_core.writing.gate import make_folder, write_whole

SOURCE = "https://librosa.org/data/audio/"
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Recording:
    """A recording: its name here, its name there, its SHA-256, whose it is and its licence."""

    name: str
    remote: str
    sha256: str
    what: str
    licence: str


RECORDINGS = (
    Recording(
        "hungarian_dance_5.ogg",
        "Hungarian_Dance_number_5_-_Allegro_in_F_sharp_minor_(string_orchestra).hq.ogg",
        "8e93ff0182a93168b15346c497b164cb49d2a97bf1e987a1149ea579e914532e",
        "Brahms, Hungarian Dance No. 5, US Army Strings (Musopen)",
        "public domain",
    ),
    Recording(
        "lets_go_fishin.ogg",
        "Karissa_Hobbs_-_Let's_Go_Fishin'.hq.ogg",
        "85901bde0bc5f2cad28acb83487ccf99bd6908d7359f1a449fd799d8bebb3319",
        "“Let's Go Fishin'”, Karissa Hobbs",
        "CC BY 3.0",
    ),
    Recording(
        "solo_trumpet.ogg",
        "sorohanro_-_solo-trumpet-06.hq.ogg",
        "beb954ae2c9c16919b5ca6973d6d5196cdcb196b46a3c2a201dd8861e7e324de",
        "trumpet loop, Mihai Sorohan",
        "CC BY 3.0",
    ),
    Recording(
        "speech_198.ogg",
        "198-209-0000.hq.ogg",
        "6a8d2c16e56dcb27b7f5fe5aa99bfd26b4722a6dabca1968eff951b456936514",
        "LibriSpeech, read by Heather Barnett",
        "CC BY 4.0",
    ),
    Recording(
        "speech_3436.ogg",
        "3436-172162-0000.hq.ogg",
        "8e034529f2f171c7e5e772df6eccc2d169183c39605b45b351c2bfabddf14162",
        "LibriSpeech, read by Anders Lankford",
        "CC BY 4.0",
    ),
    Recording(
        "speech_5703.ogg",
        "5703-47212-0000.hq.ogg",
        "f09254a0daf4b14b292868d46dc2e3c8e158d19fafff739ad4c3931e2ce7b1b0",
        "LibriSpeech, read by Garth Comira",
        "CC BY 4.0",
    ),
    Recording(
        "sugar_plum_fairy.ogg",
        "Kevin_MacLeod_-_P_I_Tchaikovsky_Dance_of_the_Sugar_Plum_Fairy.hq.ogg",
        "f062221a56a227cdb7c067cf2e6ac0e250a50012f7693ca0c8e31f05f83e49b1",
        "Tchaikovsky, Dance of the Sugar Plum Fairy, Kevin MacLeod",
        "CC BY 3.0",
    ),
    Recording(
        "vibe_ace.ogg",
        "Kevin_MacLeod_-_Vibe_Ace.hq.ogg",
        "73d6443ef90a7c022f164e5aa90e56c2291585930b39b1656d0765abbc1f1779",
        "“Vibe Ace”, Kevin MacLeod",
        "CC BY 3.0",
    ),
)


def main() -> int:
    """Fetch what is missing, and write whose the recordings are beside them."""
    parser = argparse.ArgumentParser(description="Fetch the recordings of the benchmarks.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", default=SOURCE, help="another address that has the same files")
    options = parser.parse_args()
    try:
        make_folder(options.folder)
        for recording in RECORDINGS:
            fetch(recording, options.folder, options.source)
        write_whole(options.folder / "LICENSES.md", licences().encode())
    except UasrmError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def is_there(recording: Recording, folder: Path) -> bool:
    """Tell whether the folder holds this very recording."""
    path = folder / recording.name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == recording.sha256


def fetch(recording: Recording, folder: Path, source: str) -> None:
    """Fetch a recording unless it is there, and check it.

    Raises
    ------
    DataError
        It cannot be fetched, or is not what it should be.
    ExportError
        It cannot be written.
    """
    if is_there(recording, folder):
        return
    address = source + urllib.parse.quote(recording.remote)
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
            data = answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise DataError(f"{recording.name} could not be fetched from {address}: {error}.") from None
    if hashlib.sha256(data).hexdigest() != recording.sha256:
        raise DataError(f"{recording.name} is not the file that it was: its hash differs.")
    write_whole(folder / recording.name, data, overwrite=True)


def licences() -> str:
    """Return the recordings with their authors as a Markdown table, which `evaluate` reads."""
    rows = [f"| {one.name} | {one.what} | {one.licence} |" for one in RECORDINGS]
    return "\n".join(
        [
            "Recordings for measuring repairs, from the librosa project's examples.",
            "",
            "| File | What | Licence |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
