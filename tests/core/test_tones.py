"""Steady tones laid over a recording are found, and what sounds beneath them is left."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.audio.synthetic_noises import cough, ring
from uasrm_core.errors import Cancelled
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.metrics.distances import lsd_bins, lsd_db, snr_db
from uasrm_core.progress import Progress
from uasrm_core.spectral.tones import steady_tones

RATE = 44100
START, END = 2 * RATE, 2 * RATE + 13230


@pytest.fixture
def programme(music_like):
    return music_like(5.0)[0]


def everywhere(hz):
    return 60.0 <= hz <= 10_000.0


def laid_over(programme, sound):
    level = 2.0 * np.sqrt(np.mean(programme[START:END] ** 2))
    damaged = programme.copy()
    damaged[START:END] += np.float32(level) * sound
    return damaged


def test_a_telephone_is_taken_out_of_the_music(programme, rng):
    damaged = laid_over(programme, ring(END - START, RATE, rng))
    cleared = damaged - steady_tones(damaged, START, END, RATE, everywhere)
    before = snr_db(programme[None], damaged[None], START, END)
    assert before == pytest.approx(-6.0, abs=0.1)
    assert snr_db(programme[None], cleared[None], START, END) > 10.0
    outside = np.r_[0:START, END : len(programme)]
    assert np.array_equal(cleared[outside], programme[outside])


def test_a_tone_that_begins_and_ends_inside_the_stretch_is_taken_out_as_well(programme):
    time = np.arange(9000) / RATE
    beep = np.zeros(END - START, dtype=np.float32)
    beep[2000:11000] = np.sin(2 * np.pi * 1234.5 * time) * np.minimum(1.0, 200 * time)
    damaged = laid_over(programme, beep)
    cleared = damaged - steady_tones(damaged, START, END, RATE, everywhere)
    gained = snr_db(programme[None], cleared[None], START, END)
    gained -= snr_db(programme[None], damaged[None], START, END)
    assert gained > 8.0


def test_what_sounded_before_and_after_is_the_programmes_own(rng):
    time = np.arange(5 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hz * time) for hz in (440.0, 554.4, 659.3))
    chord = (0.1 * chord + 0.001 * rng.standard_normal(len(time))).astype(np.float32)
    assert not np.any(steady_tones(chord, START, END, RATE, everywhere))


def test_noise_is_no_tone(programme, rng):
    damaged = laid_over(programme, cough(END - START, RATE, rng))
    found = steady_tones(damaged, START, END, RATE, everywhere)
    assert np.mean(found**2) < 0.02 * np.mean((damaged - programme)[START:END] ** 2)


def test_tones_where_nothing_was_marked_stay(programme, rng):
    damaged = laid_over(programme, ring(END - START, RATE, rng))
    found = steady_tones(damaged, START, END, RATE, lambda hz: hz > 3000.0)
    assert np.max(np.abs(found)) < 0.05 * np.max(np.abs(damaged - programme))


def test_a_stretch_too_short_to_tell_and_one_with_nothing_around_it_are_left(programme, rng):
    damaged = laid_over(programme, ring(END - START, RATE, rng))
    assert not np.any(steady_tones(damaged, START, START + 800, RATE, everywhere))
    alone = damaged[START:END]
    assert not np.any(steady_tones(alone, 0, len(alone), RATE, everywhere))


def test_it_stops_when_asked_to(programme, rng):
    damaged = laid_over(programme, ring(END - START, RATE, rng))
    with pytest.raises(Cancelled):
        steady_tones(damaged, START, END, RATE, everywhere, Progress(is_cancelled=lambda: True))


def test_a_box_around_a_telephone_comes_much_nearer_than_turning_it_down(music_like, rng):
    clean = music_like(5.0)
    damaged = clean.copy()
    level = 2.0 * np.sqrt(np.mean(clean[:, START:END] ** 2))
    damaged[:, START:END] += np.float32(level) * ring(END - START, RATE, rng)
    region = Region(START, END, low_hz=350.0, high_hz=1400.0)
    clip = AudioClip(MemorySource(damaged, RATE))
    bins = lsd_bins((350.0, 1400.0), RATE)
    distance = {}
    for engine in ("attenuate", "unet"):
        outcome = api.repair(RepairJob(clip, (region,), engine)).outcomes[0]
        repaired = clip.with_patch(outcome.candidates[0].patch).read(0, clean.shape[1])
        distance[engine] = lsd_db(clean, repaired, START, END, bins=bins)
    assert distance["unet"] < 0.8 * distance["attenuate"]


def test_beeps_are_taken_out_and_what_sounds_between_them_stays(programme):
    time = np.arange(END - START) / RATE
    on = (time % 0.2 < 0.1) & (time < 0.29)
    fades = np.convolve(on, np.hanning(441) / np.hanning(441).sum(), mode="same")
    damaged = laid_over(programme, (fades * np.sin(2 * np.pi * 1234.5 * time)).astype(np.float32))
    cleared = damaged - steady_tones(damaged, START, END, RATE, everywhere)
    before = snr_db(programme[None], damaged[None], START, END)
    assert snr_db(programme[None], cleared[None], START, END) > before + 12.0
