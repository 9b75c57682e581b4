import json
import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QToolButton

from tests.gui.gate import Gate
from uasrm_core.audio.clip import Patch
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.job import Candidate, QualityEstimate, RegionOutcome, RepairResult
from uasrm_core.translation import LANGUAGES, use_languages
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.editor.waveform import WaveformPane
from uasrm_gui.panels.compare import LEAST_HEIGHT, title_of
from uasrm_gui.sound.playback_plan import Version
from uasrm_gui.state.proposals import COLUMNS, ROWS
from uasrm_gui.widgets.fit_text import FittedLabel, fit_lines

DAMAGE = Region(30000, 30441)
PATIENCE_S = 180.0
LEVELS = {"unet": 0.1, "ar": 0.2, "similarity": 0.3}


def candidate(job, region, engine, level):
    channels = region.channel_indices(job.clip.channels)
    samples = np.full((len(channels), region.frames), level, np.float32)
    return Candidate(
        engine,
        Patch(region.start_frame, channels, samples),
        0.1,
        estimate=QualityEstimate(12.0, 3.1, 5) if engine == "unet" else None,
        source_frames=(50000, 50441) if engine == "similarity" else None,
        model="hybrid 0123" if engine == "unet" else "",
        context_s=job.context_s or 0.75,
        strength=job.strength,
    )


def levelling_repair(job, progress) -> RepairResult:
    """Repair by a constant, another one for each engine."""
    (region,) = job.regions
    if job.compare:
        made = tuple(candidate(job, region, *pair) for pair in LEVELS.items())
    elif job.engine == "auto":
        made = (candidate(job, region, "unet", 0.1),)
    else:
        made = (candidate(job, region, job.engine, 0.05 * job.strength),)
    outcome = RegionOutcome(region, made)
    for part in made if job.compare else (outcome,):
        progress.on_part(part)
    return RepairResult((outcome,))


@pytest.fixture
def fake_api(fake_api):
    fake_api.repair = levelling_repair
    return fake_api


@pytest.fixture
def compared(opened, qtbot):
    opened.document.selection.select(DAMAGE)
    compare(opened, qtbot)
    return opened


def compare(window, qtbot):
    trigger(window, "compare")
    qtbot.waitUntil(lambda: not window.comparison.is_busy)


def trigger(window, name):
    window.action_set[name].trigger()


def heard(window):
    return float(window.playback.shown.read(30000, 30001)[0, 0])


def segment(window):
    """Return the transport's button for the candidate."""
    (button,) = [
        button
        for button in window.transport.findChildren(QToolButton)
        if button.defaultAction() is window.action_set["listen.candidate"]
    ]
    return button


def test_candidates_are_listed_best_first_and_nothing_is_changed(compared):
    panel = compared.compare
    assert panel.isVisible()
    assert panel.list.count() == 3
    spoken = [panel.list.item(n).data(Qt.ItemDataRole.AccessibleTextRole) for n in range(3)]
    assert spoken[0].startswith("1: Rebuilt. In trials here 3.1 dB off.")
    assert "In trials" not in spoken[1]
    assert not compared.document.work.history.edits
    assert compared.comparison.chosen is None


@pytest.mark.parametrize(
    ("traits", "spoken"),
    [
        ({"is_uncovered": True}, "1: Rebuilt. Takes noise off the sound under it."),
        (
            {"is_unchanged": True},
            "1: Rebuilt. Leaves the sound as it is: nothing stands out here.",
        ),
        (
            {"take": 0},
            "1: Rebuilt, smooth. The middle of all ways it could have been: safe, but dull.",
        ),
        (
            {"engine": "ar"},
            "1: Continued. The sound goes on from both sides: for clicks and short gaps",
        ),
    ],
)
def test_every_candidate_says_what_to_expect(opened, qtbot, fake_api, traits, spoken):
    def repair(job, progress):
        (outcome,) = levelling_repair(job, progress).outcomes
        first = replace(outcome.candidates[0], estimate=None, **traits)
        return RepairResult((replace(outcome, candidates=(first, *outcome.candidates[1:])),))

    fake_api.repair = repair
    opened.document.selection.select(DAMAGE)
    compare(opened, qtbot)
    item = opened.compare.list.item(0)
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == spoken


