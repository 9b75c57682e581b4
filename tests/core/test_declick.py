"""Strong clicks go, and weak ones leave the sound under them no worse than it was."""

import numpy as np
import pytest
import soundfile

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.labels import read_labels
from uasrm_core.audio.region import Region
from uasrm_core.evaluation.planting import plant_clicks
from uasrm_core.evaluation.planting_clicks import plant_vinyl_clicks
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.resources import resource

RATE = 44100


@pytest.fixture(scope="module")
def music():
    path = resource("samples", "hungarian_dance_clean.wav")
    samples, _ = soundfile.read(path, dtype="float32", always_2d=True, frames=6 * RATE)
    return np.ascontiguousarray(samples.T)


def error_db(clean, heard):
    return 10 * np.log10(np.sum((heard - clean) ** 2.0))


def planted(music, rng, level_db):
    damaged, damages = plant_clicks(music, RATE, rng, level_db=level_db, count=12)
    regions = [Region(d.start_frame, d.end_frame, kind=Kind.CLICK) for d in damages]
    return damaged, tuple(regions)


def mended(damaged, regions, engine="auto"):
    clip = AudioClip(MemorySource(damaged, RATE))
    result = api.repair(RepairJob(clip, regions, engine))
    assert all(outcome.problem is None for outcome in result.outcomes)
    return clip.with_patches(result.best_patches).read(0, clip.frames), result


def test_a_strong_click_goes_as_if_nothing_were_known_of_what_it_covers(music, rng):
    # one click of a dozen can decide: the mean of three plantings
    errors = []
    for _ in range(3):
        damaged, regions = planted(music, rng, 10.0)
        heard, result = mended(damaged, regions)
        assert {outcome.candidates[0].engine for outcome in result.outcomes} == {"declick"}
        interpolated, _ = mended(damaged, regions, "ar")
        errors.append([error_db(music, sound) for sound in (heard, interpolated, damaged)])
    own, guessed, before = np.mean(errors, axis=0)
    assert own < guessed + 0.5
    assert own < before - 20


def test_a_click_is_repaired_alike_however_its_label_is_written(music, rng, tmp_path):
    damaged, regions = planted(music, rng, 0.0)
    path = tmp_path / "labels.txt"
    heard = []
    for word in ("click", "Click", "CLICK", "click 1"):
        lines = [f"{r.start_frame / RATE}\t{r.end_frame / RATE}\t{word}\n" for r in regions]
        path.write_text("".join(lines))
        sound, result = mended(damaged, read_labels(path, RATE))
        assert {outcome.candidates[0].engine for outcome in result.outcomes} == {"declick"}
        heard.append(sound)
    assert all(np.array_equal(heard[0], other) for other in heard[1:])


@pytest.mark.parametrize("level_db", [-40.0, -30.0, -20.0])
def test_a_weak_click_leaves_the_sound_no_worse_than_it_was(music, rng, level_db):
    damaged, regions = planted(music, rng, level_db)
    heard, _ = mended(damaged, regions)
    assert error_db(music, heard) < error_db(music, damaged) + 0.5
    interpolated, _ = mended(damaged, regions, "ar")
    assert error_db(music, heard) < error_db(music, interpolated)


def test_what_interpolation_would_make_worse_stays(music, rng):
    damaged, regions = planted(music, rng, -40.0)
    heard, _ = mended(damaged, regions)
    around = [slice(r.start_frame - 50, r.end_frame + 50) for r in regions]
    before, after = (
        np.array([np.sum(np.square(sound[:, span] - music[:, span])) for span in around])
        for sound in (damaged, heard)
    )
    assert np.max(after / before) < 2.0
    # places without any click, taken for one
    intact, _ = mended(music, regions)
    assert sum(np.array_equal(intact[:, span], music[:, span]) for span in around) >= 9


def test_silence_and_the_very_edge_are_no_trouble(music):
    damaged = music[:, :RATE].copy()
    damaged[:, :20] += 0.5
    heard, _ = mended(damaged, (Region(0, 20, kind=Kind.CLICK),))
    assert np.isfinite(heard).all()
    still = np.zeros((2, RATE), np.float32)
    still[0] = music[0, :RATE]
    still[:, 9000:9010] = 0.3
    heard, _ = mended(still, (Region(9000, 9010, kind=Kind.CLICK),))
    assert np.abs(heard[1]).max() < 0.01


def test_what_is_too_long_for_a_click_is_refused_by_name(music):
    clip = AudioClip(MemorySource(music, RATE))
    (outcome,) = api.repair(RepairJob(clip, (Region(9000, 12000),), "declick")).outcomes
    assert outcome.problem is not None
    assert "too long for a click" in outcome.problem


def test_of_a_click_that_rings_less_is_left_than_of_noise_taken_for_one(music, monkeypatch):
    damaged, damages = plant_vinyl_clicks(music, RATE, np.random.default_rng(3), count=30)
    regions = [
        Region(d.start_frame, d.end_frame, channels=d.channels, kind=Kind.CLICK) for d in damages
    ]
    ringing, _ = mended(damaged, regions)
    monkeypatch.setattr("uasrm_core.interpolation.click_model.LONGEST_FRAMES", 0)
    noise, _ = mended(damaged, regions)
    assert error_db(music, ringing) < error_db(music, noise) - 0.2
