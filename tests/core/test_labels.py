"""Audacity label files, in both directions."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.kinds import KIND_WORDS, Kind
from uasrm_core.audio.labels import read_labels, write_labels
from uasrm_core.audio.region import Region
from uasrm_core.errors import ExportError, LabelError

RATE = 44100


def read(tmp_path: Path, text: str | bytes) -> tuple[Region, ...]:
    path = tmp_path / "labels.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_labels(path, RATE)


def test_labels_with_and_without_a_band(tmp_path: Path) -> None:
    regions = read(
        tmp_path, "1.000000\t1.500000\tdropout\n2.0\t2.25\tphone\n\\\t300.000000\t3000.000000\n"
    )
    assert regions == (
        Region(44100, 66150, kind=Kind.DROPOUT),
        Region(88200, 99225, 300.0, 3000.0, label="phone"),
    )


@pytest.mark.parametrize(
    ("text", "kind", "label"),
    [
        ("click", Kind.CLICK, ""),
        ("Click", Kind.CLICK, ""),
        ("CLICKS", Kind.CLICK, ""),
        ("click 3", Kind.CLICK, "click 3"),
        ("Click: left", Kind.CLICK, "left"),
        ("Drop-out", Kind.DROPOUT, ""),
        ("dropout 500 ms", Kind.DROPOUT, "dropout 500 ms"),
        ("CLIPPING (peak)", Kind.CLIPPING, "CLIPPING (peak)"),
        ("Noise", Kind.NOISE, ""),
        ("gap: click", Kind.GAP, "click"),
        ("click track", Kind.GAP, "click track"),
        ("clickety", Kind.GAP, "clickety"),
        ("no click", Kind.GAP, "no click"),
    ],
)
def test_known_words_in_any_case_are_kinds(
    tmp_path: Path, text: str, kind: Kind, label: str
) -> None:
    (region,) = read(tmp_path, f"1\t2\t{text}\n")
    assert (region.kind, region.label) == (kind, label)


def test_every_kind_has_its_words_and_is_told_by_each_of_them(tmp_path: Path) -> None:
    assert list(KIND_WORDS) == list(Kind)
    for kind, words in KIND_WORDS.items():
        for word in (kind.value, *words.known):
            assert read(tmp_path, f"1\t2\t{word.title()}\n")[0].kind is kind


def test_a_mark_from_windows_blank_lines_and_missing_text(tmp_path: Path) -> None:
    text = "\ufeff1\t2\r\n\r\n3\t4\tNépzene – szünet\r\n"
    assert read(tmp_path, text) == (
        Region(44100, 88200),
        Region(132300, 176400, label="Népzene – szünet"),
    )


def test_minus_one_is_an_open_edge(tmp_path: Path) -> None:
    regions = read(tmp_path, "1\t2\ta\n\\\t-1.000000\t3000\n1\t2\tb\n\\\t300\t-1\n")
    assert [(region.low_hz, region.high_hz) for region in regions] == [(None, 3000), (300, None)]


def test_a_point_label_has_no_length_and_a_reversed_one_is_kept(tmp_path: Path) -> None:
    point, reversed_label = read(tmp_path, "1\t1\there\n2\t1\toops\n")
    assert point.frames == 0
    assert reversed_label.frames < 0


def test_an_empty_file_has_no_labels(tmp_path: Path) -> None:
    assert read(tmp_path, "") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\t2\ta\n3 4 b\n", "Line 2"),
        ("1,5\t2,5\ta\n", "Line 1 .* point, not a comma"),
        ("1\t2\ta\n\nnan\t2\tb\n", "Line 3"),
        ("1\tinf\tb\n", "Line 1"),
        ("1_0\t20\tb\n", "Line 1"),
        ("\\\t300\t3000\n", "Line 1 .* no label above"),
        ("1\t2\ta\n\\\t300\t3000\n\\\t300\t3000\n", "Line 3"),
        ("1\t2\ta\n\\\t300\n", "Line 2"),
        ("1\t2\ta\n\\\tlow\thigh\n", "Line 2"),
        (f"{'9' * 400}\t2\ta\n", "Line 1 .* too large"),
        (f"{'x' * 400}\t2\ta\n", "Line 1 .* “x{40}…”"),
        ("1\t9e99\ta\n", "Line 1 .* too large"),
        ("1\t2\ta\n\\\t300\t1e30\n", "Line 2 .* too large"),
        (f"1\t2\t{'a' * 20_000}\n", "Line 1 .* longer than 10000 characters"),
        ("1\t2\n" * 200_001, "more than 200000 lines"),
        ("\n" * 200_001, "more than 200000 lines"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(LabelError, match=words) as caught:
        read(tmp_path, text)
    assert "labels.txt" in str(caught.value)


def test_files_that_are_no_label_files(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no label file"):
        read_labels(tmp_path / "gone.txt", RATE)
    with pytest.raises(LabelError, match="folder"):
        read_labels(tmp_path, RATE)
    with pytest.raises(LabelError, match="UTF-8"):
        read(tmp_path, b"1\t2\t\xff\xfe\n")


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), Path("a\0b")):
        with pytest.raises(LabelError):
            read_labels(path, RATE)


def test_a_huge_file_is_read_only_as_far_as_labels_may_reach(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)
    tracemalloc.start()
    with pytest.raises(LabelError, match="Line 1"):
        read_labels(path, RATE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_writing_where_one_may_not(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="does not exist"):
        write_labels(tmp_path / "gone" / "labels.txt", [], RATE)


frames = st.integers(0, 10**11)
edges = st.one_of(st.none(), st.integers(0, 96000).map(float))
words = st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(str.strip) | st.sampled_from(
    ["click", "Click 2", "gap: click", "dropout: ", ": noise", "click: click: left"]
).map(str.strip)
kinds = st.sampled_from(Kind)


@given(
    st.lists(
        st.builds(Region, frames, frames, edges, edges, st.none(), words, st.none(), kinds),
        max_size=5,
    ),
    st.sampled_from([8000, 44100, 48000, 192000]),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, regions: list[Region], rate: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.txt"
    write_labels(path, regions, rate)
    assert read_labels(path, rate) == tuple(regions)
