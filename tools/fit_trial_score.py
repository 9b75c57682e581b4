r"""Fit the score by which trials order engines to what perceptual metrics say of the same fills.

    uasrm evaluate RECORDING --engines ar,unet,similarity --gaps 30,50,100,200,300,500 \
        --places random:1 --metrics snr,lsd,level,modulation,zimtohrli,plcmos --json > GAPS.json
    python tools/fit_trial_score.py --speech GAPS.json… --music GAPS.json…

The opinion of a fill is its zimtohrli, in speech with PLCMOS added. Of any two engines in the same
gap, the difference of opinions is explained by the differences of SNR, LSD, level and modulation
(least squares). Printed is, as Markdown: how far the differences of a score correlate with those of
the opinion, in how many pairs both prefer the same engine, and how much opinion is lost against
always choosing the preferred one; for LSD less 0.15 of SNR, for `mix.trial_score` and for the fit,
whose weights are told beside that of LSD.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from uasrm_core.inpainting.mix import LEVEL_WORTH, MODULATION_WORTH, SNR_WORTH
from uasrm_core.metrics.bands import BANDS_HZ, FARTHEST_DB

# Beside one decibel of LSD: of SNR, level and modulation.
SCORES = {
    "LSD and SNR": (1.0, -SNR_WORTH, 0.0, 0.0),
    "trial score": (1.0, -SNR_WORTH, LEVEL_WORTH, MODULATION_WORTH),
}
LENGTHS_MS = {"to 50 ms": (0.0, 75.0), "from 100 ms": (75.0, np.inf)}

Vector = npt.NDArray[np.float64]
# The length in ms, the differences of the measures, and that of the opinion.
Pair = tuple[float, Vector, float]


def main() -> None:
    """Read, fit and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--speech", type=Path, nargs="*", default=[], metavar="GAPS.json")
    parser.add_argument("--music", type=Path, nargs="*", default=[], metavar="GAPS.json")
    args = parser.parse_args()
    pairs = {kind: pairs_of(getattr(args, kind), kind == "speech") for kind in ("speech", "music")}
    print(format_fits({kind: own for kind, own in pairs.items() if own}))  # noqa: T201


def pairs_of(reports: Iterable[Path], is_speech: bool) -> list[Pair]:
    """Return the differences between any two engines in the same gap."""
    gaps: dict[tuple[Any, ...], list[dict[str, float | None]]] = defaultdict(list)
    for path in reports:
        for row in json.loads(path.read_text(encoding="utf-8"))["gaps"]:
            if row["problem"] is None:
                cut = row["cut"]
                gaps[row["file"], cut["length_ms"], cut["start_frame"]].append(row["values"])
    pairs = []
    for (_, length_ms, _), filled in gaps.items():
        for one, other in combinations(filled, 2):
            apart = measures_of(one) - measures_of(other)
            preferred = opinion_of(one, is_speech) - opinion_of(other, is_speech)
            if np.isfinite([*apart, preferred]).all():
                pairs.append((length_ms, apart, preferred))
    return pairs


def measures_of(values: dict[str, float | None]) -> Vector:
    """Return LSD, SNR, and how far off level and modulation are, as trials take them."""
    off = []
    for name in ("level", "modulation"):
        found = [values[f"{name}{high}"] for _, high in BANDS_HZ]
        known = [min(abs(error), FARTHEST_DB) for error in found if error is not None]
        off.append(sum(known) / len(known) if known else 0.0)
    lsd, snr = (np.nan if values[name] is None else values[name] for name in ("lsd", "snr"))
    return np.array([lsd, max(snr, 0.0), *off], dtype=np.float64)


def opinion_of(values: dict[str, float | None], is_speech: bool) -> float:
    """Return what perceptual metrics say of a fill; NaN where one of them says nothing."""
    names = ("zimtohrli", "plcmos") if is_speech else ("zimtohrli",)
    said = [values[name] for name in names]
    return float("nan") if None in said else float(sum(score for score in said if score))


def fit(pairs: Sequence[Pair]) -> Vector:
    """Return the weights of LSD, SNR, level and modulation that explain opinions best."""
    apart, preferred = (np.array([pair[i] for pair in pairs]) for i in (1, 2))
    found, *_ = np.linalg.lstsq(apart, -preferred, rcond=None)
    return np.asarray(found)


def format_fits(pairs: dict[str, list[Pair]]) -> str:
    """Return the table."""
    lines = [
        "| | pairs | score | weights of LSD, SNR, level, modulation | correlation | agree | lost |",
        "|---|---:|---|---|---:|---:|---:|",
    ]
    for kind, own in pairs.items():
        for name, (low, high) in LENGTHS_MS.items():
            chosen = [pair for pair in own if low <= pair[0] < high]
            if not chosen:
                continue
            best = fit(chosen)
            scores = {**SCORES, "fit": best / (best[0] or 1.0)}
            lines += [
                _format_row(f"{kind} {name}", chosen, title, np.asarray(weights))
                for title, weights in scores.items()
            ]
    return "\n".join(lines)


def _format_row(name: str, pairs: Sequence[Pair], title: str, weights: Vector) -> str:
    apart, preferred = (np.array([pair[i] for pair in pairs]) for i in (1, 2))
    better = -(apart @ weights)
    agree = np.mean(np.sign(better) == np.sign(preferred))
    lost = np.mean(np.where(better > 0, -preferred, preferred) + np.abs(preferred)) / 2
    told = ", ".join(f"{weight:.2f}" for weight in weights)
    correlation = np.corrcoef(better, preferred)[0, 1]
    cells = (name, f"{len(pairs)}", title, told, f"{correlation:.2f}", f"{100 * agree:.0f} %")
    return f"| {' | '.join(cells)} | {lost:.3f} |"


if __name__ == "__main__":
    main()
