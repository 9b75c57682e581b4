"""Every table of the pages with figures has a command, and recordings are what they should be."""

import hashlib
import importlib
from pathlib import Path

import pytest

from uasrm_core.errors import DataError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module


@pytest.fixture
def recording(tools):
    sound = b"OggS and so on"
    hashed = hashlib.sha256(sound).hexdigest()
    kind = tools("fetch_recordings").Recording
    return kind("short.ogg", "a long name.ogg", hashed, "a tone, nobody", "CC0"), sound


def test_the_page_of_each_table_has_its_command(tools):
    for table in tools("benchmarks").TABLES:
        page = " ".join((ROOT / "docs" / table.page).read_text("utf-8").split())
        words = tools("benchmarks").format_command(table.command).split()
        first = next((word for word in words if word.startswith("--")), "")
        options = " ".join(words[words.index(first) :]) if first else ""
        assert (options if words[0] == "uasrm" else words[1]) in page, table.name


def test_scripts_of_tables_exist(tools):
    scripts = [table.command.split()[1] for table in tools("benchmarks").TABLES]
    assert all((ROOT / script).is_file() for script in scripts if script.startswith("tools/"))


def test_what_is_not_at_hand_is_told(tools, tmp_path):
    tool = tools("benchmarks")
    rival = tool.missing_needs(tool.BY_NAME["rival"], tmp_path, tmp_path / "none")
    assert rival == [f"the recordings (python tools/fetch_recordings.py {tmp_path})"]
    router = tool.missing_needs(tool.BY_NAME["router"], tmp_path, tmp_path / "none")
    assert router == [f"the corpus (uasrm corpus {tmp_path / 'none'})"]


def test_names_in_a_command_become_places(tools, tmp_path):
    words = tools("benchmarks").fill_in("python x.py vibe_ace.ogg CORPUS", tmp_path, Path("c"))
    assert words[1:] == ["x.py", str(tmp_path / "vibe_ace.ogg"), "c"]


def test_a_recording_is_fetched_once_and_checked(tools, tmp_path, recording):
    fetch, (wanted, sound) = tools("fetch_recordings").fetch, recording
    far, near = tmp_path / "far", tmp_path / "near"
    far.mkdir()
    near.mkdir()
    (far / wanted.remote).write_bytes(sound)
    fetch(wanted, near, f"{far.as_uri()}/")
    assert (near / wanted.name).read_bytes() == sound
    (far / wanted.remote).unlink()
    fetch(wanted, near, f"{far.as_uri()}/")


def test_a_recording_that_is_another_one_is_refused(tools, tmp_path, recording):
    fetch, (wanted, _) = tools("fetch_recordings").fetch, recording
    (tmp_path / wanted.remote).write_bytes(b"something else")
    with pytest.raises(DataError, match="hash"):
        fetch(wanted, tmp_path, f"{tmp_path.as_uri()}/")
    with pytest.raises(DataError, match="could not be fetched"):
        fetch(wanted, tmp_path, f"{(tmp_path / 'nowhere').as_uri()}/")
    assert not (tmp_path / wanted.name).exists()
