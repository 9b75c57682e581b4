"""Running the command line inside the test's own process, and a recording to repair with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.damaged import END, START
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


@pytest.fixture
def recording(wav_file, music_like):
    """Return a stereo recording of 2 s with a dropout of 20 ms in it."""
    samples = music_like(2.0)
    samples[:, START:END] = 0.0
    return wav_file(samples, subtype="PCM_16")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "fixed.wav"
