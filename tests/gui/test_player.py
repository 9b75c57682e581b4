import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import box
from uasrm_core.select.combine import union
from uasrm_core.spectral.isolate import isolation_of
from uasrm_gui.sound.device import NO_DEVICE, NoOutputError
from uasrm_gui.sound.playback_plan import FADE_S, HALF_SPEED, PlaybackPlan, Version, fold
from uasrm_gui.sound.playback_thread import NO_OTHER, SAFE_S, VANISHED
from uasrm_gui.sound.player import NO_ANSWER, Player
from uasrm_gui.sound.ring import Ring

# For what must come, however busy the machine is.
PATIENCE_S = 180.0
RATE = 8000


@pytest.fixture
def clips(rng):
    original = AudioClip(MemorySource(rng.uniform(-1, 1, (2, RATE)).astype(np.float32), RATE))
    patch = Patch(2000, (0, 1), np.zeros((2, 1000), np.float32))
    return original, original.with_patch(patch)


@pytest.fixture
def player(qtbot, output):
    player = Player(output)
    yield player
    player.close()


def play_to_end(qtbot, player, plan, **options):
    with qtbot.waitSignal(player.playing_changed, check_params_cb=lambda playing: not playing):
        player.play(plan, **options)


def test_what_is_played_is_the_file_sample_for_sample(qtbot, output, player, clips):
    original, repaired = clips
    play_to_end(qtbot, player, PlaybackPlan(original, repaired, 1500, 6000))
    heard = output.streams[0].samples[:4500]
    assert np.array_equal(heard.T, repaired.read(1500, 6000))
    assert output.streams[0].closed.is_set()
    player.listen_to(Version.ORIGINAL)
    play_to_end(qtbot, player, PlaybackPlan(original, repaired, 1500, 6000))
    assert np.array_equal(output.streams[1].samples[:4500].T, original.read(1500, 6000))


def test_versions_switch_without_stopping_without_a_jump_and_in_step(qtbot, output, player):
    time = np.arange(3 * RATE) / RATE
    wave = np.sin(2 * np.pi * 50 * time)[np.newaxis].astype(np.float32)
    original = AudioClip(MemorySource(wave, RATE))
    repaired = original.with_patch(Patch(0, (0,), (0.5 * wave).astype(np.float32)))
    output.speed = 2.0
    player.listen_to(Version.ORIGINAL)
    player.play(PlaybackPlan(original, repaired, 0, 3 * RATE))
    qtbot.waitUntil(lambda: bool(output.streams) and len(output.streams[0].blocks) > 10)
    player.listen_to(Version.REPAIRED)
    qtbot.waitUntil(lambda: not player.is_playing)
    (stream,) = output.streams
    heard = stream.samples[: 3 * RATE, 0]
    step = 2 * np.pi * 50 / RATE
    assert np.abs(np.diff(heard)).max() < 1.1 * step
    where = np.flatnonzero(np.abs(wave[0]) > 0.1)
    gain = heard[where] / wave[0, where]
    assert gain[0] == pytest.approx(1.0)
    assert gain[-1] == pytest.approx(0.5)
    between = np.flatnonzero((gain < 0.999) & (gain > 0.501))
    assert where[between[-1]] - where[between[0]] <= 0.006 * RATE


def test_a_loop_starts_over_and_ends_when_it_is_switched_off(qtbot, output, player, clips):
    original, repaired = clips
    player.play(PlaybackPlan(original, repaired, 0, 1000, loop=True))
    qtbot.waitUntil(lambda: bool(output.streams) and len(output.streams[0].blocks) > 20)
    player.change(loop=False)
    qtbot.waitUntil(lambda: not player.is_playing)
    heard = output.streams[0].samples
    once = repaired.read(0, 1000).T
    fade = round(FADE_S * RATE)
    for start in range(0, 5000, 1000):
        assert np.array_equal(heard[start : start + 1000 - fade], once[:-fade])


def test_the_playhead_tells_the_frame_that_is_heard(qtbot, output, player, clips):
    frames = []
    player.moved.connect(frames.append)
    output.rate = 12000
    play_to_end(qtbot, player, PlaybackPlan(*clips, 1000, 7000))
    assert frames == sorted(frames)
    assert all(1000 <= frame <= 7000 for frame in frames)
    assert frames[-1] > 6000


def test_a_device_of_another_rate_gets_resampled_sound(clips, tone):
    samples = tone(440.0, 1.0, rate=44100)
    clip = AudioClip(MemorySource(samples, 44100))
    plan = PlaybackPlan(clip, clip, 0, 44100, rate_out=48000, channels_out=1)
    blocks = [plan.render(start, 960) for start in range(0, 47040, 960)]
    heard = np.concatenate(blocks)[:, 0]
    expected = tone(440.0, 1.0, rate=48000)[0, : len(heard)]
    middle = slice(2000, -2000)
    assert np.abs(heard[middle] - expected[middle]).max() < 1e-3
    assert plan.frames == 48000
    assert plan.frame_at(24000) == 22050


