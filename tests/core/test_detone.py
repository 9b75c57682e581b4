"""Tones over a programme are taken off it, and what is wrong beside them is replaced."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.audio.synthetic_noises import ring
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.overlay import Overlay, find_overlay
from uasrm_core.metrics.distances import snr_db
from uasrm_core.progress import Progress

RATE = 22050
START, END = 6 * RATE, 6 * RATE + RATE * 3 // 10
MARGIN = RATE // 20
WHOLE = Region(START - MARGIN, END + MARGIN)


@pytest.fixture
def music(music_like):
    return AudioClip(MemorySource(music_like(12.0, rate=RATE), RATE))


@pytest.fixture
def ringing(music, rng):
    """Return the music with a telephone over it that is louder by 6 dB."""
    return lay_over(music, ring(END - START, RATE, rng), db=6.0)


@pytest.fixture
def beep():
    time = np.arange(END - START) / RATE
    fade = np.minimum(1.0, 100 * np.minimum(time, time[::-1]))
    return (fade * np.sqrt(2) * np.sin(2 * np.pi * 1234.5 * time)).astype(np.float32)


@pytest.fixture
def noise(rng):
    sound = 0.1 * rng.standard_normal((2, 12 * RATE), dtype=np.float32)
    return AudioClip(MemorySource(sound, RATE))


def lay_over(clip, sound, *, db=0.0):
    clean = clip.read(START, END)
    level = np.sqrt(np.mean(np.square(clean))) * 10 ** (db / 20)
    return clip.with_patch(Patch(START, (0, 1), clean + np.float32(level) * sound))


def put_in(clip, sound):
    """Return a recording in which a sound stands in place of its own, as loud as that was."""
    level = np.sqrt(np.mean(np.square(clip.read(START, END))))
    made = np.tile(np.float32(level) * sound, (2, 1)).astype(np.float32)
    return clip.with_patch(Patch(START, (0, 1), made))


def repair(clip, region=WHOLE, engine="auto", **settings):
    (outcome,) = api.repair(RepairJob(clip, (region,), engine, **settings)).outcomes
    return outcome


def find(clip, **settings):
    return find_overlay(clip, WHOLE, RepairJob(clip, (WHOLE,), **settings), Progress())


def distance_db(clean, made):
    return snr_db(clean.read(START, END), made.read(START, END), 0, END - START)


def test_a_telephone_is_taken_off_the_music_under_it(music, ringing, wild):
    outcome = repair(ringing, model=wild)
    assert outcome.candidates[0].engine == "detone"
    assert not outcome.warnings
    repaired = ringing.with_patch(outcome.candidates[0].patch)
    assert distance_db(music, repaired) > distance_db(music, ringing) + 10.0


def test_to_compare_others_replace_all_of_it(ringing, wild):
    outcome = repair(ringing, model=wild, compare=True)
    made = [candidate.engine for candidate in outcome.candidates]
    assert made[0] == "detone"
    assert {"unet", "ar"} <= set(made[1:])


def test_music_is_no_tones(music):
    assert find(music) is None


def test_a_note_that_decays_is_the_musics_own(music, beep):
    decay = np.float32(0.2) * np.exp(-np.linspace(0.0, 3.0, len(beep), dtype=np.float32))
    for level, found in ((decay, None), (np.float32(0.2), Overlay.TONES)):
        sound = music.read(START, END) + level * beep
        assert find(music.with_patch(Patch(START, (0, 1), sound))) is found


def test_a_take_that_is_asked_for_replaces_all_of_it(ringing):
    assert find(ringing, take=2) is None
    assert find(ringing) is Overlay.TONES


def test_where_the_sound_beside_the_tones_is_wrong_all_of_it_is_replaced(music, beep, wild):
    alone = put_in(music, beep)
    assert find(alone) is Overlay.DOUBTFUL_TONES
    outcome = repair(alone, model=wild)
    assert outcome.candidates[0].engine != "detone"
    (sentence,) = outcome.warnings
    assert sentence.startswith("Tones sound in the region at 5.950 s.")
    offered = repair(alone, model=wild, compare=True).candidates
    assert "detone" in {candidate.engine for candidate in offered[1:]}


def test_with_little_sound_around_nothing_is_told(music, beep):
    short = AudioClip(MemorySource(music.read(START - RATE, END + RATE), RATE))
    region = WHOLE.moved(RATE - START)
    tones = np.float32(0.2) * beep
    damaged = short.with_patch(Patch(RATE, (0, 1), short.read(RATE, RATE + END - START) + tones))
    found = find_overlay(damaged, region, RepairJob(damaged, (region,)), Progress())
    assert found is None


@pytest.mark.parametrize("rate", [10, 50, 100])
def test_recordings_of_few_frames_a_second_are_looked_at_too(rng, rate):
    sound = 0.02 * rng.standard_normal((1, 20 * rate), dtype=np.float32)
    sound[:, 10 * rate : 11 * rate] += np.float32(0.4) * np.sin(0.77 * np.arange(rate))
    clip = AudioClip(MemorySource(sound.astype(np.float32), rate))
    region = Region(10 * rate, 11 * rate)
    found = find_overlay(clip, region, RepairJob(clip, (region,)), Progress())
    assert found in (None, Overlay.TONES, Overlay.DOUBTFUL_TONES)


def test_a_tone_that_is_named_is_taken_off_and_replaced_where_there_is_none(ringing, noise, wild):
    named = replace(WHOLE, kind=Kind.TONE)
    assert repair(ringing, named, model=wild).candidates[0].engine == "detone"
    assert repair(noise, named, model=wild).candidates[0].engine in ("unet", "ar")


def test_without_tones_the_engine_says_so(noise):
    problem = repair(noise, engine="detone").problem
    assert problem.startswith("No steady tone stands out")
