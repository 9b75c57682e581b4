"""The repair methods as the user knows them."""

from __future__ import annotations

from uasrm_core.inpainting.registry import AUTO, REGISTRY
from uasrm_core.translation import mark, tr

# What is offered, in this order: the words it is shown under, and what it is for.
METHODS = {
    AUTO: (mark("Automatic"), mark("The best method for the length of each region")),
    **{name: (traits.title, traits.tip) for name, traits in REGISTRY.items() if traits.is_offered},
}


def name_of(engine: str) -> str:
    """Return what the user knows a repair by an engine as."""
    return tr(REGISTRY[engine].result) if engine in REGISTRY else engine


def purpose_of(engine: str) -> str:
    """Return what repairs by an engine are for."""
    return tr(REGISTRY[engine].tip) if engine in REGISTRY else ""
