"""The version of the program."""


def program_version() -> str:
    """Return the version that is installed, or say that this is a source tree."""
    # a tenth of the time that a command takes to start, and few ask
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("uasrm")
    except PackageNotFoundError:
        return "not installed"
