"""One reading of a recording tells of it what many small ones would."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.errors import Cancelled
from uasrm_core.overview import cache as survey_module
from uasrm_core.overview.cache import MaxPooledSpectrogram, OverviewCache
from uasrm_core.overview.peaks import BLOCK_FRAMES
from uasrm_core.overview.tiles import TileKey, tile_values
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig

RATE = 44100
CONFIG = StftConfig(hop_frames=128)


def clip_of(samples: np.ndarray) -> AudioClip:
    return AudioClip(MemorySource(samples.astype(np.float32), RATE))


def noise(channels: int, frames: int) -> np.ndarray:
    return np.random.default_rng(3).uniform(-1, 1, (channels, frames)).astype(np.float32)


def filled(clip: AudioClip, config: StftConfig = CONFIG) -> OverviewCache:
    cache = OverviewCache(clip.channels, clip.frames, config)
    cache.fill(clip, 0, clip.frames)
    return cache


@pytest.fixture
def small_pool(monkeypatch):
    """Make the pool so small that a column is wider than what is read at once."""
    monkeypatch.setattr(survey_module, "POOL_BYTES", 40_000)


@pytest.mark.parametrize("frames", [1, 5000, 700_001])
@pytest.mark.parametrize("config", [CONFIG, StftConfig(256, 64), StftConfig(8192, 512)])
def test_a_pooled_tile_holds_what_a_computed_one_does(music_like, frames, config):
    clip = clip_of(music_like(16.0)[:, :frames])
    cache = filled(clip, config)
    hop = cache.levels.hop_frames * 2
    key = TileKey(hop, 0)
    assert cache.levels.serves(key)
    pooled, computed = cache.levels.tile(key), tile_values(clip, key, config)
    assert pooled.shape == computed.shape
    # Their transforms lie a little apart, so loud bins agree and no column is empty in one alone.
    columns = frames // hop
    difference = pooled[..., :columns].max(axis=1).astype(int) - computed[..., :columns].max(axis=1)
    assert not columns or abs(difference).mean() < 3


def test_a_click_of_one_sample_is_in_the_pool():
    samples = np.zeros((1, 900_000))
    samples[0, 512_345] = 0.9
    levels = filled(clip_of(samples)).levels
    loud = np.flatnonzero(levels.values[0].max(axis=0))
    assert set(loud) <= {512_345 // levels.hop_frames + step for step in (-1, 0, 1)}
    assert len(loud)


@pytest.mark.usefixtures("small_pool")
@pytest.mark.parametrize(("start", "length"), [(0, 1), (123_456, 300), (250_000, 200_000)])
def test_refreshing_only_what_an_edit_touched_equals_a_rebuild(start, length):
    clip = clip_of(noise(2, 1_000_003))
    cache = filled(clip)
    assert cache.levels.hop_frames > BLOCK_FRAMES // 8
    edited = clip.with_patch(Patch(start, (1,), np.zeros((1, length), np.float32)))
    cache.fill(edited, start, start + length)
    rebuilt = filled(edited)
    np.testing.assert_array_equal(cache.levels.values, rebuilt.levels.values)
    for mine, other in zip(cache.peaks.levels, rebuilt.peaks.levels, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_a_cancelled_fill_keeps_what_it_has_and_can_go_on():
    clip = clip_of(noise(1, 5 * BLOCK_FRAMES // 2))
    cache = OverviewCache(1, clip.frames, CONFIG)
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        cache.fill(clip, 0, clip.frames, progress=Progress(is_cancelled=lambda: next(asked)))
    assert 0 < cache.ready_frames < clip.frames
    assert not cache.levels.serves(TileKey(cache.levels.hop_frames, 9))
    cache.fill(clip, cache.ready_frames, clip.frames)
    assert cache.ready_frames == clip.frames
    np.testing.assert_array_equal(cache.levels.values, filled(clip).levels.values)


def test_another_transform_keeps_the_peaks():
    clip = clip_of(noise(1, 300_000))
    cache = filled(clip)
    cache.set_transform(1, StftConfig(512, 64))
    assert cache.peaks.ready_frames == clip.frames
    assert cache.ready_frames == 0
    cache.fill(clip, 0, clip.frames)
    np.testing.assert_array_equal(
        cache.levels.values, filled(clip, StftConfig(512, 64)).levels.values
    )


@pytest.mark.parametrize("fft_size", [256, 2048, 16384])
@pytest.mark.parametrize("channels", [1, 2, 64])
def test_the_levels_of_two_hours_at_96_khz_stay_small(fft_size, channels):
    pool = MaxPooledSpectrogram(channels, 2 * 3600 * 96_000, StftConfig(fft_size, fft_size // 16))
    assert pool.values.nbytes <= survey_module.POOL_BYTES


def test_many_channels_are_read_in_small_pieces():
    class Modest(MemorySource):
        def read(self, start_frame, end_frame):
            assert (end_frame - start_frame) * 64 < 2**23
            return super().read(start_frame, end_frame)

    clip = AudioClip(Modest(np.zeros((64, 200_000), np.float32), RATE))
    cache = OverviewCache(64, clip.frames, CONFIG)
    cache.fill(clip, 0, clip.frames)
    assert cache.ready_frames == clip.frames
