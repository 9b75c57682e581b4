"""Languages: how one is chosen, how its catalogue is read, and how its numbers are written."""

import argparse
import ast
import inspect
import string

import pytest
from babel.messages.pofile import read_po

from uasrm_core.argparse_words import WORDS, use_own_argparse_words
from uasrm_core.catalogue import read_catalogue
from uasrm_core.cli.main import build_parser
from uasrm_core.resources import resource
from uasrm_core.translation import (
    LANGUAGES,
    choose_language,
    current_language,
    environment_languages,
    tr,
    tr_count,
    use_languages,
    use_number_signs,
    write_number,
)

TRANSLATED = [language for language in LANGUAGES if language != "en"]
# What argparse says to programmers, and of options that no command here has.
NOT_SAID = {
    "mutually exclusive arguments must be optional",
    "'required' is an invalid argument for positionals",
    ".__call__() not defined",
    "%(prog)s: error: %(message)s\n",
}


@pytest.fixture
def speak():
    """Return a function that speaks a language until the test ends."""
    yield lambda language: use_languages([language])
    use_languages(["en"])
    use_number_signs()


@pytest.fixture
def catalogue_file(tmp_path):
    """Return a writer of a catalogue."""

    def write(text):
        path = tmp_path / "xx.po"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("names", "language"),
    [
        ([], "en"),
        (["de_AT.UTF-8"], "de"),
        (["pt_BR", "es_MX", "de"], "es"),
        (["C.UTF-8", "de"], "en"),
        (["en_GB", "fr"], "en"),
        (["zh-Hans-CN"], "zh_CN"),
        (["zh"], "zh_CN"),
        (["zh_TW", "ja_JP"], "ja"),
        (["ca@valencia", "fr_CA@x"], "fr"),
    ],
)
def test_the_first_language_that_there_is_gets_chosen(names, language):
    assert choose_language(names) == language


def test_the_environment_names_languages_as_gettext_reads_it():
    assert environment_languages({}) == []
    assert environment_languages({"LANG": "de_DE.UTF-8"}) == ["de_DE.UTF-8"]
    system = {"LANG": "en_US.UTF-8", "LC_MESSAGES": "fr_FR", "LANGUAGE": "", "LC_ALL": ""}
    assert environment_languages(system) == ["fr_FR"]
    assert environment_languages({**system, "LANGUAGE": "ja:de"}) == ["ja", "de"]
    assert environment_languages({**system, "UASRM_LANGUAGE": "es"}) == ["es"]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_read_as_babel_reads_it(language):
    path = resource("locale", f"{language}.po")
    mine = read_catalogue(path)
    with path.open("rb") as file:
        theirs = read_po(file, locale=language)
    single, plural = {}, {}
    for message in theirs:
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            if all(message.string):
                plural[message.id[0]] = list(message.string)
        elif message.string:
            single[message.id] = message.string
    assert (mine.messages, mine.plurals) == (single, plural)


def test_what_a_catalogue_lacks_is_said_in_english(catalogue_file):
    words = read_catalogue(
        catalogue_file(
            'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
            'msgid "Save"\nmsgstr "Sichern"\n\n'
            'msgid "Open"\nmsgstr ""\n\n'
            '#, fuzzy\nmsgid "Close"\nmsgstr "Zumachen"\n\n'
            'msgid ""\n"a \\"b\\"\\n"\n"c\\\\"\nmsgstr "ä\\tö"\n\n'
            'msgid "{count} gap"\nmsgid_plural "{count} gaps"\n'
            'msgstr[0] "{count} Lücke"\nmsgstr[1] "{count} Lücken"\n\n'
            '#~ msgid "Gone"\n#~ msgstr "Weg"\n'
        )
    )
    assert [words.gettext(text) for text in ("Save", "Open", "Close", "Gone")] == [
        "Sichern",
        "Open",
        "Close",
        "Gone",
    ]
    assert words.gettext('a "b"\nc\\') == "ä\tö"
    assert [words.ngettext("{count} gap", "", n)[-1] for n in (0, 1, 2)] == ["e", "e", "n"]
    assert words.ngettext("one", "many", 2) == "many"


def test_numbers_in_texts_take_the_signs_of_the_language(speak):
    assert tr("{x:.1f} of {n:,}", x=0.5, n=1234) == "0.5 of 1,234"
    use_number_signs(",", ".")
    assert tr("{x:.1f} of {n:,}, {name}", x=0.5, n=1234, name="a.wav") == "0,5 of 1.234, a.wav"
    assert tr_count("{count} gap of {x:g} s", "{count}", 1, x=2.5) == "1 gap of 2,5 s"
    assert write_number("-1.5") == "-1,5"


def test_the_command_line_keeps_the_point(speak):
    assert speak("de") == current_language() == "de"
    assert tr("{x:.1f}", x=0.5) == "0.5"


def test_every_word_of_argparse_can_be_translated():
    asked = set()
    for call in ast.walk(ast.parse(inspect.getsource(argparse))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("_", "ngettext"):
            asked |= {text.value for text in call.args if isinstance(text, ast.Constant)}
    known = {text for word in WORDS for text in ([word] if isinstance(word, str) else word)}
    unneeded = {
        text
        for text in asked
        if any(
            word in text
            for word in ("conflict", "subparser", "parser", "callable", "merge", "dest=", "mode")
        )
        or text.startswith(("invalid option string", "unexpected option", "can't open"))
    }
    assert asked - known - unneeded - NOT_SAID == set()


def test_help_is_said_in_the_language(speak, capsys):
    speak("qps")
    use_own_argparse_words()
    with pytest.raises(SystemExit):
        build_parser(["repair"]).parse_args(["repair", "--help"])
    said = capsys.readouterr().out
    depth, outside = 0, []
    for letter in said:
        depth += (letter == "⟦") - (letter == "⟧")
        outside.append(letter if depth == 0 else " ")
    words = "".join(outside).replace("uasrm repair tape.wav", "").split()
    plain = [word for word in words if word.strip(string.punctuation).islower()]
    assert {"tape.wav", "usage:", "options:", "show", "how"} & set(plain) == set()
