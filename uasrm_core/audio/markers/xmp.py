"""Markers in XMP, as Adobe's programs write them: ``xmpDM:Tracks`` with ``xmpDM:markers``."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from uasrm_core.audio.kinds import format_text, parse_text
from uasrm_core.audio.region import Region

MOST_BYTES = 1 << 24
MOST_MARKERS = 100_000
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DM = "{http://ns.adobe.com/xmp/1.0/DynamicMedia/}"
_RATE = re.compile(r"f?(\d{1,9})(?:s(\d{1,9}))?")
_TICKS = re.compile(r"(-?\d{1,18})(?:f(\d{1,9})(?:s(\d{1,9}))?)?")
_HEAD = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/">
   <xmpDM:Tracks><rdf:Bag><rdf:li>
    <rdf:Description xmpDM:trackName="Markers" xmpDM:frameRate="f{rate}">
     <xmpDM:markers><rdf:Seq>
"""
# Readers take these for plain spaces where they are not written as numbers.
_SPACES = {9: "&#9;", 10: "&#10;", 13: "&#13;"}
_TAIL = """     </rdf:Seq></xmpDM:markers>
    </rdf:Description>
   </rdf:li></rdf:Bag></xmpDM:Tracks>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def read_xmp(content: bytes, rate: int) -> tuple[Region, ...]:
    """Return the markers of all tracks as regions of a recording of `rate` frames a second.

    Raises
    ------
    ValueError
        It is no XMP.
    """
    # what XMP never has, and what a few bytes can unfold to gigabytes with
    if len(content) > MOST_BYTES or b"<!" in content.replace(b"<!--", b""):
        raise ValueError("no XMP")
    try:
        tree = ElementTree.fromstring(content.rstrip(b"\0"))
    except ElementTree.ParseError as error:
        raise ValueError("no XMP") from error
    found = [region for track in _find_tracks(tree) for region in _read_markers(track, rate)]
    return tuple(sorted(found, key=lambda region: (region.start_frame, region.end_frame)))


def xmp_bytes(regions: Sequence[Region], rate: int) -> bytes:
    """Return regions as a packet of XMP."""
    rows = [
        f'      <rdf:li xmpDM:startTime="{region.start_frame}" xmpDM:duration="{region.frames}"'
        f' xmpDM:name="{_attribute(format_text(region.kind, region.label))}"'
        ' xmpDM:type="Cue"/>\n'
        for region in regions
    ]
    return (_HEAD.format(rate=rate) + "".join(rows) + _TAIL).encode(errors="replace")


def _find_tracks(tree: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield what holds the markers of a track."""
    for element in tree.iter():
        if element.find(f"{_DM}markers") is not None:
            yield element


def _read_markers(track: ElementTree.Element, rate: int) -> Iterator[Region]:
    ticks = _rate(_read_property(track, "frameRate")) or rate
    holder = track.find(f"{_DM}markers")
    assert holder is not None
    for number, item in enumerate(holder.iter(f"{_RDF}li")):
        if number >= MOST_MARKERS:
            return
        inner = item.find(f"{_RDF}Description")
        marker = item if inner is None else inner
        start = _parse_frames(_read_property(marker, "startTime"), ticks, rate)
        if start is None:
            continue
        length = _parse_frames(_read_property(marker, "duration"), ticks, rate) or 0
        kind, label = parse_text(
            _read_property(marker, "name") or _read_property(marker, "comment")
        )
        yield Region(start, start + max(length, 0), label=label, kind=kind)


def _read_property(element: ElementTree.Element, name: str) -> str:
    """Return a property, which is an attribute or an element."""
    inner = element.find(f"{_DM}{name}")
    return (element.get(f"{_DM}{name}") or (inner.text if inner is not None else "") or "").strip()


def _rate(text: str) -> float | None:
    match = _RATE.fullmatch(text)
    if match is None or not int(match[1]):
        return None
    return int(match[1]) / int(match[2] or 1) if int(match[2] or 1) else None


def _parse_frames(text: str, ticks: float, rate: int) -> int | None:
    match = _TICKS.fullmatch(text)
    if match is None:
        return None
    own = _rate(f"f{match[2]}s{match[3] or 1}") if match[2] else None
    return round(int(match[1]) * rate / (own or ticks))


def _attribute(text: str) -> str:
    """Return text as the value of an attribute, without what XML cannot hold."""
    plain = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", " ", text)
    return html.escape(plain).translate(_SPACES)
