"""`uasrm evaluate` prints the same figures as a table and as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.evaluation import benchmark, report
from uasrm_core.evaluation.measures import MEASURES
from uasrm_core.inpainting.job import Adaptation
from uasrm_core.inpainting.prediction import PredictionEngine

WORDS = ("--gaps", "5,20", "--engines", "ar", "--places", "random:2")


@pytest.fixture
def recording(wav_file, music_like):
    return wav_file(music_like(2.0), name="music.wav")


def test_the_table_and_the_json_hold_the_same_figures(uasrm, recording):
    table = uasrm("evaluate", recording, *WORDS)
    assert table.status == 0, table.err
    told = uasrm("evaluate", recording, *WORDS, "--json")
    rows = json.loads(told.out)["summary"]
    lines = [line.split() for line in table.out.splitlines()[1:3]]
    for line, row in zip(lines, rows, strict=True):
        assert line[:3] == [f"{row['gap_ms']:g}", "ar", "2"]
        assert line[3] == f"{row['metrics']['snr']['mean']:.1f}"
    assert told.err == ""


def test_the_seed_decides_the_places(uasrm, recording):
    gaps = [
        json.loads(uasrm("evaluate", recording, *WORDS, "--json", "--seed", seed).out)["gaps"]
        for seed in ("1", "1", "2")
    ]
    starts = [[gap["cut"]["start_frame"] for gap in of_seed] for of_seed in gaps]
    assert starts[0] == starts[1] != starts[2]


def test_other_metrics_and_all_channels(uasrm, recording):
    words = ("--metrics", "zimtohrli", "--all-channels", "--json", *WORDS)
    told = json.loads(uasrm("evaluate", recording, *words).out)
    assert all(1 <= gap["values"]["zimtohrli"] <= 5 for gap in told["gaps"])
    assert told["settings"]["mono"] is False


def test_labelled_places(uasrm, recording, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("0.5\t0.51\tone\n")
    words = ("--engines", "ar", "--places", f"labels:{labels}")
    outcome = uasrm("evaluate", recording, *words)
    assert outcome.status == 0, outcome.err
    assert outcome.out.splitlines()[1].split()[:3] == ["10", "ar", "1"]


def test_skipped_lengths_are_told_beside_the_figures(uasrm, recording):
    outcome = uasrm("evaluate", recording, "--gaps", "5,5000", "--engines", "ar")
    assert outcome.status == 0
    assert outcome.err.count("\n") == 1
    assert "5000 ms" in outcome.err


def test_recordings_that_are_too_short_are_refused(uasrm, wav_file, tone):
    source = wav_file(tone(seconds=0.1), name="short.wav")
    uasrm("evaluate", source, *WORDS).assert_one_error(1, "short.wav")


def test_a_missing_model_is_refused(uasrm, recording):
    words = ("--gaps", "100", "--engines", "unet", "--model", "none.safetensors")
    uasrm("evaluate", recording, *words).assert_one_error(1, "none.safetensors")


def test_an_engine_that_gives_up_is_told_once_and_ends_with_status_1(uasrm, recording):
    words = ("--gaps", "20", "--engines", "ar,attenuate", "--places", "random:3")
    outcome = uasrm("evaluate", recording, *words)
    assert outcome.status == 1
    assert outcome.err.startswith("uasrm: attenuate gave up on 3 gaps: ")
    assert outcome.err.count("\n") == 1
    assert "0/3" in outcome.out
    assert "nan" not in outcome.out


def test_markdown(uasrm, recording):
    outcome = uasrm("evaluate", recording, *WORDS, "--format", "markdown")
    assert outcome.out.startswith("| gap ms | engine | gaps | SNR dB | 95 % interval |")


def test_a_group_of_metrics_is_asked_for_by_one_word(uasrm, recording):
    told = json.loads(uasrm("evaluate", recording, *WORDS, "--metrics", "seam,lsd", "--json").out)
    assert told["settings"]["metrics"] == ["onsets", "clean_onsets", "new_onsets", "lsd"]
    assert {gap["values"]["clean_onsets"] for gap in told["gaps"]} <= {0.0, 100.0}


def test_boxes_have_measures_of_their_own(uasrm, recording):
    words = ("--places", "boxes:1", "--gaps", "300", "--engines", "attenuate", "--json")
    outcome = uasrm("evaluate", recording, *words)
    assert outcome.status == 0, outcome.err
    told = json.loads(outcome.out)
    assert [row["kind"] for row in told["summary"]] == ["cough", "nothing", "ring"]
    assert set(told["summary"][0]["metrics"]) == {"snr", "lsd", "box", "outside"}
    assert told["gaps"][0]["cut"]["band_hz"] == [300.0, 3000.0]


@pytest.fixture
def corpus(tmp_path, wav_file, music_like):
    entries = []
    for number, (kind, split) in enumerate(
        [
            ("music", "validation"),
            ("music", "validation"),
            ("speech", "validation"),
            ("music", "train"),
        ]
    ):
        path = wav_file(music_like(2.0, seed=number), name=f"{number}.wav")
        entry = {"path": path.name, "package": "p", "kind": kind, "split": split}
        entries.append({**entry, "rate": 44100, "channels": 2, "frames": 88200})
    (tmp_path / "index.json").write_text(json.dumps(entries))
    return tmp_path


def _names(outcome):
    return sorted({gap["file"].rpartition("/")[2] for gap in json.loads(outcome.out)["gaps"]})


def test_a_corpus_is_measured_on_its_validation_tracks(uasrm, corpus):
    words = ("--corpus", corpus, "--gaps", "2", "--engines", "ar", "--places", "random:1", "--json")
    assert _names(uasrm("evaluate", *words)) == ["0.wav", "1.wav", "2.wav"]
    assert _names(uasrm("evaluate", *words, "--kind", "music")) == ["0.wav", "1.wav"]
    assert _names(uasrm("evaluate", *words, "--split", "train")) == ["3.wav"]
    few = [_names(uasrm("evaluate", *words, "--tracks", "1", "--seed", "5")) for _ in range(2)]
    assert few[0] == few[1]
    assert len(few[0]) == 1


def test_a_corpus_without_such_recordings_is_refused(uasrm, corpus):
    words = ("--corpus", corpus, "--kind", "sounds", *WORDS)
    uasrm("evaluate", *words).assert_one_error(1, "no validation recordings of sounds")


def test_a_folder_without_an_index_is_refused(uasrm, tmp_path):
    uasrm("evaluate", "--corpus", tmp_path, *WORDS).assert_one_error(1, "uasrm corpus")


def test_nothing_to_measure_is_a_wrong_use(uasrm):
    uasrm("evaluate", *WORDS).assert_one_error(2, "--corpus")


def test_the_help_names_every_metric(uasrm):
    told = uasrm("evaluate", "--help").out
    for name in ("visqol", "pesq", "closeness", "seam", "texture", "outside", "zimtohrli"):
        assert name in told


def test_adapted_engines_are_measured_beside_themselves(uasrm, recording, monkeypatch):
    jobs, learnt = [], []
    repair, fitted = api.repair, PredictionEngine()

    def told(job, progress):
        jobs.append(job)
        return repair(replace(job, engine="ar", fitted=None), progress)

    def adapted(job, progress):
        learnt.append(job)
        return Adaptation("It was tried.", True), fitted

    monkeypatch.setattr(api, "repair", told)
    monkeypatch.setattr(benchmark, "adapt", adapted)
    words = ("--gaps", "20", "--engines", "ar,unet", "--places", "random:2", "--adapt")
    outcome = uasrm("evaluate", recording, *words)
    assert outcome.status == 0, outcome.err
    assert [(job.engine, job.fitted) for job in jobs[:3]] == [
        ("ar", None),
        ("unet", None),
        ("unet", fitted),
    ]
    assert "unet adapted" in outcome.out
    assert outcome.err.count("music.wav: It was tried.") == 1
    # nothing is learnt from the sound of any gap that is measured
    assert all({*jobs[0].regions, *jobs[3].regions} == set(job.damaged) for job in learnt)
    # but to the repair of one the places of the others are sound like any other
    assert not any(job.damaged for job in jobs)


def test_engines_that_cannot_learn_are_not_measured_adapted(uasrm, recording):
    outcome = uasrm("evaluate", recording, *WORDS, "--adapt")
    assert outcome.status == 2
    assert "ar cannot learn" in outcome.err


def test_lost_packets_are_one_damage_of_a_recording(uasrm, recording):
    words = ("--engines", "ar", "--places", "losses:20%", "--metrics", "snr,level")
    told = json.loads(uasrm("evaluate", recording, *words, "--json").out)
    (gap,) = told["gaps"]
    assert gap["cut"]["kind"] == "losses 20%"
    assert len(gap["cut"]["losses"]) > 3
    assert gap["values"]["snr"] > 6
    assert abs(gap["values"]["level1000"]) < 3
    table = uasrm("evaluate", recording, *words)
    assert "losses 20%" in table.out
    assert "level dB 0.3-1 kHz" in table.out


def test_lost_packets_have_a_length_of_their_own(uasrm, recording):
    words = ("--gaps", "100", "--places", "losses:20%")
    uasrm("evaluate", recording, *words).assert_one_error(2, "--gaps")
    uasrm("evaluate", recording, "--places", "losses:90%").assert_one_error(2, "losses:90%")


def test_the_median_of_the_gaps_stands_for_levels():
    values = np.array([-1.0, 0.0, 1.0, 50.0, math.nan])
    level = report.bootstrap(values, np.random.default_rng(0), MEASURES["level300"].average)
    assert level.mean == 0.5
    assert report.bootstrap(values, np.random.default_rng(0)).mean == 12.5


def test_the_take_that_is_asked_for_is_measured(uasrm, recording, monkeypatch):
    asked = []
    repair = api.repair

    def watched(job, progress=None):
        asked.append(job.take)
        return repair(job, progress)

    monkeypatch.setattr(api, "repair", watched)
    told = json.loads(uasrm("evaluate", recording, *WORDS, "--take", "3", "--json").out)
    assert set(asked) == {3}
    assert told["settings"]["take"] == 3


def test_several_takes_are_measured_side_by_side(uasrm, recording, monkeypatch):
    asked = []
    repair = api.repair

    def watched(job, progress=None):
        asked.append((job.engine, job.take))
        return repair(replace(job, engine="ar"), progress)

    monkeypatch.setattr(api, "repair", watched)
    words = ["--gaps", "100", "--places", "random:1", "--engines", "ar,unet", "--take", "0,2"]
    told = json.loads(uasrm("evaluate", recording, *words, "--json").out)
    assert asked == [("ar", None), ("unet", 0), ("unet", 2)]
    assert {gap["engine"] for gap in told["gaps"]} == {"ar", "unet, take 0", "unet, take 2"}


def test_a_page_that_exists_is_replaced_only_when_forced(uasrm, recording, tmp_path):
    page = tmp_path / "page" / "index.html"
    page.parent.mkdir()
    page.write_text("mine")
    words = ("evaluate", recording, *WORDS, "--plot", page.parent)
    uasrm(*words).assert_one_error(1, "index.html” exists already; --force overwrites it.")
    assert page.read_text() == "mine"
    assert uasrm(*words, "--force").status == 0
    assert page.read_text().startswith("<!doctype html>")
