"""What a user relies on: damage is found where it is, and what is whole is left alone."""

import math
import threading
from itertools import pairwise

import numpy as np
import pytest
import soundfile

from uasrm_core import api
from uasrm_core.audio import g711
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.resample import resample
from uasrm_core.detect import analysis
from uasrm_core.detect.clicks import find_clicks
from uasrm_core.detect.detections import Detection, DetectSettings, at_sensitivity
from uasrm_core.detect.prediction import predict
from uasrm_core.detect.registry import DEFAULT_KINDS
from uasrm_core.detect.settling import Settling
from uasrm_core.errors import Cancelled
from uasrm_core.evaluation.matching import match
from uasrm_core.evaluation.planting import plant_clicks, plant_clipping, plant_dropouts
from uasrm_core.progress import Progress
from uasrm_core.resources import resource

RATE = 44100

SPAN = ("start_frame", "end_frame")


@pytest.fixture(scope="module")
def music():
    """Return a maker of real music, float32 (2, frames): that of tests ends notes with clicks."""
    path = resource("samples", "hungarian_dance_clean.wav")
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE

    def make(seconds):
        return np.ascontiguousarray(samples.T[:, : round(seconds * RATE)])

    return make


def clip_of(samples):
    return AudioClip(MemorySource(np.round(samples * 32768) / np.float32(32768), RATE))


def detect_in(samples, **settings):
    return api.detect(clip_of(samples), DetectSettings(**settings))


def test_clean_sound_is_left_alone(music):
    assert detect_in(music(6.0)) == ()


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_a_click_ends_where_it_ends_though_the_sound_beside_it_is_restless(seed):
    rng, place = np.random.default_rng(seed), RATE // 2
    sound = 0.02 * rng.standard_normal((1, RATE)).astype(np.float32)
    for start in range(place - 400, place - 10, 24):
        sound[:, start : start + 8] *= 2.6
    sound[0, place : place + 4] += np.array([0.5, -0.4, 0.5, -0.3], dtype=np.float32)
    predictions = [predict(row, RATE) for row in sound]
    (click,) = [each for each in find_clicks(sound, predictions, RATE) if each.end_frame > place]
    assert place - 20 < click.start_frame <= place
    assert place + 4 <= click.end_frame < place + 20


@pytest.mark.parametrize("level_db", [-10.0, 0.0])
def test_clicks_are_found_one_by_one_at_their_place(music, rng, level_db):
    damaged, damages = plant_clicks(music(6.0), RATE, rng, level_db=level_db, count=12)
    detections = detect_in(damaged)
    matched = match(damages, detections, RATE)
    assert len(damages) == 12
    assert sum(n is not None for n in matched.found) >= 11
    assert all(matched.right)


def test_beats_that_have_died_away_before_the_next_are_no_dropouts(rng):
    frames = round(0.12 * RATE)
    beat = rng.standard_normal((2, frames)) * np.exp(-np.arange(frames) / (0.012 * RATE))
    assert detect_in(np.tile(0.2 * beat, 25).astype(np.float32), kinds=("dropouts",)) == ()


def test_dropouts_are_found_and_their_edges_are_no_clicks(music, rng):
    damaged, damages = plant_dropouts(music(12.0), RATE, rng, lengths_ms=(6, 300), count=8)
    detections = detect_in(damaged)
    matched = match(damages, detections, RATE)
    assert len(damages) >= 6
    assert sum(n is not None for n in matched.found) >= len(damages) - 1
    assert sum(not right for right in matched.right) <= 1


@pytest.mark.parametrize("cut_db", [6.0, 15.0])
def test_clipping_is_found_below_full_scale(music, rng, cut_db):
    sound = 0.5 * music(8.0)
    damaged, damages = plant_clipping(sound, RATE, rng, cut_db=cut_db, count=4)
    detections = detect_in(damaged)
    assert len(damages) >= 3
    assert sum(n is not None for n in match(damages, detections, RATE).found) >= len(damages) - 1
    assert {detection.kind for detection in detections} == {"clipping"}


def test_the_steps_of_8_bits_are_no_clipping_and_cut_peaks_among_them_are(music, rng):
    def coarse(samples):
        return np.round(samples * 128) / np.float32(128)

    sound = music(8.0)
    assert detect_in(coarse(sound), kinds=("clipping",)) == ()
    damaged, damages = plant_clipping(sound, RATE, rng, cut_db=10.0, count=4)
    detections = detect_in(coarse(damaged), kinds=("clipping",))
    found = match(damages, detections, RATE).found
    assert sum(n is not None for n in found) >= len(damages) - 1


