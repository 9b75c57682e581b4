"""Training on next to nothing: it learns, it goes on after a stop, and it says what is missing."""

from __future__ import annotations

import copy
import importlib.util
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from uasrm_core.errors import Cancelled, DataError
from uasrm_core.inpainting.examples import splice_windows
from uasrm_core.metrics.distances import lsd_db
from uasrm_core.model import losses
from uasrm_core.model.checkpoint import load_model, save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import read_metadata
from uasrm_core.model.fit import FitSettings, Fitter
from uasrm_core.model.losses import LossWeights, loss_parts
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.progress import Progress
from uasrm_core.training import collate, dataset, loading, plots, train
from uasrm_core.training.corpus import Track
from uasrm_core.training.loading import BatchOrder, ShardBatches, load_batches
from uasrm_core.training.settings import (
    Band,
    BoxSettings,
    DamageSettings,
    DataSettings,
    examples_for,
)

TINY = HybridConfig(channels=(8, 8, 8))
# with windows of half the length and a quarter of the bands, for whole runs
BRIEF = replace(TINY, context_frames=2048, frequency_stride=32)
BAND = Band("short", 882, 2205, 16384)
DAMAGE = DamageSettings(short=BAND, long=replace(BAND, share=0.0))
# five steps by the tests' own clock
SETTINGS = train.TrainSettings(
    minutes=5 / 60, examples=32, validation_examples=8, batch=8, model=BRIEF, damage=DAMAGE
)


def test_examples_hold_the_gap_and_fills_near_the_clean_sound(examples):
    path = dataset.shards(examples, "train", BAND)[0]
    shard = dataset.read_shard(path)
    assert shard.clean.shape == (32, BAND.window_frames)
    for clean, fills, (start, end) in zip(shard.clean, shard.fills, shard.gaps, strict=True):
        assert 882 <= end - start <= 2205
        lost = clean[start:end].astype(float)
        error = fills[0, : end - start] - lost
        assert np.sum(error**2) < np.sum(lost**2)


def test_a_shard_with_the_earlier_names_of_its_fields_is_read(examples, tmp_path):
    path = dataset.shards(examples, "train", BAND)[0]
    shard = dataset.read_shard(path)
    content = dict(vars(shard))
    content["references"], content["levels"] = content.pop("exemplars"), content.pop("quantiles")
    np.savez(tmp_path / "earlier.npz", **content)
    earlier = dataset.read_shard(tmp_path / "earlier.npz")
    for name, value in vars(shard).items():
        assert np.array_equal(getattr(earlier, name), value)


def test_a_batch_holds_gaps_alike_in_length_each_in_its_window(examples, rng):
    shard = dataset.read_shard(dataset.shards(examples, "train", BAND)[0])
    short = replace(TINY, context_frames=4096)
    chosen = collate.group_rows_alike(shard, 8)
    assert sorted(np.concatenate(chosen).tolist()) == list(range(32))
    for rows in chosen:
        lengths = np.diff(shard.gaps[rows], axis=1)[:, 0]
        batch = collate.make_batch(shard, rows, rng, short)
        assert batch.clean.shape[1] == short.window_frames(int(lengths.max()))
        assert batch.given.gap.sum(-1).tolist() == lengths.tolist()
        assert batch.given.exemplars.shape[-1] == batch.clean.shape[1]
    longest = [np.diff(shard.gaps[rows], axis=1).max() for rows in chosen]
    assert longest == sorted(longest)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_some_of_what_is_learnt_from_is_heard_at_a_lower_rate(tracks, tmp_path, monkeypatch, share):
    kinds = ("music", "speech", "sounds")
    data = DataSettings(**{k: replace(DataSettings().of(k), slower=share) for k in kinds})
    monkeypatch.setattr(dataset, "SHARD_EXAMPLES", 12)
    dataset.prepare(
        tracks, tmp_path, band=BAND, split="train", examples=12, seed=1, data=data, processes=1
    )
    rates = set(dataset.read_shard(dataset.shards(tmp_path, "train", BAND)[0]).rates.tolist())
    assert rates == {44100.0} if share == 0.0 else min(rates) == 22050.0 and max(rates) < 44100.0


