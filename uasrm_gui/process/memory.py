"""Gives memory that is no longer needed back to the system."""

from __future__ import annotations

import ctypes
import sys

# The C library's own numbers (malloc.h of glibc).
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
LARGE_BYTES = 2**20
KEPT_BYTES = 2**23


def give_back_what_is_free() -> None:
    """Give the pages back that the C library holds between blocks still in use.

    It keeps what threads have freed, each in an arena of its own, and after repairs of different
    sizes that is tens of megabytes which nothing uses. Takes some milliseconds.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def give_back_large_blocks() -> bool:
    """Let every block of a megabyte or more go back to the system as soon as it is freed.

    By default glibc raises that limit to 32 MiB once a larger block has been freed, and a long
    session of repairs, whose blocks are all of different sizes, keeps hundreds of megabytes that
    nothing uses. Returns whether the C library is one that can be told.
    """
    if not sys.platform.startswith("linux"):
        return False
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is None:
        return False
    return bool(tell(M_MMAP_THRESHOLD, LARGE_BYTES) and tell(M_TRIM_THRESHOLD, KEPT_BYTES))
