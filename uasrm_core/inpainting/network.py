"""The network's engine: takes its guess, or the prediction, or a copy of an exemplar."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from uasrm_core.inpainting.condition import CONTEXT_S, REACH_S, Conditioning, condition
from uasrm_core.inpainting.damage import are_louder
from uasrm_core.inpainting.engine import Engine, Guess, refuse_longer
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.guesses import (
    TakeChoice,
    choose_take,
    copy_repeat,
    predict,
    run_network,
    weigh_guesses,
)
from uasrm_core.inpainting.kind import is_narrow, is_speech
from uasrm_core.inpainting.mix import mix
from uasrm_core.inpainting.noise import find_noise, uncover
from uasrm_core.inpainting.partials import join
from uasrm_core.model.backend import Backend
from uasrm_core.model.choose_backend import load_backend
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import model_id
from uasrm_core.progress import Progress

LONGEST_S = 5.0
# Beside a model file, the weights that takes are drawn with; a model that has none there and knows
# of noise draws them itself.
TAKES_NAME = "takes.safetensors"
# Beside those, changes to them for speech with nothing above 8 kHz.
NARROW_NAME = "takes-narrow.safetensors"


class NetworkEngine(Engine):
    """Runs a model file at the recording's own rate, or the nearest that it works at.

    Parameters
    ----------
    path
        The model file.
    load
        What runs networks; by default what suits this machine best.
    """

    name = "unet"
    needs_crossfade = True
    context_s = CONTEXT_S
    reach_s = REACH_S

    def __init__(self, path: Path, load: Callable[..., Backend] | None = None) -> None:
        self.path = path
        self._load = load or load_backend
        self._network = self._load(path)
        self._beside = path.with_name(TAKES_NAME)
        self._narrow = path.with_name(NARROW_NAME)
        files = [path]
        if self._beside.exists():
            files += [file for file in (self._beside, self._narrow) if file.exists()]
        self.model_id = ", ".join(model_id(file) for file in files)

    @property
    def config(self) -> HybridConfig:
        """The network's sizes."""
        return self._network.config

    @property
    def network(self) -> Backend:
        """The network that is at work where no take is drawn."""
        return self._network

    @cached_property
    def _drawing(self) -> Backend | None:
        """The network that takes of speech are drawn with in longer gaps, if there is one."""
        if self._beside.exists():
            return self._load(self._beside)
        return self._network if self._network.knows_noise else None

    @cached_property
    def _drawing_narrow(self) -> Backend | None:
        """The network that takes of speech with nothing above 8 kHz are drawn with."""
        if not (self._beside.exists() and self._narrow.exists()):
            return self._drawing
        return self._load(self._beside, changes=self._narrow)

    @cached_property
    def _drawing_calmly(self) -> Backend | None:
        """The network that other takes are drawn with: the mean of both others."""
        drawing = self._drawing
        if drawing is None or not self._beside.exists() or drawing.config != self.config:
            return drawing
        return self._load(self.path, self._beside)

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the gap filled; see `Engine.fill`.

        Raises
        ------
        RepairError
            The gap is longer than `LONGEST_S`.
        """
        refuse_longer(known.gap, LONGEST_S)
        gap = known.gap
        # who asks for a take of a gap wants all of it anew
        is_new = gap.shape is None and gap.take is not None
        noise = None if is_new else find_noise(gap)
        cleared, is_clear = known.remove_tones()
        has_tones = cleared.gap is not gap
        # tones, if there are many, look like noise
        if noise is not None and not (has_tones and find_noise(cleared.gap) is None):
            # how it would be filled if nothing sounded there
            whole = condition(replace(gap, shape=None, take=0), progress)
            filled = self._fill(whole, progress).samples
            return Guess(uncover(gap, filled, noise), is_continuous=True, is_uncovered=True)
        if has_tones and not is_speech(gap):
            # music has tones of its own
            is_laid_over = are_louder(gap.samples - cleared.gap.samples, gap)
            if not is_laid_over and known.for_network(self.config).is_intact:
                return Guess(gap.samples)
        return Guess(cleared.gap.samples) if is_clear else self._fill(cleared, progress)

    def _fill(self, known: Conditioning, progress: Progress) -> Guess:
        seen = known.for_network(self.config)
        if seen.is_intact:
            return Guess(known.gap.samples)
        gap = known.gap
        choice = TakeChoice() if self._drawing is None else choose_take(gap)
        network = self._choose_network(choice.share, gap)
        prediction = predict(seen)

        def ask_network() -> Guess:
            if not choice.keeps_partials:
                learnt = run_network(seen, network, progress, take=choice.number)
                return weigh_guesses(seen, prediction, learnt)
            drawn = run_network(seen, network, progress.part(0.0, 0.5), take=choice.number)
            smooth = run_network(seen, self._network, progress.part(0.5, 1.0), take=0)
            return replace(drawn, samples=join(gap, smooth.samples, drawn.samples))

        return mix(prediction, copy_repeat(seen), ask_network)

    def _choose_network(self, share: float, gap: Gap) -> Backend:
        """Return the network so far on the way to that of takes; see `choose_take`."""
        if share == 0.0:
            return self._network
        if share < 1.0:
            return self._drawing_calmly or self._network
        return (self._drawing_narrow if is_narrow(gap) else self._drawing) or self._network

    def with_networks(self, change: Callable[[Backend], Backend], name: str) -> NetworkEngine:
        """Return this engine with each of its networks changed, named after these and `name`."""
        other = copy.copy(self)
        changed: dict[Backend | None, Backend | None] = {None: None}
        for attribute in ("_network", "_drawing", "_drawing_narrow", "_drawing_calmly"):
            network = getattr(self, attribute)
            # one network may stand for several
            if network not in changed:
                changed[network] = change(network)
            other.__dict__[attribute] = changed[network]
        other.model_id = f"{self.model_id} adapted {name}"
        return other
