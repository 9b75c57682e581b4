import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_gui.sound.device import NO_DEVICE, NoOutputError
from uasrm_gui.sound.performance import VANISHED
from uasrm_gui.sound.player import Player
from uasrm_gui.sound.program import Program, Version, fold
from uasrm_gui.sound.ring import Ring

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


def play_to_end(qtbot, player, program, **options):
    with qtbot.waitSignal(
        player.playing_changed, check_params_cb=lambda playing: not playing, timeout=10000
    ):
        player.play(program, **options)


def test_what_is_played_is_the_file_sample_for_sample(qtbot, output, player, clips):
    original, repaired = clips
    play_to_end(qtbot, player, Program(original, repaired, 1500, 6000))
    heard = output.streams[0].samples[:4500]
    assert np.array_equal(heard.T, repaired.read(1500, 6000))
    assert output.streams[0].closed.is_set()
    player.listen_to(Version.ORIGINAL)
    play_to_end(qtbot, player, Program(original, repaired, 1500, 6000))
    assert np.array_equal(output.streams[1].samples[:4500].T, original.read(1500, 6000))


def test_versions_switch_without_stopping_without_a_jump_and_in_step(qtbot, output, player):
    time = np.arange(3 * RATE) / RATE
    wave = np.sin(2 * np.pi * 50 * time)[np.newaxis].astype(np.float32)
    original = AudioClip(MemorySource(wave, RATE))
    repaired = original.with_patch(Patch(0, (0,), (0.5 * wave).astype(np.float32)))
    output.speed = 2.0
    player.listen_to(Version.ORIGINAL)
    player.play(Program(original, repaired, 0, 3 * RATE))
    qtbot.waitUntil(lambda: bool(output.streams) and len(output.streams[0].blocks) > 10)
    player.listen_to(Version.REPAIRED)
    qtbot.waitUntil(lambda: not player.is_playing, timeout=8000)
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
    player.play(Program(original, repaired, 0, 1000), loop=True)
    qtbot.waitUntil(lambda: bool(output.streams) and len(output.streams[0].blocks) > 20)
    player.set_loop(False)
    qtbot.waitUntil(lambda: not player.is_playing, timeout=5000)
    heard = output.streams[0].samples
    once = repaired.read(0, 1000).T
    for start in range(0, 5000, 1000):
        assert np.array_equal(heard[start : start + 1000], once)


def test_the_playhead_tells_the_frame_that_is_heard(qtbot, output, player, clips):
    frames = []
    player.moved.connect(frames.append)
    output.rate = 12000
    play_to_end(qtbot, player, Program(*clips, 1000, 7000))
    assert frames == sorted(frames)
    assert all(1000 <= frame <= 7000 for frame in frames)
    assert frames[-1] > 6000


def test_a_device_of_another_rate_gets_resampled_sound(clips, tone):
    samples = tone(440.0, 1.0, rate=44100)
    clip = AudioClip(MemorySource(samples, 44100))
    program = Program(clip, clip, 0, 44100, rate_out=48000, channels_out=1)
    blocks = [program.render(start, 960) for start in range(0, 47040, 960)]
    heard = np.concatenate(blocks)[:, 0]
    expected = tone(440.0, 1.0, rate=48000)[0, : len(heard)]
    middle = slice(2000, -2000)
    assert np.abs(heard[middle] - expected[middle]).max() < 1e-3
    assert program.frames == 48000
    assert program.frame_at(24000) == 22050


def test_channels_are_fitted_to_the_device():
    mono, six = np.ones((1, 3), np.float32), np.arange(6, dtype=np.float32)[:, np.newaxis]
    assert np.array_equal(fold(mono, 2), np.ones((2, 3)))
    assert np.array_equal(fold(six, 2), [[2.0], [3.0]])
    assert np.array_equal(fold(six, 1), [[2.5]])


def test_a_missing_device_is_told_and_nothing_else_happens(qtbot, output, player, clips):
    output.problem = NoOutputError(NO_DEVICE)
    with qtbot.waitSignal(player.failed) as signal:
        player.play(Program(*clips, 0, 1000))
    assert signal.args == [NO_DEVICE]
    assert not player.is_playing


def test_a_device_that_vanishes_ends_playback_with_one_sentence(qtbot, output, player, clips):
    said = []
    player.failed.connect(said.append)
    output.speed = 0.5
    player.play(Program(*clips, 0, 8000))
    qtbot.waitUntil(lambda: bool(output.streams) and len(output.streams[0].blocks) > 3)
    output.streams[0].unplug()
    qtbot.waitUntil(lambda: not player.is_playing, timeout=3000)
    assert said == [VANISHED]
    assert output.streams[0].closed.is_set()


def test_the_device_gets_silence_when_nothing_is_ready():
    ring = Ring(10, 1)
    ring.write(np.ones((4, 1), np.float32))
    out = np.full((6, 1), 9.0, np.float32)
    ring.fill(out)
    assert out[:, 0].tolist() == [1, 1, 1, 1, 0, 0]
    assert (ring.read, ring.starved, ring.room) == (4, 2, 10)


def test_the_ring_goes_round():
    ring = Ring(10, 1)
    for start in range(0, 70, 7):
        ring.write(np.arange(start, start + 7, dtype=np.float32)[:, np.newaxis])
        out = np.zeros((7, 1), np.float32)
        ring.fill(out)
        assert out[:, 0].tolist() == list(range(start, start + 7))
