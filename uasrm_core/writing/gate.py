"""The gate through which every file is written: complete in its place, or not there at all.

What is written goes into a draft beside its place, is brought to the disk, and takes its name in
one step. What stood there keeps its permissions, owner and attributes; a link is followed, and the
file it leads to is replaced. Nothing is ever written over an open recording, and only a recording
replaces a recording.

Four kinds of files do not go through here, because nothing is lost with half of them:

* files without a name, which the system removes (`tempfile.TemporaryFile`: decoded sound);
* files in a folder that was made for a passing purpose, or in a draft folder of `create_folder`,
  which takes its name as a whole;
* logs to which lines are added (training, the window): a line cut short is skipped by who reads it;
* the journal of the work, a database that keeps itself whole, and the locks of sessions.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from uasrm_core.errors import Cancelled, ExportError
from uasrm_core.translation import mark, tr
from uasrm_core.writing import system
from uasrm_core.writing.drafts import make_draft, make_draft_folder, sweep
from uasrm_core.writing.keep import keep_attributes
from uasrm_core.writing.recordings import begins_as_audio, is_protected

_CAUSES = {
    errno.ENOSPC: mark("the disk is full"),
    errno.EDQUOT: mark("your share of the disk is used up"),
    errno.EFBIG: mark("the file would be larger than this disk or account allows"),
    errno.EACCES: mark("permission denied"),
    errno.EPERM: mark("permission denied"),
    errno.EROFS: mark("the disk is read-only"),
    errno.ENAMETOOLONG: mark("the name is too long"),
    errno.EIO: mark("the disk reports an error"),
    errno.ELOOP: mark("its links lead in a circle"),
    errno.EILSEQ: mark("this disk does not take such a name"),
    errno.EINVAL: mark("this disk does not take such a name or file"),
}
_MEGABYTE = 1_000_000


def write_failure(target: Path, cause: Exception) -> ExportError:
    """Say in one sentence why `target` could not be written."""
    reason = str(cause)
    if isinstance(cause, OSError):
        reason = tr(_CAUSES.get(cause.errno or 0, "")) or cause.strerror or reason
    return ExportError(
        tr("“{name}” could not be written: {reason}.", name=target.name, reason=reason)
    )


@contextmanager
def replace_file(
    target: Path, *, overwrite: bool, is_recording: bool = False, is_durable: bool = True
) -> Iterator[BinaryIO]:
    """Give a new file to write to, and put it in the target's place once it is complete.

    If anything goes wrong inside, it is removed and whatever stood at `target` stays as it was.

    Parameters
    ----------
    overwrite
        What stands at `target` may be replaced.
    is_recording
        What is written is a recording; anything else does not replace one.
    is_durable
        Wait until the file is on the disk, so that it outlives a power cut. What is easily made
        again need not.

    Raises
    ------
    ExportError
        The folder is missing or not writable, the disk is full, `target` is an open recording, or
        it exists and may not be replaced.
    """
    place = _place_of(target, overwrite=overwrite, is_recording=is_recording)
    sweep(place.parent)
    try:
        former = _read_status(place)
        with make_draft(place, is_private=former is not None) as draft:
            with _raise_failed_writes(draft.file):
                yield draft.file
                draft.file.flush()
            if former is not None:
                keep_attributes(draft.file.fileno(), place, former)
            if is_durable:
                system.sync(draft.file.fileno())
            # The program was at work for a while: much may have come to stand there.
            if _place_of(target, overwrite=overwrite, is_recording=is_recording) != place:
                raise ExportError(tr("“{name}” now leads elsewhere.", name=target.name))
            _put(draft.path, place, target, overwrite=overwrite)
    except OSError as error:
        raise write_failure(target, error) from error
    if is_durable:
        _sync_folder(place.parent)


def _put(draft: Path, place: Path, target: Path, *, overwrite: bool) -> None:
    """Give a draft its name; one that may replace nothing gets it only if nothing else has it.

    A link never replaces. Where the file system has none, only the look before it is left.
    """
    try:
        if not overwrite and system.link(draft, place):
            return
    except FileExistsError as error:
        raise _build_exists_error(target) from error
    system.rename(draft, place)


@contextmanager
def _raise_failed_writes(file: io.BufferedRandom) -> Iterator[None]:
    """Raise what a failed write has raised, whatever the encoder has made of it."""
    try:
        yield
    except Exception as error:
        cause = system.failed_write(file)
        if cause is None or isinstance(error, Cancelled):
            raise
        raise cause from error
    if (cause := system.failed_write(file)) is not None:
        raise cause


def write_whole(
    target: Path,
    content: bytes,
    *,
    overwrite: bool = True,
    is_recording: bool = False,
    is_durable: bool = True,
) -> None:
    """Write a file at once; see `replace_file`."""
    with replace_file(
        target, overwrite=overwrite, is_recording=is_recording, is_durable=is_durable
    ) as file:
        file.write(content)


@contextmanager
def create_folder(target: Path) -> Iterator[Path]:
    """Give a new folder to fill, which appears at `target` once it is complete.

    Raises
    ------
    ExportError
        It cannot be made or filled, or `target` is there and is no empty folder.
    """
    _check_name(target)
    make_folder(target.parent)
    sweep(target.parent)
    try:
        target = _follow_links(target)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ExportError(
                tr("“{target}” exists and is not empty; choose another folder.", target=target)
            )
        with make_draft_folder(target) as folder:
            yield folder
            _sync_all(folder)
            system.rename(folder, target)
    except OSError as error:
        raise write_failure(target, error) from error
    _sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are missing.

    Raises
    ------
    ExportError
        That is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = tr(_CAUSES.get(error.errno or 0, "")) or error.strerror
        raise ExportError(
            tr("The folder “{folder}” cannot be made: {reason}.", folder=folder, reason=reason)
        ) from error


def check_target(
    target: Path, *, overwrite: bool, is_recording: bool = False, bytes_needed: int = 0
) -> None:
    """Refuse before the work what `replace_file` would refuse after it.

    Parameters
    ----------
    bytes_needed
        How much there must be room for.

    Raises
    ------
    ExportError
        As `replace_file` does.
    """
    place = _place_of(target, overwrite=overwrite, is_recording=is_recording)
    try:
        # Permissions, access lists, attributes and mounts say it all by whether it works.
        with make_draft(place, is_private=True):
            pass
    except OSError as error:
        raise write_failure(target, error) from error
    _check_room(target, place, bytes_needed)


def final_name(target: Path, suffix: str, *others: str) -> Path:
    """Return the name that a file gets: with `suffix` behind it, unless it has it or another.

    To be fixed before anyone is asked whether that file may be replaced.

    Parameters
    ----------
    suffix, others
        Such as ``.txt``.
    """
    known = {ending.lower() for ending in (suffix, *others)}
    return target if target.suffix.lower() in known else target.with_name(target.name + suffix)


def _place_of(target: Path, *, overwrite: bool, is_recording: bool) -> Path:
    """Return the file that will be replaced: `target`, or what it is a link to."""
    _check_name(target)
    try:
        place = _follow_links(target)
        if place.is_dir():
            raise ExportError(tr("“{target}” is a folder; choose a file name.", target=target))
        if not place.parent.is_dir():
            raise ExportError(tr("The folder “{folder}” does not exist.", folder=place.parent))
        status = _read_status(place)
        if is_protected(place, status):
            raise ExportError(
                tr(
                    "“{name}” is the original, which is never changed; choose another name.",
                    name=target.name,
                )
            )
        if status is not None:
            _check_replaceable(target, place, status, overwrite, is_recording)
    except OSError as error:
        raise write_failure(target, error) from error
    return place


def _check_replaceable(
    target: Path, place: Path, status: os.stat_result, overwrite: bool, is_recording: bool
) -> None:
    if not overwrite:
        raise _build_exists_error(target)
    if not stat.S_ISREG(status.st_mode):
        raise ExportError(tr("“{target}” is not an ordinary file.", target=target))
    if not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if not is_recording and begins_as_audio(place):
        raise ExportError(
            tr(
                "“{name}” is a recording, which nothing but a recording replaces; choose another "
                "name.",
                name=target.name,
            )
        )


def _build_exists_error(target: Path) -> ExportError:
    return ExportError(tr("“{target}” exists already.", target=target))


def _check_room(target: Path, place: Path, bytes_needed: int) -> None:
    try:
        room = os.statvfs(place.parent)
    except OSError as error:
        raise write_failure(target, error) from error
    free = room.f_bavail * room.f_frsize
    if room.f_blocks and free < bytes_needed:
        raise ExportError(
            tr(
                "“{name}” needs {needed} MB, but only {free} MB are free on its disk.",
                name=target.name,
                needed=-(-bytes_needed // _MEGABYTE),
                free=free // _MEGABYTE,
            )
        )


def _check_name(target: Path) -> None:
    try:
        is_name = b"\0" not in os.fsencode(target) and bool(target.name)
    except UnicodeEncodeError:
        is_name = False
    if not is_name:
        raise ExportError(tr("“{target}” cannot be the name of a file.", target=target))


def _follow_links(target: Path) -> Path:
    if not target.is_symlink():
        return target
    try:
        return Path(os.path.realpath(target, strict=True))
    except FileNotFoundError as error:
        raise ExportError(
            tr("“{target}” is a link to a file that does not exist.", target=target)
        ) from error


def _read_status(place: Path) -> os.stat_result | None:
    try:
        return place.stat()
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    """Bring a folder's new entry to the disk; where that is not possible there is no more to do.

    The file has its name by now, and to call that a failure would be wrong.
    """
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            system.sync(descriptor)
        finally:
            os.close(descriptor)


def _sync_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            system.sync(descriptor)
        finally:
            os.close(descriptor)
