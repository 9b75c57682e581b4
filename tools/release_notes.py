"""Print the newest section of the changelog, the text of a release.

With a tag (``v0.2.0``) it is refused, unless the project, the changelog, the citation file and the
AppStream description all have the tag's version.

    python tools/release_notes.py [TAG]
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Where the version stands, and what it follows there.
PLACES = {
    "CHANGELOG.md": "## ",
    "CITATION.cff": "\nversion: ",
    "packaging/io.github.uasrm.Uasrm.metainfo.xml": '<release version="',
}


def newest(changes: str) -> str:
    """Return the first section's text without its heading."""
    return re.split(r"^## .*$", changes, flags=re.MULTILINE)[1].strip() + "\n"


def version_faults(tag: str, root: Path = ROOT) -> list[str]:
    """Return the files whose version is not that of a tag, each with the version it has."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    found = {"pyproject.toml": project}
    for name, before in PLACES.items():
        after = (root / name).read_text("utf-8").split(before, 1)[1]
        found[name] = re.split(r'[\s"]', after, maxsplit=1)[0]
    return [f"{name}: {one}" for name, one in found.items() if f"v{one}" != tag]


def main() -> int:
    """Print the section, or say where the version is another than the tag's."""
    faults = version_faults(sys.argv[1]) if len(sys.argv) > 1 else []
    if faults:
        sys.stderr.write(f"The tag is {sys.argv[1]}, but {'; '.join(faults)}\n")
        return 1
    sys.stdout.write(newest((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
