"""`uasrm info`: what a recording or a model file holds, one fact a line."""

from __future__ import annotations

import argparse
from pathlib import Path

from uasrm_core import api
from uasrm_core.audio.containers.chunks import chunk_sizes
from uasrm_core.cli.console import say

MODEL_SUFFIX = ".safetensors"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help=f"a recording, or a model file ({MODEL_SUFFIX})"
    )


def run(args: argparse.Namespace) -> int:
    """Print the facts."""
    is_model = args.file.suffix.lower() == MODEL_SUFFIX
    facts = _of_model(args.file) if is_model else _of_recording(args.file)
    width = max(map(len, facts))
    for name, fact in facts.items():
        say(f"{name.ljust(width)}  {' '.join(fact.split())}")
    return 0


def _of_recording(path: Path) -> dict[str, str]:
    info = api.open_clip(path).info
    facts = {
        "file": str(path),
        "container": info.container,
        "samples": info.subtype + (f", {info.valid_bits} bits valid" if info.valid_bits else ""),
        "rate": f"{info.rate} Hz",
        "channels": str(info.channels),
        "length": f"{info.duration_s:.3f} s ({info.frames} frames)",
        "size": f"{path.stat().st_size} bytes",
    }
    with path.open("rb") as file:
        chunks = chunk_sizes(file)
    if chunks:
        facts["chunks"] = ", ".join(f"{name} ({size} bytes)" for name, size in chunks)
    return facts if info.note is None else {**facts, "note": info.note}


def _of_model(path: Path) -> dict[str, str]:
    # PyTorch takes a second to load and only models need it.
    from uasrm_core.model.checkpoint import read_metadata

    facts = read_metadata(path)
    return {"file": str(path), **facts, "size": f"{path.stat().st_size} bytes"}
