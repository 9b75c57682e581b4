"""One version everywhere, and a front page that is short and leads somewhere."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
README = (ROOT / "README.md").read_text("utf-8")
MOST_WORDS = 900


def test_one_version():
    printed = _print_notes(f"v{VERSION}")
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith("### ")


def test_a_tag_of_another_version_is_refused():
    printed = _print_notes("v99.0.0")
    assert printed.returncode == 1
    assert printed.stdout == ""
    for place in ("pyproject.toml", "CHANGELOG.md", "CITATION.cff", "metainfo.xml"):
        assert f"{place}: {VERSION}" in printed.stderr


def _print_notes(tag: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "release_notes.py"), tag]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_front_page_is_short_and_has_the_two_commands():
    assert len(README.split()) <= MOST_WORDS
    assert "\nmake run " in README
    assert "\nmake test " in README


def test_links_of_pages_lead_somewhere():
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs" / "guide").glob("*.md")]
    for page in pages:
        text = page.read_text("utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_paragraphs_of_list_items_stand_in_by_four():
    """MkDocs ends the list at less, and numbers begin anew."""
    for page in [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "guide").glob("*.md")]:
        assert not re.search(r"\n\n {1,3}\S", page.read_text("utf-8")), page.name
