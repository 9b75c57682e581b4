"""Templates for names, such as ``{folder}/{name} repaired``."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from uasrm_core.translation import tr

FIELDS = ("folder", "name", "ext")
_FIELD = re.compile(r"\{([^{}]*)\}")


def check_template(template: str) -> str:
    """Return a template as it is.

    Raises
    ------
    ValueError
        It has a field that is not known, or makes the same name of every recording; the message
        says what is wanted.
    """
    names = _FIELD.findall(template)
    left = _FIELD.sub("", template)
    known = ", ".join(f"{{{name}}}" for name in FIELDS)
    if not set(names) <= set(FIELDS) or "{" in left or "}" in left:
        raise ValueError(tr("a name with fields from {known}", known=known))
    if "name" not in names:
        raise ValueError(tr("a name that contains {field}", field="{name}"))
    return template


def fill_template(template: str, path: Path, folder: str) -> str:
    """Return a template with a recording's name in it.

    Parameters
    ----------
    folder
        What ``{folder}`` stands for.
    """
    values = {"folder": folder, "name": path.stem, "ext": path.suffix.removeprefix(".")}
    return _FIELD.sub(lambda found: values[found[1]], template)


def output_name(template: str, path: Path, folder: str, suffix: str) -> str:
    """Return where a recording's repaired copy belongs, below the folder of the batch.

    Raises
    ------
    ValueError
        The template leads out of that folder.
    """
    name = PurePosixPath(fill_template(template, path, folder).lstrip("/"))
    if ".." in name.parts or not name.name:
        raise ValueError(tr("The name “{name}” leads out of the output folder.", name=name))
    return f"{name}{suffix or path.suffix}"
