"""The training run: examples, steps, validation, and files that let it go on after a stop."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from uasrm_core.dsp.surroundings import first_guess
from uasrm_core.errors import DataError
from uasrm_core.model.checkpoint import adopt, save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.device import choose_device
from uasrm_core.model.fit import FitSettings, Fitter
from uasrm_core.model.unet import GapBatch, HybridInpainter
from uasrm_core.progress import Progress
from uasrm_core.training import dataset
from uasrm_core.training.corpus import Track
from uasrm_core.training.dataset import LONG, SHORT, Shard
from uasrm_core.training.losses import LossWeights, loss_parts

BANDS = (SHORT, LONG)
# Reported separately, since short and long gaps are different tasks.
REPORT_EDGES_S = (0.010, 0.035, 0.070, 0.140, 0.300, 0.700)


@dataclass(frozen=True)
class TrainSettings:
    """What a training run is asked for.

    Attributes
    ----------
    minutes
        Time to spend on steps, over all sittings.
    examples, validation_examples
        How many to prepare for each band of gap lengths.
    box_share
        Share of batches in which only part of the spectrum is damaged.
    checkpoint_minutes
        Time between validations, each followed by writing the state and the model.
    start
        A model file to start from, or empty to start from nothing learnt.
    """

    minutes: float = 60.0
    examples: int = 8192
    validation_examples: int = 128
    batch: int = 8
    seed: int = 0
    box_share: float = 0.15
    checkpoint_minutes: float = 8.0
    model: HybridConfig = field(
        default_factory=lambda: HybridConfig(channels=(48, 72, 96, 128, 192))
    )
    fit: FitSettings = field(default_factory=FitSettings)
    weights: LossWeights = field(default_factory=LossWeights)
    start: str = ""


@dataclass(frozen=True)
class RunFiles:
    """Where a run keeps its files, all beside the model it makes."""

    model: Path

    @property
    def folder(self) -> Path:
        """Everything that only the run itself needs."""
        return self.model.with_name(self.model.name + ".run")

    @property
    def examples(self) -> Path:
        """The prepared examples."""
        return self.folder / "examples"

    @property
    def state(self) -> Path:
        """Weights, optimiser and clock, to go on from."""
        return self.folder / "state.pt"

    @property
    def log(self) -> Path:
        """One JSON object a line for every validation."""
        return self.folder / "log.jsonl"


def train(
    tracks: Sequence[Track],
    model_path: Path,
    settings: TrainSettings,
    *,
    resume: bool = False,
    origin: dict[str, str] | None = None,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Train a network and write its model file.

    Stopping at any time loses at most `checkpoint_minutes`; `resume` goes on from there.

    Returns
    -------
    The last validation's figures.

    Raises
    ------
    DataError
        Nothing to learn from, or a run is there already and `resume` was not asked for.
    Cancelled
        The user asked to stop; the state has been written.
    """
    progress = progress or Progress()
    files = RunFiles(model_path)
    if files.state.exists() and not resume:
        raise DataError(f"{files.folder} holds an earlier run; go on with --resume or remove it.")
    files.folder.mkdir(parents=True, exist_ok=True)
    _prepare(tracks, files, settings, progress.part(0.0, 0.2))
    run = Run(files, settings, origin or {})
    if resume and files.state.exists():
        run.restore()
    return run.go(progress.part(0.2, 1.0))


def _prepare(
    tracks: Sequence[Track], files: RunFiles, settings: TrainSettings, progress: Progress
) -> None:
    wanted = {"train": settings.examples, "validation": settings.validation_examples}
    if not any(track.split == "validation" for track in tracks):
        raise DataError(
            "Every recording fell into the training part and none is left to validate on; "
            "add more recordings."
        )
    parts = [(split, band) for band in BANDS for split in wanted]
    for number, (split, band) in enumerate(parts):
        dataset.prepare(
            tracks,
            files.examples,
            band=band,
            split=split,
            examples=wanted[split],
            seed=settings.seed,
            progress=progress.part(number / len(parts), (number + 1) / len(parts)),
        )


