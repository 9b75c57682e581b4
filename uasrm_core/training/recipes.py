"""A training run as a file: its data and damages, its stages, and the settings of each.

Tables besides ``[[stage]]`` and values above them are what all stages have in common.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from uasrm_core.errors import DataError
from uasrm_core.progress import Progress
from uasrm_core.resources import resource
from uasrm_core.training.corpus import Track
from uasrm_core.training.settings import TrainSettings, examples_for
from uasrm_core.training.train import RunFiles, train
from uasrm_core.translation import tr

SUFFIX = ".toml"
# Not for a file to say: what a run starts from is asked for, or the stage before.
NOT_IN_FILES = ("start",)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")

T = TypeVar("T")


@dataclass(frozen=True)
class Recipe:
    """Stages of training, each of which starts from the weights of the one before.

    Attributes
    ----------
    text
        The file as it was read, which is kept in the model.
    """

    name: str
    text: str
    stages: tuple[TrainSettings, ...]

    @property
    def minutes(self) -> float:
        """How long all stages take."""
        return sum(stage.minutes for stage in self.stages)

    @property
    def main(self) -> int:
        """The number of the stage whose model is the recipe's own: the last without a name."""
        return max(n for n, stage in enumerate(self.stages) if not stage.name)

    def models(self, model: Path) -> tuple[Path, ...]:
        """Return where each stage writes its model, for the recipe's own."""
        return tuple(
            model
            if number == self.main
            else model.with_name(f"{stage.name or f'{model.stem}-{number + 1}'}{model.suffix}")
            for number, stage in enumerate(self.stages)
        )

    def changed(
        self,
        *,
        minutes: float | None = None,
        examples: int | None = None,
        seed: int | None = None,
        start: str = "",
    ) -> Recipe:
        """Return the recipe for another time in all, in which each stage keeps its share of it.

        Parameters
        ----------
        examples, seed
            Of every stage.
        start
            The model whose weights the first stage starts from.
        """
        share = 1.0 if minutes is None else minutes / self.minutes
        stages = [
            _set_examples(
                replace(
                    stage,
                    minutes=stage.minutes * share,
                    seed=stage.seed if seed is None else seed,
                    start="" if number else start,
                ),
                examples,
            )
            for number, stage in enumerate(self.stages)
        ]
        return replace(self, stages=tuple(stages))


def _set_examples(stage: TrainSettings, examples: int | None) -> TrainSettings:
    count = examples or examples_for(stage.minutes)
    return replace(stage, examples=count, validation_examples=max(count // 40, 32))


def recipe_names() -> list[str]:
    """Return the recipes that ship."""
    return sorted(path.stem for path in resource("recipes").glob(f"*{SUFFIX}"))


def read_recipe(name: str) -> Recipe:
    """Read a recipe that ships, or a file of one.

    Raises
    ------
    DataError
        There is none of that name, or it is not what a recipe may say; the sentence tells where.
    """
    is_file = name.endswith(SUFFIX)
    if not is_file and name not in recipe_names():
        raise DataError(
            tr(
                "There is no recipe “{name}”; there are {names}, and any file that ends in "
                "{suffix}.",
                name=name,
                names=", ".join(recipe_names()),
                suffix=SUFFIX,
            )
        )
    path = Path(name) if is_file else resource("recipes", f"{name}{SUFFIX}")
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise DataError(
            tr(
                "The recipe “{name}” cannot be read: {reason}.",
                name=name,
                reason=error.strerror,
            )
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            tr("The recipe “{name}” is not TOML: {error}.", name=name, error=error)
        ) from error
    stages = content.pop("stage", [])
    if not isinstance(stages, list) or not stages:
        raise DataError(
            tr("The recipe “{name}” must have tables [[stage]], at least one.", name=name)
        )
    common = _read_table(TrainSettings(), content, f"the recipe “{name}”")
    made = [
        _read_table(common, stage, f"stage {number} of the recipe “{name}”")
        for number, stage in enumerate(stages, start=1)
    ]
    if all(stage.name for stage in made):
        raise DataError(
            tr(
                "One stage of the recipe “{name}” must be without a name: it is the model.",
                name=name,
            )
        )
    return Recipe(path.stem, text, tuple(made))


def _read_table(default: T, table: object, where: str) -> T:
    """Return settings with the values of a table in place of their own."""
    if not isinstance(table, Mapping):
        raise DataError(tr("There must be a table for {where}.", where=where))
    known = {field.name for field in fields(default) if field.name not in NOT_IN_FILES}  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise DataError(tr("There is no setting “{key}” in {where}.", key=key, where=where))
        own = getattr(default, key)
        if is_dataclass(own):
            changes[key] = _read_table(own, value, f"“{key}” in {where}")
        else:
            changes[key] = _convert_like(own, value, f"“{key}” in {where}")
    try:
        return replace(default, **changes)  # type: ignore[type-var]
    except ValueError as error:
        raise DataError(f"In {where}, {error}.") from error


def _convert_like(own: object, value: object, where: str) -> object:
    """Return a value as one of the kind that the setting has: a number, several, or a word."""
    if isinstance(own, StrEnum):
        words = [member.value for member in type(own)]
        if value not in words:
            raise DataError(
                tr("What {where} has must be one of {names}.", where=where, names=", ".join(words))
            )
        return type(own)(value)
    if isinstance(own, str):
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise DataError(
                tr("What {where} has must be a name of small letters and digits.", where=where)
            )
        return value
    if isinstance(own, tuple) and isinstance(value, list) and value:
        return tuple(_convert_like(own[0], each, where) for each in value)
    if isinstance(own, float) and type(value) in (int, float) and float(value) >= 0.0:  # type: ignore[arg-type]
        return float(value)  # type: ignore[arg-type]
    if type(own) is int and type(value) is int and value >= 0:
        return value
    kind = tr("numbers") if isinstance(own, tuple) else tr("a number")
    raise DataError(tr("What {where} has must be {kind} of at least 0.", where=where, kind=kind))


def train_recipe(
    tracks: Sequence[Track],
    model_path: Path,
    recipe: Recipe,
    *,
    resume: bool = False,
    origin: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    run_stage: Callable[..., dict[str, object]] = train,
) -> dict[str, object]:
    """Run the stages of a recipe in their order, and write the model of the last one.

    The other stages leave their models beside it (`Recipe.models`). Stages with the same data,
    damages and seed share their examples. With `resume`, stages that are complete are passed over.

    Returns
    -------
    The last validation's figures, as `train` does.

    Raises
    ------
    DataError, Cancelled
        As in `train`.
    """
    progress = progress or Progress()
    known = {**(origin or {}), "recipe": recipe.text}
    last: dict[str, object] = {}
    paths = recipe.models(model_path)
    before, done = "", 0.0
    kept: dict[tuple[object, ...], Path] = {}
    for path, stage in zip(paths, recipe.stages, strict=True):
        share = stage.minutes / recipe.minutes
        own = RunFiles(path).examples
        examples = kept.setdefault(_make_example_key(stage), own)
        last = run_stage(
            tracks,
            path,
            replace(stage, start=before or stage.start),
            resume=resume,
            origin=known,
            progress=progress.part(done, min(done + share, 1.0)),
            shared_examples=None if examples == own else examples,
        )
        before, done = str(path), done + share
    return last


def _make_example_key(stage: TrainSettings) -> tuple[object, ...]:
    """Return all that a stage's examples follow from."""
    bands = tuple(replace(band, share=1.0) for band in stage.damage.bands)
    return stage.data, bands, stage.damage.one_sided, stage.seed
