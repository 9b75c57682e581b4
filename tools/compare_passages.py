"""Says where a passage beats the network.

    python tools/compare_passages.py EXAMPLES [--model FILE]

EXAMPLES is a folder of prepared examples, as ``uasrm train`` leaves it beside the model it makes
(``MODEL.run/examples``). Of its validation gaps, those with a passage whose surroundings correlate
with the gap's are filled by the network and by the passage taken over as it is; SNR and LSD are
printed as Markdown, by the correlation and by whether the gap is short.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from uasrm_core.exemplars.finder import measure_agreement
from uasrm_core.inpainting.examples import splice_windows
from uasrm_core.inpainting.router import TRIED_FROM_S
from uasrm_core.model.checkpoint import load_model
from uasrm_core.model.losses import loss_parts
from uasrm_core.resources import resource
from uasrm_core.training import dataset
from uasrm_core.training.collate import make_batch
from uasrm_core.training.settings import LONG, SHORT

CORRELATIONS = (0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.01)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("examples", type=Path)
    parser.add_argument("--model", type=Path, default=resource("models", "hybrid.safetensors"))
    args = parser.parse_args()
    rows = np.array(measure(args.examples, args.model))
    print("| gap | correlation | gaps | network | passage |\n|---|---|---|---|---|")  # noqa: T201
    for short, name in ((True, "short"), (False, "long")):
        for low, high in pairwise(CORRELATIONS):
            chosen = (
                (rows[:, 0] >= low) & (rows[:, 0] < high) & ((rows[:, 1] < TRIED_FROM_S) == short)
            )
            if chosen.any():
                a, b, c, d = rows[chosen, 2:].mean(0)
                print(  # noqa: T201
                    f"| {name} | {low:g}–{min(high, 1):g} | {chosen.sum()} "
                    f"| {a:.1f} / {b:.2f} | {c:.1f} / {d:.2f} |"
                )


@torch.inference_mode()
def measure(examples: Path, model_path: Path) -> list[list[float]]:
    """Return correlation, length in seconds, then SNR and LSD of the network and of the passage."""
    model = load_model(model_path)
    rows: list[list[float]] = []
    for band in (SHORT, LONG):
        for path in dataset.shards(examples, "validation", band):
            shard = dataset.read_shard(path)
            for row, (start, end) in enumerate(shard.gaps):
                rate = round(float(shard.rates[row]))
                clean = shard.clean[row].astype(np.float32)
                passages = shard.exemplars[row].astype(np.float32)
                fits = [measure_agreement(p, clean, start, end, rate) for p in passages]
                best = int(np.argmax(fits))
                if fits[best] < CORRELATIONS[0]:
                    continue
                lone = np.array([row])
                rng = np.random.default_rng(0)
                batch = make_batch(shard, lone, rng, model.config, augment=False)
                samples, given = batch.clean, batch.given
                outside = samples * (1 - given.gap)
                made = splice_windows(batch, model(given))
                copied = outside + given.exemplars[:, best] * given.gap
                figures = []
                for filled in (made, copied):
                    parts = loss_parts(filled, samples, given.gap, given.rates)
                    figures += [
                        -20 * float(torch.log10(parts.waveform[0])),
                        float(parts.log_distance[0]),
                    ]
                rows.append([fits[best], (end - start) / rate, *figures])
    return rows


if __name__ == "__main__":
    main()
