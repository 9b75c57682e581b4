"""Where rulers put their marks, and what they write beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from uasrm_core.translation import write_number
from uasrm_gui.display import AmplitudeUnit
from uasrm_gui.state.viewport import AmplitudeView, FrequencyView, TimeView
from uasrm_gui.widgets.time_format import TimeFormat

_TIME_STEPS_S = (
    *(base * 10.0**power for power in range(-6, 0) for base in (1, 2, 5)),
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000),
)
_LOG_HZ = tuple(base * 10.0**power for power in range(1, 6) for base in (1, 2, 3, 4, 5, 6, 7, 8, 9))


@dataclass(frozen=True)
class Tick:
    """A mark on a ruler, at a pixel; without words it is a small one."""

    position: float
    label: str = ""


def ruler_ticks(view: TimeView, time: TimeFormat, label_width: float) -> list[Tick]:
    """Return marks of a time ruler in a format, whose labels do not touch."""
    if time.name == "clock":
        return time_ticks(view, time.rate, label_width)
    unit = time.unit_frames
    wanted = max(label_width * view.frames_per_pixel / unit, 1.0)
    step = time.step(wanted)
    parts = next(part for part in (5, 4, 3, 2, 1) if step % part == 0)
    small = step // parts
    first = max(math.floor(view.start_frame / unit / small), 0)
    last = math.ceil(view.end_frame / unit / small)
    # The first frame of each unit, so that its name is that of the unit.
    frames = [math.ceil(number * small * unit) for number in range(first, last + 1)]
    return [
        Tick(view.x_of(frame), "" if (first + index) % parts else time.text(frame))
        for index, frame in enumerate(frames)
    ]


def time_ticks(view: TimeView, rate: int, label_width: float) -> list[Tick]:
    """Return marks of a time ruler whose labels, that many pixels wide, do not touch."""
    wanted = label_width * view.frames_per_pixel / rate
    step = next((s for s in _TIME_STEPS_S if s >= wanted), _TIME_STEPS_S[-1])
    parts = 5 if math.isclose(math.log10(step) % 1, 0.0, abs_tol=1e-9) or step % 3600 == 0 else 4
    small = step / parts
    first = math.floor(view.start_frame / rate / small)
    last = math.ceil(view.end_frame / rate / small)
    ticks = []
    for number in range(first, last + 1):
        x = view.x_of(number * small * rate)
        label = format_time(number // parts * step, step) if number % parts == 0 else ""
        ticks.append(Tick(x, label))
    return ticks


def format_time(seconds: float, step_s: float = 0.001) -> str:
    """Return a time as ``h:mm:ss.mmm``, with as many decimals as the step needs."""
    decimals = max(0, -math.floor(math.log10(step_s) + 1e-9))
    ticks = round(seconds * 10**decimals)
    whole, part = divmod(ticks, 10**decimals)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    if hours:
        return write_number(f"{hours}:{minute:02d}:{second:02d}{fraction}")
    return write_number(f"{minute}:{second:02d}{fraction}")


def frequency_ticks(view: FrequencyView, height: float, spacing: float) -> list[Tick]:
    """Return marks of a frequency ruler of a height, labels at least `spacing` pixels apart."""
    values = _linear_hz(view, height, spacing) if view.scale == "linear" else list(_LOG_HZ)
    ticks: list[Tick] = []
    taken: list[float] = []
    # Round numbers first, so that where marks crowd the rounder ones keep their words.
    for hz in sorted(values, key=_roundness):
        y = view.y_of(hz, height)
        if not spacing / 3 <= y <= height - spacing / 3 or hz > view.nyquist_hz:
            continue
        free = all(abs(y - other) >= spacing for other in taken)
        if free:
            taken.append(y)
        ticks.append(Tick(y, format_hz(hz) if free else ""))
    return ticks


def amplitude_ticks(
    view: AmplitudeView, height: float, spacing: float, unit: AmplitudeUnit
) -> list[Tick]:
    """Return marks of an amplitude ruler beside a lane, the same above its middle and below.

    In decibels below full scale, or in parts of full scale. The middle has a mark where there
    is room for one.
    """
    if height < 2 * spacing:
        return []
    middle = height / 2
    ticks = [Tick(middle, "−∞" if unit == "db" else write_number("0"))]
    last = -math.inf
    values = _decibels(view) if unit == "db" else _parts(view, spacing / height)
    for amplitude, label in values:
        y = view.y_of(amplitude, height)
        if y < spacing / 2 or y - last < spacing or middle - y < spacing:
            continue
        last = y
        ticks += [Tick(y, label), Tick(height - y, label)]
    return ticks


def _decibels(view: AmplitudeView) -> list[tuple[float, str]]:
    """Return amplitudes from the edge of a lane inwards, and their decibels."""
    top = 20 * math.log10(view.full_scale)
    # Close steps near the edge, where decibels lie far apart.
    levels = [math.floor(top), *(3 * math.floor(top / 3) - 3 * step for step in range(12))]
    return [
        (10 ** (level / 20), write_number(f"{level}").replace("-", "−"))
        for level in sorted(set(levels), reverse=True)
    ]


def _parts(view: AmplitudeView, part: float) -> list[tuple[float, str]]:
    """Return round amplitudes from the edge of a lane inwards, and their numbers."""
    wanted = 2 * view.full_scale * part
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(base * power for base in (1, 2, 5, 10) if base * power >= wanted)
    count = math.floor(view.full_scale / step + 1e-9)
    return [(n * step, write_number(f"{n * step:.4g}")) for n in range(count, 0, -1)]


def format_hz(hz: float) -> str:
    """Return a frequency in few characters: ``440``, ``2k``, ``2.5k``."""
    return write_number(f"{hz / 1000:.4g}k" if hz >= 1000 else f"{hz:.4g}")


def _linear_hz(view: FrequencyView, height: float, spacing: float) -> list[float]:
    # Even the lowest lane gets a mark or two.
    wanted = (view.high_hz - view.low_hz) * min(spacing / height, 0.4)
    power = 10.0 ** math.floor(math.log10(max(wanted, 1e-3)))
    step = next(base * power for base in (1, 2, 5, 10) if base * power >= wanted)
    first, last = math.ceil(view.low_hz / step), math.floor(view.high_hz / step)
    return [number * step for number in range(max(first, 1), last + 1)]


def _roundness(hz: float) -> tuple[int, float]:
    lead = round(hz / 10.0 ** math.floor(math.log10(hz) + 1e-9), 6)
    order = {1: 0, 2: 2, 5: 1}
    return (order.get(int(lead), 3) if lead == int(lead) else 4, hz)
