"""What MkDocs cannot do by itself: pages from outside ``docs/``, and links that lead out of it.

The pages stay readable where they lie. A link to one of `PAGES` leads to its page; a link to
another file of the project has no target in the built pages, and its text stays.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "resources/models/hybrid.md": "model.md",
    "resources/models/takes.md": "model-takes.md",
}
LOGO = {"resources/icons/uasrm.svg": "assets/uasrm.svg"}
_LINK = re.compile(
    r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)"
)
_FOREIGN_SCRIPT = re.compile(r"<script src=\"?https?://[^>]*></script>")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages from outside, and the logo."""
    # only MkDocs itself calls this
    from mkdocs.structure.files import File

    for source, uri in {**PAGES, **LOGO}.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links that lead out of ``docs/`` around, or leave their text."""
    source = Path(page.file.abs_src_path).relative_to(ROOT)
    return rewrite_links(markdown, PurePosixPath(source.as_posix()), page.file.src_uri)


def on_post_page(output: str, **_: Any) -> str:
    """Take out the one script from elsewhere: the pages are to be whole by themselves.

    It lets the search work where pages are opened as files; served, they do without.
    """
    return _FOREIGN_SCRIPT.sub("", output)


def rewrite_links(markdown: str, source: PurePosixPath, uri: str) -> str:
    """Return a page with its links as they must be in the built pages.

    Parameters
    ----------
    source
        The page's place in the project.
    uri
        Its place among the built pages.
    """

    def link(found: re.Match[str]) -> str:
        target = found["target"]
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        place = os.path.normpath(source.parent / target)
        if place in PAGES:
            there = PAGES[place]
        elif place.startswith("docs/") and (ROOT / place).is_file():
            there = place.removeprefix("docs/")
        elif place.startswith("docs/") and not (ROOT / place).exists():
            return found[0]
        else:
            return found["text"]
        relative = os.path.relpath(there, PurePosixPath(uri).parent)
        return f"{found['image']}[{found['text']}]({relative}{found['anchor'] or ''})"

    return _LINK.sub(link, markdown)
