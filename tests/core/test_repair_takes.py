"""A long gap has takes to choose from: each the same every time, each unlike the others."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.log import build_log
from uasrm_core.edit.session import Session, open_session, save_session
from uasrm_core.edit.stamp import full_stamp
from uasrm_core.inpainting import guesses, network
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.guesses import TakeChoice
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.mix import TAKES_FROM_S
from uasrm_core.inpainting.network import NARROW_NAME
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.model.checkpoint import load_model, save_changes, save_model

RATE = 16000
LONG = Region(20000, 20000 + 4800)
SHORT = Region(20000, 20000 + int(TAKES_FROM_S * RATE) - 10)


@pytest.fixture(autouse=True)
def never_repeats(monkeypatch):
    monkeypatch.setattr(SearchContext, "find_exemplars", lambda *_: [])


@pytest.fixture
def clip(rng):
    samples = 0.1 * rng.standard_normal((2, 48000)).astype(np.float32)
    return AudioClip(MemorySource(samples, RATE))


def repaired(clip, model, take, region=LONG, **settings):
    job = RepairJob(clip, (region,), "unet", model, take=take, **settings)
    (outcome,) = api.repair(job).outcomes
    assert outcome.problem is None
    return outcome.candidates[0]


def test_a_take_is_the_same_every_time_and_unlike_every_other(clip, wild):
    takes = [repaired(clip, wild, number).patch.samples for number in (0, 1, 2, 3)]
    for number, take in enumerate(takes):
        assert np.array_equal(take, repaired(clip, wild, number).patch.samples)
        others = [other for other in takes if other is not take]
        assert all(np.max(np.abs(take - other)) > 0.01 for other in others)


def test_takes_of_other_gaps_and_channels_are_drawn_anew(clip, wild):
    both = repaired(clip, wild, 1)
    later = repaired(clip, wild, 1, Region(LONG.start_frame + 4800, LONG.end_frame + 4800))
    assert both.take == later.take == 1
    assert not np.allclose(both.patch.samples, later.patch.samples, atol=0.01)


def test_short_gaps_and_boxes_have_one_fill_which_names_no_take(clip, wild):
    box = Region(LONG.start_frame, LONG.end_frame, 1000.0, 3000.0)
    for region in (SHORT, box):
        one, other = (repaired(clip, wild, take, region) for take in (1, 2))
        assert one.take is other.take is None
        assert np.array_equal(one.patch.samples, other.patch.samples)


def test_where_nobody_asks_the_first_take_is_drawn(clip, wild):
    usual = repaired(clip, wild, None)
    assert usual.take == 1
    assert np.array_equal(usual.patch.samples, repaired(clip, wild, 1).patch.samples)


def test_long_gaps_in_speech_are_drawn_by_the_network_of_takes_and_all_others_by_the_mean(
    untrained, wild, tmp_path, syllables, music_like, monkeypatch
):
    monkeypatch.setattr(network, "join", lambda gap, smooth, take: take)
    model, beside, between = (tmp_path / f"{name}.safetensors" for name in ("a", "takes", "mean"))
    model.write_bytes(untrained.read_bytes())
    beside.write_bytes(wild.read_bytes())
    save_model(load_model(model, beside), between, {})
    speech, music = np.stack([syllables(RATE)] * 2), music_like(4.0, rate=RATE)
    brief = Region(LONG.start_frame, LONG.start_frame + int(0.1 * RATE))
    cases = (music, LONG, between), (speech, LONG, beside), (speech, brief, between)
    for number, (samples, region, drawing) in enumerate(cases):
        sound = AudioClip(MemorySource(samples, RATE))
        # without weights beside it a model draws its takes by itself
        alone = tmp_path / str(number) / "alone.safetensors"
        alone.parent.mkdir()
        alone.write_bytes(drawing.read_bytes())
        expected = repaired(sound, alone, 1, region).patch.samples
        found = repaired(sound, model, 1, region).patch.samples
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_takes_of_music_are_given_the_partials_of_the_smooth_fill_and_those_of_speech_are_not(
    untrained, wild, tmp_path, syllables, music_like, monkeypatch
):
    model = tmp_path / "a.safetensors"
    model.write_bytes(untrained.read_bytes())
    model.with_name("takes.safetensors").write_bytes(wild.read_bytes())
    speech = AudioClip(MemorySource(np.stack([syllables(RATE)] * 2), RATE))
    music = AudioClip(MemorySource(music_like(4.0, rate=RATE), RATE))
    smooth = repaired(music, model, 0).patch.samples
    joined = [repaired(sound, model, 2).patch.samples for sound in (speech, music)]
    monkeypatch.setattr(network, "join", lambda gap, smooth, take: take)
    drawn = [repaired(sound, model, 2).patch.samples for sound in (speech, music)]
    assert np.array_equal(joined[0], drawn[0])
    assert not np.array_equal(joined[1], drawn[1])
    monkeypatch.setattr(network, "join", lambda gap, smooth, take: smooth)
    np.testing.assert_allclose(repaired(music, model, 2).patch.samples, smooth, atol=1e-6)


def test_changed_weights_draw_long_gaps_in_speech_at_16_khz_alone(
    untrained, wild, make_model, tmp_path, syllables, music_like
):
    plain, narrow = (tmp_path / name / "model.safetensors" for name in ("plain", "narrow"))
    for model in (plain, narrow):
        model.parent.mkdir()
        model.write_bytes(untrained.read_bytes())
        model.with_name("takes.safetensors").write_bytes(wild.read_bytes())
    changed = load_model(make_model(0.4))
    save_changes(changed, wild, narrow.with_name(NARROW_NAME), {}, rank=64)
    brief = Region(LONG.start_frame, LONG.start_frame + int(0.1 * RATE))
    cases = [
        (syllables(RATE), RATE, LONG, True),
        (syllables(RATE), RATE, brief, False),
        (syllables(22050), 22050, LONG, False),
        (music_like(4.0, rate=RATE, channels=1)[0], RATE, LONG, False),
    ]
    for samples, rate, region, is_changed in cases:
        sound = AudioClip(MemorySource(samples[None], rate))
        one, other = (repaired(sound, model, 1, region).patch.samples for model in (plain, narrow))
        assert np.array_equal(one, other) != is_changed
    names = [part.split()[0] for part in repaired(sound, narrow, 1).model.split(", ")]
    assert names == ["model", "takes", "takes-narrow"]


@pytest.mark.parametrize(
    ("is_speech", "ms", "asked", "expected"),
    [
        (False, 100, None, TakeChoice(0)),
        (True, 100, None, TakeChoice(1, 0.5)),
        (False, 300, None, TakeChoice(1, 0.5, keeps_partials=True)),
        (True, 300, None, TakeChoice(1, 1.0)),
        (True, 300, 0, TakeChoice(0)),
        (False, 100, 2, TakeChoice(2, 0.5, keeps_partials=True)),
        (True, 300, 2, TakeChoice(2, 1.0)),
        (True, 60, 2, TakeChoice()),
    ],
)
def test_speech_and_length_choose_between_the_smooth_network_the_mean_and_that_of_takes(
    monkeypatch, is_speech, ms, asked, expected
):
    monkeypatch.setattr(guesses, "is_speech", lambda _: is_speech)
    silence = np.zeros((1, 48000), dtype=np.float32)
    gap = Gap(silence, 16000, 16000 + ms * RATE // 1000, RATE, take=asked)
    assert guesses.choose_take(gap) == expected


def test_a_model_that_knows_no_noise_has_one_fill(clip, untrained):
    one, other = (repaired(clip, untrained, take) for take in (1, 2))
    assert one.take is other.take is None
    assert np.array_equal(one.patch.samples, other.patch.samples)


def test_other_takes_and_the_smooth_one_stand_beside_it_to_compare(clip, wild):
    job = RepairJob(clip, (LONG,), "auto", wild, compare=True, take=2)
    (outcome,) = api.repair(job).outcomes
    takes = [c.take for c in outcome.candidates if c.engine == "unet"]
    assert takes == [2, 1, 3, 0]
    assert all(c.take is None for c in outcome.candidates if c.engine != "unet")


def test_a_short_gap_has_nothing_else_of_the_network_to_compare(clip, wild):
    job = RepairJob(clip, (SHORT,), "auto", wild, compare=True)
    (outcome,) = api.repair(job).outcomes
    assert [c.take for c in outcome.candidates if c.engine == "unet"] == [None]


def test_log_and_session_keep_which_take_was_used(clip, wild, tmp_path, wav_file):
    source = wav_file(clip.read(0, clip.frames), RATE)
    original = api.open_clip(source)
    made = repaired(original, wild, 7)
    step = Edit("Repair", (made.patch,), repairs=(made.note(LONG),))
    history = EditHistory().apply(step)
    (row,) = build_log(original, history)["regions"]
    assert row["take"] == 7
    path = tmp_path / "work.uasrm"
    save_session(Session(full_stamp(original), history), path)
    (note,) = open_session(path).session.history.in_effect[0].repairs
    assert note.take == 7


def test_weights_beside_a_model_draw_its_takes_and_are_named(clip, untrained, wild, tmp_path):
    model = tmp_path / "model.safetensors"
    model.write_bytes(untrained.read_bytes())
    alone = repaired(clip, model, 0).patch.samples
    (tmp_path / "takes.safetensors").write_bytes(wild.read_bytes())
    again = tmp_path / "other.safetensors"
    again.write_bytes(untrained.read_bytes())
    smooth, drawn = repaired(clip, again, 0), repaired(clip, again, 1)
    assert np.array_equal(smooth.patch.samples, alone)
    assert not np.allclose(drawn.patch.samples, alone, atol=0.01)
    names = [part.split()[0] for part in drawn.model.split(", ")]
    assert names == ["other", "takes"]


def test_each_network_is_changed_once_however_many_it_stands_for(untrained, wild, tmp_path):
    model = tmp_path / "model.safetensors"
    model.write_bytes(untrained.read_bytes())
    for beside, networks in ((False, 1), (True, 3)):
        if beside:
            model.with_name("takes.safetensors").write_bytes(wild.read_bytes())
        changed = []

        def change(backend, changed=changed):
            changed.append(backend)
            return backend

        network.NetworkEngine(model).with_networks(change, "anew")
        assert len(changed) == len({id(each) for each in changed}) == networks
