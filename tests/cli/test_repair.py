"""`uasrm repair` mends what is named, leaves the rest bit for bit, and writes all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from uasrm_core import api
from uasrm_core.inpainting import network
from uasrm_core.inpainting.engine import Guess
from uasrm_core.inpainting.job import RepairResult
from uasrm_core.inpainting.prediction import PredictionEngine
from uasrm_core.inpainting.splice import crossfade_frames
from uasrm_core.model import choose_backend
from uasrm_core.model.checkpoint import save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter

RATE = 44100
START, END = 44100, 44982  # 1.000-1.020 s
REGION = "1.000-1.020"


@pytest.fixture
def recording(wav_file, music_like):
    """Return a stereo recording of 2 s with a dropout of 20 ms in it."""
    samples = music_like(2.0)
    samples[:, START:END] = 0.0
    return wav_file(samples, subtype="PCM_16")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "fixed.wav"


def _pcm(path):
    return soundfile.read(path, dtype="int16", always_2d=True)[0].T


def _touched(start=START, end=END):
    return slice(start - crossfade_frames(RATE), end + crossfade_frames(RATE))


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_region_is_repaired_and_all_else_is_bit_identical(uasrm, recording, target):
    before = _sha256(recording)
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION)
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    assert "1.000-1.020 s  ar" in outcome.out
    assert str(target) in outcome.out
    damaged, fixed = _pcm(recording), _pcm(target)
    changed = np.flatnonzero((damaged != fixed).any(axis=0))
    assert START - crossfade_frames(RATE) <= changed[0]
    assert changed[-1] < END + crossfade_frames(RATE)
    assert np.abs(fixed[:, START:END]).max() > 500
    assert _sha256(recording) == before


def test_repeated_regions_and_a_label_file_add_up(uasrm, recording, target, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("0.500000\t0.505000\ta click\n1.500000\t1.505000\tanother\n")
    outcome = uasrm(
        "repair", recording, "-o", target, "-r", REGION, "-r", "0.2-0.21", "--regions", labels
    )
    assert outcome.status == 0, outcome.err
    for place in ("0.200-0.210", "0.500-0.505", "1.000-1.020", "1.500-1.505"):
        assert outcome.out.count(f"{place} s  ") == 1
    assert "another" in outcome.out


def test_only_the_named_channel_changes(uasrm, recording, target):
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--channels", "2")
    assert outcome.status == 0, outcome.err
    damaged, fixed = _pcm(recording), _pcm(target)
    np.testing.assert_array_equal(damaged[0], fixed[0])
    assert (damaged[1] != fixed[1]).any()


def test_only_the_named_band_changes(uasrm, recording, target, wav_file, rng):
    noise = (0.1 * rng.standard_normal((1, 2 * RATE))).astype(np.float32)
    source = wav_file(noise, name="noise.wav", subtype="FLOAT")
    words = ["--engine", "attenuate", "--band", "2000-4000"]
    outcome = uasrm("repair", source, "-o", target, "-r", "0.8-1.2", *words)
    assert outcome.status == 0, outcome.err
    change = soundfile.read(target)[0] - soundfile.read(source)[0]
    power = np.abs(np.fft.rfft(change)) ** 2
    hz = np.fft.rfftfreq(len(change), 1 / RATE)
    assert power[(hz < 1800) | (hz > 4200)].sum() < 1e-4 * power.sum()


def test_the_report_tells_all_that_was_done(uasrm, recording, target, tmp_path):
    report = tmp_path / "report.json"
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--report", report)
    assert outcome.status == 0, outcome.err
    told = json.loads(report.read_text())
    assert told["input"]["sha256"] == _sha256(recording)
    assert told["output"]["sha256"] == _sha256(target)
    assert told["output"]["same_format"] is True
    touched = _touched()
    assert told["output"]["samples_changed"] >= 2 * (END - START)
    assert told["output"]["samples_changed"] <= 2 * (touched.stop - touched.start)
    (region,) = told["regions"]
    assert (region["start_frame"], region["end_frame"]) == (START, END)
    assert region["engine"] == "ar"
    assert region["channels"] == [1, 2]
    assert touched.start <= region["touched_start_frame"] <= START
    assert END <= region["touched_end_frame"] <= touched.stop
    assert region["before"]["rms_db"] < region["after"]["rms_db"]
    kept = soundfile.read(recording, dtype="float32", always_2d=True)[0]
    kept[region["touched_start_frame"] : region["touched_end_frame"]] = 0.0
    assert told["untouched"]["sha256"] == hashlib.sha256(kept.tobytes()).hexdigest()
    assert told["untouched"]["output_sha256"] == told["untouched"]["sha256"]


def test_the_report_can_be_one_to_read(uasrm, recording, target, tmp_path):
    report = tmp_path / "report.txt"
    assert uasrm("repair", recording, "-o", target, "-r", REGION, "--report", report).status == 0
    told = report.read_text()
    assert str(recording) in told
    assert _sha256(target) in told
    assert "nothing else was changed" in told


def test_the_target_name_decides_the_format(uasrm, recording, tmp_path):
    target = tmp_path / "fixed.flac"
    assert uasrm("repair", recording, "-o", target, "-r", REGION).status == 0
    assert soundfile.info(target).format == "FLAC"
    away = np.r_[0 : _touched().start, _touched().stop : 2 * RATE]
    np.testing.assert_array_equal(_pcm(recording)[:, away], _pcm(target)[:, away])


@pytest.mark.parametrize("region", ["0-0.02", "1.98-2.0"])
def test_a_region_may_touch_either_end(uasrm, recording, target, region):
    assert uasrm("repair", recording, "-o", target, "-r", region).status == 0
    assert _pcm(target).shape == _pcm(recording).shape


def test_overlapping_regions_are_all_repaired(uasrm, recording, target):
    words = ["-r", "1.0-1.01", "-r", "1.005-1.02", "-r", "0.9995-1.002"]
    assert uasrm("repair", recording, "-o", target, *words).status == 0
    fixed = _pcm(target)[:, START:END].astype(float)
    quiet_runs = np.abs(fixed).max(axis=0).reshape(-1, 49).max(axis=1)
    assert quiet_runs.min() > 100


def test_a_file_shorter_than_a_window_is_repaired(uasrm, wav_file, tone, target):
    source = wav_file(tone(seconds=0.02), name="short.wav")
    assert uasrm("repair", source, "-o", target, "-r", "0.009-0.011").status == 0
    assert _pcm(target).shape == (1, 882)


def test_a_region_in_silence_is_refused(uasrm, wav_file, target):
    samples = np.zeros((1, RATE), dtype=np.float32)
    samples[:, 20_000:20_100] = 0.5
    source = wav_file(samples, name="silence.wav")
    words = ["-r", f"{20_000 / RATE}-{20_100 / RATE}"]
    uasrm("repair", source, "-o", target, *words).assert_one_error(1, "silent")
    assert not target.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-r", "1.9-2.1"], "outside"),
        (["-r", "5-6"], "outside"),
        (["-r", "1.02-1.00"], "ends before it starts"),
        (["-r", "1-1"], "no length"),
        (["-r", "0-2"], "whole recording"),
        (["-r", "1-1.02", "--channels", "3"], "channel 3"),
        (["-r", "1-1.02", "--band", "4000-300"], "no band"),
        ([], "-r START-END"),
    ],
)
def test_regions_that_cannot_be_are_refused(uasrm, recording, target, words, told):
    uasrm("repair", recording, "-o", target, *words).assert_one_error(2, told)
    assert not target.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("hello\n", "Line 1"),
        ("1.0\tx\n", "Line 1"),
        (None, "no label file"),
    ],
)
def test_label_files_that_cannot_be_read_are_refused(
    uasrm, recording, target, tmp_path, content, told
):
    labels = tmp_path / "labels.txt"
    if content is not None:
        labels.write_text(content)
    outcome = uasrm("repair", recording, "-o", target, "--regions", labels)
    outcome.assert_one_error(1, told)
    assert not target.exists()


def _wav_head(recording):
    return recording.read_bytes()[:30]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not audio at all, however long the text may be" * 20,
        _wav_head,
    ],
    ids=["empty", "text", "cut off"],
)
def test_files_that_are_no_recordings_are_refused(uasrm, recording, target, tmp_path, content):
    source = tmp_path / "bad.wav"
    source.write_bytes(content(recording) if callable(content) else content)
    uasrm("repair", source, "-o", target, "-r", REGION).assert_one_error(1, "bad.wav")
    assert not target.exists()


def test_a_recording_without_samples_is_refused(uasrm, wav_file, target):
    source = wav_file(np.zeros((1, 0), dtype=np.float32), name="none.wav")
    uasrm("repair", source, "-o", target, "-r", REGION).assert_one_error(1, "none.wav")


def test_a_missing_recording_is_refused(uasrm, target):
    uasrm("repair", "nowhere.wav", "-o", target, "-r", REGION).assert_one_error(1, "nowhere.wav")


def test_a_recording_of_nothing_but_nan_is_refused(uasrm, wav_file, target):
    samples = np.full((1, RATE), np.nan, dtype=np.float32)
    source = wav_file(samples, name="nan.wav", subtype="FLOAT")
    uasrm("repair", source, "-o", target, "-r", "0.5-0.52").assert_one_error(1)
    assert not target.exists()


def test_an_existing_target_is_kept_unless_forced(uasrm, recording, target):
    target.write_text("precious")
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION)
    outcome.assert_one_error(1, "exists already", "--force")
    assert target.read_text() == "precious"
    assert uasrm("repair", recording, "-o", target, "-r", REGION, "--force").status == 0
    assert soundfile.info(target).frames == 2 * RATE


def test_an_existing_report_is_kept_unless_forced(uasrm, recording, target, tmp_path):
    report = tmp_path / "report.json"
    report.write_text("precious")
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--report", report)
    outcome.assert_one_error(1, "exists already")
    assert report.read_text() == "precious"
    assert not target.exists()


def test_the_original_is_never_the_target(uasrm, recording):
    before = _sha256(recording)
    outcome = uasrm("repair", recording, "-o", recording, "-r", REGION, "--force")
    outcome.assert_one_error(2, "different files")
    assert _sha256(recording) == before


def test_an_empty_label_file_is_nothing_to_do(uasrm, recording, target, tmp_path):
    (tmp_path / "labels.txt").write_text("")
    outcome = uasrm("repair", recording, "-o", target, "--regions", tmp_path / "labels.txt")
    assert outcome.status == 0
    assert outcome.out.startswith("Nothing to do: ")
    assert not target.exists()


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("{tmp}/out", "out/recording.wav"),
        ("{tmp}/out/", "out/recording.wav"),
        ("{{folder}}/{{name}} fixed", "recording fixed.wav"),
        ("{{folder}}/{{name}} {{ext}}.flac", "recording wav.flac"),
    ],
)
def test_the_output_may_be_a_folder_or_a_template(uasrm, recording, tmp_path, output, name):
    (tmp_path / "out").mkdir()
    words = ["-r", REGION, "--engine", "ar"]
    outcome = uasrm("repair", recording, "-o", output.format(tmp=tmp_path), *words)
    assert outcome.status == 0, outcome.err
    assert soundfile.info(tmp_path / name).frames == 2 * RATE


def test_a_folder_that_holds_the_recording_is_no_way_over_it(uasrm, recording, tmp_path):
    outcome = uasrm("repair", recording, "-o", tmp_path, "-r", REGION, "--force")
    outcome.assert_one_error(2, "must be different files")
    outcome = uasrm("repair", recording, "-o", tmp_path / "{title}.wav", "-r", REGION)
    outcome.assert_one_error(2, "a name with fields from {folder}, {name}, {ext}")


def test_times_bands_and_channels_are_read_as_people_write_them(uasrm, recording, target):
    words = ["-r", "0:01.000-00:01.02", "-r", "4410smp-4500smp", "--channels", "R"]
    outcome = uasrm("repair", recording, "-o", target, *words, "--band", "300-3k")
    assert outcome.status == 0, outcome.err
    assert "1.000-1.020 s" in outcome.out
    assert "0.100-0.102 s" in outcome.out
    damaged, fixed = _pcm(recording), _pcm(target)
    np.testing.assert_array_equal(damaged[0], fixed[0])
    assert (damaged[1, START:END] != fixed[1, START:END]).any()


@pytest.mark.parametrize(
    ("words", "name", "subtype", "told"),
    [
        (["--bits", "24"], "fixed.wav", "PCM_24", "identical."),
        (["--bits", "float"], "fixed.aiff", "FLOAT", "identical."),
        (["--bits", "8"], "fixed.wav", "PCM_U8", "Rounded to 8 bits with triangular dither."),
        (["--bits", "8", "--dither", "none"], "fixed.wav", "PCM_U8", "bits without dither."),
    ],
)
def test_depth_and_dither_are_chosen_and_told(
    uasrm, recording, tmp_path, words, name, subtype, told
):
    out = tmp_path / name
    outcome = uasrm("repair", recording, "-o", out, "-r", REGION, "--engine", "ar", *words)
    assert outcome.status == 0, outcome.err
    assert soundfile.info(out).subtype == subtype
    assert outcome.out.rstrip().endswith(told)
    if "none" in words:
        rest = soundfile.read(out, always_2d=True)[0].T[:, 60_000:]
        wanted = np.rint(soundfile.read(recording, always_2d=True)[0].T[:, 60_000:] * 128) / 128
        np.testing.assert_array_equal(rest, wanted)


def test_a_quality_makes_compressed_files_larger_or_smaller(uasrm, recording, tmp_path):
    sizes = []
    for number in ("2", "9"):
        out = tmp_path / f"q{number}.ogg"
        words = ["-r", REGION, "--engine", "ar", "--quality", number]
        assert uasrm("repair", recording, "-o", out, *words).status == 0
        sizes.append(out.stat().st_size)
    assert sizes[0] < 0.7 * sizes[1]


@pytest.mark.parametrize(
    ("name", "words", "told"),
    [
        ("fixed.mp3", ["--bits", "16"], "MP3 files do not hold samples of 16 bits"),
        ("fixed.flac", ["--bits", "float"], "FLAC files do not hold samples of float bits"),
        ("fixed.wav", ["--quality", "5"], "a quality belongs to .ogg and .mp3 files alone"),
    ],
)
def test_a_depth_or_quality_that_a_format_has_not_is_refused(
    uasrm, recording, tmp_path, name, words, told
):
    outcome = uasrm("repair", recording, "-o", tmp_path / name, "-r", REGION, *words)
    outcome.assert_one_error(1, told)


@pytest.mark.parametrize(
    "name", ["missing/fixed.wav", "missing/", "fixed.doc", "recording.wav/fixed.wav"]
)
def test_targets_that_cannot_be_written_are_refused(uasrm, recording, tmp_path, name):
    outcome = uasrm("repair", recording, "-o", f"{tmp_path}/{name}", "-r", REGION, "--force")
    outcome.assert_one_error(1)
    assert list(tmp_path.iterdir()) == [recording]


@pytest.mark.parametrize("content", [None, b"", b"\x10\0\0\0\0\0\0\0{"])
def test_models_that_cannot_be_read_are_refused(uasrm, recording, target, tmp_path, content):
    model = tmp_path / "model.safetensors"
    if content is not None:
        model.write_bytes(content)
    words = ["-r", REGION, "--engine", "unet", "--model", model]
    uasrm("repair", recording, "-o", target, *words).assert_one_error(1, "model.safetensors")
    assert not target.exists()


def test_many_regions_load_the_model_once(
    uasrm, wav_file, music_like, target, tmp_path, monkeypatch
):
    recording = wav_file(music_like(1.0, channels=1))
    model = tmp_path / "small.safetensors"
    save_model(HybridInpainter(HybridConfig(channels=(8, 8))), model, {"licence": "MIT"})
    loads = []
    monkeypatch.setattr(
        network,
        "load_backend",
        lambda path: loads.append(path) or choose_backend.load_backend(path),
    )
    words = [f"-r0.{digit}-0.{digit}02" for digit in range(1, 6)]
    outcome = uasrm("repair", recording, "-o", target, "--engine", "unet", "--model", model, *words)
    assert outcome.status == 0, outcome.err
    assert outcome.out.count("  unet, ") == 5
    assert loads == [model]


def test_nothing_is_written_if_one_region_fails(uasrm, recording, tmp_path, target, monkeypatch):
    whole_repair = api.repair

    def half_repair(job, progress):
        good, bad = whole_repair(job, progress).outcomes
        return RepairResult((good, replace(bad, candidates=(), problem="It is too odd.")))

    monkeypatch.setattr(api, "repair", half_repair)
    report = tmp_path / "report.json"
    words = ["-r", REGION, "-r", "1.5-1.51", "--report", report]
    outcome = uasrm("repair", recording, "-o", target, *words)
    outcome.assert_one_error(1, "It is too odd.", "Nothing was written")
    assert list(tmp_path.iterdir()) == [recording]


def test_a_recording_cut_short_is_repaired_and_told_of(uasrm, recording, target):
    content = recording.read_bytes()
    recording.write_bytes(content[: len(content) - 40_000])
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--engine", "ar")
    assert outcome.status == 0
    assert outcome.err.count("\n") == 1
    assert recording.name in outcome.err
    assert api.open_clip(target).frames == api.open_clip(recording).frames


def test_to_adapt_is_answered_even_where_the_network_is_not_asked(
    uasrm, recording, target, tmp_path
):
    report = tmp_path / "report.json"
    words = ("-o", target, "-r", "1.000-1.010", "--adapt", "--report", report)
    outcome = uasrm("repair", recording, *words)
    assert outcome.status == 0, outcome.err
    sentence = outcome.out.splitlines()[0]
    assert sentence == "Nothing here asks the network, so it was not adapted."
    told = json.loads(report.read_text("utf-8"))["adaptation"]
    assert (told["sentence"], told["kept"]) == (sentence, False)


@pytest.mark.parametrize("engine", ["ar", "attenuate", "original"])
def test_an_engine_that_cannot_learn_is_not_adapted(uasrm, recording, target, engine):
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--engine", engine, "--adapt")
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1
    assert f"{engine} cannot learn" in outcome.err
    assert not target.exists()


def test_an_engine_without_finite_output_ends_in_a_sentence_and_no_file(
    uasrm, recording, target, monkeypatch
):
    def fill(engine, known, progress):
        return Guess(np.full_like(known.gap.samples, np.nan))

    monkeypatch.setattr(PredictionEngine, "fill", fill)
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--engine", "ar")
    assert outcome.status == 1
    assert "values that are not numbers for the region at 1.000 s" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not target.exists()


def test_the_report_tells_which_engine_was_passed_over(
    uasrm, recording, target, tmp_path, monkeypatch
):
    monkeypatch.setattr(PredictionEngine, "fill", lambda *_: 1 / 0)
    report = tmp_path / "report.json"
    outcome = uasrm("repair", recording, "-o", target, "-r", "1.000-1.003", "--report", report)
    assert outcome.status == 0, outcome.err
    (warning,) = json.loads(report.read_text())["warnings"]
    assert "The engine ar failed on the region at 1.000 s" in warning
    assert warning in outcome.err


@pytest.mark.parametrize("region", [f"0-{'9' * 400}", "0-99999999999"])
def test_a_time_that_no_recording_reaches_is_refused(uasrm, recording, target, region):
    outcome = uasrm("repair", recording, "-o", target, "-r", region)
    assert outcome.status == 2
    assert "too large" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--regions", "--model"])
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_what_is_no_regular_file_is_refused_at_once(
    uasrm, recording, target, tmp_path, option, kind
):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    words = [option, "/dev/zero" if kind == "device" else path]
    if option == "--model":
        words += ["-r", REGION, "--engine", "unet"]
    outcome = uasrm("repair", recording, "-o", target, *words)
    assert outcome.status == 1
    assert "not a" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not target.exists()


def test_what_the_output_cannot_say_is_named_first(uasrm, recording, tmp_path):
    data = recording.read_bytes() + b"bext" + (602).to_bytes(4, "little") + bytes(602)
    recording.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    words = ["-r", REGION, "--engine", "ar"]
    outcome = uasrm("repair", recording, "-o", tmp_path / "out.flac", *words)
    assert outcome.status == 0, outcome.err
    assert outcome.err == "uasrm: “out.flac” will not hold: broadcast description (bext).\n"
    outcome = uasrm("repair", recording, "-o", tmp_path / "out.wav", *words)
    assert (outcome.status, outcome.err) == (0, "")
    assert "samples outside the repairs are identical." in outcome.out
