"""The one way by which words reach a user in their own language.

Every text that a user reads goes through `tr` where it is shown. A text in a table, which is made
before the language is known, is marked there with `mark` and goes through `tr` where it is shown.
What varies is filled in by name, ``tr("Saved {name}.", name=path.name)``, never by an f-string,
for which there could be no translation.

English is the language of the source. Catalogues are those of gettext:
``resources/locale/<language>/LC_MESSAGES/uasrm.mo``. The language `PSEUDO` puts every translated
text between brackets, so that a text without them is one that was forgotten.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence

from uasrm_core.resources import resource

DOMAIN = "uasrm"
PSEUDO = "qps"
_ACCENTED = str.maketrans("AEIOUYaeiouycns", "ÅÉÎÖÛÝåéîöûýçñš")


class _Pseudo(gettext.NullTranslations):
    """Says everything in letters that are still legible, half as long again, and in brackets."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)


_words: gettext.NullTranslations = gettext.NullTranslations()


def use_languages(names: Sequence[str]) -> None:
    """Speak the first of these languages that there is, from now on; English if there is none."""
    global _words
    if list(names[:1]) == [PSEUDO]:
        _words = _Pseudo()
    else:
        folder = resource("locale")
        _words = gettext.translation(DOMAIN, folder, list(names) or ["en"], fallback=True)


def mark(text: str) -> str:
    """Return `text` as it is, which tells the translators' tools about it."""
    return text


def tr(text: str, /, **values: object) -> str:
    """Return `text` in the user's language, with `values` in place of their names in braces."""
    found = _words.gettext(text) if text else ""
    return found.format(**values) if values else found


def tr_count(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the text that fits `count`, in the user's language; ``{count}`` stands for it."""
    return _words.ngettext(one, many, count).format(count=count, **values)


def pseudo(text: str) -> str:
    """Return `text` as the language `PSEUDO` has it; what stands in braces stays as it is."""
    parts = text.replace("{", "\0{").replace("}", "}\0").split("\0")
    accented = [part if part.startswith("{") else part.translate(_ACCENTED) for part in parts]
    return f"⟦{''.join(accented)}{'·' * (len(text) // 3)}⟧"
