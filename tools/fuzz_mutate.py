"""Mutations of files, for `fuzz`: the same seed gives the same inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from fuzz_sums import mend_sums

INTERESTING = (0, 1, 2, 3, 4, 7, 8, 15, 16, 100, 127, 128, 255)
SIZES = (0, 1, 2**7, 2**8, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
WORDS = (
    b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"9" * 400, b"1" * 5000, b"null", b"[]", b"{}",
    b"[" * 3000, b"true", b'""', b"\t", b"\n", b"\r", b"\\\t", b"\0", b"\xff", b"\xef\xbb\xbf",
)  # fmt: skip
LONGEST = 1 << 16
# Of inputs whose checksums are made right, so that decoders look at the rest too.
SUMS_SHARE = 0.75

Change = Callable[[bytearray, random.Random, Sequence[bytes]], None]


def mutate(seeds: Sequence[bytes], rng: random.Random, *, longest: int = LONGEST) -> bytes:
    """Return one of the seeds with a few changes, often none of which a parser expects."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 8, 16))):
        rng.choice(CHANGES)(data, rng, seeds)
    del data[longest:]
    if rng.random() < SUMS_SHARE:
        mend_sums(data)
    return bytes(data)


def _place(data: bytearray, rng: random.Random) -> int:
    """Return a place, more often near the start, where headers are."""
    end = len(data) if rng.random() < 0.5 else min(len(data), 64)
    return rng.randrange(end + 1)


def _flip(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    if data:
        data[min(_place(data, rng), len(data) - 1)] ^= 1 << rng.randrange(8)


def _set(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    if data:
        data[min(_place(data, rng), len(data) - 1)] = rng.choice(INTERESTING)


def _set_size(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    at, width = _place(data, rng), rng.choice((2, 4, 8))
    value = rng.choice((*SIZES, len(data), max(len(data) - at, 0))) % (1 << 8 * width)
    data[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))


def _cut(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    del data[_place(data, rng) :]


def _drop(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 2, 4, 8, 64, 1024))]


def _repeat(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    at = _place(data, rng)
    part = bytes(data[at : at + rng.choice((1, 4, 8, 16, 64, 1024))])
    data[at:at] = part * rng.choice((1, 1, 2, 16, 256))


def _insert(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    at = _place(data, rng)
    data[at:at] = rng.choice(WORDS) if rng.random() < 0.5 else rng.randbytes(rng.randrange(1, 17))


def _replace(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    """Put something else where a number or a word stands."""
    digits = [at for at, byte in enumerate(data[:4096]) if 48 <= byte < 58]
    at = rng.choice(digits) if digits else _place(data, rng)
    data[at : at + rng.choice((1, 2, 4, 8))] = rng.choice(WORDS)


def _splice(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    other = rng.choice(seeds)
    at, start = _place(data, rng), rng.randrange(len(other) + 1)
    part = other[start : start + rng.choice((8, 64, 1024, len(other)))]
    if rng.random() < 0.5:
        data[at:] = part
    else:
        data[at : at + len(part)] = part


CHANGES: tuple[Change, ...] = (
    _flip, _flip, _set, _set_size, _set_size, _cut, _drop, _repeat, _insert, _replace, _splice,
)  # fmt: skip
