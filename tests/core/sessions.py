"""Session files with another text in them."""

from __future__ import annotations

import json
import zipfile


def rewrite(path, change):
    """Change the text of a session file."""
    with zipfile.ZipFile(path) as archive:
        blocks = {name: archive.read(name) for name in archive.namelist()}
    data = json.loads(blocks["session.json"])
    change(data)
    blocks["session.json"] = json.dumps(data).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, block in blocks.items():
            archive.writestr(name, block)
