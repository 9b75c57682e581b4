"""Files that ship with the program: icons, the demo recording, the trained model."""

from pathlib import Path

# In a checkout, which an editable installation is too, the folder is at the top; the wheel and the
# packaged application have it inside this package.
_INSTALLED = Path(__file__).with_name("data")
_FOLDER = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[1] / "resources"


def resource(*parts: str) -> Path:
    """Return the path of a file that ships with the program.

    Parameters
    ----------
    *parts
        Folder and file names below ``resources/``, such as ``"icons", "uasrm.svg"``.

    Raises
    ------
    FileNotFoundError
        Nothing of that name ships, which means a damaged installation.
    """
    path = _FOLDER.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"{'/'.join(parts)} is missing from this installation.")
    return path
