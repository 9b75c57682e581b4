"""Noise over the programme is told from the programme, and taken off it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.audio.synthetic_noises import band_noise, cough, ring
from uasrm_core.inpainting.condition import CONTEXT_S, REACH_S
from uasrm_core.inpainting.cutting import cut_gap
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.noise import find_noise, uncover
from uasrm_core.inpainting.overlay import Overlay, find_overlay
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.progress import Progress

RATE = 22050
START, END = 6 * RATE, 6 * RATE + RATE * 2 // 5
WHOLE = Region(START, END)
BOX = Region(START, END, 300.0, 3000.0)


@pytest.fixture
def music(music_like):
    return AudioClip(MemorySource(music_like(12.0, rate=RATE, channels=1), RATE))


def lay_over(clip, sound, *, db=0.0):
    """Return a recording with a sound of RMS 1 over it, so much louder than it is there."""
    clean = clip.read(START, END)
    level = np.sqrt(np.mean(np.square(clean))) * 10 ** (db / 20)
    return clip.with_patch(Patch(START, (0,), clean + np.float32(level) * sound))


def gap_of(clip, region):
    return cut_gap(clip, region, (), context_s=CONTEXT_S, reach_s=REACH_S).gap


def error_db(clean, made):
    """Return the power of an error against that of the sound."""
    own = clean.read(START, END)
    difference = made.read(START, END) - own
    return 10 * np.log10(np.sum(np.square(difference)) / np.sum(np.square(own)))


@pytest.mark.parametrize("region", [WHOLE, BOX])
def test_a_cough_is_found_over_music_and_nothing_where_there_is_none(music, rng, region):
    coughing = lay_over(music, cough(END - START, RATE, rng))
    found = find_noise(gap_of(coughing, region))
    hz = np.arange(len(found.bins)) * found.config.bin_hz(RATE)
    assert found.bins[(hz > 600) & (hz < 2900)].all()
    assert not found.bins[(hz < 200) | (hz > 5000)].any()
    assert find_noise(gap_of(music, region)) is None


@pytest.mark.parametrize("region", [WHOLE, BOX])
def test_a_telephone_and_silence_are_no_noise(music, rng, region):
    ringing = lay_over(music, ring(END - START, RATE, rng), db=6.0)
    assert find_noise(gap_of(ringing, region)) is None
    silence = np.zeros((1, END - START), dtype=np.float32)
    assert find_noise(gap_of(music.with_patch(Patch(START, (0,), silence)), region)) is None


def test_where_the_programme_is_gone_beside_the_noise_all_of_it_is_to_be_filled(music, rng):
    noise = 0.1 * cough(END - START, RATE, rng)[None]
    assert find_noise(gap_of(music.with_patch(Patch(START, (0,), noise)), WHOLE)) is None


def test_what_is_short_tells_nothing(music, rng, monkeypatch):
    coughing = lay_over(music, cough(END - START, RATE, rng))
    short = Region(START, START + round(0.06 * RATE))
    gap = gap_of(coughing, short)
    # nor is the recording around it read, which would take longer than such a repair
    monkeypatch.setattr(SearchContext, "read", lambda *_: pytest.fail("read for nothing"))
    assert find_noise(gap) is None


def test_the_result_is_nearer_than_the_damaged_sound_and_than_the_fill(music, rng):
    coughing = lay_over(music, cough(END - START, RATE, rng))
    gap = gap_of(coughing, BOX)
    clean = gap_of(music, BOX).samples
    fill = clean.copy()
    # a fill that is as far from the programme as silence is, but for its level
    fill[:, gap.start : gap.end] *= -0.2
    made = uncover(gap, fill, find_noise(gap))
    assert made.shape == gap.samples.shape

    def power(sound):
        return np.sum(np.square((sound - clean)[:, gap.start : gap.end]))

    assert 10 * np.log10(power(gap.samples) / power(made)) > 6.0
    assert power(made) < 0.5 * power(fill)


def test_noise_that_swells_is_taken_off_where_it_is_loud_and_nothing_where_it_is_not(music, rng):
    frames = END - START
    swell = np.where(np.arange(frames) < frames // 2, 1.0, 0.001)
    coughing = lay_over(music, cough(frames, RATE, rng) * swell.astype(np.float32))
    gap = gap_of(coughing, BOX)
    noise = find_noise(gap)
    made = uncover(gap, np.zeros_like(gap.samples), noise)
    quiet = slice(gap.start + 3 * frames // 4, gap.end - 1000)
    change = np.sum(np.square((made - gap.samples)[:, quiet]))
    assert change < 0.02 * np.sum(np.square(gap.samples[:, quiet]))


@pytest.mark.parametrize("region", [WHOLE, BOX])
def test_a_repair_of_a_cough_is_nearer_by_three_decibels_or_more(music, rng, region):
    coughing = lay_over(music, cough(END - START, RATE, rng))
    (outcome,) = api.repair(RepairJob(coughing, (region,))).outcomes
    repaired = coughing.with_patch(outcome.candidates[0].patch)
    assert error_db(music, coughing) - error_db(music, repaired) > 3.0
    assert outcome.candidates[0].engine == "unet"


def test_a_cough_that_was_found_is_taken_off_and_a_take_replaces_it(music, rng, wild):
    coughing = lay_over(music, band_noise(END - START, RATE, (100.0, 9000.0), rng))
    found = replace(WHOLE, kind=Kind.COUGH)
    (off,) = api.repair(RepairJob(coughing, (found,), model=wild)).outcomes
    (anew,) = api.repair(RepairJob(coughing, (found,), "unet", wild, take=1)).outcomes
    errors = [
        error_db(music, coughing.with_patch(outcome.candidates[0].patch)) for outcome in (off, anew)
    ]
    assert off.candidates[0].engine == "unet"
    assert off.candidates[0].is_uncovered
    assert not anew.candidates[0].is_uncovered
    assert errors[0] < errors[1] - 3.0


def test_a_longer_cough_of_the_same_job_does_not_count_as_intact_sound(music, rng):
    frames = round(0.8 * RATE)
    later = Region(9 * RATE, 9 * RATE + frames)
    coughing = lay_over(music, cough(END - START, RATE, rng))
    clean = coughing.read(later.start_frame, later.end_frame)
    coughing = coughing.with_patch(
        Patch(later.start_frame, (0,), clean + 0.3 * cough(frames, RATE, rng))
    )
    assert find_overlay(coughing, WHOLE, RepairJob(coughing, (WHOLE,)), Progress()) is None
    both = RepairJob(coughing, (WHOLE, later))
    assert find_overlay(coughing, WHOLE, both, Progress()) is Overlay.NOISE


def test_fills_that_replace_everything_are_compared_with_it(music, rng, wild):
    coughing = lay_over(music, cough(END - START, RATE, rng))
    job = RepairJob(coughing, (WHOLE,), model=wild, compare=True)
    (outcome,) = api.repair(job).outcomes
    made = [(candidate.engine, candidate.take) for candidate in outcome.candidates]
    assert made[:2] == [("unet", None), ("unet", 1)]
    assert {("attenuate", None), ("ar", None), ("similarity", None), ("fade", None)} <= set(made)
