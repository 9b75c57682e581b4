"""The recordings to learn from: a recipe of Debian packages, and an index of what they hold."""

from __future__ import annotations

import filecmp
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core.errors import DataError
from uasrm_core.optional import optional_package
from uasrm_core.progress import Progress
from uasrm_core.resources import resource
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import make_folder, write_whole
from uasrm_core.writing.text import json_text

AUDIO_SUFFIXES = frozenset({".wav", ".aif", ".aiff", ".flac", ".ogg", ".opus", ".mp3"})
INDEX_NAME = "index.json"
# One track in so many is kept aside to measure on.
VALIDATION_ONE_IN = 12
DECODING_NEEDS = mark("Decoding the speech of the corpus needs")
# Single words of speech are joined to phrases (see `uasrm_core.training.dataset`).
SHORTEST_S = {"music": 15.0, "speech": 0.8, "sounds": 2.0}
# Telephone speech has nothing above 4 kHz to learn from.
LOWEST_RATE = 11025


@dataclass(frozen=True)
class Package:
    """One Debian package of the recipe.

    Attributes
    ----------
    voices
        For speech of several voices or languages, a regular expression that is searched in a
        file's path within the package: its first group names the voice, and what it is not found
        in is left out. Empty where one voice speaks all of it.
    without
        Voices that are left out.
    """

    name: str
    version: str
    sha256: str
    kind: str
    licence: str
    voices: str = ""
    without: tuple[str, ...] = ()

    def voice_of(self, path: str) -> str | None:
        """Return who speaks in a file of the package; None where the file is left out."""
        if self.kind != "speech" or not self.voices:
            return self.name if self.kind == "speech" else ""
        found = re.search(self.voices, path)
        voice = found and (found.group(1) or "default")
        return None if voice is None or voice in self.without else voice


@dataclass(frozen=True)
class Track:
    """One recording that may be learnt from or measured on.

    Attributes
    ----------
    path
        The file.
    package
        Where it comes from.
    kind
        ``music``, ``speech`` or ``sounds``.
    split
        ``train`` or ``validation``. All recordings of a voice are in the same one.
    voice
        Who speaks, or the language where that is all that is known; empty for music and sounds.
    """

    path: Path
    package: str
    kind: str
    split: str
    rate: int
    channels: int
    frames: int
    voice: str = ""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate


