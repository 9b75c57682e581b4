"""`uasrm info` tells what a file holds."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from safetensors.numpy import save_file

from uasrm_core.model.files import VERSIONS


def test_it_tells_a_recording(uasrm, wav_file, tone):
    path = wav_file(tone(seconds=1.5, channels=2), 48000, subtype="PCM_24")
    outcome = uasrm("info", path)
    assert outcome.status == 0, outcome.err
    facts = dict(line.split(maxsplit=1) for line in outcome.out.splitlines())
    assert facts["container"] == "WAV"
    assert facts["samples"] == "PCM_24"
    assert facts["rate"] == "48000 Hz"
    assert facts["channels"] == "2"
    assert facts["length"].endswith("(66150 frames)")


def test_it_lists_a_recordings_chunks(uasrm, wav_file, tone):
    path = wav_file(tone(seconds=0.5), 48000, subtype="PCM_16")
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(b"bext" + (5).to_bytes(4, "little") + b"tape\0\0")
        file.write(b"iXML" + (4).to_bytes(4, "little") + b"<x/>")
    outcome = uasrm("info", path)
    facts = dict(line.split(maxsplit=1) for line in outcome.out.splitlines())
    assert facts["chunks"].startswith("fmt (16 bytes), ")
    assert facts["chunks"].endswith("bext (5 bytes), iXML (4 bytes)")
    assert "data (" in facts["chunks"]


def test_it_tells_all_as_json(uasrm, wav_file, tone):
    path = wav_file(tone(seconds=1.5, channels=2), 48000, subtype="PCM_24")
    facts = json.loads(uasrm("info", path, "--json").out)
    assert facts["rate"] == 48000
    assert facts["frames"] == 66150
    assert facts["subtype"] == "PCM_24"
    assert facts["chunks"][-1] == {"name": "data", "bytes": 396900}
    assert facts["note"] is None


@pytest.mark.parametrize("container", ["RF64", "W64", "AIFF"])
def test_it_lists_the_chunks_of_other_containers(uasrm, tmp_path, container):
    path = tmp_path / "recording.bin"
    soundfile.write(path, np.zeros((100, 2), np.float32), 44100, "PCM_16", format=container)
    outcome = uasrm("info", path)
    facts = dict(line.split(maxsplit=1) for line in outcome.out.splitlines())
    samples = {"RF64": "data (400 bytes)", "W64": "data (400 bytes)", "AIFF": "SSND (408 bytes)"}
    assert samples[container] in facts["chunks"]


def test_it_tells_a_model(uasrm, tmp_path):
    path = tmp_path / "model.safetensors"
    metadata = {
        "format": "uasrm",
        "version": VERSIONS["hybrid"],
        "architecture": "hybrid",
        "licence": "MIT",
    }
    save_file({"weight": np.zeros(3, dtype=np.float32)}, path, metadata=metadata)
    outcome = uasrm("info", path)
    assert outcome.status == 0, outcome.err
    assert "licence       MIT" in outcome.out


def test_another_program_s_weights_are_refused(uasrm, tmp_path):
    path = tmp_path / "model.safetensors"
    save_file({"weight": np.zeros(3, dtype=np.float32)}, path)
    uasrm("info", path).assert_one_error(1, "model.safetensors")


def test_a_damaged_model_is_refused(uasrm, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\x10\0\0\0\0\0\0\0{")
    uasrm("info", path).assert_one_error(1, "model.safetensors")


def test_text_is_refused(uasrm, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("nothing to hear here")
    uasrm("info", path).assert_one_error(1, "notes.txt")
