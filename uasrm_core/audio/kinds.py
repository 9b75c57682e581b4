"""Kinds of damage, as data of a region beside the user's label.

A new kind is one member of `Kind` and its row in `KIND_WORDS`; an engine that is made for it names
it in `uasrm_core.inpainting.registry`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from uasrm_core.translation import mark


class Kind(StrEnum):
    """What happened to the sound of a region; the values stand in files."""

    GAP = "gap"
    CLICK = "click"
    DROPOUT = "dropout"
    CLIPPING = "clipping"
    NOISE = "noise"
    THUMP = "thump"
    COUGH = "cough"
    TONE = "tone"
    HUM = "hum"


@dataclass(frozen=True)
class KindWords:
    """How a kind is called.

    Attributes
    ----------
    title
        On the screen.
    help
        What it is, in a few words.
    known
        Other words for it in label files, in lower case.
    """

    title: str
    help: str
    known: tuple[str, ...] = ()


# In the order in which they are offered.
KIND_WORDS = {
    Kind.GAP: KindWords(mark("Gap"), mark("The sound is lost, or to be replaced"), ("gaps",)),
    Kind.CLICK: KindWords(
        mark("Click"), mark("A short crack over the sound"), ("clicks", "tick", "pop")
    ),
    Kind.DROPOUT: KindWords(
        mark("Dropout"),
        mark("The sound stopped or was turned down"),
        ("dropouts", "drop-out", "drop out"),
    ),
    Kind.CLIPPING: KindWords(mark("Clipping"), mark("Peaks that were cut off flat"), ("clipped",)),
    Kind.NOISE: KindWords(
        mark("Noise"), mark("A noise over sound that is still there"), ("noises",)
    ),
    Kind.THUMP: KindWords(
        mark("Thump"), mark("A low thud: a knocked microphone, a plosive"), ("thumps", "plosive")
    ),
    Kind.COUGH: KindWords(
        mark("Cough or knock"), mark("A loud, short noise"), ("coughs", "knock", "knocks")
    ),
    Kind.TONE: KindWords(
        mark("Tone"), mark("A ring or a whistle"), ("tones", "ring", "rings", "whistle", "beep")
    ),
    Kind.HUM: KindWords(mark("Hum"), mark("The hum of the mains"), ("hums", "buzz")),
}
_OF_WORD = {word: kind for kind, words in KIND_WORDS.items() for word in (kind, *words.known)}
# The word alone, with a number or a remark in brackets behind it, or with a colon and a text.
_TEXT = re.compile(
    rf"(?P<word>{'|'.join(sorted(map(re.escape, _OF_WORD), key=len, reverse=True))})"
    r"(?:(?P<alone>)|:(?P<text>.*)|[\s_-]*[#(\d].*)",
    re.IGNORECASE | re.DOTALL,
)


def parse_text(text: str) -> tuple[Kind, str]:
    """Return the kind that a label's text names, and the words beside it.

    ``Click`` and ``click: left`` name a kind, and so does ``click 3``, which is kept as it is;
    ``click track`` does not. What names none is a gap.
    """
    text = text.strip()
    match = _TEXT.fullmatch(text)
    if match is None:
        return Kind.GAP, text
    kind = _OF_WORD[match["word"].lower()]
    if match["alone"] is not None:
        return kind, ""
    return kind, text if match["text"] is None else match["text"].strip()


def format_text(kind: Kind, label: str) -> str:
    """Return the text of a label from which `parse_text` reads the same."""
    label = label.strip()
    if parse_text(label) == (kind, label):
        return label
    return f"{kind}: {label}" if label else str(kind)
