"""Which engine is trusted with a region, and what the user is told to expect."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.errors import RepairError
from uasrm_core.inpainting import router, trials
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.exemplar import ExemplarEngine
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.prediction import PredictionEngine
from uasrm_core.inpainting.registry import REGISTRY
from uasrm_core.inpainting.runner import run
from uasrm_core.progress import Progress

RATE = 16000


class Silence(Engine):
    """An engine that fills with nothing, or refuses."""

    name = ""
    context_s = 0.1

    def __init__(self, name, problem=None):
        self.name = name
        self.problem = problem
        self.asked = 0

    def fill(self, known, progress):
        self.asked += 1
        if self.problem:
            raise RepairError(self.problem)
        gap = known.gap
        filled = gap.samples.copy()
        filled[:, gap.start : gap.end] = 0.0
        return Guess(filled)


@pytest.fixture
def engines(monkeypatch):
    """Return the engines the router is given, the network replaced by silence."""
    found = {
        "ar": PredictionEngine(),
        "unet": Silence("unet"),
        "similarity": ExemplarEngine(),
        "attenuate": Silence("attenuate"),
    }
    monkeypatch.setattr(router, "load_engine", lambda name, model=None: found[name])
    return found


@pytest.fixture
def loop(rng):
    """Return a bar of noise, over and over: it can be copied and not predicted."""
    bar = 0.1 * rng.standard_normal((1, RATE)).astype(np.float32)
    return AudioClip(MemorySource(np.tile(bar, (1, 12)), RATE))


@pytest.fixture
def tones(tone):
    """Return a chord: it can be predicted."""
    chord = sum(tone(hz, 12.0, rate=RATE, amplitude=0.1) for hz in (220.0, 331.0, 523.3))
    return AudioClip(MemorySource(chord, RATE))


def routes(clip, *regions, compare=False):
    job = RepairJob(clip, regions, compare=compare)
    return router.choose_routes(clip, regions[0], job, Progress())


def names(found):
    return [route.load().name for route in found]


def test_what_repeats_is_copied(engines, loop):
    found = routes(loop, Region(80000, 84000))
    assert names(found)[0] == "similarity"
    assert found[0].estimate.snr_db > 20.0
    assert found[0].estimate.trials == trials.AGREEING
    others = [route.estimate.lsd_db for route in found[1:]]
    assert found[0].estimate.lsd_db < min(others)


def test_what_is_predictable_is_continued(engines, tones):
    assert names(routes(tones, Region(80000, 84000)))[0] == "ar"


def lsd_of_trials(clip, region, engine):
    job = RepairJob(clip, (region,), compare=True)
    (tried,) = trials.try_engines(clip, region, job, [engine], [0.0], Progress())
    return np.mean([trial.lsd_db for trial in tried.trials])


def test_the_estimate_holds_on_what_is_like_the_rest(engines, loop):
    region = Region(80000, 84000)
    best = routes(loop, region)[0]
    clean = loop.read(0, loop.frames)
    found = lsd_of_trials(loop, region, best.load())
    assert best.estimate.lsd_db == pytest.approx(found, abs=0.01)
    assert np.array_equal(loop.read(0, loop.frames), clean)


def test_the_estimate_is_lower_where_nothing_repeats_as_it_did_in_the_trials(engines, loop, rng):
    sound = loop.read(0, loop.frames)
    sound[:, 100000:108000] = 0.1 * rng.standard_normal((1, 8000)).astype(np.float32)
    clip, region = AudioClip(MemorySource(sound, RATE)), Region(102000, 106000)
    for route in routes(clip, region):
        more = route.estimate.lsd_db - lsd_of_trials(clip, region, route.load())
        assert more > 0.5 or route.load().name == "ar"


def test_engines_are_ordered_by_what_came_of_their_trials(engines, loop, monkeypatch):
    figures = {"ar": (1.0, 6.5), "unet": (0.0, 6.6), "similarity": (4.0, 5.9)}
    monkeypatch.setattr(
        router,
        "try_engines",
        lambda clip, region, job, engines, biases, progress: [
            trials.Tried((trials.Trial(0, *figures[engine.name], None),) * 4) for engine in engines
        ],
    )
    # in a loop there is nothing to be said against a copy
    found = routes(loop, Region(80000, 90000))
    assert names(found) == ["similarity", "unet", "ar"]
    assert [route.score for route in found] == pytest.approx([5.3, 6.6, 8.35])


def test_trials_keep_away_from_damage(engines, loop):
    regions = [Region(start, start + 4000) for start in range(8000, 180000, 12000)]
    found = routes(loop, *regions)
    assert found[0].estimate is not None
    for trial in trials._made[loop.source].values():
        assert all(
            trial.start_frame >= r.end_frame or trial.start_frame + 4000 <= r.start_frame
            for r in regions
        )


def test_neighbours_of_about_the_same_length_share_trials(engines, loop):
    routes(loop, Region(80000, 84000))
    asked = engines["unet"].asked
    assert asked > 0
    routes(loop, Region(81000, 85100))
    assert engines["unet"].asked == asked
    routes(loop, Region(81000, 97000))
    assert engines["unet"].asked > asked


def test_trials_end_once_they_agree(engines, loop, monkeypatch):
    """The order of engines in each trial: which is better, by how much does not count."""
    region, asked = Region(80000, 84000), []
    lsd_db = {"unet": [1.0, 3.0, 1.0, 1.0], "ar": [2.0, 2.0, 2.0, 2.0]}

    def run_trial(hidden, engine, job, progress):
        asked.append(engine.name)
        number = asked.count(engine.name) - 1
        return trials.Trial(0, 0.0, lsd_db[engine.name][number], None)

    monkeypatch.setattr(trials, "run_trial", run_trial)

    def count(*, compare=False, biases=(0.0, 0.0)):
        asked.clear()
        trials._made.clear()
        job = RepairJob(loop, (region,), compare=compare)
        both = [engines["unet"], engines["ar"]]
        found = trials.try_engines(loop, region, job, both, biases, Progress())
        assert len(asked) == sum(len(each.trials) for each in found)
        return [len(each.trials) for each in found]

    # the second trial does not agree with the first
    assert count() == [trials.TRIALS] * 2
    assert count(biases=(-5.0, 0.0)) == [trials.AGREEING] * 2
    assert count(biases=(-5.0, 0.0), compare=True) == [trials.TRIALS] * 2


def test_trials_that_tell_nothing_do_not_agree(engines, loop, monkeypatch):
    told = iter([None, None, None, None, *[trials.Trial(0, 0.0, 1.0, None)] * 4])
    monkeypatch.setattr(trials, "run_trial", lambda *_: next(told))
    region = Region(80000, 84000)
    both = [engines["unet"], engines["ar"]]
    job = RepairJob(loop, (region,))
    found = trials.try_engines(loop, region, job, both, (0.0, 0.0), Progress())
    assert [len(each.trials) for each in found] == [2, 2]


def test_a_short_gap_is_tried_only_to_compare(engines, loop, tones):
    for milliseconds in (16, 50, 95):
        region = Region(80000, 80000 + milliseconds * RATE // 1000)
        for clip in (loop, tones):
            found = routes(clip, region)
            assert names(found) == ["unet", "ar"]
            assert all(route.estimate is None for route in found)
    assert engines["unet"].asked == 0
    compared = routes(tones, region, compare=True)
    assert engines["unet"].asked == trials.TRIALS
    assert {route.load().name for route in compared if route.estimate} >= {"ar", "unet"}


def test_trials_in_one_channel_are_shared_with_a_region_of_all(engines, loop):
    sound = np.concatenate([loop.read(0, loop.frames), 0.5 * loop.read(0, loop.frames)])
    clip = AudioClip(MemorySource(sound, RATE))
    routes(clip, Region(80000, 84000))
    asked = engines["unet"].asked
    routes(clip, Region(80100, 84100, channels=(0,)))
    assert engines["unet"].asked == asked
    routes(clip, Region(80100, 84100, channels=(1,)))
    assert engines["unet"].asked > asked


def test_trials_that_a_new_region_covers_are_made_again(engines, loop):
    routes(loop, Region(80000, 84000))
    trial = next(iter(trials._made[loop.source].values()))
    asked = engines["unet"].asked
    routes(loop, Region(80000, 84000), Region(trial.start_frame, trial.start_frame + 100))
    assert engines["unet"].asked > asked


def test_a_click_is_interpolated_without_trials(engines, loop):
    found = routes(loop, Region(80000, 80050))
    assert names(found)[0] == "ar"
    assert engines["unet"].asked == 0
    assert found[0].estimate is None


def test_a_short_gap_takes_the_same_sound_again_and_is_interpolated_else(engines, loop, rng):
    noise = AudioClip(MemorySource(rng.standard_normal((1, 8 * RATE)).astype(np.float32), RATE))
    for clip, engine in ((loop, "similarity"), (noise, "ar")):
        region = Region(80000, 80200)
        blank = Patch(80000, (0,), np.zeros((1, 200), np.float32))
        job = RepairJob(clip.with_patch(blank), (region,))
        (candidate,) = run(job).outcomes[0].candidates
        assert candidate.engine == engine
    assert engines["unet"].asked == 0


def test_with_no_room_for_trials_there_is_no_estimate(engines, rng):
    clip = AudioClip(MemorySource(rng.standard_normal((1, RATE)).astype(np.float32), RATE))
    found = routes(clip, Region(2000, 14000))
    assert names(found) == ["unet", "ar", "similarity"]
    assert all(route.estimate is None for route in found)


def test_a_click_loads_no_network(loop, monkeypatch):
    loaded = []
    named = router.load_engine
    monkeypatch.setattr(
        router, "load_engine", lambda name, model=None: loaded.append(name) or named(name, model)
    )
    for frames in (40, 240):
        run(RepairJob(loop, (Region(80000, 80000 + frames),)))
    assert set(loaded) <= {"ar"}


def test_a_click_in_a_pause_leaves_silence_and_loads_no_network(engines, loop):
    sound = loop.read(0, loop.frames)
    sound[:, 60000:80000] = 0.0
    blank = Patch(70000, (0,), np.full((1, 48), 0.5, np.float32))
    clip = AudioClip(MemorySource(sound, RATE)).with_patch(blank)
    (candidate,) = run(RepairJob(clip, (Region(70000, 70048),))).outcomes[0].candidates
    assert candidate.engine == "ar"
    assert engines["unet"].asked == 0
    repaired = clip.with_patch(candidate.patch)
    assert not np.any(repaired.read(60000, 80000))


def test_beyond_what_interpolation_can_do_it_is_not_asked(engines, loop):
    engines["unet"] = Silence("unet", "It will not.")
    found = routes(loop, Region(40000, 40000 + 6 * RATE))
    assert "ar" not in names(found)
    short = AudioClip(MemorySource(loop.read(0, 7 * RATE), RATE))
    outcome = run(RepairJob(short, (Region(2000, 2000 + 6 * RATE),))).outcomes[0]
    assert outcome.problem == "It will not."


def test_an_engine_that_refuses_its_trials_comes_last(engines, loop):
    engines["unet"] = Silence("unet", "It will not.")
    assert names(routes(loop, Region(80000, 84000)))[-1] == "unet"


def test_what_is_clipped_is_declipped_and_may_be_compared(engines, loop, monkeypatch):
    engines["declip"] = Silence("declip")
    region = Region(80000, 84000, kind=Kind.CLIPPING)
    assert names(routes(loop, region)) == ["declip"]
    compared = names(routes(loop, region, compare=True))
    assert compared == ["declip", "unet", "ar", "similarity", "attenuate"]


def test_what_was_found_as_a_click_is_taken_off_the_sound_under_it(engines, loop):
    engines["declick"] = Silence("declick")
    click = Region(80000, 80060, kind=Kind.CLICK)
    assert names(routes(loop, click))[0] == "declick"
    compared = names(routes(loop, click, compare=True))
    assert compared == ["declick", "ar", "unet", "similarity", "attenuate"]
    assert "declick" not in names(routes(loop, Region(80000, 84000, kind=Kind.CLICK)))


def test_what_lies_under_a_noise_is_kept(engines, loop):
    noise = Region(80000, 84000, kind=Kind.NOISE)
    assert names(routes(loop, noise)) == ["attenuate", "unet", "ar"]
    assert names(routes(loop, noise, compare=True)) == ["attenuate", "unet", "ar", "similarity"]
    in_a_band = Region(80000, 84000, 500.0, 900.0, kind=Kind.NOISE)
    assert names(routes(loop, in_a_band)) == ["unet", "ar"]


@pytest.mark.parametrize("kind", Kind)
def test_the_label_chooses_no_engine(engines, loop, kind):
    for name in REGISTRY:
        engines.setdefault(name, Silence(name))
    chosen = [
        names(routes(loop, Region(80000, 80060, label=label, kind=kind)))
        for label in ("", "click", "clipping", "noise")
    ]
    assert chosen[1:] == 3 * [chosen[0]]


def test_part_of_the_spectrum_is_not_tried(engines, loop):
    found = routes(loop, Region(80000, 84000, 500.0, 900.0), compare=True)
    assert names(found) == ["unet", "ar", "similarity", "attenuate"]
    assert engines["unet"].asked == 0


@pytest.mark.parametrize(("milliseconds", "offered"), [(50, False), (200, True)])
def test_in_a_long_gap_a_fade_is_compared_too(engines, loop, milliseconds, offered):
    region = Region(80000, 80000 + milliseconds * RATE // 1000)
    engines["fade"] = Silence("fade")
    assert names(routes(loop, region))[-1] != "fade"
    compared = names(routes(loop, region, compare=True))
    assert ("fade" in compared) is offered
    assert compared[-1] == "attenuate"


def trials_of(**figures):
    """Return what stands in for trials: the same figures for all of an engine."""

    def try_engines(clip, region, job, engines, biases, progress):
        found = [trials.Trial(0, 0.0, lsd, 0.2, *off) for lsd, *off in map(of_engine, engines)]
        return [trials.Tried((trial,) * 4) for trial in found]

    def of_engine(engine):
        return figures[engine.name]

    return try_engines


def test_a_fill_of_the_right_level_and_modulation_wins_over_a_quiet_smooth_one(
    engines, loop, monkeypatch
):
    tried = trials_of(unet=(7.0, 9.0, 4.0), ar=(7.5, 2.0, 1.0), similarity=(20.0, 0.0, 0.0))
    monkeypatch.setattr(router, "try_engines", tried)
    assert names(routes(loop, Region(80000, 90000)))[:2] == ["ar", "unet"]


@pytest.mark.parametrize(("lsd_db", "first"), [(4.1, "unet"), (3.9, "similarity")])
def test_a_copy_of_another_sound_has_to_be_clearly_better(
    engines, loop, rng, monkeypatch, lsd_db, first
):
    tried = trials_of(unet=(5.0, 0.0, 0.0), ar=(9.0, 0.0, 0.0), similarity=(lsd_db, 0.0, 0.0))
    monkeypatch.setattr(router, "try_engines", tried)
    sound = 0.1 * rng.standard_normal((1, loop.frames)).astype(np.float32)
    noise = AudioClip(MemorySource(sound, RATE))
    assert names(routes(noise, Region(80000, 90000)))[0] == first


@pytest.mark.parametrize(("lsd_db", "first"), [(3.1, "unet"), (2.9, "ar")])
def test_a_prediction_has_to_be_clearly_better(engines, loop, monkeypatch, lsd_db, first):
    tried = trials_of(unet=(5.0, 0.0, 0.0), ar=(lsd_db, 0.0, 0.0), similarity=(9.0, 0.0, 0.0))
    monkeypatch.setattr(router, "try_engines", tried)
    assert names(routes(loop, Region(80000, 90000)))[0] == first


@pytest.mark.parametrize("milliseconds", [20, 50, 95])
def test_candidates_of_a_short_gap_begin_with_what_a_repair_makes(
    engines, loop, monkeypatch, milliseconds
):
    tried = trials_of(ar=(1.0, 0.0, 0.0), unet=(5.0, 0.0, 0.0), similarity=(1.0, 0.0, 0.0))
    monkeypatch.setattr(router, "try_engines", tried)
    region = Region(80000, 80000 + milliseconds * RATE // 1000)
    compared = routes(loop, region, compare=True)
    assert names(compared)[0] == names(routes(loop, region))[0] == "unet"
    assert [each.estimate.lsd_db for each in compared if each.estimate][1] == 1.0
