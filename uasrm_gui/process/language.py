"""The language of the window, of its own words and of those that Qt brings."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from uasrm_core.translation import PSEUDO, pseudo, use_languages

VARIABLE = "UASRM_LANGUAGE"


class _PseudoQt(QTranslator):
    """Puts Qt's own words between brackets too."""

    def translate(
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return pseudo(text.replace("%n", str(n))) if text else ""

    def isEmpty(self) -> bool:
        return False


def speak(app: QApplication) -> QTranslator:
    """Speak the language of the system from now on, or the one that `UASRM_LANGUAGE` names.

    Returns what translates Qt's own words.
    """
    names = languages(os.environ.get(VARIABLE, ""))
    use_languages(names)
    if names[0] == PSEUDO:
        translator: QTranslator = _PseudoQt(app)
    else:
        translator = QTranslator(app)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        translator.load(QLocale(names[0]), "qtbase", "_", folder)
    app.installTranslator(translator)
    return translator


def languages(wanted: str) -> Sequence[str]:
    """Return the languages to try, best first, as gettext names them."""
    names = [wanted] if wanted else QLocale.system().uiLanguages()
    return [name.replace("-", "_") for name in names] or ["en"]
