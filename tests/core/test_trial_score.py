"""The score of trials: level and modulation count, as a fit to perceptual metrics says."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from uasrm_core.inpainting.mix import trial_score


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "tools")
    return importlib.import_module("fit_trial_score")


def test_a_quiet_smooth_fill_does_not_win_by_its_distance_alone():
    smooth = trial_score(0.3, 7.0, level_db=10.0, modulation_db=3.0)
    lively = trial_score(0.0, 8.5, level_db=2.0, modulation_db=0.5)
    assert lively < smooth


def test_in_a_short_gap_the_nearer_fill_still_wins():
    assert trial_score(12.0, 3.0, level_db=1.5) < trial_score(9.0, 2.9, level_db=1.0)


def gaps_of(rng, count=40):
    rows = []
    for gap in range(count):
        for _ in ("ar", "unet"):
            lsd, snr, level, modulation = rng.uniform(1.0, 6.0, size=4)
            opinion = 5.0 - 0.1 * lsd + 0.01 * snr - 0.03 * level - 0.05 * modulation
            values = {"lsd": lsd, "snr": snr, "zimtohrli": opinion - 1.0, "plcmos": 1.0}
            for band, high in enumerate((300, 1000, 3000, 8000)):
                values[f"level{high}"] = level if band % 2 else -level
                values[f"modulation{high}"] = None if band == 0 else modulation
            cut = {"length_ms": 300.0, "start_frame": gap}
            rows.append({"file": "a", "cut": cut, "values": values, "problem": None})
    return rows


def test_the_fit_finds_what_opinions_were_made_of(tmp_path, rng, tool):
    report = tmp_path / "gaps.json"
    report.write_text(json.dumps({"gaps": gaps_of(rng)}))
    for is_speech in (True, False):
        pairs = tool.pairs_of([report], is_speech)
        assert len(pairs) == 40
        assert tool.fit(pairs) == pytest.approx(np.array([0.1, -0.01, 0.03, 0.05]), abs=1e-9)
    assert "| speech from 100 ms | 40 | fit | 1.00, -0.10, 0.30, 0.50 | 1.00 | 100 % | 0.000 |" in (
        tool.format_fits({"speech": pairs})
    )
