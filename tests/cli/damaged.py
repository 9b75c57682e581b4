"""A recording with a dropout, and what is compared of it."""

from __future__ import annotations

import hashlib

import soundfile

from uasrm_core.inpainting.splice import crossfade_frames

RATE = 44100
START, END = 44100, 44982  # 1.000-1.020 s
REGION = "1.000-1.020"


def read_pcm(path):
    return soundfile.read(path, dtype="int16", always_2d=True)[0].T


def touched_frames(start=START, end=END):
    return slice(start - crossfade_frames(RATE), end + crossfade_frames(RATE))


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