def test_channels_are_fitted_to_the_device():
    mono, six = np.ones((1, 3), np.float32), np.arange(6, dtype=np.float32)[:, np.newaxis]
    assert np.array_equal(fold(mono, 2), np.ones((2, 3)))
    assert np.array_equal(fold(six, 2), [[2.0], [3.0]])
    assert np.array_equal(fold(six, 1), [[2.5]])


def test_a_missing_device_is_told_and_nothing_else_happens(qtbot, output, player, clips):
    output.problem = NoOutputError(NO_DEVICE)
    with qtbot.waitSignal(player.failed) as signal:
        player.play(PlaybackPlan(*clips, 0, 1000))
    assert signal.args == [NO_DEVICE]
    assert not player.is_playing


def test_a_device_that_vanishes_ends_playback_with_one_sentence(qtbot, output, player, clips):
    said = []
    player.failed.connect(said.append)
    output.speed = 0.5
    player.play(PlaybackPlan(*clips, 0, 8000))
    qtbot.waitUntil(lambda: bool(output.streams) and len(output.streams[0].blocks) > 3)
    output.streams[0].unplug()
    qtbot.waitUntil(lambda: not player.is_playing)
    assert said == [f"{VANISHED.format(device='Fake')} {NO_OTHER}"]
    assert output.streams[0].closed.is_set()


def test_the_device_gets_silence_when_nothing_is_ready():
    ring = Ring(10, 1)
    ring.write(np.ones((4, 1), np.float32))
    out = np.full((6, 1), 9.0, np.float32)
    ring.fill(out)
    assert out[:, 0].tolist() == [1, 1, 1, 1, 0, 0]
    assert (ring.read, ring.underruns, ring.room) == (4, 1, 10)
    ring.ended = True
    ring.fill(out)
    assert ring.underruns == 1


def test_the_ring_goes_round():
    ring = Ring(10, 1)
    for start in range(0, 70, 7):
        ring.write(np.arange(start, start + 7, dtype=np.float32)[:, np.newaxis])
        out = np.zeros((7, 1), np.float32)
        ring.fill(out)
        assert out[:, 0].tolist() == list(range(start, start + 7))


def sine_clip(seconds, hz=50.0, rate=RATE):
    time = np.arange(round(seconds * rate)) / rate
    return AudioClip(MemorySource(np.sin(2 * np.pi * hz * time)[np.newaxis].astype("f4"), rate))


def heard_while(qtbot, output, player, plan, *steps):
    """Play, take each step a little later, and return what the device got."""
    player.play(plan)
    for step in steps:
        qtbot.waitUntil(lambda: bool(output.streams))
        stream = output.streams[0]
        count = len(stream.blocks) + 8
        qtbot.waitUntil(lambda count=count, stream=stream: len(stream.blocks) >= count)
        step()
    qtbot.waitUntil(lambda: not player.is_playing)
    stream = output.streams[0]
    assert stream.closed.wait(PATIENCE_S)
    return stream.samples


def steepest(samples):
    return np.abs(np.diff(samples[:, 0])).max()


def test_every_way_to_listen_is_switched_without_a_click(qtbot, output, player):
    clip = sine_clip(4.0)
    step = 2 * np.pi * 50 / RATE
    plan = PlaybackPlan(clip, clip, 4000, 4 * RATE)
    heard = heard_while(
        qtbot,
        output,
        player,
        plan,
        lambda: player.change(speed=HALF_SPEED),
        lambda: player.change(skipped=(5000, 12345)),
        lambda: player.change(speed=1),
        lambda: player.listen_to(Version.REMOVED),
        lambda: player.change(loop=True),
        lambda: player.change(loop=False),
        player.stop,
    )
    # a crossfade of 5 ms between two sines is at most so much steeper than either
    assert steepest(heard) < step + 2 / (FADE_S * RATE) + 0.01


def test_a_stop_fades_out(qtbot, output, player):
    clip = sine_clip(3.0)
    heard = heard_while(qtbot, output, player, PlaybackPlan(clip, clip, 0, 3 * RATE), player.stop)
    assert len(heard) < 2 * RATE
    assert steepest(heard) < 2 * np.pi * 50 / RATE + 1 / (FADE_S * RATE) + 0.01
    assert not heard[-1].any()


def test_what_was_removed_is_the_difference(clips):
    original, repaired = clips
    plan = PlaybackPlan(original, repaired, 0, RATE, version=Version.REMOVED).fitted(RATE, 2)
    heard = plan.render(0, RATE).T
    assert np.array_equal(heard[:, 2000:3000], original.read(2000, 3000))
    assert not heard[:, :2000].any()
    assert not heard[:, 3000:].any()


