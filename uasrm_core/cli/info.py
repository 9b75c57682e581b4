"""`uasrm info`: what a recording or a model file holds, one fact a line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from uasrm_core import api
from uasrm_core.audio.containers.chunks import chunk_sizes
from uasrm_core.cli.console import say, say_lines
from uasrm_core.translation import tr
from uasrm_core.writing.text import json_text

MODEL_SUFFIX = ".safetensors"

EXAMPLES = """
  uasrm info tape.wav
  uasrm info tape.wav --json
  uasrm info own.safetensors
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help=tr("a recording, or a model file ({suffix})", suffix=MODEL_SUFFIX),
    )
    parser.add_argument("--json", action="store_true", help=tr("print JSON"))


def run(args: argparse.Namespace) -> int:
    """Print the facts, or all of them as JSON."""
    is_model = args.file.suffix.lower() == MODEL_SUFFIX
    if args.json:
        facts = _describe_model_as_json(args.file) if is_model else _as_json(args.file)
        say_lines(json_text(facts, indent=2))
        return 0
    texts = _describe_model(args.file) if is_model else _describe_recording(args.file)
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
        "chunks": [{"name": name, "bytes": size} for name, size in _read_chunks(path)],
        "note": info.note,
    }


def _describe_recording(path: Path) -> dict[str, str]:
    info = api.open_clip(path).info
    bits = tr(", {bits} bits valid", bits=info.valid_bits) if info.valid_bits else ""
    facts = {
        tr("file"): str(path),
        tr("container"): info.container,
        tr("samples"): info.subtype + bits,
        tr("rate"): f"{info.rate} Hz",
        tr("channels"): str(info.channels),
        tr("length"): tr(
            "{seconds:.3f} s ({frames} frames)", seconds=info.duration_s, frames=info.frames
        ),
        tr("size"): _describe_size(path),
    }
    if chunks := _read_chunks(path):
        listed = (tr("{name} ({size} bytes)", name=name, size=size) for name, size in chunks)
        facts[tr("chunks")] = ", ".join(listed)
    return facts if info.note is None else {**facts, tr("note"): info.note}


def _describe_size(path: Path) -> str:
    return tr("{size} bytes", size=path.stat().st_size)


def _read_chunks(path: Path) -> tuple[tuple[str, int], ...]:
    with path.open("rb") as file:
        return chunk_sizes(file)


def _describe_model_as_json(path: Path) -> dict[str, str]:
    size = f"{path.stat().st_size} bytes"
    return {"file": str(path), **_read_model_metadata(path), "size": size}


def _describe_model(path: Path) -> dict[str, str]:
    return {tr("file"): str(path), **_read_model_metadata(path), tr("size"): _describe_size(path)}


def _read_model_metadata(path: Path) -> dict[str, str]:
    # PyTorch takes a second to load and only models need it.
    from uasrm_core.model.files import read_metadata

    return read_metadata(path)
