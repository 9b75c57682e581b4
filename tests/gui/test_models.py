"""Models in the window: the list, a training as a process of its own, and what repairs use."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import soundfile

from uasrm_core.audio.region import Region
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.model.library import model_path
from uasrm_core.resources import resource
from uasrm_gui.background import command_run
from uasrm_gui.dialogs.models import ModelsDialog
from uasrm_gui.dialogs.training import TrainingDialog
from uasrm_gui.sound.player import Player
from uasrm_gui.state.training import Training, TrainingPlan

SURVEY = {
    "recordings": 3,
    "minutes": 2.0,
    "rates": {"16000": 1.5, "44100": 0.5},
    "kept_aside": 1,
    "gaps": 640,
    "learning_minutes": 1.0,
}
# Stands for the command line: tells of a training, and leaves the files of one.
COMMAND = """
import json, shutil, signal, sys, threading
from pathlib import Path
words = sys.argv[1:]
if "--dry-run" in words:
    print(json.dumps({survey}))
    sys.exit()
model = Path(words[words.index("-o") + 1])
run = model.with_name(model.name + ".run")
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
is_first = not run.exists()
run.mkdir(exist_ok=True)
if is_first:
    shutil.copytree({prepared!r}, run, dirs_exist_ok=True)
shutil.copy({weights!r}, model)
print(json.dumps({{"share": 0.5, "message": "step 2"}}), flush=True)
if is_first:
    stop.wait()
    sys.stderr.write("uasrm: Interrupted; it goes on.\\n")
    sys.exit(130)
