"""The three guesses of the network's engine: prediction, copy of an exemplar, and network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.inpainting.engine import Guess
from uasrm_core.inpainting.gap import Gap, silence_gap
from uasrm_core.inpainting.kind import CALM_TAKES_FROM_S, is_speech
from uasrm_core.inpainting.mix import (
    TAKES_FROM_S,
    is_nearer_than_copy,
    is_predictable,
    is_predicted,
    is_repeat,
    weigh_network,
)
from uasrm_core.inpainting.network_input import ChannelInput, NetworkInput, View
from uasrm_core.interpolation.fills import agreement_db, measure_doubts, measure_middle
from uasrm_core.model.backend import Backend
from uasrm_core.progress import Progress


def predict(known: NetworkInput) -> Guess:
    """Return the classical fill; sure in very short gaps, and where both its sides agree.

    Where only part of the spectrum is damaged it knows nothing of what is left.
    """
    gap, view = known.gap, known.view
    filled = silence_gap(gap)
    for channel, own in known.channels.items():
        filled[channel] = own.predicted
    is_sure = gap.shape is None and is_predicted(
        view.end - view.start, rate=view.rate, agreement_db=_measure_agreement_db(known)
    )
    return Guess(filled, predictions=_collect_continuations(known), is_sure=is_sure)


def copy_repeat(known: NetworkInput) -> Guess | None:
    """Return the best exemplar where it is the lost sound again, aligned to the frame.

    None where it is not, and where the prediction is likely to be nearer: where sound is so steady
    that all of it is like the rest.
    """
    gap, view = known.gap, known.view
    best = int(np.argmax(known.agreements))
    correlation = known.agreements[best]
    if gap.shape is not None or not is_repeat(correlation):
        return None
    if is_predictable(_measure_agreement_db(known)):
        return None
    predicted = sum(measure_middle(own.fills.best) for own in known.channels.values())
    if _is_short(known) and is_nearer_than_copy(
        predicted=predicted, doubt=measure_doubts(known.doubts.values()), correlation=correlation
    ):
        return None
    filled = silence_gap(gap)
    for channel, own in known.channels.items():
        rendered = own.model_input.exemplars[best]
        filled[channel] = _add_change(own, rendered, view, gap.rate)
    return Guess(filled, is_continuous=True, predictions=_collect_continuations(known))


def run_network(
    known: NetworkInput,
    network: Backend,
    progress: Progress,
    *,
    take: int | None = None,
) -> Guess:
    """Return what the network makes of the gap, one channel after the other.

    Its change to the classical fill is what is resampled and added, so that content above its band
    stays as the fill continues it.

    Parameters
    ----------
    take
        Which noise it is given, from 1 on; none with 0, or where it has no takes (None).
    """
    gap = known.gap
    filled = silence_gap(gap)
    for channel, own in known.channels.items():
        progress.report(channel / len(filled))
        noise = _draw_noise(gap, take, known.view.size, channel) if take else None
        rendered = network.render(own.model_input, noise)
        filled[channel] = _add_change(own, rendered, known.view, gap.rate)
    return Guess(filled, predictions=_collect_continuations(known), take=take)


def weigh_guesses(known: NetworkInput, prediction: Guess, learnt: Guess) -> Guess:
    """Return the mean of prediction and network, each as far as it is trusted."""
    weight = np.float32(measure_weight(known, prediction, learnt))
    mean = prediction.samples + weight * (learnt.samples - prediction.samples)
    return replace(learnt, samples=mean)


def measure_weight(known: NetworkInput, prediction: Guess, learnt: Guess) -> float:
    """Return the weight of the network's guess in a gap; see `mix.weigh_network`.

    It is 1 where the network has takes, or where only part of the spectrum is damaged.
    """
    if not _is_short(known):
        return 1.0
    return weigh_network(
        predicted=_measure_power(known, prediction.samples),
        doubt=measure_doubts(known.doubts.values()),
        apart=_measure_power(known, learnt.samples - prediction.samples),
    )


def _is_short(known: NetworkInput) -> bool:
    """Return whether all of the spectrum is lost for so short that there is one fill only."""
    return known.gap.shape is None and known.gap.duration_s < TAKES_FROM_S


def _measure_power(known: NetworkInput, samples: Samples) -> float:
    """Return the power of a gap in samples like `Gap.samples`, over all channels."""
    gap = known.gap
    return sum(measure_middle(samples[channel, gap.start : gap.end]) for channel in known.channels)


@dataclass(frozen=True)
class TakeChoice:
    """Which take is made of a gap, and how.

    Attributes
    ----------
    number
        From 1 on; 0 is the smooth fill, and None stands for a gap that has one fill only.
    share
        How far the network that draws it is on the way from that of smooth fills to that of takes.
    keeps_partials
        Whether it is given the partials of the smooth fill (`partials.join`).
    """

    number: int | None = None
    share: float = 0.0
    keeps_partials: bool = False


def choose_take(gap: Gap) -> TakeChoice:
    """Return the take that is to be made of a gap.

    What can be predicted, or is heard in the rest of the spectrum, is not drawn. The share of the
    way comes in halves: one for speech, one for a longer gap. A take that is asked for is drawn
    half the way at least. Takes of what is no speech keep the partials of the smooth fill.
    """
    if gap.shape is not None or gap.duration_s < TAKES_FROM_S:
        return TakeChoice()
    if gap.take == 0:
        return TakeChoice(0)
    speech = is_speech(gap)
    share = (speech + (gap.duration_s >= CALM_TAKES_FROM_S)) / 2
    number = int(share > 0.0) if gap.take is None else gap.take
    if gap.take is not None:
        share = max(share, 0.5)
    return TakeChoice(number, share, keeps_partials=number > 0 and not speech)


def _draw_noise(gap: Gap, take: int, frames: int, channel: int) -> Samples:
    """Return the noise of a take, ``(frames,)``: the same every time for a place and channel."""
    start = gap.start if gap.search is None else gap.search.start
    rng = np.random.default_rng([take, start, channel])
    return rng.standard_normal(frames, dtype=np.float32)


def _add_change(own: ChannelInput, rendered: Samples, view: View, rate: int) -> Samples:
    """Return a channel of `Gap.samples` with the gap as a window at the network's rate has it."""
    # outside the window nothing changes
    low, high = max(view.low, 0), min(view.low + view.size, len(own.known))
    change = np.zeros_like(own.known)
    change[low:high] = rendered[low - view.low : high - view.low] - own.known[low:high]
    changed = resample(change[None], view.rate, rate)[0]
    frames = len(own.predicted)
    # rounding of rates may leave a frame more or less
    change = np.pad(changed, (0, max(frames - len(changed), 0)))[:frames]
    return np.asarray(own.predicted + change, dtype=np.float32)


def _measure_agreement_db(known: NetworkInput) -> float:
    """Return how well the predictions from both sides agree."""
    return agreement_db([own.fills for own in known.channels.values()])


def _collect_continuations(known: NetworkInput) -> tuple[Samples, Samples]:
    """Return how the sound before goes on through the gap, and that after it backwards."""
    gap = known.gap
    forward, backward = np.zeros((2, len(gap.samples), gap.frames), dtype=np.float32)
    for channel, own in known.channels.items():
        forward[channel], backward[channel] = own.fills.forward, own.fills.backward
    return forward, backward
