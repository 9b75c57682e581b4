"""The log of a recording's repairs as a report to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from uasrm_core.writing.text import visible

# What a log states as the level of silence, in dB of full scale.
SILENCE_DB = -200.0
_ROUNDED = "They differ: the output's format cannot hold every sample as it was."


def log_text(log: Mapping[str, Any]) -> str:
    """Return a log as a report to be read."""
    source = log["input"]
    lines = ["What was done to a recording", "=" * 28, ""]
    lines += _format_table(
        ("Recording", source["path"] or "in memory"),
        ("SHA-256", source["sha256"] or "–"),
        ("Format", f"{source['container']} {source['subtype']}, {_describe_size(source)}"),
        ("Length", f"{source['frames']} frames, {_format_time(source['frames'] / source['rate'])}"),
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
    title = (
        f"{number}. {_format_time(row['start_s'])} – {_format_time(row['end_s'])}  {row['kind']}"
    )
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
        ("before", _describe_levels(row["before"])),
        ("after", _describe_levels(row["after"])),
    )
    if row["unchanged"]:
        lines += _format_table(("result", "left as it was, bit for bit"))
    if row["taken_from_s"]:
        start, end = row["taken_from_s"]
        lines += _format_table(("taken from", f"{_format_time(start)} – {_format_time(end)}"))
    return [title, "-" * len(title), *lines]


def _describe_levels(levels: Mapping[str, float]) -> str:
    if levels["peak_db"] <= SILENCE_DB:
        return "silence"
    return f"{levels['rms_db']:.1f} dB RMS, {levels['peak_db']:.1f} dB peak"


def _format_table(*rows: tuple[str, str]) -> list[str]:
    return [f"{name:<12}{value}" for name, value in rows]


def _describe_size(source: Mapping[str, Any]) -> str:
    channels = source["channels"]
    return f"{source['rate']} Hz, {channels} channel{'s' if channels > 1 else ''}"


def _format_time(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:06.3f}"
