"""Brings the languages up to date with the texts of the program: ``make words`` runs it.

A text that changed is a new one, which waits for its translation; nothing is guessed.
"""

from __future__ import annotations

import datetime
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from uasrm_core.translation import LANGUAGES
from uasrm_core.writing.gate import write_whole

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "locale"
# The files are made again and again; a date in them would only say when.
DATE = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)


def main() -> None:
    """Update each catalogue, or begin it."""
    with (FOLDER / "uasrm.pot").open("rb") as file:
        template = read_po(file)
    for language in LANGUAGES:
        if language != "en":
            update(FOLDER / f"{language}.po", language, template)


def update(path: Path, language: str, template: Catalog) -> None:
    """Give a catalogue the messages of the template, with the translations that it had."""
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    else:
        catalog = Catalog(locale=language)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.project, catalog.version = "UASRM", "0"
    catalog.last_translator = catalog.language_team = "The UASRM authors"
    catalog.msgid_bugs_address = ""
    catalog.creation_date = catalog.revision_date = DATE
    name = Locale.parse(language).get_display_name("en")
    catalog.header_comment = f"# {name} texts of UASRM, MIT licence.\n#"
    catalog.fuzzy = False
    content = BytesIO()
    write_po(content, catalog, width=None, no_location=True, ignore_obsolete=True)
    write_whole(path, content.getvalue(), overwrite=True, is_durable=False)


if __name__ == "__main__":
    main()
