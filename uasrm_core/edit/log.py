"""The log of all repairs and edits of a recording.

A log is a dictionary of text and numbers. It is written as JSON, or as a report to be read
(`log_text`); both say the same. A SHA-256 of all samples but those that the repairs touched proves
that nothing else was changed: anybody who reads the file as 32-bit float, interleaved, and sets the
touched samples to zero gets the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.hashing import hash_file
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import EditHistory, RepairNote, patch_for, utc_now
from uasrm_core.edit.log_text import SILENCE_DB, log_text
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.version import program_version
from uasrm_core.writing.gate import write_whole
from uasrm_core.writing.text import json_text

_BLOCK_FRAMES = 1 << 16
_SILENCE = 10 ** (SILENCE_DB / 20)
UNTOUCHED = (
    "SHA-256 of the samples as 32-bit float, little-endian, interleaved, "
    "those that a repair touched set to zero"
)


def build_log(
    original: AudioClip, history: EditHistory, progress: Progress | None = None
) -> dict[str, Any]:
    """Return the log of the steps in effect.

    Parameters
    ----------
    original
        The recording as its file holds it.

    Raises
    ------
    FileError
        The recording cannot be read any more.
    """
    progress = progress or Progress()
    info = original.info
    return {
        "uasrm": program_version(),
        "written": utc_now(),
        "input": {
            "path": None if info.path is None else str(info.path),
            "sha256": None if info.path is None else hash_file(info.path),
            "container": info.container,
            "subtype": info.subtype,
            "rate": info.rate,
            "channels": info.channels,
            "frames": info.frames,
        },
        "untouched": {
            "sha256": hash_untouched(original, history.patches, progress),
            "of": UNTOUCHED,
        },
        "steps": [edit.label for edit in history.in_effect],
        "history": [
            {"step": edit.label, "made_at": edit.made_at, "undone": number >= history.cursor}
            for number, edit in enumerate(history.edits)
        ],
        "regions": _describe_repairs(original, history),
    }


def log_export(
    original: AudioClip,
    history: EditHistory,
    exported: ExportReport,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the log of the steps in effect and of the file that was written with them.

    Parameters
    ----------
    original
        The recording as its file holds it.

    Raises
    ------
    FileError
        The recording, or what was written, cannot be read any more.
    """
    progress = progress or Progress()
    log = build_log(original, history, progress.part(0.0, 0.5))
    written = open_clip(exported.path)
    log["untouched"]["output_sha256"] = hash_untouched(
        written, history.patches, progress.part(0.5, 1.0)
    )
    loudness = _measure_loudness(written)
    return log | {
        "loudness": loudness,
        "output": {
            "path": str(exported.path),
            "sha256": hash_file(exported.path),
            "same_format": exported.same_format,
            "samples_changed": exported.samples_changed,
            "metadata_lost": list(exported.lost),
            "notes": list(exported.notes),
            "samples_outside": exported.proof.outside,
            "identical_outside": exported.proof.identical,
        },
    }


def _measure_loudness(written: AudioClip) -> dict[str, float | None] | None:
    # what it is measured with takes a while to load
    from uasrm_core.metrics.loudness import measure_loudness

    found = measure_loudness(written)
    return None if found is None else {"lufs": found.lufs, "true_peak_db": found.true_peak_db}


def hash_untouched(
    clip: AudioClip, touched: tuple[Patch, ...], progress: Progress | None = None
) -> str:
    """Return the SHA-256 of all samples but those within some patches; see `UNTOUCHED`."""
    progress = progress or Progress()
    digest = hashlib.sha256()
    for start in range(0, clip.frames, _BLOCK_FRAMES):
        progress.report(start / clip.frames, tr("Reading the recording"))
        end = min(start + _BLOCK_FRAMES, clip.frames)
        block = clip.read(start, end)
        for patch in touched:
            low, high = max(patch.start_frame, start), min(patch.end_frame, end)
            if low < high:
                block[list(patch.channels), low - start : high - start] = 0.0
        digest.update(np.ascontiguousarray(block.T, dtype="<f4").data)
    return digest.hexdigest()


def log_bytes(log: Mapping[str, Any], suffix: str) -> bytes:
    """Return a log as a file's content: a report for ``.txt``, else JSON."""
    if suffix.lower() == ".txt":
        return log_text(log).encode()
    return f"{json_text(log, indent=2, is_ascii=False)}\n".encode()


def write_log(
    path: Path, original: AudioClip, history: EditHistory, progress: Progress | None = None
) -> None:
    """Write the log of the steps in effect, whole or not at all, in place of what stood there.

    Raises
    ------
    ExportError
        The place cannot be written to.
    FileError
        The recording cannot be read any more.
    """
    content = log_bytes(build_log(original, history, progress), path.suffix)
    write_whole(path, content)


def _describe_repairs(original: AudioClip, history: EditHistory) -> list[dict[str, Any]]:
    """Describe every repair in effect, in the order they were made."""
    rows = []
    clip = original
    for step, edit in enumerate(history.in_effect, 1):
        before, clip = clip, clip.with_patches((*clip.patches, *edit.patches))
        for note in edit.repairs:
            spot = patch_for(edit, note.region, original.channels) or note.region
            rows.append(
                {"step": step}
                | _describe_place(note.region, original)
                | {
                    "engine": note.engine,
                    "model": note.model or None,
                    "context_s": note.context_s,
                    "strength": note.strength,
                    "take": note.take,
                    "unchanged": note.is_unchanged,
                    "taken_from_s": note.source_frames
                    and [frame / original.rate for frame in note.source_frames],
                    "touched_start_frame": spot.start_frame,
                    "touched_end_frame": spot.end_frame,
                    "before": _measure_levels(_read_region(before, note)),
                    "after": _measure_levels(_read_region(clip, note)),
                    "seconds_taken": round(note.seconds_taken, 3),
                }
            )
    return rows


def _read_region(clip: AudioClip, note: RepairNote) -> Samples:
    region = note.region
    channels = region.channel_indices(clip.channels)
    return clip.read(region.start_frame, region.end_frame, channels)


def _measure_levels(samples: Samples) -> dict[str, float]:
    """Return how loud some samples are, in dB of full scale."""
    sound = np.nan_to_num(samples.astype(np.float64))
    return {
        "rms_db": _convert_to_decibels(float(np.sqrt(np.mean(sound**2)))),
        "peak_db": _convert_to_decibels(float(np.max(np.abs(sound)))),
    }


def _convert_to_decibels(amplitude: float) -> float:
    return round(20 * math.log10(amplitude), 2) if amplitude > _SILENCE else SILENCE_DB


def _describe_place(region: Region, clip: AudioClip) -> dict[str, Any]:
    return {
        "kind": region.kind,
        "label": region.label,
        "start_s": region.start_frame / clip.rate,
        "end_s": region.end_frame / clip.rate,
        "start_frame": region.start_frame,
        "end_frame": region.end_frame,
        "low_hz": region.low_hz,
        "high_hz": region.high_hz,
        "shape": region.shape and region.shape.to_json(),
        "channels": [channel + 1 for channel in region.channel_indices(clip.channels)],
    }