def test_of_a_candidate_the_difference_is_the_one_that_it_makes(clips):
    original, repaired = clips
    patch = Patch(5000, (0,), np.zeros((1, 10), np.float32))
    candidate = repaired.with_patch(patch)
    plan = PlaybackPlan(original, repaired, 0, RATE, candidate=candidate).fitted(RATE, 2)
    heard = replace(plan, version=Version.CANDIDATE).render(0, RATE).T
    assert np.array_equal(heard, candidate.read(0, RATE))
    removed = replace(plan, version=Version.REMOVED).render(5000, 10).T
    assert np.array_equal(removed[0], original.read(5000, 5010)[0])
    assert not removed[1].any()


@pytest.mark.parametrize("speed", [Fraction(1), HALF_SPEED])
@pytest.mark.parametrize("looped", [False, True])
def test_a_band_can_be_heard_from_any_place_without_the_selection(speed, looped):
    clip = sine_clip(1.0, hz=440.0)
    whole = PlaybackPlan(
        clip,
        clip,
        1000,
        7000,
        skipped=(3000, 4040),
        isolation=isolation_of(Region(0, 10, 300.0, 1000.0), RATE),
        speed=speed,
        loop=looped,
    ).fitted(RATE, 2)
    for position in (0, 1990, 2000, 2010, 3990, 4000, 4010, whole.frames - 5, whole.frames + 3):
        for count in (1, 20, 220):
            assert whole.render(position, count).shape == (count, 2)


def test_skipping_leaves_out_the_selection_and_joins_smoothly():
    clip = sine_clip(1.0)
    plan = PlaybackPlan(clip, clip, 1000, 7000, skipped=(3000, 4040)).fitted(RATE, 1)
    assert plan.frames == 6000 - 1040
    heard = plan.render(0, plan.frames)[:, 0]
    fade = round(FADE_S * RATE)
    assert np.array_equal(heard[: 2000 - fade], clip.read(1000, 3000 - fade)[0])
    assert np.array_equal(heard[2000:], clip.read(4040, 7000)[0])
    assert np.abs(np.diff(heard)).max() < 2 * np.pi * 50 / RATE + 2 / fade
    pieces = [plan.render(at, 70)[:, 0] for at in range(0, plan.frames - 70, 70)]
    assert np.array_equal(np.concatenate(pieces), heard[: 70 * len(pieces)])
    assert plan.frame_at(1999) == 2999
    assert plan.frame_at(2000) == 4040
    assert plan.position_of(3500) == 2000
    assert plan.position_of(4041) == 2001


def test_half_speed_is_an_octave_lower_and_the_playhead_goes_half_as_fast():
    clip = sine_clip(1.0, hz=400.0)
    plan = PlaybackPlan(clip, clip, 0, RATE, speed=HALF_SPEED).fitted(RATE, 1)
    assert plan.frames == 2 * RATE
    heard = plan.render(4000, 8000)[:, 0]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(8000)))
    assert np.argmax(spectrum) * RATE / 8000 == pytest.approx(200.0, abs=1.0)
    assert plan.frame_at(8000) == 4000


def test_only_the_selected_band_is_heard_the_same_in_any_block():
    time = np.arange(RATE) / RATE
    wave = (np.sin(2 * np.pi * 500 * time) + np.sin(2 * np.pi * 2500 * time)) / 2
    clip = AudioClip(MemorySource(wave[np.newaxis].astype("f4"), RATE))
    band = isolation_of(Region(0, 10, 300.0, 1000.0), RATE)
    plan = PlaybackPlan(clip, clip, 0, RATE, isolation=band).fitted(RATE, 1)
    whole = plan.render(0, RATE)[:, 0]
    expected = np.sin(2 * np.pi * 500 * time) / 2
    assert np.abs(whole - expected)[1000:-1000].max() < 1e-3
    assert np.abs(plan.render(3210, 160)[:, 0] - whole[3210:3370]).max() < 1e-5


def test_only_the_selected_shape_is_heard_the_same_in_any_block():
    clip = sine_clip(3.0, hz=500.0)
    drawn = union(box(8000, 12000, 300.0, 700.0), box(12000, 16000, 1000.0, 2000.0))
    shape = isolation_of(region_of(drawn, RATE), RATE)
    plan = PlaybackPlan(clip, clip, 0, 3 * RATE, isolation=shape).fitted(RATE, 1)
    whole = plan.render(0, 3 * RATE)[:, 0]
    assert np.abs(whole - clip.read(0, 3 * RATE)[0])[9500:10500].max() < 1e-2
    assert np.abs(whole[:6000]).max() < 1e-2
    assert np.abs(whole[14000:]).max() < 1e-2
    assert np.abs(plan.render(11111, 160)[:, 0] - whole[11111:11271]).max() < 1e-5


