"""Measure how long repairs take in a warm process, by the clock and of the processors' time.

The most memory of its own that the process had comes last.

    python tools/measure_repairs.py RECORDING

The recording is a minute long or longer. Linux only, for the memory is read from ``/proc``.
"""

from __future__ import annotations

import argparse
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, Patch
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.job import RepairJob

GAP_S, CLICK_S, CLICKS = 0.5, 0.003, 100
PLACES_S = (12.0, 28.0, 44.0)


def main() -> None:
    """Measure and print, the median where there are several."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recording", type=Path)
    clip = api.open_clip(parser.parse_args().recording)
    watch = Memory()
    frames = round(GAP_S * clip.rate)
    gaps = [Region(round(s * clip.rate), round(s * clip.rate) + frames) for s in PLACES_S]
    seconds(clip, [Region(frames, 2 * frames)], "unet")
    rows = {
        "the network alone": [seconds(clip, [gap], "unet") for gap in gaps],
        "`ar`": [seconds(clip, [gap], "ar") for gap in gaps],
        "`auto`, with its trials": [seconds(clip, [gap], "auto") for gap in gaps],
        "`auto`, its trials known": [seconds(clip, [gap], "auto") for gap in gaps],
        "`similarity`, what it searches known": [
            seconds(clip, [gap], "similarity") for gap in (*gaps, *gaps)
        ][len(gaps) :],
    }
    step = (clip.frames - 2 * frames) // CLICKS
    click = round(CLICK_S * clip.rate)
    clicks = [Region(frames + i * step, frames + i * step + click) for i in range(CLICKS)]
    rows = {f"{name}, 500 ms": found for name, found in rows.items()}
    rows[f"`auto`, {CLICKS} clicks of 3 ms"] = [seconds(clip, clicks, "auto")]
    print(f"{clip.channels} channels, clock / processors, medians")  # noqa: T201
    for name, found in rows.items():
        clock, worked = np.median(found, axis=0)
        print(f"{name}: {clock:.2f} / {worked:.2f} s")  # noqa: T201
    print(f"most memory (RssAnon): {watch.most() / 1024:.0f} MiB")  # noqa: T201


def seconds(clip: AudioClip, regions: list[Region], engine: str) -> tuple[float, float]:
    """Return how long it takes to repair regions that were blanked, and how much work it is."""
    channels = tuple(range(clip.channels))
    for region in regions:
        silence = np.zeros((clip.channels, region.frames), dtype=np.float32)
        clip = clip.with_patch(Patch(region.start_frame, channels, silence))
    began, worked = time.perf_counter(), time.process_time()
    api.repair(RepairJob(clip, tuple(regions), engine=engine))
    return time.perf_counter() - began, time.process_time() - worked


class Memory:
    """Watches how much memory of its own the process has."""

    def __init__(self) -> None:
        self._most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def most(self) -> int:
        """Stop watching and return the most there was, in KiB."""
        self._done.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        wait: Callable[[float], bool] = self._done.wait
        while not wait(0.05):
            status = Path("/proc/self/status").read_text(encoding="ascii")
            found = re.search(r"RssAnon:\s+(\d+)", status)
            self._most = max(self._most, int(found[1]) if found else 0)


if __name__ == "__main__":
    main()
