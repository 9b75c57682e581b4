"""`uasrm completion` prints a script that knows every command and option."""

from __future__ import annotations

import subprocess

import pytest

from uasrm_core.cli.main import COMMANDS


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_the_script_names_all_commands_and_their_options(uasrm, shell):
    outcome = uasrm("completion", shell)
    assert outcome.status == 0, outcome.err
    assert all(name in outcome.out for name in COMMANDS)
    assert "--sensitivity" in outcome.out or "sensitivity" in outcome.out


def test_bash_completes_with_it(uasrm, tmp_path):
    script = tmp_path / "uasrm.bash"
    script.write_text(uasrm("completion", "bash").out)
    ask = f"source {script}; COMP_WORDS=(uasrm rep); COMP_CWORD=1; _shtab_uasrm; echo $COMPREPLY"
    run = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
    assert run.stdout.split() == ["repair"]