print(json.dumps({{"share": 1.0, "message": "step 4"}}), flush=True)
"""


@pytest.fixture
def prepared(tmp_path, rng):
    """Return what a run leaves in its folder."""
    folder = tmp_path / "prepared"
    folder.mkdir()
    steps = [{"step": n, "loss": 3.0 - n / 10, "minutes": n / 60} for n in range(1, 5)]
    (folder / "steps.jsonl").write_text("\n".join(map(json.dumps, steps)) + '\n{"step": 5, "lo')
    row = {"gaps": 3.0, "classical_snr": 1.0, "classical_lsd": 9.0}
    checks = [
        {"step": n, "minutes": n, "figures": {"10-35": {**row, "snr": 2.0 + n, "lsd": 5.0 - n}}}
        for n in range(2)
    ]
    (folder / "log.jsonl").write_text("".join(json.dumps(check) + "\n" for check in checks))
    states = ["clean", "damaged", "classical", "network"]
    listed = [{"name": "short-1", "states": states, "gap": [6000, 7000]}]
    (folder / "examples.json").write_text(json.dumps(listed))
    for state in [*states, "start"]:
        sound = 0.1 * rng.standard_normal(16000)
        soundfile.write(folder / f"example-short-1-{state}.wav", sound, 16000, subtype="FLOAT")
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch, prepared):
    """Return an empty folder of models, with a stand-in for the command line."""
    script = tmp_path / "command.py"
    weights = str(resource("models", "takes.safetensors"))
    text = COMMAND.format(survey=SURVEY, prepared=str(prepared), weights=weights)
    script.write_text(text)
    monkeypatch.setattr(command_run, "command_line", lambda: [sys.executable, str(script)])
    return tmp_path / "models"


@pytest.fixture
def training(qtbot, folder):
    training = Training(folder)
    yield training
    training.close()


@pytest.fixture
def used():
    return []


@pytest.fixture
def dialog(qtbot, training, used, output):
    player = Player(output)
    dialog = TrainingDialog(training, player, used.append)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    player.close()


def test_a_training_is_paused_resumed_and_its_model_used(dialog, training, qtbot, tmp_path, used):
    with qtbot.waitSignal(training.surveyed):
        dialog.add_folder(tmp_path)
    assert "3 recordings: 1.5 min at 16 kHz, 0.5 min at 44.1 kHz." in dialog.holds.text()
    assert dialog.start_button.isEnabled()
    dialog.name.setText("Voices")
    dialog.start_or_pause()
    qtbot.waitUntil(lambda: training.message == "step 2")
    assert not dialog.name.isEnabled()
    dialog.start_or_pause()
    qtbot.waitUntil(lambda: training.is_paused)
    assert dialog.start_button.text() == "Resume"
    assert dialog.told.text() == "Paused; nothing that was learnt is lost."
    # as after a restart
    assert Training(training._folder).plan == TrainingPlan(
        "Voices", (str(tmp_path),), "speech", 30.0
    )
    dialog.start_or_pause()
    qtbot.waitUntil(lambda: not training.is_running and not training.is_paused)
    assert dialog.told.text() == "Done. “Voices” is in the list of models."
    dialog.use()
    assert used == [model_path(training._folder, "Voices")]


def test_a_training_shows_its_curve_its_figures_and_the_same_gaps(
    dialog, training, qtbot, tmp_path, output
):
    training.begin(TrainingPlan("Voices", (str(tmp_path),), "speech", 1.0))
    qtbot.waitUntil(lambda: training.message == "step 2")
    dialog.refresh()
    assert len(training.steps) == 4
    assert dialog.curve.accessibleDescription() == "2.90 at first, 2.75 now"
    cells = [dialog.figures.item(0, column).text() for column in range(4)]
    assert cells == ["10 to 35 ms", "9.00 dB, SNR 1.0", "5.00 dB, SNR 2.0", "4.00 dB, SNR 3.0"]
    assert dialog.examples.choice.currentText() == "Example 1: a gap of 62 ms"
    for state in ("clean", "damaged", "start", "network"):
        assert not dialog.examples.pictures[state].pixmap().isNull()
    dialog.examples.buttons["network"].click()
    assert dialog.examples._player.is_playing
    dialog.close()
    assert training.is_running
    training.stop()
    qtbot.waitUntil(lambda: not training.is_running)
    assert not training.is_paused


def test_without_pytorch_it_says_so(dialog, tmp_path, monkeypatch):
    monkeypatch.setattr("uasrm_gui.dialogs.training.has_torch", lambda: False)
    dialog.add_folder(tmp_path)
    assert "PyTorch" in dialog.holds.text()
    assert not dialog.start_button.isEnabled()


def test_a_name_that_is_taken_or_no_name_cannot_begin(training, folder):
    (folder / "old").mkdir(parents=True)
    names = ("", "old", "../x", ".hidden", "new")
    assert [training.can_begin(name) for name in names] == [False, False, False, False, True]


@pytest.fixture
def models(qtbot, folder, settings):
    dialog = ModelsDialog(folder, settings, lambda: None)
    qtbot.addWidget(dialog)
    return dialog


def test_a_model_is_imported_chosen_and_removed(models, settings, tmp_path):
    source = tmp_path / "voices.safetensors"
    source.write_bytes(resource("models", "takes.safetensors").read_bytes())
    models.import_file(source)
    assert [models.list.item(n).text() for n in range(2)] == ["✓ The one that ships", "   voices"]
    models.use()
    assert Path(settings.values.model) == models.card.path
    assert models.list.item(1).text() == "✓ voices"
    models.remove(models.card)
    assert settings.values.model == ""
    assert models.list.count() == 1


def test_the_page_about_a_model_tells_users_of_no_commits(models):
    page = models.about.toPlainText()
    assert "What it does not do well" in page
    assert re.findall(r"\b[0-9a-f]{7,40}\b", page) == []


def test_what_is_no_model_is_told(models, tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"x" * 20)
    models.import_file(tmp_path / "x.safetensors")
    assert "not a model" in models.told.text()


def test_repairs_use_the_model_that_is_chosen(opened, tmp_path):
    own = tmp_path / "own.safetensors"
    opened.settings.change(model=str(own))
    job = RepairJob(opened.document.work.clip, (Region(0, 10),))
    assert opened.document.repairs._complete(job).model == own
