"""Passages are turned to the phase and brought to the level of the sound about a gap."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from uasrm_core.model.alignment import BINS, MOST_GAIN, align, evidence, nearness

COLUMNS, ROWS = 64, 32
START, END = 28, 36


def noise(*shape: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    parts = torch.randn((2, *shape), generator=generator)
    return torch.complex(parts[0], parts[1])


def about_gap() -> tuple[Tensor, Tensor]:
    """Return `sides` and `way` of a gap in the middle, for a batch of one."""
    columns = torch.arange(COLUMNS)
    before, after = columns < START, columns >= END
    sides = torch.stack([before * nearness(columns - START), after * nearness(columns - END)])
    way = ((columns - START) / (END - START)).clamp(0, 1)
    return sides[None], way[None]


def test_the_same_sound_again_is_left_as_it_is() -> None:
    sound = noise(1, ROWS, COLUMNS, seed=1)
    turned, coherence, gain = align(sound[:, None], sound, *about_gap())
    assert torch.allclose(turned[:, 0], sound, atol=1e-4)
    assert float(coherence.min()) == pytest.approx(1.0, abs=1e-4)
    assert float(gain.abs().max()) < 1e-4


def test_the_gap_itself_is_not_looked_at() -> None:
    sound, other = noise(1, ROWS, COLUMNS, seed=1), noise(1, ROWS, COLUMNS, seed=2)
    emptied = sound.clone()
    emptied[:, :, START:END] = 0
    for seen, blind in zip(
        align(other[:, None], sound, *about_gap()),
        align(other[:, None], emptied, *about_gap()),
        strict=True,
    ):
        assert torch.equal(seen, blind)


def test_a_passage_of_another_phase_and_level_is_fitted() -> None:
    sound = noise(1, ROWS, COLUMNS, seed=1)
    quieter = sound * 0.7 * complex(math.cos(1.0), math.sin(1.0))
    turned, coherence, gain = align(quieter[:, None], sound, *about_gap())
    assert torch.allclose(turned[:, 0], sound, atol=1e-3)
    assert float(coherence.min()) == pytest.approx(1.0, abs=1e-4)
    assert torch.allclose(gain, torch.tensor(-math.log(0.7)), atol=1e-3)


def test_pitches_are_judged_apart() -> None:
    sound, passage = noise(1, ROWS, COLUMNS, seed=1), noise(1, ROWS, COLUMNS, seed=2)
    passage[:, : ROWS // 2] = sound[:, : ROWS // 2]
    _, coherence, _ = align(passage[:, None], sound, *about_gap())
    clear = BINS // 2
    assert float(coherence[:, :, : ROWS // 2 - clear].min()) > 0.99
    assert float(coherence[:, :, ROWS // 2 + clear :].mean()) < 0.4


def test_a_passage_that_fits_before_the_gap_alone_is_trusted_less_towards_its_end() -> None:
    sound, passage = noise(1, ROWS, COLUMNS, seed=1), noise(1, ROWS, COLUMNS, seed=2)
    passage[:, :, :START] = sound[:, :, :START]
    _, coherence, _ = align(passage[:, None], sound, *about_gap())
    along = coherence[0, 0].mean(0)
    assert float(along[START]) > 0.99
    assert float(along[END - 1]) < 0.6
    assert bool((along[START : END - 1] >= along[START + 1 : END]).all())


def test_silence_stays_silent_and_gains_are_bounded() -> None:
    sound = noise(1, ROWS, COLUMNS, seed=1)
    nothing = torch.zeros_like(sound)
    passages = torch.stack([nothing, sound * 1e-3], dim=1)
    turned, coherence, gain = align(passages, sound, *about_gap())
    assert float(turned[:, 0].abs().max()) == 0.0
    assert float(coherence[:, 0].max()) < 1e-5
    assert float(gain.max()) == pytest.approx(math.log(MOST_GAIN))
    assert bool(torch.isfinite(turned.abs()).all())


def test_with_sound_on_one_side_that_side_decides() -> None:
    sound = noise(1, ROWS, COLUMNS, seed=1)
    sound[:, :, END:] = 0
    passage = sound.clone()
    _, coherence, _ = align(passage[:, None], sound, *about_gap())
    assert float(coherence[..., START : END - 1].min()) > 0.99


def test_what_explains_more_of_the_sound_has_more_to_be_said_for_it() -> None:
    found = evidence(torch.tensor([0.0, 0.3, 0.7, 0.9, 0.99, 1.0]))
    shares = torch.sigmoid(found)
    assert bool((found[1:] > found[:-1]).all())
    assert float(shares[1]) < 1e-3
    assert float(shares[-2]) > 0.999
    assert bool(torch.isfinite(found).all())
