"""Cut peaks come back, never lower than they were, and nothing else changes."""

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.detect.clipping import find_clipped
from uasrm_core.errors import Cancelled
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.interpolation.declip import declip
from uasrm_core.progress import Progress

RATE = 44100
START, END = 20000, 26000


@pytest.fixture
def passage(music_like):
    """Return music, and the same with a passage cut off 6 dB under its peak."""
    clean = music_like(1.2)
    cut = clean.copy()
    limit = np.float32(np.abs(clean[:, START:END]).max() / 2)
    np.clip(cut[:, START:END], -limit, limit, out=cut[:, START:END])
    return clean, cut


def snr_db(clean, heard):
    return 10 * np.log10(np.sum(clean**2.0) / np.sum((clean - heard) ** 2.0))


def repair(samples, engine="declip", kind=Kind.GAP):
    clip = AudioClip(MemorySource(samples, RATE))
    result = api.repair(RepairJob(clip, (Region(START, END, kind=kind),), engine))
    return clip, result.outcomes[0]


def test_cut_peaks_are_rebuilt_consistently(passage):
    clean, cut = passage
    clip, outcome = repair(cut)
    mended = clip.with_patch(outcome.candidates[0].patch).read(0, clip.frames)
    assert np.array_equal(mended[:, :START], cut[:, :START])
    assert np.array_equal(mended[:, END:], cut[:, END:])
    assert snr_db(clean[:, START:END], mended[:, START:END]) > 10 + snr_db(
        clean[:, START:END], cut[:, START:END]
    )
    changed = mended != cut
    assert np.all(np.abs(mended[changed]) >= np.abs(cut[changed]) - 1e-6)
    # rotating channels would have touched these
    for row, was in zip(mended[:, START:END], cut[:, START:END], strict=True):
        kept = ~find_clipped(was)
        assert np.allclose(row[kept], was[kept], atol=1e-7)


def test_the_automatic_choice_declips_what_was_found_as_clipping(passage):
    _, outcome = repair(passage[1], "auto", Kind.CLIPPING)
    assert outcome.candidates[0].engine == "declip"


def test_without_a_flat_top_it_says_why(passage):
    _, outcome = repair(passage[0])
    assert outcome.candidates == ()
    assert "cut off flat" in outcome.problem


def test_it_hears_a_cancel(passage):
    row = passage[1][0]
    with pytest.raises(Cancelled):
        declip(row, np.abs(row) > 0.1, Progress(is_cancelled=lambda: True))
