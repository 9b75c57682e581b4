"""Perceptual metrics get the sound they were made for, and their absence is told in a sentence."""

from __future__ import annotations

import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from uasrm_core.errors import DataError
from uasrm_core.metrics import perceptual

RATE = 44100
START, END = 20_000, 24_000
PACKAGES = {
    "zimtohrli": "zimtohrli_mos",
    "pystoi": "stoi",
    "pesq": "pesq_mos",
    "visqol": "visqol_mos",
    "speechmos.plcmos": "plcmos",
}


@pytest.fixture
def clean(music_like):
    return music_like(1.2, channels=2)


@pytest.fixture(autouse=True)
def no_kept_model():
    for kept in (perceptual._load_visqol, perceptual._load_plcmos):
        kept.cache_clear()
    yield
    for kept in (perceptual._load_visqol, perceptual._load_plcmos):
        kept.cache_clear()


def _blanked(clean):
    repaired = clean.copy()
    repaired[:, START:END] = 0.0
    return repaired


def test_zimtohrli_gives_a_perfect_repair_full_marks_at_any_rate(music_like):
    sound = music_like(1.0, rate=16000, channels=1)
    score = perceptual.zimtohrli_mos(sound, sound.copy(), 6000, 8000, 16000)
    assert score == pytest.approx(5.0, abs=1e-6)


@pytest.mark.parametrize("name", ["zimtohrli_mos", "stoi"])
def test_a_blanked_gap_has_a_lower_score(clean, name):
    score = getattr(perceptual, name)
    assert score(clean, _blanked(clean), START, END, RATE) < score(clean, clean, START, END, RATE)


def test_too_little_sound_for_intelligibility_is_no_number(tone):
    assert math.isnan(perceptual.stoi(tone(seconds=0.1), tone(seconds=0.1), 100, 200, RATE))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_missing_package_is_told_in_a_sentence(clean, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    name = package.partition(".")[0]
    with pytest.raises(DataError, match=f"{name}: pip install"):
        getattr(perceptual, PACKAGES[package])(clean, clean, START, END, RATE)


def test_pesq_hears_each_channel_at_the_rate_of_wide_band_speech(clean, monkeypatch):
    heard = []

    def pesq(rate, x, y, mode):
        heard.append((rate, len(x), len(y), mode))
        return float(len(heard))

    monkeypatch.setitem(sys.modules, "pesq", SimpleNamespace(pesq=pesq, PesqError=ValueError))
    assert perceptual.pesq_mos(clean, clean, START, END, RATE) == 1.5
    assert heard == 2 * [(16000, 19200, 19200, "wb")]


def test_pesq_without_an_utterance_is_no_number(clean, monkeypatch):
    class NoUtteranceError(Exception):
        pass

    def pesq(*_):
        raise NoUtteranceError

    monkeypatch.setitem(sys.modules, "pesq", SimpleNamespace(pesq=pesq, PesqError=NoUtteranceError))
    assert math.isnan(perceptual.pesq_mos(clean, clean, START, END, RATE))


@pytest.fixture
def visqol(monkeypatch):
    """Stand in for the package, which needs a compiler to be installed."""
    heard = []

    class Api:
        def create(self, mode):
            heard.append(mode)

        def measure_from_arrays(self, x, y, sample_rate):
            heard.append((x.dtype, y.shape, sample_rate))
            return SimpleNamespace(moslqo=4.5)

    monkeypatch.setitem(sys.modules, "visqol", SimpleNamespace(VisqolApi=Api))
    return heard


def test_visqol_hears_full_band_sound_in_its_audio_mode(clean, visqol):
    assert perceptual.visqol_mos(clean[:1], clean[:1], START, END, RATE) == 4.5
    assert visqol == ["audio", (np.float64, (57600,), 48000)]


def test_visqol_of_silence_is_no_number(clean, visqol):
    silence = np.zeros_like(clean)
    assert math.isnan(perceptual.visqol_mos(clean, silence, START, END, RATE))


def test_plcmos_hears_the_repair_alone_at_one_level_and_answers_the_same_twice(music_like):
    pytest.importorskip("speechmos.plcmos")
    sound = music_like(1.5, rate=16000, channels=1)
    broken = sound.copy()
    broken[:, 6000:11000] = 0.0
    marks = perceptual.plcmos(sound, broken, 6000, 11000, 16000)
    assert 1.0 <= marks <= 5.0
    assert perceptual.plcmos(sound, broken, 6000, 11000, 16000) == marks
    quiet = perceptual.plcmos(0.1 * sound, 0.1 * broken, 6000, 11000, 16000)
    assert quiet == pytest.approx(marks, abs=0.01)
