"""Checking that what an engine returns is finite, and not far too loud."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# A repair that exceeds everything around it by so much (60 dB) is an error of computation.
MOST_GAIN = 1000.0
# With silence around, a repair may still be as loud as this.
LEAST_PEAK = 1e-3


class UnsoundError(RepairError):
    """An engine failed, or returned samples that cannot be sound."""


def fill_checked(engine: Engine, known: Conditioning, place: str, progress: Progress) -> Guess:
    """Return what an engine makes of a gap.

    Parameters
    ----------
    place
        The region in words, for the message.

    Raises
    ------
    RepairError
        The engine cannot fill this gap, and says why.
    UnsoundError
        The engine failed in its computation, or its samples are refused by `check_repair`.
    """
    try:
        fill = engine.fill(known, progress)
    except (ArithmeticError, ValueError, RuntimeError) as error:
        raise UnsoundError(
            tr(
                "The engine {engine} failed on {place} ({reason}).",
                engine=engine.name,
                place=place,
                reason=type(error).__name__,
            )
        ) from error
    loudest = float(np.max(np.abs(known.gap.samples)))
    for sound in (fill.samples, *(fill.predictions or ())):
        check_repair(sound, loudest, engine, place)
    return fill


def check_repair(samples: Samples, loudest: float, engine: Engine, place: str) -> None:
    """Refuse samples that are not finite, or far louder than what they were made from.

    Parameters
    ----------
    samples
        ``(channels, frames)``, as an engine returned them or as they would go into the recording.
    loudest
        The highest magnitude of the sound that the engine was given.

    Raises
    ------
    UnsoundError
        It is; the message names the region.
    """
    if not np.isfinite(samples).all():
        raise UnsoundError(
            tr(
                "The engine {engine} returned values that are not numbers for {place}.",
                engine=engine.name,
                place=place,
            )
        )
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak > max(MOST_GAIN * loudest, LEAST_PEAK):
        raise UnsoundError(
            tr(
                "The engine {engine} returned a repair for {place} that is more than {decibels} "
                "dB louder than the sound around it.",
                engine=engine.name,
                place=place,
                decibels=round(20 * np.log10(MOST_GAIN)),
            )
        )
