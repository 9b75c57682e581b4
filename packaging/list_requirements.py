"""Print what the packaged application needs, one requirement a line, from `pyproject.toml`.

PyTorch is left out, and numba, whose work is done ahead (`build.sh`).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
EXTRAS = ("gui", "batch")
LEFT_OUT = {"torch", "torchaudio", "numba", "matplotlib"}


def main() -> None:
    """Print the list."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for name in EXTRAS for line in extras[name])]
    for line in wanted:
        name = re.match(r"[\w.-]+", line)
        if name is not None and name[0] not in LEFT_OUT:
            print(line)  # noqa: T201


if __name__ == "__main__":
    main()
