import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from uasrm_core.audio.clip import MemorySource, Patch, SourceInfo
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import box
from uasrm_core.edit.history import Edit, EditHistory, RepairNote, place
from uasrm_core.edit.session import Session, open_session, save_session
from uasrm_core.errors import SessionError
from uasrm_core.select.combine import union


@pytest.fixture
def session(tmp_path):
    folder = tmp_path / "tape"
    folder.mkdir()
    path = folder / "Ünlü 1.wav"
    rng = np.random.default_rng(1)
    soundfile.write(path, rng.uniform(-0.5, 0.5, (4000, 2)), 8000, subtype="PCM_24")
    info = SourceInfo(path, "WAV", "PCM_24", 8000, 2, 4000)
    region = Region(100, 200, 300.0, 1000.0, (1,), "phone ring")
    bent = union(box(500, 700, 300.0, 900.0), box(600, 900, 800.0, 2000.0))
    other = region_of(bent, 8000, label="chirp")
    history = EditHistory(first_regions=(region,))
    patch = Patch(90, (1,), rng.normal(size=(1, 120)).astype(np.float32))
    note = RepairNote(region, "unet", "hybrid 0123", 0.75, 0.5, 1.25, (7, 107))
    history = history.apply(Edit("Repair", (patch,), (note,)))
    history = history.apply(Edit("Accept", accepted=(place(region),)))
    history = history.apply(Edit("Add region", regions=(region, other))).undo()
    return Session(info, history)


def rewrite(path, change):
    """Change the text of a session file."""
    with zipfile.ZipFile(path) as archive:
        blocks = {name: archive.read(name) for name in archive.namelist()}
    data = json.loads(blocks["session.json"])
    change(data)
    blocks["session.json"] = json.dumps(data).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, block in blocks.items():
            archive.writestr(name, block)


def test_what_was_saved_comes_back(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    again = open_session(path)
    assert again.info == session.info
    assert again.history.cursor == session.history.cursor
    assert again.history.first_regions == session.history.first_regions
    assert len(again.history.edits) == 3
    for one, other in zip(again.history.edits, session.history.edits, strict=True):
        assert (one.label, one.repairs, one.regions) == (
            other.label,
            other.repairs,
            other.regions,
        )
    (patch,), (kept,) = again.history.patches, session.history.patches
    assert (patch.start_frame, patch.channels) == (kept.start_frame, kept.channels)
    assert patch.samples.tobytes() == kept.samples.tobytes()
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_a_session_moves_together_with_its_recording(session, tmp_path):
    save_session(session, session.info.path.parent / "work.uasrm")
    moved = tmp_path / "elsewhere"
    session.info.path.parent.rename(moved)
    assert open_session(moved / "work.uasrm").info.path == moved / session.info.path.name


def test_a_recording_that_is_gone_is_named(session, tmp_path):
    save_session(session, tmp_path / "work.uasrm")
    session.info.path.unlink()
    with pytest.raises(SessionError, match="is not there any more"):
        open_session(tmp_path / "work.uasrm")


def test_a_recording_that_changed_is_noticed(session, tmp_path):
    save_session(session, tmp_path / "work.uasrm")
    data = bytearray(session.info.path.read_bytes())
    data[len(data) // 2] ^= 1
    session.info.path.write_bytes(data)
    with pytest.raises(SessionError, match="has changed"):
        open_session(tmp_path / "work.uasrm")


@pytest.mark.parametrize("keep", [0, 10, 0.3, 0.9])
def test_a_truncated_session_is_told(session, tmp_path, keep):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    data = path.read_bytes()
    path.write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)


def test_a_flipped_bit_in_the_samples_is_noticed(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    data = bytearray(path.read_bytes())
    start = data.index(session.history.patches[0].samples.tobytes()[:16])
    data[start + 100] ^= 4
    path.write_bytes(data)
    with pytest.raises(SessionError, match="damaged"):
        open_session(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("edits"),
        lambda data: data.update(cursor=9),
        lambda data: data.update(cursor=-1),
        lambda data: data["edits"][0].update(patches=[7]),
        lambda data: data["patches"][0].update(start_frame=3990),
        lambda data: data["patches"][0].update(channels=[5]),
        lambda data: data["patches"][0].update(channels=[0, 1]),
        lambda data: data.update(regions=3),
        lambda data: data.update(kind="something else"),
        lambda data: data["regions"][0].update(low_hz="deep"),
        lambda data: data["regions"][-1]["shape"].update(data="AAAA"),
        lambda data: data["regions"][-1].update(shape=7),
    ],
)
def test_values_that_make_no_sense_are_told(session, tmp_path, change):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    rewrite(path, change)
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)


def test_another_version_is_named(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    rewrite(path, lambda data: data.update(version=7))
    with pytest.raises(SessionError, match="version 7"):
        open_session(path)


def test_nothing_that_could_run_code_is_read(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("session.json")
    with zipfile.ZipFile(path, "w") as archive, archive.open("patches/00000.npy", "w") as block:
        np.save(block, np.array([[print]], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("session.json", text)
    with pytest.raises(SessionError, match="damaged"):
        open_session(path)


def test_files_that_are_no_session_are_told(session, tmp_path):
    with pytest.raises(SessionError, match="could not be read"):
        open_session(tmp_path / "absent.uasrm")
    with pytest.raises(SessionError, match="no session"):
        open_session(session.info.path)


def test_a_failed_save_leaves_the_earlier_session(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    before = path.read_bytes()
    broken = replace(session, info=replace(session.info, path=tmp_path / "gone.wav"))
    with pytest.raises(SessionError, match="cannot be read"):
        save_session(broken, path)
    assert path.read_bytes() == before
    with pytest.raises(SessionError, match="does not exist"):
        save_session(session, tmp_path / "no folder" / "work.uasrm")
    assert {entry.name for entry in tmp_path.iterdir()} == {"tape", "work.uasrm"}


def test_a_session_never_replaces_its_recording(session):
    before = session.info.path.read_bytes()
    with pytest.raises(SessionError, match="choose another name"):
        save_session(session, session.info.path)
    assert session.info.path.read_bytes() == before


def test_audio_that_is_no_file_cannot_be_saved(tmp_path):
    info = MemorySource(np.zeros((1, 10), np.float32), 100).info
    with pytest.raises(SessionError, match="is a file"):
        save_session(Session(info, EditHistory()), tmp_path / "work.uasrm")
