"""Inject faults into the program: ``python tools/inject_faults.py [NAME …] [--json]``.

Each fault runs in a process and a folder of its own, on the command line or in a window without a
screen. Prints a table: what the user was told, whether the work and the files were kept, whether
the program answered afterwards. A fault passes if the user was told one sentence (or nothing, where
the work goes on), if nothing was lost, and if the program is alive where it can be. Exits with 1
if any fault does not pass. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

PATIENCE_S = 150.0
GOES_ON = "(goes on)"


@dataclass(frozen=True)
class Outcome:
    """What came of a fault.

    Attributes
    ----------
    said
        What the user was told, or `GOES_ON` where the work succeeds all the same.
    kept
        Whether the original, older files and the work are as they should be.
    alive
        Whether the program answered afterwards, or ended in order where it has to end.
    """

    said: str
    kept: bool
    alive: bool

    @property
    def passes(self) -> bool:
        """Whether this is what a user may expect."""
        told = self.said == GOES_ON or (
            self.said.endswith((".", "?"))
            and not any(word in self.said for word in ("\n", "Traceback", "unforeseen"))
        )
        return told and self.kept and self.alive


Fault = Callable[[Path], Outcome]


def all_faults() -> dict[str, Fault]:
    """Return every fault by its name."""
    from faults_cli import FAULTS as ON_THE_COMMAND_LINE
    from faults_crash import FAULTS as CRASHES
    from faults_input import FAULTS as WITH_ODD_INPUT
    from faults_window import FAULTS as IN_THE_WINDOW

    faults = (*ON_THE_COMMAND_LINE, *WITH_ODD_INPUT, *IN_THE_WINDOW, *CRASHES)
    return {fault.__name__.replace("_", " "): fault for fault in faults}


def main() -> int:
    """Inject the faults, print the table, and tell by the exit code whether all passed."""
    parser = argparse.ArgumentParser(description="Inject faults into the program.")
    parser.add_argument("names", nargs="*", help="only these faults (all)")
    parser.add_argument("--json", action="store_true", help="print the outcomes as JSON")
    parser.add_argument("--inside", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        name, folder = options.inside
        print(json.dumps(asdict(all_faults()[name](Path(folder)))), flush=True)  # noqa: T201
        os._exit(0)  # a thread that hangs, as some faults make it, must not keep the process
    known = all_faults()
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no fault is called “{unknown[0]}”; there are: {', '.join(known)}")
    outcomes: dict[str, Outcome] = {}
    for name in options.names or known:
        outcomes[name] = inject(name)
        if not options.json:
            print(as_row(name, outcomes[name]), flush=True)  # noqa: T201
    if options.json:
        rows = {name: asdict(outcome) for name, outcome in outcomes.items()}
        print(json.dumps(rows, indent=1, ensure_ascii=False))  # noqa: T201
    failed = sum(not outcome.passes for outcome in outcomes.values())
    print(f"{len(outcomes)} faults, {failed} failed", file=sys.stderr)  # noqa: T201
    return 1 if failed else 0


def inject(name: str) -> Outcome:
    """Run one fault in a process and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="uasrm-fault-") as folder:
        environment = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_DATA_HOME": f"{folder}/home/data",
            "XDG_CONFIG_HOME": f"{folder}/home/config",
            "XDG_STATE_HOME": f"{folder}/home/state",
        }
        work = Path(folder) / "work"
        work.mkdir()
        call = [sys.executable, __file__, "--inside", name, str(work)]
        try:
            done = subprocess.run(
                call,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE_S,
            )
        except subprocess.TimeoutExpired:
            return Outcome("The program hung.", kept=False, alive=False)
    if done.returncode:
        last = (done.stderr.strip() or "no output").splitlines()[-1]
        return Outcome(f"Exit status {done.returncode}: {last}", kept=False, alive=False)
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def as_row(name: str, outcome: Outcome) -> str:
    """Return an outcome as a row of a Markdown table."""
    words = [
        "passes" if outcome.passes else "FAILS",
        "kept" if outcome.kept else "LOST",
        "alive" if outcome.alive else "DEAD",
    ]
    return f"| {name} | {outcome.said} | {' | '.join(words)} |"


if __name__ == "__main__":
    sys.exit(main())
