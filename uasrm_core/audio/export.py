"""Writing a repaired recording, with everything outside the repairs as it was."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from uasrm_core.audio.checksums import refresh_sums, sum_ranges
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.copying import copy_and_patch
from uasrm_core.audio.encoder import encode
from uasrm_core.audio.formats import (
    ExportFormat,
    can_be_exact,
    check_writable,
    format_for_target,
    least_bytes,
    source_format,
)
from uasrm_core.audio.markers.cue import add_cues, check_cue_place
from uasrm_core.audio.metadata.coding_history import (
    add_history,
    check_history_place,
    history_line,
)
from uasrm_core.audio.metadata.plan import Plan
from uasrm_core.audio.proof import Proof, Storage, prove
from uasrm_core.audio.region import Region
from uasrm_core.audio.remainder import addition_ranges, check_remainder
from uasrm_core.audio.repaired import fits_bits, list_patched_stretches
from uasrm_core.audio.sources import BlockSource, FileSource, PlainSource
from uasrm_core.errors import ExportError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr, tr_count
from uasrm_core.writing.gate import check_target, replace_file

# Room for headers: a WAV or AIFF counts its bytes in 32 bits.
_LARGEST_32_BIT = (1 << 32) - (1 << 20)


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote.

    Attributes
    ----------
    path
        The new file.
    export_format
        What it is; RF64 where a WAV was asked for that is too long to be one.
    same_format
        Whether it is the original byte for byte but for the repaired samples, markers and notes
        included.
    exact_outside
        Whether every sample outside the repairs has the original's value.
    samples_changed
        How many samples (frame × channel) the repairs changed.
    proof
        What reading the file back has shown.
    lost
        What the original says of the recording and this file cannot, as a user would call it.
    notes
        Sentences on how samples were rounded or cut off, and on what the file says of its sound
        that may no longer be so.
    """

    path: Path
    export_format: ExportFormat
    same_format: bool
    exact_outside: bool
    samples_changed: int
    proof: Proof
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> str:
        """What a user is told."""
        return " ".join((self.proof.sentence, *self.notes))


def export_clip(
    clip: AudioClip,
    target: str | Path,
    *,
    export_format: ExportFormat | None = None,
    overwrite: bool = False,
    dither: bool = True,
    rng: np.random.Generator | None = None,
    coding_history: bool = False,
    markers: Sequence[Region] = (),
    progress: Progress = Progress(),
) -> ExportReport:
    """Write a recording as it now sounds.

    In the format it has, an uncompressed recording is copied byte for byte and only the samples
    that the repairs changed are overwritten. Without `export_format`, the ending of the target's
    name decides, and the recording's own format is taken where it agrees. Where samples become
    shorter, triangular dither of one step either way is added (Lipshitz, Wannamaker, Vanderkooy:
    "Quantization and dither", 1992), drawn from `rng`, or from a fixed seed.

    Sums of the sound that the file itself holds are brought up to date. With `coding_history` a
    line on the restoration is added to the one of a broadcast WAV file. `markers` are added to the
    markers of a WAV file.

    Raises
    ------
    ExportError
        The target is the recording's own file, exists, cannot be written, or cannot be of this
        format. Whatever stood there is untouched.
    FileError
        The recording can no longer be read, or was changed since it was opened.
    Cancelled
        The user asked to stop.
    """
    target = Path(target)
    chosen = check_export(
        clip,
        target,
        export_format=export_format,
        overwrite=overwrite,
        coding_history=coding_history,
        with_markers=bool(markers),
    )
    if isinstance(clip.source, FileSource):
        clip.source.sha256(progress.part(0.0, 0.1))
        clip.source.file.check_unchanged()
    stretches = list_patched_stretches(clip)
    plan = _plan(clip, chosen)
    chosen = _choose_by_size(chosen, clip, plan.added_bytes)
    noise = (rng or np.random.default_rng(0)) if dither else None
    with replace_file(target, overwrite=overwrite, is_recording=True) as file:
        written = _write(clip, chosen, stretches, file, noise, plan, progress.part(0.1, 0.6))
        if coding_history:
            line = history_line(clip.info, chosen, len(stretches))
            add_history(file, target.name, line)
        if markers:
            add_cues(file, target.name, markers)
        proof = prove(clip, file, target, written.storage, progress.part(0.6, 0.95))
        if isinstance(clip.source, FileSource) and written.places is not None:
            added = addition_ranges(clip.source.file, history=coding_history, markers=bool(markers))
            check_remainder(clip.source.file, file, target, (*written.places, *added))
        if isinstance(clip.source, FileSource):
            is_copy = written.same_format
            _check_unchanged(clip.source, is_copy=is_copy, progress=progress.part(0.95, 1.0))
        progress.report(1.0, tr("Exported"))
    return ExportReport(
        path=target,
        export_format=chosen,
        same_format=written.same_format,
        exact_outside=written.storage.outside == 0.0 and not written.storage.rough,
        samples_changed=written.samples_changed,
        proof=proof,
        lost=() if written.same_format else plan.lost,
        notes=(*written.notes, *_describe_clipping(proof.clipped)),
    )


