"""Recordings built byte by byte, of which it is known where each sample lies, for round trips."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
# container, how a sample is stored, its bytes, the bits that count
SOUNDS = (
    ("WAV", "unsigned", 1, 8), ("WAV", "signed", 2, 16), ("WAV", "signed", 2, 12),
    ("WAV", "signed", 3, 24), ("WAV", "signed", 3, 20), ("WAV", "signed", 4, 32),
    ("WAV", "float", 4, 0), ("WAV", "float", 8, 0), ("WAV", "alaw", 1, 0), ("WAV", "ulaw", 1, 0),
    ("WAVEX", "signed", 4, 24), ("WAVEX", "signed", 4, 20), ("WAVEX", "signed", 3, 20),
    ("WAVEX", "signed", 2, 12), ("WAVEX", "signed", 3, 24), ("WAVEX", "float", 4, 0),
    ("RIFX", "signed", 2, 16), ("RIFX", "signed", 3, 24), ("RIFX", "float", 4, 0),
    ("RF64", "signed", 2, 16), ("RF64", "signed", 3, 24), ("RF64", "float", 4, 0),
    ("W64", "signed", 2, 16), ("W64", "signed", 3, 24), ("W64", "float", 8, 0),
    ("AIFF", "signed", 1, 8), ("AIFF", "signed", 2, 16), ("AIFF", "signed", 2, 12),
    ("AIFF", "signed", 3, 20), ("AIFF", "signed", 3, 24), ("AIFF", "signed", 4, 32),
    ("AU", "signed", 2, 16), ("AU", "signed", 3, 24), ("AU", "float", 4, 0), ("AU", "ulaw", 1, 0),
    ("CAF", "signed", 2, 16), ("CAF", "signed", 3, 24), ("CAF", "float", 8, 0),
)  # fmt: skip
BIG_ENDIAN = ("RIFX", "AIFF", "AU", "CAF")
CHUNK_NAMES = (b"bext", b"iXML", b"cue ", b"LIST", b"zork", b"PAD ", b"id3 ")
PADS = (b"\0", b"A", b"d", b"")  # as it should be, like letters, left out


@dataclass(frozen=True)
class Recipe:
    """A recording to build.

    Attributes
    ----------
    before, after
        Chunks on both sides of the samples: name, bytes of content, and their padding.
    junk
        Bytes that belong to no chunk, behind everything.
    """

    container: str
    kind: str
    width: int
    valid_bits: int
    channels: int
    frames: int
    before: tuple[tuple[bytes, int, bytes], ...] = ()
    after: tuple[tuple[bytes, int, bytes], ...] = ()
    junk: int = 0
    seed: int = 0

    @property
    def suffix(self) -> str:
        """How the file's name ends."""
        return {"W64": ".w64", "AIFF": ".aiff", "AU": ".au", "CAF": ".caf"}.get(
            self.container, ".wav"
        )

    @property
    def is_big_endian(self) -> bool:
        """Whether the highest byte of a sample comes first."""
        return self.container in BIG_ENDIAN


@dataclass(frozen=True)
class Made:
    """A built recording: its bytes, and where its samples begin."""

    data: bytes
    start: int
    recipe: Recipe

    def values(self, data: bytes) -> np.ndarray:
        """Return the samples of a file built alike, float64 ``(frames, channels)``."""
        recipe = self.recipe
        count = recipe.frames * recipe.channels
        raw = np.frombuffer(data[self.start : self.start + count * recipe.width], np.uint8)
        raw = raw.reshape(count, recipe.width)
        return _decode(raw, recipe).reshape(recipe.frames, recipe.channels)


def build(recipe: Recipe) -> Made:
    """Return the file that a recipe tells of, filled with noise from its seed."""
    rng = np.random.default_rng(recipe.seed)
    samples = _samples(recipe, rng)
    data, start = _BUILDERS[recipe.container](recipe, samples, rng)
    return Made(data + rng.bytes(recipe.junk), start, recipe)


