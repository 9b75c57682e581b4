"""The kinds of file a recording can be written as."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import soundfile

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.encoding import PCM_BITS
from uasrm_core.errors import ExportError
from uasrm_core.translation import tr

_SUFFIXES = {
    "WAV": (".wav", ".wave", ".bwf"),
    "WAVEX": (".wav", ".wave", ".bwf"),
    "RF64": (".wav", ".rf64", ".wave", ".bwf"),
    "W64": (".w64",),
    "AIFF": (".aiff", ".aif", ".aifc"),
    "FLAC": (".flac",),
    "OGG": (".ogg", ".oga", ".opus"),
    "MP3": (".mp3",),
    "CAF": (".caf",),
    "AU": (".au", ".snd"),
}
# How the names of recordings end; files without a header are known by their names alone.
RECORDING_SUFFIXES = frozenset(
    {suffix for suffixes in _SUFFIXES.values() for suffix in suffixes} | {".vox", ".gsm", ".mp2"}
)
_CONTAINER_NAMES = {"WAVEX": "WAV", "RF64": "WAV (RF64)", "W64": "Wave64", "OGG": "Ogg"}
_SUBTYPE_NAMES = {
    "PCM_U8": "8 bit",
    "PCM_S8": "8 bit",
    "PCM_16": "16 bit",
    "PCM_24": "24 bit",
    "PCM_32": "32 bit",
    "FLOAT": "32 bit float",
    "DOUBLE": "64 bit float",
    "VORBIS": "Vorbis",
    "OPUS": "Opus",
    "MPEG_LAYER_III": "",
}
# Compressed whole numbers: those of so many bits hold them as they are decoded.
_DECODED_BITS = {
    "ALAW": 16,
    "ULAW": 16,
    "IMA_ADPCM": 16,
    "MS_ADPCM": 16,
    "VOX_ADPCM": 16,
    "GSM610": 16,
    "G721_32": 16,
    "G723_24": 16,
    "G723_40": 16,
    "DWVW_12": 12,
    "DWVW_16": 16,
    "DWVW_24": 24,
    "DPCM_8": 8,
    "DPCM_16": 16,
    "ALAC_16": 16,
    "ALAC_20": 20,
    "ALAC_24": 24,
    "ALAC_32": 32,
}
# What a user may ask for by the number of bits of a sample.
DEPTHS = {"8": "PCM_U8", "16": "PCM_16", "24": "PCM_24", "32": "PCM_32", "float": "FLOAT"}
BEST_QUALITY = 9.0
# What is offered besides a recording's own rate.
RATES = (44100, 48000, 88200, 96000, 192000, 32000, 22050, 16000, 8000)
LOSSY = ("OGG", "MP3")
_COMPRESSED = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)


@dataclass(frozen=True)
class ExportFormat:
    """A kind of file and how it stores samples, in libsndfile's names.

    Attributes
    ----------
    quality
        Of a compressed file, 0 to 10, or None for `BEST_QUALITY`.
    """

    container: str
    subtype: str
    quality: float | None = None

    @property
    def suffix(self) -> str:
        """The ending of a file's name, such as ``.wav``."""
        if self.subtype == "OPUS":
            return ".opus"
        return _SUFFIXES.get(self.container, (f".{self.container.lower()}",))[0]

    @property
    def name(self) -> str:
        """What a user calls it, such as ``WAV, 24 bit``."""
        container = _CONTAINER_NAMES.get(self.container, self.container)
        subtype = _SUBTYPE_NAMES.get(self.subtype, self.subtype.replace("_", " "))
        return f"{container}, {subtype}" if subtype else container

    @property
    def bits(self) -> int | None:
        """Bits of a whole-number sample, or None."""
        return PCM_BITS.get(self.subtype)

    def holds(self, source: ExportFormat) -> bool:
        """Tell whether every sample of `source` can be stored in this without being rounded."""
        if self.subtype == "DOUBLE":
            return True
        if self.subtype == "FLOAT":  # 24 bits and a sign; what was compressed is decoded to it
            return source.subtype not in ("PCM_32", "DOUBLE")
        bits = source.bits or _DECODED_BITS.get(source.subtype)
        return self.bits is not None and bits is not None and bits <= self.bits

    def holds_bits(self, bits: int | None) -> bool:
        """Tell whether whole numbers of so many bits can be stored without being rounded."""
        return bits is not None and self.bits is not None and bits <= self.bits


def source_format(info: SourceInfo) -> ExportFormat:
    """Return the format that a recording has."""
    return ExportFormat(info.container, info.subtype)


def formats_for(info: SourceInfo) -> tuple[tuple[ExportFormat, str], ...]:
    """Return the formats worth offering for a recording and their names, its own first."""
    own = source_format(info)
    names = {}
    if can_hold(own, info):
        if own.subtype in _COMPRESSED:
            names[own] = tr("{format} (as the original, compressed anew)", format=own.name)
        else:
            names[own] = tr("{format} (as the original)", format=own.name)
    for container, subtype in (
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "FLOAT"),
        ("FLAC", "PCM_16"),
        ("FLAC", "PCM_24"),
        ("AIFF", "PCM_16"),
        ("AIFF", "PCM_24"),
        ("OGG", "VORBIS"),
        ("MP3", "MPEG_LAYER_III"),
    ):
        candidate = ExportFormat(container, subtype)
        if candidate.name not in {known.name for known in names} and can_hold(candidate, info):
            names[candidate] = candidate.name
    return tuple(names.items())


def formats_at_rates(info: SourceInfo) -> tuple[tuple[ExportFormat, str], ...]:
    """Return `formats_for` a recording, and those that need another of the usual `RATES`."""
    names = dict(formats_for(info))
    for rate in RATES:
        for chosen, name in formats_for(replace(info, rate=rate)):
            if chosen != source_format(info):
                names.setdefault(chosen, name)
    return tuple(names.items())


