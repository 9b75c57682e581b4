"""Each language is whole: every text, every value in it, every plural, every access key."""

import re
from collections import Counter

import pytest
from babel.messages.pofile import read_po

from uasrm_core.resources import resource
from uasrm_gui.actions.table import ACTIONS

# How many forms a plural has.
FORMS = {"de": 2, "es": 2, "fr": 2, "ja": 1, "zh_CN": 1}
TRANSLATED = list(FORMS)
FIELD = re.compile(r"\{[^{}]*\}|%\(\w+\)[sr]|%[sr]")
# Names of programs, formats, colour maps and windows, which all languages share.
NAMES = {
    "Bark",
    "Blackman",
    "Blackman–Harris",
    "Cividis",
    "Hamming",
    "Hann",
    "Inferno",
    "JSON (*.json)",
    "Magma",
    "Mel",
    "Plasma",
    "Turbo",
    "UASRM",
    "Viridis",
    "XMP",
}
# Words that a language really has in common with English.
SAME = {
    "de": {
        " dB",
        "&Lasso",
        "Band",
        "Editor",
        "Format",
        "Linear",
        "Name",
        "Notebook",
        "Original",
        "Pause",
        "Rate",
        "Samples",
        "Standard",
        "Start",
        "Tour",
    },
    "es": {
        " dB",
        "De-click",
        "De-clip",
        "De-hum",
        "Editor",
        "Original",
        "Post-roll",
        "Pre-roll",
        "mono",
        "{name} ({size} bytes)",
        "{size} bytes",
    },
    "fr": {
        " dB",
        " minutes",
        "&Guide",
        "&Lasso",
        "De-click",
        "De-clip",
        "De-hum",
        "Format",
        "Gain",
        "Gain…",
        "Guide",
        "Notebook",
        "Original",
        "Page {number}",
        "Pause",
        "Post-roll",
        "Rectangle",
        "Sessions ({patterns})",
        "Silence",
        "Standard",
        "chunks",
        "instrument (INST)",
        "instrument (inst)",
        "mono",
        "options",
        "source",
    },
    "ja": {
        " dB",
        "Ch",
        "De-click",
        "De-clip",
        "De-hum",
    },
    "zh_CN": {
        " dB",
        "De-click",
        "De-clip",
        "De-hum",
    },
}


def read(language):
    with resource("locale", f"{language}.po").open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def template():
    with resource("locale", "uasrm.pot").open("rb") as file:
        return {message.id for message in read_po(file) if message.id}


def forms(message):
    """Yield each English text with its translation."""
    if isinstance(message.id, str):
        yield message.id, message.string
    else:
        for text in message.string:
            yield message.id[1], text


def fields(text):
    return set(FIELD.findall(text.replace("{{", "").replace("}}", "")))


def allowed(message):
    """Return the values that a translation may have; a singular may do without the count."""
    return [fields(text) for text in ([message.id] if isinstance(message.id, str) else message.id)]


def has_words(text):
    return any(letter.isalpha() for letter in FIELD.sub("", text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_missing(language):
    messages = read(language)
    assert {message.id for message in messages} == template(), "make words brings it up to date"
    missing = [m.id for m in messages if not all(text for _, text in forms(m)) or m.fuzzy]
    assert missing == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_value_is_lost_or_added(language):
    wrong = [
        translation
        for message in read(language)
        for _, translation in forms(message)
        if translation and fields(translation) not in allowed(message)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_plural_has_the_forms_of_its_language(language):
    counts = [len(m.string) for m in read(language) if not isinstance(m.id, str)]
    assert set(counts) == {FORMS[language]}


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_stands_around_a_text_stays(language):
    """Spaces at the ends, line breaks, the dots of a command with a dialog."""
    wrong = [
        (text, translation)
        for message in read(language)
        for text, translation in forms(message)
        if text.startswith(" ") != translation.startswith(" ")
        or text.count("\n") != translation.count("\n")
        or (re.search(r"\w…$", text) and "…" not in translation[-5:])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_only_stated_words_are_as_in_english(language):
    same = {
        text
        for message in read(language)
        for text, translation in forms(message)
        if text == translation and has_words(text)
    }
    technical = {text for text in same if re.search(r"\d|--|%\(|SHA", text)}
    assert same - technical - NAMES - SAME.get(language, set()) == set()


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
def test_access_keys_are_unique_in_each_menu(language):
    texts = {} if language == "en" else {m.id: m.string for m in read(language)}
    for name, titles in menus().items():
        translated = [texts.get(title, title) for title in titles]
        keys = Counter(key.lower() for text in translated for key in re.findall(r"&(\w)", text))
        assert {key for key, count in keys.items() if count > 1} == set(), name
        for title, text in zip(titles, translated, strict=True):
            # none where the language has no letter left for it
            free = {letter for letter in text.lower() if letter.isascii() and letter.isalpha()}
            assert "&" in text or "&" not in title or free <= keys.keys(), text


def menus():
    """Return the titles in each menu, and those of the bar."""
    found = {"bar": list(dict.fromkeys(spec.menu for spec in ACTIONS))}
    for spec in ACTIONS:
        within = found.setdefault(spec.menu, [])
        if spec.submenu and spec.submenu not in within:
            within.append(spec.submenu)
        found.setdefault(spec.submenu or spec.menu, []).append(spec.title)
    found["&File"].append("Open Re&cent")
    return found
