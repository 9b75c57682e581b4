"""Pictures for reports and data sets, drawn with matplotlib, which nothing else needs."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.optional import optional_package
from uasrm_core.spectral.levels import RANGE_DB, to_levels
from uasrm_core.spectral.stft import StftConfig, stft
from uasrm_core.translation import mark

STFT = StftConfig(fft_size=2048, hop_frames=256)
LOWEST_HZ = 40.0
ROWS = 200
MOST_COLUMNS = 600
HEIGHT_IN, WIDTH_IN, DPI = 2.4, 3.6, 80
EDGE_COLOUR = "#39d5ff"


def new_figure(width_in: float, height_in: float) -> Any:
    """Return an empty matplotlib figure that no window belongs to.

    Raises
    ------
    DataError
        The package is not installed.
    """
    figures = optional_package("matplotlib.figure", "evaluate", mark("Pictures need"))
    return figures.Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")


def png_of(figure: Any) -> bytes:
    """Return a figure as a PNG file with a palette, which is a third of the size."""
    from PIL import Image

    plain, small = io.BytesIO(), io.BytesIO()
    figure.savefig(plain, format="png")
    plain.seek(0)
    Image.open(plain).convert("RGB").quantize(128).save(small, format="png", optimize=True)
    return small.getvalue()


def spectrograms_png(
    states: Mapping[str, Samples],
    rate: int,
    span: tuple[int, int],
    band_hz: tuple[float, float] | None = None,
) -> bytes:
    """Draw the same stretch of a recording in several states, as a PNG file.

    Frequency is logarithmic, colours are decibels under the peak of the first state, and lines
    mark the damage.

    Parameters
    ----------
    states
        Title and float32 ``(channels, frames)``, of which the mean over the channels is drawn.
    span, band_hz
        The damage in frames and in Hz.

    Raises
    ------
    DataError
        The package matplotlib is not installed.
    """
    figure = new_figure(WIDTH_IN * len(states) + 0.6, HEIGHT_IN)
    axes = figure.subplots(1, len(states), sharey=True, squeeze=False)[0]
    pictures = [_draw_picture(samples, rate) for samples in states.values()]
    peak = max(float(pictures[0].max()), 1e-9)
    top = rate / 2
    for place, title, picture in zip(axes, states, pictures, strict=True):
        levels = (to_levels(picture, peak) - 1.0) * RANGE_DB
        seconds = len(next(iter(states.values()))[0]) / rate
        edges = np.geomspace(LOWEST_HZ, top, ROWS + 1)
        across = np.linspace(0.0, seconds, picture.shape[1] + 1)
        image = place.pcolormesh(across, edges, levels, cmap="magma", vmin=-RANGE_DB, vmax=0.0)
        place.set_yscale("log")
        place.set_title(title, fontsize=9)
        place.set_xlabel("s", fontsize=8)
        place.tick_params(labelsize=7)
        _mark(place, (span[0] / rate, span[1] / rate), band_hz)
    axes[0].set_ylabel("Hz", fontsize=8)
    bar = figure.colorbar(image, ax=list(axes), label="dB", pad=0.01)
    bar.ax.tick_params(labelsize=7)
    return png_of(figure)


def _draw_picture(samples: Samples, rate: int) -> Samples:
    """Return magnitudes in rows of equal musical width, ``(ROWS, columns)``."""
    mono = samples.mean(axis=0)
    magnitudes = np.abs(stft(mono, STFT))[:, :-1]
    step = -(-magnitudes.shape[1] // MOST_COLUMNS)
    edges = np.geomspace(LOWEST_HZ, rate / 2, ROWS + 1) / STFT.bin_hz(rate)
    rows = np.clip(np.sqrt(edges[1:] * edges[:-1]).round().astype(int), 0, STFT.bins - 1)
    return np.asarray(magnitudes[rows][:, ::step], dtype=np.float32)


def _mark(place: Any, span_s: tuple[float, float], band_hz: tuple[float, float] | None) -> None:
    look = {"color": EDGE_COLOUR, "linewidth": 0.8}
    low, high = band_hz or place.get_ylim()
    place.vlines(span_s, low, high, **look)
    if band_hz is not None:
        place.hlines(band_hz, *span_s, **look)
