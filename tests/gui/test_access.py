"""Everything can be reached by keyboard, has a name for screen readers, and can be translated."""

import ast
import re
from datetime import datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QSlider,
    QTabBar,
    QTabWidget,
    QWidget,
)

import uasrm_core
import uasrm_gui
from uasrm_core import errors, translation
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.region import Region
from uasrm_core.edit.recovery import Leftover
from uasrm_core.resources import resource
from uasrm_core.translation import LANGUAGES, PSEUDO, VARIABLE, pseudo, tr, tr_count, use_languages
from uasrm_gui.actions.action_set import command_rows, shortcut_groups
from uasrm_gui.dialogs.export import ExportDialog
from uasrm_gui.dialogs.keys import KeysDialog
from uasrm_gui.dialogs.preferences import PreferencesDialog
from uasrm_gui.dialogs.recovery import RecoveryDialog
from uasrm_gui.dialogs.shortcuts import ShortcutsDialog
from uasrm_gui.editor.button_row import RowButton
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.process.language import languages, speak

# What is the same in every language: names, units, keys, notes, formats.
UNTRANSLATED = re.compile(
    r"UASRM|k?Hz|dB|px|ms|s|ct|st|WAV|AIFF|FLAC|OGG|MP3|RF64|W64|PCM|LR|L|R|A|B|x|h|"
    r"Ctrl|Shift|Alt|Del|Home|End|Esc|Space|Return|Enter|Ins|PgUp|PgDown|Wheel|F\d+|bit|float|wav|Ogg|Vorbis|Opus|Wave64"
)
INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QSlider,
)


def dialogs(window):
    yield ExportDialog(window.document.work.info, window)
    yield PreferencesDialog(window.settings, ["Speakers"], window)
    yield ShortcutsDialog(shortcut_groups(window.action_set.keys), window)
    yield KeysDialog(window.settings, command_rows(), window)
    recovery, path = RecoveryDialog(window), window.document.work.path
    when = datetime(2026, 11, 29, 22, 10)
    left = Leftover(Path("1.journal"), path.name, when, path, "gone", 3, 5)
    recovery.panel.show_leftovers([left])
    yield recovery


@pytest.fixture
def worked(opened, qtbot):
    """Return a window in which everything has something to show."""
    window = opened
    document = window.document
    document.work.add_region(Region(10_000, 12_000))
    document.work.add_region(Region(30_000, 31_000, 500.0, 2_000.0))
    with qtbot.waitSignal(document.repairs.repair([document.work.regions[0]], "auto").ended):
        pass
    return window


def parts(root):
    """Return a widget and all below it that a user can meet."""
    own = [child for child in root.findChildren(QWidget) if child.window() is root]
    return [root, *(child for child in own if not child.objectName().startswith("qt_"))]


def name_of(widget):
    """Return what a screen reader says when the focus comes to a widget."""
    name = widget.accessibleName()
    if not name and isinstance(widget, QAbstractButton):
        name = widget.text() or widget.toolTip()
    if not name:
        labels = widget.window().findChildren(QLabel)
        name = next((label.text() for label in labels if label.buddy() is widget), "")
    return name.replace("&", "").strip()


def is_inner(widget):
    """Whether a widget is a part of another that speaks for it."""
    outer = widget.parentWidget()
    return isinstance(
        outer, QComboBox | QAbstractSpinBox | QLineEdit | QTabBar | QAbstractItemView
    ) or (
        outer is not None
        and type(outer).__name__ in ("QKeySequenceEdit", "QComboBoxPrivateContainer")
    )