def test_the_first_candidate_is_shown_and_heard_while_others_are_made(
    opened, qtbot, fake_api, output
):
    release = threading.Event()

    def repair(job, progress):
        (region,) = job.regions
        made = tuple(candidate(job, region, *pair) for pair in LEVELS.items())
        progress.on_part(made[0])
        progress.report(0.4, "Making candidate 2 of 3")
        release.wait(PATIENCE_S)
        return RepairResult((RegionOutcome(region, made),))

    fake_api.repair = repair
    opened.document.selection.select(DAMAGE)
    trigger(opened, "compare")
    panel = opened.compare
    qtbot.waitUntil(lambda: panel.list.count() == 1)
    qtbot.waitUntil(lambda: "candidate 2 of 3" in panel.hint.text())
    assert opened.comparison.is_busy
    card = panel.list.itemWidget(panel.list.item(0))
    trigger(opened, "candidate.1")
    assert heard(opened) == pytest.approx(0.1)
    release.set()
    qtbot.waitUntil(lambda: not opened.comparison.is_busy)
    assert panel.list.count() == 3
    assert panel.list.itemWidget(panel.list.item(0)) is card
    assert opened.comparison.chosen == 0


def test_a_digit_auditions_in_place_and_return_applies_that_very_buffer(compared, qtbot, output):
    trigger(compared, "candidate.2")
    assert compared.player.version is Version.CANDIDATE
    assert segment(compared).isEnabled()
    assert compared.player.is_playing
    assert heard(compared) == pytest.approx(0.2)
    trigger(compared, "ab")
    assert compared.player.version is Version.ORIGINAL
    trigger(compared, "ab")
    assert heard(compared) == pytest.approx(0.2)
    compared.compare.list.setCurrentRow(0)
    assert heard(compared) == pytest.approx(0.1)
    auditioned = compared.comparison.chosen_candidate
    trigger(compared, "candidate.apply")
    (edit,) = compared.document.work.history.edits
    assert edit.patches[0] is auditioned.patch
    assert edit.label == "Repair 0.680–0.690 s"
    (note,) = edit.repairs
    assert (note.engine, note.model, note.context_s) == ("unet", "hybrid 0123", 0.75)
    assert compared.player.version is Version.REPAIRED
    assert not segment(compared).isEnabled()
    assert compared.comparison.applied == 0
    assert float(compared.document.work.clip.read(30000, 30001)[0, 0]) == pytest.approx(0.1)


def test_another_take_is_made_and_heard_at_once(opened, qtbot, fake_api, output):
    asked = []

    def repair(job, progress):
        asked.append((job.engine, job.take))
        (region,) = job.regions
        takes = (1, 2, 0) if job.compare else (job.take,)
        made = [
            replace(candidate(job, region, "unet", 0.1 + 0.1 * take), take=take) for take in takes
        ]
        return RepairResult((RegionOutcome(region, tuple(made)),))

    fake_api.repair = repair
    assert not opened.action_set["candidate.take"].isEnabled()
    opened.document.selection.select(DAMAGE)
    compare(opened, qtbot)
    assert opened.compare.take.isVisible()
    trigger(opened, "candidate.take")
    qtbot.waitUntil(lambda: not opened.comparison.is_busy)
    assert asked[-1] == ("unet", 3)
    assert opened.comparison.chosen == 3
    assert heard(opened) == pytest.approx(0.4)
    trigger(opened, "candidate.apply")
    (edit,) = opened.document.work.history.edits
    assert edit.repairs[0].take == 3


def test_candidates_that_are_no_takes_offer_no_other(compared):
    assert not compared.action_set["candidate.take"].isEnabled()
    assert not compared.compare.take.isVisible()


def test_another_one_can_be_applied_afterwards_and_undone(compared):
    for digit, level in ((1, 0.1), (2, 0.2)):
        trigger(compared, f"candidate.{digit}")
        trigger(compared, "candidate.apply")
        assert float(compared.document.work.clip.read(30000, 30001)[0, 0]) == pytest.approx(level)
    trigger(compared, "undo")
    assert compared.comparison.applied == 0
    assert len(compared.comparison.proposals) == 3


