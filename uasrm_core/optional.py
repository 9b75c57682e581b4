"""Packages that only some tasks need, and that are not installed with the program."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from uasrm_core.errors import DataError
from uasrm_core.translation import mark, tr

# What the window is made of: the extra `gui`.
WINDOW_PACKAGES = ("PySide6", "sounddevice")
# What learning needs: training, adapting to a recording, and the notebook's network.
TORCH = ("torch", "torchaudio")


def has_torch() -> bool:
    """Return whether PyTorch is installed; the packaged application carries none."""
    return all(importlib.util.find_spec(name) is not None for name in TORCH)


def optional_package(name: str, extra: str, use: str) -> Any:
    """Import and return a package, or one of its modules.

    Parameters
    ----------
    name
        The module, ``package`` or ``package.module``.
    extra
        The optional dependencies of `pyproject.toml` that hold it.
    use
        What needs it, as the first words of a marked sentence: "This metric needs".

    Raises
    ------
    DataError
        It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise _build_missing_error(use, name.partition(".")[0], extra) from None


def check_window_packages() -> None:
    """Make sure that the window can be started, without importing anything of it.

    Raises
    ------
    DataError
        A package is not installed, as where the program was installed as a library.
    """
    for name in WINDOW_PACKAGES:
        if importlib.util.find_spec(name) is None:
            raise _build_missing_error(mark("The window needs"), name, "gui")


def _build_missing_error(use: str, package: str, extra: str) -> DataError:
    return DataError(
        tr(
            "{use} the package {package}: pip install 'uasrm[{extra}]'.",
            use=tr(use),
            package=package,
            extra=extra,
        )
    )