def test_quiet_sound_that_8_bits_leave_still_at_times_has_no_dropouts(music):
    quiet = np.round(0.05 * music(8.0) * 128) / np.float32(128)
    assert detect_in(quiet, kinds=("dropouts",)) == ()


@pytest.mark.parametrize("law", ["alaw", "ulaw"])
def test_the_steps_of_companded_samples_are_no_clipping_and_cut_peaks_among_them_are(
    music, rng, law
):
    def companded(samples):
        codes = g711.encode(samples.astype(np.float64), law)
        return g711.decode(codes.tobytes(), law).reshape(samples.shape).astype(np.float32)

    rate = 8000
    at_s = np.arange(4 * rate) / rate
    swell = 0.3 * (1 + 0.3 * np.sin(2 * np.pi * 3 * at_s))
    notes = swell * np.sin(2 * np.pi * 220 * at_s) + 0.1 * np.sin(2 * np.pi * 660 * at_s)
    notes += 0.01 * rng.standard_normal(len(notes))
    source = MemorySource(companded(notes[None]), rate)
    assert api.detect(AudioClip(source), DetectSettings(kinds=("clipping",))) == ()
    sound = 0.8 * resample(music(8.0), RATE, rate)
    damaged, damages = plant_clipping(sound, rate, rng, cut_db=10.0, count=4)
    source = MemorySource(companded(damaged), rate)
    detections = api.detect(AudioClip(source), DetectSettings(kinds=("clipping",)))
    found = match(damages, detections, rate).found
    assert sum(n is not None for n in found) >= len(damages) - 2


def test_a_buffer_played_twice_is_a_dropout(music):
    sound = clip_of(music(3.0)).read(0, 3 * RATE)
    sound[:, 60000:62048] = sound[:, 57952:60000]
    (detection,) = detect_in(sound, kinds=("dropouts",))
    assert abs(detection.start_frame - 60000) <= 3
    assert abs(detection.end_frame - 62048) <= 3
    assert detection.channels == (0, 1)


@pytest.mark.parametrize("click_at", [60700, 62030, 58900], ids=["in", "over the end", "before"])
def test_a_click_does_not_hide_a_buffer_played_twice(music, click_at):
    sound = clip_of(music(3.0)).read(0, 3 * RATE)
    sound[:, 60000:62048] = sound[:, 57952:60000]
    click = np.float32(0.5) * np.exp(-np.arange(40) / 8) * np.cos(np.arange(40))
    sound[:, click_at : click_at + 40] += click
    found = [each for each in detect_in(sound) if each.kind == "dropout"]
    assert len(found) == 1
    assert abs(found[0].start_frame - 60000) <= 8
    assert 62048 - 3 <= found[0].end_frame <= 62048 + 40


@pytest.mark.parametrize("click_at", [50300, 51120], ids=["in the middle", "near the end"])
def test_digital_silence_with_a_click_in_it_is_one_dropout(music, click_at):
    sound = music(3.0)
    sound[:, 50000:51200] = 0.0
    sound[:, click_at : click_at + 12] = 0.3 * np.exp(-np.arange(12) / 4)
    (detection,) = detect_in(sound)
    assert detection.kind == "dropout"
    assert abs(detection.start_frame - 50000) <= 2
    assert abs(detection.end_frame - 51200) <= 2


def test_digital_silence_is_placed_to_the_frame_and_in_its_channel(music):
    sound = music(3.0)
    sound[1, 50000:50600] = 0.0
    (detection,) = detect_in(sound)
    assert detection.channels == (1,)
    assert abs(detection.start_frame - 50000) <= 2
    assert abs(detection.end_frame - 50600) <= 2


@pytest.mark.parametrize("ramp", [0, 20, 44, 90])
def test_a_sound_that_fades_out_into_silence_is_damaged_from_where_it_begins_to(music, ramp):
    sound = music(3.0)
    gains = np.zeros(1200, dtype=np.float32)
    gains[:ramp] = np.linspace(1.0, 0.0, ramp, endpoint=False)
    gains[len(gains) - ramp :] = gains[:ramp][::-1]
    sound[:, 50000:51200] *= gains
    (detection,) = detect_in(sound, kinds=("dropouts",))
    assert abs(detection.start_frame - 50000) <= 6
    assert abs(detection.end_frame - 51200) <= 6


