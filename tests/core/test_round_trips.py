"""Files of every layout come back as they were but for the repairs, whatever reads them.

``tools/check_round_trips.py`` compares with ffmpeg and sox too.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.formats import ExportFormat, can_be_exact

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("check_round_trips")


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("round_trip_files")


def test_a_copy_is_the_original_outside_the_repairs(
    tmp_path_factory: pytest.TempPathFactory, tool: ModuleType, files: ModuleType
) -> None:
    folder = tmp_path_factory.mktemp("round")
    chunk = st.tuples(
        st.sampled_from(files.CHUNK_NAMES), st.integers(0, 40), st.sampled_from(files.PADS)
    )
    chunks = st.lists(chunk, max_size=3).map(tuple)

    @settings(max_examples=120)
    @given(
        st.sampled_from(files.SOUNDS),
        st.integers(1, 4),
        st.integers(1, 200),
        chunks,
        chunks,
        st.sampled_from([0, 1, 5]),
        st.integers(0, 1000),
    )
    def check(sound, channels, frames, before, after, junk, seed) -> None:
        # a size of 32 begins with a space: where the padding before “zork” is left out, “ork ” may
        # be a name as well
        chunks = (*before, *after)
        is_unpadded = any(size % 2 and not pad for _, size, pad in chunks)
        assume(not (is_unpadded and 32 in {size for _, size, _ in chunks}))
        recipe = files.Recipe(*sound, channels, frames, before, after, junk, seed)
        assert tool.check(recipe, folder).problem == ""

    check()


@pytest.mark.parametrize("container", ["WAV", "RF64", "W64", "AIFF", "FLAC", "CAF", "AU"])
def test_conversions_keep_what_the_format_can_hold(
    tmp_path: Path, files: ModuleType, container: str
) -> None:
    number = 0

    @settings(max_examples=12)
    @given(
        st.sampled_from(files.SOUNDS),
        st.integers(1, 3),
        st.integers(30, 200),
        st.sampled_from(["PCM_16", "PCM_24", "FLOAT"]),
    )
    def check(sound, channels, frames, subtype) -> None:
        nonlocal number
        number += 1
        if container == "FLAC" and subtype == "FLOAT":
            subtype = "PCM_24"
        recipe = files.Recipe(*sound, channels, frames)
        made = files.build(recipe)
        source = tmp_path / f"{number}{recipe.suffix}"
        source.write_bytes(made.data)
        clip = open_clip(source)
        wanted = ExportFormat(container, subtype)
        new = np.full((channels, 10), 0.25, np.float32)
        repaired = clip.with_patch(Patch(10, tuple(range(channels)), new))
        report = export_clip(repaired, tmp_path / f"{number}.out", export_format=wanted)
        read, _ = soundfile.read(report.path, dtype="float64", always_2d=True)
        before = made.values(made.data)
        outside = np.r_[0:10, 20:frames]
        if can_be_exact(wanted, clip.info):
            assert report.exact_outside
            np.testing.assert_array_equal(read[outside], before[outside])
        else:
            step = 2.0**-15 if subtype == "PCM_16" else 2.0**-23
            np.testing.assert_allclose(read[outside], before[outside], atol=1.51 * step)
        np.testing.assert_allclose(read[10:20], 0.25, atol=2.0**-14)

    check()
