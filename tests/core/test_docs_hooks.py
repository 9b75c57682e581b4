"""Links of the pages are turned to where they lead among the built ones."""

import importlib
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hooks(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("docs_hooks")


@pytest.mark.parametrize(
    ("link", "built"),
    [
        ("[a page](finding.md)", "[a page](finding.md)"),
        ("[a page](../evaluation.md#metrics)", "[a page](../evaluation.md#metrics)"),
        ("![a picture](../screenshots/1-open.png)", "![a picture](../screenshots/1-open.png)"),
        ("[its card](../../resources/models/hybrid.md)", "[its card](../model.md)"),
        ("[code](../../uasrm_core/api.py)", "code"),
        ("[a folder](../decisions)", "a folder"),
        ("[elsewhere](https://example.org)", "[elsewhere](https://example.org)"),
        ("[nothing](nothing.md)", "[nothing](nothing.md)"),
    ],
)
def test_links_of_a_page_of_the_guide(hooks, link, built):
    place = PurePosixPath("docs/guide/repairing.md")
    assert hooks.rewrite_links(link, place, "guide/repairing.md") == built


def test_links_of_a_page_from_outside(hooks):
    text = (
        "[terms](docs/glossary.md), [a decision](docs/decisions/001-two-packages-one-direction.md)"
    )
    turned = hooks.rewrite_links(text, PurePosixPath("CONTRIBUTING.md"), "contributing.md")
    assert "(glossary.md)" in turned
    assert "(decisions/001-two-packages-one-direction.md)" in turned


def test_no_script_from_elsewhere_is_left(hooks):
    page = '<p>a</p><script src="https://example.org/x"></script><script src="own.js"></script>'
    assert hooks.on_post_page(page) == '<p>a</p><script src="own.js"></script>'
