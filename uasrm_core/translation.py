"""Translation of everything that a user reads.

Every text that a user reads goes through `tr` where it is shown. A text in a table, which is made
before the language is known, is marked there with `mark` and goes through `tr` where it is shown.
What varies is filled in by name, ``tr("Saved {name}.", name=path.name)``, never by an f-string,
for which there could be no translation.

English is the language of the source. Catalogues are those of gettext,
``resources/locale/<language>.po``. The language `PSEUDO` puts every translated text between
brackets, so that a text without them is one that was forgotten.
"""

from __future__ import annotations

import gettext
import os
import string
from collections.abc import Mapping, Sequence
from typing import Any

from uasrm_core.resources import resource

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "zh_CN": "简体中文",
}
PSEUDO = "qps"
# Goes before all that the system says.
VARIABLE = "UASRM_LANGUAGE"
_VARIABLES = (VARIABLE, "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_SIMPLIFIED = ("zh", "zh_CN", "zh_SG", "zh_Hans")
_ACCENTED = str.maketrans("AEIOUYaeiouycns", "ÅÉÎÖÛÝåéîöûýçñš")


class _Pseudo(gettext.NullTranslations):
    """Says everything in letters that are still legible, half as long again, and in brackets."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)


class _Filler(string.Formatter):
    """Fills in values, and writes numbers with the signs of the user's language."""

    def __init__(self) -> None:
        self.signs: dict[int, str] = {}

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        return text.translate(self.signs) if isinstance(value, int | float) else text


_words: gettext.NullTranslations = gettext.NullTranslations()
_filler = _Filler()
_language = "en"


def use_languages(names: Sequence[str]) -> str:
    """Speak the first of these languages that there is, from now on; English if there is none.

    Returns
    -------
    The language's name in `LANGUAGES`, or `PSEUDO`.
    """
    global _words, _language
    _language = language = choose_language(names)
    if language == PSEUDO:
        _words = _Pseudo()
    elif language == "en":
        _words = gettext.NullTranslations()
    else:
        from uasrm_core.catalogue import read_catalogue

        _words = read_catalogue(resource("locale", f"{language}.po"))
    return language


def current_language() -> str:
    """Return the language that is spoken, as `use_languages` does."""
    return _language


def use_number_signs(decimal: str = ".", group: str = ",") -> None:
    """Write numbers in translated texts with these signs from now on.

    The window has those of the user's language. The command line keeps the point, which is what it
    reads too.
    """
    _filler.signs = {} if decimal == "." else {ord("."): decimal, ord(","): group}


def choose_language(names: Sequence[str]) -> str:
    """Return the first language that there is among names as systems write them."""
    for name in names:
        plain = name.partition(".")[0].partition("@")[0].replace("-", "_")
        language = plain.partition("_")[0]
        if plain == PSEUDO:
            return PSEUDO
        if plain in _SIMPLIFIED or plain.startswith("zh_Hans_"):
            return "zh_CN"
        if language in LANGUAGES or language in ("C", "POSIX"):
            return language if language in LANGUAGES else "en"
    return "en"


def environment_languages(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the languages that the environment asks for, best first, as gettext reads it."""
    wanted = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return [name for name in wanted.split(":") if name]


def mark(text: str) -> str:
    """Return `text` as it is, which tells the translators' tools about it."""
    return text


def mark_count(one: str, many: str) -> tuple[str, str]:
    """Return both texts as they are; see `mark`."""
    return one, many


def tr(text: str, /, **values: object) -> str:
    """Return `text` in the user's language, with `values` in place of their names in braces."""
    found = _words.gettext(text) if text else ""
    return _filler.vformat(found, (), values) if values else found


def tr_count(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the text that fits `count`, in the user's language; ``{count}`` stands for it."""
    found = _words.ngettext(one, many, count)
    return _filler.vformat(found, (), {"count": count, **values})


def write_number(text: str) -> str:
    """Return a number, written with a point, as the user's language writes it."""
    return text.translate(_filler.signs)


def pseudo(text: str) -> str:
    """Return `text` as the language `PSEUDO` has it; what stands in braces stays as it is."""
    parts = text.replace("{", "\0{").replace("}", "}\0").split("\0")
    accented = [part if part.startswith("{") else part.translate(_ACCENTED) for part in parts]
    return f"⟦{''.join(accented)}{'·' * (len(text) // 3)}⟧"
