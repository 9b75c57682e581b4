"""A benchmark blanks what it says, shows the engines only that, and averages what they did."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.errors import Cancelled, DataError, FileError
from uasrm_core.evaluation import report, tables
from uasrm_core.evaluation.benchmark import BenchmarkSettings, MonoSource, Places, run_benchmark
from uasrm_core.inpainting.job import Candidate, RegionOutcome, RepairResult
from uasrm_core.progress import Progress

RATE = 44100
SETTINGS = BenchmarkSettings(gaps_ms=(10.0, 50.0), places=Places(count=3))


@pytest.fixture
def recording(wav_file, music_like):
    return wav_file(music_like(2.0), name="music.wav", subtype="FLOAT")


@pytest.fixture
def cheat(monkeypatch):
    """Let engines fill gaps with the clean sound at a level of their own; None gives up."""

    def install(clean, levels):
        def repair(job, progress):
            (region,) = job.regions
            level = levels[job.engine]
            if level is None:
                return RepairResult((RegionOutcome(region, (), "Not today."),))
            seen = job.clip.read(region.start_frame, region.end_frame)
            assert not seen.any(), "the engine was shown what it is to guess"
            lost = clean.read(region.start_frame, region.end_frame)
            channels = tuple(range(job.clip.channels))
            patch = Patch(region.start_frame, channels, np.float32(level) * lost)
            return RepairResult((RegionOutcome(region, (Candidate(job.engine, patch, 0.5),)),))

        monkeypatch.setattr(api, "repair", repair)

    return install


@pytest.fixture
def mono(recording):
    return AudioClip(MonoSource(api.open_clip(recording)))


def test_a_mono_mix_is_the_mean_of_the_channels(music_like):
    samples = music_like(0.5)
    mix = AudioClip(MonoSource(AudioClip(MemorySource(samples, RATE))))
    assert mix.channels == 1
    np.testing.assert_allclose(mix.read(100, 200)[0], samples[:, 100:200].mean(axis=0))


def test_figures_are_those_of_the_fills(recording, mono, cheat):
    cheat(mono, {"ar": 0.9, "unet": 0.99})
    benchmark = run_benchmark([recording], SETTINGS)
    assert len(benchmark.scores) == 2 * 2 * 3
    for score in benchmark.scores:
        expected = {"ar": 20.0, "unet": 40.0}[score.engine]
        assert score.values["snr"] == pytest.approx(expected, abs=0.01)
    rows = report.summarise(benchmark)
    assert [(row.gap_ms, row.engine) for row in rows] == [
        (10.0, "ar"),
        (10.0, "unet"),
        (50.0, "ar"),
        (50.0, "unet"),
    ]
    assert rows[0].against_first == {}
    assert rows[1].against_first["snr"].mean == pytest.approx(20.0, abs=0.01)
    assert rows[1].metrics["lsd"].mean < rows[0].metrics["lsd"].mean
    assert rows[1].seconds_per_gap == 0.5


def test_every_channel_can_be_measured(recording, cheat):
    cheat(api.open_clip(recording), {"ar": 0.9, "unet": 0.9})
    settings = BenchmarkSettings((10.0,), places=Places(count=2), mono=False)
    for score in run_benchmark([recording], settings).scores:
        assert score.values["snr"] == pytest.approx(20.0, abs=0.01)


def test_a_file_s_gaps_do_not_depend_on_the_others(recording, wav_file, music_like, mono, cheat):
    cheat(mono, {"ar": 0.9, "unet": 0.9})
    other = wav_file(music_like(2.0, seed=8), name="other.wav")
    alone = run_benchmark([recording], SETTINGS).scores
    beside = run_benchmark([other, recording], SETTINGS).scores
    assert [s.cut for s in alone] == [s.cut for s in beside if s.file == str(recording)]


def test_an_engine_that_gives_up_is_counted_and_left_out_of_means(recording, mono, cheat):
    cheat(mono, {"ar": 0.9, "unet": None})
    benchmark = run_benchmark([recording], SETTINGS)
    ar, unet = report.summarise(benchmark)[:2]
    assert (ar.failed, unet.failed) == (0, 3)
    assert math.isnan(unet.metrics["snr"].mean)
    assert {s.problem for s in benchmark.scores if s.engine == "unet"} == {"Not today."}
    text = json.dumps(report.as_json(benchmark), allow_nan=False)
    assert json.loads(text)["summary"][1]["metrics"]["snr"]["mean"] is None
    assert "0/3" in tables.as_text(benchmark)


def test_json_holds_every_gap_and_what_chose_them(recording, mono, cheat):
    cheat(mono, {"ar": 0.9, "unet": 0.99})
    told = report.as_json(run_benchmark([recording], SETTINGS))
    assert told["settings"]["seed"] == 0
    assert told["settings"]["places"] == "random:3"
    assert len(told["gaps"]) == 12
    assert set(told["by_file"]) == {str(recording)}


def test_lengths_that_do_not_fit_are_told(recording, mono, cheat):
    cheat(mono, {"ar": 0.9, "unet": 0.9})
    settings = BenchmarkSettings((10.0, 1900.0), places=Places(count=2))
    benchmark = run_benchmark([recording], settings)
    assert {score.cut.length_ms for score in benchmark.scores} == {10.0}
    (note,) = benchmark.notes
    assert "1900 ms" in note


def test_recordings_without_room_are_refused(recording):
    with pytest.raises(DataError, match="3000"):
        run_benchmark([recording], BenchmarkSettings((3000.0,)))


def test_a_missing_recording_is_refused(tmp_path):
    with pytest.raises(FileError):
        run_benchmark([tmp_path / "none.wav"], SETTINGS)


def test_labelled_places_keep_their_own_lengths(recording, mono, cheat, tmp_path):
    cheat(mono, {"ar": 0.9, "unet": 0.9})
    labels = tmp_path / "labels.txt"
    labels.write_text("0.5\t0.6\tone\n1.2\t1.225\ttwo\n")
    settings = BenchmarkSettings(places=Places("labels", labels=labels))
    benchmark = run_benchmark([recording], settings)
    assert {score.cut.length_ms for score in benchmark.scores} == {100.0, 25.0}


def test_a_benchmark_can_be_stopped(recording):
    with pytest.raises(Cancelled):
        run_benchmark([recording], SETTINGS, Progress(is_cancelled=lambda: True))


def test_classical_repair_of_a_few_milliseconds_is_near(recording):
    settings = BenchmarkSettings((5.0,), engines=("ar",), places=Places(count=2))
    (row,) = report.summarise(run_benchmark([recording], settings))
    assert row.metrics["snr"].mean > 10


def test_an_interval_holds_the_mean_and_narrows_with_more_values(rng):
    few, many = (report.bootstrap(rng.standard_normal(n), rng) for n in (10, 1000))
    for interval in (few, many):
        assert interval.low < interval.mean < interval.high
    assert many.high - many.low < few.high - few.low
    # About 1.96 standard errors each side.
    assert many.high - many.low == pytest.approx(3.92 / math.sqrt(1000), rel=0.2)


def test_an_interval_leaves_out_what_could_not_be_measured(rng):
    interval = report.bootstrap(np.array([2.0, math.nan]), rng)
    assert (interval.mean, interval.low, interval.high) == (2.0, 2.0, 2.0)
    assert math.isnan(report.bootstrap(np.array([math.nan]), rng).mean)


def test_differences_between_engines_are_paired_gap_by_gap(recording, mono, cheat):
    # One dB apart on every gap, however much the gaps differ among themselves.
    cheat(mono, {"ar": 0.9, "unet": 1.0 - 0.1 * 10 ** (-1 / 20)})
    row = report.summarise(run_benchmark([recording], SETTINGS))[1]
    difference = row.against_first["snr"]
    assert difference.mean == pytest.approx(1.0, abs=0.01)
    assert difference.high - difference.low < 0.02


def test_a_listener_hears_every_repair(recording, mono, cheat):
    cheat(mono, {"ar": 0.9, "unet": 0.99})
    heard = []
    run_benchmark(
        [recording], SETTINGS, listeners=[lambda score, sound: heard.append((score, sound))]
    )
    assert len(heard) == 12
    for score, sound in heard:
        lost = slice(sound.start, sound.end)
        assert sound.end - sound.start == score.cut.end_frame - score.cut.start_frame
        assert not sound.damaged[:, lost].any()
        share = {"ar": 0.9, "unet": 0.99}[score.engine]
        np.testing.assert_allclose(sound.repaired[:, lost], share * sound.clean[:, lost], rtol=1e-4)


def test_markdown_holds_the_cells_of_the_text(recording, mono, cheat):
    cheat(mono, {"ar": 0.9, "unet": 0.99})
    benchmark = run_benchmark([recording], SETTINGS)
    lines = tables.as_markdown(benchmark).splitlines()
    assert lines[0].startswith("| gap ms | engine | gaps | SNR dB |")
    assert set(lines[1]) <= set("|-: ")
    assert lines[3].startswith("| 10 | unet | 3 | 40.0 | 40.0 to 40.0 | +20.0 (+20.0 to +20.0) |")


def test_the_notebook_s_claims_stand_beside_closeness(recording, mono, cheat):
    cheat(mono, {"ar": 0.9, "unet": 0.99})
    settings = BenchmarkSettings((50.0,), places=Places(count=2), metrics=("closeness3",))
    text = tables.as_text(run_benchmark([recording], settings))
    assert "within 3 dB %" in text
    assert "65–75 %" in text


def test_a_model_of_the_notebook_s_network_is_given_to_that_engine_alone(recording, monkeypatch):
    given = {}

    def repair(job, progress):
        given[job.engine] = job.model
        return RepairResult((RegionOutcome(job.regions[0], (), "Not today."),))

    monkeypatch.setattr(api, "repair", repair)
    model = recording.with_name("some.safetensors")
    for engines in (("unet",), ("unet", "original")):
        settings = BenchmarkSettings((10.0,), engines, Places(count=1), model=model)
        run_benchmark([recording], settings)
        assert given["unet"] == (model if engines == ("unet",) else None)
    assert given["original"] == model