def rates_for(export_format: ExportFormat, info: SourceInfo) -> tuple[int, ...]:
    """Return the recording's own rate and the usual ones, of those that a format can hold."""
    rates = dict.fromkeys((info.rate, *RATES))
    return tuple(rate for rate in rates if can_hold(export_format, replace(info, rate=rate)))


def format_for_target(
    info: SourceInfo, target: Path, *, depth: str | None = None, quality: float | None = None
) -> ExportFormat:
    """Return the format that a file's name asks for, as near to the recording's as there is.

    Parameters
    ----------
    depth
        One of `DEPTHS`, or None for what suits the recording.
    quality
        See `ExportFormat`.

    Raises
    ------
    ExportError
        The name ends in something that is not known, or that cannot hold this recording, or such
        files have no depth or no quality.
    """
    near = _choose_nearest(info, target)
    is_lossy = near.container in LOSSY
    if depth is not None:
        if is_lossy or not soundfile.check_format(near.container, subtype := DEPTHS[depth]):
            raise ExportError(
                tr(
                    "“{name}” cannot be written: {kind} files do not hold samples of {depth} bits.",
                    name=target.name,
                    kind=_CONTAINER_NAMES.get(near.container, near.container),
                    depth=depth,
                )
            )
        near = replace(near, subtype=subtype)
    if quality is not None:
        if not is_lossy:
            raise ExportError(
                tr(
                    "“{name}” cannot be written: a quality belongs to .ogg and .mp3 files alone.",
                    name=target.name,
                )
            )
        near = replace(near, quality=quality)
    return near


def _choose_nearest(info: SourceInfo, target: Path) -> ExportFormat:
    suffix = target.suffix.lower()
    own = source_format(info)
    if suffix in ("", *_SUFFIXES.get(own.container, (own.suffix,))) and _suits(own, suffix):
        return own
    container = next((name for name, known in _SUFFIXES.items() if suffix in known), None)
    if container is None:
        raise ExportError(
            tr(
                "“{name}” cannot be written: files that end in {suffix} are not known; use "
                ".wav, .w64, .aiff, .flac, .ogg or .mp3.",
                name=target.name,
                suffix=suffix,
            )
        )
    candidates = [ExportFormat(container, subtype) for subtype in _list_subtypes(container, suffix)]
    possible = [candidate for candidate in candidates if can_hold(candidate, info)]
    if not possible:
        raise ExportError(
            tr(
                "“{name}” cannot be written: {kind} cannot hold {channels} channels at {rate} Hz.",
                name=target.name,
                kind=candidates[0].name,
                channels=info.channels,
                rate=info.rate,
            )
        )
    # From shallow to deep: the first that loses nothing, else the deepest.
    return next(
        (candidate for candidate in possible if can_be_exact(candidate, info)), possible[-1]
    )


def _suits(own: ExportFormat, suffix: str) -> bool:
    """Tell whether a name may stand for a recording's own format, of those of its container."""
    if suffix == ".opus":
        return own.subtype == "OPUS"
    # what is written as MP3 is layer III
    return suffix != ".mp3" or own.subtype == "MPEG_LAYER_III"


def can_be_exact(export_format: ExportFormat, info: SourceInfo) -> bool:
    """Tell whether a format can hold every sample of a recording without rounding it.

    Where a recording's header says that some of its lowest bits do not count, they are taken to be
    zero, which an export then finds to be so or not.
    """
    return export_format.holds(source_format(info)) or export_format.holds_bits(info.valid_bits)


def check_writable(export_format: ExportFormat, info: SourceInfo) -> None:
    """Raise `ExportError` if a format cannot be written, or not at this rate and channel count."""
    if not soundfile.check_format(export_format.container, export_format.subtype):
        raise ExportError(
            tr(
                "Files of the kind “{name}” can be read but not written; export as .wav or .flac.",
                name=export_format.name,
            )
        )
    if not can_hold(export_format, info):
        raise ExportError(
            tr(
                "{name} cannot hold {channels} channels at {rate} Hz.",
                name=export_format.name,
                channels=info.channels,
                rate=info.rate,
            )
        )


def least_bytes(export_format: ExportFormat, info: SourceInfo) -> int:
    """Return how much room a recording takes in a format, or hardly ever less if compressed."""
    width = {"FLOAT": 4, "DOUBLE": 8}.get(export_format.subtype) or (export_format.bits or 0) // 8
    if export_format.container == "FLAC":
        return info.frames * info.channels * width // 10
    return info.frames * info.channels * width


def _list_subtypes(container: str, suffix: str) -> tuple[str, ...]:
    if container == "OGG":
        return ("OPUS",) if suffix == ".opus" else ("VORBIS",)
    if container == "MP3":
        return ("MPEG_LAYER_III",)
    if container == "FLAC":
        return ("PCM_16", "PCM_24")
    return ("PCM_16", "PCM_24", "FLOAT")


def can_hold(export_format: ExportFormat, info: SourceInfo) -> bool:
    """Tell whether a format can be written, with so many channels and at this rate."""
    container, subtype = export_format.container, export_format.subtype
    if not soundfile.check_format(container, subtype):
        return False
    if container == "FLAC":
        return info.channels <= 8 and info.rate <= 655350
    if container == "MP3":
        return info.channels <= 2 and info.rate in _MP3_RATES and subtype == "MPEG_LAYER_III"
    if subtype == "OPUS":
        return info.channels <= 8 and info.rate in _OPUS_RATES
    if subtype == "VORBIS":
        return info.channels <= 255 and info.rate <= 200_000
    return True
