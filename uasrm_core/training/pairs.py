"""Pairs of damaged and clean sound as files, as the notebook makes them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from safetensors.numpy import save

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.errors import DataError
from uasrm_core.pictures import spectrograms_png
from uasrm_core.progress import Progress
from uasrm_core.spectral.levels import to_levels
from uasrm_core.spectral.stft import StftConfig, stft
from uasrm_core.training.damage import boxes, bursts, gaps
from uasrm_core.training.damage.damaged import Damaged
from uasrm_core.translation import tr
from uasrm_core.writing.gate import create_folder
from uasrm_core.writing.text import json_text

Damage = Callable[[Samples, int, StftConfig, np.random.Generator], Damaged]
KINDS: dict[str, Damage] = {"gaps": gaps.damage, "boxes": boxes.damage, "bursts": bursts.damage}
STFT = StftConfig()
SHORTEST_S = 0.5
QUIETEST_RMS = 0.001
INDEX_NAME = "index.json"


@dataclass(frozen=True)
class PairSettings:
    """What pairs are to be like.

    Attributes
    ----------
    segment_s
        Recordings are cut into segments so long; one that is shorter is a segment by itself, and
        the rest at the end of a longer one is left out.
    kinds
        Kinds of damage, taken in turn.
    most
        Stop after so many pairs, or None.
    with_pictures
        Draw both spectrograms, for which matplotlib is needed.
    """

    segment_s: float = 5.0
    kinds: tuple[str, ...] = tuple(KINDS)
    most: int | None = None
    with_pictures: bool = True
    seed: int = 0


def write_pairs(
    files: Sequence[Path], folder: Path, settings: PairSettings, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Write a folder for every pair, and an index of them all.

    A pair's folder holds ``clean.wav`` and ``damaged.wav`` (32-bit float, the recording's rate and
    channels), ``pair.safetensors`` (``clean`` and ``damaged`` levels ``(channels, bins, columns)``
    as the networks see them, ``mask`` ``(bins, columns)``) and ``picture.png``. The whole appears
    at once when it is complete.

    Returns
    -------
    The entries of the index.

    Raises
    ------
    DataError
        No recording has a segment that sounds.
    ExportError
        The folder has something in it, or cannot be made or filled.
    FileError
        A recording cannot be read.
    Cancelled
        The user asked to stop; nothing is kept.
    """
    progress = progress or Progress()
    with create_folder(folder) as draft:
        clips = [api.open_clip(file) for file in files]
        entries = _write_all(files, clips, draft, settings, progress)
        if not entries:
            raise DataError(
                tr(
                    "No recording holds {seconds:g} s of sound that is more than silence.",
                    seconds=SHORTEST_S,
                )
            )
        text = json_text(entries, indent=1)
        (draft / INDEX_NAME).write_text(text + "\n", encoding="utf-8")
    return entries


def _write_all(
    files: Sequence[Path],
    clips: Sequence[AudioClip],
    draft: Path,
    settings: PairSettings,
    progress: Progress,
) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for number, (file, clip) in enumerate(zip(files, clips, strict=True)):
        for start, end in _list_segments(clip, settings.segment_s):
            done = (number + start / clip.frames) / len(files)
            progress.report(done, f"{file.name}, {start / clip.rate:.0f} s")
            clean = clip.read(start, end)
            if np.sqrt(np.mean(clean**2)) < QUIETEST_RMS or not np.isfinite(clean).all():
                continue
            kind = settings.kinds[len(entries) % len(settings.kinds)]
            rng = np.random.default_rng([settings.seed, len(entries)])
            name = f"{len(entries):05d}-{kind}"
            facts = _write_pair(draft / name, clean, clip.rate, kind, rng, settings)
            entries.append(
                {"folder": name, "source": str(file), "from_s": start / clip.rate} | facts
            )
            if settings.most is not None and len(entries) >= settings.most:
                return entries
    return entries


def _list_segments(clip: AudioClip, segment_s: float) -> Iterator[tuple[int, int]]:
    length = round(segment_s * clip.rate)
    if clip.frames < length:
        if clip.info.duration_s >= SHORTEST_S:
            yield 0, clip.frames
        return
    for start in range(0, clip.frames - length + 1, length):
        yield start, start + length


def _write_pair(
    folder: Path,
    clean: Samples,
    rate: int,
    kind: str,
    rng: np.random.Generator,
    settings: PairSettings,
) -> dict[str, Any]:
    damaged = KINDS[kind](clean, rate, STFT, rng)
    folder.mkdir()
    for name, samples in (("clean", clean), ("damaged", damaged.samples)):
        stream = io.BytesIO()
        soundfile.write(stream, samples.T, rate, format="WAV", subtype="FLOAT")
        (folder / f"{name}.wav").write_bytes(stream.getvalue())
    spectra = [np.abs(stft(samples, STFT)) for samples in (clean, damaged.samples)]
    reference = max(float(spectra[0].max()), 1e-9)
    levels = [np.ascontiguousarray(to_levels(spectrum, reference)) for spectrum in spectra]
    tensors = {"clean": levels[0], "damaged": levels[1], "mask": np.ascontiguousarray(damaged.mask)}
    facts: dict[str, Any] = {
        "kind": kind,
        "rate": rate,
        "damaged_from_s": damaged.start_frame / rate,
        "damaged_to_s": damaged.end_frame / rate,
        "band_hz": damaged.band_hz,
        "reference": reference,
    }
    content = save(tensors, metadata={"facts": json.dumps(facts)})
    (folder / "pair.safetensors").write_bytes(content)
    if settings.with_pictures:
        states = {"clean": clean, f"damaged: {kind}": damaged.samples}
        span = damaged.start_frame, damaged.end_frame
        picture = spectrograms_png(states, rate, span, damaged.band_hz)
        (folder / "picture.png").write_bytes(picture)
    return facts
