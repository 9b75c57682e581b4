"""The pictures of a training run tell its log, whichever network it trains."""

from __future__ import annotations

import json

import matplotlib.figure
import pytest

from uasrm_core.training import plots

LENGTHS = [
    {
        "step": n,
        "minutes": n * 8.0,
        "figures": {
            "10-35": {
                "gaps": 3.0,
                "snr": 7.0 + n,
                "lsd": 4.0 - n,
                "classical_snr": 6.5,
                "classical_lsd": 4.5,
            },
            "300-700": {
                "gaps": 5.0,
                "snr": n,
                "lsd": 7.0 - n,
                "classical_snr": 0.2,
                "classical_lsd": 12.0,
            },
        },
    }
    for n in range(3)
]
PLAIN = [{"step": n, "minutes": n, "figures": {"error_db": 15.0 - n}} for n in range(2)]


@pytest.fixture
def drawn(monkeypatch):
    """Return every line of the figures that are saved, by the title of its axes."""
    lines = {}
    save = matplotlib.figure.Figure.savefig

    def watched(figure, *args, **kwargs):
        for axes in figure.axes:
            found = [(line.get_linestyle(), list(line.get_ydata())) for line in axes.get_lines()]
            lines[axes.get_title()] = found
        return save(figure, *args, **kwargs)

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", watched)
    return lines


def log_of(folder, entries):
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def test_each_length_has_its_curve_and_the_classical_one_beside_it(tmp_path, drawn):
    plots.draw_curve(log_of(tmp_path, LENGTHS), tmp_path)
    assert drawn == {
        "SNR in dB": [
            ("-", [7.0, 8.0, 9.0]),
            ("--", [6.5, 6.5]),
            ("-", [0, 1, 2]),
            ("--", [0.2, 0.2]),
        ],
        "LSD in dB": [
            ("-", [4.0, 3.0, 2.0]),
            ("--", [4.5, 4.5]),
            ("-", [7.0, 6.0, 5.0]),
            ("--", [12.0, 12.0]),
        ],
    }
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("*.part"))


def test_a_run_without_lengths_has_one_curve(tmp_path, drawn):
    plots.draw_curve(log_of(tmp_path, PLAIN), tmp_path)
    assert drawn == {"error in dB": [("-", [15.0, 14.0])]}


def test_a_line_that_a_crash_cut_short_is_left_out(tmp_path, drawn):
    log = log_of(tmp_path, PLAIN)
    log.write_text(log.read_text()[:-9] + json.dumps(PLAIN[0]) + "\n" + json.dumps(PLAIN[1]) + "\n")
    plots.draw_curve(log, tmp_path)
    assert drawn["error in dB"] == [("-", [15.0, 14.0])]