def check_export(
    clip: AudioClip,
    target: Path,
    *,
    export_format: ExportFormat | None = None,
    overwrite: bool = False,
    coding_history: bool = False,
    with_markers: bool = False,
) -> ExportFormat:
    """Refuse at once what `export_clip` would refuse later; return the format that it will write.

    Raises
    ------
    ExportError
        The target is the recording's own file, exists, cannot be written, has too little room, or
        cannot be of this format.
    """
    chosen = export_format or format_for_target(clip.info, target)
    check_writable(chosen, clip.info)
    if coding_history:
        check_history_place(chosen)
    if with_markers:
        check_cue_place(chosen)
    room = least_bytes(chosen, clip.info)
    check_target(target, overwrite=overwrite, is_recording=True, bytes_needed=room)
    return chosen


def list_lost_metadata(clip: AudioClip, chosen: ExportFormat) -> tuple[str, ...]:
    """Return what an export in a format would leave out, as a user would call it.

    Samples are not meant, but descriptions, markers, pictures and the like.
    """
    with suppress(OSError):  # which the export will tell of
        return _plan(clip, chosen).lost
    return ()


def describe_loss(name: str, lost: Sequence[str]) -> str:
    """Tell what a file of that name will leave out; empty if nothing is lost."""
    if not lost:
        return ""
    return tr("“{name}” will not hold: {lost}.", name=name, lost=", ".join(lost))


def _plan(clip: AudioClip, chosen: ExportFormat) -> Plan:
    is_copy = isinstance(clip.source, PlainSource | BlockSource)
    if not isinstance(clip.source, FileSource) or (is_copy and chosen == source_format(clip.info)):
        return Plan()
    # Mutagen takes a while to load; what is copied byte for byte, or a window's start, needs none.
    from uasrm_core.audio.metadata.carrying import plan_metadata

    return plan_metadata(clip.source.file, clip.info, chosen)


