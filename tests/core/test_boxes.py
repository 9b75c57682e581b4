"""A cough and a telephone lie over the programme, in their bands, at twice its level."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.evaluation import report, tables
from uasrm_core.evaluation.benchmark import BenchmarkSettings, Places, compare, run_benchmark
from uasrm_core.evaluation.boxes import KINDS, add_disturbance, box_cuts
from uasrm_core.metrics.distances import outside_db

RATE = 44100


@pytest.fixture
def clip(music_like):
    return AudioClip(MemorySource(music_like(4.0), RATE))


@pytest.fixture
def cuts(clip):
    return box_cuts(clip, (300.0,), count=3, rng=np.random.default_rng(1))


def test_every_place_gets_every_kind(cuts):
    assert [cut.kind for cut in cuts] == 3 * ["cough"] + 3 * ["ring"] + 3 * ["nothing"]
    assert cuts[0].start_frame == cuts[3].start_frame
    assert cuts[0].band_hz == KINDS["cough"].band_hz


def test_a_low_rate_has_only_the_kinds_that_fit(music_like):
    clip = AudioClip(MemorySource(music_like(4.0, rate=4000), 4000))
    cuts = box_cuts(clip, (300.0,), count=2, rng=np.random.default_rng(1))
    assert {cut.kind for cut in cuts} == {"ring"}


@pytest.mark.parametrize("number", [0, 3])
def test_a_disturbance_is_twice_as_loud_as_the_programme_and_in_its_band(clip, cuts, number):
    cut = cuts[number]
    stretch = slice(cut.start_frame, cut.end_frame)
    clean, found = (c.read(0, c.frames) for c in (clip, add_disturbance(clip, cut)))
    added = (found - clean)[:, stretch]
    ratio = np.sqrt(np.mean(added**2)) / np.sqrt(np.mean(clean[:, stretch] ** 2))
    assert ratio == pytest.approx(2.0, rel=0.01)
    found[:, stretch] = clean[:, stretch]
    np.testing.assert_array_equal(found, clean)
    power = np.abs(np.fft.rfft(added[0])) ** 2
    hz = np.fft.rfftfreq(added.shape[1], 1 / RATE)
    low, high = cut.band_hz
    assert power[(hz < low - 100) | (hz > high + 100)].sum() < 1e-5 * power.sum()


def test_nothing_is_added_where_nothing_is_to_be_repaired(clip, cuts):
    assert cuts[6].kind == "nothing"
    broken = add_disturbance(clip, cuts[6])
    np.testing.assert_array_equal(broken.read(0, clip.frames), clip.read(0, clip.frames))


def test_change_outside_the_box_is_found_and_change_inside_is_not(clip, cuts):
    cut = cuts[0]
    broken = add_disturbance(clip, cut)
    perfect = compare(clip, broken, clip, cut)
    given = (perfect.start, perfect.end, RATE, perfect.band_hz)
    assert outside_db(perfect.clean, perfect.damaged, perfect.repaired, *given) < -50
    quieter = perfect.damaged * np.float32(0.9)
    assert outside_db(perfect.clean, perfect.damaged, quieter, *given) == pytest.approx(-20, abs=1)
    untouched = perfect.damaged.copy()
    assert outside_db(perfect.clean, perfect.damaged, untouched, *given) == -120


def test_attenuate_is_measured_on_boxes(wav_file, music_like):
    recording = wav_file(music_like(4.0, channels=1), name="music.wav")
    settings = BenchmarkSettings(
        (300.0,), ("ar", "attenuate"), Places("boxes", count=2), ("lsd", "box", "outside")
    )
    benchmark = run_benchmark([recording], settings)
    rows = report.summarise(benchmark)
    assert [(row.kind, row.engine) for row in rows] == [
        ("cough", "ar"),
        ("cough", "attenuate"),
        ("nothing", "ar"),
        ("nothing", "attenuate"),
        ("ring", "ar"),
        ("ring", "attenuate"),
    ]
    for row in rows:
        assert row.failed == 0
        assert row.metrics["box"].mean > row.metrics["lsd"].mean > 0
        assert row.metrics["outside"].mean < -40
    assert "cough" in tables.as_text(benchmark)
