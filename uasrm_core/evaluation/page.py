"""A benchmark as one HTML file to look at and listen to; nothing in it is loaded from elsewhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core.audio.clip import Samples
from uasrm_core.evaluation.benchmark import Benchmark
from uasrm_core.evaluation.examples import Example, Examples, attribution
from uasrm_core.evaluation.measures import MEASURES
from uasrm_core.evaluation.report import Row, summarise
from uasrm_core.evaluation.tables import cells_of
from uasrm_core.pictures import new_figure, png_of, spectrograms_png
from uasrm_core.writing.gate import make_folder, write_whole
from uasrm_core.writing.text import visible

PAGE_NAME = "index.html"
CURVE_IN = (4.2, 2.8)
MARKERS = "osD^vP*X"

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .85rem; }
th, td { padding: .2rem .6rem; text-align: right; white-space: nowrap; }
th { border-bottom: 1px solid; } td:empty::after { content: "–"; opacity: .4; }
.wide { overflow-x: auto; } img { max-width: 100%; background: #fff; border-radius: 4px; }
.players { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; margin: .4rem 0; }
.players label { display: block; font-size: .85rem; } audio { width: 17rem; height: 2.2rem; }
.quiet { opacity: .75; font-size: .85rem; }
"""


def make_ready(folder: Path) -> None:
    """Make the folder for a page, before the work that it is to show.

    Raises
    ------
    ExportError
        The folder cannot be made.
    DataError
        The package matplotlib is not installed.
    """
    new_figure(1, 1)
    make_folder(folder)


def write_page(
    folder: Path, benchmark: Benchmark, examples: Examples, *, overwrite: bool = False
) -> Path:
    """Write the page of a benchmark, in place of an earlier one if that is wanted; return where.

    Raises
    ------
    ExportError
        The file cannot be written.
    """
    settings = benchmark.settings
    title = f"Repairs compared: {', '.join(settings.engines)}"
    rows = summarise(benchmark)
    how = (
        f"Places {settings.places}, {'mixed to mono' if settings.mono else 'all channels'}, seed "
        f"{settings.seed}; {len(benchmark.files)} recordings. Intervals hold 95 % of a bootstrap; "
        f"differences to {settings.engines[0]} are paired, gap by gap."
    )
    parts = [
        f"<h1>{escape(title)}</h1><p class=quiet>{escape(how)}</p>",
        f"<div class=wide>{_build_table(cells_of(benchmark, rows))}</div>",
        "<h2>Over the length of the damage</h2>",
        *(_build_image(curve, name) for name, curve in _build_curves(benchmark, rows).items()),
        *(_build_section(example) for example in examples.kept),
    ]
    text = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style>"
        f"<body>{''.join(parts)}</body></html>\n"
    )
    path = folder / PAGE_NAME
    write_whole(path, text.encode(errors="backslashreplace"), overwrite=overwrite)
    return path


def _build_table(lines: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{row(lines[0], 'th')}{''.join(row(line, 'td') for line in lines[1:])}</table>"


def _build_curves(benchmark: Benchmark, rows: Sequence[Row]) -> dict[str, bytes]:
    """Return a picture of each metric over the length of the damage, by its title."""
    curves = {}
    for metric in benchmark.settings.metrics:
        for kind in sorted({row.kind for row in rows}):
            alike = [row for row in rows if row.kind == kind]
            title = MEASURES[metric].title + ("" if kind == "gap" else f", {kind}")
            curves[title] = _draw_curve(benchmark.settings.engines, metric, title, alike)
    return curves


def _draw_curve(engines: Sequence[str], metric: str, title: str, rows: Sequence[Row]) -> bytes:
    figure = new_figure(*CURVE_IN)
    axes = figure.subplots()
    for engine, marker in zip(engines, MARKERS * len(engines), strict=False):
        own = [row for row in rows if row.engine == engine]
        lengths = [row.gap_ms for row in own]
        intervals = [row.metrics[metric] for row in own]
        axes.plot(lengths, [i.mean for i in intervals], marker=marker, markersize=4, label=engine)
        axes.fill_between(
            lengths, [i.low for i in intervals], [i.high for i in intervals], alpha=0.15
        )
    lengths = sorted({row.gap_ms for row in rows})
    axes.set_xscale("log")
    axes.set_xticks(lengths, [f"{ms:g}" for ms in lengths])
    axes.minorticks_off()
    axes.set_xlabel("ms", fontsize=8)
    axes.set_title(title, fontsize=9)
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    return png_of(figure)


def _build_section(example: Example) -> str:
    """Return one damaged place: whose sound it is, pictures, players and figures."""
    cut = example.score.cut
    file = Path(example.file)
    what = "gap" if cut.kind == "gap" else cut.kind
    place = f"{cut.start_frame / example.score.rate:.2f} s"
    whose = attribution(file) or "no LICENSES.md beside the recording says whose it is"
    first = next(iter(example.comparisons.values()))
    states = {"clean": first.clean, "damaged": first.damaged} | {
        engine: comparison.repaired for engine, comparison in example.comparisons.items()
    }
    picture = spectrograms_png(states, first.rate, (first.start, first.end), first.band_hz)
    figures = "; ".join(
        f"{engine}: "
        + ", ".join(_build_figure(name, value) for name, value in score.values.items())
        for engine, score in example.scores.items()
    )
    return (
        f"<h2>{escape(visible(file.name))}: {what} of {cut.length_ms:g} ms at {place}</h2>"
        f"<p class=quiet>{escape(whose)}</p>{_build_image(picture, ', '.join(states))}"
        f"<div class=players>{_build_players(states, first.rate)}</div>"
        f"<p class=quiet>{escape(figures)}</p>"
    )


def _build_figure(name: str, value: float) -> str:
    measure = MEASURES[name]
    return f"{measure.title} {'?' if np.isnan(value) else f'{value:.{measure.decimals}f}'}"


def _build_players(states: Mapping[str, Samples], rate: int) -> str:
    # All by the same factor, so that loudness still compares.
    peak = max(1.0, *(float(np.abs(samples).max()) for samples in states.values()))
    return "".join(
        f"<label>{escape(name)}<br><audio controls preload=none "
        f"src='data:audio/ogg;base64,{_to_ogg(samples / np.float32(peak), rate)}'></audio></label>"
        for name, samples in states.items()
    )


def _to_ogg(samples: Samples, rate: int) -> str:
    stream = io.BytesIO()
    soundfile.write(stream, samples.T, rate, format="OGG", subtype="VORBIS")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _build_image(png: bytes, alt: str) -> str:
    data = base64.b64encode(png).decode("ascii")
    return f"<img alt='{escape(alt, quote=True)}' src='data:image/png;base64,{data}'>"
