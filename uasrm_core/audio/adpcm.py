"""Changing single blocks of ADPCM, the compressed samples of some WAV files.

A block is decoded without its neighbours, so that a repair needs no other block to be compressed
anew. In a block with a repair, everything up to its first changed frame stays as it was too.
IMA ADPCM: IMA Digital Audio Focus Group, "Recommended Practices", 1992. Microsoft's: RIFF "New
Multimedia Data Types", 1994. Arithmetic as in libsndfile, which decodes what is written here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Codec = Literal["ima", "ms"]

_IMA_STEPS = (
    *(7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66),
    *(73, 80, 88, 97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408),
    *(449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066),
    *(2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630),
    *(9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794),
    32767,
)
_IMA_ADJUST = (-1, -1, -1, -1, 2, 4, 6, 8)
_MS_ADAPT = (230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230)
_IMA_HEAD, _MS_HEAD = 4, 7


@dataclass(frozen=True)
class Blocks:
    """Where a file holds its blocks, and what they are.

    Attributes
    ----------
    data_start
        Byte at which the first block begins.
    block_bytes, block_frames
        Size of a block; the last one may be cut short.
    coefficients
        Pairs that predict a sample from the two before it, for Microsoft's codec.
    """

    codec: Codec
    channels: int
    data_start: int
    block_bytes: int
    block_frames: int
    coefficients: tuple[tuple[int, int], ...] = ()

    @classmethod
    def read(
        cls, codec: Codec, channels: int, data_start: int, block_bytes: int, form: bytes
    ) -> Blocks | None:
        """Return the blocks of a WAV file by its format chunk, or None if it makes no sense."""
        head = (_IMA_HEAD if codec == "ima" else _MS_HEAD) * channels
        step = 4 * channels if codec == "ima" else 1
        if channels < 1 or block_bytes <= head or (block_bytes - head) % step:
            return None
        frames = (block_bytes - head) * 2 // channels + (1 if codec == "ima" else 2)
        if len(form) < 20 or struct.unpack("<H", form[18:20])[0] != frames:
            return None
        if codec == "ima":
            return cls(codec, channels, data_start, block_bytes, frames)
        count = struct.unpack("<H", form[20:22])[0] if len(form) >= 22 else 0
        if not count or len(form) < 22 + 4 * count:
            return None
        pairs = tuple(struct.iter_unpack("<hh", form[22 : 22 + 4 * count]))
        return cls(codec, channels, data_start, block_bytes, frames, pairs)


def change_block(
    blocks: Blocks,
    block: bytes,
    wanted: npt.NDArray[np.float64],
    changed: npt.NDArray[np.bool_],
) -> bytes:
    """Return a block in which the changed samples, and what follows them, are compressed anew.

    Parameters
    ----------
    wanted
        What the block should sound like, ``(channels, frames)``, full scale being 1.
    changed
        Which samples are not those of the block.
    """
    data = bytearray(block.ljust(blocks.block_bytes, b"\0"))
    whole = np.clip(np.rint(np.nan_to_num(wanted) * 32768), -32768, 32767).astype(int)
    for channel in range(blocks.channels):
        if changed[channel].any():
            first = int(np.argmax(changed[channel]))
            targets = whole[channel].tolist()
            # The frames that a cut block lacks are as quiet as can be.
            targets += [targets[-1]] * (blocks.block_frames - len(targets))
            if blocks.codec == "ima":
                _change_ima(blocks, data, channel, targets, first)
            else:
                _change_ms(blocks, data, channel, targets, first)
    return bytes(data[: len(block)])


def _change_ima(
    blocks: Blocks, data: bytearray, channel: int, targets: list[int], first: int
) -> None:
    places = list(_list_code_places(blocks, channel))
    sample, index = struct.unpack_from("<hB", data, _IMA_HEAD * channel)
    index = min(index, 88)
    if first == 0:
        sample = targets[0]
        struct.pack_into("<h", data, _IMA_HEAD * channel, sample)
    for frame, (place, shift) in enumerate(places, start=1):
        step = _IMA_STEPS[index]
        if frame < first:
            code = data[place] >> shift & 15
        else:
            away = targets[frame] - sample
            code = min(abs(away) * 4 // step, 7) | (8 if away < 0 else 0)
            data[place] = data[place] & ~(15 << shift) | code << shift
        move = (step >> 3) + (code & 1) * (step >> 2) + (code >> 1 & 1) * (step >> 1)
        move += (code >> 2 & 1) * step
        sample = _clamp(sample - move if code & 8 else sample + move)
        index = min(max(index + _IMA_ADJUST[code & 7], 0), 88)


def _list_code_places(blocks: Blocks, channel: int) -> Iterator[tuple[int, int]]:
    """Yield byte and shift of each of a channel's codes, of which four bytes hold eight."""
    start = _IMA_HEAD * (blocks.channels + channel)
    for group in range(start, blocks.block_bytes, 4 * blocks.channels):
        for place in range(group, group + 4):
            yield place, 0
            yield place, 4


def _change_ms(
    blocks: Blocks, data: bytearray, channel: int, targets: list[int], first: int
) -> None:
    channels = blocks.channels
    pair = blocks.coefficients[min(data[channel], len(blocks.coefficients) - 1)]
    # Behind the numbers of the coefficients: the steps, the second samples, the first ones.
    places = [channels + 2 * (part * channels + channel) for part in range(3)]
    delta, newer, older = (struct.unpack_from("<h", data, place)[0] for place in places)
    if first == 0:
        older = targets[0]
    if first <= 1:
        newer = targets[1]
    struct.pack_into("<h", data, places[1], newer)
    struct.pack_into("<h", data, places[2], older)
    for frame in range(2, blocks.block_frames):
        nibble = (frame - 2) * channels + channel
        place, shift = _MS_HEAD * channels + nibble // 2, 0 if nibble % 2 else 4
        guess = (newer * pair[0] + older * pair[1]) >> 8
        if frame < first:
            code = data[place] >> shift & 15
        else:
            steps = round((targets[frame] - guess) / delta) if delta else 0
            code = min(max(steps, -8), 7) & 15
            data[place] = data[place] & ~(15 << shift) | code << shift
        signed = code - 16 if code & 8 else code
        older, newer = newer, _clamp(guess + signed * delta)
        delta = max(_MS_ADAPT[code] * delta >> 8, 16)


def _clamp(sample: int) -> int:
    return min(max(sample, -32768), 32767)
