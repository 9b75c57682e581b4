"""Whatever a user hands over is answered in one sentence, and nothing is lost by it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from uasrm_core import api as core_api
from uasrm_core.audio.formats import formats_for
from uasrm_core.audio.region import Region

RATE = 44100
DAMAGE = Region(30000, 30441)


@pytest.fixture
def real_api(fake_api):
    return SimpleNamespace(**vars(fake_api) | {"repair": core_api.repair})


@pytest.fixture
def open_samples(make_window, qtbot, wav_file, real_api):
    """Return an opener of samples in a window with the real engines."""

    def open_in_window(samples, *, api=real_api, **options):
        window = make_window(api)
        with qtbot.waitSignal(window.document.work.opened):
            window.document.files.open(wav_file(samples, **options))
        return window

    return open_in_window


def answer_to_repair(qtbot, window, region, engine):
    """Return the sentence that answers a repair that must not be done."""
    said = []
    window.document.noticed.connect(lambda notice: said.append(notice.text))
    before = window.document.work.history
    job = window.document.repairs.repair([region], engine)
    if job is not None:
        with qtbot.waitSignal(job.ended):
            pass
    assert window.document.work.history is before
    (sentence,) = said
    assert window.message.text == sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(("value", "words"), [(np.nan, "not numbers"), (0.0, "silen")])
def test_a_recording_without_sound_opens_and_cannot_be_repaired(qtbot, open_samples, value, words):
    window = open_samples(np.full((2, RATE), value, np.float32), subtype="FLOAT")
    if np.isnan(value):
        # said once the recording has been read to its end, in place of whatever was said before
        qtbot.waitUntil(lambda: "drawn red" in window.message.text)
    assert words in answer_to_repair(qtbot, window, DAMAGE, "auto")


def test_a_repair_may_be_too_long(qtbot, open_samples, music_like):
    window = open_samples(music_like(9.0))
    sentence = answer_to_repair(qtbot, window, Region(RATE, 7 * RATE), "unet")
    assert "5 s" in sentence or "longer" in sentence


@pytest.mark.parametrize("damage", ["missing", "truncated", "something else"])
def test_a_model_that_cannot_be_used_is_told(
    qtbot, open_samples, music_like, real_api, tmp_path, damage
):
    model = tmp_path / "model.safetensors"
    if damage == "truncated":
        model.write_bytes(b"\xff\x00\x00\x00\x00\x00\x00\x00{")
    elif damage == "something else":
        model.write_text("not a model")

    def repair(job, progress):
        return core_api.repair(replace(job, model=model), progress)

    api = SimpleNamespace(**vars(real_api) | {"repair": repair})
    window = open_samples(music_like(2.0), api=api)
    assert model.name in answer_to_repair(qtbot, window, Region(40000, 50000), "unet")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"hello, this is text\n" * 9, "not an audio file"), (b"RIFF\0\0", "")],
)
def test_a_file_that_is_no_recording_leaves_what_is_open(opened, qtbot, tmp_path, content, words):
    path = tmp_path / "odd.wav"
    path.write_bytes(content)
    clip = opened.document.work.clip
    job = opened.document.files.open(path)
    with qtbot.waitSignal(job.failed):
        pass
    assert words in opened.message.text
    assert "odd.wav" in opened.message.text
    assert opened.document.work.clip is clip


def test_an_export_to_a_folder_that_does_not_exist_keeps_the_work(opened, qtbot, tmp_path):
    opened.document.selection.select(DAMAGE)
    with qtbot.waitSignal(opened.document.repairs.done):
        opened.document.repairs.repair([DAMAGE], "ar")
    own = formats_for(opened.document.work.info)[0][0]
    target = tmp_path / "nowhere" / "out.wav"
    job = opened.document.files.export(target, own, overwrite=False)
    with qtbot.waitSignal(job.failed):
        pass
    assert "nowhere" in opened.message.text
    assert opened.document.work.unsaved is not None
    assert not target.exists()


def test_a_session_whose_recording_is_gone_says_which(opened, qtbot, tmp_path, questions):
    session = tmp_path / "work.uasrm"
    with qtbot.waitSignal(opened.document.files.save_session(session).succeeded):
        pass
    opened.document.work.path.rename(tmp_path / "elsewhere.wav")
    clip = opened.document.work.clip
    with qtbot.waitSignal(opened.document.files.asked):
        opened.document.files.open(session)
    assert "recording.wav" in questions.asked[0]
    assert opened.document.work.clip is clip


def test_a_region_reversed_in_the_table_stays_as_it_was(opened):
    opened.document.work.add_region(DAMAGE)
    model = opened.regions.table.model()
    assert not model.setData(model.index(0, 3), "1.5")
    assert "ends before it starts" in opened.message.text
    assert opened.document.work.regions == (DAMAGE,)


def test_a_recording_cut_short_opens_and_says_so(
    qtbot, make_window, wav_file, music_like, real_api
):
    path = wav_file(music_like(2.0))
    path.write_bytes(path.read_bytes()[:-40_000])
    window = make_window(real_api)
    with qtbot.waitSignal(window.document.noticed) as said:
        window.document.files.open(path)
    assert path.name in said.args[0].text
    assert window.message.text == said.args[0].text
    assert window.document.work.clip.frames < 2 * RATE
