"""Finding the recording that a session or journal belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.errors import FileError, SessionError
from uasrm_core.translation import tr


class SourceWantedError(SessionError):
    """The recording is gone, unreadable or has changed; another place may be named for it."""


def open_source(
    places: Sequence[Path], fits: Callable[[AudioClip], bool], *, is_named: bool = False
) -> AudioClip:
    """Open the first of some places that holds the recording.

    Parameters
    ----------
    fits
        Tells whether an open recording is the right one; may raise FileError.
    is_named
        Whether the user named the place.

    Raises
    ------
    SourceWantedError
        None of them does.
    """
    others, problems = [], []
    for place in places:
        try:
            clip = open_clip(place)
            if fits(clip):
                return clip
        except FileError as error:
            if not _is_there(place):
                continue
            if not _is_readable(place):
                problems.append(str(error))
                continue
        others.append(place)
    if not others and problems:
        text = tr("The recording of this work cannot be opened. {problem}", problem=problems[0])
    elif not others:
        text = tr(
            "The recording {path} is not there any more; put it back or tell where it is now.",
            path=places[-1],
        )
    elif is_named:
        text = tr(
            "{path} is not the recording that this work was done on, or it has changed.",
            path=others[0],
        )
    else:
        text = tr(
            "The recording {path} has changed since this work was done, so its repairs no longer "
            "fit.",
            path=others[0],
        )
    raise SourceWantedError(text)


def _is_readable(path: Path) -> bool:
    try:
        OpenFile.open(path).read_at(0, 1)
    except (OSError, ValueError):
        return False
    return True


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
