"""Running the command line inside the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from uasrm_core.cli.main import main


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    def assert_one_error(self, status: int, *words: str) -> None:
        """Fail unless it ended with this status and one line that holds all the words."""
        assert self.status == status, self.err
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("uasrm: ")
        assert self.err.endswith((".\n", ")\n")), self.err
        assert "Traceback" not in self.err
        for word in words:
            assert word in self.err
        assert self.out == ""


@pytest.fixture
def uasrm(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def run(*words: str | Path) -> Outcome:
        status = main([str(word) for word in words])
        return Outcome(status, *capsys.readouterr())

    return run
