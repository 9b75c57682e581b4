"""Files that ship with the program: icons, the demo recording, the trained model, the guide."""

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


def guide_folder() -> Path:
    """Return the folder of the guide's pages, Markdown that links to pictures beside the folder."""
    inside = Path(__file__).with_name("docs")
    return (inside if inside.is_dir() else Path(__file__).parents[1] / "docs") / "guide"
