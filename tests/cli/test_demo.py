"""`uasrm demo` repairs the bundled recording and shows that it came nearer to the clean one."""

from __future__ import annotations

import pytest
import soundfile

from uasrm_core.cli import demo


@pytest.fixture(autouse=True)
def classical_only(monkeypatch):
    """Leave out the network, which takes many seconds on every damage of the demo."""
    monkeypatch.setattr(demo, "DEMO_ENGINES", ("ar",))


def test_every_damage_gets_its_figures(uasrm, tmp_path):
    outcome = uasrm("demo", "-o", tmp_path / "new" / "folder")
    assert outcome.status == 0, outcome.err
    table, *rest = outcome.out.split("\n\n")
    head, *lines = table.splitlines()
    assert head.split()[-4:] == ["damaged", "LSD", "ar", "LSD"]
    clicks = [line.split() for line in lines if "click" in line]
    assert len(lines) == 9
    assert len(clicks) == 6
    for *_, snr_damaged, snr_ar, lsd_damaged, lsd_ar in clicks:
        assert float(snr_ar) > float(snr_damaged)
        assert float(lsd_ar) < float(lsd_damaged)
    written = tmp_path / "new" / "folder" / "hungarian_dance_ar.wav"
    assert str(written) in rest[-1]
    assert soundfile.info(written).frames > 0


def test_earlier_results_are_kept(uasrm, tmp_path):
    earlier = tmp_path / "hungarian_dance_ar.wav"
    earlier.write_text("precious")
    uasrm("demo", "-o", tmp_path).assert_one_error(1, "exists already")
    assert earlier.read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_told(uasrm, tmp_path):
    (tmp_path / "file").write_text("")
    uasrm("demo", "-o", tmp_path / "file" / "folder").assert_one_error(1, "cannot be made")