def test_many_holes_that_sound_fades_out_into_are_damaged_from_where_it_begins_to(music):
    sound, ramp = music(8.0), 44
    places = np.arange(30000, 300000, 29993)
    for number, start in enumerate(places):
        rest = 10 ** (-(40 + 2 * number) / 20)
        gains = np.full(1200, rest, dtype=np.float32)
        gains[:ramp] = np.linspace(1.0, rest, ramp, endpoint=False)
        gains[-ramp:] = gains[:ramp][::-1]
        sound[:, start : start + 1200] *= gains
    found = detect_in(np.round(sound * 32768) / np.float32(32768), kinds=("dropouts",))
    starts, ends = (np.array([getattr(each, name) for each in found]) for name in SPAN)
    assert len(found) == len(places)
    late = np.concatenate([starts - places, places + 1200 - ends])
    # none much wider than the hole
    assert np.min(late) >= -20
    assert np.mean(np.abs(late) <= 8) >= 0.4


def test_a_long_hole_ends_where_it_ends_and_not_at_a_note_within_it(music):
    sound = 0.5 * music(8.0)
    sound[:, 150000:167000] *= 10 ** (-26 / 20)
    (detection,) = detect_in(sound)
    assert detection.kind == "dropout"
    assert abs(detection.start_frame - 150000) <= 0.005 * RATE
    assert abs(detection.end_frame - 167000) <= 0.005 * RATE


def test_flat_tops_in_a_hole_are_no_clipping(music):
    sound = 0.5 * music(4.0)
    sound[:, 100000:116000] *= 10 ** (-30 / 20)
    within = sound[:, 103000:108000]
    limit = np.float32(np.abs(within).max() / 2)
    np.clip(within, -limit, limit, out=within)
    (detection,) = detect_in(sound)
    assert detection.kind == "dropout"


def test_the_few_peaks_that_one_limit_cuts_in_either_channel_are_one_detection(music):
    sound = 0.5 * music(6.0)
    passage = sound[:, 100000:115000]
    limit = np.float32(np.abs(passage).max() / 1.4)
    over = np.flatnonzero((np.abs(passage) > limit).any(axis=0)) + 100000
    np.clip(passage, -limit, limit, out=passage)
    (detection,) = detect_in(sound)
    assert detection.kind == "clipping"
    assert detection.start_frame <= over[0] + 3
    assert detection.end_frame >= over[-1] - 2


