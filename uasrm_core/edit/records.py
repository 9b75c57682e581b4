"""Steps, repairs and regions as text and numbers, for session files and the journal.

Patches are referred to by number; whoever keeps a record keeps the samples beside it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from uasrm_core.audio.clip import Patch, SourceInfo
from uasrm_core.audio.kinds import Kind, parse_text
from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import shape_from_json
from uasrm_core.edit.history import Edit, RepairNote
from uasrm_core.edit.review import Decision, Verdict

MOST_TEXT_BYTES = 128 << 20
# Lists and objects take some twenty times their text in memory, so they are counted as well.
_MOST_CONTAINERS = 4_000_000
_MOST_SHAPE_BYTES = 256 << 20
_MOST_FRAMES = 1 << 53
_LONGEST_TIME = 40
# What damaged or odd records lead to while they are taken apart.
ODD = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class RegionTable:
    """Numbers regions, each once, so that long histories do not repeat them."""

    def __init__(self, known: Iterable[Region] = ()) -> None:
        self._known = {region: number for number, region in enumerate(known)}

    @property
    def rows(self) -> list[Region]:
        """The regions by number."""
        return list(self._known)

    def numbers(self, regions: Iterable[Region]) -> list[int]:
        """Return the numbers of some regions, new ones for those met for the first time."""
        return [self._known.setdefault(region, len(self._known)) for region in regions]


@dataclass
class ShapeBudget:
    """How many bytes the shapes of one file may still unpack to."""

    left: int = _MOST_SHAPE_BYTES

    def take(self, row: Mapping[str, Any]) -> None:
        """Count a shape by the size that it declares, before it is unpacked."""
        strips, cells = int(row["strips"]), int(row["cells"])
        if strips < 1 or cells < 1:
            raise ValueError("a shape without strips")
        self.left -= strips * (16 + cells)
        if self.left < 0:
            raise ValueError("shapes that take too much memory")


def parse_json(text: bytes) -> Any:
    """Read JSON that may come from anywhere, within bounds.

    Raises
    ------
    ValueError, RecursionError
        It is no JSON, or would take too much memory.
    """
    if len(text) > MOST_TEXT_BYTES or text.count(b"[") + text.count(b"{") > _MOST_CONTAINERS:
        raise ValueError("a text that takes too much memory")
    return json.loads(text)


def region_to_json(region: Region) -> dict[str, Any]:
    """Describe a region."""
    return {
        "start_frame": region.start_frame,
        "end_frame": region.end_frame,
        "low_hz": region.low_hz,
        "high_hz": region.high_hz,
        "channels": region.channels,
        "label": region.label,
        "kind": region.kind,
        "shape": None if region.shape is None else region.shape.to_json(),
    }


def region_from_json(row: Mapping[str, Any], budget: ShapeBudget) -> Region:
    """Read what `region_to_json` wrote; one of `ODD` is raised where it makes no sense.

    Records of old had the kind in the label.
    """
    channels, shape = row["channels"], row.get("shape")
    if shape is not None:
        budget.take(shape)
    kind, label = _read_kind_and_label(row)
    return Region(
        start_frame=read_frame(row["start_frame"]),
        end_frame=read_frame(row["end_frame"]),
        low_hz=_number_or_none(row["low_hz"]),
        high_hz=_number_or_none(row["high_hz"]),
        channels=None if channels is None else tuple(int(channel) for channel in channels),
        label=label,
        kind=kind,
        shape=None if shape is None else shape_from_json(shape),
    )


def edit_to_json(edit: Edit, regions: RegionTable, first_patch: int) -> dict[str, Any]:
    """Describe a step whose patches are numbered from `first_patch` on."""
    return {
        "label": edit.label,
        "repairs": [_note_to_json(note) for note in edit.repairs],
        "patches": list(range(first_patch, first_patch + len(edit.patches))),
        "repaired": regions.numbers(edit.repaired),
        "regions": None if edit.regions is None else regions.numbers(edit.regions),
        "accepted": regions.numbers(edit.accepted),
        "decided": [_write_decision(made, regions) for made in edit.decided],
        "made_at": edit.made_at,
    }


def edit_from_json(
    row: Mapping[str, Any], regions: Sequence[Region], patches: Sequence[Patch]
) -> Edit:
    """Read what `edit_to_json` wrote; `patches` are those of this step, in order."""
    return Edit(
        label=str(row["label"]),
        patches=tuple(patches),
        repairs=tuple(
            _note_from(note, regions[read_index(number)])
            for note, number in zip(row["repairs"], row["repaired"], strict=True)
        ),
        regions=None
        if row["regions"] is None
        else tuple(regions[read_index(number)] for number in row["regions"]),
        accepted=tuple(regions[read_index(number)] for number in row.get("accepted", ())),
        decided=tuple(_read_decision(made, regions) for made in row.get("decided", ())),
        made_at=str(row.get("made_at", ""))[:_LONGEST_TIME],
    )


def patch_to_json(patch: Patch) -> dict[str, Any]:
    """Describe a patch but for its samples."""
    return {
        "start_frame": int(patch.start_frame),
        "channels": [int(channel) for channel in patch.channels],
        "frames": patch.end_frame - patch.start_frame,
    }


def check_inside(patch: Patch, info: SourceInfo) -> None:
    """Make sure that a patch lies inside its recording.

    Raises
    ------
    ValueError
        It does not.
    """
    inside = 0 <= patch.start_frame <= patch.end_frame <= info.frames
    if not inside or not all(0 <= channel < info.channels for channel in patch.channels):
        raise ValueError("a patch lies outside the recording")


def read_index(value: object) -> int:
    """Return a number that counts from 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a number that makes no sense")
    return value


