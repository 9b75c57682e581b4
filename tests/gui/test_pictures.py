"""Pictures computed in the background: what comes late, or twice, does no harm."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_gui.editor.pictures import PictureStore
from uasrm_gui.state.viewport import TimeView


@pytest.fixture
def store(qtbot):
    made = PictureStore()
    yield made
    made.shutdown()


def test_what_is_reported_twice_leaves_the_next_edit_to_be_drawn(store, qtbot, music_like):
    clip = AudioClip(MemorySource(music_like(20.0), 44100))
    view = TimeView(clip.frames, 0, clip.frames, 400)
    store.set_clip(clip)
    store.aim(view)
    qtbot.waitUntil(store.is_idle)
    heard = set()

    def report_again(name, result):
        # as when it was asked for again between its end and the news of it
        if name not in heard:
            heard.add(name)
            store._loader.loaded.emit(name, result)

    store._loader.loaded.connect(report_again)
    spans = ((100_000, 120_000), (500_000, 520_000))
    for start, end in spans:
        clip = clip.with_patch(Patch(start, (0, 1), np.ones((2, end - start), np.float32)))
        store.update_clip(clip, start, end)
    qtbot.waitUntil(lambda: store.is_idle() and len(heard) > 0)
    shown = store.waveform(view)
    for start, end in spans:
        column = (start + end) // 2 * view.width // clip.frames
        assert shown[1, :, column].tolist() == [1.0, 1.0]


def test_another_recording_does_not_get_into_the_pictures_of_this_one(store, music_like):
    one = AudioClip(MemorySource(music_like(2.0, channels=1), 44100))
    other = AudioClip(MemorySource(music_like(3.0, channels=2), 44100))
    store.set_clip(one)
    store.update_clip(other, 0, other.frames)
    assert store.clip is one
