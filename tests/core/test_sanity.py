"""An engine's output is checked: what is not finite, or cannot be sound, never becomes a repair."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import LOUDEST, AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.inpainting import router
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.exemplar import ExemplarEngine
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.prediction import PredictionEngine
from uasrm_core.inpainting.router import Route
from uasrm_core.inpainting.runner import run

RATE = 16000
REGION = Region(24000, 25600)


class Broken(Engine):
    """An engine whose samples are all one number, or that fails in its computation."""

    name = "unet"
    context_s = 0.2
    needs_crossfade = True

    def __init__(self, answer):
        self.answer = answer

    def fill(self, known, progress):
        if isinstance(self.answer, Exception):
            raise self.answer
        gap = known.gap
        filled = gap.samples.copy()
        filled[0, gap.start + 5] = self.answer
        return Guess(filled)


@pytest.fixture
def sound(music_like):
    samples = music_like(4.0, rate=RATE)
    samples[:, REGION.start_frame : REGION.end_frame] = 0.0
    return samples


def clip_of(samples):
    return AudioClip(MemorySource(samples.astype(np.float32), RATE))


def repaired_by(samples, *engines, region=REGION):
    routes = tuple(Route(lambda engine=engine: engine) for engine in engines)
    result = run(RepairJob(clip_of(samples), (region,)), choose=lambda *_: routes)
    return result.outcomes[0]


ANSWERS = {
    "nan": (np.nan, "not numbers"),
    "inf": (-np.inf, "not numbers"),
    "huge": (1e30, "louder than the sound around it"),
    "loud": (900.0, "louder than the sound around it"),
    "singular": (np.linalg.LinAlgError("Singular matrix"), "failed on the region at 1.500 s"),
    "torch": (RuntimeError("shape '[2, 2]' is invalid"), "failed on the region at 1.500 s"),
}


@pytest.mark.parametrize(("answer", "sentence"), ANSWERS.values(), ids=ANSWERS)
def test_what_cannot_be_sound_is_refused_in_a_sentence(sound, answer, sentence):
    outcome = repaired_by(sound, Broken(answer))
    assert not outcome.candidates
    assert sentence in outcome.problem
    assert "1.500 s" in outcome.problem


@pytest.mark.parametrize("answer", [np.nan, 1e9])
def test_part_of_the_spectrum_is_checked_too(sound, answer):
    outcome = repaired_by(sound, Broken(answer), region=Region(30000, 32000, 500.0, 900.0))
    assert outcome.problem is not None


def test_the_next_engine_repairs_and_the_failure_is_told(sound):
    outcome = repaired_by(sound, Broken(np.nan), PredictionEngine())
    assert outcome.candidates[0].engine == "ar"
    assert outcome.problem is None
    (warning,) = outcome.warnings
    assert "unet" in warning
    assert "not numbers" in warning


def test_auto_turns_to_another_engine_when_trials_fail(sound, monkeypatch):
    engines = {
        "ar": PredictionEngine(),
        "unet": Broken(np.nan),
        "similarity": ExemplarEngine(),
    }
    monkeypatch.setattr(router, "load_engine", lambda name, model=None: engines[name])
    (outcome,) = run(RepairJob(clip_of(sound), (REGION,))).outcomes
    assert outcome.candidates[0].engine != "unet"
    assert "trial" in outcome.warnings[0]


@pytest.mark.parametrize("engine", ["ar", "similarity", "attenuate"])
def test_float_sound_far_over_full_scale_is_refused(sound, engine):
    outcome = run(RepairJob(clip_of(sound * 1e30), (REGION,), engine)).outcomes[0]
    assert "dB over full scale" in outcome.problem
    assert "1.500 s" in outcome.problem


@pytest.mark.parametrize("engine", ["ar", "similarity"])
def test_samples_written_as_whole_numbers_of_24_bits_are_repaired(sound, engine):
    """Loud sound is repaired as quiet sound is, only louder."""
    scale = 2.0**23
    assert scale < LOUDEST
    loud = run(RepairJob(clip_of(sound * scale), (REGION,), engine)).outcomes[0].candidates[0]
    usual = run(RepairJob(clip_of(sound), (REGION,), engine)).outcomes[0].candidates[0]
    assert loud.patch.samples / scale == pytest.approx(usual.patch.samples, abs=0.01)


def test_damage_far_over_full_scale_is_repaired(sound):
    broken = sound.copy()
    broken[:, REGION.start_frame : REGION.end_frame] = 1e30
    outcome = run(RepairJob(clip_of(broken), (REGION,), "ar")).outcomes[0]
    usual = run(RepairJob(clip_of(sound), (REGION,), "ar")).outcomes[0]
    assert np.array_equal(outcome.candidates[0].patch.samples, usual.candidates[0].patch.samples)
