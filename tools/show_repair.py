"""Repair the bundled recording and show it: ``python tools/show_repair.py [FOLDER]``.

Writes ``before-after.png``, spectrograms around the half-second dropout, and ``demo.html``, a page
with players, into docs/listen or the folder given.
"""

from __future__ import annotations

import argparse
import base64
import io
import sys
from html import escape
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.pictures import spectrograms_png
from uasrm_core.resources import resource
from uasrm_core.writing.gate import make_folder, write_whole

ROOT = Path(__file__).resolve().parents[1]
ENGINE = "auto"
AROUND_S = 1.0
LONGEST_DAMAGE = "dropout 500 ms"

PAGE = """<!doctype html><html lang=en><meta charset=utf-8><title>UASRM: before and after</title>
<meta name=viewport content='width=device-width'>
<style>:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }}
img {{ max-width: 100%; background: #fff; border-radius: 4px; }}
audio {{ width: 100%; }} label {{ display: block; margin: 1rem 0; }}</style>
<h1>Before and after</h1>
<p>Nine damages in 14 seconds: six clicks, dropouts of 60 and 500 ms, and a tone of 600 ms over the
music. The picture shows the longest dropout. Brahms, Hungarian Dance No. 5,
US Army Strings, public domain.</p>
<img alt='Spectrograms of the longest damage' src='data:image/png;base64,{picture}'>
{players}
<p>More recordings, methods and figures: <a href='index.html'>repairs compared</a>.</p>
</html>
"""


def main() -> int:
    """Repair, draw, and write both files."""
    parser = argparse.ArgumentParser(description="Show what a repair of the bundled recording is.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "listen")
    folder = parser.parse_args().folder
    clean = api.open_clip(resource("samples", "hungarian_dance_clean.wav"))
    damaged = api.open_clip(resource("samples", "hungarian_dance_damaged.wav"))
    regions = tuple(
        api.read_labels(resource("samples", "hungarian_dance_damaged.txt"), damaged.rate)
    )
    result = api.repair(RepairJob(damaged, regions, engine=ENGINE))
    states = {
        "damaged": damaged,
        "repaired": damaged.with_patches(result.best_patches),
        "undamaged": clean,
    }
    longest = next(region for region in regions if region.label == LONGEST_DAMAGE)
    picture = draw(states, longest.start_frame, longest.end_frame)
    make_folder(folder)
    write_whole(folder / "before-after.png", picture)
    players = "\n".join(player(title, clip) for title, clip in states.items())
    page = PAGE.format(picture=base64.b64encode(picture).decode("ascii"), players=players)
    write_whole(folder / "demo.html", page.encode())
    for name in ("before-after.png", "demo.html"):
        print(folder / name)  # noqa: T201
    return 0


def draw(states: dict[str, AudioClip], start_frame: int, end_frame: int) -> bytes:
    """Return spectrograms of the damage and a second on each side, as a PNG file."""
    first = next(iter(states.values()))
    around = round(AROUND_S * first.rate)
    begin = start_frame - around
    parts = {name: clip.read(begin, end_frame + around) for name, clip in states.items()}
    return spectrograms_png(parts, first.rate, (around, end_frame - begin))


def player(title: str, clip: AudioClip) -> str:
    """Return a recording as a player with the sound in it."""
    samples = np.clip(clip.read(0, clip.frames), -1.0, 1.0)
    stream = io.BytesIO()
    soundfile.write(stream, samples.T, clip.rate, format="OGG", subtype="VORBIS")
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return (
        f"<label>{escape(title)}<br>"
        f"<audio controls src='data:audio/ogg;base64,{data}'></audio></label>"
    )


if __name__ == "__main__":
    sys.exit(main())
