"""`uasrm evaluate` prints the same figures as a table and as JSON."""

from __future__ import annotations

import json

import pytest

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
