"""Where `uasrm repair` writes, and in which format."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from tests.cli.damaged import RATE, REGION, read_pcm, sha256_of, touched_frames


def test_the_target_name_decides_the_format(uasrm, recording, tmp_path):
    target = tmp_path / "fixed.flac"
    assert uasrm("repair", recording, "-o", target, "-r", REGION).status == 0
    assert soundfile.info(target).format == "FLAC"
    away = np.r_[0 : touched_frames().start, touched_frames().stop : 2 * RATE]
    np.testing.assert_array_equal(read_pcm(recording)[:, away], read_pcm(target)[:, away])


def test_an_existing_target_is_kept_unless_forced(uasrm, recording, target):
    target.write_text("precious")
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION)
    outcome.assert_one_error(1, "exists already", "--force")
    assert target.read_text() == "precious"
    assert uasrm("repair", recording, "-o", target, "-r", REGION, "--force").status == 0
    assert soundfile.info(target).frames == 2 * RATE


def test_the_original_is_never_the_target(uasrm, recording):
    before = sha256_of(recording)
    outcome = uasrm("repair", recording, "-o", recording, "-r", REGION, "--force")
    outcome.assert_one_error(2, "different files")
    assert sha256_of(recording) == before


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
