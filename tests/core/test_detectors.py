"""Noises over the sound are found where they are, each by its own detector."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.kinds import KIND_WORDS
from uasrm_core.detect.detections import DetectSettings, at_sensitivity
from uasrm_core.detect.registry import DEFAULT_KINDS, DETECTORS
from uasrm_core.errors import Cancelled
from uasrm_core.evaluation.matching import match
from uasrm_core.evaluation.planting_noises import (
    plant_coughs,
    plant_hum,
    plant_thumps,
    plant_tones,
)
from uasrm_core.progress import Progress

RATE = 44100
NOISES = tuple(name for name in DETECTORS if name not in DEFAULT_KINDS)


def _found(samples, *names, sensitivity=0.5):
    clip = AudioClip(MemorySource(samples, RATE))
    return api.detect(clip, DetectSettings(names, sensitivity))


@pytest.mark.parametrize(
    ("name", "plant", "level_db"),
    [("thumps", plant_thumps, 6.0), ("coughs", plant_coughs, 15.0), ("tones", plant_tones, 5.0)],
)
def test_noises_are_found_at_their_place(murmur, rng, name, plant, level_db):
    damaged, damages = plant(murmur, RATE, rng, level_db=level_db, count=4)
    detections = _found(damaged, name)
    assert len(damages) == 4
    assert sum(n is not None for n in match(damages, detections, RATE).found) >= 3
    assert len(detections) <= 5
    assert {detection.kind for detection in detections} == {DETECTORS[name].kind}


def test_hum_is_found_with_its_band(music, rng):
    damaged, (damage,) = plant_hum(music, RATE, rng, level_db=-15.0)
    (detection,) = _found(damaged, "hum")
    mains_hz = float(damage.shape.split()[0])
    assert detection.low_hz < mains_hz < detection.high_hz
    assert detection.end_frame - detection.start_frame > 0.8 * damaged.shape[1]


def _held_tone(hz, frames, harmonics=4):
    times = np.arange(frames) / RATE
    tone = sum(np.sin(2 * np.pi * number * hz * times) / number for number in range(1, harmonics))
    return 0.02 * np.float32(tone)[None]


@pytest.mark.parametrize("hz", [50.0, 60.3])
def test_hum_of_few_harmonics_is_found(murmur, hz):
    (detection,) = _found(murmur + _held_tone(hz, murmur.shape[1]), "hum")
    assert detection.low_hz < hz < detection.high_hz


@pytest.mark.parametrize("hz", [49.0, 51.9, 58.27, 61.74])
def test_a_note_that_is_held_is_no_hum(murmur, hz):
    assert not _found(murmur + _held_tone(hz, murmur.shape[1]), "hum")


@pytest.mark.parametrize("name", NOISES)
def test_what_has_no_noise_is_left_alone(murmur, name):
    assert not _found(murmur, name)


def test_one_analysis_answers_for_every_sensitivity(murmur, rng):
    damaged, _ = plant_thumps(murmur, RATE, rng, level_db=0.0, count=4)
    everything = _found(damaged, *NOISES, sensitivity=1.0)
    assert at_sensitivity(everything, 0.4) == _found(damaged, *NOISES, sensitivity=0.4)


@pytest.mark.parametrize("name", NOISES)
def test_detection_can_be_stopped(murmur, name):
    stopped = Progress(is_cancelled=lambda: True)
    clip = AudioClip(MemorySource(murmur, RATE))
    with pytest.raises(Cancelled):
        api.detect(clip, DetectSettings((name,)), stopped)


@pytest.mark.parametrize("frames", [1, 100, 3000])
def test_short_recordings_hold_nothing(frames):
    assert _found(np.zeros((1, frames), np.float32), *DETECTORS) == ()


def test_every_detector_has_a_kind_that_has_words():
    assert {traits.kind for traits in DETECTORS.values()} <= set(KIND_WORDS)
    assert len({traits.kind for traits in DETECTORS.values()}) == len(DETECTORS)
