"""Damaged recordings of all formats, opened, repaired and exported, for `fuzz --audio`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from fuzz_targets import Target

RATE = 16000
FRAMES = 6000
REGION = (2500, 2540)
# ending, container, subtype, channels
FORMATS = (
    ("wav", "WAV", "PCM_16", 2), ("wav", "WAV", "PCM_U8", 1), ("wav", "WAVEX", "PCM_24", 2),
    ("wav", "WAV", "FLOAT", 1), ("wav", "WAV", "DOUBLE", 2), ("wav", "WAV", "ULAW", 1),
    ("wav", "WAV", "IMA_ADPCM", 1), ("wav", "WAV", "MS_ADPCM", 2), ("wav", "RF64", "PCM_16", 1),
    ("w64", "W64", "PCM_24", 1), ("aiff", "AIFF", "PCM_16", 2), ("aifc", "AIFF", "FLOAT", 1),
    ("flac", "FLAC", "PCM_16", 2), ("flac", "FLAC", "PCM_24", 1), ("ogg", "OGG", "VORBIS", 2),
    ("opus", "OGG", "OPUS", 1), ("mp3", "MP3", "MPEG_LAYER_III", 2), ("au", "AU", "PCM_16", 1),
    ("caf", "CAF", "PCM_16", 2), ("caf", "CAF", "ALAC_16", 1), ("voc", "VOC", "PCM_16", 1),
    ("avr", "AVR", "PCM_16", 1), ("htk", "HTK", "PCM_16", 1), ("nist", "NIST", "PCM_16", 1),
)  # fmt: skip


def audio_targets() -> dict[str, Target]:
    """Return a target for every format."""
    targets = {}
    for ending, container, subtype, channels in FORMATS:
        name = f"{container}-{subtype}-{channels}.{ending}"

        def parse(data: bytes, folder: Path, ending: str = ending) -> object:
            return repair_and_export(data, folder, ending)

        def seeds(
            folder: Path, kind: tuple[str, str] = (container, subtype), channels: int = channels
        ) -> list[bytes]:
            return [_recording(folder, *kind, channels)]

        targets[name] = Target(name, parse, seeds)
    return targets


def _recording(folder: Path, container: str, subtype: str, channels: int) -> bytes:
    time = np.arange(FRAMES)[:, None] / RATE
    pitches = 300.0 * (1 + np.arange(channels))
    rng = np.random.default_rng(1)
    sound = 0.3 * np.sin(2 * np.pi * pitches * time) + 0.01 * rng.standard_normal((FRAMES, 1))
    path = folder / "seed"
    soundfile.write(path, sound, RATE, subtype=subtype, format=container)
    return path.read_bytes()


def repair_and_export(data: bytes, folder: Path, ending: str) -> object:
    """Open a recording, repair a hundredth of a second of it, and export it as it is."""
    from uasrm_core import api
    from uasrm_core.audio.region import Region
    from uasrm_core.inpainting.job import RepairJob

    path, target = folder / f"input.{ending}", folder / f"output.{ending}"
    path.write_bytes(data)
    clip = api.open_clip(path)
    job = RepairJob(clip, (Region(*REGION),), "ar")
    result = api.repair(job)
    repaired = clip.with_patches(result.best_patches)
    return api.export_clip(repaired, target, overwrite=True)
