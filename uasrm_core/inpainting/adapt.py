"""Adapting the network to the recording, on its own intact sound, before it repairs it.

What is learnt is tried out on gaps elsewhere in the recording and kept only if it comes nearer
there. It is kept as long as the recording is open.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from uasrm_core.audio.clip import AudioClip, AudioSource, silence_unplayable
from uasrm_core.audio.region import Region, meets
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.condition import build_example
from uasrm_core.inpainting.engine import Engine
from uasrm_core.inpainting.job import Adaptation, RepairJob
from uasrm_core.inpainting.mix import is_repeat, trial_score
from uasrm_core.inpainting.registry import ADAPTABLE, load_engine
from uasrm_core.optional import has_torch
from uasrm_core.progress import Progress
from uasrm_core.translation import mark, tr

if TYPE_CHECKING:
    from uasrm_core.inpainting.examples import Batch
    from uasrm_core.inpainting.network import NetworkEngine
    from uasrm_core.model.backend import Backend
    from uasrm_core.model.torch_backend import TorchBackend

# It ends by then, whatever has been learnt; on two idle cores it is done in about half of that.
LIMIT_S = 60.0
# Of the limit, collecting may take so much, and learning must leave the rest for the trials.
COLLECTED_BY, LEARNT_BY = 0.45, 0.85
EXAMPLES, LEAST_EXAMPLES = 40, 8
TRIALS, LEAST_TRIALS = 12, 6
# Gaps that the network is asked for; shorter ones are interpolated.
LENGTHS_S = (0.04, 0.5)
# Of a long recording, so much about what is to be repaired.
SEARCHED_S = 300.0
MARGIN_S = 0.05
QUIET_DB = 20.0
TRIES = 400
SEED = 20
# Twelve trials are few: a gain smaller than this is taken for chance.
LEAST_GAIN_DB = 0.02

NO_TORCH = mark(
    "Adapting needs PyTorch, which is not installed here: the network was used as it comes."
)

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Collected:
    """Gaps in the intact sound of a recording, as the network is given them.

    Attributes
    ----------
    examples, trials
        What is learnt from, and what tells whether that helps: no frame is in gaps of both.
    spans
        The frames of all those gaps.
    """

    examples: tuple[Batch, ...]
    trials: tuple[Batch, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, eq=False)
class _Known:
    """What came of an adaptation; the engine is None where none is kept."""

    adaptation: Adaptation
    engine: Engine | None = None
    spans: tuple[Span, ...] = ()


_known: WeakKeyDictionary[AudioSource, dict[Path | None, _Known]] = WeakKeyDictionary()


def adapt(
    job: RepairJob, progress: Progress, *, clock: Callable[[], float] = time.monotonic
) -> tuple[Adaptation, Engine | None]:
    """Fit the network to a job's recording, or take what was fitted to it before.

    Nothing is learnt from the job's regions, from other damage that it tells of, nor from what
    repairs have made up. What was learnt from a place that has turned out to be damaged is dropped
    and learnt anew.

    Returns
    -------
    What came of it, and the adapted engine if it is kept.

    Raises
    ------
    ModelError
        The model file is missing, damaged or of another version.
    Cancelled
        The user asked to stop; nothing is kept.
    """
    if not job.needs_model or job.engine not in ADAPTABLE:
        sentence = tr("Nothing here asks the network, so it was not adapted.")
        return Adaptation(sentence, is_new=False), None
    if not has_torch():
        return Adaptation(tr(NO_TORCH), is_new=False), None
    known = _known.setdefault(job.clip.source, {})
    damaged = _list_damage(job)
    before = known.get(job.model)
    if before is not None and not any(meets(*span, damaged) for span in before.spans):
        return replace(before.adaptation, is_new=False), before.engine
    known[job.model] = done = _adapt_anew(job, damaged, progress, clock)
    return done.adaptation, done.engine


def collect(
    clip: AudioClip,
    damaged: Sequence[Region],
    network: TorchBackend,
    progress: Progress,
    *,
    about: int,
    examples: int,
    trials: int,
    is_late: Callable[[], bool] = lambda: False,
) -> Collected:
    """Cut gaps into intact sound, the same ones every time.

    Parameters
    ----------
    about
        The frame whose surroundings are searched where the recording is long.
    examples, trials
        How many gaps to learn from and to try; there may be fewer.
    is_late
        Asked before every gap; once it answers true, those that there are have to do.

    Raises
    ------
    Cancelled
        The user asked to stop.
    """
    ahead = min(about + round(SEARCHED_S * clip.rate), clip.frames)
    clip.prepare(ahead, progress.part(0.0, 0.0))
    from uasrm_core.inpainting.examples import example_batch

    wanted = trials + examples
    found: list[Batch] = []
    spans: list[Span] = []
    for start, end in _draw_places(clip, damaged, about, trials):
        progress.report(len(found) / wanted, tr("Learning from the undamaged sound"))
        if len(found) == wanted or is_late():
            break
        try:
            region = Region(start, end)
            example = build_example(clip, region, tuple(damaged), network.config, progress)
        except RepairError:
            continue
        # where the sound comes again the network is not asked
        if example is not None and not is_repeat(max(example.agreements)):
            found.append(example_batch(example, network.device))
            spans.append((start, end))
    # Trials come first: where little is intact, they must not be what is missing.
    return Collected(tuple(found[trials:]), tuple(found[:trials]), tuple(spans))


def load_learner(model: Path | None) -> tuple[NetworkEngine, TorchBackend]:
    """Return the network's engine run by PyTorch, which can learn, and the network.

    Raises
    ------
    ModelError
        The model file is missing, damaged or of another version.
    """
    from uasrm_core.inpainting.network import NetworkEngine
    from uasrm_core.model.torch_backend import TorchBackend

    engine = load_engine("unet", model)
    assert isinstance(engine, NetworkEngine)
    if not isinstance(engine.network, TorchBackend):
        engine = NetworkEngine(engine.path, TorchBackend.load)
    assert isinstance(engine.network, TorchBackend)
    return engine, engine.network


def _adapt_anew(
    job: RepairJob, damaged: tuple[Region, ...], progress: Progress, clock: Callable[[], float]
) -> _Known:
    from uasrm_core.inpainting.finetune import AdaptSettings, finetune, measure_distances
    from uasrm_core.model.checkpoint import fingerprint
    from uasrm_core.model.torch_backend import TorchBackend

    began = clock()
    engine, network = load_learner(job.model)
    found = collect(
        job.clip,
        damaged,
        network,
        progress.part(0.0, COLLECTED_BY),
        about=job.regions[len(job.regions) // 2].start_frame,
        examples=EXAMPLES,
        trials=TRIALS,
        is_late=lambda: clock() - began > COLLECTED_BY * LIMIT_S,
    )
    if len(found.examples) < LEAST_EXAMPLES or len(found.trials) < LEAST_TRIALS:
        return _Known(Adaptation(tr("Too little of the recording is intact to adapt to it.")))
    learning = progress.part(COLLECTED_BY, LEARNT_BY)
    learning.report(0.0, tr("Adapting to the recording"))
    model = finetune(
        network.module,
        found.examples,
        AdaptSettings(),
        np.random.default_rng(SEED),
        learning,
        is_late=lambda: clock() - began > LEARNT_BY * LIMIT_S,
    )
    trying = progress.part(LEARNT_BY, 1.0)
    before = measure_distances(network.module, found.trials, trying.part(0.0, 0.5))
    after = measure_distances(model, found.trials, trying.part(0.5, 1.0))
    gain_db = float(np.mean(_score_distances(before) - _score_distances(after)))
    if not gain_db >= LEAST_GAIN_DB:
        sentence = tr("Trials on the recording came no nearer, so the network was not adapted.")
        return _Known(Adaptation(sentence, gain_db=gain_db), spans=found.spans)
    sentence = tr(
        "The network was adapted to the recording: trials came nearer by {gain} dB.",
        gain=f"{gain_db:.2f}",
    )

    def move(other: Backend) -> Backend:
        assert isinstance(other, TorchBackend)
        return other.shift_weights(network.module, model)

    adapted = engine.with_networks(move, fingerprint(model))
    return _Known(Adaptation(sentence, True, gain_db), adapted, found.spans)


def _score_distances(rows: np.ndarray) -> np.ndarray:
    """Return the score of each row of LSD and SNR (`mix.trial_score`), ``(examples,)``."""
    return np.array([trial_score(snr_db, lsd_db) for lsd_db, snr_db in rows])


def _list_damage(job: RepairJob) -> tuple[Region, ...]:
    """Return everything that is not the recording's own intact sound."""
    made_up = (Region(p.start_frame, p.end_frame, channels=p.channels) for p in job.clip.patches)
    return (*job.regions, *job.damaged, *made_up)


