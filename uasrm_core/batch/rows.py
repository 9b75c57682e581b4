"""The result of each recording of a batch, as a row of its summary."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.kinds import format_text
from uasrm_core.audio.region import Region
from uasrm_core.errors import UasrmError, is_out_of_memory
from uasrm_core.inpainting.job import RegionOutcome
from uasrm_core.inpainting.mix import SNR_WORTH
from uasrm_core.translation import mark, tr

# What a row can say of a recording.
REPAIRED, NOTHING = mark("repaired"), mark("nothing to do")
UNCHANGED = mark("left as it was")
PARTLY, FAILED = mark("partly repaired"), mark("failed")
STATUSES = (REPAIRED, NOTHING, UNCHANGED, PARTLY, FAILED)
# Of one recording, so many repairs can be among the least sure of a batch.
MOST_REPAIRS = 10
_LENGTH_MS = 15.0


@dataclass(frozen=True)
class RepairRow:
    """One region, and how sure its repair is.

    Attributes
    ----------
    confidence
        How sure it is that there was damage, 0 to 1, or None where a person said so.
    expected_db
        How near trials on intact sound nearby came (LSD less `SNR_WORTH` of SNR, less is nearer),
        or None where none were made.
    engine
        Empty where the region was not repaired.
    is_unchanged
        Whether the sound was left as it was, bit for bit.
    """

    start_s: float
    end_s: float
    label: str = ""
    low_hz: float | None = None
    high_hz: float | None = None
    confidence: float | None = None
    expected_db: float | None = None
    engine: str = ""
    is_unchanged: bool = False

    @property
    def doubt(self) -> float:
        """How unsure the repair is, for an order; what was not repaired is the least sure.

        Trials decide, and where there were none, the length: half a dB for each time that a
        region is twice as long as what is interpolated nearly without fault. A detection that
        may be wrong counts up to 4 dB more.
        """
        if not self.engine:
            return math.inf
        length_ms = 1000 * (self.end_s - self.start_s)
        by_length = max(0.5 * math.log2(max(length_ms, 1e-3) / _LENGTH_MS), 0.0)
        expected = by_length if self.expected_db is None else self.expected_db
        return expected + 4.0 * (1.0 - (1.0 if self.confidence is None else self.confidence))


@dataclass(frozen=True)
class Row:
    """What came of one recording.

    Attributes
    ----------
    source, output
        Paths; the output is empty where nothing was written.
    status
        One of `STATUSES`.
    sentence
        What the user is told.
    found, repaired, unchanged
        How many regions there were, how many of them were repaired, and how many were left as they
        were, bit for bit.
    samples_changed, outside, identical
        See `ExportReport` and `Proof`.
    lufs, true_peak_db
        Loudness of the repaired recording, or None where it was not measured.
    seconds_taken
        How long it took.
    repairs
        The least sure repairs, at most `MOST_REPAIRS`.
    is_earlier
        Whether an earlier run had done it.
    """

    source: str
    output: str = ""
    status: str = FAILED
    sentence: str = ""
    seconds: float = 0.0
    found: int = 0
    repaired: int = 0
    unchanged: int = 0
    samples_changed: int = 0
    outside: int = 0
    identical: int = 0
    lufs: float | None = None
    true_peak_db: float | None = None
    seconds_taken: float = 0.0
    repairs: tuple[RepairRow, ...] = ()
    is_earlier: bool = False

    @property
    def is_good(self) -> bool:
        """Whether all that was to be done was done."""
        return self.status in (REPAIRED, NOTHING, UNCHANGED)


def build_row(
    source: Path,
    clip: AudioClip,
    outcomes: Sequence[RegionOutcome],
    confidences: Mapping[Region, float | None],
) -> Row:
    """Return what came of the regions of a recording, before anything is written.

    Parameters
    ----------
    confidences
        How sure each region is damaged, or None where a person said so.
    """
    made = [outcome.candidates[0] for outcome in outcomes if outcome.candidates]
    unchanged = sum(candidate.is_unchanged for candidate in made)
    problems = dict.fromkeys(o.problem for o in outcomes if o.problem is not None)
    if not outcomes:
        status = NOTHING
    elif problems:
        status = PARTLY
    elif unchanged == len(made):
        status = UNCHANGED
    else:
        status = REPAIRED
    repairs = [_build_repair_row(outcome, confidences, clip.rate) for outcome in outcomes]
    return Row(
        str(source),
        status=status,
        sentence=" ".join(filter(None, (clip.info.note, *problems))),
        seconds=clip.info.duration_s,
        found=len(outcomes),
        repaired=len(made) - unchanged,
        unchanged=unchanged,
        repairs=_pick_least_sure(repairs),
    )


def build_failed_row(source: Path, error: Exception, seconds_taken: float = 0.0) -> Row:
    """Return the row of a recording on which the work failed."""
    if isinstance(error, UasrmError):
        sentence = str(error)
    elif is_out_of_memory(error):
        sentence = tr("There is not enough memory for this recording.")
    else:
        sentence = tr(
            "Something unforeseen went wrong ({kind}: {error}).",
            kind=type(error).__name__,
            error=error,
        )
    return Row(str(source), status=FAILED, sentence=sentence, seconds_taken=seconds_taken)


def row_to_json(row: Row) -> dict[str, Any]:
    """Describe a row."""
    return asdict(row)


def row_from_json(data: Mapping[str, Any]) -> Row:
    """Read what `row_to_json` wrote, as a row of an earlier run.

    Raises
    ------
    ValueError, LookupError, TypeError
        It makes no sense.
    """
    repairs = tuple(RepairRow(**repair) for repair in data["repairs"])
    row = Row(**{**data, "repairs": repairs})
    if row.status not in STATUSES:
        raise ValueError(row.status)
    return replace(row, is_earlier=True)


def _build_repair_row(
    outcome: RegionOutcome, confidences: Mapping[Region, float | None], rate: int
) -> RepairRow:
    region = outcome.region
    best = outcome.candidates[0] if outcome.candidates else None
    expected = best.estimate if best else None
    confidence = confidences.get(region)
    return RepairRow(
        region.start_frame / rate,
        region.end_frame / rate,
        format_text(region.kind, region.label),
        region.low_hz,
        region.high_hz,
        None if confidence is None else round(float(confidence), 4),
        None if expected is None else round(expected.lsd_db - SNR_WORTH * expected.snr_db, 3),
        best.engine if best else "",
        best is not None and best.is_unchanged,
    )


def _pick_least_sure(repairs: Sequence[RepairRow]) -> tuple[RepairRow, ...]:
    """Return the least sure repairs of a recording, the least sure first."""
    return tuple(sorted(repairs, key=lambda repair: -repair.doubt)[:MOST_REPAIRS])
