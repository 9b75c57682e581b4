"""Clicks of records and mouths are found whole, and taken out whole."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.detect.detections import DetectSettings
from uasrm_core.evaluation.planting_clicks import plant_mouth_clicks, plant_vinyl_clicks

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
