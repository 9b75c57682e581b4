"""Numbers as the user reads and types them: times, frequencies, notes, levels, channels."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.translation import mark, tr, tr_count, write_number

_NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_BITS = {"PCM_S8": "8-bit", "PCM_U8": "8-bit", "PCM_16": "16-bit", "PCM_24": "24-bit"}
_BITS |= {"PCM_32": "32-bit", "FLOAT": "32-bit float", "DOUBLE": "64-bit float"}
_LAYOUTS = {1: mark("mono"), 2: mark("stereo")}


def format_time(seconds: float, *, full: bool = False, decimals: int = 3) -> str:
    """Return ``12.345``, ``1:02.345`` or ``1:01:02.345``; `full` gives ``00:00:12.345``."""
    unit = 10**decimals
    parts = round(abs(seconds) * unit)
    sign = "-" if seconds < 0 and parts else ""
    minutes, rest = divmod(parts, 60 * unit)
    hours, minutes = divmod(minutes, 60)
    whole, part = divmod(rest, unit)
    if full:
        return write_number(f"{sign}{hours:02d}:{minutes:02d}:{whole:02d}.{part:0{decimals}d}")
    if hours:
        return write_number(f"{sign}{hours}:{minutes:02d}:{whole:02d}.{part:0{decimals}d}")
    if minutes:
        return write_number(f"{sign}{minutes}:{whole:02d}.{part:0{decimals}d}")
    return write_number(f"{sign}{whole}.{part:0{decimals}d}")


def format_time_left(elapsed_s: float, share: float) -> str:
    """Return about how long work takes that has done a share of it so far: ``0:25``, ``1:02:30``.

    In steps of five seconds, for it is a guess.
    """
    seconds = max(5 * round(elapsed_s * (1 - share) / share / 5), 5)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def format_length(seconds: float) -> str:
    """Return how long something is: ``0.9 ms``, ``60 ms`` or, from a second on, as a time."""
    if seconds >= 1:
        return format_time(seconds)
    thousandths = seconds * 1000
    return write_number(f"{thousandths:.{1 if thousandths < 10 else 0}f} ms")


def format_span(start_frame: int, end_frame: int, rate: int) -> str:
    """Return where a stretch lies, such as ``1.200–1.700 s``."""
    start, end = format_time(start_frame / rate), format_time(end_frame / rate)
    return f"{start}–{end}" + ("" if ":" in end else " s")


def parse_time(text: str) -> float:
    """Return the seconds in ``83.456``, ``1:23.456``, ``0:01:23,456`` or ``60 ms``.

    Raises
    ------
    ValueError
        It is no time; the message says what one looks like.
    """
    short = re.fullmatch(r"\s*(\d+(?:[.,]\d*)?|[.,]\d+)\s*ms\s*", text, re.ASCII)
    if short is not None:
        return float(short.group(1).replace(",", ".")) / 1000
    match = re.fullmatch(
        r"\s*(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?|[.,]\d+)\s*s?\s*", text, re.ASCII
    )
    if match is None:
        raise ValueError(tr("Type a time such as 83.456 or 1:23.456."))
    hours, minutes, seconds = match.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds.replace(",", "."))


def format_hz(hz: float | None) -> str:
    """Return a band edge, or nothing where there is none."""
    return "" if hz is None else f"{hz:.0f}"


def parse_hz(text: str) -> float | None:
    """Return the frequency in ``3000``, ``3k``, ``3.2 kHz`` or ``440 Hz``; None for nothing.

    Raises
    ------
    ValueError
        It is no frequency; the message says what one looks like.
    """
    if not text.strip():
        return None
    match = re.fullmatch(r"\s*(\d+(?:[.,]\d*)?|[.,]\d+)\s*(k?)\s*(?:hz)?\s*", text, re.I | re.A)
    if match is None:
        raise ValueError(tr("Type a frequency such as 3000 or 3k, or nothing for no limit."))
    number = float(match.group(1).replace(",", "."))
    return number * 1000 if match.group(2) else number


def note_name(hz: float) -> str:
    """Return the nearest note of equal temperament with A4 at 440 Hz, such as ``A4 +12 ct``."""
    if hz < 8:
        return ""
    exact = 69 + 12 * math.log2(hz / 440)
    nearest = round(exact)
    cents = round(100 * (exact - nearest))
    return f"{_NOTES[nearest % 12]}{nearest // 12 - 1} {cents:+d} ct".replace("-", "−")


def describe_format(info: SourceInfo) -> str:
    """Return what a recording is, such as ``44.1 kHz 24-bit stereo``."""
    rate = write_number(f"{info.rate / 1000:.4f}".rstrip("0").rstrip("."))
    depth = _BITS.get(info.subtype, info.container if info.subtype else "")
    layout = tr(_LAYOUTS.get(info.channels, ""))
    layout = layout or tr_count("{count} channel", "{count} channels", info.channels)
    return " ".join(part for part in (f"{rate} kHz", depth, layout) if part)


def format_channels(region: Region, names: Sequence[str]) -> str:
    """Return the names of the channels that a region means, or ``all``."""
    if region.channels is None or len(region.channels) == len(names):
        return tr("all")
    return ",".join(names[channel] for channel in region.channels)


def parse_channels(text: str, names: Sequence[str]) -> tuple[int, ...] | None:
    """Return the channels meant by ``all``, names such as ``L,R`` or numbers; None for all.

    Raises
    ------
    ValueError
        It names no channels of this recording; the message says what it may be.
    """
    words = [word for word in re.split(r"[\s,;]+", text.strip().lower()) if word]
    if not words or words in (["all"], [tr("all")]):
        return None
    known = {str(channel + 1): channel for channel in range(len(names))}
    known |= {name.lower(): channel for channel, name in enumerate(names)}
    if not all(word in known for word in words):
        if names[0] != "1":
            written = ", ".join(names)
            raise ValueError(tr("Type the channels as {names} or all.", names=written))
        last = len(names)
        raise ValueError(tr("Type the channels as numbers from 1 to {last} or all.", last=last))
    chosen = sorted({known[word] for word in words})
    return None if len(chosen) == len(names) else tuple(chosen)