def silent_and_cut_off(folder):
    """Return a recording in which nothing sounds and one whose sound is missing."""
    soundfile.write(folder / "silent.wav", np.zeros(3 * 44100), 44100)
    soundfile.write(folder / "whole.wav", 0.1 * np.ones(3 * 44100), 44100)
    (folder / "cut.wav").write_bytes((folder / "whole.wav").read_bytes()[:44])
    return [
        Track(folder / name, "", "music", "train", 44100, 1, 3 * 44100)
        for name in ("silent.wav", "cut.wav")
    ]


@pytest.mark.parametrize(("number", "said"), [(0, "nearly silent"), (1, "cut.wav")])
def test_what_cannot_be_learnt_from_is_told_in_a_sentence(tmp_path, monkeypatch, number, said):
    monkeypatch.setattr(dataset, "MOST_SILENT_BLOCKS", 10)
    track = silent_and_cut_off(tmp_path)[number]
    with pytest.raises(DataError, match=said):
        dataset.prepare(
            [track], tmp_path, band=BAND, split="train", examples=32, seed=1, processes=1
        )
    assert not dataset.shards(tmp_path, "train", BAND)


def test_a_reader_goes_on_after_a_short_pause(rng):
    word = 0.1 * rng.standard_normal(8000).astype(np.float32)
    said = np.concatenate([np.zeros(16000, np.float32), word, np.zeros(24000, np.float32)])
    for _ in range(20):
        heard = dataset._trim_pauses(said, 16000, rng)
        assert 8000 <= len(heard) <= 8000 + 0.3 * 16000 + 2 * 160
        assert np.sum(heard**2) == pytest.approx(np.sum(word**2))
    nothing = np.zeros(800, np.float32)
    assert len(dataset._trim_pauses(nothing, 16000, rng)) == 800


