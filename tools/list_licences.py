"""Write the page of third-party software from the packages of the environment that runs this.

``make licences`` runs it in the packaged application's own environment, so that the page lists what
is bundled. With ``--texts FILE`` the licences themselves are written there, to go with the bundle.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "guide" / "third-party.md"
# What builds the application and does not go into it.
BUILDERS = {
    "altgraph",
    "packaging",
    "pip",
    "pyinstaller",
    "pyinstaller-hooks-contrib",
    "setuptools",
}
OWN = "uasrm"
HEAD = """# Third-party software

The packaged application bundles these, beside Python itself (PSF-2.0) and Qt's libraries. Made by
`make licences` from its environment; the licences' texts are in the application's folder, in
`THIRD-PARTY.txt`.

| Package | Version | Licence |
|---|---|---|
"""
FOOT = """
Inside some of them: **libsndfile** (LGPL-2.1-or-later) with FLAC, Ogg, Vorbis, Opus, LAME and
mpg123 in `soundfile`; **libsoxr** (LGPL-2.1-or-later) in `soxr`; **OpenBLAS** (BSD-3-Clause) in
`numpy` and `scipy`; **Qt 6** (LGPL-3.0) in
`PySide6`. Qt and libsndfile are separate libraries in the folder `_internal`, and can be replaced
by others of the same interface. PortAudio (MIT) is the system's.

The program's own source is under the MIT licence. **mutagen** is under the GPL, so whoever passes
the bundle on as a whole does so under the GPL, version 3 or later.

The demo recording and the recordings of the listening page: see
[resources/samples](../../resources/samples/README.md) and
[evaluation](../evaluation.md#listening-page). What the bundled model learnt from: [its
card](../../resources/models/hybrid.md). The font of reports is DejaVu Sans Mono, under [its own
licence](../../resources/fonts/LICENSE.txt).
"""


def main() -> int:
    """Write the page, and the texts if they are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--texts", type=Path, help="also write the licences' texts here")
    options = parser.parse_args()
    found = list_bundled()
    if options.texts is not None:
        options.texts.write_text("\n".join(text_of(one) for one in found), encoding="utf-8")
    else:
        options.page.write_text(page(found), encoding="utf-8")
    return 0


def list_bundled() -> list[Distribution]:
    """Return the environment's packages but for the builders and the program itself."""
    named = {one.metadata["Name"].lower().replace("_", "-"): one for one in distributions()}
    return [named[name] for name in sorted(named) if name not in BUILDERS | {OWN}]


def page(found: list[Distribution]) -> str:
    """Return the page as Markdown."""
    rows = [f"| {one.metadata['Name']} | {one.version} | {licence_of(one)} |\n" for one in found]
    return HEAD + "".join(rows) + FOOT


def licence_of(package: Distribution) -> str:
    """Return the licence that a package states: an SPDX expression where it has one."""
    stated = package.metadata
    if stated["License-Expression"]:
        return str(stated["License-Expression"])
    classifiers = [
        line.rsplit(" :: ", 1)[-1]
        for line in stated.get_all("Classifier") or []
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    if classifiers:
        return ", ".join(classifiers)
    return first_line(stated["License"] or "") or "see its text"


def first_line(text: str) -> str:
    """Return a text's first line, for some packages state the whole licence."""
    return re.split(r"\n", text.strip(), maxsplit=1)[0][:80]


def text_of(package: Distribution) -> str:
    """Return the texts of a package's licences under its name."""
    names = re.compile(r"(licen[cs]e|copying|notice|copyright)", re.IGNORECASE)
    files = [
        file
        for file in package.files or []
        if names.search(file.name) and file.suffix not in {".py", ".pyc"}
    ]
    texts = []
    for file in files:
        place = Path(str(file.locate()))
        if place.is_file():
            texts.append(place.read_text(encoding="utf-8", errors="replace"))
    title = f"{package.metadata['Name']} {package.version}: {licence_of(package)}"
    line = "=" * len(title)
    return f"{line}\n{title}\n{line}\n\n" + "\n\n".join(texts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
