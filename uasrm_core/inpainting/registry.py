"""The registry of engines, with their traits. All other lists of engines follow from it.

Importing this loads neither SciPy nor PyTorch; an engine's module is imported when it is asked for.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.errors import ModelError, RepairError
from uasrm_core.resources import resource
from uasrm_core.translation import mark, tr

if TYPE_CHECKING:
    from uasrm_core.inpainting.engine import Engine

AUTO = "auto"
# What is longer is no click.
LONGEST_CLICK_S = 0.016


@dataclass(frozen=True)
class EngineTraits:
    """What is known of an engine before it is loaded.

    Attributes
    ----------
    name
        The word that chooses it on the command line.
    location
        Its module in this package and its class.
    title, tip
        The words that the window shows it under, and what it is for.
    result
        What the window calls a repair that it made.
    needs_model
        Whether it runs a model file.
    copies
        Whether it makes use of exemplars, so that it does better where the recording repeats.
    adapts
        Whether its model can be fitted to a recording.
    has_strength
        Whether it looks at `Gap.strength`.
    has_takes
        Whether its fills are some of many that it could have made, of which `Gap.take` picks one.
    is_offered
        Whether it works as it comes, so that the window offers it.
    kinds
        The kinds of damage that it was made for: the automatic choice gives them to it first.
    longest_s
        The longest region of those kinds that it is given first.
    mends_boxes
        Whether it is given them first where only part of the spectrum is damaged, too.
    has_substitute
        Whether another engine repairs them where this one cannot.
    """

    name: str
    location: str
    title: str
    tip: str
    result: str
    needs_model: bool = False
    copies: bool = False
    adapts: bool = False
    has_strength: bool = False
    has_takes: bool = False
    is_offered: bool = True
    kinds: tuple[Kind, ...] = ()
    longest_s: float = math.inf
    mends_boxes: bool = False
    has_substitute: bool = True


# In the order in which they are offered.
REGISTRY = {
    traits.name: traits
    for traits in (
        EngineTraits(
            "unet",
            "network:NetworkEngine",
            mark("Rebuild"),
            mark("New sound that fits what is around: for gaps of 50 ms and longer"),
            mark("Rebuilt"),
            needs_model=True,
            copies=True,
            adapts=True,
            has_takes=True,
        ),
        EngineTraits(
            "ar",
            "prediction:PredictionEngine",
            mark("Continue"),
            mark("The sound goes on from both sides: for clicks and short gaps"),
            mark("Continued"),
        ),
        EngineTraits(
            "similarity",
            "exemplar:ExemplarEngine",
            mark("Copy"),
            mark("The place of the recording that fits best: for long gaps in music"),
            mark("Copied"),
            copies=True,
        ),
        EngineTraits(
            "fade",
            "fade:FadeEngine",
            mark("Fade"),
            mark("Out and in again over the background: for long gaps where nothing is made up"),
            mark("Faded"),
        ),
        EngineTraits(
            "attenuate",
            "attenuate:AttenuationEngine",
            mark("Turn down"),
            mark("Keeps the sound under the damage: for tones and noises"),
            mark("Turned down"),
            has_strength=True,
            kinds=(Kind.NOISE,),
        ),
        EngineTraits(
            "detone",
            "detone:DetoneEngine",
            mark("Remove tones"),
            mark("Keeps the sound under a telephone, a beep or a whistle of steady pitch"),
            mark("Tones removed"),
            kinds=(Kind.TONE,),
        ),
        EngineTraits(
            "raise",
            "raising:RaisingEngine",
            mark("Raise"),
            mark(
                "Brings back to its level what fell for a moment: for dropouts that are not silent"
            ),
            mark("Raised"),
        ),
        EngineTraits(
            "declick",
            "declick:DeclickEngine",
            mark("Declick"),
            mark("Takes a click off the sound under it, as far as it can"),
            mark("Declicked"),
            kinds=(Kind.CLICK,),
            longest_s=LONGEST_CLICK_S,
        ),
        EngineTraits(
            "declip",
            "declip:DeclipEngine",
            mark("Declip"),
            mark("Rebuilds peaks that were cut off flat"),
            mark("Peaks rebuilt"),
            kinds=(Kind.CLIPPING,),
            mends_boxes=True,
            has_substitute=False,
        ),
        EngineTraits(
            "original",
            "notebook:NotebookEngine",
            mark("Notebook"),
            mark("The network of the notebook that this program comes from"),
            mark("Rebuilt as in the notebook"),
            needs_model=True,
            is_offered=False,
        ),
    )
}
ENGINES = (AUTO, *REGISTRY)
ADAPTABLE = (AUTO, *(name for name, traits in REGISTRY.items() if traits.adapts))


def find_traits(name: str) -> EngineTraits:
    """Return what is known of an engine.

    Raises
    ------
    RepairError
        There is no engine of that name.
    """
    if name not in REGISTRY:
        raise RepairError(
            tr(
                "There is no engine '{name}'; choose one of {engines}.",
                name=name,
                engines=", ".join(ENGINES),
            )
        )
    return REGISTRY[name]


def find_specialist(region: Region, rate: int) -> EngineTraits | None:
    """Return the engine that was made for a region's kind of damage, or None."""
    for traits in REGISTRY.values():
        fits = region.frames <= traits.longest_s * rate
        if region.kind in traits.kinds and fits and (traits.mends_boxes or not region.is_partial):
            return traits
    return None


def load_engine(name: str, model: Path | None = None) -> Engine:
    """Return an engine by its name, loading its model where it needs one.

    Raises
    ------
    RepairError
        There is no engine of that name.
    ModelError
        The model file is missing, damaged or of another version.
    """
    if not find_traits(name).needs_model:
        return cast("Engine", _import_class(name)())
    if model is None:
        if name == "original":
            raise ModelError(
                tr(
                    "The engine original comes without a model; “uasrm train … --preset original "
                    "-o MODEL” makes one, and --model MODEL gives it to the engine."
                )
            )
        try:
            model = resource("models", "hybrid.safetensors")
        except FileNotFoundError as error:
            raise ModelError(str(error)) from error
    return _load_with_model(name, model.resolve())


# Torch takes a second and 275 MB to import, and a model its time to load: each is kept.
@lru_cache(maxsize=4)
def _load_with_model(name: str, path: Path) -> Engine:
    return cast("Engine", _import_class(name)(path))


def _import_class(name: str) -> type:
    module, own = REGISTRY[name].location.split(":")
    return cast(type, getattr(importlib.import_module(f"uasrm_core.inpainting.{module}"), own))
