"""How a fill is let in: in the region, within the fades, within the band, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from uasrm_core.audio.shape import box
from uasrm_core.inpainting import splice as splice_module
from uasrm_core.inpainting.examples import Batch, splice_windows
from uasrm_core.inpainting.mix import is_predicted
from uasrm_core.inpainting.splice import (
    INNER_MOST_S,
    LONGER_S,
    SHAPE_TRANSITION_HZ,
    crossfade_frames,
    splice,
)
from uasrm_core.interpolation.fills import ClassicalFills, agreement_db
from uasrm_core.metrics.onsets import edge_strengths
from uasrm_core.model.unet import GapBatch

RATE = 44100
START, END = 30000, 45000


@pytest.fixture
def windows(rng):
    damaged = rng.standard_normal((2, 80000)).astype(np.float32)
    filled = rng.standard_normal((2, 80000)).astype(np.float32)
    return damaged, filled


def power_spectrum(samples):
    stretch = samples[:, START - 4000 : END + 4000]
    return np.abs(np.fft.rfft(stretch * np.blackman(stretch.shape[1]))) ** 2


def test_the_region_is_the_fill_and_the_rest_is_untouched(windows):
    damaged, filled = windows
    mended = splice(damaged, filled, START, END, RATE, None)
    fade = crossfade_frames(RATE)
    assert mended[:, START:END] == pytest.approx(filled[:, START:END], abs=1e-6)
    assert np.array_equal(mended[:, : START - fade], damaged[:, : START - fade])
    assert np.array_equal(mended[:, END + fade :], damaged[:, END + fade :])


def test_a_constant_step_is_faded_without_a_jump():
    damaged = np.zeros((1, 80000), dtype=np.float32)
    filled = np.ones((1, 80000), dtype=np.float32)
    mended = splice(damaged, filled, START, END, RATE, None)
    assert np.max(np.abs(np.diff(mended))) < 2 * np.pi / 2 / crossfade_frames(RATE)


@pytest.mark.parametrize("band", [(800.0, 2000.0), (0.0, 500.0), (9000.0, RATE / 2)])
def test_a_band_leaves_the_rest_of_the_spectrum_as_it_was(windows, band):
    damaged, filled = windows
    change = splice(damaged, filled, START, END, RATE, box(START, END, *band)) - damaged
    changed, local = power_spectrum(change), power_spectrum(damaged)
    hz = np.fft.rfftfreq(END - START + 8000, 1 / RATE)
    below, above = band[0] - hz, hz - band[1]
    outside = (below > SHAPE_TRANSITION_HZ) | (above > SHAPE_TRANSITION_HZ)
    near = outside & (below < 3 * SHAPE_TRANSITION_HZ) & (above < 3 * SHAPE_TRANSITION_HZ)
    for where in (near, outside):
        assert 10 * np.log10(changed[:, where].mean() / local[:, where].mean()) < -60


def test_a_band_is_replaced_fully(windows):
    damaged, filled = windows
    mended = splice(damaged, filled, START, END, RATE, box(START, END, 1000.0, 3000.0))
    left = np.fft.rfft((mended - filled)[:, START + 4000 : END - 4000] * np.blackman(7000))
    whole = np.fft.rfft((damaged - filled)[:, START + 4000 : END - 4000] * np.blackman(7000))
    hz = np.fft.rfftfreq(7000, 1 / RATE)
    middle = (hz > 1200) & (hz < 2800)
    ratio = np.sum(np.abs(left[:, middle]) ** 2) / np.sum(np.abs(whole[:, middle]) ** 2)
    assert 10 * np.log10(ratio) < -50


def joined(damaged, filled, sides=(True, True)):
    return splice(damaged, filled, START, END, RATE, None, joined=sides)


def test_a_joined_fill_touches_no_more_and_is_whole_within(windows):
    damaged, filled = windows
    mended = joined(damaged, filled)
    fade, inner = crossfade_frames(RATE), round(INNER_MOST_S * RATE)
    assert np.array_equal(mended[:, : START - fade], damaged[:, : START - fade])
    assert np.array_equal(mended[:, END + fade :], damaged[:, END + fade :])
    within = slice(START + inner, END - inner)
    assert mended[:, within] == pytest.approx(filled[:, within], abs=1e-6)


def test_at_a_joined_edge_the_sound_goes_on(tone, rng):
    clean = tone(440.0, 2.0, amplitude=0.3)
    damaged, filled = clean.copy(), 0.3 * rng.standard_normal(clean.shape).astype(np.float32)
    damaged[:, START:END] = 0.0
    near = round(0.001 * RATE)
    edges = np.r_[START : START + near, END - near : END]
    plain = splice(damaged, filled, START, END, RATE, None)
    left = [float(np.std((made - clean)[:, edges])) for made in (plain, joined(damaged, filled))]
    assert left[1] < 0.95 * left[0]


def test_most_of_a_short_joined_fill_is_left_whole(windows):
    damaged, filled = windows
    end = START + round(0.03 * RATE)
    mended = splice(damaged, filled, START, end, RATE, None, joined=(True, True))
    quarter = (end - START) // 4
    within = slice(START + quarter + 1, end - quarter - 1)
    assert mended[:, within] == pytest.approx(filled[:, within], abs=1e-5)
    first = slice(START, START + quarter - 1)
    assert not np.allclose(mended[:, first], filled[:, first], atol=0.05)


def test_where_something_would_begin_at_an_edge_the_crossing_is_longer(rng):
    time = np.arange(3 * RATE) / RATE
    clean = sum(0.1 * np.sin(2 * np.pi * hz * time) for hz in (311.0, 440.0, 622.0, 1250.0))
    clean = (clean + 0.001 * rng.standard_normal(len(time)))[None].astype(np.float32)
    start, end = RATE, RATE + RATE // 2
    damaged, filled = clean.copy(), clean.copy()
    damaged[:, start:end] = 0.0
    # before the gap's end it is much too quiet
    filled[:, start:end] *= np.linspace(1.0, 0.0, end - start, dtype=np.float32)
    mended = splice(damaged, filled, start, end, RATE, None, joined=(True, True))
    assert edge_strengths(mended, start, end, RATE)[1] < edge_strengths(filled, start, end, RATE)[1]
    usual, longest = (round(s * RATE) for s in (INNER_MOST_S, LONGER_S[-1]))
    before = slice(end - longest + 100, end - usual - 100)
    assert np.std(mended[:, before]) > 2.0 * np.std(filled[:, before])
    # where it goes on as it did, the crossing stays short
    after = slice(start + usual + 1, start + longest)
    assert mended[:, after] == pytest.approx(filled[:, after], abs=1e-5)


def test_noise_that_no_prediction_goes_on_with_does_not_begin_at_an_edge(rng):
    """Steady tones over noise: the fill has the tones, and prediction too, but no noise."""
    time = np.arange(80000) / RATE
    tones = sum(0.2 * np.sin(2 * np.pi * hz * time) for hz in (220, 330, 500))[None]
    damaged = (tones + 0.03 * rng.standard_normal((1, 80000))).astype(np.float32)
    filled = damaged.copy()
    filled[:, START:END] = tones[:, START:END]
    predictions = tones[:, START:END].astype(np.float32), tones[:, START:END].astype(np.float32)
    mended = splice(
        damaged, filled, START, END, RATE, None, joined=(True, True), predictions=predictions
    )
    assert max(edge_strengths(mended, START, END, RATE)) < 1.0
    middle = slice(START + 3000, END - 3000)
    assert mended[:, middle] == pytest.approx(filled[:, middle], abs=1e-6)


def test_one_side_alone_may_be_joined(windows):
    damaged, filled = windows
    inner = round(INNER_MOST_S * RATE)
    mended = joined(damaged, filled, (True, False))
    after, before = slice(END - inner, END), slice(START, START + inner)
    assert np.allclose(mended[:, after], filled[:, after], atol=1e-5)
    assert not np.allclose(mended[:, before], filled[:, before], atol=0.1)


@pytest.mark.parametrize("place", [(0, 20000), (60000, 80000), (0, 80000)])
def test_where_there_is_no_sound_to_go_on_from_the_fill_is_whole(windows, place):
    damaged, filled = windows
    mended = splice(damaged, filled, *place, RATE, None, joined=(True, True))
    inner = round(LONGER_S[-1] * RATE)
    inside = slice(place[0] + inner * (place[0] > 0), place[1] - inner * (place[1] < 80000))
    assert mended[:, inside] == pytest.approx(filled[:, inside], abs=1e-5)


def test_predictions_that_are_given_are_what_a_fill_is_crossed_with(windows):
    # quieter than the predictions, which have none of their noise
    damaged, filled = (0.1 * window for window in windows)
    inner = round(INNER_MOST_S * RATE)
    shape = (2, END - START)
    predictions = np.full(shape, 0.25, np.float32), np.full(shape, -0.5, np.float32)
    sides = {"joined": (True, True), "predictions": predictions}
    mended = splice(damaged, filled, START, END, RATE, None, **sides)
    # next to the edge the prediction weighs most
    first, last = mended[:, START : START + inner // 16], mended[:, END - inner // 16 : END]
    left = filled[:, START : START + inner // 16], filled[:, END - inner // 16 : END]
    assert np.mean(np.abs(first - 0.25)) < 0.6 * np.mean(np.abs(left[0] - 0.25))
    assert np.mean(np.abs(last + 0.5)) < 0.6 * np.mean(np.abs(left[1] + 0.5))


def batch_of(clean, forward, backward, rate, span, *, is_partial=False):
    """Return a window as a training has it."""
    start, end = span
    gap = np.zeros_like(clean)
    gap[:, start:end] = 1.0
    fills = np.zeros((1, 3, clean.shape[1]), np.float32)
    fills[:, 0, start:end] = (forward + backward) / 2
    fills[:, 1, start:end], fills[:, 2, start:end] = forward, backward
    empty = torch.zeros(1, 1, 1)
    tensors = (torch.from_numpy(each) for each in (clean, fills, gap))
    mask = torch.ones(1, 1, 1) if is_partial else None
    return Batch(
        torch.from_numpy(clean), GapBatch(*tensors, empty, empty, torch.tensor([float(rate)]), mask)
    )


@pytest.mark.parametrize("rate", [16000, 44100])
@pytest.mark.parametrize("gap_s", [0.008, 0.05, 0.3])
@pytest.mark.parametrize("apart", [0.125, 1.0])
def test_what_the_loss_compares_is_what_is_heard(rng, monkeypatch, rate, gap_s, apart):
    # of crossfades of the usual length
    monkeypatch.setattr(splice_module, "edge_strengths", lambda *_: None)
    start, end = rate // 2, rate // 2 + round(gap_s * rate)
    clean, rendered = rng.standard_normal((2, 1, 2 * rate)).astype(np.float32)
    forward, other = rng.standard_normal((2, 1, end - start)).astype(np.float32)
    backward = forward + apart * (other - forward)
    known = clean.copy()
    known[:, start:end] = (forward + backward) / 2
    guesses = ClassicalFills(known[0, start:end], forward[0], backward[0])
    agreement = agreement_db([guesses])
    filled = known if is_predicted(end - start, rate=rate, agreement_db=agreement) else rendered
    damaged = clean.copy()
    damaged[:, start:end] = 0.0
    heard = splice(
        damaged,
        filled,
        start,
        end,
        rate,
        None,
        joined=(True, True),
        predictions=(forward, backward),
    )
    batch = batch_of(clean, forward[0], backward[0], rate, (start, end))
    compared = splice_windows(batch, torch.from_numpy(rendered)).numpy()
    assert compared == pytest.approx(heard, abs=2e-6)


def test_a_loss_has_gradients_where_all_is_silent():
    silence = np.zeros((1, 8000), np.float32)
    rendered = torch.zeros(1, 8000, requires_grad=True)
    batch = batch_of(silence, silence[0, :2000], silence[0, :2000], 16000, (3000, 5000))
    splice_windows(batch, rendered).square().sum().backward()
    assert torch.isfinite(rendered.grad).all()