def nameless(root):
    return [
        f"{type(widget).__name__} {widget.objectName()} in {type(widget.parentWidget()).__name__}"
        for widget in parts(root)
        if (isinstance(widget, INTERACTIVE) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and not isinstance(widget, QMainWindow | QDialog | QMenu | QTabBar)
        and not is_inner(widget)
        and not name_of(widget)
    ]


def test_every_widget_has_a_name_for_screen_readers(worked, qtbot):
    assert nameless(worked) == []
    for dialog in dialogs(worked):
        qtbot.addWidget(dialog)
        assert nameless(dialog) == [], type(dialog).__name__


def shown_with(window, panel):
    """Return what a user can meet while a panel is in front."""
    window.show_panel(panel)
    return parts(window)


def test_every_button_can_be_reached_by_tab(worked):
    buttons = [
        f"{name_of(button)} in {type(button.parentWidget()).__name__}"
        for panel in ("regions", "review", "history", "display")
        for button in shown_with(worked, panel)
        if isinstance(button, QAbstractButton)
        and button.isVisibleTo(worked)
        and button.isEnabled()
        and not is_inner(button)
        and not button.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert buttons == []


def test_tab_goes_round_the_whole_window_and_back(worked, qtbot):
    worked.activateWindow()
    qtbot.waitUntil(worked.isActiveWindow)
    pane = worked.findChild(SpectrogramPane)
    pane.setFocus()
    met = []
    while not met or met[-1] is not pane:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        met.append(QApplication.focusWidget())
        assert met.count(met[-1]) == 1, name_of(met[-1])
    wanted = [
        widget
        for widget in parts(worked)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not is_inner(widget)
        and not isinstance(widget, RowButton | QTabWidget)
    ]
    assert [name_of(widget) for widget in wanted if widget not in met] == []
    holders = {button.parentWidget() for button in worked.findChildren(RowButton)}
    assert {button.parentWidget() for button in met if isinstance(button, RowButton)} == holders
    back = []
    while not back or back[-1] is not pane:
        QTest.keyClick(
            QApplication.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier
        )
        back.append(QApplication.focusWidget())
        assert back.count(back[-1]) == 1, name_of(back[-1])
    assert {name_of(widget) for widget in wanted} <= {name_of(widget) for widget in back}


def words_of(root):
    """Return every text that a widget and all below it show or say."""
    found = []
    for widget in parts(root):
        found += [widget.toolTip(), widget.windowTitle(), widget.accessibleName()]
        found += [widget.accessibleDescription(), widget.statusTip(), widget.whatsThis()]
        for attribute in ("text", "title", "placeholderText", "suffix", "prefix"):
            getter = getattr(widget, attribute, None)
            if callable(getter) and isinstance(widget, QWidget):
                found.append(getter())
        if isinstance(widget, QComboBox):
            found += [widget.itemText(number) for number in range(widget.count())]
            tips = [widget.itemData(n, Qt.ItemDataRole.ToolTipRole) for n in range(widget.count())]
            found += [tip for tip in tips if tip]
        if isinstance(widget, QTabBar):
            found += [widget.tabText(number) for number in range(widget.count())]
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            found += words_in(widget.model())
    for action in root.findChildren(QAction):
        found += [action.text(), action.toolTip(), action.iconText()]
    return [text for text in found if isinstance(text, str) and text]


def words_in(model):
    roles = (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
    )
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
    heads = [
        model.headerData(column, Qt.Orientation.Horizontal, role)
        for column in range(columns)
        for role in roles
    ]
    cells = [
        model.index(row, column).data(role)
        for row in range(model.rowCount())
        for column in range(columns)
        for role in roles
    ]
    return [text for text in [*heads, *cells] if isinstance(text, str)]


def left_over(text, known):
    """Return the words of a text that no translation went through."""
    while "⟦" in text:
        shorter = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
        if shorter == text:
            break
        text = shorter
    for name in known:
        text = text.replace(name, " ")
    words = re.findall(r"[^\W\d_]+\d*", text.replace("[*]", ""))
    return [word for word in words if not UNTRANSLATED.fullmatch(word) and len(word) > 1]


@pytest.fixture
def pseudo_language(qapp, monkeypatch):
    monkeypatch.setenv(VARIABLE, PSEUDO)
    translator = speak(qapp, languages())
    yield
    QCoreApplication.removeTranslator(translator)
    use_languages(["en"])


def test_nothing_in_the_window_is_left_untranslated(pseudo_language, worked, qtbot, tmp_path):
    path = str(worked.document.work.path)
    known = [
        path,
        worked.document.work.path.name,
        worked.document.work.path.stem,
        str(tmp_path),
        "Speakers",
        "silence",
        "_repaired",
        *LANGUAGES.values(),
    ]
    missing = {text: left_over(text, known) for text in words_of(worked)}
    for dialog in dialogs(worked):
        qtbot.addWidget(dialog)
        missing |= {text: left_over(text, known) for text in words_of(dialog)}
    assert {text: words for text, words in missing.items() if words} == {}
    assert len(missing) > 200


@pytest.fixture
def said(pseudo_language, monkeypatch):
    """Return what was asked to be translated since."""
    texts = set()

    def hear(text):
        texts.add(text)
        return pseudo(text)

    monkeypatch.setattr(translation, "pseudo", hear)
    return texts


def test_every_word_of_the_window_is_in_the_catalogue(said, worked, qtbot):
    """Whoever translates is given all that is shown; `make words` gathers it."""
    for dialog in dialogs(worked):
        qtbot.addWidget(dialog)
    missing = said - catalogue()
    assert [text for text in missing if any(letter.isalpha() for letter in text)] == []
    assert len(said) > 200


def catalogue():
    with resource("locale", "uasrm.pot").open("rb") as file:
        return {text for entry in read_po(file) for text in both(entry.id)}


def both(entry):
    return [entry] if isinstance(entry, str) else [text for text in entry if text]


def test_the_catalogue_is_that_of_the_sources():
    keywords = {"tr": None, "mark": None, "tr_count": (1, 2), "mark_count": (1, 2)}
    gathered = {""}
    for package in (uasrm_core, uasrm_gui):
        folder = str(Path(package.__file__).parent)
        for found in extract_from_dir(folder, keywords=keywords):
            gathered |= set(both(found[2]))
    assert gathered ^ catalogue() == set(), "make words brings it up to date"


def test_a_dialog_is_called_what_its_command_is_called_in_every_language():
    for language in LANGUAGES:
        use_languages([language])
        try:
            assert tr("Gain…") == tr("Gain") + "…", language
        finally:
            use_languages(["en"])


def test_messages_are_translated_too(pseudo_language, opened, tmp_path):
    opened.action_set["region.add"].trigger()
    assert left_over(opened.message.text, []) == []
    opened.document.work.add_region(Region(10_000, 12_000))
    assert left_over(opened.document.work.history.edits[-1].label, []) == []
    with pytest.raises(errors.FileError) as refused:
        open_clip(tmp_path / "none.wav")
    assert left_over(str(refused.value), [str(tmp_path / "none.wav")]) == []


def test_a_pseudo_text_keeps_its_values_and_its_access_key():
    use_languages([PSEUDO])
    try:
        assert tr("&Save {name}", name="a.wav").startswith("⟦&Såvé a.wav")
        assert tr_count("{count} region", "{count} regions", 2).startswith("⟦2 régîöñš")
        assert pseudo("") == "⟦⟧"
        assert tr("") == ""
    finally:
        use_languages(["en"])
    assert tr("Saved {name}.", name="x") == "Saved x."
    assert tr_count("{count} region", "{count} regions", 1) == "1 region"


def sources():
    folder = Path(uasrm_gui.__file__).parent
    return sorted(folder.rglob("*.py"))


def calls(tree, names):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def test_what_is_translated_can_be_gathered():
    """The translators' tool finds a text only where it stands as it is."""
    for path in sources():
        tree = ast.parse(path.read_text("utf-8"))
        for call in calls(tree, {"mark"}):
            assert isinstance(call.args[0], ast.Constant), f"{path.name}:{call.lineno}"
        for call in calls(tree, {"tr", "tr_count"}):
            texts = call.args[: 2 if call.func.id == "tr_count" else 1]
            for text in texts:
                assert not isinstance(text, ast.JoinedStr | ast.BinOp), f"{path.name}:{call.lineno}"


def test_what_goes_wrong_is_told_in_the_users_language():
    """All errors that a window can meet; those of training and evaluation are for a terminal."""
    names = {name for name in vars(errors) if name.endswith("Error")} - {"DataError"}
    for path in Path(uasrm_core.__file__).parent.rglob("*.py"):
        if path.parent.name not in ("training", "evaluation", "cli"):
            tree = ast.parse(path.read_text("utf-8"))
            for call in calls(tree, names):
                written = [isinstance(text, ast.Constant | ast.JoinedStr) for text in call.args[:1]]
                assert written != [True], f"{path.name}:{call.lineno}"


def test_no_text_is_translated_before_the_language_is_known():
    for path in sources():
        tree = ast.parse(path.read_text("utf-8"))
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.Lambda)
            for node in ast.walk(function)
        }
        early = [call.lineno for call in calls(tree, {"tr", "tr_count"}) if id(call) not in inside]
        assert early == [], path.name
