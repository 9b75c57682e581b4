"""The training run: examples, steps, validation, and files that let it go on after a stop."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from uasrm_core.errors import DataError
from uasrm_core.inpainting.examples import (
    Batch,
    draw_takes,
    measure_repairs,
    measure_takes,
    splice_windows,
)
from uasrm_core.model.checkpoint import adopt, save_model
from uasrm_core.model.device import measure_faster_in_bfloat16
from uasrm_core.model.fit import Fitter
from uasrm_core.model.unet import GapBatch, HybridInpainter
from uasrm_core.progress import Progress
from uasrm_core.training import dataset, plots
from uasrm_core.training.adversarial import Adversary
from uasrm_core.training.collate import group_rows_alike, make_batch
from uasrm_core.training.corpus import Track
from uasrm_core.training.curves import Curves
from uasrm_core.training.dataset import Shard
from uasrm_core.training.distributed import Processes, join_processes
from uasrm_core.training.loading import BatchOrder, ShardBatches, load_batches
from uasrm_core.training.settings import Objective, TrainSettings
from uasrm_core.training.validation import average_by_length, measure_batch
from uasrm_core.translation import tr
from uasrm_core.writing.gate import make_folder, replace_file

# So many gaps of middle length are drawn of each band.
DRAWN = 2
FEWEST_CHECKPOINTS = 5


@dataclass(frozen=True)
class RunFiles:
    """Where a run keeps its files, all beside the model it makes.

    Attributes
    ----------
    shared_examples
        Where an earlier run keeps the examples of this one, too, or None.
    """

    model: Path
    shared_examples: Path | None = None

    @property
    def folder(self) -> Path:
        """Everything that only the run itself needs."""
        return self.model.with_name(self.model.name + ".run")

    @property
    def examples(self) -> Path:
        """The prepared examples."""
        return self.shared_examples or self.folder / "examples"

    @property
    def state(self) -> Path:
        """Weights, optimiser and clock, to go on from."""
        return self.folder / "state.pt"

    @property
    def log(self) -> Path:
        """One JSON object a line for every validation."""
        return self.folder / "log.jsonl"

    @property
    def steps(self) -> Path:
        """One JSON object a line for every step: its number, loss and minute."""
        return self.folder / "steps.jsonl"


def train(
    tracks: Sequence[Track],
    model_path: Path,
    settings: TrainSettings,
    *,
    resume: bool = False,
    origin: dict[str, str] | None = None,
    progress: Progress | None = None,
    shared_examples: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, object]:
    """Train a network and write its model file.

    A stop that is asked for loses nothing, a kill what was learnt since the last checkpoint;
    `resume` goes on from there. Of a run that is complete it returns the last validation.

    Started by ``torchrun``, several processes train together, each with batches of its own; the
    first of them prepares, validates and writes.

    `clock` tells the seconds that the settings' minutes are counted in, `shared_examples` is as
    `RunFiles` has it.

    Returns
    -------
    The last validation's figures; nothing in all processes but the first.

    Raises
    ------
    DataError
        Nothing to learn from, or a run is there already and `resume` was not asked for.
    Cancelled
        The user asked to stop; the state has been written.
    """
    progress = progress or Progress()
    files = RunFiles(model_path, shared_examples)
    if files.state.exists() and not resume:
        raise DataError(
            tr(
                "{folder} holds an earlier run; go on with --resume or remove it.",
                folder=files.folder,
            )
        )
    make_folder(files.folder)
    processes = join_processes()
    if processes.is_first:
        _prepare(tracks, files, settings, progress.part(0.0, 0.2))
    processes.wait()
    run = Run(files, settings, origin or {}, processes, clock)
    if resume and files.state.exists():
        run.restore()
        if (last := run.last_validation()) is not None:
            return last if processes.is_first else {}
    return run.go(progress.part(0.2, 1.0))


def _prepare(
    tracks: Sequence[Track], files: RunFiles, settings: TrainSettings, progress: Progress
) -> None:
    wanted = {"train": settings.examples, "validation": settings.validation_examples}
    if not any(track.split == "validation" for track in tracks):
        raise DataError(
            tr(
                "Every recording fell into the training part and none is left to validate on; "
                "add more recordings."
            )
        )
    parts = [(split, band) for band in settings.damage.bands for split in wanted]
    for number, (split, band) in enumerate(parts):
        dataset.prepare(
            tracks,
            files.examples,
            band=band,
            split=split,
            examples=wanted[split],
            seed=settings.seed,
            data=settings.data,
            one_sided=settings.damage.one_sided,
            progress=progress.part(number / len(parts), (number + 1) / len(parts)),
        )


class Run:
    """One training run, from its first step or from where it was left."""

    def __init__(
        self,
        files: RunFiles,
        settings: TrainSettings,
        origin: dict[str, str],
        processes: Processes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        torch.manual_seed(settings.seed)
        self.files = files
        self.settings = settings
        self.origin = origin
        self.clock = clock
        self.processes = processes or Processes()
        self.device = self.processes.device()
        model = HybridInpainter(settings.model)
        if settings.start:
            adopt(model, Path(settings.start))
        model = model.to(self.device)
        self.model = model.to(memory_format=torch.channels_last)
        self.fitter = Fitter(self.model, settings.fit)
        self.stepped = self.processes.synchronise(self.fitter.model)
        self.started_from = copy.deepcopy(self.model) if settings.way < 1.0 else None
        self.adversary: Adversary | None = None
        if settings.adversarial.share > 0.0:
            self.adversary = Adversary(settings.adversarial, self.device, self.processes)
        self.spent_s = 0.0
        self.is_brief = False
        self.chance = torch.Generator().manual_seed(settings.seed + self.processes.rank)
        self.curves = Curves(files.folder, is_on=self.processes.is_first)

    def go(self, progress: Progress) -> dict[str, object]:
        """Take steps until the time is spent; return the last validation's figures."""
        budget_s = self.settings.minutes * 60
        batches = self._iterate_batches()
        self._choose_arithmetic(next(batches))
        before = self.fitter.step, self.spent_s
        mark = self.clock()
        last_saved = self.spent_s
        try:
            if self.settings.start and not self.fitter.step and self.processes.is_first:
                self._checkpoint()  # what it starts from, to be compared with
                mark = self.clock()
            # whichever process keeps the time, all of them stop after the same step
            while (share := self.processes.broadcast(self.spent_s / budget_s)) < 1.0:
                loss = self._step(next(batches), share)
                now = self.clock()
                self.spent_s += now - mark
                mark = now
                done = self.spent_s / budget_s
                pace = 60 * (self.fitter.step - before[0]) / (self.spent_s - before[1])
                told = f"step {self.fitter.step}, loss {loss:.3f}, {pace:.1f} steps a minute"
                progress.report(done, told)
                if done < 1.0 and self._is_due(last_saved):
                    self._checkpoint()
                    last_saved = self.spent_s
                    mark = self.clock()
            return self._checkpoint() if self.processes.is_first else {}
        except BaseException:
            if self.processes.is_first:
                self._save_state()
            raise
        finally:
            self.curves.close()

    def _is_due(self, last_saved_s: float) -> bool:
        settings = self.settings
        due_minutes = min(settings.checkpoint_minutes, settings.minutes / FEWEST_CHECKPOINTS)
        return self.processes.is_first and self.spent_s - last_saved_s > due_minutes * 60

    def restore(self) -> None:
        """Take up the state that an earlier sitting wrote."""
        state = torch.load(self.files.state, map_location=self.device, weights_only=True)
        self.fitter.restore(state["fitter"])
        self.chance.manual_seed(self.settings.seed + self.processes.rank + 7919 * self.fitter.step)
        if self.adversary is not None:
            self.adversary.restore(state["adversary"])
        self.spent_s = state["spent_s"]

    def last_validation(self) -> dict[str, object] | None:
        """Return the figures of a run that is complete, whose model is written; otherwise None."""
        if self.spent_s < self.settings.minutes * 60 or not self.files.log.exists():
            return None
        last: dict[str, object] = plots.read_log(self.files.log)[-1]
        return last if last["step"] == self.fitter.step else None

    def _step(self, batch: Batch, share_done: float) -> float:
        if self.adversary is not None and not self.adversary.is_ready:
            with torch.no_grad():
                takes = draw_takes(self.model, batch, self.chance, self._forward)
            return self.adversary.learn(batch, takes)
        loss = self._compute_loss(batch)
        rate = self.fitter.learn(loss, share_done, agreed=self.processes.all_true)
        told = float(loss.detach())
        self.curves.add_step(self.fitter.step, told, rate)
        if self.processes.is_first:
            minutes = round(self.spent_s / 60, 4)
            entry = {"step": self.fitter.step, "loss": round(told, 4), "minutes": minutes}
            _append(self.files.steps, entry)
        return told

    def _compute_loss(self, batch: Batch) -> Tensor:
        if self.settings.objective is Objective.MIDDLE:
            return measure_repairs(self.model, batch, self._forward).total(self.settings.weights)
        takes = draw_takes(self.model, batch, self.chance, self._forward)
        distance = measure_takes(takes, batch, self.settings.weights)
        if self.adversary is None:
            return distance
        self.adversary.learn(batch, takes)
        return self.adversary.weigh(batch, takes, distance)

    def _forward(self, given: GapBatch) -> Tensor:
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.is_brief):
            return torch.as_tensor(self.stepped(given))

    def _choose_arithmetic(self, batch: Batch) -> None:
        """Find out by which numbers steps are faster here."""

        def step() -> None:
            error = self._forward(batch.given).float().square().mean()
            error.backward()  # type: ignore[no-untyped-call]

        self.is_brief = measure_faster_in_bfloat16(self.device, step)
        self.model.zero_grad(set_to_none=True)

    def _iterate_batches(self) -> Iterator[Batch]:
        settings = self.settings
        seed = settings.seed, self.fitter.step, self.processes.rank
        order = BatchOrder(settings.damage, settings.batch, seed)
        return load_batches(ShardBatches(self.files.examples, settings.model, order), self.device)

    def _checkpoint(self) -> dict[str, object]:
        figures = self._validate()
        entry = {
            "step": self.fitter.step,
            "minutes": round(self.spent_s / 60, 2),
            "figures": figures,
        }
        self.curves.add_figures(self.fitter.step, figures)
        origin = {
            **self.origin,
            "training": json.dumps(entry),
            "settings": self._describe_settings(),
        }
        if before := self._read_first_validation():
            origin["before"] = json.dumps(before)
        save_model(self._averaged, self.files.model, origin)
        self._save_state()
        # last: what it tells of is written
        _append(self.files.log, entry)
        if plots.can_draw():
            plots.draw_curve(self.files.log, self.files.folder)
        plots.write_examples(self.files.folder, self._repair_examples())
        return entry

    @property
    def _averaged(self) -> HybridInpainter:
        """The network with the averaged weights, or so far on the way to them (`way`)."""
        averaged = self.fitter.averaged
        assert isinstance(averaged, HybridInpainter)
        if self.started_from is None:
            return averaged
        between = copy.deepcopy(self.started_from).eval()
        learnt = averaged.state_dict()
        with torch.no_grad():
            for name, value in between.state_dict().items():
                value.lerp_(learnt[name], self.settings.way)
        return between

    def _describe_settings(self) -> str:
        # a model that is passed on says nothing of the folders of who made it
        start = Path(self.settings.start).name
        return json.dumps(asdict(self.settings) | {"start": start})

    def _save_state(self) -> None:
        with replace_file(self.files.state, overwrite=True) as stream:
            state: dict[str, object] = {"fitter": self.fitter.state(), "spent_s": self.spent_s}
            if self.adversary is not None:
                state["adversary"] = self.adversary.state()
            torch.save(state, stream)

    @torch.no_grad()
    def _validate(self) -> dict[str, dict[str, float]]:
        """Compare the averaged network with the classical fill on tracks it never saw."""
        rows: list[tuple[float, dict[str, float]]] = []
        averaged = self._averaged
        for band in self.settings.damage.bands:
            for path in dataset.shards(self.files.examples, "validation", band):
                shard = dataset.read_shard(path)
                for alike in group_rows_alike(shard, self.settings.batch):
                    rows += measure_batch(averaged, self._make_intact_batch(shard, alike))
        return average_by_length(rows)

    def _make_intact_batch(self, shard: Shard, rows: np.ndarray) -> Batch:
        """Return examples as they are, without chance."""
        chance = np.random.default_rng(0)
        return make_batch(shard, rows, chance, self.settings.model, augment=False).to(self.device)

    def _read_first_validation(self) -> dict[str, object] | None:
        """Return the figures of what the run started from, if they were measured."""
        if not self.settings.start or not self.files.log.exists():
            return None
        first: dict[str, object] = plots.read_log(self.files.log)[0]
        return first if first["step"] == 0 else None

    @torch.no_grad()
    def _repair_examples(self) -> list[plots.Example]:
        """Return what the averaged network makes of the same few gaps every time."""
        averaged = self._averaged
        examples = []
        for band in self.settings.damage.bands:
            shard = dataset.read_shard(dataset.shards(self.files.examples, "validation", band)[0])
            alike = group_rows_alike(shard, DRAWN)[len(shard.clean) // DRAWN // 2]
            batch = self._make_intact_batch(shard, alike)
            given = batch.given
            repaired = splice_windows(batch, averaged(given))
            states = {
                "clean": batch.clean,
                "damaged": batch.clean * (1 - given.gap),
                "classical": batch.clean * (1 - given.gap) + given.fills[:, 0] * given.gap,
                "network": repaired,
            }
            if self.settings.start and not self.fitter.step:
                states["start"] = repaired
            for i in range(len(alike)):
                inside = torch.nonzero(given.gap[i]).flatten()
                sounds = {name: sound[i : i + 1].cpu().numpy() for name, sound in states.items()}
                gap = int(inside[0]), int(inside[-1]) + 1
                examples.append(
                    plots.Example(f"{band.name}-{i + 1}", sounds, int(given.rates[i]), gap)
                )
        return examples


def _append(log: Path, entry: Mapping[str, object]) -> None:
    with log.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry) + "\n")
