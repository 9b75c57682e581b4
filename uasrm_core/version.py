"""Which version of the program this is."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Return the version that is installed, or say that this is a source tree."""
    try:
        return version("uasrm")
    except PackageNotFoundError:
        return "not installed"
