"""The log of a restoration as PDF, to be filed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from uasrm_core.edit.log_text import log_text
from uasrm_core.optional import optional_package
from uasrm_core.resources import resource
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import write_whole

_FONT = "DejaVuSansMono.ttf"
_SIZE_PT, _LINE_MM = 8.5, 4.2


def write_pdf(log: Mapping[str, Any], target: Path, *, overwrite: bool = True) -> None:
    """Write a log as a report of numbered pages, with a place to sign at its end.

    Raises
    ------
    ExportError
        The file cannot be written.
    DataError
        The package for it is not installed.
    """
    write_whole(target, pdf_bytes(log), overwrite=overwrite)


def check_packages() -> Any:
    """Return the package that a report needs; `DataError` where it is not installed."""
    return optional_package("fpdf", "batch", mark("A report as PDF needs"))


def pdf_bytes(log: Mapping[str, Any]) -> bytes:
    """Return the content of `write_pdf`'s file."""
    fpdf = check_packages()
    pages = _number_pages(fpdf.FPDF)(format="A4")
    # the fonts of PDF itself know no letters beyond those of Western Europe
    pages.add_font("mono", fname=resource("fonts", _FONT))
    pages.set_title(tr("Report of a restoration"))
    pages.set_creator(f"UASRM {log['uasrm']}")
    pages.set_auto_page_break(True, margin=18)
    pages.add_page()
    pages.set_font("mono", size=_SIZE_PT)
    known = pages.fonts["mono"].cmap
    for line in [*log_text(log).split("\n"), *_write_signature(log)]:
        text = "".join(sign if ord(sign) in known else f"[U+{ord(sign):04X}]" for sign in line)
        pages.multi_cell(0, _LINE_MM, text, new_x="LMARGIN", new_y="NEXT", align="L")
    return bytes(pages.output())


def _write_signature(log: Mapping[str, Any]) -> list[str]:
    operator = str(log.get("operator") or "")
    return [
        "",
        tr("Operator: {name}", name=operator or "_" * 40),
        "",
        tr("Date, signature: {line}", line="_" * 40),
    ]


def _number_pages(pdf: Any) -> Any:
    class Numbered(pdf):  # type: ignore[misc]
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font("mono", size=_SIZE_PT)
            self.cell(0, _LINE_MM, tr("Page {number}", number=self.page_no()), align="C")

    return Numbered