def test_more_sensitivity_never_finds_less_and_one_analysis_answers_for_all(music, rng):
    damaged, _ = plant_clicks(music(4.0), RATE, rng, level_db=-35.0, count=20)
    everything = detect_in(damaged, sensitivity=1.0)
    counts = [len(at_sensitivity(everything, step / 20)) for step in range(21)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    assert at_sensitivity(everything, 0.5) == detect_in(damaged, sensitivity=0.5)


def test_only_the_kinds_that_are_asked_for_are_found(music, rng):
    damaged, _ = plant_clicks(music(4.0), RATE, rng, level_db=0.0, count=8)
    assert detect_in(damaged, kinds=("clipping",)) == ()
    assert {detection.kind for detection in detect_in(damaged, kinds=("clicks",))} == {"click"}


def test_the_borders_of_blocks_change_nothing(music, rng, monkeypatch):
    damaged, _ = plant_clicks(music(6.0), RATE, rng, level_db=-5.0, count=15)
    whole = detect_in(damaged)
    monkeypatch.setattr(analysis, "BLOCK_FRAMES", 1 << 15)
    assert [(f.start_frame, f.end_frame) for f in detect_in(damaged)] == [
        (f.start_frame, f.end_frame) for f in whole
    ]


@pytest.mark.parametrize("frames", [1, 100, 5000])
def test_short_recordings_and_silence_hold_nothing(frames):
    assert detect_in(np.zeros((2, frames), np.float32)) == ()


def test_values_that_are_no_numbers_do_not_stop_it(music):
    sound = music(2.0)
    sound[0, 40000:40003] = np.nan
    assert isinstance(api.detect(AudioClip(MemorySource(sound, RATE))), tuple)


@pytest.mark.parametrize("block", [1 << 15, 1 << 17])
def test_what_is_handed_over_on_the_way_is_what_is_found(music, rng, monkeypatch, block):
    monkeypatch.setattr(analysis, "BLOCK_FRAMES", block)
    damaged, _ = plant_clicks(music(12.0), RATE, rng, level_db=0.0, count=30)
    damaged, _ = plant_clipping(damaged, RATE, rng, cut_db=6.0, count=2)
    damaged, _ = plant_dropouts(damaged, RATE, rng, lengths_ms=(20.0, 60.0), count=4)
    parts, settings = [], DetectSettings((*DEFAULT_KINDS, "thumps"), sensitivity=1.0)
    found = api.detect(clip_of(damaged), settings, Progress(on_part=parts.append))
    assert len({detection.kind for detection in found}) >= 3
    together = [detection for part in parts for detection in part.detections]
    assert sorted(together, key=lambda d: (d.start_frame, d.end_frame)) == list(found)
    assert parts[-1].kinds == ("thumps",)
    for kinds in {part.kinds for part in parts}:
        own = [part for part in parts if part.kinds == kinds]
        assert own[-1].until_frame == 12 * RATE
        for before, part in pairwise(own):
            assert before.until_frame <= part.until_frame
            # up to where it is said to be searched nothing is added later
            starts = [detection.start_frame for detection in part.detections]
            assert min(starts, default=12 * RATE) >= before.until_frame
    assert sum(bool(part.detections) for part in parts) >= (4 if block == 1 << 17 else 10)


def test_finding_the_whole_is_as_finding_it_bit_by_bit(rng):
    def make(kind, length):
        start = int(rng.integers(0, 100 * RATE))
        return Detection(kind, start, start + length, (0,), float(rng.uniform(0.05, 1.0)))

    clicks = [make(Kind.CLICK, 20) for _ in range(300)]
    flat = [make(Kind.CLIPPING, int(rng.integers(50, RATE))) for _ in range(60)]
    found = sorted([*clicks, *flat], key=lambda detection: detection.start_frame)
    once, whole = Settling(RATE), Settling(RATE).add(found, math.inf)
    bit_by_bit = []
    for start in range(0, 100 * RATE, 3 * RATE):
        block = [each for each in found if start <= each.start_frame < start + 3 * RATE]
        is_last = start + 3 * RATE >= 100 * RATE
        bit_by_bit += once.add(block, math.inf if is_last else start + 3 * RATE)
    assert sorted(bit_by_bit, key=lambda each: each.start_frame) == whole


def test_a_cancel_is_heard(music):
    with pytest.raises(Cancelled):
        api.detect(clip_of(music(2.0)), progress=Progress(is_cancelled=lambda: True))


def test_a_cancel_is_heard_while_a_block_is_looked_through(music, monkeypatch):
    begun, may_go, predicted = threading.Event(), threading.Event(), []

    def predict(row, rate):
        begun.set()
        assert may_go.wait(60)
        predicted.append(len(row))
        return np.zeros(0)

    monkeypatch.setattr(analysis, "predict", predict)
    with pytest.raises(Cancelled):
        api.detect(clip_of(music(2.0)), progress=Progress(is_cancelled=begun.is_set))
    # nobody waited for the block, which ends with the step that it is at
    assert predicted == []
    workers = [thread for thread in threading.enumerate() if thread.name.startswith("detect")]
    may_go.set()
    for worker in workers:
        worker.join(60)
    assert len(predicted) == 1


def test_progress_goes_up_to_the_end(music):
    told = []
    api.detect(clip_of(music(14.0)), progress=Progress(lambda f, text: told.append(f)))
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("rate", [200, 400, 1000])
def test_the_lowest_rates_are_searched_as_well(rng, rate):
    sound = (0.1 * rng.standard_normal((2, 6000))).astype(np.float32)
    assert isinstance(api.detect(AudioClip(MemorySource(sound, rate))), tuple)


def test_what_no_sound_can_be_does_not_stop_it(music):
    sound = music(2.0) * np.float32(1e30)
    assert isinstance(api.detect(AudioClip(MemorySource(sound, RATE))), tuple)


def test_two_sure_clicks_do_not_make_a_dropout_of_the_sound_between_them():
    clicks = [Detection(Kind.CLICK, start, start + 50, (0,), 0.97) for start in (1000, 11000)]
    doubtful, sure = (Detection(Kind.DROPOUT, 1030, 11010, (0,), c) for c in (0.61, 0.95))
    elsewhere = Detection(Kind.DROPOUT, 1030, 9000, (0,), 0.61)
    kept = analysis._drop_framed([doubtful, sure, elsewhere], clicks, 130)
    assert kept == [sure, elsewhere]