@dataclass(frozen=True)
class _Written:
    """What was written; `places` are the bytes in which a copy may differ from the original."""

    samples_changed: int
    storage: Storage
    places: tuple[tuple[int, int], ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def same_format(self) -> bool:
        return self.places is not None


def _write(
    clip: AudioClip,
    chosen: ExportFormat,
    stretches: list[tuple[int, int]],
    file: BinaryIO,
    dither: np.random.Generator | None,
    plan: Plan,
    progress: Progress,
) -> _Written:
    if chosen == source_format(clip.info):
        copied = copy_and_patch(clip, stretches, file, progress.part(0.0, 0.9))
        if copied is not None:
            places, notes = copied.places, tuple[str, ...]()
            if copied.samples_changed:
                places += sum_ranges(file)
                notes = refresh_sums(clip, file, progress.part(0.9, 1.0))
            bits = clip.info.valid_bits or chosen.bits
            storage = _choose_storage(
                chosen, bits, is_exact=True, is_dithered=False, rough=copied.rough
            )
            return _Written(copied.samples_changed, storage, places, notes)
    is_exact = chosen.holds(source_format(clip.info))
    if not is_exact and can_be_exact(chosen, clip.info):
        is_exact = fits_bits(clip, chosen.bits or 0, progress.part(0.0, 0.2))
        progress = progress.part(0.2, 1.0)
    noise = dither if chosen.bits is not None and not is_exact else None
    changed = encode(clip, chosen, stretches, file, noise, plan.strings, progress)
    plan.complete(file)
    is_dithered = noise is not None
    storage = _choose_storage(chosen, chosen.bits, is_exact=is_exact, is_dithered=is_dithered)
    return _Written(changed, storage, notes=_describe_rounding(chosen, is_exact, is_dithered))


def _describe_rounding(chosen: ExportFormat, is_exact: bool, is_dithered: bool) -> tuple[str, ...]:
    """Tell by which rule samples were made shorter, if they were."""
    if chosen.bits is None or is_exact:
        return ()
    if is_dithered:
        return (tr("Rounded to {bits} bits with triangular dither.", bits=chosen.bits),)
    return (tr("Rounded to {bits} bits without dither.", bits=chosen.bits),)


def _describe_clipping(count: int) -> tuple[str, ...]:
    """Tell that samples were too loud for the file, if some were."""
    if not count:
        return ()
    return (
        tr_count(
            "{count:,} sample was over full scale and was cut off; make the recording quieter "
            "first, or choose 32 bit float.",
            "{count:,} samples were over full scale and were cut off; make the recording quieter "
            "first, or choose 32 bit float.",
            count,
        ),
    )


def _choose_storage(
    chosen: ExportFormat,
    bits: int | None,
    *,
    is_exact: bool,
    is_dithered: bool,
    rough: tuple[tuple[int, int], ...] = (),
) -> Storage:
    """Return how near a file must come to what was to be written.

    Rounding moves a sample by half a step at most, and dither by less than one more.
    """
    share, clipped_bits = 0.0, bits
    inside: float | None = None
    if bits is not None:
        inside = (1.5 if is_dithered else 0.5) * 2.0 ** (1 - bits)
    elif chosen.subtype in ("FLOAT", "DOUBLE"):
        inside = 0.0
    elif chosen.subtype in ("ALAW", "ULAW"):
        # Half a step of the nearest code; libsndfile takes the next one towards zero.
        inside, share = (2.0**-12, 1 / 32) if is_exact else (2.0**-11, 1 / 16)
        clipped_bits = 16
    return Storage(
        bits=clipped_bits,
        is_single=chosen.subtype == "FLOAT",
        outside=0.0 if is_exact else inside,
        inside=inside,
        share=share,
        rough=rough,
    )


def _check_unchanged(source: FileSource, *, is_copy: bool, progress: Progress) -> None:
    """Make sure that nothing foreign was written into the recording while it was exported."""
    if is_copy:  # whose bytes were compared with the sum as they were copied
        source.file.check_unchanged()
    else:
        source.file.check_content(progress)


def _choose_by_size(chosen: ExportFormat, clip: AudioClip, added_bytes: int) -> ExportFormat:
    too_long = least_bytes(chosen, clip.info) + added_bytes > _LARGEST_32_BIT
    is_copy = isinstance(clip.source, PlainSource) and chosen == source_format(clip.info)
    if not too_long or is_copy:
        return chosen
    if chosen.container in ("WAV", "WAVEX"):
        return ExportFormat("RF64", chosen.subtype)
    if chosen.container == "AIFF":
        raise ExportError(tr("The recording is longer than the 4 GiB of an AIFF file; use .wav."))
    return chosen
