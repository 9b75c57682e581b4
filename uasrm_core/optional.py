"""Packages that only some tasks need, and that are not installed with the program."""

from __future__ import annotations

import importlib
from typing import Any

from uasrm_core.errors import DataError


def optional_package(name: str, extra: str, use: str) -> Any:
    """Import and return a package, or one of its modules.

    Parameters
    ----------
    name
        The module, ``package`` or ``package.module``.
    extra
        The optional dependencies of `pyproject.toml` that hold it.
    use
        What needs it, as the first words of a sentence: "This metric needs".

    Raises
    ------
    DataError
        It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise DataError(
            f"{use} the package {name.partition('.')[0]}: pip install 'uasrm[{extra}]'."
        ) from None
