"""Show what looking at more of a recording buys, and what it costs.

    python tools/measure_reach.py CORPUS [--engine unet] [--split validation] [--gaps 100,300,1000]

One gap of each length is cut into each recording of music that is longer than `SHORTEST_S`. The
engine `similarity` fills it with a passage from within 20 s, 60 s, 5 min and 20 min on each side;
`unet` looks for passages and usual levels within 0.7 s, 2 s, 5 s and 20 s. Printed are, as
Markdown: SNR and LSD in dB by length, the share of gaps that a wider search fills with another
passage, and the processor's seconds of a repair whose features are kept and of making them.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import positives
from uasrm_core.evaluation.benchmark import MonoSource, apply_damage, compare, figures
from uasrm_core.evaluation.places import random_cuts
from uasrm_core.inpainting.registry import load_engine
from uasrm_core.inpainting.repair import repair_region
from uasrm_core.progress import Progress
from uasrm_core.training.corpus import read_index

REACHES_S = {"similarity": (20.0, 60.0, 300.0, 1200.0), "unet": (0.7, 2.0, 5.0, 20.0)}
SHORTEST_S = 100.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--engine", choices=tuple(REACHES_S), default="similarity")
    parser.add_argument("--split", choices=("validation", "train"), default="validation")
    parser.add_argument("--tracks", type=int, default=30)
    parser.add_argument("--gaps", type=positives, default=(100.0, 300.0, 1000.0), metavar="MS,…")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    tracks = [
        track
        for track in read_index(args.corpus)
        if track.split == args.split and track.kind == "music" and track.duration_s > SHORTEST_S
    ]
    tracks = [tracks[i] for i in rng.permutation(len(tracks))[: args.tracks]]
    found: dict[tuple[float, float], list[tuple[float, ...]]] = defaultdict(list)
    for number, track in enumerate(tracks):
        print(f"{number}/{len(tracks)} {track.path.name}", file=sys.stderr)  # noqa: T201
        clip = AudioClip(MonoSource(api.open_clip(track.path)))
        for cut in random_cuts(clip, args.gaps, count=1, rng=rng):
            broken = apply_damage(clip, cut)
            region = Region(cut.start_frame, cut.end_frame)
            nearest = None
            for reach in REACHES_S[args.engine]:
                engine = copy.copy(load_engine(args.engine))
                engine.reach_s = reach
                seconds = []
                for _ in range(2):
                    began = time.process_time()
                    candidate = repair_region(
                        broken,
                        region,
                        (),
                        engine,
                        context_s=None,
                        strength=1,
                        take=0,
                        progress=Progress(),
                    )
                    seconds.append(time.process_time() - began)
                nearest = nearest or candidate.source_frames
                repaired = broken.with_patch(candidate.patch)
                values = figures(compare(clip, broken, repaired, cut), ("snr", "lsd"))
                other = candidate.source_frames != nearest
                making = max(seconds[0] - seconds[1], 0.0)
                row = (values["snr"], values["lsd"], 100.0 * other, seconds[1], making)
                found[cut.length_ms, reach].append(row)
    print("| gap ms | reach s | gaps | SNR | LSD | other passage | repair s | making s |")  # noqa: T201
    print("|---" * 8 + "|")  # noqa: T201
    for (ms, reach), rows in sorted(found.items()):
        snr, lsd, other, search, making = np.nanmean(rows, axis=0)
        elsewhere = f"{other:.0f} %" if args.engine == "similarity" else "–"
        print(  # noqa: T201
            f"| {ms:g} | {reach:g} | {len(rows)} | {snr:.1f} | {lsd:.2f} | {elsewhere} "
            f"| {search:.2f} | {making:.2f} |"
        )


if __name__ == "__main__":
    main()
