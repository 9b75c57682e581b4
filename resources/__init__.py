"""Files that ship with the program: icons, the demo recording, the trained model."""

from importlib.resources import files
from pathlib import Path


def resource(*parts: str) -> Path:
    """Return the path of a file that ships with the program.

    The package is always a plain folder (in a checkout, installed from a wheel, or inside the
    packaged app), so the path may be handed to anything that opens files.

    Parameters
    ----------
    *parts
        Folder and file names below ``resources/``, such as ``"icons", "uasrm.svg"``.

    Raises
    ------
    FileNotFoundError
        Nothing of that name ships, which means a damaged installation.
    """
    path = Path(str(files(__name__))).joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"{'/'.join(parts)} is missing from this installation.")
    return path
