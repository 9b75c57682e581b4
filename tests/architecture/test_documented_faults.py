"""The faults that the documentation says how to inject are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_documented_fault_can_be_injected() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text()
    documented = set(re.findall(r'inject_faults\.py "([^"]+)"', text))
    sources = "".join(path.read_text() for path in (ROOT / "tools").glob("faults_*.py"))
    known = {name.replace("_", " ") for name in re.findall(r"^def (\w+)\(folder", sources, re.M)}
    assert documented
    assert documented <= known
