"""Several processes that train one network: alike after every step, and one of them writes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest
import torch

from uasrm_core.training.distributed import Processes, join_processes
from uasrm_core.training.train import RunFiles

# What both need is loaded once: each of them is a copy of the program that has it.
PROGRAM = """
import itertools
import os
import sys
from pathlib import Path

import torch
import torch._dynamo
from dataclasses import replace
from torch.multiprocessing import start_processes
from uasrm_core.model.config import HybridConfig
from uasrm_core.training import distributed, train
from uasrm_core.training.corpus import tracks_of
from uasrm_core.training.settings import Band, DamageSettings

folder, music = map(Path, sys.argv[1:])
band = Band("short", 882, 2205, 16384)
train.plots.can_draw = lambda: False
settings = train.TrainSettings(
    minutes=3 / 60,
    examples=32,
    validation_examples=8,
    batch=4,
    model=HybridConfig(channels=(8, 8), context_frames=2048),
    damage=DamageSettings(short=band, long=replace(band, share=0.0)),
)
steps = []
learn = train.Fitter.learn

def noted(self, loss, share, **rest):
    steps.append(float(loss))
    return learn(self, loss, share, **rest)

train.Fitter.learn = noted
runs = []
make = train.Run.__init__

def kept(self, *args):
    make(self, *args)
    runs.append(self)

train.Run.__init__ = kept

def work(rank):
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank))
    # every step takes a second
    last = train.train(
        tracks_of([music]),
        folder / "model.safetensors",
        settings,
        clock=map(float, itertools.count()).__next__,
    )
    weights = runs[0].fitter.model.state_dict()
    torch.save((steps, bool(last), weights), folder / f"{distributed.join_processes().rank}.pt")

start_processes(work, nprocs=2, start_method="fork")
"""


def run_processes(command, *, count):
    """Run a program whose processes know of each other as those that ``torchrun`` starts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    # two that share the cores of one machine
    own = {**os.environ, **place, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=own, capture_output=True, text=True, check=False)


def test_one_process_has_no_peers(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    alone = join_processes()
    assert alone == Processes(0, 1, 0)
    assert alone.is_first
    assert alone.broadcast(0.25) == 0.25
    assert alone.all_true(True)
    assert not alone.all_true(False)
    model = torch.nn.Linear(2, 2)
    assert alone.synchronise(model) is model


@pytest.mark.parametrize(("rank", "device"), [(0, "cuda:0"), (1, "cuda:1")])
def test_each_process_takes_a_graphics_processor_of_its_own(monkeypatch, rank, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert Processes(rank, 2, rank).device() == torch.device(device)


def test_two_processes_stay_alike_and_see_different_batches(tmp_path, music_folder, examples):
    run = RunFiles(tmp_path / "model.safetensors")
    run.folder.mkdir()
    run.examples.symlink_to(examples)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = run_processes([sys.executable, program, tmp_path, music_folder], count=2)
    assert done.returncode == 0, done.stderr
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert len(first[0]) == len(second[0]) == 3
    assert first[0] != second[0]
    assert (first[1], second[1]) == (True, False)
    assert first[2].keys() == second[2].keys()
    for name, weights in first[2].items():
        assert torch.equal(weights, second[2][name]), name
    log = run.log.read_text().splitlines()
    steps = [json.loads(entry)["step"] for entry in log]
    assert steps == sorted(set(steps)), "both of them wrote"
    assert steps[-1] == len(first[0])
    assert run.model.exists()