def recipe() -> tuple[Package, ...]:
    """Return the packages that the shipped model was trained on."""
    text = resource("corpus.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["package"]
    return tuple(Package(**e | {"without": tuple(e.get("without", ()))}) for e in entries)


def build(folder: Path, progress: Progress, *, speech: Sequence[Path] = ()) -> tuple[Track, ...]:
    """Fetch, check, unpack and index the whole recipe below a folder; what is there is kept.

    Parameters
    ----------
    speech
        Folders of more speech, whose files each hold one voice. They are indexed where they are.

    Raises
    ------
    DataError
        A package cannot be fetched or unpacked, or is not the one that the recipe names, or what
        decodes its speech is not installed, or a folder of speech holds none.
    """
    # before anything is fetched
    optional_package("av", "corpus", DECODING_NEEDS)
    packages = recipe()
    tracks: list[Track] = []
    for number, package in enumerate(packages):
        progress.report(number / len(packages), f"{package.name} {package.version}")
        unpacked = folder / package.name
        if not (unpacked / "complete").exists():
            archive = _fetch(package, folder / "packages")
            _unpack(archive, unpacked)
            write_whole(unpacked / "complete", b"")
        tracks += _find_package_tracks(package, unpacked)
    for added in speech:
        tracks += _find_voice_tracks(added)
    tracks = _drop_copies(tracks)
    entries = [{**asdict(t), "path": _shorten_path(t.path, folder)} for t in tracks]
    write_whole(folder / INDEX_NAME, json_text(entries, indent=1).encode())
    return tuple(tracks)


def read_index(folder: Path) -> tuple[Track, ...]:
    """Return the tracks of a corpus that `build` made.

    Raises
    ------
    DataError
        The folder has no index, or a damaged one.
    """
    try:
        entries = json.loads((folder / INDEX_NAME).read_text(encoding="utf-8"))
        return tuple(Track(**{**entry, "path": folder / entry["path"]}) for entry in entries)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(
            tr(
                "{folder} holds no corpus that can be read; “uasrm corpus {folder}” makes one.",
                folder=folder,
            )
        ) from error


def choose_tracks(
    tracks: Sequence[Track], most: int, rng: np.random.Generator
) -> tuple[Track, ...]:
    """Return about so many tracks, as many of each package."""
    packages = sorted({track.package for track in tracks})
    shuffled = [tracks[index] for index in rng.permutation(len(tracks))]
    return tuple(
        track
        for package in packages
        for track in [t for t in shuffled if t.package == package][: -(-most // len(packages))]
    )


def tracks_of(sources: Iterable[Path]) -> tuple[Track, ...]:
    """Return the tracks of files, of folders of audio, and of corpora that `build` made.

    Raises
    ------
    DataError
        A source does not exist, or nothing long enough to learn from is found.
    """
    tracks: list[Track] = []
    for source in sources:
        if (source / INDEX_NAME).exists():
            tracks += read_index(source)
        elif source.exists():
            tracks += scan([source], package="", kind="sounds")
        else:
            raise DataError(tr("{source} does not exist.", source=source))
    if not tracks:
        raise DataError(tr("No recording of two seconds or more was found to learn from."))
    return _keep_one_aside(_drop_copies(tracks))


def scan(
    places: Iterable[Path],
    *,
    package: str,
    kind: str,
    voice_of: Callable[[Path], str | None] = lambda path: "",
) -> Iterator[Track]:
    """Find the recordings in files and folders that are long enough for their kind.

    Parameters
    ----------
    voice_of
        Returns who speaks in a file, or None to leave it out.
    """
    for place in places:
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in files:
            if path.suffix.lower() not in AUDIO_SUFFIXES or not path.is_file():
                continue
            voice = voice_of(path)
            track = None if voice is None else _track(path, package, kind, voice)
            if track is not None and track.duration_s >= SHORTEST_S[kind]:
                yield track


def _find_package_tracks(package: Package, unpacked: Path) -> list[Track]:
    def voice_of(path: Path) -> str | None:
        return package.voice_of(str(path.relative_to(unpacked)))

    found = scan([unpacked], package=package.name, kind=package.kind, voice_of=voice_of)
    if package.kind != "speech":
        return list(found)
    return [track for track in found if track.rate >= LOWEST_RATE]


def _find_voice_tracks(folder: Path) -> list[Track]:
    """Return the tracks of a folder of speech whose files each hold one voice."""
    found = list(
        scan([folder], package=folder.name, kind="speech", voice_of=lambda path: path.stem)
    )
    if not found:
        raise DataError(tr("{folder} holds no recordings of speech.", folder=folder))
    return found


def _shorten_path(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path.resolve())


def _keep_one_aside(tracks: Sequence[Track]) -> tuple[Track, ...]:
    """Keep the shortest of few recordings to measure on, where chance has kept none."""
    if len(tracks) < 2 or any(track.split == "validation" for track in tracks):
        return tuple(tracks)
    aside = min(tracks, key=lambda track: (track.duration_s, str(track.path)))
    return tuple(
        replace(track, split="validation") if track is aside else track for track in tracks
    )


def _drop_copies(tracks: Sequence[Track]) -> list[Track]:
    """Leave out what is the same file again: under another name it could be in both splits."""
    kept: dict[int, list[Track]] = {}
    for track in tracks:
        alike = kept.setdefault(track.path.stat().st_size, [])
        if not any(filecmp.cmp(track.path, other.path, shallow=False) for other in alike):
            alike.append(track)
    chosen = {id(track) for alike in kept.values() for track in alike}
    return [track for track in tracks if id(track) in chosen]


def _track(path: Path, package: str, kind: str, voice: str) -> Track | None:
    try:
        info = soundfile.info(os.fsencode(path))
    except soundfile.LibsndfileError:
        return None
    # a voice, or a language, that was learnt from says nothing of others when it is measured
    name = f"{kind}/{voice}" if voice else f"{package}/{path.name}"
    key = hashlib.sha256(os.fsencode(name)).digest()
    split = "validation" if key[0] % VALIDATION_ONE_IN == 0 else "train"
    return Track(path, package, kind, split, info.samplerate, info.channels, info.frames, voice)


def _fetch(package: Package, folder: Path) -> Path:
    """Return the package's archive, downloaded by apt where it is not in the folder yet."""
    name = f"{package.name}_{package.version.replace(':', '%3a')}_all.deb"
    archive = folder / name
    if not archive.exists():
        if shutil.which("apt-get") is None:
            raise DataError(
                tr("apt-get is needed to fetch {name}; this is not Debian.", name=package.name)
            )
        # what an interruption leaves half is never taken for the whole
        drafts = folder / "unfinished"
        make_folder(drafts)
        _run(
            ["apt-get", "download", f"{package.name}={package.version}"],
            tr("{name} could not be fetched", name=package.name),
            drafts,
        )
        (drafts / name).replace(archive)
    with archive.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != package.sha256:
        raise DataError(
            tr(
                "{name} is not the file the recipe names (hash {found}…).",
                name=archive.name,
                found=found[:12],
            )
        )
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    make_folder(folder)
    _run(
        ["dpkg-deb", "-x", str(archive), str(folder)],
        tr("{name} could not be unpacked", name=archive.name),
    )
    for path in sorted(folder.rglob("*.pk3")):
        with zipfile.ZipFile(path) as content:
            content.extractall(path.with_suffix(""))
        path.unlink()
    for path in sorted(folder.rglob("*.g722")):
        _decode_g722(path)


def _run(command: list[str], failure: str, folder: Path | None = None) -> None:
    """Run a command of Debian in a folder, and tell of its failure by the last thing it said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [tr("unknown")])[-1]
        raise DataError(f"{failure}: {reason}")


def _decode_g722(path: Path) -> None:
    """Turn raw G.722 (16 kHz, one channel, ITU-T G.722) into a FLAC file beside it."""
    av = optional_package("av", "corpus", DECODING_NEEDS)
    with av.open(str(path), format="g722") as stream:
        blocks = [frame.to_ndarray().reshape(-1) for frame in stream.decode(audio=0)]
    if blocks:
        # The decoder hands out 16-bit samples.
        stream = io.BytesIO()
        soundfile.write(stream, np.concatenate(blocks), 16000, format="FLAC", subtype="PCM_16")
        content = stream.getvalue()
        write_whole(path.with_suffix(".flac"), content, is_recording=True, is_durable=False)
    path.unlink()