def read_frame(value: object) -> int:
    """Return a frame number that arithmetic can hold."""
    number = int(str(value))
    if abs(number) > _MOST_FRAMES:
        raise ValueError("a frame that no recording has")
    return number


def _read_kind_and_label(row: Mapping[str, Any]) -> tuple[Kind, str]:
    label = str(row["label"])
    if "kind" not in row:
        return parse_text(label)
    known = {kind.value for kind in Kind}
    # what a later version knows more is a gap to this one
    return Kind(row["kind"]) if row["kind"] in known else Kind.GAP, label


def _number_or_none(value: object) -> float | None:
    if value is None:
        return None
    number = float(str(value))
    if not math.isfinite(number):
        raise ValueError("a number that is not finite")
    return number


def _note_to_json(note: RepairNote) -> dict[str, Any]:
    """Describe a repair but for its region."""
    return {
        "engine": note.engine,
        "model": note.model,
        "context_s": note.context_s,
        "strength": note.strength,
        "seconds_taken": note.seconds_taken,
        "source_frames": note.source_frames,
        "take": note.take,
        "unchanged": note.is_unchanged,
    }


def _note_from(row: Mapping[str, Any], region: Region) -> RepairNote:
    source = row["source_frames"]
    return RepairNote(
        region,
        engine=str(row["engine"]),
        model=str(row["model"]),
        context_s=_number_or_none(row["context_s"]),
        strength=float(row["strength"]),
        seconds_taken=float(row["seconds_taken"]),
        source_frames=None if source is None else (read_frame(source[0]), read_frame(source[1])),
        # none is named by what was written before there were takes
        take=None if row.get("take") is None else read_frame(row["take"]),
        is_unchanged=bool(row.get("unchanged", False)),
    )


def _write_decision(made: Decision, regions: RegionTable) -> dict[str, Any]:
    adjusted = None if made.adjusted is None else regions.numbers([made.adjusted])[0]
    return {
        "found": regions.numbers([made.found])[0],
        "verdict": made.verdict,
        "confidence": made.confidence,
        "adjusted": adjusted,
        "low_hz": made.low_hz,
        "high_hz": made.high_hz,
    }


def _read_decision(row: Mapping[str, Any], regions: Sequence[Region]) -> Decision:
    verdict, adjusted = row["verdict"], row["adjusted"]
    if verdict not in get_args(Verdict):
        raise ValueError("a decision of an unknown kind")
    return Decision(
        found=regions[read_index(row["found"])],
        verdict=verdict,
        confidence=float(row["confidence"]),
        adjusted=None if adjusted is None else regions[read_index(adjusted)],
        # what was written before bands were kept names none
        low_hz=_number_or_none(row.get("low_hz")),
        high_hz=_number_or_none(row.get("high_hz")),
    )
