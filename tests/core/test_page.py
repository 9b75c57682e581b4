"""The page of a benchmark is one file: figures, pictures, sound, and whose sound it is."""

from __future__ import annotations

import base64
import io
import re
import sys

import numpy as np
import pytest
import soundfile

from uasrm_core.errors import DataError, ExportError
from uasrm_core.evaluation.benchmark import BenchmarkSettings, Places, run_benchmark
from uasrm_core.evaluation.examples import Examples, attribution
from uasrm_core.evaluation.page import make_ready, write_page
from uasrm_core.pictures import spectrograms_png

SETTINGS = BenchmarkSettings((5.0, 20.0, 300.0), ("ar",), Places(count=2), ("lsd",))
LICENCES = (
    "From a shelf.\n\n| File | What | Licence |\n|---|---|---|\n| a.wav | Waltz & co | CC BY |\n"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "LICENSES.md").write_text(LICENCES)
    time = np.arange(2 * 44100) / 44100
    soundfile.write(folder / "a.wav", 0.3 * np.sin(2 * np.pi * 330 * time), 44100)
    examples = Examples(SETTINGS)
    benchmark = run_benchmark([folder / "a.wav"], SETTINGS, listeners=[examples.hear])
    make_ready(folder / "page")
    return write_page(folder / "page", benchmark, examples).read_text(encoding="utf-8")


def test_nothing_is_loaded_from_elsewhere(page):
    assert not re.search(r"(src|href)='(?!data:)", page)
    assert "http" not in page


def test_the_sound_of_every_state_is_there_as_long_as_it_should_be(page):
    sounds = re.findall(r"data:audio/ogg;base64,([^']+)", page)
    # The two lengths nearest to those that are shown, each clean, damaged and repaired.
    assert len(sounds) == 6
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(sounds[0])))
    assert rate == 44100
    assert len(samples) / rate <= 2.0
    assert np.abs(samples).max() > 0.1


def test_pictures_figures_and_authors_are_there(page):
    pictures = re.findall(r"data:image/png;base64,([^']+)", page)
    # A curve, and a picture for each example.
    assert len(pictures) == 3
    assert all(base64.b64decode(picture).startswith(b"\x89PNG") for picture in pictures)
    assert "Waltz &amp; co · CC BY" in page
    assert page.count("<h2>a.wav: gap of") == 2
    assert "95 % interval" in page


def test_a_page_stays_small(page):
    assert len(page) < 500_000


def test_whose_a_recording_is_comes_from_the_licences_beside_it(tmp_path):
    assert attribution(tmp_path / "a.wav") is None
    (tmp_path / "LICENSES.md").write_text("Mine, all but b.wav, which is Ada's.\n")
    assert attribution(tmp_path / "a.wav") is None
    assert "Ada" in attribution(tmp_path / "b.wav")


def test_boxes_are_shown_of_every_kind(wav_file, music_like, tmp_path):
    settings = BenchmarkSettings((300.0,), ("attenuate",), Places("boxes", count=1), ("box",))
    examples = Examples(settings)
    recording = wav_file(music_like(2.0), name="b.wav")
    benchmark = run_benchmark([recording], settings, listeners=[examples.hear])
    assert [example.score.cut.kind for example in examples.kept] == ["cough", "nothing", "ring"]
    make_ready(tmp_path / "page")
    text = write_page(tmp_path / "page", benchmark, examples).read_text(encoding="utf-8")
    assert "b.wav: cough of 300 ms" in text
    assert "LSD in box, ring" in text


def test_a_folder_that_cannot_be_made_is_told_before_the_work(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ExportError, match="taken"):
        make_ready(tmp_path / "taken" / "page")


def test_a_missing_matplotlib_is_told_in_a_sentence(monkeypatch, tone):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(DataError, match="pip install"):
        spectrograms_png({"clean": tone()}, 44100, (0, 100))
