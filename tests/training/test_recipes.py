"""Recipes: what files may say, and how their stages follow each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.cli.train import DEFAULT_RECIPE, SHORT_RECIPE
from uasrm_core.errors import DataError
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.network import TAKES_NAME
from uasrm_core.model.files import read_metadata
from uasrm_core.training import train
from uasrm_core.training.recipes import read_recipe, recipe_names, train_recipe
from uasrm_core.training.settings import Band, Objective, TrainSettings, examples_for

TWO_STAGES = """
damage.long.share = 0
damage.short.shortest_frames = 882
damage.short.longest_frames = 2205
damage.short.window_frames = 16384
[[stage]]
minutes = 0.05
batch = 4
model = { channels = [8, 8], context_frames = 2048, frequency_stride = 32 }
weights.waveform = 1

[[stage]]
minutes = 0.1
batch = 4
model = { channels = [8, 8], context_frames = 2048, frequency_stride = 32 }
fit.betas = [0.5, 0.9]
objective = "middle"
"""


# The gaps of the examples that the tests of training share.
BAND = Band("short", 882, 2205, 16384)


@pytest.fixture
def write(tmp_path):
    """Return a writer of recipes, which returns their names."""

    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_the_short_recipe_has_the_settings_that_are_the_defaults():
    (stage,) = read_recipe(SHORT_RECIPE).stages
    assert replace(stage, minutes=0.0) == replace(TrainSettings(), minutes=0.0)


def test_the_default_recipe_makes_the_smooth_model_and_from_it_the_one_that_draws():
    recipe = read_recipe(DEFAULT_RECIPE)
    model = Path("hybrid.safetensors")
    *earlier, smooth, first, second, drawing = recipe.models(model)
    assert (smooth, drawing.name) == (model, TAKES_NAME)
    assert len({*earlier, smooth, first, second, drawing}) == len(recipe.stages)
    objectives = [stage.objective for stage in recipe.stages]
    assert objectives == [*[Objective.MIDDLE] * (len(earlier) + 1), *[Objective.SAMPLES] * 3]
    assert all(stage.model == recipe.stages[0].model for stage in recipe.stages)
    assert all(abs(1.0 - _sum_of_shares(stage)) < 1e-9 for stage in recipe.stages)


def _sum_of_shares(stage):
    return stage.data.music.share + stage.data.speech.share + stage.data.sounds.share


def test_what_stands_above_the_stages_holds_for_all_of_them(write):
    text = "seed = 3\nobjective = 'middle'\n[data.speech]\nshare = 0.9\n[damage]\nlong.share = 0\n"
    recipe = read_recipe(write(f"{text}[[stage]]\n[[stage]]\nseed = 4\ndata.speech.share = 0.5\n"))
    first, second = recipe.stages
    assert [stage.seed for stage in recipe.stages] == [3, 4]
    assert [stage.data.speech.share for stage in recipe.stages] == [0.9, 0.5]
    assert first.objective is second.objective is Objective.MIDDLE
    assert [band.name for band in second.damage.bands] == ["short"]


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_that_ships_can_be_read(name):
    assert read_recipe(name).minutes > 0


def test_a_file_says_what_differs(write):
    first, second = read_recipe(write(TWO_STAGES)).stages
    assert (first.minutes, first.batch, first.model.channels) == (0.05, 4, (8, 8))
    assert first.weights == replace(TrainSettings().weights, waveform=1.0)
    assert second.fit == replace(TrainSettings().fit, betas=(0.5, 0.9))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one"),
        ("minutes = 3", "at least one"),
        ("stage = 3", "at least one"),
        ("[[stage]]\nminuets = 3", "no setting “minuets” in stage 1"),
        ("[[stage]]\nstart = 'x'", "no setting “start”"),
        ("[[stage]]\nminutes = 'long'", "“minutes” in stage 1"),
        ("[[stage]]\nminutes = -3", "“minutes” in stage 1"),
        ("[[stage]]\nminutes = true", "“minutes” in stage 1"),
        ("[[stage]]\nbatch = 2.5", "“batch” in stage 1"),
        ("[[stage]]\n[[stage]]\nfit = 3", "“fit” in stage 2"),
        ("[[stage]]\nfit.speed = 3", "no setting “speed” in “fit”"),
        ("[[stage]]\nmodel.channels = [3, 3]", "In “model” in stage 1"),
        ("[[stage", "is not TOML"),
        ("data.music.share = 'all'\n[[stage]]", "“share” in “music” in “data” in the recipe"),
        ("objective = 'best'\n[[stage]]", "one of samples, middle"),
        ("[[stage]]\nname = '../x'", "a name of small letters"),
        ("[[stage]]\nname = 'x'", "must be without a name"),
        ("[[stage]]\ndamage = { long.share = 0, short.share = 0 }", "gaps have a share"),
    ],
)
def test_what_a_recipe_may_not_say_is_told_in_a_sentence(write, text, said):
    with pytest.raises(DataError, match=r"\.$") as error:
        read_recipe(write(text))
    assert said in str(error.value)


@pytest.mark.parametrize(("name", "said"), [("hybird", "hybrid"), ("no/such.toml", "No such file")])
def test_a_recipe_that_there_is_not_is_told(name, said):
    with pytest.raises(DataError, match=said):
        read_recipe(name)


def test_another_time_is_shared_out_as_the_recipe_has_it(write):
    recipe = read_recipe(write(TWO_STAGES)).changed(minutes=30.0, seed=7, start="old.safetensors")
    assert [round(stage.minutes, 6) for stage in recipe.stages] == [10.0, 20.0]
    assert [stage.seed for stage in recipe.stages] == [7, 7]
    assert [stage.start for stage in recipe.stages] == ["old.safetensors", ""]
    assert recipe.stages[0].examples == examples_for(10.0)


@pytest.fixture
def run_stage(examples, clock):
    """Return what trains a stage from examples that are there already, and keeps its settings."""

    def run_stage(tracks, path, settings, **options):
        files = train.RunFiles(path, options["shared_examples"])
        if not files.folder.exists():
            files.folder.mkdir()
            if options["shared_examples"] is None:
                files.examples.symlink_to(examples)
        run_stage.starts.append(settings.start)
        run_stage.shared.append(options["shared_examples"])
        return train.train(tracks, path, settings, clock=clock, **options)

    run_stage.starts, run_stage.shared = [], []
    return run_stage


def test_each_stage_goes_on_from_the_one_before_and_the_model_holds_the_recipe(
    write, tracks, run_stage, tmp_path
):
    recipe = read_recipe(write(TWO_STAGES)).changed(examples=32)
    recipe = replace(recipe, stages=tuple(replace(s, validation_examples=8) for s in recipe.stages))
    model = tmp_path / "made.safetensors"
    last = train_recipe(tracks, model, recipe, origin={"data": "tones"}, run_stage=run_stage)
    assert run_stage.starts == ["", str(tmp_path / "made-1.safetensors")]
    assert run_stage.shared == [None, train.RunFiles(tmp_path / "made-1.safetensors").examples]
    assert last["step"] == 6
    metadata = read_metadata(model)
    assert metadata["recipe"] == TWO_STAGES
    assert metadata["data"] == "tones"


def shrink(recipe, seconds):
    """Return a recipe whose stages take so many seconds each, with small networks and gaps."""
    stages = []
    for stage in recipe.stages:
        damage = replace(stage.damage, short=BAND, long=replace(BAND, share=0.0))
        model = replace(stage.model, channels=(8, 8), context_frames=2048, frequency_stride=32)
        sizes = {"minutes": seconds / 60, "batch": 4, "examples": 32, "validation_examples": 8}
        stages.append(replace(stage, damage=damage, model=model, **sizes))
    return replace(recipe, stages=tuple(stages))


def test_the_default_recipe_runs_whole_and_goes_on_after_a_kill_between_stages(
    tracks, run_stage, tmp_path, music_like
):
    recipe = shrink(read_recipe(DEFAULT_RECIPE), seconds=1.0)
    model = tmp_path / "own.safetensors"

    def stop_before_sixth(tracks, path, settings, **options):
        if len(run_stage.starts) == 5:
            raise KilledError
        return run_stage(tracks, path, settings, **options)

    with pytest.raises(KilledError):
        train_recipe(tracks, model, recipe, run_stage=stop_before_sixth)
    third = train.RunFiles(recipe.models(model)[2]).log
    before = third.read_bytes()
    train_recipe(tracks, model, recipe, resume=True, run_stage=run_stage)
    assert third.read_bytes() == before
    paths = recipe.models(model)
    assert run_stage.starts[5:] == ["", *map(str, paths[:-1])]
    assert [path.exists() for path in paths] == [True] * len(recipe.stages)
    clip = AudioClip(MemorySource(music_like(1.0, channels=1), 44100))
    for path in (model, tmp_path / TAKES_NAME):
        assert read_metadata(path)["recipe"] == recipe.text
        result = api.repair(RepairJob(clip, (Region(20000, 22205),), engine="unet", model=path))
        assert [outcome.problem for outcome in result.outcomes] == [None]
        assert np.isfinite(result.best_patches[0].samples).all()


class KilledError(Exception):
    """A process that ends between two stages."""
