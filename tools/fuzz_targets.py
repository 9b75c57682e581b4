"""What `fuzz` feeds: the parsers of this project, each with files to start from."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from uasrm_core.errors import UasrmError

if TYPE_CHECKING:
    from uasrm_core.edit.session import Session

CORPUS = Path(__file__).resolve().parents[1] / "tests" / "fuzz" / "corpus"
RATE = 8000


@dataclass(frozen=True)
class Target:
    """A parser.

    Attributes
    ----------
    parse
        Takes an input, and a folder of its own to write it into.
    seeds
        Returns inputs to begin with; takes the same folder.
    allowed
        Errors that the parser may raise.
    """

    name: str
    parse: Callable[[bytes, Path], object]
    seeds: Callable[[Path], list[bytes]]
    allowed: tuple[type[Exception], ...] = (UasrmError,)

    def all_seeds(self, folder: Path) -> list[bytes]:
        """Return inputs to begin with, and those that were kept since they once went wrong."""
        kept = sorted((CORPUS / self.name).glob("*"))
        return [*self.seeds(folder), *(path.read_bytes() for path in kept)]


def _write(data: bytes, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _sound(**settings: str) -> bytes:
    stream = io.BytesIO()
    samples = 0.3 * np.sin(np.arange(400) / 5.0)
    soundfile.write(stream, np.stack([samples, -samples], axis=1), RATE, **settings)
    return stream.getvalue()


def _parse_chunks(data: bytes, folder: Path) -> object:
    from uasrm_core.audio.containers.chunks import chunk_sizes, family_of
    from uasrm_core.audio.containers.layouts import read_layout
    from uasrm_core.audio.containers.wave import read_blocks

    file = io.BytesIO(data)
    chunk_sizes(file)
    family = family_of(file)
    has_blocks = family in ("RIFF", "RF64", "W64")  # as `files` asks
    return read_layout(file), has_blocks and read_blocks(file, family)


def _chunk_seeds(folder: Path) -> list[bytes]:
    kinds = [("WAV", "PCM_16"), ("WAVEX", "PCM_24"), ("RF64", "FLOAT"), ("W64", "PCM_16")]
    plain = [_sound(format=kind, subtype=subtype) for kind, subtype in kinds]
    plain += [_sound(format="AIFF", subtype=subtype) for subtype in ("PCM_24", "FLOAT", "ULAW")]
    extra = b"bext" + struct.pack("<I", 602) + bytes(602) + b"iXML\x05\0\0\0<a/>.\0"
    plain += [_sound(format="WAV", subtype=subtype) for subtype in ("IMA_ADPCM", "MS_ADPCM")]
    plain += [_sound(format=kind, subtype="PCM_16") for kind in ("AU", "CAF")]
    return [*plain, plain[0][:12] + extra + plain[0][12:], _sound(format="WAV", subtype="ULAW")]


def _parse_flac(data: bytes, folder: Path) -> object:
    from uasrm_core.audio.containers.flac import restore_metadata

    written = io.BytesIO(_flac_seeds(folder)[0])
    return restore_metadata(written, io.BytesIO(data))


_made: dict[str, list[bytes]] = {}


def _flac_seeds(folder: Path) -> list[bytes]:
    if "flac" not in _made:
        plain = _sound(format="FLAC", subtype="PCM_16")
        text = b"\x05\0\0\0uasrm\x01\0\0\0\x07\0\0\0TITLE=a"
        tags = b"\x04" + len(text).to_bytes(3, "big") + text
        picture = b"\x06\0\0\x20" + bytes(32)
        _made["flac"] = [plain, plain[:42] + tags + picture + plain[42:]]
    return _made["flac"]


def _parse_mp3(data: bytes, folder: Path) -> object:
    from uasrm_core.audio.mp3 import add_true_length
    from uasrm_core.audio.open_file import OpenFile

    if not data:
        return None
    whole = add_true_length(OpenFile.open(_write(data, folder, "input.mp3")), 0)
    if whole is not None:
        with whole:
            whole.seek(0)
            whole.read()
    return whole


def _mp3_seeds(folder: Path) -> list[bytes]:
    sound = _sound(format="MP3", subtype="MPEG_LAYER_III")
    frame = b"\xff\xfb\x90\x00".ljust(417, b"\0")
    tag = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)
    short = b"\xff\xf3\x14\xc4".ljust(24, b"\0")
    return [sound, frame * 3, tag + frame + b"TAG".ljust(128, b" ") + frame, short * 4]


def _parse_labels(data: bytes, folder: Path) -> object:
    from uasrm_core.audio.labels import read_labels

    return read_labels(_write(data, folder, "labels.txt"), 44100)


def _parse_cues(data: bytes, folder: Path) -> object:
    from uasrm_core.audio.markers.cue import read_cues

    return read_cues(io.BytesIO(data))


def _cue_seeds(folder: Path) -> list[bytes]:
    from uasrm_core.audio.markers.cue import add_cues
    from uasrm_core.audio.region import Region

    seeds = []
    for container in ("WAV", "RF64"):
        draft = io.BytesIO(_sound(format=container, subtype="PCM_16"))
        add_cues(draft, "seed", [Region(10, 20, label="click"), Region(30, 30, label="a mark")])
        seeds.append(draft.getvalue())
    mark = struct.pack(">HHI", 1, 1, 800) + b"\x03end"
    body = b"AIFFMARK" + struct.pack(">I", len(mark)) + mark
    return [*seeds, b"FORM" + struct.pack(">I", len(body)) + body]


def _parse_xmp(data: bytes, folder: Path) -> object:
    from uasrm_core.audio.markers.files import read_regions

    return read_regions(_write(data, folder, "marks.xmp"), 44100)


def _xmp_seeds(folder: Path) -> list[bytes]:
    from uasrm_core.audio.markers.xmp import xmp_bytes
    from uasrm_core.audio.region import Region

    return [xmp_bytes([Region(10, 20, label="click"), Region(30, 30, label="<&>")], 44100)]


def _parse_reaper(data: bytes, folder: Path) -> object:
    from uasrm_core.audio.markers.files import read_regions

    return read_regions(_write(data, folder, "marks.csv"), 44100)


def _reaper_seeds(folder: Path) -> list[bytes]:
    return [
        b'#,Name,Start,End,Length\nM1,"pop, left",0:01.5,,\nR1,Dropout,1:02.0,62.5,0.5\n',
        b"#,Name,Start,End,Length,Color\r\nR2,,44100,88200,44100,FF0000\r\n",
    ]


def _label_seeds(folder: Path) -> list[bytes]:
    return [
        b"1.000000\t1.500000\tdropout\n2.0\t2.25\tphone\n\\\t300.000000\t3000.000000\n",
        "\ufeff1\t2\r\n\r\n3\t4\tNépzene – szünet\r\n".encode(),
        b"1\t1\tpoint\n2\t1\treversed\n\\\t-1\t3000\n",
    ]


def _parse_shape(data: bytes, folder: Path) -> object:
    from uasrm_core.audio.shape import shape_from_json

    try:
        row = json.loads(data)
    except RecursionError as error:
        raise ValueError("not for this parser") from error
    return shape_from_json(row)


def _shape_seeds(folder: Path) -> list[bytes]:
    from uasrm_core.audio.shape import box
    from uasrm_core.select.combine import union

    one = box(100, 300, 200.0, 950.0)
    both = union(one, box(250, 600, 700.0, 3000.0))
    return [json.dumps(shape.to_json()).encode() for shape in (one, both)]


def _parse_model(data: bytes, folder: Path) -> object:
    from uasrm_core.model import files, original

    path = _write(data, folder, "model.safetensors")
    kind = files.read_metadata(path)["architecture"]
    facts, weights = files.read_weights(path, kind)
    read = files._read_config if kind == files.ARCHITECTURE else original._config
    return files.read_config(path, facts, read), weights


def _model_seeds(folder: Path) -> list[bytes]:
    from dataclasses import asdict

    import numpy as np
    from safetensors.numpy import save

    from uasrm_core.model import files
    from uasrm_core.model.config import HybridConfig
    from uasrm_core.model.original import OriginalConfig

    weights = {"a.weight": np.ones((2, 3), np.float16), "a.bias": np.zeros(2, np.float16)}
    seeds = []
    for kind, config in (("hybrid", HybridConfig()), ("original", OriginalConfig())):
        facts = {
            "format": files.FORMAT,
            "version": files.VERSIONS[kind],
            "architecture": kind,
            "config": json.dumps(asdict(config)),
        }
        signed = {**facts, files.CHECKSUM: files.weights_sha256(weights)}
        seeds += [save(weights, metadata=facts), save(weights, metadata=signed)]
    return seeds


def _make_session(folder: Path) -> Session:
    """Return work with a patch, a drawn region and an undone step."""
    from uasrm_core.audio.clip import Patch
    from uasrm_core.audio.files import open_clip
    from uasrm_core.audio.kinds import Kind
    from uasrm_core.audio.region import Region
    from uasrm_core.audio.shape import box
    from uasrm_core.edit.history import Edit, EditHistory, RepairNote
    from uasrm_core.edit.session import session_of

    recording = folder / "recording.wav"
    recording.write_bytes(_sound(format="WAV", subtype="PCM_16"))
    drawn = Region(100, 200, 300.0, 900.0, shape=box(100, 200, 300.0, 900.0))
    patch = Patch(90, (1,), np.full((1, 40), 0.1, np.float32))
    history = EditHistory(first_regions=(drawn, Region(300, 310, label="left", kind=Kind.CLICK)))
    history = history.apply(Edit("Repair", (patch,), (RepairNote(drawn, "ar"),)))
    history = history.apply(Edit("Undone", (patch,), ())).undo()
    return session_of(open_clip(recording), history, {"zoom": 1.5})


def _session_file(folder: Path) -> bytes:
    from uasrm_core.edit.session import save_session

    path = folder / "seed.uasrm"
    save_session(_make_session(folder), path)
    return path.read_bytes()


def _parse_session(data: bytes, folder: Path) -> object:
    from uasrm_core.edit.session import open_session

    return open_session(_write(data, folder, "input.uasrm"))


def _session_seeds(folder: Path) -> list[bytes]:
    return [_session_file(folder)]


def _parse_session_text(data: bytes, folder: Path) -> object:
    """Open the seed session with another text in it, past the archive's own checksums."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(folder / "seed.uasrm") as seed,
        zipfile.ZipFile(stream, "w") as archive,
    ):
        for name in seed.namelist():
            archive.writestr(name, data if name == "session.json" else seed.read(name))
    return _parse_session(stream.getvalue(), folder)