class Run:
    """One training run, from its first step or from where it was left."""

    def __init__(self, files: RunFiles, settings: TrainSettings, origin: dict[str, str]) -> None:
        torch.manual_seed(settings.seed)
        self.files = files
        self.settings = settings
        self.origin = origin
        self.device = choose_device()
        model = HybridInpainter(settings.model)
        if settings.start:
            adopt(model, Path(settings.start))
        model = model.to(self.device)
        self.fitter = Fitter(model.to(memory_format=torch.channels_last), settings.fit)
        self.spent_s = 0.0

    def go(self, progress: Progress) -> dict[str, object]:
        """Take steps until the time is spent; return the last validation's figures."""
        budget_s = self.settings.minutes * 60
        batches = self._batches()
        mark = time.monotonic()
        last_saved = self.spent_s
        try:
            while self.spent_s < budget_s:
                loss = self._step(next(batches), self.spent_s / budget_s)
                now = time.monotonic()
                self.spent_s += now - mark
                mark = now
                done = self.spent_s / budget_s
                progress.report(done, f"step {self.fitter.step}, loss {loss:.3f}")
                if self.spent_s - last_saved > self.settings.checkpoint_minutes * 60:
                    self._checkpoint()
                    last_saved = self.spent_s
                    mark = time.monotonic()
        except BaseException:
            self._save_state()
            raise
        return self._checkpoint()

    def restore(self) -> None:
        """Take up the state that an earlier sitting wrote."""
        state = torch.load(self.files.state, map_location=self.device, weights_only=True)
        self.fitter.restore(state["fitter"])
        self.spent_s = state["spent_s"]

    def _step(self, batch: tuple[Tensor, GapBatch], share_done: float) -> float:
        clean, given = batch
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            rendered = self.fitter.model(given)
        filled = self.fitter.model.splice(clean, rendered.float(), given.gap)  # type: ignore[operator]
        loss = loss_parts(filled, clean, given.gap).total(self.settings.weights)
        self.fitter.learn(loss, share_done)
        return float(loss.detach())

    def _batches(self) -> Iterator[tuple[Tensor, GapBatch]]:
        """Yield batches without end; each reads one shard that was last seen long ago."""
        rng = np.random.default_rng([self.settings.seed, self.fitter.step])
        queues: dict[str, list[Path]] = {band.name: [] for band in BANDS}
        pending: dict[str, list[tuple[Tensor, GapBatch]]] = {band.name: [] for band in BANDS}
        while True:
            band = BANDS[int(rng.integers(len(BANDS)))]
            if not pending[band.name]:
                if not queues[band.name]:
                    queues[band.name] = dataset.shards(self.files.examples, "train", band)
                    rng.shuffle(queues[band.name])
                shard = dataset.read_shard(queues[band.name].pop())
                rows = rng.permutation(len(shard.clean))
                pending[band.name] = [
                    make_batch(shard, rows[i : i + self.settings.batch], rng, self.settings)
                    for i in range(0, len(rows), self.settings.batch)
                ]
            clean, given = pending[band.name].pop()
            yield clean.to(self.device), _moved(given, self.device)

    def _checkpoint(self) -> dict[str, object]:
        figures = self._validate()
        entry = {
            "step": self.fitter.step,
            "minutes": round(self.spent_s / 60, 2),
            "figures": figures,
        }
        with self.files.log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
        self._save_state()
        averaged = self.fitter.averaged
        assert isinstance(averaged, HybridInpainter)
        origin = {**self.origin, "training": json.dumps(entry), "settings": self._settings_text()}
        save_model(averaged, self.files.model, origin)
        return entry

    def _settings_text(self) -> str:
        return json.dumps(asdict(self.settings))

    def _save_state(self) -> None:
        draft = self.files.state.with_suffix(".part")
        torch.save({"fitter": self.fitter.state(), "spent_s": self.spent_s}, draft)
        draft.replace(self.files.state)

    @torch.inference_mode()
    def _validate(self) -> dict[str, dict[str, float]]:
        """Compare the averaged network with the classical fill on tracks it never saw."""
        rows: list[tuple[float, dict[str, float]]] = []
        averaged = self.fitter.averaged
        assert isinstance(averaged, HybridInpainter)
        rng = np.random.default_rng(0)
        for band in BANDS:
            for path in dataset.shards(self.files.examples, "validation", band):
                shard = dataset.read_shard(path)
                for first in range(0, len(shard.clean), self.settings.batch):
                    chosen = np.arange(first, min(first + self.settings.batch, len(shard.clean)))
                    clean, given = make_batch(shard, chosen, rng, self.settings, augment=False)
                    rows += self._measured(averaged, clean, given)
        return _by_length(rows)

    def _measured(
        self, model: HybridInpainter, clean: Tensor, given: GapBatch
    ) -> list[tuple[float, dict[str, float]]]:
        clean, given = clean.to(self.device), _moved(given, self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            rendered = model(given).float()
        classical = clean * (1 - given.gap) + given.fills[:, 0] * given.gap
        net = loss_parts(model.splice(clean, rendered, given.gap), clean, given.gap)
        base = loss_parts(classical, clean, given.gap)
        lengths = given.gap.sum(-1) / self.settings.model.rate
        return [
            (
                float(lengths[i]),
                {
                    "snr": -20 * float(torch.log10(net.waveform[i])),
                    "lsd": float(net.log_distance[i]),
                    "classical_snr": -20 * float(torch.log10(base.waveform[i])),
                    "classical_lsd": float(base.log_distance[i]),
                },
            )
            for i in range(len(lengths))
        ]


def make_batch(
    shard: Shard,
    rows: np.ndarray,
    rng: np.random.Generator,
    settings: TrainSettings,
    *,
    augment: bool = True,
) -> tuple[Tensor, GapBatch]:
    """Turn rows of a shard into tensors; return the clean windows and what the network is given.

    With `augment`, windows are reversed in time and in polarity at random, and in a share of the
    batches only part of the spectrum is damaged.
    """
    frames = shard.clean.shape[1]
    clean = _as_float(shard.clean[rows])
    references = _as_float(shard.references[rows])
    fills = np.zeros((len(rows), 3, frames), dtype=np.float32)
    gap = np.zeros((len(rows), frames), dtype=np.float32)
    for i, row in enumerate(rows):
        start, end = shard.gaps[row]
        gap[i, start:end] = 1.0
        fills[i, :, start:end] = _as_float(shard.fills[row, :, : end - start])
        fills[i, 0, start:end] = first_guess(
            fills[i, 0, start:end], references[i], clean[i], (start, end), dataset.RATE
        )
        if augment and rng.uniform() < 0.5:
            clean[i], gap[i] = clean[i, ::-1].copy(), gap[i, ::-1].copy()
            fills[i] = fills[i, [0, 2, 1], ::-1]
            references[i] = references[i, :, ::-1].copy()
        if augment and rng.uniform() < 0.5:
            clean[i], fills[i], references[i] = -clean[i], -fills[i], -references[i]
    mask = None
    if augment and rng.uniform() < settings.box_share:
        columns = settings.model.stft.columns(frames)
        mask = torch.from_numpy(_random_masks(len(rows), columns, rng, settings.model))
    samples, guesses, where, passages = map(torch.from_numpy, (clean, fills, gap, references))
    levels = torch.from_numpy(shard.levels[rows].astype(np.float32))
    return samples, GapBatch(samples, guesses, where, passages, levels, mask)


def _as_float(stored: np.ndarray) -> np.ndarray:
    return np.asarray(stored, dtype=np.float32) / dataset.FULL_SCALE


def _random_masks(
    count: int, columns: int, rng: np.random.Generator, config: HybridConfig
) -> np.ndarray:
    """Draw boxes, and shapes whose edges wander as a hand would draw them."""
    low_hz = 40.0 * 150.0 ** rng.uniform(size=count)
    octaves = rng.uniform(0.3, 5.0, size=count)
    masks = np.empty((count, config.stft.bins, columns), dtype=np.float32)
    for i in range(count):
        wander = np.zeros(columns)
        if rng.uniform() < 0.5:
            bends = rng.normal(0.0, 0.5, size=columns // 8 + 2)
            wander = np.interp(np.arange(columns) / 8, np.arange(len(bends)), bends)
        for column, shift in enumerate(wander):
            low = low_hz[i] * 2.0**shift
            masks[i, :, column] = config.band_weights(low, low * 2.0 ** octaves[i])
    return masks


def _moved(given: GapBatch, device: torch.device) -> GapBatch:
    moved = {name: t.to(device) for name, t in vars(given).items() if t is not None}
    return GapBatch(**moved)


def _by_length(rows: list[tuple[float, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Average the figures over classes of gap length, keyed by their bounds in milliseconds."""
    table: dict[str, dict[str, float]] = {}
    for low, high in pairwise(REPORT_EDGES_S):
        inside = [figures for length, figures in rows if low <= length < high]
        if inside:
            table[f"{low * 1000:.0f}-{high * 1000:.0f}"] = {
                "gaps": float(len(inside)),
                **{key: _mean([figures[key] for figures in inside]) for key in inside[0]},
            }
    return table


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 3)
