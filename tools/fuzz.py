"""Feed damaged files to the parsers: ``python tools/fuzz.py [--parser NAME] [--inputs N]``.

Each parser of this project gets so many inputs, which a coverage-guided fuzzer (atheris) thinks of
where it is installed, and a mutator with a seed otherwise. With ``--audio``, damaged recordings of
all formats are opened, repaired and exported. Prints for each parser how many inputs there were and
how many it took for good, how many ended in an error that is not one sentence of this program's
own, took over 2 s or more memory than twice the input and 100 MB, the slowest, and by how much
memory grew. Inputs that went wrong are kept. Exits with 1 if there were any. Linux only.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fuzz_audio import audio_targets
from fuzz_targets import TARGETS, Target
from fuzz_worker import Feeder, Tally, feed_guided, feed_mutated, keep_finding

HEADER = ("parser", "inputs", "taken", "went wrong", "slowest ms", "mean ms", "memory MB")
# Of processor time without a new input: the watchdog within the process did not get through.
STUCK_S = 20.0
LOOK_S = 0.5
TELL_S = 60.0


@dataclass(frozen=True)
class Options:
    """What the command line asks for; the limits are those of each parser."""

    inputs: int
    seconds: float | None
    seed: int
    keep: Path
    is_guided: bool


def main() -> int:
    """Run the parsers one after the other, and tell by the exit code whether all was well."""
    parser = argparse.ArgumentParser(description="Feed damaged files to the parsers.")
    parser.add_argument(
        "--parser", action="append", metavar="NAME", help=f"one of {', '.join(TARGETS)}"
    )
    parser.add_argument("--audio", action="store_true", help="damaged recordings of all formats")
    parser.add_argument("--inputs", type=int, default=10_000, help="for each parser (10000)")
    parser.add_argument("--seconds", type=float, help="for each parser at most")
    parser.add_argument("--seed", type=int, default=1, help="which inputs (1)")
    parser.add_argument("--plain", action="store_true", help="mutate without guidance by coverage")
    parser.add_argument(
        "--keep", type=Path, default=Path("fuzz-findings"), help="for inputs that went wrong"
    )
    args = parser.parse_args()
    known = audio_targets() if args.audio else TARGETS
    names = args.parser or list(known)
    if unknown := set(names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    has_guide = importlib.util.find_spec("atheris") is not None
    is_guided = has_guide and not (args.plain or args.audio)
    options = Options(args.inputs, args.seconds, args.seed, args.keep, is_guided)
    print("inputs are", "guided by coverage" if is_guided else "mutated")  # noqa: T201
    if not is_guided:
        _prepare(known[names[0]])
    rows = [run(known[name], options) for name in names]
    if len(rows) > 1:
        rows.append(_total(rows))
    table = [HEADER, ("---", *["---:"] * 6), *(_row(name, tally) for name, tally in rows)]
    print("\n".join(f"| {' | '.join(row)} |" for row in table))  # noqa: T201
    return 1 if any(tally.findings for _, tally in rows) else 0


def _prepare(target: Target) -> None:
    """Import and compile what a target needs, once for all workers."""
    with scratch() as folder:
        feeder = Feeder(target, folder, folder, Tally())
        feeder.warm_up()
        feeder.end()


def run(target: Target, options: Options) -> tuple[str, Tally]:
    """Run a parser in a process of its own, and in another one where that died."""
    tally = Tally()
    tally.store()
    end = None if options.seconds is None else time.monotonic() + options.seconds
    with scratch() as folder:
        while tally.inputs < options.inputs and (end is None or time.monotonic() < end):
            before = tally.inputs
            code = _watch(_start(target, folder, options, tally, end), target, tally)
            if code == 0:
                break
            tally.inputs += 1
            tally.findings += 1
            tally.store()
            told = f"the process ended with {code}"
            keep_finding(options.keep, target.name, tally.current(), told)
            if before == 0 and tally.inputs == 1:
                break  # it does not even start
    return target.name, tally


def _start(target: Target, folder: Path, options: Options, tally: Tally, end: float | None) -> int:
    """Start a worker and return its process number."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        left = None if end is None else end - time.monotonic()
        feeder = Feeder(target, folder, options.keep, tally)
        if options.is_guided:
            with (folder / "log").open("ab") as log:
                os.dup2(log.fileno(), 2)
            feed_guided(feeder, options.seed + tally.inputs, options.inputs, left)
        else:
            is_over: Callable[[], bool] = lambda: end is not None and time.monotonic() >= end  # noqa: E731
            feed_mutated(feeder, options.seed, options.inputs, is_over)
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


def _watch(child: int, target: Target, tally: Tally) -> int:
    """Wait for a worker, ending one that is stuck; return its exit code."""
    seen, since, told = -1, 0.0, time.monotonic()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        tally.load()
        if done:
            return os.waitstatus_to_exitcode(status)
        used = _cpu_seconds(child)
        if tally.inputs != seen:
            seen, since = tally.inputs, used
        elif used - since > STUCK_S and seen > 0:
            os.kill(child, signal.SIGKILL)
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            print(*_row(target.name, tally), file=sys.stderr, flush=True)  # noqa: T201
        time.sleep(LOOK_S)


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder in memory, where there is one."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="uasrm-fuzz-", dir=place) as name:
        yield Path(name)


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    mean = tally.total_ns / max(tally.inputs, 1) / 1e6
    figures = (f"{tally.slowest_ns / 1e6:.0f}", f"{mean:.2f}", f"{tally.peak_bytes / 2**20:.0f}")
    return name, str(tally.inputs), str(tally.accepted), str(tally.findings), *figures


def _total(rows: list[tuple[str, Tally]]) -> tuple[str, Tally]:
    total = Tally()
    for _, tally in rows:
        total.inputs += tally.inputs
        total.accepted += tally.accepted
        total.findings += tally.findings
        total.total_ns += tally.total_ns
        total.slowest_ns = max(total.slowest_ns, tally.slowest_ns)
        total.peak_bytes = max(total.peak_bytes, tally.peak_bytes)
    return "all", total


if __name__ == "__main__":
    sys.exit(main())
