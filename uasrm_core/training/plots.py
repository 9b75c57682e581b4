"""Plots and sounds of a training run: learning curves and repaired examples.

matplotlib draws them; where it is not installed, training goes on without pictures.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import soundfile

from uasrm_core.audio.clip import Samples
from uasrm_core.pictures import new_figure, png_of, spectrograms_png
from uasrm_core.writing.gate import write_whole

CURVE_NAME = "curve.png"
LIST_NAME = "examples.json"
WIDTH_IN, HEIGHT_IN = 4.2, 3.0
TITLES = {"snr": "SNR in dB", "lsd": "LSD in dB", "error_db": "error in dB"}
# Figures of what stands in for the network, to hold its own against.
CLASSICAL = "classical_"


def can_draw() -> bool:
    """Return whether the package that pictures need is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw_curve(log: Path, folder: Path) -> None:
    """Draw `CURVE_NAME` into a folder: every validation of a run's log over the minutes learnt.

    A line for each length of the gap, where the log tells them apart, and a dashed one for the
    classical fill.
    """
    entries = read_log(log)
    minutes = [entry["minutes"] for entry in entries]
    tables = [_group_by_length(entry["figures"]) for entry in entries]
    measures = [name for name in TITLES if any(name in row for row in tables[-1].values())]
    figure = new_figure(WIDTH_IN * len(measures), HEIGHT_IN)
    places = figure.subplots(1, len(measures), squeeze=False)[0]
    for axes, measure in zip(places, measures, strict=True):
        for number, length in enumerate(tables[-1]):
            look = {"color": f"C{number}"}
            values = [table.get(length, {}).get(measure, float("nan")) for table in tables]
            label = f"{length} ms" if length else None
            axes.plot(minutes, values, marker=".", label=label, **look)
            classical = tables[-1][length].get(CLASSICAL + measure)
            if classical is not None:
                axes.axhline(classical, linestyle="--", linewidth=0.8, **look)
        axes.set_title(TITLES[measure], fontsize=9)
        is_compared = any(CLASSICAL + measure in row for row in tables[-1].values())
        beside = " (dashed: the classical fill)" if is_compared else ""
        axes.set_xlabel(f"minutes learnt{beside}", fontsize=8)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.3)
    if len(tables[-1]) > 1:
        figure.legend(*places[0].get_legend_handles_labels(), loc="outside right upper", fontsize=7)
    write_whole(folder / CURVE_NAME, png_of(figure))


@dataclass(frozen=True, eq=False)
class Example:
    """What was made of one gap.

    Attributes
    ----------
    name
        Of the example, which is the same every time.
    states
        Title and float32 ``(channels, frames)``.
    gap
        The gap within them, half-open.
    """

    name: str
    states: Mapping[str, Samples]
    rate: int
    gap: tuple[int, int]


def write_examples(folder: Path, examples: Sequence[Example]) -> None:
    """Write the states of examples as ``example-NAME-STATE.wav`` into a folder, and `LIST_NAME`.

    With matplotlib, their spectrograms as ``example-NAME.png``, too.
    """
    listed = []
    for example in examples:
        for state, samples in example.states.items():
            stream = BytesIO()
            soundfile.write(stream, samples.T, example.rate, format="WAV", subtype="FLOAT")
            target = folder / f"example-{example.name}-{state}.wav"
            write_whole(target, stream.getvalue(), is_recording=True, is_durable=False)
        if can_draw():
            picture = spectrograms_png(example.states, example.rate, example.gap)
            write_whole(folder / f"example-{example.name}.png", picture)
        listed.append({"name": example.name, "states": list(example.states), "gap": example.gap})
    write_whole(folder / LIST_NAME, json.dumps(listed).encode())


def _group_by_length(figures: Mapping[str, Any]) -> Mapping[str, Mapping[str, float]]:
    """Return figures by length of the gap; those of a run that has no lengths under no name."""
    is_flat = not any(isinstance(value, Mapping) for value in figures.values())
    return {"": figures} if is_flat else figures


def read_log(log: Path) -> list[dict[str, Any]]:
    """Return what a run's log holds; a line that a crash cut short is left out."""
    entries = []
    for line in log.read_text(encoding="utf-8").splitlines():
        with suppress(ValueError):
            entries.append(json.loads(line))
    return entries