def test_a_device_that_fails_is_replaced_and_told_once(qtbot, output, player):
    clip = sine_clip(2.0)
    said = []
    player.failed.connect(said.append)
    output.devices = ["Headphones", "Loudspeakers"]
    output.speed = 1.0
    player.choose_device("Headphones", "medium")
    player.play(PlaybackPlan(clip, clip, 0, 2 * RATE))
    qtbot.waitUntil(lambda: bool(output.streams) and len(output.streams[0].blocks) > 8)
    output.streams[0].unplug()
    qtbot.waitUntil(lambda: len(output.streams) > 1)
    qtbot.waitUntil(lambda: not player.is_playing)
    first, second = output.streams
    assert second.name == "Loudspeakers"
    assert said == [f"{VANISHED.format(device='Headphones')} Loudspeakers is used instead."]
    played = first.blocks[0].shape[0] * len(first.blocks) + second.samples.shape[0]
    assert played == pytest.approx(2 * RATE, abs=0.3 * RATE)


@pytest.mark.parametrize("state", ["busy", "gone"])
def test_a_device_that_cannot_be_had_is_replaced(qtbot, output, player, clips, state):
    said = []
    player.failed.connect(said.append)
    output.devices = ["Loudspeakers"]
    if state == "busy":
        output.devices.append("Headphones")
        output.busy.add("Headphones")
    player.choose_device("Headphones", "medium")
    for _ in range(2):
        play_to_end(qtbot, player, PlaybackPlan(*clips, 0, 1000))
    assert [stream.name for stream in output.streams] == ["Loudspeakers"] * 2
    assert len(said) == 1
    assert "Headphones" in said[0]
    assert said[0].endswith("Loudspeakers is used instead.")


def test_a_device_that_never_answers_is_given_up(qtbot, output, player, clips, monkeypatch):
    monkeypatch.setattr("uasrm_gui.sound.player.OPENING_S", 0.1)
    output.wait.clear()
    with qtbot.waitSignal(player.failed) as signal:
        player.play(PlaybackPlan(*clips, 0, 1000))
    assert signal.args == [NO_ANSWER]
    assert not player.is_playing
    output.wait.set()


def test_levels_and_underruns_are_told(qtbot, output, player):
    clip = sine_clip(1.0)
    half = clip.with_patch(Patch(0, (0,), 0.5 * clip.read(0, RATE)))
    levels, counts = [], []
    player.level_changed.connect(levels.append)
    player.underruns_changed.connect(counts.append)
    player.play(PlaybackPlan(half, half, 0, RATE))
    qtbot.waitUntil(lambda: bool(output.streams))
    output.streams[0].underruns = 3
    qtbot.waitUntil(lambda: not player.is_playing)
    assert max(peaks[0] for peaks in levels) == pytest.approx(0.5, abs=0.01)
    assert counts == [3]
    assert player.underruns == 3


def test_what_is_replaced_too_late_changes_nothing():
    ring = Ring(10, 1)
    ring.write(np.ones((8, 1), np.float32))
    out = np.zeros((4, 1), np.float32)
    ring.fill(out)
    assert not ring.replace(3, np.zeros((2, 1), np.float32))
    assert (ring.read, ring.written) == (4, 8)
    assert ring.replace(6, np.full((2, 1), 3, np.float32))
    ring.fill(out)
    assert out[:, 0].tolist() == [1, 1, 3, 3]


def test_a_switch_that_takes_long_to_prepare_is_heard_without_a_click(
    qtbot, output, player, monkeypatch
):
    clip = sine_clip(4.0)
    half = clip.with_patch(Patch(0, (0,), 0.5 * clip.read(0, clip.frames)))
    render, slow, tick = PlaybackPlan.render, [], threading.Event()

    def rendered(plan, position, count):
        if slow and plan.version is Version.ORIGINAL:
            # the device asks for more than the switch leaves prepared before its place
            (stream,), asked = output.streams, len(output.streams[0].blocks)
            while len(stream.blocks) < asked + slow[0]:
                tick.wait(0.001)
            slow.pop()
        return render(plan, position, count)

    monkeypatch.setattr(PlaybackPlan, "render", rendered)
    plan = PlaybackPlan(clip, half, 0, 4 * RATE)
    output.speed = 1.0

    def switch():
        slow.append(round(2 * SAFE_S * RATE / 256))
        player.listen_to(Version.ORIGINAL)

    heard = heard_while(qtbot, output, player, plan, switch)
    assert not slow
    assert steepest(heard) < 2 * np.pi * 50 / RATE + 0.5 / (FADE_S * RATE) + 0.01
    assert np.abs(heard[:1000]).max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(heard[-4000:]).max() == pytest.approx(1.0, abs=0.01)
