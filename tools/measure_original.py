"""Show that the notebook's network runs here at full width: one step, one repair, and their cost.

    python tools/measure_original.py [--width 64]

It needs about 6 GB of memory at full width.
"""

from __future__ import annotations

import argparse
import resource as limits
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from uasrm_core.audio.files import open_clip
from uasrm_core.inpainting.condition import condition
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.notebook import NotebookEngine
from uasrm_core.model.fit import Fitter
from uasrm_core.model.original import OriginalConfig, OriginalNet, save_original
from uasrm_core.progress import Progress
from uasrm_core.training.corpus import tracks_of
from uasrm_core.training.original import OriginalSettings, make_example, measure_hole_error

SAMPLE = Path(__file__).resolve().parents[1] / "resources" / "samples" / "hungarian_dance_clean.wav"


def main() -> None:
    """Take the step and the repair, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=64, help="feature maps of the first level")
    config = OriginalConfig(channels=parser.parse_args().width)
    settings = OriginalSettings(model=config)
    fitter = Fitter(OriginalNet(config), settings.fit)
    count = sum(p.numel() for p in fitter.model.parameters())
    _say(f"{count:,} parameters, {4 * count / 2**20:.0f} MiB in single precision")

    tracks = tracks_of([SAMPLE])
    example = make_example(tracks, settings, np.random.default_rng(0), "train")
    began = time.perf_counter()
    loss = measure_hole_error(
        fitter.model(example.levels, example.hole), example.levels, example.hole
    )
    fitter.learn(loss, 0.0)
    _say(f"one training step on {config.chunk_s:g} s: {_since(began)}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "original.safetensors"
        averaged = fitter.averaged
        assert isinstance(averaged, OriginalNet)
        save_original(averaged, path, {})
        _say(f"its model file: {path.stat().st_size / 2**20:.0f} MiB in half precision")
        del fitter, loss, averaged, example
        engine = NotebookEngine(path)
        clip = open_clip(SAMPLE)
        samples = clip.read(0, min(5 * clip.rate, clip.frames))[:1]
        middle, half = samples.shape[1] // 2, clip.rate // 4
        began = time.perf_counter()
        gap = Gap(samples, middle - half, middle + half, clip.rate)
        engine.fill(condition(gap, Progress()), Progress())
        _say(f"one repair of 500 ms, one channel: {_since(began)}")


def _since(began: float) -> str:
    # Linux counts in KiB.
    peak = limits.getrusage(limits.RUSAGE_SELF).ru_maxrss / 2**20
    threads = torch.get_num_threads()
    return f"{time.perf_counter() - began:.1f} s on {threads} threads, peak {peak:.1f} GiB so far"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
