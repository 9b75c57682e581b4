"""Write changes of weights for some sounds: how a stage of training moved them, taken farther.

    python tools/write_changes.py BEFORE AFTER [--way 2.857] [--rank 16]
        [--of resources/models/takes.safetensors] [-o resources/models/takes-narrow.safetensors]

The weights of BEFORE and `way` times the step from there to AFTER, as a difference to the weights
of another file: of each matrix the product of two factors of that rank (decision 058).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from uasrm_core.inpainting.network import NARROW_NAME
from uasrm_core.model.checkpoint import load_model, save_changes
from uasrm_core.model.files import read_metadata
from uasrm_core.resources import resource


def main() -> None:
    """Read, go on, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--way", type=float, default=1 / 0.35)
    takes = resource("models", "takes.safetensors")
    parser.add_argument("--of", type=Path, default=takes)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("-o", type=Path, default=takes.with_name(NARROW_NAME))
    args = parser.parse_args()
    changed = load_model(args.before)
    after = load_model(args.after).state_dict()
    with torch.no_grad():
        for name, value in changed.state_dict().items():
            value.lerp_(after[name], args.way)
    told = read_metadata(args.after)
    origin = {"data": told["data"], "licence": "MIT", "way": f"{args.way:g}"}
    save_changes(changed, args.of, args.o, origin, rank=args.rank)


if __name__ == "__main__":
    main()
