"""Texts and pictures about a recording, in the one form to which all formats are brought.

Names are those of Vorbis comments, the freest of them: https://xiph.org/vorbis/doc/v-comment.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mutagen import id3

from uasrm_core.audio.containers.chunks import decode_text

# What ID3, RIFF's INFO list and libsndfile call the common ones.
_ID3_NAMES = {
    "TIT1": "GROUPING",
    "TIT2": "TITLE",
    "TIT3": "SUBTITLE",
    "TPE1": "ARTIST",
    "TPE2": "ALBUMARTIST",
    "TPE3": "CONDUCTOR",
    "TPE4": "REMIXER",
    "TALB": "ALBUM",
    "TDRC": "DATE",
    "TDOR": "ORIGINALDATE",
    "TRCK": "TRACKNUMBER",
    "TPOS": "DISCNUMBER",
    "TCON": "GENRE",
    "TCOM": "COMPOSER",
    "TEXT": "LYRICIST",
    "TCOP": "COPYRIGHT",
    "TPUB": "ORGANIZATION",
    "TSRC": "ISRC",
    "TENC": "ENCODED-BY",
    "TSSE": "ENCODER",
    "TBPM": "BPM",
    "TKEY": "KEY",
    "TLAN": "LANGUAGE",
    "TMED": "MEDIA",
}
_INFO_NAMES = {
    b"INAM": "TITLE",
    b"IART": "ARTIST",
    b"IPRD": "ALBUM",
    b"ICRD": "DATE",
    b"ITRK": "TRACKNUMBER",
    b"IPRT": "TRACKNUMBER",
    b"IGNR": "GENRE",
    b"ICMT": "COMMENT",
    b"ICOP": "COPYRIGHT",
    b"ISFT": "ENCODER",
    b"IENG": "ENGINEER",
    b"ITCH": "ENCODED-BY",
    b"IMUS": "COMPOSER",
    b"ILNG": "LANGUAGE",
    b"IMED": "MEDIA",
    b"IARL": "ARCHIVE",
    b"ICMS": "COMMISSIONED",
    b"IKEY": "KEYWORDS",
    b"ISBJ": "SUBJECT",
    b"ISRC": "SOURCE",
    b"ISRF": "SOURCEFORM",
}
SNDFILE_NAMES = {
    "title": "TITLE",
    "copyright": "COPYRIGHT",
    "software": "ENCODER",
    "artist": "ARTIST",
    "comment": "COMMENT",
    "date": "DATE",
    "album": "ALBUM",
    "license": "LICENSE",
    "tracknumber": "TRACKNUMBER",
    "genre": "GENRE",
}


@dataclass(frozen=True)
class Picture:
    """A picture, such as a label or a cover; `kind` is ID3's number for what it shows."""

    kind: int
    mime: str
    description: str
    data: bytes


@dataclass(frozen=True)
class Tags:
    """Texts and pictures about a recording.

    Attributes
    ----------
    texts
        Names in capitals, and values; a name may come more than once.
    others
        What cannot be brought into this form, as a user would call it.
    """

    texts: tuple[tuple[str, str], ...] = ()
    pictures: tuple[Picture, ...] = ()
    others: tuple[str, ...] = ()

    def joined(self, more: Tags) -> Tags:
        """Return these tags and those of `more` whose names are not among them."""
        known = {name for name, _ in self.texts}
        return Tags(
            (*self.texts, *((name, value) for name, value in more.texts if name not in known)),
            self.pictures or more.pictures,
            tuple(dict.fromkeys((*self.others, *more.others))),
        )

    def strings(self) -> dict[str, str]:
        """Return the ten texts that libsndfile has names for, by those names."""
        found = dict(reversed(self.texts))
        return {key: found[name] for key, name in SNDFILE_NAMES.items() if name in found}


def from_id3(frames: Iterable[id3.Frame]) -> Tags:
    """Return what the frames of an ID3 tag say."""
    texts: list[tuple[str, str]] = []
    pictures, others = [], []
    for frame in frames:
        if isinstance(frame, id3.APIC):
            pictures.append(Picture(int(frame.type), frame.mime, frame.desc, frame.data))
        elif isinstance(frame, id3.TXXX):
            texts += [(frame.desc.upper() or "COMMENT", str(text)) for text in frame.text]
        elif isinstance(frame, id3.COMM):
            texts += [("COMMENT", str(text)) for text in frame.text]
        elif isinstance(frame, id3.USLT):
            texts.append(("LYRICS", frame.text))
        elif frame.FrameID in _ID3_NAMES:
            texts += [(_ID3_NAMES[frame.FrameID], str(text)) for text in frame.text]
        elif frame.FrameID != "TLEN":
            others.append(f"ID3 {frame.FrameID}")
    return Tags(_clean(texts), tuple(pictures), tuple(dict.fromkeys(others)))


def to_id3(tags: Tags) -> id3.ID3:
    """Return an ID3 tag that says what `tags` do."""
    by_name = {name: frame_id for frame_id, name in _ID3_NAMES.items()}
    values: dict[str, list[str]] = {}
    for name, value in tags.texts:
        values.setdefault(name, []).append(value)
    tag = id3.ID3()
    for name, texts in values.items():
        if name == "COMMENT":
            tag.add(id3.COMM(encoding=3, lang="XXX", desc="", text=texts))
        elif name == "LYRICS":
            tag.add(id3.USLT(encoding=3, lang="XXX", desc="", text="\n".join(texts)))
        elif name in by_name:
            tag.add(id3.Frames[by_name[name]](encoding=3, text=texts))
        else:
            tag.add(id3.TXXX(encoding=3, desc=name, text=texts))
    for number, picture in enumerate(tags.pictures):
        # Two of a kind would need descriptions that differ.
        description = picture.description or (f"{number + 1}" if number else "")
        tag.add(id3.APIC(3, picture.mime, picture.kind, description, picture.data))
    return tag


def from_info(content: bytes) -> Tags:
    """Return what a RIFF list of the type INFO says; `content` begins behind the type."""
    texts, others = [], []
    for name, value in _read_info_entries(content):
        if name in _INFO_NAMES:
            texts.append((_INFO_NAMES[name], value))
        else:
            others.append(f"INFO {name.decode('latin-1')}")
    return Tags(_clean(texts), (), tuple(others))


def to_info(tags: Tags) -> bytes:
    """Return the content of a RIFF list of the type INFO; what has no name there is left out."""
    by_name = {name: key for key, name in reversed(_INFO_NAMES.items())}
    content = b"INFO"
    for name, value in tags.texts:
        if name in by_name:
            text = value.encode() + b"\0"
            content += by_name[name] + len(text).to_bytes(4, "little") + text
            content += b"\0" * (len(text) % 2)
    return content if len(content) > 4 else b""


def is_in_info(name: str) -> bool:
    """Tell whether a RIFF INFO list has a place for a text of this name."""
    return name in _INFO_NAMES.values()


def _read_info_entries(content: bytes) -> Iterator[tuple[bytes, str]]:
    position = 0
    while position + 8 <= len(content):
        size = int.from_bytes(content[position + 4 : position + 8], "little")
        yield content[position : position + 4], decode_text(content[position + 8 :][:size])
        position += 8 + size + size % 2


def _clean(texts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in texts if value)
