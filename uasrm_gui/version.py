"""Which version of the program this is."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Return the version that is installed."""
    try:
        return version("uasrm")
    except PackageNotFoundError:
        return "from a checkout"
