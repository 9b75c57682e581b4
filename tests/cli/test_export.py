"""`uasrm export` writes a recording, or its regions, in other formats, depths and rates."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

RATE = 44100


@pytest.fixture
def recording(wav_file, music_like):
    return wav_file(music_like(2.0), subtype="PCM_16")


def test_another_format_holds_the_same_samples(uasrm, recording, tmp_path):
    out = tmp_path / "tape.flac"
    outcome = uasrm("export", recording, "-o", out)
    assert outcome.status == 0, outcome.err
    assert f"Wrote {out}: FLAC, 16 bit, 2.000 s." in outcome.out
    np.testing.assert_array_equal(soundfile.read(out)[0], soundfile.read(recording)[0])


def test_regions_become_files_named_by_their_labels(uasrm, recording, tmp_path):
    (tmp_path / "songs.txt").write_text("0.1\t0.5\tOne/a\n0.5\t1.25\tTwo\n")
    outcome = uasrm(
        "export",
        recording,
        "-o",
        tmp_path / "{number} {label}.flac",
        "--regions",
        tmp_path / "songs.txt",
    )
    assert outcome.status == 0, outcome.err
    whole = soundfile.read(recording, dtype="int16")[0]
    one = soundfile.read(tmp_path / "1 One_a.flac", dtype="int16")[0]
    two = soundfile.read(tmp_path / "2 Two.flac", dtype="int16")[0]
    np.testing.assert_array_equal(one, whole[4410:22050])
    np.testing.assert_array_equal(two, whole[22050:55125])


def test_the_rate_is_changed_without_loss_below_half_of_it(uasrm, wav_file, tone, tmp_path):
    source, out = wav_file(tone(1000.0, 2.0), subtype="PCM_24"), tmp_path / "out.wav"
    outcome = uasrm("export", source, "-o", out, "--rate", "48000", "--bits", "16")
    assert outcome.status == 0, outcome.err
    assert "Rounded to 16 bits with triangular dither." in outcome.out
    info = soundfile.info(out)
    assert (info.samplerate, info.subtype, info.frames) == (48000, "PCM_16", 96000)
    heard = soundfile.read(out)[0][1000:-1000]
    wanted = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(96000) / 48000)[1000:-1000]
    assert np.abs(heard - wanted).max() < 2e-4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "all.wav", "-r", "0.1-0.2"], "needs {number} or {label}"),
        (["-o", "{label}.wav", "-r", "0.1-0.2", "-r", "0.3-0.4"], "Two regions would be"),
        (["-o", "{number}.wav", "-r", "0.1-0.2", "--band", "1-2"], "do not go with an export"),
        (["-o", "out.wav", "--rate", "99999999"], "--rate is"),
        (["-o", "out.wav", "--rate", "5"], "--rate"),
        (["-o", "{number}.wav", "-r", "1-9"], "outside"),
    ],
)
def test_what_makes_no_sense_is_refused(uasrm, recording, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    uasrm("export", recording, *words).assert_one_error(2, told)
    assert list(tmp_path.iterdir()) == [recording]


def test_the_recording_is_never_the_target(uasrm, recording):
    uasrm("export", recording, "-o", recording, "--force").assert_one_error(2, "different files")


@pytest.mark.parametrize("suffix", [".mp3", ".ogg"])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e300])
def test_samples_that_are_no_numbers_do_not_end_an_encoder(
    uasrm, wav_file, music_like, tmp_path, suffix, odd
):
    samples = music_like(2.0).astype(np.float64)
    samples[:, 30_000:30_010] = odd
    source, out = wav_file(samples, subtype="DOUBLE"), tmp_path / f"out{suffix}"
    outcome = uasrm("export", source, "-o", out)
    assert outcome.status == 0, outcome.err
    heard = soundfile.read(out, always_2d=True)[0]
    assert np.isfinite(heard).all()
    assert np.abs(heard.T[:, 50_000:] - samples[:, 50_000 : len(heard)]).mean() < 0.02


def test_a_sample_that_is_no_number_stays_one_at_another_rate(
    uasrm, wav_file, music_like, tmp_path
):
    samples = music_like(2.0)
    source = wav_file(samples, name="whole.wav", subtype="FLOAT")
    samples[:, 40_000] = np.nan
    odd = wav_file(samples, name="odd.wav", subtype="FLOAT")
    for recording in (source, odd):
        out = tmp_path / f"48 {recording.name}"
        assert uasrm("export", recording, "-o", out, "--rate", "48000").status == 0
    whole, heard = (soundfile.read(tmp_path / f"48 {name}.wav")[0] for name in ("whole", "odd"))
    assert np.isfinite(heard).all()
    place = round(40_000 * 48000 / RATE)
    far = np.abs(np.arange(len(whole)) - place) > 2000
    assert np.abs(heard - whole)[far].max() < 1e-4


def test_a_recording_of_one_sample_has_one_at_a_lower_rate(uasrm, wav_file, tmp_path):
    source, out = wav_file(np.full((1, 1), 0.25), subtype="PCM_16"), tmp_path / "out.wav"
    outcome = uasrm("export", source, "-o", out, "--rate", "8000")
    assert outcome.status == 0, outcome.err
    np.testing.assert_array_equal(soundfile.read(out)[0], [0.25])


def test_a_region_may_be_the_whole_recording(uasrm, recording, tmp_path):
    words = ["-o", tmp_path / "{number}.wav", "-r", "0-2"]
    outcome = uasrm("export", recording, *words)
    assert outcome.status == 0, outcome.err
    np.testing.assert_array_equal(
        soundfile.read(tmp_path / "1.wav")[0], soundfile.read(recording)[0]
    )


@pytest.mark.parametrize("suffix", [".mp3", ".ogg"])
def test_the_least_quality_makes_the_smallest_file(uasrm, recording, tmp_path, suffix):
    sizes = []
    for quality in ("0", "5", "10"):
        out = tmp_path / f"{quality}{suffix}"
        outcome = uasrm("export", recording, "-o", out, "--quality", quality)
        assert outcome.status == 0, outcome.err
        sizes.append(out.stat().st_size)
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]


def test_samples_over_full_scale_that_are_cut_off_are_told(uasrm, wav_file, music_like, tmp_path):
    samples = np.clip(music_like(1.0), -0.9, 0.9)
    samples[:, 100:110] = 1.25
    samples[0, 200] = -1.5
    samples[:, 300] = 1.0
    source = wav_file(samples, subtype="FLOAT")
    outcome = uasrm("export", source, "-o", tmp_path / "out.flac")
    assert outcome.status == 0, outcome.err
    assert "21 samples were over full scale and were cut off" in outcome.out
    assert "full scale" not in uasrm("export", source, "-o", tmp_path / "out.wav").out
