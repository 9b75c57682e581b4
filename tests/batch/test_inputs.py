"""Recordings come from files, folders, patterns and tables, each once; names are templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from uasrm_core.audio.region import Region
from uasrm_core.batch.inputs import Source, gather
from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.naming import output_name
from uasrm_core.batch.planning import plan_tasks
from uasrm_core.errors import JobError


@pytest.fixture
def tapes(tmp_path: Path) -> Path:
    """Return a folder with recordings, and with files that are none."""
    for name in ("b.wav", "a.WAV", "notes.txt", "side 2/a.wav", ".hidden.wav", "fixed/old.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"-")
    return tmp_path


def test_a_folder_gives_its_recordings_but_not_the_results_of_a_batch(tapes: Path) -> None:
    sources = gather([tapes], tapes / "fixed")
    assert sources == (
        Source(tapes / "a.WAV"),
        Source(tapes / "b.wav"),
        Source(tapes / "side 2" / "a.wav", "side 2"),
    )


def test_a_recording_counts_once_whatever_its_names(tapes: Path) -> None:
    (tapes / "z.wav").symlink_to(tapes / "b.wav")
    given = [tapes / "b.wav", tapes / "side 2" / ".." / "b.wav", tapes / "z.wav"]
    assert gather(given, tapes / "out") == (Source(tapes / "b.wav"),)


def test_a_pattern_is_searched_and_a_missing_file_keeps_its_place(tapes: Path) -> None:
    sources = gather([tapes / "**" / "a.*", tapes / "gone.wav"], tapes / "out")
    names = [source.path.relative_to(tapes).as_posix() for source in sources]
    assert names == ["a.WAV", "side 2/a.wav", "gone.wav"]


def test_nothing_found_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"There is no recording in what was named\."):
        gather([tmp_path], tmp_path / "out")


def test_a_table_names_recordings_and_their_regions(tapes: Path) -> None:
    table = tapes / "damage.csv"
    table.write_text(
        "file,start,end,band,channels,label\n"
        "b.wav,1:02.5,1:03,300-3k,L,splice\n"
        "b.wav,100smp,200smp,,,\n"
        "a.WAV,,,,,\n"
    )
    named, detected = gather([table], tapes / "out")
    assert detected == Source(tapes / "a.WAV")
    assert named.path == tapes / "b.wav"
    assert [spot.region(8000) for spot in named.spots or ()] == [
        Region(500_000, 504_000, 300.0, 3000.0, (0,), "splice"),
        Region(100, 200),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,start\n", "The first line of “t.csv” must name columns from file, start"),
        ("file,begin\n", "The first line of “t.csv” must name columns from file, start"),
        ("file,start,end\na.wav,1,x\n", "Line 2 of “t.csv”: “x” is not a time like 62.5"),
        ("file,start,end\n,1,2\n", "Line 2 of “t.csv” names no file."),
        ('file,start,end\n"a.wav,1,2\n', "“t.csv” cannot be read: "),
    ],
)
def test_a_mistake_in_a_table_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(JobError) as told:
        gather([tmp_path / "t.csv"], tmp_path / "out")
    assert sentence in str(told.value)


def test_names_follow_the_template() -> None:
    path = Path("/tapes/side 2/a.wav")
    assert output_name("{folder}/{name}", path, "side 2", "") == "side 2/a.wav"
    assert output_name("{folder}/{name}", path, "", "") == "a.wav"
    assert output_name("{name} ({ext})", path, "side 2", ".flac") == "a (wav).flac"
    with pytest.raises(ValueError, match=r"leads out of the output folder"):
        output_name("../{name}", path, "", "")


def test_two_recordings_of_one_name_do_not_share_a_place(tmp_path: Path) -> None:
    sources = [Source(Path("x/Tape.wav")), Source(Path("y/tape.wav")), Source(Path("y/b.wav"))]
    tasks, refused = plan_tasks(sources, BatchJob(), tmp_path)
    assert [task.output for task in tasks] == ["Tape.wav", "b.wav"]
    assert [row.source for row in refused] == [str(Path("y/tape.wav"))]
    assert "and so would" in refused[0].sentence
    sources = [Source(Path("x/tape.wav")), Source(Path("x/tape.flac"))]
    tasks, refused = plan_tasks(sources, BatchJob(), tmp_path)
    assert not refused
    beside = [name for task in tasks for name in task.beside(BatchJob())]
    assert len(set(beside)) == 8
