"""Print the newest section of the changelog, the text of a release."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGES = Path(__file__).resolve().parents[1] / "CHANGELOG.md"


def newest(changes: str) -> str:
    """Return the first section's text without its heading."""
    return re.split(r"^## .*$", changes, flags=re.MULTILINE)[1].strip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(newest(CHANGES.read_text(encoding="utf-8")))
