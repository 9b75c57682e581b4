"""Work that is journalled, and journals as a crash leaves them."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import box
from uasrm_core.edit.history import Edit, EditHistory, RepairNote, place
from uasrm_core.edit.journal import Journal, Snapshot
from uasrm_core.edit.review import Decision
from uasrm_core.edit.stamp import full_stamp
from uasrm_core.select.combine import union

FRAMES = 4000


def repair(number, *, frames=120, channels=(1,)):
    """Return a step that repairs a place of its own with samples of its own."""
    region = Region(100 + number, 200 + number, 300.0, 1000.0, (1,), f"ring {number}")
    rng = np.random.default_rng(number)
    samples = rng.normal(size=(len(channels), frames)).astype(np.float32)
    note = RepairNote(region, "unet", "hybrid 0123", 0.75, 0.5, 1.25, (7, 107))
    return Edit(f"Repair {number}", (Patch(90 + number, channels, samples),), (note,))


def worked():
    """Return a history with everything in it that a history can hold."""
    bent = union(box(500, 700, 300.0, 900.0), box(600, 900, 800.0, 2000.0))
    region, other = Region(100, 200, label="hum"), region_of(bent, 8000, kind=Kind.NOISE)
    history = EditHistory(first_regions=(region,)).apply(repair(1))
    decided = Decision(region, "accepted", 0.9, adjusted=other)
    history = history.apply(Edit("Accept", accepted=(place(region),), decided=(decided,)))
    return history.apply(Edit("Add region", regions=(region, other))).undo()


def values(history):
    """Return all that a history says, so that two can be compared."""
    return (
        history.cursor,
        history.first_regions,
        [
            (
                edit.label,
                edit.repairs,
                edit.regions,
                edit.accepted,
                edit.decided,
                [(p.start_frame, p.channels, p.samples.tobytes()) for p in edit.patches],
            )
            for edit in history.edits
        ],
    )


def crashed(folder, clip, *histories):
    """Leave a journal as a crash would after some states of the work."""
    journal = Journal(folder)
    for history in histories:
        journal.write(Snapshot(full_stamp(clip), history, {"zoom": 3}))
    journal.close()
    return journal.path
