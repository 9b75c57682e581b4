"""The log of all repairs and edits of a recording, as text and JSON.

A log is a dictionary of text and numbers. It is written as JSON, or as a report to be read; both
say the same. What says that nothing else was changed is a SHA-256 of all samples but those that the
repairs touched: anybody who reads the file as 32-bit float, interleaved, and sets the touched
samples to zero gets the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import EditHistory, RepairNote, patch_for, utc_now
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.version import program_version
from uasrm_core.writing.gate import write_whole
from uasrm_core.writing.text import json_text, visible

_BLOCK_FRAMES = 1 << 16
_SILENCE_DB = -200.0
_SILENCE = 10 ** (_SILENCE_DB / 20)
UNTOUCHED = (
    "SHA-256 of the samples as 32-bit float, little-endian, interleaved, "
    "those that a repair touched set to zero"
)


def edit_log(
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
            "sha256": None if info.path is None else file_sha256(info.path),
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
    log = edit_log(original, history, progress.part(0.0, 0.5))
    written = open_clip(exported.path)
    log["untouched"]["output_sha256"] = hash_untouched(
        written, history.patches, progress.part(0.5, 1.0)
    )
    loudness = _measure_loudness(written)
    return log | {
        "loudness": loudness,
        "output": {
            "path": str(exported.path),
            "sha256": file_sha256(exported.path),
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


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


def log_text(log: Mapping[str, Any]) -> str:
    """Return a log as a report to be read."""
    source = log["input"]
    lines = ["What was done to a recording", "=" * 28, ""]
    lines += _format_table(
        ("Recording", source["path"] or "in memory"),
        ("SHA-256", source["sha256"] or "–"),
        ("Format", f"{source['container']} {source['subtype']}, {_describe_size(source)}"),
        ("Length", f"{source['frames']} frames, {_time(source['frames'] / source['rate'])}"),
    )
    if "output" in log:
        output = log["output"]
        lines += _format_table(("Written to", output["path"]), ("SHA-256", output["sha256"]))
        lines += _describe_loudness(log.get("loudness"))
    lines += _format_table(("Program", f"UASRM {log['uasrm']}"), ("Log of", log["written"]))
    if log.get("operator"):
        lines += _format_table(("Operator", log["operator"]))
    lines += _format_table(*log.get("versions", {}).items(), ("", ""))
    if "difference" in log:
        row = log["difference"]
        lines += _format_table(("Difference", row["path"]), ("SHA-256", row["sha256"]), ("", ""))
    lines += [*_describe_history(log["history"]), ""]
    if not log["regions"]:
        lines += ["Nothing was repaired.", ""]
    for number, region in enumerate(log["regions"], 1):
        lines += [*_describe_region(number, region), ""]
    if log.get("warnings"):
        lines += ["Warnings", "-" * 8, *log["warnings"], ""]
    lines += ["Everything else", "-" * 15, f"{log['untouched']['of']}:"]
    lines += _format_table(("recording", log["untouched"]["sha256"]))
    after = log["untouched"].get("output_sha256")
    if after is not None:
        same = after == log["untouched"]["sha256"]
        lines += _format_table(("output", after))
        lines += ["They are the same: nothing else was changed." if same else _ROUNDED]
    return "\n".join(visible(line.rstrip()) for line in lines) + "\n"


_ROUNDED = "They differ: the output's format cannot hold every sample as it was."


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
    content = log_bytes(edit_log(original, history, progress), path.suffix)
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
                | _place(note.region, original)
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
                    "before": _measure_levels(_read(before, note)),
                    "after": _measure_levels(_read(clip, note)),
                    "seconds_taken": round(note.seconds_taken, 3),
                }
            )
    return rows


def _read(clip: AudioClip, note: RepairNote) -> Samples:
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
    return round(20 * math.log10(amplitude), 2) if amplitude > _SILENCE else _SILENCE_DB


def _place(region: Region, clip: AudioClip) -> dict[str, Any]:
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


def _describe_loudness(loudness: Mapping[str, float | None] | None) -> list[str]:
    if loudness is None or loudness["lufs"] is None or loudness["true_peak_db"] is None:
        return []
    peak = f"true peak {loudness['true_peak_db']:.1f} dBTP"
    return _format_table(("Loudness", f"{loudness['lufs']:.1f} LUFS, {peak}"))


def _describe_history(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    if not steps:
        return []
    rows = [
        f"{row['made_at'] or 'time not kept':<27}{row['step']}"
        + ("  (undone)" if row["undone"] else "")
        for row in steps
    ]
    return ["Steps", "-" * 5, *rows]


def _describe_region(number: int, row: Mapping[str, Any]) -> list[str]:
    title = f"{number}. {_time(row['start_s'])} – {_time(row['end_s'])}  {row['kind']}"
    if row["label"]:
        title = f"{title}  {row['label']}"
    band = "all frequencies"
    if row["low_hz"] is not None or row["high_hz"] is not None:
        high = "the top" if row["high_hz"] is None else f"{row['high_hz']:.0f} Hz"
        band = f"{row['low_hz'] or 0:.0f} Hz to {high}"
    if row["shape"]:
        band = f"{band}, drawn by hand"
    engine = row["engine"] + (f" (model {row['model']})" if row["model"] else "")
    settings = f"strength {row['strength']:g}"
    if row["take"] is not None:
        settings = f"{settings}, take {row['take']}"
    if row["context_s"] is not None:
        settings = f"surroundings {row['context_s']:g} s, {settings}"
    lines = _format_table(
        ("frames", f"{row['start_frame']} to {row['end_frame']}"),
        ("touched", f"{row['touched_start_frame']} to {row['touched_end_frame']}"),
        ("channels", ", ".join(str(channel) for channel in row["channels"])),
        ("band", band),
        ("engine", engine),
        ("settings", settings),
        ("before", _level_text(row["before"])),
        ("after", _level_text(row["after"])),
    )
    if row["unchanged"]:
        lines += _format_table(("result", "left as it was, bit for bit"))
    if row["taken_from_s"]:
        start, end = row["taken_from_s"]
        lines += _format_table(("taken from", f"{_time(start)} – {_time(end)}"))
    return [title, "-" * len(title), *lines]


def _level_text(levels: Mapping[str, float]) -> str:
    if levels["peak_db"] <= _SILENCE_DB:
        return "silence"
    return f"{levels['rms_db']:.1f} dB RMS, {levels['peak_db']:.1f} dB peak"


def _format_table(*rows: tuple[str, str]) -> list[str]:
    return [f"{name:<12}{value}" for name, value in rows]


def _describe_size(source: Mapping[str, Any]) -> str:
    channels = source["channels"]
    return f"{source['rate']} Hz, {channels} channel{'s' if channels > 1 else ''}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:06.3f}"
