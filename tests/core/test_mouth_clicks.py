"""Clicks of a mouth are told from the pulses and the hiss of a voice."""

import numpy as np
import pytest
from scipy import signal

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.detect.clicks import find_bursts
from uasrm_core.detect.detections import DetectSettings
from uasrm_core.detect.evidence import FEATURES, describe_evidence
from uasrm_core.detect.prediction import predict
from uasrm_core.evaluation.planting_clicks import plant_mouth_bursts, plant_mouth_clicks

RATE = 16000
FORMANTS = ((600.0, 80.0, 1.0), (1300.0, 100.0, 0.6), (2500.0, 150.0, 0.35), (3500.0, 250.0, 0.2))


def _make_voice(seconds, rng):
    """Return pulses of a wandering pitch, and breath, through formants: ``(1, frames)``."""
    frames = round(seconds * RATE)
    struck = np.zeros(frames)
    at = 0.0
    while at < frames - 1:
        struck[int(at)] = 1.0 + 0.1 * rng.standard_normal()
        pitch_hz = 110.0 * (1.0 + 0.2 * np.sin(3.0 * at / RATE))
        at += RATE / pitch_hz * (1.0 + 0.01 * rng.standard_normal())
    struck = signal.lfilter([1.0], [1.0, -0.95], struck) + 0.02 * rng.standard_normal(frames)
    voice = np.zeros(frames)
    for hz, bandwidth_hz, gain in FORMANTS:
        radius = np.exp(-np.pi * bandwidth_hz / RATE)
        model = [1.0, -2.0 * radius * np.cos(2 * np.pi * hz / RATE), radius**2]
        voice += gain * signal.lfilter([1.0 - radius], model, struck)
    voice *= 0.6 + 0.4 * np.sin(2 * np.pi * 2.5 * np.arange(frames) / RATE)
    return (0.1 * voice / np.sqrt(np.mean(voice**2))).astype(np.float32)[np.newaxis]


def _find(samples):
    return api.detect(AudioClip(MemorySource(samples, RATE)), DetectSettings(("clicks",)))


def test_clicks_no_louder_than_a_voice_are_found_and_the_voice_is_not():
    found = planted = 0
    for seed in range(2):
        rng = np.random.default_rng(seed)
        voice = _make_voice(10.0, rng)
        damaged, damages = plant_mouth_clicks(voice, RATE, rng, count=20, level_db=(-6.0, 3.0))
        detections = _find(damaged)
        found += sum(
            any(d.start_frame < one.end_frame and d.end_frame > one.start_frame for d in detections)
            for one in damages
        )
        planted += len(damages)
        assert not _find(voice)
    assert found >= 0.65 * planted


def test_a_stretch_without_any_burst_is_described_as_such():
    (bursts,) = find_bursts(
        np.zeros((1, RATE), np.float32),
        [predict(np.zeros(RATE, np.float32), RATE)],
        RATE,
        contours=True,
    )
    assert len(bursts.peaks) == len(bursts.features) == 0


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 96000])
def test_bursts_are_described_alike_at_every_rate(rate, rng):
    row = 0.01 * rng.standard_normal(2 * rate).astype(np.float32)
    row[rate : rate + 5] += 0.5
    (bursts,) = find_bursts(row[np.newaxis], [predict(row, rate)], rate, contours=True)
    (other,) = find_bursts(row[np.newaxis], [predict(row, RATE)], RATE, contours=True)
    assert len(bursts.peaks)
    assert np.all(np.isfinite(bursts.features))
    assert bursts.features.shape[1] == other.features.shape[1]


def test_bursts_of_a_mouth_are_planted_at_the_level_that_is_asked_for(rng):
    voice = _make_voice(4.0, rng)
    damaged, damages = plant_mouth_bursts(voice, RATE, rng, count=6, level_db=(12.0, 12.0))
    assert len(damages) == 6
    for damage in damages:
        added = (damaged - voice)[0, damage.start_frame : damage.end_frame]
        assert 0.1 < np.max(np.abs(added)) < 1.6
        assert len(added) <= 0.008 * RATE


def test_separating_a_click_from_a_voice_tells_it_from_the_voice(rng):
    voice = _make_voice(4.0, rng)
    damaged, damages = plant_mouth_clicks(voice, RATE, rng, count=10, level_db=(6.0, 6.0))
    extents = [(damage.start_frame, damage.end_frame) for damage in damages]
    clicked = describe_evidence(damaged[0], extents, RATE)
    intact = describe_evidence(voice[0], extents, RATE)
    # likelier with a click than without, and than as a louder voice
    assert np.median(clicked[:, 0]) > 1.0 > np.median(intact[:, 0])
    assert np.mean(clicked[:, 1] > intact[:, 1]) >= 0.8


def test_silence_and_the_edges_of_a_stretch_are_described():
    row = np.zeros(RATE, np.float32)
    described = describe_evidence(row, [(0, 4), (RATE - 3, RATE), (8000, 8900)], RATE)
    assert np.isfinite(described).all()
    assert describe_evidence(row, [], RATE).shape == (0, FEATURES)
