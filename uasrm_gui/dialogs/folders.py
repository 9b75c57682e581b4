"""Where new files are proposed to go."""

from __future__ import annotations

import os
from pathlib import Path

from uasrm_core.resources import resource


def folder_beside(source: Path | None) -> Path:
    """Return the folder of a file, or the user's own where it is not meant for new files."""
    if source is None or not os.access(source.parent, os.W_OK):
        return Path.home()
    own = resource("samples").resolve()
    return Path.home() if source.parent.resolve() == own else source.parent
