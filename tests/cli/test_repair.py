"""`uasrm repair` mends what is named, and leaves the rest bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from tests.cli.damaged import END, RATE, REGION, START, read_pcm, sha256_of
from uasrm_core.inpainting import network
from uasrm_core.inpainting.splice import crossfade_frames
from uasrm_core.model import choose_backend
from uasrm_core.model.checkpoint import save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter


def test_a_region_is_repaired_and_all_else_is_bit_identical(uasrm, recording, target):
    before = sha256_of(recording)
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION)
    assert outcome.status == 0, outcome.err
    assert outcome.err == ""
    assert "1.000-1.020 s  unet" in outcome.out
    assert str(target) in outcome.out
    damaged, fixed = read_pcm(recording), read_pcm(target)
    changed = np.flatnonzero((damaged != fixed).any(axis=0))
    assert START - crossfade_frames(RATE) <= changed[0]
    assert changed[-1] < END + crossfade_frames(RATE)
    assert np.abs(fixed[:, START:END]).max() > 500
    assert sha256_of(recording) == before


def test_a_region_that_is_left_as_it_was_is_told(uasrm, wav_file, music_like, target):
    source = wav_file(music_like(12.0, rate=16000, channels=1), rate=16000, subtype="PCM_16")
    words = ["-r", "5.1-5.4", "--band", "350-1400", "--engine", "unet"]
    outcome = uasrm("repair", source, "-o", target, *words)
    assert outcome.status == 0, outcome.err
    assert "left as it is" in outcome.err
    assert "5.100-5.400 s  unet, " in outcome.out
    assert ", left as it was\n" in outcome.out
    np.testing.assert_array_equal(read_pcm(source), read_pcm(target))


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
    damaged, fixed = read_pcm(recording), read_pcm(target)
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


@pytest.mark.parametrize("region", ["0-0.02", "1.98-2.0"])
def test_a_region_may_touch_either_end(uasrm, recording, target, region):
    assert uasrm("repair", recording, "-o", target, "-r", region).status == 0
    assert read_pcm(target).shape == read_pcm(recording).shape


def test_overlapping_regions_are_all_repaired(uasrm, recording, target):
    words = ["-r", "1.0-1.01", "-r", "1.005-1.02", "-r", "0.9995-1.002"]
    assert uasrm("repair", recording, "-o", target, *words).status == 0
    fixed = read_pcm(target)[:, START:END].astype(float)
    quiet_runs = np.abs(fixed).max(axis=0).reshape(-1, 49).max(axis=1)
    assert quiet_runs.min() > 100


def test_a_file_shorter_than_a_window_is_repaired(uasrm, wav_file, tone, target):
    source = wav_file(tone(seconds=0.02), name="short.wav")
    assert uasrm("repair", source, "-o", target, "-r", "0.009-0.011").status == 0
    assert read_pcm(target).shape == (1, 882)


def test_an_empty_label_file_is_nothing_to_do(uasrm, recording, target, tmp_path):
    (tmp_path / "labels.txt").write_text("")
    outcome = uasrm("repair", recording, "-o", target, "--regions", tmp_path / "labels.txt")
    assert outcome.status == 0
    assert outcome.out.startswith("Nothing to do: ")
    assert not target.exists()


def test_times_bands_and_channels_are_read_as_people_write_them(uasrm, recording, target):
    words = ["-r", "0:01.000-00:01.02", "-r", "4410smp-4500smp", "--channels", "R"]
    outcome = uasrm("repair", recording, "-o", target, *words, "--band", "300-3k")
    assert outcome.status == 0, outcome.err
    assert "1.000-1.020 s" in outcome.out
    assert "0.100-0.102 s" in outcome.out
    damaged, fixed = read_pcm(recording), read_pcm(target)
    np.testing.assert_array_equal(damaged[0], fixed[0])
    assert (damaged[1, START:END] != fixed[1, START:END]).any()


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
        lambda *paths: loads.append(paths) or choose_backend.load_backend(*paths),
    )
    words = [f"-r0.{digit}-0.{digit}02" for digit in range(1, 6)]
    outcome = uasrm("repair", recording, "-o", target, "--engine", "unet", "--model", model, *words)
    assert outcome.status == 0, outcome.err
    assert outcome.out.count("  unet, ") == 5
    assert loads == [(model,)]
