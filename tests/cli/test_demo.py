"""`uasrm demo` repairs the bundled recording and shows that it came nearer to the clean one."""

from __future__ import annotations

import pytest
import soundfile

from uasrm_core.cli import demo


@pytest.fixture
def classical_only(monkeypatch):
    """Leave out the network where it is not asked how well it repairs."""
    monkeypatch.setattr(demo, "DEMO_ENGINES", ("ar",))


def test_every_damage_gets_its_figures(uasrm, tmp_path):
    outcome = uasrm("demo", "-o", tmp_path / "new" / "folder")
    assert outcome.status == 0, outcome.err
    table, *rest = outcome.out.split("\n\n")
    head, *lines = table.splitlines()
    assert head.split()[-6:] == ["damaged", "LSD", "ar", "LSD", "unet", "LSD"]
    assert len(lines) == 9
    found = {line[:16].strip(): [float(word) for word in line.split()[-6:]] for line in lines}
    clicks = [figures for name, figures in found.items() if name.startswith("click")]
    assert len(clicks) == 6
    for snr_damaged, *snr, lsd_damaged, lsd_ar, lsd_unet in clicks:
        assert min(snr) > snr_damaged
        assert max(lsd_ar, lsd_unet) < lsd_damaged
    # what the network is for: 500 ms of which prediction alone leaves nothing
    (dropout,) = (figures for name, figures in found.items() if name.startswith("dropout 500"))
    *_, lsd_ar, lsd_unet = dropout
    assert lsd_unet < lsd_ar - 3.0
    for engine in demo.DEMO_ENGINES:
        written = tmp_path / "new" / "folder" / f"hungarian_dance_{engine}.wav"
        assert str(written) in rest[-1]
        assert soundfile.info(written).frames > 0


@pytest.mark.usefixtures("classical_only")
def test_earlier_results_are_kept(uasrm, tmp_path):
    earlier = tmp_path / "hungarian_dance_ar.wav"
    earlier.write_text("precious")
    uasrm("demo", "-o", tmp_path).assert_one_error(1, "exists already")
    assert earlier.read_text() == "precious"


@pytest.mark.usefixtures("classical_only")
def test_a_folder_that_cannot_be_made_is_told(uasrm, tmp_path):
    (tmp_path / "file").write_text("")
    uasrm("demo", "-o", tmp_path / "file" / "folder").assert_one_error(1, "cannot be made")
