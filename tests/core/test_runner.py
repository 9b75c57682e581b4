"""A repair job from outside: what it mends, what it leaves alone, what it says when it can't."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.errors import Cancelled, RepairError
from uasrm_core.inpainting.attenuate import AttenuationEngine
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.job import QualityEstimate, RepairJob
from uasrm_core.inpainting.prediction import PredictionEngine
from uasrm_core.inpainting.router import Route
from uasrm_core.inpainting.runner import run
from uasrm_core.progress import Progress

RATE = 44100


@pytest.fixture
def clip_of():
    def make(samples, rate=RATE):
        return AudioClip(MemorySource(np.atleast_2d(samples).astype(np.float32), rate))

    return make


@pytest.fixture
def music(music_like):
    return music_like(3.0)


def repaired(clip, *regions, engine="ar", **settings):
    result = run(RepairJob(clip, regions, engine, **settings))
    for outcome in result.outcomes:
        assert outcome.problem is None
        clip = clip.with_patch(outcome.candidates[0].patch)
    return clip.read(0, clip.frames)


def snr_db(found, clean):
    return 10 * np.log10(np.sum(clean**2) / np.sum((found - clean) ** 2))


def with_silence(samples, *regions):
    damaged = samples.copy()
    for region in regions:
        damaged[:, region.start_frame : region.end_frame] = 0.0
    return damaged


@pytest.mark.parametrize("milliseconds", [1, 20, 50])
def test_a_dropout_comes_back(clip_of, music, milliseconds):
    region = Region(60000, 60000 + milliseconds * 44)
    found = repaired(clip_of(with_silence(music, region)), region)
    hole = slice(region.start_frame, region.end_frame)
    assert snr_db(found[:, hole], music[:, hole]) > 15


def test_everything_but_the_region_and_its_fades_is_untouched(clip_of, music):
    region = Region(60000, 62000, channels=(1,))
    damaged = with_silence(music, region)
    found = repaired(clip_of(damaged), region)
    fade = RATE // 100
    assert np.array_equal(found[0], damaged[0])
    assert np.array_equal(found[1, : 60000 - fade], damaged[1, : 60000 - fade])
    assert np.array_equal(found[1, 62000 + fade :], damaged[1, 62000 + fade :])


def test_equal_channels_stay_equal(clip_of, music):
    both = np.stack([music[0], music[0]])
    region = Region(60000, 70000)
    found = repaired(clip_of(with_silence(both, region)), region)
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_the_balance_between_channels_is_kept_through_a_long_gap(clip_of, music):
    panned = np.stack([music[0], 0.3 * music[0]])
    region = Region(60000, 75000)
    found = repaired(clip_of(with_silence(panned, region)), region)
    hole = found[:, 60500:74500]
    ratio = np.sqrt(np.sum(hole[1] ** 2) / np.sum(hole[0] ** 2))
    assert ratio == pytest.approx(0.3, rel=0.05)


def test_neighbouring_damage_is_no_context(clip_of, music):
    """A click beside a dropout: neither may take the other's damage for sound."""
    click, dropout = Region(60000, 60010), Region(60900, 63000)
    damaged = with_silence(music, dropout)
    damaged[:, 60000:60010] = 0.9
    found = repaired(clip_of(damaged), dropout, click)
    alone = repaired(clip_of(with_silence(music, dropout)), dropout)
    hole = slice(60900, 63000)
    assert snr_db(found[:, 60000:60010], music[:, 60000:60010]) > 15
    assert snr_db(found[:, hole], music[:, hole]) > snr_db(alone[:, hole], music[:, hole]) - 1.5


def test_overlapping_regions_are_repaired_as_one_hole(clip_of, music):
    first, second = Region(60000, 60800), Region(60600, 61400)
    damaged = with_silence(music, first, second)
    found = repaired(clip_of(damaged), first, second)
    hole = slice(60000, 61400)
    whole = repaired(clip_of(damaged), Region(60000, 61400))
    assert snr_db(found[:, hole], music[:, hole]) > snr_db(whole[:, hole], music[:, hole]) - 3


