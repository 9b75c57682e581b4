"""Reads the catalogue of a language: a gettext file with the suffix ``.po``.

It is read as it stands, so that nothing has to be compiled when the program is installed; that
takes some milliseconds (decision 034).
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from pathlib import Path

_LINES = r'"(?:[^"\\\n]|\\.)*"(?:\n"(?:[^"\\\n]|\\.)*")*'
_FIELD = re.compile(rf"^(msgid|msgid_plural|msgstr(?:\[\d+\])?) ({_LINES})", re.MULTILINE)
_JOINT = re.compile(r'"\n"')
_ESCAPE = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}
_PLURAL = re.compile(r"plural=([^;\n]+)")


class Catalogue(gettext.NullTranslations):
    """The messages of one language; one that is missing is said in English.

    Parameters
    ----------
    messages
        Translations by the English text.
    plurals
        Lists of forms by the English singular.
    choose_form
        Tells which of the forms a count takes.
    """

    def __init__(
        self,
        messages: dict[str, str],
        plurals: dict[str, list[str]],
        choose_form: Callable[[int], int],
    ) -> None:
        super().__init__()
        self.messages = messages
        self.plurals = plurals
        self._choose_form = choose_form

    def gettext(self, message: str) -> str:
        """Return the translation of a message."""
        return self.messages.get(message) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the translation that goes with a count."""
        forms = self.plurals.get(msgid1)
        if forms is None:
            return msgid1 if n == 1 else msgid2
        return forms[self._choose_form(n)]


def read_catalogue(path: Path) -> Catalogue:
    """Read a file of translations; what is marked as fuzzy or is empty is left out."""
    messages: dict[str, str] = {}
    plurals: dict[str, list[str]] = {}
    header = ""
    for entry in path.read_text("utf-8").split("\n\n"):
        fields = {name: _unquote(text) for name, text in _FIELD.findall(entry)}
        message = fields.get("msgid")
        if message == "":
            header = fields["msgstr"]
        elif message is None or "\n#, fuzzy" in f"\n{entry}":
            continue
        elif "msgid_plural" in fields:
            forms = [text for name, text in fields.items() if name.startswith("msgstr[")]
            if all(forms):
                plurals[message] = forms
        elif fields["msgstr"]:
            messages[message] = fields["msgstr"]
    rule = _PLURAL.search(header)
    choose_form = gettext.c2py(rule[1] if rule else "n != 1")
    return Catalogue(messages, plurals, choose_form)


def _unquote(text: str) -> str:
    joined = _JOINT.sub("", text)[1:-1]
    if "\\" not in joined:
        return joined
    return _ESCAPE.sub(lambda match: _MEANT.get(match[1], match[1]), joined)
