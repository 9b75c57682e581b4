"""Training of the preset `original`: the notebook's network on damaged and clean spectrograms."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import soundfile
import torch
from torch import Tensor

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.errors import DataError
from uasrm_core.model.device import choose_device
from uasrm_core.model.fit import FitSettings, Fitter
from uasrm_core.model.original import OriginalConfig, OriginalNet, save_original
from uasrm_core.progress import Progress
from uasrm_core.spectral.levels import RANGE_DB, to_levels
from uasrm_core.spectral.stft import stft
from uasrm_core.training import plots
from uasrm_core.training.corpus import Track
from uasrm_core.training.damage.gaps import random_gap
from uasrm_core.training.train import RunFiles
from uasrm_core.translation import tr
from uasrm_core.writing.gate import make_folder, replace_file

QUIETEST_RMS = 0.003
TRIES = 200
# Adam as the notebook sets it: at one rate, without decay, without a limit to gradients worth the
# name, and without averaging of weights.
NOTEBOOK_FIT = FitSettings(
    peak_rate=2e-4,
    final_rate=2e-4,
    warmup=0.0,
    average=0.0,
    gradient_limit=1e9,
    weight_decay=0.0,
    betas=(0.5, 0.999),
)


@dataclass(frozen=True)
class OriginalSettings:
    """What a training run is asked for; where not said otherwise, as in the notebook.

    Attributes
    ----------
    minutes
        Time to spend on steps, over all sittings; the notebook counts epochs instead.
    shortest_s, longest_s
        Lengths of the gaps; the notebook's are all half a second, at one place.
    validation_chunks
        How many chunks of other recordings to measure on.
    """

    minutes: float = 60.0
    batch: int = 1
    shortest_s: float = 0.25
    longest_s: float = 0.75
    validation_chunks: int = 16
    seed: int = 0
    checkpoint_minutes: float = 8.0
    model: OriginalConfig = field(default_factory=OriginalConfig)
    fit: FitSettings = NOTEBOOK_FIT


@dataclass
class Example:
    """Chunks with a hole each: levels ``(batch, bins, columns)``, hole ``(batch, columns)``."""

    levels: Tensor
    hole: Tensor


def train_original(
    tracks: Sequence[Track],
    files: RunFiles,
    settings: OriginalSettings,
    *,
    resume: bool = False,
    origin: dict[str, str] | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, object]:
    """Train a network of the preset `original` and write its model file.

    Stopping at any time loses nothing; `resume` goes on from there. `clock` tells the seconds that
    the settings' minutes are counted in.

    Returns
    -------
    The last validation's figures.

    Raises
    ------
    DataError
        Nothing to learn from or to validate on, or a run is there already and `resume` was not
        asked for.
    Cancelled
        The user asked to stop; the state has been written.
    """
    if files.state.exists() and not resume:
        raise DataError(
            tr(
                "{folder} holds an earlier run; go on with --resume or remove it.",
                folder=files.folder,
            )
        )
    make_folder(files.folder)
    run = _Run(tracks, files, settings, origin or {}, clock)
    if resume and files.state.exists():
        run.restore()
    return run.go(progress or Progress())


class _Run:
    def __init__(
        self,
        tracks: Sequence[Track],
        files: RunFiles,
        settings: OriginalSettings,
        origin: dict[str, str],
        clock: Callable[[], float],
    ) -> None:
        torch.manual_seed(settings.seed)
        self.files = files
        self.settings = settings
        self.origin = origin
        self.clock = clock
        self.device = choose_device()
        self.fitter = Fitter(OriginalNet(settings.model).to(self.device), settings.fit)
        self.spent_s = 0.0
        self.learnt = [track for track in tracks if track.split == "train"]
        self.kept_aside = [track for track in tracks if track.split == "validation"]

    def go(self, progress: Progress) -> dict[str, object]:
        budget_s = self.settings.minutes * 60
        rng = np.random.default_rng([self.settings.seed, self.fitter.step])
        checks = self._make_validation_chunks()
        mark, saved_s = self.clock(), self.spent_s
        try:
            while self.spent_s < budget_s:
                loss = self._step(make_example(self.learnt, self.settings, rng, "train"))
                now = self.clock()
                self.spent_s, mark = self.spent_s + now - mark, now
                done = min(self.spent_s / budget_s, 1.0)
                progress.report(done, f"step {self.fitter.step}, loss {loss:.4f}")
                if self.spent_s - saved_s > self.settings.checkpoint_minutes * 60:
                    self._checkpoint(checks)
                    mark, saved_s = self.clock(), self.spent_s
        except BaseException:
            self._save_state()
            raise
        return self._checkpoint(checks)

    def restore(self) -> None:
        state = torch.load(self.files.state, map_location=self.device, weights_only=True)
        self.fitter.restore(state["fitter"])
        self.spent_s = state["spent_s"]

    def _step(self, example: Example) -> float:
        levels, hole = example.levels.to(self.device), example.hole.to(self.device)
        loss = measure_hole_error(self.fitter.model(levels, hole), levels, hole)
        self.fitter.learn(loss, self.spent_s / (self.settings.minutes * 60))
        return float(loss.detach())

    def _make_validation_chunks(self) -> list[Example]:
        rng = np.random.default_rng(0)
        single = replace(self.settings, batch=1)
        count = self.settings.validation_chunks
        return [make_example(self.kept_aside, single, rng, "validation") for _ in range(count)]

    def _checkpoint(self, checks: list[Example]) -> dict[str, object]:
        entry = {
            "step": self.fitter.step,
            "minutes": round(self.spent_s / 60, 2),
            "figures": self._validate(checks),
        }
        with self.files.log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
        self._save_state()
        averaged = self.fitter.averaged
        assert isinstance(averaged, OriginalNet)
        settings = json.dumps(asdict(self.settings))
        origin = {**self.origin, "training": json.dumps(entry), "settings": settings}
        save_original(averaged, self.files.model, origin)
        if plots.can_draw():
            plots.draw_curve(self.files.log, self.files.folder)
        return entry

    def _save_state(self) -> None:
        with replace_file(self.files.state, overwrite=True) as stream:
            torch.save({"fitter": self.fitter.state(), "spent_s": self.spent_s}, stream)

    @torch.inference_mode()
    def _validate(self, checks: list[Example]) -> dict[str, float]:
        """Compare with recordings that it never saw: RMS error in dB, and shares of close cells."""
        errors = []
        for check in checks:
            levels, hole = check.levels.to(self.device), check.hole.to(self.device)
            answered = self.fitter.averaged(levels, hole).clamp(0.0, 1.0)
            within = (hole > 0)[:, None, :].expand_as(levels)
            errors.append(((answered - levels)[within] * RANGE_DB).abs().cpu())
        error = torch.cat(errors)
        figures = {"error_db": float(error.square().mean().sqrt())}
        for tolerance_db in (1, 3, 6):
            share = (error <= tolerance_db).float().mean()
            figures[f"within_{tolerance_db}_db"] = 100.0 * float(share)
        return {name: round(figure, 2) for name, figure in figures.items()}


def measure_hole_error(answered: Tensor, levels: Tensor, hole: Tensor) -> Tensor:
    """Return the mean squared error inside the hole, a scalar."""
    where = hole[:, None, :].expand_as(levels)
    return ((answered - levels).square() * where).sum() / where.sum().clamp(min=1.0)


def make_example(
    tracks: Sequence[Track], settings: OriginalSettings, rng: np.random.Generator, split: str
) -> Example:
    """Cut chunks at random and give each a gap at random.

    Raises
    ------
    DataError
        There is no recording, or none has a chunk loud enough to learn from.
    """
    config = settings.model
    levels, holes = [], []
    for _ in range(settings.batch):
        chunk = _read_chunk(tracks, config, rng, split)
        gap = random_gap(
            len(chunk),
            config.rate,
            rng,
            shortest_s=settings.shortest_s,
            longest_s=settings.longest_s,
        )
        magnitudes = np.abs(stft(chunk, config.stft))
        hole = gap.touched_columns(config.stft)
        # The network must not learn the level of what is lost from the scale it is shown in.
        reference = max(float(magnitudes[:, ~hole].max(initial=0.0)), 1e-9)
        levels.append(np.minimum(to_levels(magnitudes, reference), 1.0))
        holes.append(hole.astype(np.float32))
    return Example(torch.from_numpy(np.stack(levels)), torch.from_numpy(np.stack(holes)))


def _read_chunk(
    tracks: Sequence[Track], config: OriginalConfig, rng: np.random.Generator, split: str
) -> Samples:
    """Return a mono chunk at the network's rate; a short recording has silence on both sides."""
    if not tracks:
        raise DataError(
            tr(
                "There are no recordings to take {split} examples from; add more recordings.",
                split=split,
            )
        )
    weights = np.array([min(track.duration_s, 300.0) for track in tracks])
    for _ in range(TRIES):
        track = tracks[rng.choice(len(tracks), p=weights / weights.sum())]
        needed = min(math.ceil(config.chunk_s * track.rate), track.frames)
        with soundfile.SoundFile(os.fsencode(track.path)) as file:
            file.seek(int(rng.integers(0, track.frames - needed + 1)))
            block = file.read(needed, dtype="float32", always_2d=True).T
        mono = resample(block.mean(axis=0, keepdims=True), track.rate, config.rate)[0]
        mono = mono[: config.chunk_frames]
        if np.isfinite(mono).all() and np.sqrt(np.mean(mono**2)) > QUIETEST_RMS:
            chunk = np.zeros(config.chunk_frames, dtype=np.float32)
            offset = (len(chunk) - len(mono)) // 2
            chunk[offset : offset + len(mono)] = mono
            return chunk
    raise DataError(
        tr("The recordings to take {split} examples from are nearly silent.", split=split)
    )