def test_regions_are_answered_in_their_order(clip_of, music):
    regions = (Region(90000, 92000), Region(10000, 10010), Region(50000, 51000))
    result = run(RepairJob(clip_of(with_silence(music, *regions)), regions, "ar"))
    assert tuple(outcome.region for outcome in result.outcomes) == regions


@pytest.mark.parametrize(("start", "end"), [(0, 2000), (130300, 132300)])
def test_a_region_at_either_end_is_filled_from_one_side(clip_of, music, start, end):
    region = Region(start, end)
    found = repaired(clip_of(with_silence(music, region)), region)
    assert np.isfinite(found).all()
    assert np.sqrt(np.mean(found[:, start:end] ** 2)) > 0.005


@pytest.mark.parametrize("rate", [8000, 16000, 96000])
def test_any_rate(clip_of, music_like, rate):
    clean = music_like(2.0, rate=rate)
    region = Region(rate, rate + rate // 50)
    found = repaired(clip_of(with_silence(clean, region), rate), region)
    hole = slice(region.start_frame, region.end_frame)
    assert snr_db(found[:, hole], clean[:, hole]) > 10


def test_attenuate_turns_a_whistle_down_and_keeps_the_music(clip_of, music):
    region = Region(50000, 80000, 2900.0, 3300.0)
    time = np.arange(region.frames) / RATE
    whistle = 0.3 * np.sin(2 * np.pi * 3100 * time) * np.hanning(region.frames)
    damaged = music.copy()
    damaged[:, 50000:80000] += whistle.astype(np.float32)
    found = repaired(clip_of(damaged), region, engine="attenuate")
    hole = slice(50000, 80000)
    assert snr_db(found[:, hole], music[:, hole]) > snr_db(damaged[:, hole], music[:, hole]) + 15


def test_strength_zero_changes_nothing_one_can_hear(clip_of, music):
    region = Region(50000, 80000)
    found = repaired(clip_of(music), region, engine="attenuate", strength=0.0)
    assert found == pytest.approx(music, abs=1e-5)


PROBLEMS = {
    "outside": (Region(200000, 210000), "outside the recording"),
    "reversed": (Region(5000, 4000), "ends before it starts"),
    "point": (Region(5000, 5000), "no length"),
    "whole": (Region(0, 132300), "whole recording"),
    "channel": (Region(5000, 6000, channels=(4,)), "channel 5"),
    "band": (Region(5000, 6000, 900.0, 300.0), "no band"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_region_that_cannot_be_repaired_says_why_and_the_rest_is_done(clip_of, music, name):
    bad, words = PROBLEMS[name]
    result = run(RepairJob(clip_of(music), (bad, Region(60000, 60100)), "ar"))
    assert words in result.outcomes[0].problem
    assert not result.outcomes[0].candidates
    assert result.outcomes[1].candidates


def test_too_little_sound_all_around_is_said(clip_of, music):
    result = run(RepairJob(clip_of(music), (Region(100, 132300),), "ar"))
    assert "too little intact sound" in result.outcomes[0].problem


def test_silence_all_around_is_said(clip_of):
    result = run(RepairJob(clip_of(np.zeros((1, 50000))), (Region(20000, 21000),), "ar"))
    assert "silent" in result.outcomes[0].problem


def test_not_a_number_all_around_is_said(clip_of, music):
    music[:, 58000] = np.nan
    result = run(RepairJob(clip_of(music), (Region(60000, 61000),), "ar"))
    assert "not numbers" in result.outcomes[0].problem


def test_not_a_number_in_the_hole_is_what_repair_is_for(clip_of, music):
    damaged = music.copy()
    damaged[:, 60000:60500] = np.nan
    found = repaired(clip_of(damaged), Region(60000, 60500))
    assert snr_db(found[:, 60000:60500], music[:, 60000:60500]) > 15


def test_attenuating_silence_is_said(clip_of, music):
    region = Region(60000, 62000)
    job = RepairJob(clip_of(with_silence(music, region)), (region,), "attenuate")
    assert "nothing to attenuate" in run(job).outcomes[0].problem


def test_an_unknown_engine_is_said(clip_of, music):
    result = run(RepairJob(clip_of(music), (Region(60000, 60100),), "magic"))
    assert "no engine 'magic'" in result.outcomes[0].problem


def test_cancelling_stops_the_job(clip_of, music):
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 4

    regions = tuple(Region(s, s + 100) for s in range(10000, 100000, 10000))
    with pytest.raises(Cancelled):
        run(RepairJob(clip_of(music), regions, "ar"), Progress(is_cancelled=cancelled))


def test_progress_only_grows_and_ends_at_one(clip_of, music):
    seen = []
    regions = tuple(Region(s, s + 100) for s in range(10000, 100000, 30000))
    run(RepairJob(clip_of(music), regions, "ar"), Progress(lambda share, _: seen.append(share)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_progress_keeps_the_count_and_gives_long_regions_more_of_the_bar(clip_of, music):
    class Telling(Refusing):
        def fill(self, known, progress):
            progress.report(0.5, "Trying something")
            return super().fill(known, progress)

    told = []
    progress = Progress(lambda share, words: told.append((share, words)))
    job = RepairJob(clip_of(music), (Region(10000, 10050), Region(20000, 22000)))
    run(job, progress, choose=lambda *_: [Route(Telling)])
    assert {words for _, words in told} <= {"Repairing 1 of 2", "Repairing 2 of 2", ""}
    assert min(share for share, words in told if words == "Repairing 2 of 2") < 0.1
    told.clear()
    run(replace(job, regions=job.regions[:1]), progress, choose=lambda *_: [Route(Telling)])
    assert "Trying something" in {words for _, words in told}


@dataclass
class Refusing(Engine):
    name: str = "refusing"
    context_s: float = 0.1

    def fill(self, known, progress):
        raise RepairError("It will not.")


class Noise(Engine):
    name = "noise"
    context_s = 0.5

    def __init__(self, *, needs_crossfade, is_continuous=False):
        self.needs_crossfade = needs_crossfade
        self.is_continuous = is_continuous

    def fill(self, known, progress):
        gap = known.gap
        noise = np.random.default_rng(0).standard_normal(gap.samples.shape).astype(np.float32)
        filled = gap.samples.copy()
        filled[:, gap.start : gap.end] = 0.1 * noise[:, gap.start : gap.end]
        return Guess(filled, is_continuous=self.is_continuous)


def noise_over(clip, region, *others, **kind):
    routes = [Route(lambda: Noise(**kind))]
    job = RepairJob(clip, (region, *others))
    (outcome, *_) = run(job, choose=lambda *_: routes).outcomes
    return clip.with_patch(outcome.candidates[0].patch).read(0, clip.frames)


def test_what_is_made_up_is_joined_to_the_sound_at_its_edges(clip_of, tone):
    region = Region(40000, 50000)
    clip = clip_of(tone(440.0, 2.0))
    clean = clip.read(0, clip.frames)
    near = np.r_[40000:40044, 49956:50000]
    off = [
        float(np.std((noise_over(clip, region, needs_crossfade=apart) - clean)[:, near]))
        for apart in (False, True)
    ]
    assert off[1] < 0.95 * off[0]


def test_what_goes_on_by_itself_is_left_whole(clip_of, tone):
    clip, region = clip_of(tone(440.0, 2.0)), Region(40000, 50000)
    apart, seamless, plain = (
        noise_over(clip, region, needs_crossfade=apart, is_continuous=seamless)
        for apart, seamless in ((True, False), (True, True), (False, False))
    )
    assert np.array_equal(seamless, plain)
    assert not np.array_equal(seamless, apart)


def test_an_edge_within_a_larger_hole_is_joined_to_nothing(clip_of, tone):
    clip = clip_of(tone(440.0, 2.0))
    region, beside = Region(40000, 50000), Region(50000, 62000)
    made = [noise_over(clip, region, beside, needs_crossfade=apart) for apart in (False, True)]
    assert np.array_equal(made[0][:, 45000:50000], made[1][:, 45000:50000])
    assert not np.array_equal(made[0][:, 40000:40100], made[1][:, 40000:40100])


def test_an_engine_that_refuses_is_quoted(clip_of, music):
    result = run(
        RepairJob(clip_of(music), (Region(60000, 60100),)),
        choose=lambda *_: [Route(Refusing)],
    )
    assert result.outcomes[0].problem == "It will not."


def test_comparing_offers_every_engine_that_can_and_builds_on_the_first(clip_of, music):
    clip, region = clip_of(music), Region(60000, 60200)
    result = run(RepairJob(clip, (region,), compare=True))
    offered = result.outcomes[0].candidates
    assert {candidate.engine for candidate in offered} == {"ar", "unet", "similarity", "attenuate"}
    assert result.best_patches[0] is offered[0].patch
    chosen = [Route(PredictionEngine), Route(AttenuationEngine)]
    job = RepairJob(clip, (region,), compare=True)
    handed_over = []
    progress = Progress(on_part=handed_over.append)
    both = run(job, progress, choose=lambda *_: chosen).outcomes[0].candidates
    assert [candidate.engine for candidate in both] == ["ar", "attenuate"]
    assert list(both) == handed_over


def test_what_was_done_before_a_cancel_is_handed_over(clip_of, music):
    regions = tuple(Region(start, start + 80) for start in (60000, 70000, 80000))
    handed_over = []
    progress = Progress(is_cancelled=lambda: len(handed_over) == 2, on_part=handed_over.append)
    with pytest.raises(Cancelled):
        run(RepairJob(clip_of(music), regions, "ar"), progress)
    assert [outcome.region for outcome in handed_over] == list(regions[:2])
    whole = run(RepairJob(clip_of(music), regions, "ar"))
    for kept, outcome in zip(handed_over, whole.outcomes, strict=False):
        assert np.array_equal(kept.candidates[0].patch.samples, outcome.candidates[0].patch.samples)


def test_without_comparing_the_first_engine_that_can_repairs(clip_of, music):
    chosen = [Route(Refusing), Route(PredictionEngine), Route(AttenuationEngine)]
    result = run(RepairJob(clip_of(music), (Region(60000, 60100),)), choose=lambda *_: chosen)
    assert [candidate.engine for candidate in result.outcomes[0].candidates] == ["ar"]


def test_the_estimate_of_trials_comes_with_the_candidate(clip_of, music):
    estimate = QualityEstimate(snr_db=7.0, lsd_db=3.0, trials=4)
    chosen = [Route(PredictionEngine, estimate)]
    result = run(RepairJob(clip_of(music), (Region(60000, 60100),)), choose=lambda *_: chosen)
    assert result.outcomes[0].candidates[0].estimate == estimate


@pytest.mark.parametrize(
    ("engine", "kinds", "needed"),
    [
        ("unet", ["clipping"], True),
        ("ar", ["click"], False),
        ("declip", ["clipping"], False),
        ("auto", ["clipping", "clipping"], False),
        ("auto", ["click", "clipping"], False),
        ("auto", ["clipping", "dropout"], True),
    ],
)
def test_a_job_tells_whether_it_needs_a_learnt_engine(engine, kinds, needed):
    clip = AudioClip(MemorySource(np.zeros((1, 9000), np.float32), 44100))
    lengths = {"click": 10, "clipping": 4000, "dropout": 4000}
    regions = tuple(Region(10, 10 + lengths[kind], kind=Kind(kind)) for kind in kinds)
    assert RepairJob(clip, regions, engine).needs_model is needed


def test_marked_damage_is_not_copied_though_the_job_does_not_repair_it(clip_of, rng):
    bar = 0.1 * rng.standard_normal((1, 30000)).astype(np.float32)
    sound = np.tile(bar, (1, 3))
    sound[:, 60000:] += 0.02 * rng.standard_normal((1, 30000)).astype(np.float32)
    region, mark = Region(45000, 48000), Region(16000, 16010)
    sound[:, mark.start_frame : mark.end_frame] = 0.9
    clip = clip_of(sound)
    # a mark around the region itself says nothing of where to copy from
    for marks, is_copied in (((), True), ((mark, region, Region(44000, 49000)), False)):
        result = run(RepairJob(clip, (region,), "similarity", damaged=marks))
        assert (np.max(np.abs(result.best_patches[0].samples)) > 0.8) == is_copied
