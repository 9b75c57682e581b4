"""Text made safe for terminals and reports."""

from __future__ import annotations

import json
import re
from typing import Any

# Control characters, those that turn the direction of writing, line separators, and what stands
# for bytes of a file name that are no UTF-8.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_FIRST_BYTE, _LAST_BYTE = 0xDC80, 0xDCFF


def visible(text: object) -> str:
    r"""Return text with what must not reach a terminal written out, such as ``\x1b``."""
    return _UNSAFE.sub(_escape, str(text))


def visible_lines(text: str) -> str:
    """Return text of several lines with each of them made `visible`."""
    return "\n".join(map(visible, text.split("\n")))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if _FIRST_BYTE <= code <= _LAST_BYTE:  # a byte that was no UTF-8, as Python keeps it
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def json_text(value: Any, *, indent: int | None = None, is_ascii: bool = True) -> str:
    """Return JSON that is `visible`, and from which names come back as they were.

    Parameters
    ----------
    is_ascii
        Write out whatever is not ASCII: not every terminal shows it.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    lines = (_UNSAFE.sub(_in_json, line) for line in text.split("\n"))
    return "\n".join(lines)


def _in_json(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
