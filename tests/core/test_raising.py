"""What a user relies on: sound that fell for a moment comes back as it was, nothing else does."""

import numpy as np
import pytest
import soundfile
from scipy.signal import lfilter

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.audio.resample import resample
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.raising import is_turned_down
from uasrm_core.interpolation.falls import Edge, Fall
from uasrm_core.resources import resource

RATE = 44100
START, END = 61000, 61900


@pytest.fixture(scope="module")
def music():
    """Return two seconds of real music in 16 bits, float32 (2, frames)."""
    path = resource("samples", "hungarian_dance_clean.wav")
    samples, _ = soundfile.read(path, dtype="float32", always_2d=True)
    return round_to_16_bits(samples.T[:, : 2 * RATE])


def round_to_16_bits(samples):
    return np.ascontiguousarray(np.round(samples * 32768) / np.float32(32768), dtype=np.float32)


def with_hole(sound, depth_db, *, ramp=0, start=START, end=END):
    """Return a sound that falls by so much, in 16 bits, over so many frames at each edge."""
    gains = np.full(end - start, 10 ** (depth_db / 20), dtype=np.float32)
    slope = np.linspace(1.0, gains[0], ramp, endpoint=False)
    gains[:ramp], gains[len(gains) - ramp :] = slope, slope[::-1]
    damaged = sound.copy()
    damaged[:, start:end] *= gains
    return round_to_16_bits(damaged)


def repair(damaged, region, **settings):
    clip = AudioClip(MemorySource(damaged, RATE))
    result = api.repair(RepairJob(clip, (region,), **settings))
    repaired = clip.with_patches(result.best_patches).read(0, clip.frames)
    return result.outcomes[0], repaired


def nearer_db(clean, damaged, repaired):
    before, after = (np.sum(np.square(sound - clean)) for sound in (damaged, repaired))
    return 10 * np.log10(before / after)


def is_raised(damaged, kind=Kind.DROPOUT, *, spare=0):
    region = Region(START - spare, END + spare, kind=kind)
    clip = AudioClip(MemorySource(damaged, RATE))
    return is_turned_down(clip, region, RepairJob(clip, (region,)))


@pytest.mark.parametrize(
    ("depth_db", "ramp", "nearer"), [(-25, 0, 35), (-40, 0, 15), (-30, 44, 15)]
)
def test_what_fell_is_raised_though_its_edges_are_not_where_the_region_ends(
    music, depth_db, ramp, nearer
):
    damaged = with_hole(music, depth_db, ramp=ramp)
    region = Region(START + 20, END - 25, kind=Kind.DROPOUT)
    outcome, repaired = repair(damaged, region)
    assert outcome.candidates[0].engine == "raise"
    assert nearer_db(music, damaged, repaired) > nearer
    far = round(0.01 * RATE)
    for outside in (slice(0, region.start_frame - far), slice(region.end_frame + far, None)):
        assert np.array_equal(repaired[:, outside], damaged[:, outside])


@pytest.mark.parametrize("spare", [0, 100, 400, 900])
def test_a_region_drawn_from_before_to_after_is_raised_as_a_detection_is(music, spare):
    assert is_raised(with_hole(music, -30, ramp=22), kind=Kind.GAP, spare=spare)


def test_nothing_is_raised_beside_what_fell(music):
    damaged = with_hole(music, -30)
    outcome, repaired = repair(damaged, Region(START - 400, END + 300))
    assert outcome.candidates[0].engine == "raise"
    assert nearer_db(music, damaged, repaired) > 25
    for beside in (slice(0, START - 88), slice(END + 88, None)):
        # the channels' axes were turned and turned back
        np.testing.assert_allclose(repaired[:, beside], damaged[:, beside], atol=1e-6)


def test_what_was_found_as_a_click_is_not_raised(music):
    assert not is_raised(with_hole(music, -30), kind=Kind.CLICK)


def test_what_rounding_took_is_filled(music):
    damaged = with_hole(music, -50)
    outcome, repaired = repair(damaged, Region(START, END), engine="raise")
    assert outcome.candidates
    _, filled = repair(damaged, Region(START, END), engine="ar")
    assert nearer_db(music, damaged, repaired) > nearer_db(music, damaged, filled) + 3.0


