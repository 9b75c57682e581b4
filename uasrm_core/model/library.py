"""The models that ship, and the user's own in a folder of theirs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uasrm_core.errors import ModelError
from uasrm_core.model.files import ARCHITECTURE, read_metadata
from uasrm_core.resources import resource
from uasrm_core.translation import tr
from uasrm_core.writing.gate import create_folder, write_whole

SUFFIX = ".safetensors"
BUNDLED = "hybrid"
# Who draws fills beside a model, and what is changed of it for some speech.
DRAWING = ("takes", "takes-narrow")


@dataclass(frozen=True)
class ModelCard:
    """What a model file says of itself.

    Attributes
    ----------
    figures, before
        By gap length in ms, SNR and LSD in dB of the network and of the classical fill, of the last
        validation; and of what its training started from, empty where that was not measured.
    """

    path: Path
    data: str
    steps: int
    minutes: float
    figures: Mapping[str, Mapping[str, float]]
    before: Mapping[str, Mapping[str, float]]

    @property
    def name(self) -> str:
        """Its name in lists; a model of a user lies in a folder of that name."""
        return self.path.parent.name if self.path.stem == "model" else self.path.stem

    @property
    def is_bundled(self) -> bool:
        """Whether it ships with the program."""
        return self.path == bundled_model()

    @property
    def text(self) -> str:
        """The page about a model that ships, as Markdown; empty for others."""
        return resource("models", f"{BUNDLED}.md").read_text("utf-8") if self.is_bundled else ""


def bundled_model() -> Path:
    """Return the model that ships and that repairs use where no other one is chosen."""
    return resource("models", f"{BUNDLED}{SUFFIX}")


def model_path(folder: Path, name: str) -> Path:
    """Return where a user's model of a name is kept."""
    return folder / name / f"model{SUFFIX}"


def list_models(folder: Path) -> tuple[ModelCard, ...]:
    """Return the model that ships and those of a folder that can be read, by name."""
    own = []
    for path in sorted(folder.glob(f"*/model{SUFFIX}")):
        try:
            own.append(read_card(path))
        except ModelError:
            continue
    return (read_card(bundled_model()), *own)


def read_card(path: Path) -> ModelCard:
    """Return what a model file says of itself; loads no PyTorch.

    Raises
    ------
    ModelError
        It cannot be read, or is no model that repairs can use.
    """
    metadata = read_metadata(path)
    if metadata.get("architecture") != ARCHITECTURE:
        raise ModelError(tr("The file {name} is not a model that repairs can use.", name=path.name))
    last = _read_entry(metadata.get("training", ""))
    return ModelCard(
        path,
        metadata.get("data", ""),
        int(last.get("step", 0)),
        float(last.get("minutes", 0.0)),
        _order_by_length(last),
        _order_by_length(_read_entry(metadata.get("before", ""))),
    )


def import_model(source: Path, folder: Path) -> ModelCard:
    """Copy a model file into a user's folder, with what draws fills beside it, if that is there.

    Raises
    ------
    ModelError
        It is no model, or there is one of its name.
    ExportError
        It cannot be written.
    """
    name = read_card(source).name
    target = folder / name
    if target.exists():
        raise ModelError(tr("There is a model “{name}” already.", name=name))
    beside = [source.with_name(f"{name}{SUFFIX}") for name in DRAWING]
    with create_folder(target) as draft:
        write_whole(draft / f"model{SUFFIX}", source.read_bytes())
        if source not in beside:
            for other in filter(Path.exists, beside):
                write_whole(draft / other.name, other.read_bytes())
    return read_card(model_path(folder, name))


def remove_model(card: ModelCard) -> None:
    """Remove a user's model with all that its training left."""
    if not card.is_bundled:
        shutil.rmtree(card.path.parent, ignore_errors=True)


def _read_entry(text: str) -> dict[str, Any]:
    try:
        entry = json.loads(text)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _order_by_length(entry: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return the figures of a validation by gap length; nothing where they are of another kind."""
    figures = entry.get("figures")
    if not isinstance(figures, dict):
        return {}
    return {
        str(length): {str(key): float(value) for key, value in row.items()}
        for length, row in figures.items()
        if isinstance(row, dict) and "snr" in row and "lsd" in row
    }