def test_the_same_seed_makes_the_same_examples(tracks, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(dataset, "SHARD_EXAMPLES", 8)
    dataset.prepare(tracks, tmp_path, band=BAND, split="train", examples=8, seed=1, processes=1)
    a = dataset.read_shard(dataset.shards(examples, "train", BAND)[0])
    b = dataset.read_shard(dataset.shards(tmp_path, "train", BAND)[0])
    assert np.array_equal(a.clean[:8], b.clean)
    assert np.array_equal(a.fills[:8], b.fills)


def test_the_loss_is_nothing_for_the_clean_sound_and_grows_with_the_error(rng):
    clean = torch.from_numpy(rng.standard_normal((2, 16384)).astype(np.float32))
    gap = torch.zeros(2, 16384)
    gap[:, 7000:9000] = 1.0
    rates = torch.tensor([44100.0, 16000.0])
    losses = [
        float(loss_parts(clean * (1 - share * gap), clean, gap, rates).total(LossWeights()))
        for share in (0.0, 0.3, 0.9)
    ]
    assert losses[0] < 0.01
    assert losses[0] < losses[1] < losses[2]


def test_the_distance_is_what_evaluation_measures(rng):
    voice = 0.1 * rng.standard_normal(24000).astype(np.float32)
    start, end = 8000, 13000
    damaged = voice.copy()
    damaged[start:end] *= 0.4
    gap = np.zeros_like(voice)
    gap[start:end] = 1.0
    filled, clean, where = (torch.from_numpy(part[None]) for part in (damaged, voice, gap))
    parts = loss_parts(filled, clean, where, torch.tensor([16000.0]))
    measured = lsd_db(voice[None], damaged[None], start, end)
    assert float(parts.log_distance) == pytest.approx(measured, rel=0.1)


def test_the_waveform_counts_less_the_longer_a_gap_lasts(rng):
    clean = torch.from_numpy(rng.standard_normal((1, 16384)).astype(np.float32))
    gap = torch.zeros(1, 16384)
    gap[:, 6000:8200] = 1.0
    only = LossWeights(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    fast, slow = (
        float(loss_parts(clean * (1 - gap), clean, gap, torch.tensor([rate])).total(only))
        for rate in (44100.0, 16000.0)
    )
    # 50 ms, up to which it counts in full, and 138 ms
    assert fast == pytest.approx(1.0, abs=0.01)
    assert slow == pytest.approx((0.05 * 16000 / 2200) ** 2, abs=0.01)


def test_reversing_an_example_in_time_swaps_its_continuations(examples):
    shard = dataset.read_shard(dataset.shards(examples, "train", BAND)[0])

    class Always:
        def uniform(self, *args, **kwargs):
            return 0.0 if not kwargs else np.zeros(kwargs["size"])

        def integers(self, *args, size, **kwargs):
            return np.zeros(size, dtype=np.int64)

    plain = collate.make_batch(shard, np.array([0]), np.random.default_rng(0), TINY, augment=False)
    turned = collate.make_batch(shard, np.array([0]), Always(), TINY)
    given, turned_given = plain.given, turned.given
    assert torch.equal(turned.clean, -plain.clean.flip(-1))
    assert torch.equal(turned_given.gap, given.gap.flip(-1))
    assert torch.equal(turned_given.fills[:, 1], -given.fills[:, 2].flip(-1))
    assert torch.equal(turned_given.exemplars, -given.exemplars.flip(-1))
    assert torch.equal(turned_given.quantiles, given.quantiles)


def test_part_of_the_spectrum_is_damaged_in_a_share_of_the_batches(examples, rng):
    shard = dataset.read_shard(dataset.shards(examples, "train", BAND)[0])
    batch = collate.make_batch(shard, np.arange(8), rng, TINY, box=BoxSettings(share=1.0))
    given = batch.given
    assert given.mask is not None
    assert torch.equal(given.samples * (1 - given.gap), batch.clean * (1 - given.gap))
    differs = (given.samples - batch.clean).abs().amax(-1)
    assert differs.min() > 0.0
    assert given.mask.shape == (8, 1025, 33)
    assert given.mask.min() == 0.0
    assert given.mask.max() == 1.0
    batch = collate.make_batch(shard, np.arange(8), rng, TINY)
    assert batch.given.mask is None
    assert torch.equal(batch.given.samples, batch.clean)


def test_passages_stand_where_their_surroundings_fit(examples):
    shard = dataset.read_shard(dataset.shards(examples, "train", BAND)[0])
    fits = []
    for clean, exemplars, (start, end) in zip(
        shard.clean, shard.exemplars, shard.gaps, strict=True
    ):
        known = np.r_[start - 2000 : start, end : end + 2000]
        fits.append(np.corrcoef(clean[known], exemplars[0, known])[0, 1])
    # steady tones come round again, though rarely all four at once
    assert np.nanmedian(fits) > 0.5


def test_every_worker_of_a_loader_draws_other_batches(examples, monkeypatch):
    order = BatchOrder(replace(DAMAGE, box=BoxSettings(share=0.0)), 4, (3, 0, 0))
    drawn = []
    for number in (None, 0, 1):
        worker = None if number is None else SimpleNamespace(id=number)
        monkeypatch.setattr(loading, "get_worker_info", lambda worker=worker: worker)
        batches = load_batches(ShardBatches(examples, TINY, order), torch.device("cpu"))
        drawn.append([next(batches).clean for _ in range(2)])
    assert all(torch.equal(a, b) for a, b in zip(drawn[0], drawn[1], strict=True))
    assert any(a.shape != b.shape or not torch.equal(a, b) for a, b in zip(*drawn[1:], strict=True))


def test_averaged_weights_follow_slowly_and_are_taken_up_again(examples):
    model = torch.nn.Linear(2, 1)
    fitter = Fitter(model, FitSettings(average=0.9))
    means = [weight.clone() for weight in model.parameters()]
    for step in range(30):
        fitter.learn(model(torch.ones(1, 2)).square().sum(), 0.5)
        decay = 0.0 if step == 0 else min(0.9, (2 + step) / (11 + step))
        means = [
            m.lerp(w.detach(), 1 - decay) for m, w in zip(means, model.parameters(), strict=True)
        ]
    for own, wanted in zip(fitter.averaged.parameters(), means, strict=True):
        assert own.detach() == pytest.approx(wanted.detach(), abs=1e-6)
        assert not own.requires_grad
    other = Fitter(torch.nn.Linear(2, 1), FitSettings(average=0.9))
    other.restore(copy.deepcopy(fitter.state()))
    for one in (fitter, other):
        one.learn(one.model(torch.ones(1, 2)).square().sum(), 0.5)
    for own, wanted in zip(other.averaged.parameters(), fitter.averaged.parameters(), strict=True):
        assert torch.equal(own, wanted)


def test_a_few_steps_bring_the_loss_down(examples):
    torch.manual_seed(0)
    shard = dataset.read_shard(dataset.shards(examples, "train", BAND)[0])
    rng = np.random.default_rng(0)
    batch = collate.make_batch(shard, np.arange(8), rng, BRIEF, augment=False)
    clean, given = batch.clean, batch.given
    model = HybridInpainter(BRIEF)
    fitter = Fitter(model, FitSettings(peak_rate=3e-3))
    losses = []
    for _ in range(12):
        filled = splice_windows(batch, model(given))
        loss = loss_parts(filled, clean, given.gap, given.rates).total(LossWeights())
        losses.append(float(loss.detach()))
        fitter.learn(loss, 0.3)
    assert losses[-1] < 0.97 * losses[0]


def test_a_run_writes_a_model_with_its_origin_and_a_log(run_files, tracks, clock):
    last = train.train(tracks, run_files.model, SETTINGS, origin={"data": "tones"}, clock=clock)
    assert last["step"] == 5
    assert load_model(run_files.model).config == BRIEF
    metadata = read_metadata(run_files.model)
    assert metadata["data"] == "tones"
    assert json.loads(metadata["training"])["step"] == last["step"]
    entries = [json.loads(line) for line in run_files.log.read_text().splitlines()]
    assert entries[-1] == last
    # a fifth of the run is over, a step later at the latest, when its state is written
    assert [entry["step"] for entry in entries] == [2, 4, 5]
    assert last["figures"]["10-35"]["classical_snr"] > 0
    (events,) = run_files.folder.glob("events.out.tfevents.*")
    curves = EventAccumulator(str(events)).Reload()
    assert "validation/10-35 ms/lsd" in curves.Tags()["scalars"]
    told = curves.Scalars("validation/10-35 ms/lsd")
    assert [point.step for point in told] == [2, 4, 5]
    assert told[-1].value == pytest.approx(last["figures"]["10-35"]["lsd"], abs=1e-3)


@pytest.mark.pictures
def test_a_run_draws_its_curve_and_what_became_of_examples(run_files, tracks, clock):
    train.train(tracks, run_files.model, replace(SETTINGS, minutes=1 / 60), clock=clock)
    drawn = sorted(path.name for path in run_files.folder.glob("*.png"))
    assert drawn == ["curve.png", "example-short-1.png", "example-short-2.png"]


@pytest.mark.pictures
def test_without_the_packages_for_pictures_a_run_has_none(run_files, tracks, clock, monkeypatch):
    find = importlib.util.find_spec
    gone = ("matplotlib", "tensorboard")
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in gone else find(name)
    )
    train.train(tracks, run_files.model, replace(SETTINGS, minutes=1 / 60), clock=clock)
    assert run_files.model.exists()
    assert not [p for p in run_files.folder.iterdir() if p.suffix == ".png" or "events" in p.name]


def test_a_stopped_run_goes_on_where_it_was(run_files, tracks, clock):
    reports = []

    def stop(share, message):
        reports.append(message)
        if len([r for r in reports if r.startswith("step")]) >= 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        train.train(tracks, run_files.model, SETTINGS, progress=Progress(stop), clock=clock)
    assert not run_files.model.exists()
    with pytest.raises(DataError, match="--resume"):
        train.train(tracks, run_files.model, SETTINGS)
    run = train.Run(run_files, SETTINGS, {})
    run.restore()
    assert run.fitter.step == 2
    assert run.spent_s == 2.0
    last = train.train(tracks, run_files.model, SETTINGS, resume=True, clock=clock)
    assert last["step"] == 5
    assert run_files.model.exists()


def test_a_run_is_compared_with_the_model_that_it_started_from(run_files, tracks, clock, tmp_path):
    start = tmp_path / "start.safetensors"
    save_model(HybridInpainter(BRIEF), start, {})
    settings = replace(SETTINGS, start=str(start))
    train.train(tracks, run_files.model, settings, clock=clock)
    first, *_, last = plots.read_log(run_files.log)
    assert (first["step"], last["step"]) == (0, 5)
    assert json.loads(read_metadata(run_files.model)["before"]) == first
    steps = [json.loads(line) for line in run_files.steps.read_text().splitlines()]
    assert [entry["step"] for entry in steps] == [1, 2, 3, 4, 5]
    (example, _) = json.loads((run_files.folder / plots.LIST_NAME).read_text())
    low, high = example["gap"]
    sounds = {
        state: soundfile.read(run_files.folder / f"example-{example['name']}-{state}.wav")[0]
        for state in (*example["states"], "start")
    }
    for sound in sounds.values():
        # but for the crossfade at its edge
        assert np.array_equal(sound[: low - 441], sounds["clean"][: low - 441])
    assert not sounds["damaged"][low:high].any()
    # five steps of so small a network are not always heard, but it has learnt
    before, after = (load_model(path).state_dict() for path in (start, run_files.model))
    assert any(not torch.equal(before[name], after[name]) for name in before)


def test_recordings_that_leave_none_to_validate_on_are_refused(tracks, tmp_path):
    chosen = [track for track in tracks if track.split == "train"]
    with pytest.raises(DataError, match="validate"):
        train.train(chosen, tmp_path / "m.safetensors", SETTINGS)


@pytest.mark.parametrize(("minutes", "examples"), [(1.0, 320), (10.0, 850), (600.0, 5120)])
def test_a_longer_training_prepares_more_up_to_what_is_worth_it(minutes, examples):
    assert examples_for(minutes) == examples


def test_no_voice_drowns_the_others(tmp_path):
    def tracks(voice, count, seconds):
        frames = int(16000 * seconds)
        return [
            Track(tmp_path / f"{voice}{n}", "", "speech", "train", 16000, 1, frames, voice)
            for n in range(count)
        ]

    pool = [*tracks("reader", 600, 10.0), *tracks("child", 6, 1.0), *tracks("man", 60, 1.0)]
    rng = np.random.default_rng(0)
    drawn = [dataset._choose_voice(pool, DataSettings(), rng) for _ in range(2000)]
    assert all(len({track.voice for track in chosen}) == 1 for chosen in drawn)
    shares = {v: sum(c[0].voice == v for c in drawn) / 2000 for v in ("reader", "child", "man")}
    # by the root of the seconds, of which at most 600 count
    whole = 600**0.5 + 6**0.5 + 60**0.5
    for voice, seconds in (("reader", 600), ("child", 6), ("man", 60)):
        assert shares[voice] == pytest.approx(seconds**0.5 / whole, abs=0.04)


def test_voices_recorded_at_the_lowest_rate_count_as_much_as_is_asked_for(tmp_path):
    pool = [
        Track(tmp_path / str(rate), "", "speech", "train", rate, 1, rate * 60, str(rate))
        for rate in (16000, 44100)
    ]
    rng = np.random.default_rng(0)
    data = DataSettings(lowest_rate=0.25)
    drawn = [dataset._choose_voice(pool, data, rng)[0].rate for _ in range(2000)]
    assert drawn.count(16000) / 2000 == pytest.approx(0.2, abs=0.03)


def test_a_long_gap_at_a_low_rate_ends_after_a_second(rng):
    source = dataset._Source((), DataSettings(), Band("long", 4410, 30870, 65536), 0.03)
    lengths = [np.diff(dataset._place(10**6, source, 22050, rng))[0] for _ in range(300)]
    assert 4400 <= min(lengths) < 5000
    assert 21000 < max(lengths) <= 22050


def test_what_was_measured_without_gradients_can_be_learnt_from_next():
    losses._bands.cache_clear()
    clean = torch.sin(torch.arange(16384.0) / 20)[None]
    gap = torch.zeros_like(clean)
    gap[:, 6000:10000] = 1.0
    filled = (clean * (1 - 0.5 * gap)).requires_grad_()
    rates = torch.tensor([44100.0])
    with torch.inference_mode():
        loss_parts(filled, clean, gap, rates)
    loss_parts(filled, clean, gap, rates).total(LossWeights()).backward()
    assert filled.grad is not None
    assert torch.all(filled.grad[gap > 0].isfinite())