def draw(rng: np.random.Generator) -> Recipe:
    """Return a recipe drawn at random."""

    def chunks() -> tuple[tuple[bytes, int, bytes], ...]:
        return tuple(
            (
                CHUNK_NAMES[rng.integers(len(CHUNK_NAMES))],
                int(rng.integers(0, 700)),
                PADS[rng.integers(len(PADS))],
            )
            for _ in range(rng.integers(0, 4))
        )

    container, kind, width, bits = SOUNDS[rng.integers(len(SOUNDS))]
    return Recipe(
        container,
        kind,
        width,
        bits,
        channels=int(rng.integers(1, 7)),
        frames=int(rng.integers(1, 3000)),
        before=chunks(),
        after=chunks(),
        junk=int(rng.choice([0, 0, 1, 7, 100])),
        seed=int(rng.integers(1 << 31)),
    )


def _samples(recipe: Recipe, rng: np.random.Generator) -> bytes:
    count = recipe.frames * recipe.channels
    order = ">" if recipe.is_big_endian else "<"
    if recipe.kind == "float":
        return rng.uniform(-1, 1, count).astype(f"{order}f{recipe.width}").tobytes()
    if recipe.kind in ("alaw", "ulaw"):
        return rng.bytes(count)
    top = 1 << (recipe.valid_bits - 1)
    whole = rng.integers(-top, top, count) << (32 - recipe.valid_bits)
    raw = whole.astype(">i4").view(np.uint8).reshape(-1, 4)[:, : recipe.width].copy()
    if recipe.kind == "unsigned":
        raw ^= 0x80
    return (raw if recipe.is_big_endian else raw[:, ::-1]).tobytes()


def _decode(raw: np.ndarray, recipe: Recipe) -> np.ndarray:
    order = ">" if recipe.is_big_endian else "<"
    if recipe.kind == "float":
        return raw.copy().view(f"{order}f{recipe.width}").astype(np.float64).ravel()
    if recipe.kind in ("alaw", "ulaw"):
        return _decode_companded(raw.ravel(), recipe.kind)
    high_first = raw if recipe.is_big_endian else raw[:, ::-1]
    four = np.zeros((len(raw), 4), np.uint8)
    four[:, : recipe.width] = high_first ^ (0x80 if recipe.kind == "unsigned" else 0)
    return four.view(">i4").ravel() / 2.0**31


def _decode_companded(codes: np.ndarray, kind: str) -> np.ndarray:
    """Decode one sample after the other, as ITU-T G.711 has it in words."""
    values = []
    for code in codes.tolist():
        code = code ^ 0x55 if kind == "alaw" else code ^ 0xFF
        exponent, mantissa = code >> 4 & 7, code & 15
        if kind == "ulaw":
            size = ((mantissa * 2 + 33) << exponent) - 33
            values.append((-size if code & 0x80 else size) * 4 / 32768)
        else:
            size = mantissa * 2 + 1 if not exponent else (mantissa * 2 + 33) << (exponent - 1)
            values.append((size if code & 0x80 else -size) * 8 / 32768)
    return np.array(values)


def _chunk(name: bytes, content: bytes, pad: bytes = b"\0", order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(content)) + content + pad * (len(content) % 2)


def _extras(
    chunks: tuple[tuple[bytes, int, bytes], ...], rng: np.random.Generator, order: str
) -> bytes:
    return b"".join(_chunk(name, rng.bytes(size), pad, order) for name, size, pad in chunks)


def _wave(recipe: Recipe, samples: bytes, rng: np.random.Generator) -> tuple[bytes, int]:
    order = ">" if recipe.container == "RIFX" else "<"
    fmt = _chunk(b"fmt ", _fmt(recipe, order), order=order)
    head = b"WAVE"
    if recipe.container == "RF64":
        head += _chunk(b"ds64", struct.pack("<QQQI", 0, len(samples), recipe.frames, 0))
    head += fmt + _extras(recipe.before, rng, order)
    size = 0xFFFFFFFF if recipe.container == "RF64" else len(samples)
    tail = b"\0" * (len(samples) % 2) + _extras(recipe.after, rng, order)
    body = head + b"data" + struct.pack(order + "I", size) + samples + tail
    name = {"RIFX": b"RIFX", "RF64": b"RF64"}.get(recipe.container, b"RIFF")
    if recipe.container == "RF64":
        body = body[:12] + struct.pack("<Q", len(body)) + body[20:]
        whole = name + b"\xff\xff\xff\xff" + body
    else:
        whole = name + struct.pack(order + "I", len(body)) + body
    return whole, 8 + len(head) + 8


