"""Speech is told from music, at any rate and level, from both sides of a gap."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.spectral.speech import speech_probability


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 96000])
def test_a_gliding_voice_is_speech_and_held_notes_are_not(rate, syllables, music_like):
    assert speech_probability([syllables(rate)], rate) > 0.7
    assert speech_probability([music_like(4.0, rate=rate)[0]], rate) < 0.1


def test_the_bundled_music_is_music(music):
    assert speech_probability([music[0, : 2 * 44100], music[0, 3 * 44100 : 5 * 44100]], 44100) < 0.1


def test_loudness_does_not_matter_nor_where_the_gap_lies(syllables):
    voice = syllables(16000)
    whole = speech_probability([voice], 16000)
    assert speech_probability([0.01 * voice], 16000) == pytest.approx(whole, abs=0.02)
    assert speech_probability([voice[:20000], voice[25000:]], 16000) > 0.7


def test_what_is_silent_or_too_short_to_tell_is_not_taken_for_speech(syllables):
    assert speech_probability([syllables(16000)[:7000], np.zeros(0)], 16000) == 0.0
    assert speech_probability([np.zeros(40000)], 16000) == 0.0
    assert speech_probability([], 16000) == 0.0