def test_one_more_with_other_settings(compared, qtbot):
    others = compared.compare.others
    others.menu().popup(others.mapToGlobal(QPoint()))
    qtbot.waitUntil(others.engine.isVisible)
    others.engine.setCurrentIndex(others.engine.findData("attenuate"))
    assert others.strength.isVisible()
    others.strength.setValue(50)
    others.context.setValue(2.0)
    others.add.click()
    assert not others.menu().isVisible()
    qtbot.waitUntil(lambda: not compared.comparison.is_busy)
    assert compared.compare.list.count() == 4
    last = compared.comparison.proposals[-1].candidate
    assert (last.engine, last.context_s, last.strength) == ("attenuate", 2.0, 0.5)
    others.menu().popup(others.mapToGlobal(QPoint()))
    qtbot.waitUntil(others.engine.isVisible)
    others.engine.setCurrentIndex(others.engine.findData("ar"))
    assert not others.strength.isVisible()
    others.menu().close()


def test_the_source_of_a_copy_is_marked_in_the_overview(compared):
    trigger(compared, "candidate.3")
    assert compared.editor._state.source == (50000, 50441)
    trigger(compared, "candidate.1")
    assert compared.editor._state.source is None


def test_candidates_go_when_the_sound_around_them_changes(compared, qtbot):
    trigger(compared, "candidate.1")
    near = Region(31000, 31100)
    compared.document.repairs.repair([near], "ar")
    qtbot.waitUntil(lambda: bool(compared.document.work.history.edits))
    assert compared.comparison.region is None
    assert compared.compare.list.count() == 0
    assert compared.player.version is Version.REPAIRED
    assert "compare it again" in compared.message.text


def test_a_change_far_away_leaves_them(compared, qtbot):
    trigger(compared, "candidate.1")
    compared.document.repairs.repair([Region(80000, 80100)], "ar")
    qtbot.waitUntil(lambda: bool(compared.document.work.history.edits))
    assert len(compared.comparison.proposals) == 3
    trigger(compared, "candidate.1")
    assert float(compared.playback.shown.read(80000, 80001)[0, 0]) == pytest.approx(0.05)


def test_a_repaired_place_is_compared_as_if_it_had_not_been(opened, qtbot):
    document = opened.document
    before = document.work.clip.read(29000, 32000)
    document.selection.select(DAMAGE)
    with qtbot.waitSignal(document.repairs.done):
        trigger(opened, "repair")
    compare(opened, qtbot)
    assert np.array_equal(opened.comparison._base.read(29000, 32000), before)


def test_one_region_at_a_time(opened):
    trigger(opened, "compare")
    assert opened.message.isVisible()
    for region in (DAMAGE, Region(50000, 50100)):
        opened.document.work.add_region(region)
    opened.document.selection.pick_rows([0, 1])
    trigger(opened, "compare")
    assert "one region at a time" in opened.message.text


def test_the_pictures_show_the_difference(compared):
    first = compared.comparison.proposals[0]
    assert first.before.shape == first.after.shape == (ROWS, COLUMNS)
    assert (first.before != first.after).any()


def test_the_edit_log_is_written(compared, qtbot, questions, tmp_path):
    trigger(compared, "candidate.1")
    trigger(compared, "candidate.apply")
    questions.path = tmp_path / "log.json"
    trigger(compared, "log.export")
    qtbot.waitUntil(lambda: questions.path.exists())
    qtbot.waitUntil(lambda: compared.runner.current is None)
    told = json.loads(questions.path.read_text())
    (region,) = told["regions"]
    assert (region["engine"], region["model"]) == ("unet", "hybrid 0123")
    assert region["after"]["peak_db"] == -20.0


