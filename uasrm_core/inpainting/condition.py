"""The conditioning of a gap: all that an engine may look at.

Repairs, the router's trials, adaptation to a recording and training all call `condition`, so that
every engine sees the same of a gap, and the network is asked what it was taught. Each part of a
`Conditioning` is made when an engine first asks for it, since most engines need few of them:

1. `cutting.cut_gap` cuts the window, rotates the channels and marks the damage (`Gap`);
2. `Conditioning.remove_tones`: steady tones over part of the spectrum taken away;
3. `Conditioning.fills`: classical fills at the recording's own rate, from up to 2 s on each side;
4. `Conditioning.find_exemplars`: the exemplars within reach whose surroundings fit best;
5. `Conditioning.for_network`: fills and sound at the network's rate, the two best exemplars,
   spectral quantiles over the reach, and the damage mask (`network_input`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.region import Region
from uasrm_core.audio.resample import resample
from uasrm_core.exemplars.finder import Exemplar, cut_padded
from uasrm_core.exemplars.quantiles import EXEMPLARS
from uasrm_core.inpainting.cutting import cut_gap, hide
from uasrm_core.inpainting.damage import remove_tones
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.network_input import (
    NetworkInput,
    View,
    build_network_input,
    keep_window,
)
from uasrm_core.interpolation.fills import ClassicalFills, best_fill, classical_fills
from uasrm_core.model.backend import ModelInput
from uasrm_core.model.config import HybridConfig
from uasrm_core.progress import Progress

# At the lowest rate, windows are as long as this on both sides of a gap.
CONTEXT_S = 2.0
# Exemplars and spectral quantiles come from so much of the recording on each side.
REACH_S = 20.0


@dataclass(frozen=True, eq=False)
class Conditioning:
    """All that is known about a gap; its parts are made when they are asked for.

    Attributes
    ----------
    progress
        Asked for a cancel while parts are made.
    """

    gap: Gap
    progress: Progress
    _fills: dict[int, ClassicalFills] = field(default_factory=dict)

    def fills(self, channel: int) -> ClassicalFills:
        """Return the classical fills of a channel at the recording's rate."""
        if channel not in self._fills:
            gap = self.gap
            row = gap.samples[channel]
            self._fills[channel] = classical_fills(row, gap.start, gap.end, gap.rate)
            self.progress.check()
        return self._fills[channel]

    def best_fill(self, channel: int) -> Samples:
        """Return the best of the fills alone, ``(gap frames,)``, and that of a click quickly."""
        if channel in self._fills:
            return self._fills[channel].best
        gap = self.gap
        return best_fill(gap.samples[channel], gap.start, gap.end, gap.rate)

    def find_exemplars(self, count: int = EXEMPLARS) -> list[Exemplar]:
        """Return the exemplars within the gap's reach whose surroundings fit best."""
        assert self.gap.search is not None
        return self.gap.search.find_exemplars(count, self.progress)

    def read_exemplar(self, exemplar: Exemplar) -> Samples:
        """Return an exemplar in the place of `Gap.samples`, ``(channels, frames)``."""
        search, gap = self.gap.search, self.gap
        assert search is not None
        low = search.start - gap.start + exemplar.shift_frames
        return search.read(low, low + gap.samples.shape[1])

    def remove_tones(self) -> tuple[Conditioning, bool]:
        """Return what is known once steady tones over part of the spectrum are taken away.

        The second value tells whether they were all the damage (`damage.remove_tones`).
        """
        if self.gap.shape is None:
            return self, False
        gap, is_clear = remove_tones(self.gap, self.progress)
        return condition(gap, self.progress), is_clear

    def for_network(
        self, config: HybridConfig, *, place_window: Callable[[View], View] = keep_window
    ) -> NetworkInput:
        """Return what the network is given; see `network_input.build_network_input`."""
        return build_network_input(self, config, place_window)


def condition(gap: Gap, progress: Progress) -> Conditioning:
    """Return everything that an engine may look at to fill a gap.

    What the gap's samples hold in the gap is damage: the fills, the exemplars and the network's
    input take nothing from there, except where a box or shape leaves sound.
    """
    return Conditioning(gap, progress)


@dataclass(frozen=True, eq=False)
class Example:
    """A gap in intact sound: what the network is given, and what was there.

    Attributes
    ----------
    clean
        ``(frames,)``: the window as it was.
    agreements
        See `NetworkInput.agreements`.
    """

    clean: Samples
    model_input: ModelInput
    view: View
    agreements: tuple[float, ...]


def build_example(
    clip: AudioClip,
    region: Region,
    unrepaired: tuple[Region, ...],
    config: HybridConfig,
    progress: Progress,
    *,
    place_window: Callable[[View], View] = keep_window,
) -> Example | None:
    """Hide a stretch of intact sound, and return the loudest axis of it as something to learn from.

    None where that is silent all around.

    Raises
    ------
    RepairError
        There is too little sound about it; the message says why.
    Cancelled
        The user asked to stop.
    """
    opened = cut_gap(hide(clip, region), region, unrepaired, context_s=CONTEXT_S, reach_s=REACH_S)
    known = condition(opened.loudest(), progress).for_network(config, place_window=place_window)
    if 0 not in known.channels:
        return None
    view = known.view
    whole = resample(opened.read_axis(clip), clip.rate, view.rate)[0]
    clean = cut_padded(whole, view.low, view.low + view.size)
    return Example(clean, known.channels[0].model_input, view, known.agreements)
