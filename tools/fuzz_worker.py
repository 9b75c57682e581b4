"""The process in which `fuzz` runs a parser: it counts, times, and keeps what went wrong."""

from __future__ import annotations

import hashlib
import mmap
import os
import random
import resource
import signal
import struct
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from fuzz_mutate import mutate
from fuzz_targets import Target

MOST_SECONDS = 2.0
TICKS = 4
MEMORY_FACTOR, MEMORY_ROOM = 2, 100 * 2**20
_FIELDS = struct.Struct("6q")
# So many different findings tell enough.
MOST_FINDINGS = 50
MOST_KEPT_BYTES = 1 << 20


class TookTooLongError(BaseException):
    """An input kept the parser busy for longer than `MOST_SECONDS` of processor time."""


class Tally:
    """Figures that the parent reads while a worker counts, and after it has died."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _FIELDS.size)
        self._current = mmap.mmap(-1, 8 + MOST_KEPT_BYTES)
        self.inputs = self.accepted = self.findings = 0
        self.slowest_ns = self.peak_bytes = self.total_ns = 0

    def keep_current(self, data: bytes) -> None:
        """Remember an input for the case that the process dies of it."""
        part = data[:MOST_KEPT_BYTES]
        self._current[: 8 + len(part)] = len(part).to_bytes(8, "little") + part

    def current(self) -> bytes:
        """Return the input that was remembered last."""
        return self._current[8 : 8 + int.from_bytes(self._current[:8], "little")]

    def store(self) -> None:
        """Make the figures known to the parent."""
        self._memory[:] = _FIELDS.pack(
            self.inputs, self.accepted, self.findings, self.slowest_ns, self.peak_bytes,
            self.total_ns,
        )  # fmt: skip

    def load(self) -> None:
        """Take the figures that the worker stored last."""
        (
            self.inputs, self.accepted, self.findings, self.slowest_ns, self.peak_bytes,
            self.total_ns,
        ) = _FIELDS.unpack(self._memory[:])  # fmt: skip


class Feeder:
    """Runs a target on inputs, one after the other.

    Attributes
    ----------
    keep
        Where an input that went wrong is written, with what was wrong beside it.
    """

    def __init__(self, target: Target, folder: Path, keep: Path, tally: Tally) -> None:
        self.target, self.folder, self.keep, self.tally = target, folder, keep, tally
        self._known: set[str] = set()
        self._ticks, self._ticking = 0, -1
        signal.signal(signal.SIGPROF, self._tick)
        # they would reach the terminal
        warnings.simplefilter("error", RuntimeWarning)

    def warm_up(self) -> list[bytes]:
        """Import and compile all that is needed, and return the seeds."""
        seeds = self.target.all_seeds(self.folder)
        for seed in self.target.seeds(self.folder):
            self._outcome(seed)
        self.tally.accepted = 0
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self._used = self._first = usage.ru_maxrss * 1024
        self._spent_ns = round((usage.ru_utime + usage.ru_stime) * 1e9)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS / TICKS, MOST_SECONDS / TICKS)
        return seeds

    def feed(self, data: bytes) -> str | None:
        """Run one input; return what was wrong with it, if anything."""
        tally = self.tally
        tally.keep_current(data)
        try:
            problem = self._outcome(data)
        except TookTooLongError:
            problem = f"took over {MOST_SECONDS} s\n{traceback.format_exc()}"
        # one question for both, since a system call may take as long as a small input
        usage = resource.getrusage(resource.RUSAGE_SELF)
        taken = round((usage.ru_utime + usage.ru_stime) * 1e9) - self._spent_ns
        self._spent_ns += taken
        if problem is None:
            problem = self._check_memory(len(data), usage.ru_maxrss * 1024)
        tally.inputs += 1
        tally.total_ns += taken
        tally.slowest_ns = max(tally.slowest_ns, taken)
        if problem is not None:
            self._keep(data, problem)
        tally.store()
        return problem

    def end(self) -> None:
        """Stop watching the clock."""
        signal.setitimer(signal.ITIMER_PROF, 0.0)

    def _tick(self, number: int, frame: FrameType | None) -> None:
        """Count processor time spent on one input, and give it up after `MOST_SECONDS`."""
        if self._ticking != self.tally.inputs:
            self._ticking, self._ticks = self.tally.inputs, 0
        self._ticks += 1
        if self._ticks > TICKS:
            self._ticks = 0
            raise TookTooLongError

    def _outcome(self, data: bytes) -> str | None:
        try:
            self.target.parse(data, self.folder)
        except self.target.allowed as error:
            return f"not one sentence: {error!r}" if "\n" in str(error) else None
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            return traceback.format_exc()
        self.tally.accepted += 1
        return None

    def _check_memory(self, size: int, peak: int) -> str | None:
        before, self._used = self._used, peak
        self.tally.peak_bytes = self._used - self._first
        if self._used - before > MEMORY_FACTOR * size + MEMORY_ROOM:
            return f"took {(self._used - before) / 2**20:.0f} MB for {size} bytes"
        return None

    def _keep(self, data: bytes, problem: str) -> None:
        self.tally.findings += 1
        places = [line for line in problem.splitlines() if line.startswith("  File")]
        kind = f"{places[-1:]} {problem.splitlines()[-1].split(':')[0]}"
        if kind not in self._known and len(self._known) < MOST_FINDINGS:
            self._known.add(kind)
            keep_finding(self.keep, self.target.name, data, problem)


def keep_finding(keep: Path, name: str, data: bytes, problem: str) -> None:
    """Write an input that went wrong, and what was wrong, under a name that tells it."""
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    path.with_name(f"{path.name}.txt").write_text(problem)


def feed_mutated(feeder: Feeder, seed: int, inputs: int, is_over: Callable[[], bool]) -> None:
    """Feed mutations of the seeds, going on where an earlier worker ended."""
    seeds = feeder.warm_up()
    while feeder.tally.inputs < inputs and not is_over():
        rng = random.Random(f"{seed} {feeder.target.name} {feeder.tally.inputs}")
        feeder.feed(mutate(seeds, rng))


def feed_guided(feeder: Feeder, seed: int, inputs: int, seconds: float | None) -> None:
    """Feed what a coverage-guided fuzzer thinks of, which learns what reaches new code."""
    import atheris

    with atheris.instrument_imports(include=["uasrm_core"]):
        seeds = feeder.warm_up()
    first, corpus = feeder.folder / "seeds", feeder.folder / "corpus"
    for place in (first, corpus):
        place.mkdir(exist_ok=True)
    for number, data in enumerate(seeds):
        (first / str(number)).write_bytes(data)
    left = inputs - feeder.tally.inputs
    options = [f"-runs={left}", f"-seed={seed}", "-max_len=65536", "-timeout=600"]
    options += ["-rss_limit_mb=8192", "-len_control=0", "-verbosity=0", "-print_final_stats=0"]
    if seconds is not None:
        options.append(f"-max_total_time={max(round(seconds), 1)}")

    def one(data: bytes) -> None:
        if feeder.tally.inputs >= inputs:
            os._exit(0)
        feeder.feed(data)

    atheris.Setup(["fuzz", *options, str(corpus), str(first)], one, internal_libfuzzer=True)
    atheris.Fuzz()
