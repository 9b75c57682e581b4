"""The export dialog: rate, dither, quality, regions as files, and archive mode."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from uasrm_core.archive.originals import restore
from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region
from uasrm_gui.dialogs.export import CONVERTED, COPIED, EXACT, ExportDialog
from uasrm_gui.dialogs.preferences import PreferencesDialog

RATE = 44100


@pytest.fixture
def info(tmp_path):
    return SourceInfo(tmp_path / "tape.wav", "WAV", "PCM_24", 96000, 2, 1000)


def show(qtbot, info, **options):
    dialog = ExportDialog(info, **options)
    qtbot.addWidget(dialog)
    return dialog


def choose(box, text):
    row = box.findText(text)
    assert row >= 0, [box.itemText(row) for row in range(box.count())]
    box.setCurrentIndex(row)


def export(qtbot, window, dialog):
    """Press the dialog's button, and wait until everything is written."""
    with qtbot.waitSignal(window.document.noticed) as noticed:
        dialog.accept()
    qtbot.waitUntil(lambda: window.runner.current is None)
    return noticed.args[0].text


def open_dialog(window):
    window.files.export()
    return window.findChildren(ExportDialog)[-1]


def test_dither_is_offered_where_samples_become_shorter(qtbot, info):
    dialog = show(qtbot, info)
    assert dialog.dither.isHidden()
    choose(dialog.format_box, "WAV, 16 bit")
    assert not dialog.dither.isHidden()
    assert dialog.choice.options.dither
    dialog.dither.setChecked(False)
    assert not dialog.choice.options.dither
    choose(dialog.format_box, "WAV, 32 bit float")
    assert dialog.dither.isHidden()


def test_quality_is_offered_for_compressed_files(qtbot, info):
    dialog = show(qtbot, info)
    assert dialog.quality.isHidden()
    choose(dialog.format_box, "Ogg, Vorbis")
    dialog.quality.setValue(4.0)
    assert dialog.choice.export_format.quality == 4.0
    choose(dialog.format_box, "FLAC, 24 bit")
    assert dialog.choice.export_format.quality is None


def test_another_rate_is_told_and_a_format_that_needs_one_is_offered(qtbot, info):
    dialog = show(qtbot, info)
    assert dialog.choice.options.rate is None
    assert dialog.truth.text() == COPIED
    choose(dialog.rate_box, "44100 Hz")
    assert dialog.choice.options.rate == RATE
    assert dialog.truth.text() == CONVERTED
    assert "not written" in dialog.lost.text()
    # no MP3 has 96 kHz
    choose(dialog.format_box, "MP3")
    assert dialog.choice.options.rate == RATE
    dialog.rate_box.setCurrentIndex(0)
    assert dialog.choice.options.rate == RATE


def test_regions_become_files_with_their_numbers_and_labels(qtbot, opened, tmp_path):
    opened.document.work.add_region(Region(1000, 5000, label="one / take"))
    opened.document.work.add_region(Region(10_000, 12_000))
    dialog = open_dialog(opened)
    dialog.by_region.setChecked(True)
    assert dialog.truth.text() == EXACT
    assert "{number} {label}" in dialog.target_edit.text()
    dialog.target_edit.setText(str(tmp_path / "{number} {label}.wav"))
    text = export(qtbot, opened, dialog)
    assert text == f"Exported 2 regions to {tmp_path}."
    whole = opened.document.work.clip
    for name, start, end in (("1 one _ take", 1000, 5000), ("2", 10_000, 12_000)):
        piece = soundfile.read(tmp_path / f"{name}.wav", dtype="float32", always_2d=True)[0]
        assert np.array_equal(piece.T, whole.read(start, end))
    # what exists is told before it is replaced
    again = open_dialog(opened)
    again.target_edit.setText(str(tmp_path / "{number} {label}.wav"))
    again.by_region.setChecked(True)
    assert again.warning.text() == "2 of these files exist and will be replaced."


