"""The packaged application carries what the program imports by name."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BY_NAME = re.compile(r'optional_package\(\s*"([\w.]+)",\s*"batch"')


def test_what_a_batch_imports_by_name_is_bundled() -> None:
    files = (ROOT / "uasrm_core").rglob("*.py")
    named = {name for path in files for name in BY_NAME.findall(path.read_text("utf-8"))}
    assert {"distributed", "fpdf", "pyloudnorm"} <= named
    recipe = (ROOT / "packaging" / "uasrm.spec").read_text("utf-8")
    assert {name for name in named if f'"{name}",' not in recipe} == set()
