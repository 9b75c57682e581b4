"""Another program hands a recording over, and gets the repairs back in it."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from uasrm_core.audio.region import Region
from uasrm_gui import app

PLACE = Region(30_000, 30_400)


@pytest.fixture
def recording(wav_file, music_like):
    return wav_file(music_like(2.0), subtype="PCM_16")


@pytest.fixture
def external(window, qtbot, recording, tmp_path, monkeypatch):
    """Return a window with a recording of another program open."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with qtbot.waitSignal(window.document.work.opened):
        window.files.open_external(recording)
    return window


def repair(window, qtbot, place=PLACE):
    with qtbot.waitSignal(window.document.repairs.repair([place], "ar").succeeded):
        pass


def test_saving_writes_the_repairs_into_the_recording(external, qtbot, recording, tmp_path):
    before = recording.read_bytes()
    repair(external, qtbot)
    assert external.document.work.unsaved is not None
    with qtbot.waitSignal(external.files.save().succeeded):
        pass
    after = recording.read_bytes()
    assert len(after) == len(before)
    changed = np.flatnonzero((soundfile.read(recording)[0] != _samples(before, tmp_path)).any(1))
    assert PLACE.start_frame <= changed[0]
    assert changed[-1] < PLACE.end_frame
    assert external.document.work.unsaved is None
    (copy,) = (tmp_path / "data" / "uasrm" / "originals").iterdir()
    assert copy.read_bytes() == before
    # it can be taken back, and saved once more
    external.document.work.undo()
    with qtbot.waitSignal(external.files.save().succeeded):
        pass
    assert recording.read_bytes() == before


def test_what_another_program_wrote_meanwhile_is_not_lost(external, qtbot, recording):
    repair(external, qtbot)
    recording.write_bytes(recording.read_bytes()[:-2] + b"??")
    job = external.files.save()
    with qtbot.waitSignal(job.failed) as failed:
        pass
    assert "changed by another program" in failed.args[0]
    assert recording.read_bytes().endswith(b"??")


def test_another_recording_is_saved_as_a_session(external, qtbot, wav_file, tone, questions):
    other = wav_file(tone(1.0), name="other.wav")
    external.files.open(other)
    page = external.tabs.page
    qtbot.waitUntil(lambda: page.document.work.path == other)
    before = other.read_bytes()
    questions.path = other.with_suffix(".uasrm")
    page.files.save()
    qtbot.waitUntil(questions.path.exists)
    qtbot.waitUntil(lambda: not page.document.jobs.running)
    assert other.read_bytes() == before


def test_the_command_line_hands_the_recording_over(monkeypatch, recording):
    asked = []
    monkeypatch.setattr(
        "uasrm_gui.start.run", lambda file, **options: asked.append((file, options)) or 0
    )
    assert app.main(["--external", str(recording)]) == 0
    assert asked == [(recording, {"demo": False, "is_external": True})]


def _samples(content, tmp_path):
    path = tmp_path / "before.wav"
    path.write_bytes(content)
    return soundfile.read(path)[0]
