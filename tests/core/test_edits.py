"""Edits change what was selected and nothing else, and can be undone."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import PUT_BACK, Edit, EditHistory, RepairNote
from uasrm_core.errors import RegionError
from uasrm_core.processing.settings import EDITS, EditSettings

RATE = 44100
REGION = Region(RATE, 2 * RATE)
SOURCE = (RATE // 10, round(0.9 * RATE))


@pytest.fixture
def clip():
    rng = np.random.default_rng(3)
    sound = (0.1 * rng.standard_normal((2, 3 * RATE))).astype(np.float32)
    return AudioClip(MemorySource(sound, RATE))


@pytest.fixture
def repaired(clip):
    """Return the recording with something laid over all of it, to be put back."""
    hidden = AudioClip(MemorySource(np.zeros_like(clip.source.samples), RATE))
    return hidden.with_patch(Patch(0, (0, 1), clip.read(0, clip.frames)))


def _make_settings(name):
    source = SOURCE if name in ("clone", "ambience") else None
    return EditSettings(name, gain_db=-12.0, source_frames=source)


def _rms(samples):
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


@pytest.mark.parametrize("name", EDITS)
def test_nothing_outside_the_region_changes(repaired, name):
    clip = repaired
    made = api.make_edit(clip, REGION, _make_settings(name))
    edited = clip.with_patch(made.patch)
    before, after = clip.read(0, clip.frames), edited.read(0, clip.frames)
    changed = np.flatnonzero((before != after).any(axis=0))
    assert len(changed)
    assert changed[0] >= REGION.start_frame
    assert changed[-1] < REGION.end_frame


@pytest.mark.parametrize("name", EDITS)
def test_undo_brings_back_what_was(repaired, name):
    clip = repaired
    made = api.make_edit(clip, REGION, _make_settings(name))
    history = EditHistory().apply(Edit("repair", patches=clip.patches)).apply(made.step())
    undone = clip.with_patches(history.undo().patches)
    np.testing.assert_array_equal(undone.read(0, clip.frames), clip.read(0, clip.frames))


@pytest.mark.parametrize("name", [name for name, edit in EDITS.items() if edit.takes_band])
def test_in_a_band_the_rest_of_the_spectrum_stays(repaired, name):
    clip = repaired
    region = Region(RATE, 2 * RATE, low_hz=4000, high_hz=8000)
    made = api.make_edit(clip, region, _make_settings(name))
    change = made.patch.samples - clip.read(made.patch.start_frame, made.patch.end_frame)
    power = np.mean(np.abs(np.fft.rfft(change * np.hanning(change.shape[1]))) ** 2, axis=0)
    hz = np.fft.rfftfreq(change.shape[1], 1 / RATE)
    inside = power[(hz > 4100) & (hz < 7900)].mean()
    outside = power[(hz < 3800) | (hz > 8200)].mean()
    assert 10 * np.log10(inside / outside) > 60


def test_what_is_put_back_is_the_original_bit_for_bit(clip):
    sound = clip.read(0, clip.frames)
    changed = clip.with_patch(Patch(0, (0, 1), sound * np.float32(0.7)))
    made = api.make_edit(changed, Region(RATE, 2 * RATE, channels=(1,)), EditSettings(PUT_BACK))
    edited = changed.with_patch(made.patch).read(0, clip.frames)
    ramp = round(0.005 * RATE)
    inside = slice(RATE + ramp, 2 * RATE - ramp)
    np.testing.assert_array_equal(edited[1, inside], sound[1, inside])
    np.testing.assert_array_equal(edited[0], sound[0] * np.float32(0.7))


def test_a_repair_inside_what_is_put_back_goes_without_a_trace(clip):
    repair = Patch(round(1.4 * RATE), (0, 1), np.zeros((2, RATE // 10), np.float32))
    made = api.make_edit(clip.with_patch(repair), REGION, EditSettings(PUT_BACK))
    edited = clip.with_patches((repair, made.patch))
    np.testing.assert_array_equal(edited.read(0, clip.frames), clip.read(0, clip.frames))


def test_a_place_that_was_put_back_is_repaired_no_more(clip):
    repair = Edit("repair", repairs=(RepairNote(REGION, "auto"),))
    inner = Region(RATE + 1000, RATE + 2000)
    put_back = Edit("put back", repairs=(RepairNote(REGION, PUT_BACK),))
    history = EditHistory().apply(repair).apply(put_back)
    assert not history.list_repaired_places()
    assert history.last_note(inner).engine == PUT_BACK
    assert history.apply(repair).list_repaired_places() == {REGION}
    assert history.undo().list_repaired_places() == {REGION}


def test_gain_is_as_asked(clip):
    samples = api.make_edit(clip, REGION, EditSettings("gain", gain_db=-6.0)).patch.samples
    inner = slice(1000, -1000)
    before = clip.read(REGION.start_frame, REGION.end_frame)[:, inner]
    np.testing.assert_allclose(samples[:, inner], before * 10 ** (-6 / 20), rtol=1e-5)


def test_only_the_chosen_channel_changes(clip):
    region = Region(RATE, 2 * RATE, channels=(1,))
    assert api.make_edit(clip, region, EditSettings("silence")).patch.channels == (1,)


def test_silence_is_silent_and_has_no_step_at_its_edges(clip):
    samples = api.make_edit(clip, REGION, EditSettings("silence")).patch.samples
    assert not samples[:, 400:-400].any()
    before = clip.read(REGION.start_frame, REGION.end_frame)
    np.testing.assert_allclose(samples[:, 0], before[:, 0], rtol=0.01)
    np.testing.assert_allclose(samples[:, -1], before[:, -1], rtol=0.01)


def test_fades_rise_and_fall(clip):
    ins = api.make_edit(clip, REGION, EditSettings("fade-in")).patch.samples
    outs = api.make_edit(clip, REGION, EditSettings("fade-out")).patch.samples
    tenth = RATE // 10
    assert _rms(ins[:, :tenth]) < 0.05 * _rms(ins[:, -tenth:])
    assert _rms(outs[:, -tenth:]) < 0.05 * _rms(outs[:, :tenth])


def test_a_copy_is_what_stands_there(clip):
    samples = api.make_edit(clip, Region(RATE, RATE + 4000), _make_settings("clone")).patch.samples
    source = clip.read(SOURCE[0] + 300, SOURCE[0] + 3700)
    np.testing.assert_allclose(samples[:, 300:3700], source, atol=1e-7)


def test_room_tone_is_found_in_the_pause_and_as_loud(clip):
    sound = clip.read(0, clip.frames)
    pause = slice(2 * RATE, round(2.8 * RATE))
    sound[:, pause] *= 0.01
    quiet = AudioClip(MemorySource(sound, RATE))
    made = api.make_edit(quiet, Region(RATE // 2, RATE), EditSettings("ambience"))
    assert made.note.source_frames is not None
    assert pause.start <= made.note.source_frames[0] < pause.stop
    inner = made.patch.samples[:, 1000:-1000]
    assert 20 * np.log10(_rms(inner) / _rms(sound[:, pause])) == pytest.approx(0, abs=1.0)


@pytest.mark.parametrize(
    ("region", "settings"),
    [
        (Region(RATE, 2 * RATE, low_hz=100, high_hz=200), EditSettings("fade-in")),
        (REGION, EditSettings("gain", gain_db=float("nan"))),
        (REGION, EditSettings(PUT_BACK)),
        (REGION, EditSettings("clone")),
        (REGION, EditSettings("clone", source_frames=(3 * RATE - 10, 3 * RATE))),
        (REGION, EditSettings("ambience", source_frames=(0, 10))),
        (Region(2 * RATE, RATE), EditSettings("silence")),
    ],
)
def test_what_cannot_be_done_says_why(clip, region, settings):
    with pytest.raises(RegionError, match=r"\.$"):
        api.make_edit(clip, region, settings)


def test_there_is_no_other_edit():
    with pytest.raises(RegionError, match="no edit 'louder'"):
        EditSettings("louder")
