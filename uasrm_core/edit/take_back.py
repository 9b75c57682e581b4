"""Taking the repairs of one place back, whatever was done elsewhere since."""

from __future__ import annotations

from uasrm_core.audio.clip import AudioClip, Patch
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import (
    PUT_BACK,
    Edit,
    EditHistory,
    RepairNote,
    drop_patches,
    patch_for,
    place,
)


def take_back_repairs(
    history: EditHistory, region: Region, original: AudioClip, label: str
) -> Edit | None:
    """Return the step after which a place is as if it had never been repaired by itself.

    It restores all that the repairs changed, their crossfades included, bit for bit, and leaves
    what other steps changed there. None where no step in effect repaired this very place.
    """
    spot, channels = place(region), original.channels
    repaired = [
        patch_for(edit, region, channels)
        for edit in history.in_effect
        if any(place(other) == spot for other in edit.repaired)
    ]
    gone = [patch for patch in repaired if patch is not None]
    if not gone:
        return None
    kept = original.with_patches(drop_patches(history, region, channels))
    patches = tuple(
        Patch(
            patch.start_frame,
            patch.channels,
            kept.read(patch.start_frame, patch.end_frame, patch.channels),
        )
        for patch in gone
    )
    return Edit(label, patches=patches, repairs=(RepairNote(region, PUT_BACK),))
