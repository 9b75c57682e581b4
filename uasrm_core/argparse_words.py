"""The words that `argparse` brings, in the user's language.

They are gathered here for translators, as Python's releases from 3.11 on have them.
"""

from __future__ import annotations

import argparse

from uasrm_core.translation import mark, mark_count, tr, tr_count

WORDS = (
    mark("usage: "),
    mark("options"),
    mark("positional arguments"),
    mark("show this help message and exit"),
    mark("show program's version number and exit"),
    mark("argument %(argument_name)s: %(message)s"),
    mark("the following arguments are required: %s"),
    mark("one of the arguments %s is required"),
    mark("unrecognized arguments: %s"),
    mark("not allowed with argument %s"),
    mark("ambiguous option: %(option)s could match %(matches)s"),
    mark("expected one argument"),
    mark("expected at most one argument"),
    mark("expected at least one argument"),
    mark("ignored explicit argument %r"),
    mark("invalid choice: %(value)r (choose from %(choices)s)"),
    mark("invalid %(type)s value: %(value)r"),
    mark_count("expected %s argument", "expected %s arguments"),
)


def use_own_argparse_words() -> None:
    """Have `argparse` look its words up in the catalogues of this program."""
    setattr(argparse, "_", tr)  # noqa: B010 - it is no name that argparse declares
    setattr(argparse, "ngettext", tr_count)  # noqa: B010