def _draw_places(
    clip: AudioClip, damaged: Sequence[Region], about: int, trials: int
) -> Iterator[Span]:
    """Yield gaps where there is intact sound and not next to silence; the first are for trials.

    Gaps that are learnt from may overlap one another, so that short recordings are enough.
    """
    rng = np.random.default_rng(SEED)
    margin = round(MARGIN_S * clip.rate)
    reach = round(SEARCHED_S / 2 * clip.rate)
    middle = min(max(about, reach), max(clip.frames - reach, reach))
    low, high = max(middle - reach, margin), min(middle + reach, clip.frames) - margin
    drawn: list[Span] = []
    power: list[float] = []
    for _ in range(TRIES):
        shortest, longest = LENGTHS_S
        length = round(clip.rate * shortest * (longest / shortest) ** rng.uniform())
        if high - low <= length:
            continue
        start = int(rng.integers(low, high - length))
        if not meets(start, start + length, damaged, margin):
            sound = silence_unplayable(clip.read(start, start + length))
            drawn.append((start, start + length))
            power.append(float(np.mean(np.square(sound))))
    least = 10 ** (-QUIET_DB / 10) * float(np.mean(power)) if power else 0.0
    kept: list[Span] = []
    for span, loud in zip(drawn, power, strict=True):
        others = kept if len(kept) < trials else kept[:trials]
        apart = all(span[1] + margin <= a or span[0] >= b + margin for a, b in others)
        if apart and loud > least > 0.0:
            kept.append(span)
            yield span