def test_regions_that_would_have_one_name_are_refused(qtbot, opened, tmp_path):
    for start in (1000, 5000):
        opened.document.work.add_region(Region(start, start + 500))
    dialog = open_dialog(opened)
    dialog.by_region.setChecked(True)
    dialog.target_edit.setText(str(tmp_path / "{label}.wav"))
    dialog.accept()
    assert dialog.isVisible()
    assert "use {number} in the name" in dialog.warning.text()


def test_a_file_at_another_rate_with_dither(qtbot, opened, tmp_path):
    dialog = open_dialog(opened)
    choose(dialog.format_box, "AIFF, 16 bit")
    choose(dialog.rate_box, "22050 Hz")
    dialog.target_edit.setText(str(tmp_path / "small.aiff"))
    text = export(qtbot, opened, dialog)
    assert "Rounded to 16 bits with triangular dither." in text
    written = soundfile.info(tmp_path / "small.aiff")
    assert (written.samplerate, written.subtype) == (22050, "PCM_16")


@pytest.fixture
def archive(opened, qtbot, settings):
    """Return a window with archive mode switched on in the preferences."""
    dialog = PreferencesDialog(settings, [], opened)
    dialog.archive_mode.setChecked(True)
    dialog.operator.setText(" A. Archivist ")
    said = []
    opened.document.noticed.connect(lambda notice: said.append(notice.text))
    with qtbot.waitSignal(opened.document.files.hashed, check_params_cb=bool):
        dialog.accept()
    opened.said = said
    return opened


def test_archive_mode_shows_the_hash_of_the_original(archive):
    sha256 = archive.document.work.original.source.sha256()
    assert f"Archive mode: the original is only read. SHA-256 {sha256}." in archive.said
    shown = archive.status.findChildren(type(archive.status._hash))
    assert any(label.text().startswith(f"Archive · {sha256[:8]}") for label in shown)
    assert archive.settings.values.operator == "A. Archivist"


def test_archive_mode_writes_records_and_offers_what_can_be_taken_back(archive, qtbot, tmp_path):
    original = archive.document.work.path
    archive.document.work.add_region(Region(30000, 30441))
    regions = archive.document.work.regions
    with qtbot.waitSignal(archive.document.repairs.repair(regions, "auto").ended):
        pass
    dialog = open_dialog(archive)
    names = [dialog.format_box.itemText(row) for row in range(dialog.format_box.count())]
    assert "MP3" not in names
    assert dialog.by_region.isHidden()
    assert dialog.rate_box.isHidden()
    fixed = tmp_path / "fixed.wav"
    dialog.target_edit.setText(str(fixed))
    assert "Its records are beside it." in export(qtbot, archive, dialog)
    log = json.loads((tmp_path / "fixed.wav.log.json").read_text())
    assert log["operator"] == "A. Archivist"
    assert (tmp_path / "fixed.wav.report.pdf").exists()
    assert list(tmp_path.glob("fixed.wav.difference.*"))
    back = tmp_path / "back.wav"
    restore(fixed, log, back)
    assert back.read_bytes() == original.read_bytes()


def test_archive_mode_writes_into_no_recording(archive, qtbot):
    path = archive.document.work.path
    before = path.read_bytes()
    archive.files._external = path
    with qtbot.waitSignal(archive.document.noticed) as noticed:
        archive.action_set["save"].trigger()
    assert "Archive mode is on" in noticed.args[0].text
    assert path.read_bytes() == before


def test_the_session_of_a_batch_proposes_to_replace_what_the_batch_wrote(opened, qtbot, tmp_path):
    written = tmp_path / "side 1.wav"
    session = tmp_path / "side 1.wav.uasrm"
    with qtbot.waitSignal(opened.document.files.save_session(session).ended):
        pass
    assert open_dialog(opened).choice.target.name == "recording_repaired.wav"
    written.write_bytes(opened.document.work.path.read_bytes())
    dialog = open_dialog(opened)
    assert dialog.choice.target == written
    assert "exists and will be replaced" in dialog.warning.text()
