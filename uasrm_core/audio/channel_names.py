"""What the channels of a recording are called: by its own layout, or by the usual one."""

from __future__ import annotations

from collections.abc import Mapping

from uasrm_core.audio.clip import SourceInfo

# By the bits of a WAV's channel mask (`dwChannelMask` of Microsoft's WAVEFORMATEXTENSIBLE).
_SPEAKERS = (
    *("L", "R", "C", "LFE", "Lb", "Rb", "Lc", "Rc", "Cs", "Ls", "Rs"),
    *("Tc", "Ltf", "Ctf", "Rtf", "Ltb", "Ctb", "Rtb"),
)
_BACK, _SIDES = 0b11 << 4, 0b11 << 9
# Without speakers at the sides those behind are the surround speakers.
_SURROUND = {"Lb": "Ls", "Rb": "Rs"}
# Stereo, 5.1 and 7.1, which hardly any program writes in another order than WAV's.
_USUAL_MASKS: Mapping[int, int] = {2: 0x3, 6: 0x3F, 8: 0x63F}
# RFC 9639, table of channels.
_FLAC_MASKS: Mapping[int, int] = {2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x70F, 8: 0x63F}
# The order of Vorbis I, 4.3.9, which Opus has too.
_OGG_NAMES: Mapping[int, str] = {
    2: "L R",
    3: "L C R",
    4: "L R Ls Rs",
    5: "L C R Ls Rs",
    6: "L C R Ls Rs LFE",
    7: "L C R Ls Rs Cs LFE",
    8: "L C R Ls Rs Lb Rb LFE",
}


def name_channels(info: SourceInfo) -> tuple[str, ...]:
    """Return a name for each channel, such as ``L``, ``LFE`` or ``3``.

    By the file's channel mask where it has one; by the order that its format prescribes; for
    stereo, 5.1 and 7.1 by the usual order; otherwise by numbers from 1.
    """
    count = info.channels
    if info.speakers is not None and (info.speakers or count > 2):
        return _name_speakers(info.speakers, count)
    if info.container == "OGG" and count in _OGG_NAMES:
        return tuple(_OGG_NAMES[count].split())
    masks = _FLAC_MASKS if info.container == "FLAC" else _USUAL_MASKS
    return _name_speakers(masks.get(count, 0), count)


def _name_speakers(mask: int, count: int) -> tuple[str, ...]:
    """Return the names of the lowest bits of a mask; numbers for channels that have none."""
    names = [name for bit, name in enumerate(_SPEAKERS) if mask >> bit & 1][:count]
    if mask & _BACK and not mask & _SIDES:
        names = [_SURROUND.get(name, name) for name in names]
    return (*names, *(str(number + 1) for number in range(len(names), count)))