def _session_text_seeds(folder: Path) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(_session_file(folder))) as archive:
        return [archive.read("session.json")]


def _parse_journal(data: bytes, folder: Path) -> object:
    from uasrm_core.edit.journal import remove_files
    from uasrm_core.edit.recovery import find_leftovers, recover

    place = folder / "journals"
    place.mkdir(exist_ok=True)
    path = _write(data, place, "input.journal")
    try:
        find_leftovers(place)
        if not path.exists():
            return None
        found = recover(path)
        found.lock.release()
        return found
    finally:
        remove_files(path)


def _journal_seeds(folder: Path) -> list[bytes]:
    from uasrm_core.edit.journal import Journal, Snapshot

    work = _make_session(folder)
    journal = Journal(folder)
    journal.write(Snapshot(work.stamp, work.history, work.view))
    journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    journal._db.execute("PRAGMA journal_mode = DELETE")
    journal.close()
    data = journal.path.read_bytes()
    journal.delete()
    (folder / "seed.journal").write_bytes(data)
    return [data]


def _parse_journal_text(data: bytes, folder: Path) -> object:
    """Read the seed journal with another step in it, past its checksums."""
    from uasrm_core.edit.journal import text_crc

    text = data.decode("utf-8", "replace")
    path = folder / "changed.journal"
    path.write_bytes((folder / "seed.journal").read_bytes())
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE edits SET body = ?, crc = ?", (text, text_crc(text)))
    return _parse_journal(path.read_bytes(), folder)


def _journal_text_seeds(folder: Path) -> list[bytes]:
    _journal_seeds(folder)
    with closing(sqlite3.connect(folder / "seed.journal")) as db:
        return [str(body).encode() for (body,) in db.execute("SELECT body FROM edits")]


_SHAPE_ERRORS = (ValueError, LookupError, TypeError, OverflowError)
TARGETS = {
    target.name: target
    for target in (
        Target("chunks", _parse_chunks, _chunk_seeds),
        Target("flac", _parse_flac, _flac_seeds),
        Target("mp3", _parse_mp3, _mp3_seeds),
        Target("labels", _parse_labels, _label_seeds),
        Target("cues", _parse_cues, _cue_seeds),
        Target("xmp", _parse_xmp, _xmp_seeds),
        Target("reaper", _parse_reaper, _reaper_seeds),
        Target("shape", _parse_shape, _shape_seeds, _SHAPE_ERRORS),
        Target("model", _parse_model, _model_seeds),
        Target("session", _parse_session, _session_seeds),
        Target("session-text", _parse_session_text, _session_text_seeds),
        Target("journal", _parse_journal, _journal_seeds),
        Target("journal-text", _parse_journal_text, _journal_text_seeds),
    )
}
