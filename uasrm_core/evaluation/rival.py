"""Repairs by ffmpeg's own filters, for comparison."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import Detection
from uasrm_core.errors import DataError
from uasrm_core.translation import tr

FILTERS = {
    Kind.CLICK: "adeclick=m=s",
    Kind.DROPOUT: "adeclick=m=s",
    Kind.CLIPPING: "adeclip=m=s",
}
# Changed samples this close together are one repair.
JOIN_S = {Kind.CLICK: 0.001, Kind.DROPOUT: 0.005, Kind.CLIPPING: 0.025}
# The filters save what overlaps; adding it, as is their default, changes every sample a little.
UNTOUCHED = 2.0 / 32768


def run_filter(samples: Samples, rate: int, kind: Kind) -> Samples:
    """Return the sound after ffmpeg's filter against this kind of damage.

    Raises
    ------
    DataError
        ffmpeg is missing or refuses the sound.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise DataError(tr("There is no ffmpeg on this machine to compare with."))
    with tempfile.TemporaryDirectory(prefix="uasrm-rival-") as folder:
        source, target = Path(folder, "in.wav"), Path(folder, "out.wav")
        soundfile.write(source, samples.T, rate, subtype="PCM_16")
        words = [program, "-v", "error", "-i", str(source), "-af", FILTERS[kind]]
        done = subprocess.run(
            [*words, "-c:a", "pcm_f32le", str(target)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DataError(tr("ffmpeg refused: {reason}", reason=done.stderr.strip()))
        filtered, _ = soundfile.read(target, dtype="float32", always_2d=True)
    frames = samples.shape[1]
    return np.ascontiguousarray(np.pad(filtered, ((0, frames), (0, 0)))[:frames].T)


def changes(before: Samples, after: Samples, rate: int, kind: Kind) -> list[Detection]:
    """Return what was changed as if it were detections, all channels together."""
    changed = np.abs(after - before) > UNTOUCHED
    places = np.flatnonzero(changed.any(axis=0))
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > JOIN_S[kind] * rate)
    firsts = places[np.concatenate([[0], breaks + 1])]
    lasts = places[np.concatenate([breaks, [len(places) - 1]])]
    channels = tuple(range(len(before)))
    return [
        Detection(kind, int(first), int(last) + 1, channels, 1.0)
        for first, last in zip(firsts, lasts, strict=True)
    ]
