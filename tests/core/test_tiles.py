"""Tiles show levels where they are, at every zoom, at bounded cost."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.errors import Cancelled
from uasrm_core.overview.tiles import (
    FLOOR_DB,
    ROUGH_TRANSFORMS,
    STEP_DB,
    TILE_COLUMNS,
    TileKey,
    ZoomedTransform,
    level_db,
    tile_values,
)
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, stft

CONFIG = StftConfig(hop_frames=128)
RATE = 44100


def clip_of(samples: np.ndarray) -> AudioClip:
    return AudioClip(MemorySource(samples.astype(np.float32), RATE))


class CountingSource(MemorySource):
    """Counts the frames it is asked for."""

    asked = 0

    def read(self, start_frame, end_frame):
        CountingSource.asked += end_frame - start_frame
        return super().read(start_frame, end_frame)


def test_a_tile_is_the_level_of_the_one_transform(music_like):
    samples = music_like(4.0)
    config = StftConfig(hop_frames=512)
    expected = np.abs(stft(samples, config)) * 2 / config.window_samples().sum()
    first = tile_values(clip_of(samples), TileKey(512, 0), config)
    second = tile_values(clip_of(samples), TileKey(512, 1), config)
    got = level_db(np.concatenate([first, second], axis=-1).astype(float))
    columns = expected.shape[-1]
    with np.errstate(divide="ignore"):
        want = np.clip(20 * np.log10(expected), FLOOR_DB, FLOOR_DB + 255 * STEP_DB)
    np.testing.assert_allclose(got[..., :columns], want, atol=STEP_DB / 2 + 0.02)


@pytest.mark.parametrize("hop", [128, 2048, 32768])
def test_a_full_scale_sine_reads_0_db_at_its_frequency(tone, hop):
    bin_number = 100
    hz = bin_number * CONFIG.bin_hz(RATE)
    samples = tone(hz, 30.0, amplitude=1.0)
    values = tile_values(clip_of(samples), TileKey(hop, 0), CONFIG)
    inner = values[0, :, 10:20]
    assert (inner.argmax(axis=0) == bin_number).all()
    assert level_db(float(inner.max())) == pytest.approx(0.0, abs=0.3)


def test_a_burst_shows_in_its_column_when_zoomed_out():
    samples = np.zeros((1, 4_000_000))
    at = 2_000_000
    samples[0, at : at + 4000] = np.random.default_rng(0).uniform(-0.5, 0.5, 4000)
    values = tile_values(clip_of(samples), TileKey(8192, 0), CONFIG)
    loudest = values[0].max(axis=0)
    assert loudest.argmax() in (at // 8192, at // 8192 + 1)
    assert (loudest > 0).sum() <= 3


@pytest.mark.parametrize("hop", [128, 1024, 4096, 32768])
@pytest.mark.parametrize("config", [CONFIG, StftConfig(256, 16), StftConfig(16384, 1024)])
def test_a_click_of_one_sample_is_never_lost(hop, config):
    samples = np.zeros((1, 700_000))
    at = 100_003 + 3 * hop // 8
    samples[0, at] = 0.9
    key = TileKey(hop, round(at / hop) // TILE_COLUMNS)
    values = tile_values(clip_of(samples), key, config)
    column = round(at / hop) - key.first_column
    loudest = values[0, :, max(column - 1, 0) : column + 2].max()
    # At worst it lies where two windows cross, 6 dB below their middle.
    whole = 20 * np.log10(0.9 * 2 / config.window_samples().sum())
    assert level_db(float(loudest)) > whole - 7


def test_a_rough_column_costs_a_bounded_number_of_transforms_however_far_out():
    samples = np.zeros((1, 2**25), np.float32)
    clip = AudioClip(CountingSource(samples, RATE))
    CountingSource.asked = 0
    tile_values(clip, TileKey(2**17, 0, rough=True), CONFIG)
    assert CountingSource.asked <= (TILE_COLUMNS + 1) * ROUGH_TRANSFORMS * CONFIG.fft_size


def test_beyond_the_recording_is_silence(tone):
    samples = tone(440.0, 1.0)
    values = tile_values(clip_of(samples), TileKey(512, 0), CONFIG)
    assert (values[..., 100:] == 0).all()
    assert (tile_values(clip_of(samples), TileKey(512, 7), CONFIG) == 0).all()


@pytest.mark.parametrize("frames", [1, 100, 2049])
def test_the_shortest_recordings_have_a_tile(frames):
    values = tile_values(clip_of(np.full((2, frames), 0.5)), TileKey(128, 0), CONFIG)
    assert values.shape == (2, CONFIG.bins, TILE_COLUMNS)
    assert values[:, :, 0].max() > 0


def test_more_than_eight_channels_are_mixed(tone):
    samples = np.repeat(tone(1000.0, 2.0), 9, axis=0)
    values = tile_values(clip_of(samples), TileKey(512, 0), CONFIG)
    alone = tile_values(clip_of(samples[:1]), TileKey(512, 0), CONFIG)
    assert values.shape[0] == 1
    np.testing.assert_allclose(values.astype(int), alone.astype(int), atol=1)


def test_nan_and_infinity_make_a_picture_all_the_same():
    samples = np.zeros((1, 44100))
    samples[0, 1000] = np.nan
    samples[0, 20000] = np.inf
    values = tile_values(clip_of(samples), TileKey(512, 0), CONFIG)
    assert values[0, :, 39].max() > 0
    assert values[0, :, 5].max() == 0


@pytest.mark.parametrize("hop", [512, 4096])
def test_an_edit_changes_nothing_beyond_what_a_tile_says_it_reaches(music_like, hop):
    clip = clip_of(music_like(30.0, channels=1))
    start, end = 600_000, 601_000
    edited = clip.with_patch(Patch(start, (0,), np.ones((1, end - start), np.float32)))
    changed = set()
    for index in range(clip.frames // (hop * TILE_COLUMNS) + 1):
        key = TileKey(hop, index)
        low, high = key.reach(CONFIG)
        before, after = tile_values(clip, key, CONFIG), tile_values(edited, key, CONFIG)
        if not np.array_equal(before, after):
            changed.add(index)
            assert low < end
            assert start < high
    assert changed


def test_the_hop_follows_the_zoom_in_powers_of_two():
    fixed = ZoomedTransform.fix_window(CONFIG)
    assert fixed.hop_for(0.01) == CONFIG.hop_frames
    assert fixed.hop_for(1000) == 512
    assert fixed.hop_for(200_000) == 2**17
    assert {fixed.at(hop) for hop in (128, 512, 2**17)} == {CONFIG}


@pytest.mark.parametrize("overlap", [2, 4, 8, 16])
def test_the_window_is_shorter_in_closer_views_and_never_longer_than_the_longest(overlap):
    widest = StftConfig(2048, 2048 // overlap)
    followed = ZoomedTransform(widest, 256)
    for frames_per_pixel in np.geomspace(0.01, 1e5, 100):
        hop = followed.hop_for(frames_per_pixel)
        config = followed.at(hop)
        assert config.fft_size // config.hop_frames == overlap
        assert config.hop_frames <= hop
        assert 256 <= config.fft_size <= 2048
        if 256 < config.fft_size < 2048:
            assert 24 <= config.fft_size / frames_per_pixel <= 48
    assert followed.at(followed.hop_for(1.0)).fft_size == 256
    assert followed.at(followed.hop_for(200.0)) == widest


def test_a_tile_of_many_reads_can_be_cancelled():
    clip = clip_of(np.zeros((1, 2**25)))
    with pytest.raises(Cancelled):
        tile_values(clip, TileKey(2**17, 0), CONFIG, Progress(is_cancelled=lambda: True))
