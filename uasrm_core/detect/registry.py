"""The detectors: what each of them finds, and where it is. All other lists of them follow.

Importing this loads neither SciPy nor NumPy; a detector's module is imported when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from uasrm_core.audio.kinds import Kind
from uasrm_core.translation import mark

BLOCKS = "analysis"


@dataclass(frozen=True)
class DetectorTraits:
    """What is known of a detector before it is loaded.

    Attributes
    ----------
    name
        The word that chooses it on the command line.
    kind
        The kind of what it finds.
    location
        The module of this package that looks for it, with a function `scan`; those of `BLOCKS`
        are looked for together, block by block.
    title, tip
        The words that the window shows it under, and what it finds.
    is_default
        Whether it is looked for where nothing else is said. The others find what may be wanted.
    """

    name: str
    kind: Kind
    location: str
    title: str
    tip: str
    is_default: bool = False


# In the order in which they are offered.
DETECTORS = {
    traits.name: traits
    for traits in (
        DetectorTraits(
            "clicks",
            Kind.CLICK,
            BLOCKS,
            mark("Clicks"),
            mark("Clicks and crackle, and the clicks of a mouth"),
            is_default=True,
        ),
        DetectorTraits(
            "dropouts",
            Kind.DROPOUT,
            BLOCKS,
            mark("Dropouts"),
            mark("Sound that breaks off and comes back, and buffers played twice"),
            is_default=True,
        ),
        DetectorTraits(
            "clipping",
            Kind.CLIPPING,
            BLOCKS,
            mark("Clipping"),
            mark("Peaks that were cut off flat"),
            is_default=True,
        ),
        DetectorTraits(
            "thumps",
            Kind.THUMP,
            "events",
            mark("Thumps"),
            mark("Low thuds: a knocked microphone, plosives, wind"),
        ),
        DetectorTraits(
            "coughs",
            Kind.COUGH,
            "events",
            mark("Coughs and knocks"),
            mark("What is loud and short against its surroundings"),
        ),
        DetectorTraits(
            "tones",
            Kind.TONE,
            "tones",
            mark("Rings and whistles"),
            mark("Tones that come and go over the sound, steady or sliding"),
        ),
        DetectorTraits(
            "hum",
            Kind.HUM,
            "hum",
            mark("Hum"),
            mark("The hum of the mains with its harmonics"),
        ),
    )
}
DEFAULT_KINDS = tuple(name for name, traits in DETECTORS.items() if traits.is_default)
