"""How uncompressed files store one sample, and the way to floats and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from uasrm_core.audio import g711
from uasrm_core.audio.clip import Samples

Exact = npt.NDArray[np.float64]
Kind = Literal["unsigned", "signed", "float", "alaw", "ulaw"]

_SUBTYPES = {
    ("unsigned", 1): "PCM_U8",
    ("signed", 1): "PCM_S8",
    ("signed", 2): "PCM_16",
    ("signed", 3): "PCM_24",
    ("signed", 4): "PCM_32",
    ("float", 4): "FLOAT",
    ("float", 8): "DOUBLE",
    ("alaw", 1): "ALAW",
    ("ulaw", 1): "ULAW",
}

# Whole numbers of this many bits; what is not named here is floating point or compressed.
PCM_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}


def quantise(values: Exact, bits: int) -> npt.NDArray[np.int32]:
    """Round samples to whole numbers of that many bits, clipping what is too loud.

    Full scale is ``2 ** (bits - 1)``, so a whole number divided by it and quantised again is
    itself. What is not a number becomes silence.
    """
    full_scale = 2.0 ** (bits - 1)
    scaled = np.rint(np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0) * full_scale)
    return np.clip(scaled, -full_scale, full_scale - 1).astype(np.int32)


@dataclass(frozen=True)
class Encoding:
    """One sample as bytes.

    Attributes
    ----------
    kind
        Whole numbers with or without a sign, floating point, or the companded numbers of G.711.
    width
        Bytes.
    big_endian
        Whether the most significant byte comes first.
    valid_bits
        How many of a whole number's bits count, from the highest down; None if all do. The others
        are zero.
    """

    kind: Kind
    width: int
    big_endian: bool = False
    valid_bits: int | None = None

    @classmethod
    def whole(
        cls, kind: Literal["unsigned", "signed"], width: int, big_endian: bool, valid_bits: int
    ) -> Encoding:
        """Return the encoding of whole numbers; all bits count if `valid_bits` makes no sense."""
        is_sound = 0 < valid_bits < 8 * width
        return cls(kind, width, big_endian, valid_bits if is_sound else None)

    @property
    def subtype(self) -> str:
        """Name that libsndfile has for it, such as ``PCM_24``."""
        return _SUBTYPES[self.kind, self.width]

    @property
    def is_known(self) -> bool:
        """Whether `decode` and `encode` can handle it."""
        return (self.kind, self.width) in _SUBTYPES

    def decode(self, data: bytes) -> Samples:
        """Return the samples as float32; PCM of 32 bits and doubles are rounded."""
        return self._scale(data, np.float32)

    def decode_exact(self, data: bytes) -> Exact:
        """Return the samples as float64, every one exact."""
        return self._scale(data, np.float64)

    def encode(self, values: Exact) -> npt.NDArray[np.uint8]:
        """Return the bytes of each sample, uint8 ``(samples, width)``."""
        order = ">" if self.big_endian else "<"
        if self.kind == "float":
            with np.errstate(over="ignore"):
                stored = values.astype(f"{order}f{self.width}")
            return stored.view(np.uint8).reshape(-1, self.width)
        if self.kind in ("alaw", "ulaw"):
            return g711.encode(values, self.kind).reshape(-1, 1)
        bits = self.valid_bits or 8 * self.width
        whole = quantise(values, bits) << (8 * self.width - bits)
        if self.kind == "unsigned":
            whole += 128
        four = whole.astype(f"{order}i4").view(np.uint8).reshape(-1, 4)
        return four[:, 4 - self.width :] if self.big_endian else four[:, : self.width]

    def _scale(self, data: bytes, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        order = ">" if self.big_endian else "<"
        if self.kind == "float":
            # numbers too large for fewer bits become infinite; some that are none would be told of
            with np.errstate(over="ignore", invalid="ignore"):
                return np.frombuffer(data, f"{order}f{self.width}").astype(dtype)
        if self.kind in ("alaw", "ulaw"):
            return g711.decode(data, self.kind).astype(dtype)
        if self.kind == "unsigned":
            return (np.frombuffer(data, np.uint8).astype(dtype) - 128) / 128
        if self.width == 3:
            whole, bits = self._widen(data, order), 32
        else:
            whole, bits = np.frombuffer(data, f"{order}i{self.width}"), 8 * self.width
        # A power of two, so that nothing is rounded but by the type itself.
        samples: npt.NDArray[Any] = whole.astype(dtype) * np.asarray(2.0 ** (1 - bits), dtype)
        return samples

    def _widen(self, data: bytes, order: str) -> npt.NDArray[np.int32]:
        """Return 3-byte numbers as 4-byte ones with an empty lowest byte."""
        packed = np.frombuffer(data, np.uint8).reshape(-1, 3)
        four = np.zeros((len(packed), 4), np.uint8)
        if self.big_endian:
            four[:, :3] = packed
        else:
            four[:, 1:] = packed
        return four.view(f"{order}i4").ravel()
