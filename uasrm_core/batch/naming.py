"""Templates for names, such as ``{folder}/{name} repaired``."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from uasrm_core.audio.kinds import format_text
from uasrm_core.audio.region import Region
from uasrm_core.translation import tr

FIELDS = ("folder", "name", "ext")
REGION_FIELDS = ("number", "label")
_FIELD = re.compile(r"\{([^{}]*)\}")
# with what sets it apart from what stands before it
_LABEL = re.compile(r"[ _-]*\{label\}")
_UNFIT = re.compile(r'[/\\:*?"<>|\x00-\x1f]+')


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


def fill_for_regions(template: str, regions: Sequence[Region]) -> tuple[str, ...]:
    """Return a template for each region with its number and label in it; other fields stay.

    Raises
    ------
    ValueError
        Two regions would have one name; the message says so.
    """
    width = len(str(len(regions)))
    names: list[str] = []
    for number, region in enumerate(regions, 1):
        label = _UNFIT.sub("_", format_text(region.kind, region.label)).strip(". ")
        text = template if label else _LABEL.sub("", template)
        text = text.replace("{number}", f"{number:0{width}}").replace("{label}", label)
        if os.path.normcase(text) in map(os.path.normcase, names):
            raise ValueError(
                tr(
                    "Two regions would be written to “{name}”; use {field} in the name.",
                    name=text,
                    field="{number}",
                )
            )
        names.append(text)
    return tuple(names)


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
