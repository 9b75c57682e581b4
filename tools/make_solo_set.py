"""Render single instruments, and ensembles of them, from scores in the public domain.

    apt-get install fluidsynth fluid-soundfont-gm; pip install music21
    python tools/make_solo_set.py --into DIR
    uasrm evaluate DIR/solo-*.flac --engines auto,ar,unet --places random:8 \
        --gaps 5,10,20,30,40,50

Scores are chorales of J. S. Bach and dance tunes of Ryan's Mammoth Collection (1883), as music21
brings them along; the sound is that of the General MIDI font Fluid (MIT). The set to choose by
(`--part first`) and the one to measure on (`--part second`) share no score. Files that are there
already are kept.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
RATE = 44100
SECONDS = 24


@dataclass(frozen=True)
class Solo:
    """An instrument: its General MIDI program, which part of a chorale it plays, and how high."""

    name: str
    program: int
    part: int
    semitones: int = 0


SOLOS = (
    Solo("violin", 40, 0, 12),
    Solo("cello", 42, 3),
    Solo("flute", 73, 0, 12),
    Solo("oboe", 68, 0, 12),
    Solo("clarinet", 71, 1),
    Solo("bassoon", 70, 3),
    Solo("trumpet", 56, 0),
    Solo("horn", 60, 2),
    Solo("glockenspiel", 9, 0, 24),
    Solo("harpsichord", 6, 0),
    Solo("guitar", 24, 2),
    Solo("voice", 53, 0),
)
STRINGS, WINDS, PIANO = (40, 40, 41, 42), (73, 68, 71, 70), (0, 0, 0, 0)
CHORALES = {
    "first": ("bwv1.6", "bwv10.7", "bwv101.7", "bwv102.7", "bwv103.6", "bwv104.6"),
    "second": ("bwv108.6", "bwv11.6", "bwv110.7", "bwv111.6", "bwv114.7", "bwv115.6"),
}
TUNES = {"first": "AdmiralsHornpipe", "second": "AllAboardReel"}


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.add_argument("--part", choices=tuple(CHORALES), default="first")
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    chorales = CHORALES[args.part]
    for number, solo in enumerate(SOLOS):
        score = read_score(f"bach/{chorales[number % len(chorales)]}")
        line = [(score.parts[solo.part].transpose(solo.semitones), solo.program)]
        render(line, args.into / f"solo-{solo.name}.flac")
    tune = read_score(f"ryansMammoth/{TUNES[args.part]}.abc").parts[0]
    render([(tune, 40)], args.into / "solo-fiddle.flac")
    for name, programs, chorale in zip(
        ("strings", "winds", "piano"), (STRINGS, WINDS, PIANO), chorales[3:], strict=True
    ):
        parts = read_score(f"bach/{chorale}").parts[:4]
        render(list(zip(parts, programs, strict=True)), args.into / f"ensemble-{name}.flac")


def read_score(name: str):
    """Return a score of music21's corpus, with its repeats as they are written."""
    from music21 import corpus

    return corpus.parse(name)


def render(parts, path: Path) -> None:
    """Let fluidsynth play parts, each with its program, in a room, and keep the first seconds."""
    if path.exists():
        return
    from music21 import instrument, stream, tempo

    score = stream.Score()
    for part, program in parts:
        for old in list(part.recurse().getElementsByClass(instrument.Instrument)):
            part.remove(old, recurse=True)
        played = instrument.instrumentFromMidiProgram(program)
        played.midiProgram = program
        part.insert(0, played)
        score.insert(0, part)
    score.insert(0, tempo.MetronomeMark(number=84))
    with tempfile.TemporaryDirectory() as folder:
        midi, wave = Path(folder, "score.mid"), Path(folder, "score.wav")
        score.write("midi", fp=midi)
        command = ["fluidsynth", "-ni", "-q", "-R", "1", "-C", "0", "-g", "0.6", "-r", str(RATE)]
        subprocess.run([*command, "-F", str(wave), str(FONT), str(midi)], check=True, timeout=60)
        sound, _ = soundfile.read(wave, frames=SECONDS * RATE, dtype="float32")
    peak = float(np.max(np.abs(sound)))
    soundfile.write(path, sound * (0.7 / peak), RATE, subtype="PCM_16")


if __name__ == "__main__":
    main()