@pytest.mark.parametrize("rate", [80, 500, 1500, 4000, 8000, 11025])
def test_sound_of_few_frames_a_second_is_raised_or_told_not_to_be(music, rate):
    start, end = rate, rate + round(0.1 * rate)
    sound = round_to_16_bits(resample(music, RATE, rate))
    damaged = AudioClip(MemorySource(with_hole(sound, -30, start=start, end=end), rate))
    (outcome,) = api.repair(RepairJob(damaged, (Region(start, end),), "raise")).outcomes
    assert outcome.candidates or "nothing to raise" in outcome.problem
    assert outcome.candidates or rate < 11025


def test_a_fall_that_no_frame_tells_of_is_not_believed(rng):
    row, model = rng.standard_normal(8000), np.array([1.0, -0.5])
    edge = Edge.cut(row, 4000, 900, RATE, model, 1e-12)
    fall = edge.weigh(Fall(edge.times[-1] + 100.0, 1.0, 0.1), 0.1)
    assert (fall.evidence, fall.error) == (0.0, 1.0)


@pytest.mark.parametrize("spare", [0, 400])
@pytest.mark.parametrize(
    "what", ["silence", "rounding", "noise", "other sound", "upside down", "it"]
)
def test_what_is_not_the_sound_turned_down_is_not_raised(music, rng, what, spare):
    damaged = music.copy()
    inside = damaged[:, START:END]
    level = np.sqrt(np.mean(np.square(inside)))
    match what:
        case "silence":
            inside[:] = 0.0
        case "rounding":
            inside[:] = rng.integers(-1, 2, inside.shape) / np.float32(32768)
        case "noise":
            inside[:] = 0.03 * level * rng.standard_normal(inside.shape)
        case "other sound":
            inside[:] = 0.03 * music[:, START - 30000 : END - 30000]
        case "upside down":
            inside *= -0.03
    assert not is_raised(round_to_16_bits(damaged), spare=spare)


@pytest.mark.parametrize("spare", [0, 400])
def test_a_pause_in_which_the_sound_dies_away_by_itself_is_not_raised(rng, spare):
    radius = 0.98
    drive = 0.02 * (1 - radius) * rng.standard_normal((2, 2 * RATE))
    drive[:, START:END] *= 0.02
    sound = lfilter([1.0], [1.0, -2 * radius * np.cos(0.1), radius**2], drive)
    assert not is_raised(round_to_16_bits(sound), spare=spare)


def test_who_asks_for_it_where_nothing_fell_is_told_so(music):
    outcome, _ = repair(music, Region(START, END), engine="raise")
    assert "nothing to raise" in outcome.problem


def test_other_ways_stand_beside_it(music, untrained):
    region = Region(START, END, kind=Kind.DROPOUT)
    outcome, _ = repair(with_hole(music, -30), region, compare=True, model=untrained)
    engines = [candidate.engine for candidate in outcome.candidates]
    assert engines[0] == "raise"
    assert {"unet", "ar"} <= set(engines)


def test_falls_of_one_shape_are_judged_together_as_one_by_one(rng):
    row, model = rng.standard_normal(8000), np.array([1.0, -0.9, 0.3])
    edge = Edge.cut(row, 4000, 900, RATE, model, 1e-3)
    ends, ramp, gain = np.arange(-20.0, 21.0), 12.0, 0.05
    each = edge.cost(ends - ramp, np.full(41, ramp), np.full(41, gain), 0.1)
    np.testing.assert_allclose(edge.cost_ends(ends, ramp, gain, 0.1), each, rtol=1e-9)


@pytest.mark.parametrize(("depth_db", "start"), [(-20, 41000), (-30, 41000), (-30, 70000)])
def test_what_fell_slowly_is_raised_though_each_edge_tells_less(music, depth_db, start):
    region = Region(start, start + 1800, kind=Kind.DROPOUT)
    damaged = with_hole(music, depth_db, ramp=132, start=start, end=region.end_frame)
    outcome, repaired = repair(damaged, region)
    assert outcome.candidates[0].engine == "raise"
    assert nearer_db(music, damaged, repaired) > 10