def _fmt(recipe: Recipe, order: str) -> bytes:
    tag = {"float": 3, "alaw": 6, "ulaw": 7}.get(recipe.kind, 1)
    frame_bytes = recipe.channels * recipe.width
    is_long = recipe.container == "WAVEX"
    bits = 8 * recipe.width if is_long or not recipe.valid_bits else recipe.valid_bits
    plain = struct.pack(
        order + "HHIIHH",
        0xFFFE if is_long else tag,
        recipe.channels,
        44100,
        44100 * frame_bytes,
        frame_bytes,
        bits,
    )
    if not is_long:
        return plain
    guid = struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
    return plain + struct.pack("<HHI", 22, recipe.valid_bits or 8 * recipe.width, 0) + guid


def _w64(recipe: Recipe, samples: bytes, rng: np.random.Generator) -> tuple[bytes, int]:
    def chunk(name: bytes, content: bytes) -> bytes:
        padded = content + bytes(-len(content) % 8)
        return name + W64_TAIL + struct.pack("<Q", 24 + len(content)) + padded

    head = chunk(b"fmt ", _fmt(recipe, "<"))
    head += b"".join(chunk(name, rng.bytes(size)) for name, size, _ in recipe.before)
    tail = b"".join(chunk(name, rng.bytes(size)) for name, size, _ in recipe.after)
    whole = head + chunk(b"data", samples) + tail
    riff = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
    front = riff + struct.pack("<Q", 40 + len(whole)) + b"wave" + W64_TAIL
    return front + whole, len(front) + len(head) + 24


def _aiff(recipe: Recipe, samples: bytes, rng: np.random.Generator) -> tuple[bytes, int]:
    rate = struct.pack(">HQ", 16383 + 15, 44100 << 48)
    comm = struct.pack(">HIH", recipe.channels, recipe.frames, recipe.valid_bits) + rate
    head = b"AIFF" + _chunk(b"COMM", comm, order=">") + _extras(recipe.before, rng, ">")
    sound = struct.pack(">II", 0, 0) + samples
    tail = b"\0" * (len(sound) % 2) + _extras(recipe.after, rng, ">")
    body = head + b"SSND" + struct.pack(">I", len(sound)) + sound + tail
    return b"FORM" + struct.pack(">I", len(body)) + body, 8 + len(head) + 16


def _au(recipe: Recipe, samples: bytes, rng: np.random.Generator) -> tuple[bytes, int]:
    code = {"ulaw": 1, "float": 6}.get(recipe.kind, recipe.width + 1)
    note = rng.bytes(math.ceil(sum(size for _, size, _ in recipe.before) / 8) * 8)
    start = 24 + len(note)
    head = struct.pack(">4s5I", b".snd", start, len(samples), code, 44100, recipe.channels)
    return head + note + samples, start


def _caf(recipe: Recipe, samples: bytes, rng: np.random.Generator) -> tuple[bytes, int]:
    def chunk(name: bytes, content: bytes) -> bytes:
        return name + struct.pack(">q", len(content)) + content

    frame_bytes = recipe.channels * recipe.width
    desc = struct.pack(
        ">d4s5I",
        44100.0,
        b"lpcm",
        recipe.kind == "float",
        frame_bytes,
        1,
        recipe.channels,
        8 * recipe.width,
    )
    head = b"caff\0\1\0\0" + chunk(b"desc", desc)
    head += b"".join(chunk(b"uuid", rng.bytes(16 + size)) for _, size, _ in recipe.before)
    tail = b"".join(chunk(b"free", bytes(size)) for _, size, _ in recipe.after)
    return head + chunk(b"data", bytes(4) + samples) + tail, len(head) + 16


_BUILDERS: dict[str, Callable[[Recipe, bytes, np.random.Generator], tuple[bytes, int]]] = {
    "WAV": _wave,
    "WAVEX": _wave,
    "RIFX": _wave,
    "RF64": _wave,
    "W64": _w64,
    "AIFF": _aiff,
    "AU": _au,
    "CAF": _caf,
}