@pytest.mark.parametrize(
    ("take", "title"), [(None, "Rebuilt"), (0, "Rebuilt, smooth"), (2, "Rebuilt, take 2")]
)
def test_a_candidate_names_its_take(take, title):
    patch = Patch(0, (0,), np.zeros((1, 1), np.float32))
    assert title_of(Candidate("unet", patch, 0.1, take=take), 44100) == title


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize("size", [(1280, 720), (1600, 1000)])
def test_what_to_expect_of_a_candidate_is_seen_whole(compared, qtbot, size):
    compared.tabs.resize(*size)
    strip = compared.compare
    qtbot.waitUntil(lambda: compared.width() == size[0])
    qtbot.wait(20)
    trigger(compared, "candidate.1")
    viewport = strip.list.viewport()
    for row in range(strip.list.count()):
        card = strip.list.itemWidget(strip.list.item(row))
        for label in card.findChildren(QLabel):
            if not label.isVisibleTo(card):
                continue
            assert label.mapTo(viewport, label.rect().bottomRight()).y() < viewport.height()
            assert label.height() >= label.minimumSizeHint().height()
            assert label.width() >= label.fontMetrics().size(0, label.text()).width()
            assert label.width() >= label.pixmap().width()
    expected = "In trials here 3.1 dB off."
    assert expected in strip.list.item(0).toolTip()
    card = strip.list.itemWidget(strip.list.item(0))
    seen = [label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card)]
    assert any(expected in " ".join(text.split()) for text in [*seen, strip.hint.text()])


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_is_compared_is_told_in_every_language_in_a_low_window(
    language, make_window, fake_api, qtbot, wav_file, tone
):
    use_languages([language])
    try:
        window = make_window(fake_api)
        window.tabs.resize(1280, 720)
        with qtbot.waitSignal(window.document.work.opened):
            window.document.files.open(wav_file(tone(seconds=1.0)))
        window.document.selection.select(DAMAGE)
        compare(window, qtbot)
        trigger(window, "candidate.1")
        qtbot.wait(20)
        strip = window.compare
        assert strip.hint.text()
        assert "…" not in strip.hint.text()
        titles = strip.list.findChildren(QLabel, "rowTitle")
        assert len(titles) == strip.list.count()
        assert [title.text() for title in titles if "…" in title.text()] == []
    finally:
        use_languages(["en"])


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize("size", [(1280, 720), (1600, 1000), (2560, 1440)])
def test_the_spectrogram_stays_where_it_is_when_the_strip_opens_and_closes(opened, qtbot, size):
    opened.tabs.resize(*size)
    qtbot.waitUntil(lambda: opened.width() == size[0])
    qtbot.wait(20)
    pane, wave = (opened.editor.findChild(kind) for kind in (SpectrogramPane, WaveformPane))
    before = place_of(pane, opened), place_of(wave, opened)
    opened.document.selection.select(DAMAGE)
    compare(opened, qtbot)
    qtbot.wait(20)
    assert opened.compare.isVisible()
    assert place_of(pane, opened) == before[0]
    assert not wave.isVisible()
    # from the overview down to the ruler
    assert opened.editor.height() >= 0.45 * size[1]
    opened.compare.close_strip()
    qtbot.wait(20)
    assert (place_of(pane, opened), place_of(wave, opened)) == before


@pytest.mark.usefixtures("dressed")
def test_the_strip_follows_the_window_and_the_layout(compared, qtbot):
    strip, pane = compared.compare, compared.editor.findChild(SpectrogramPane)
    heights = []
    for height in (1000, 720):
        compared.tabs.resize(1600, height)
        qtbot.waitUntil(lambda height=height: compared.tabs.height() == height)
        qtbot.wait(20)
        heights.append(strip.height())
    assert heights[0] > 1.4 * heights[1] >= LEAST_HEIGHT
    compared.editor.set_display(replace(compared.editor.display, layout="waveform"))
    qtbot.wait(20)
    assert not pane.isVisible()
    assert compared.editor.findChild(WaveformPane).isVisible()
    assert strip.height() == LEAST_HEIGHT


def place_of(widget, window):
    return QRect(widget.mapTo(window, QPoint()), widget.size())


def test_takes_are_told_apart_where_their_names_have_no_room(qtbot):
    label = FittedLabel(1, keeps_end=True)
    qtbot.addWidget(label)
    label.resize(90, 20)
    label.show_text("1  Neu gebildet, Variante 12")
    assert "…" in label.text()
    assert label.text().startswith("1")
    assert label.text().endswith("12")


def test_what_is_waited_for_has_the_room_of_the_settings(compared, qtbot, fake_api):
    assert compared.compare.others.isVisible()
    gate = fake_api.repair = Gate(levelling_repair)
    compared.compare.others.add.click()
    assert gate.entered.wait(PATIENCE_S)
    assert not compared.compare.others.isVisible()
    gate.may_go.set()
    qtbot.waitUntil(lambda: not compared.comparison.is_busy)
    assert compared.compare.others.isVisible()


def test_a_text_that_is_too_long_is_cut_in_its_last_line(qapp):
    font = qapp.font()
    long = "one two three four five six seven eight nine ten eleven twelve"
    lines = fit_lines(long, font, width=120, lines=2).split("\n")
    assert len(lines) == 2
    assert long.startswith(lines[0])
    assert lines[1].endswith("…")
    assert fit_lines("short", font, width=120, lines=2) == "short"
