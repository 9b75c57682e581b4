"""`uasrm info`: what a recording or a model file holds, one fact a line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from uasrm_core import api
from uasrm_core.audio.containers.chunks import chunk_sizes
from uasrm_core.cli.console import say, say_lines
from uasrm_core.writing.text import json_text

MODEL_SUFFIX = ".safetensors"

EXAMPLES = """
examples:
  uasrm info tape.wav
  uasrm info tape.wav --json
  uasrm info own.safetensors
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help=f"a recording, or a model file ({MODEL_SUFFIX})"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the facts, or all of them as JSON."""
    is_model = args.file.suffix.lower() == MODEL_SUFFIX
    if args.json:
        facts = _of_model(args.file) if is_model else _as_json(args.file)
        say_lines(json_text(facts, indent=2))
        return 0
    texts = _of_model(args.file) if is_model else _of_recording(args.file)
    width = max(map(len, texts))
    for name, fact in texts.items():
        say(f"{name.ljust(width)}  {' '.join(fact.split())}")
    return 0


def _as_json(path: Path) -> dict[str, Any]:
    """Return what is known of a recording as plain values."""
    info = api.open_clip(path).info
    return {
        "file": str(path),
        "container": info.container,
        "subtype": info.subtype,
        "valid_bits": info.valid_bits,
        "rate": info.rate,
        "channels": info.channels,
        "frames": info.frames,
        "seconds": info.duration_s,
        "bytes": path.stat().st_size,
        "chunks": [{"name": name, "bytes": size} for name, size in _chunks(path)],
        "note": info.note,
    }


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
    if chunks := _chunks(path):
        facts["chunks"] = ", ".join(f"{name} ({size} bytes)" for name, size in chunks)
    return facts if info.note is None else {**facts, "note": info.note}


def _chunks(path: Path) -> tuple[tuple[str, int], ...]:
    with path.open("rb") as file:
        return chunk_sizes(file)


def _of_model(path: Path) -> dict[str, str]:
    # PyTorch takes a second to load and only models need it.
    from uasrm_core.model.checkpoint import read_metadata

    facts = read_metadata(path)
    return {"file": str(path), **facts, "size": f"{path.stat().st_size} bytes"}
