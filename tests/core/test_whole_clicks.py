"""Clicks of records and mouths are found whole, and taken out whole."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.detect.detections import DetectSettings
from uasrm_core.evaluation.planting_clicks import plant_mouth_clicks, plant_vinyl_clicks
from uasrm_core.interpolation import declick

RATE = 44100


def _found(samples, *names):
    return api.detect(AudioClip(MemorySource(samples, RATE)), DetectSettings(names))


@pytest.mark.parametrize("plant", [plant_vinyl_clicks, plant_mouth_clicks])
def test_clicks_of_records_and_mouths_are_one_detection_each_that_covers_them(music, rng, plant):
    damaged, damages = plant(music, RATE, rng, count=12, level_db=(12.0, 18.0))
    detections = _found(damaged, "clicks")
    assert len(detections) <= 13
    covered = 0
    for damage in damages:
        own = [
            detection
            for detection in detections
            if detection.start_frame < damage.end_frame and detection.end_frame > damage.start_frame
        ]
        error = np.square(damaged - music)[:, damage.start_frame : damage.end_frame].sum(axis=0)
        for detection in own[:1]:
            inside = slice(
                max(detection.start_frame - damage.start_frame, 0),
                detection.end_frame - damage.start_frame,
            )
            covered += error[inside].sum() > 0.98 * error.sum() and len(own) == 1
    assert covered >= 11


def test_a_click_that_was_marked_too_narrow_is_taken_out_whole(music, rng):
    damaged, damages = plant_mouth_clicks(music, RATE, rng, count=6, level_db=(15.0, 18.0))
    clip = AudioClip(MemorySource(damaged, RATE))
    regions = tuple(
        api.Region(d.start_frame, (d.start_frame + d.end_frame) // 2, kind=api.Kind.CLICK)
        for d in damages
    )
    result = api.repair(api.RepairJob(clip, regions))
    mended = clip.with_patches(result.best_patches).read(0, clip.frames)
    for damage in damages:
        span = slice(damage.start_frame - 200, damage.end_frame + 200)
        before, after = (
            float(np.sum(np.square(sound[:, span] - music[:, span]))) for sound in (damaged, mended)
        )
        assert after < 0.1 * before


def test_what_is_too_quiet_to_be_heard_is_no_click(music, rng):
    damaged, _ = plant_vinyl_clicks(music, RATE, rng, count=12, level_db=(12.0, 18.0))
    loudest = float(np.max(np.abs(damaged)))
    heard = damaged * np.float32(0.01 / loudest)
    quiet = damaged * np.float32(4 / 32768 / loudest)
    assert len(_found(heard, "clicks")) >= 12
    assert _found(quiet, "clicks") == ()


def test_sound_that_rises_before_a_click_is_none_of_it(music, rng):
    damaged, damages = plant_vinyl_clicks(music, RATE, rng, count=12, level_db=(18.0, 20.0))
    for damage in damages:
        before = slice(damage.start_frame - 250, damage.start_frame)
        peak = np.max(np.abs(damaged - music)[:, damage.start_frame : damage.end_frame])
        damaged[:, before] += 0.001 * peak * rng.standard_normal(250).astype(np.float32)
    starts = np.array([click.start_frame for click in _found(damaged, "clicks")])
    early = [np.min(np.abs(starts - damage.start_frame)) > 100 for damage in damages]
    assert np.sum(early) <= 4


def test_weak_ends_beyond_a_marked_click_are_taken_out(music, rng, monkeypatch):
    damaged, damages = plant_mouth_clicks(music, RATE, rng, count=20, level_db=(6.0, 15.0))
    clip = AudioClip(MemorySource(damaged, RATE))
    regions = tuple(
        api.Region(d.start_frame + 3, d.end_frame - 9, kind=api.Kind.CLICK) for d in damages
    )

    def measure_left() -> float:
        result = api.repair(api.RepairJob(clip, regions))
        mended = clip.with_patches(result.best_patches).read(0, clip.frames)
        spans = [slice(d.start_frame - 50, d.end_frame + 50) for d in damages]
        left = [np.sum(np.square(mended[:, span] - music[:, span])) for span in spans]
        return float(np.mean(np.log10(left)))

    beyond = measure_left()
    monkeypatch.setattr(declick, "MARGIN_FRAMES", (0, 0))
    assert beyond < measure_left()
