"""The language of the window, of its own words and of those that Qt brings."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from uasrm_core.translation import (
    PSEUDO,
    VARIABLE,
    choose_language,
    pseudo,
    use_languages,
    use_number_signs,
)

_WRITINGS = {
    "ja": ("Japanese", QFontDatabase.WritingSystem.Japanese),
    "zh_CN": ("Chinese", QFontDatabase.WritingSystem.SimplifiedChinese),
}


class _PseudoQt(QTranslator):
    """Puts Qt's own words between brackets too."""

    def translate(
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return pseudo(text.replace("%n", str(n))) if text else ""

    def isEmpty(self) -> bool:
        return False


def languages(chosen: str = "") -> Sequence[str]:
    """Return the languages to try, best first: of `UASRM_LANGUAGE`, the one chosen, the system's.

    Parameters
    ----------
    chosen
        A name from `LANGUAGES`, or empty.
    """
    wanted = os.environ.get(VARIABLE, "") or chosen
    return [wanted] if wanted else QLocale.system().uiLanguages()


def speak(app: QApplication, names: Sequence[str]) -> QTranslator:
    """Speak the first of these languages that there is, and write numbers as it does.

    Returns what translates Qt's own words.
    """
    language = use_languages(names)
    # a territory tells how numbers are written: 0,5 in Germany and 0.5 in Switzerland
    name = next((name for name in names if choose_language([name]) == language), language)
    locale = QLocale("en" if language in ("en", PSEUDO) else name.replace("-", "_"))
    # 1.5 is refused where it would be read as 15
    locale.setNumberOptions(
        QLocale.NumberOption.OmitGroupSeparator | QLocale.NumberOption.RejectGroupSeparator
    )
    QLocale.setDefault(locale)
    use_number_signs(locale.decimalPoint(), locale.groupSeparator())
    translator = _load_qt_words(app, language)
    app.installTranslator(translator)
    return translator


def _load_qt_words(app: QApplication, language: str) -> QTranslator:
    """Return what translates Qt's own words."""
    if language == PSEUDO:
        return _PseudoQt(app)
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    translator.load(f"qtbase_{language}", folder)
    return translator


def missing_font(names: Sequence[str]) -> str:
    """Return a sentence in English where no font has the letters of the language; else nothing."""
    language = choose_language(names)
    if language not in _WRITINGS:
        return ""
    name, writing = _WRITINGS[language]
    if QFontDatabase.families(writing):
        return ""
    return (
        f"No font with {name} letters is installed; install one, such as Noto Sans CJK, "
        "and start the program again."
    )
