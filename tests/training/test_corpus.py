"""The recipe, and what is found in folders of recordings."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from uasrm_core.errors import DataError
from uasrm_core.training import corpus
from uasrm_core.training.corpus import Package


def recording(path, seconds=3.0, rate=8000):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(list(str(path).encode()))
    soundfile.write(path, rng.uniform(-0.1, 0.1, int(seconds * rate)), rate)
    return path


def test_the_recipe_names_everything_needed_to_check_it():
    packages = corpus.recipe()
    assert len(packages) >= 16
    for package in packages:
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256)
        assert package.kind in corpus.SHORTEST_S
        assert package.version
        assert package.licence


def test_folders_and_files_are_searched_and_short_or_broken_ones_left_out(tmp_path):
    long = recording(tmp_path / "a" / "long.wav")
    flac = recording(tmp_path / "a" / "deep" / "er.flac")
    recording(tmp_path / "a" / "short.wav", seconds=0.5)
    (tmp_path / "a" / "broken.wav").write_bytes(b"RIFF")
    (tmp_path / "a" / "notes.txt").write_text("not audio")
    single = recording(tmp_path / "b.wav")
    tracks = corpus.tracks_of([tmp_path / "a", single])
    assert {track.path for track in tracks} == {long, flac, single}


def test_names_that_are_no_utf8_are_found_and_kept(tmp_path):
    path = recording(tmp_path / "plain.wav").rename(tmp_path / os.fsdecode(b"caf\xe9.wav"))
    (track,) = corpus.tracks_of([tmp_path])
    assert track.path == path


def test_a_track_is_always_in_the_same_split_and_few_are_kept_aside(tmp_path):
    for number in range(120):
        recording(tmp_path / f"{number}.wav", seconds=2.0, rate=100)
    first = {track.path: track.split for track in corpus.tracks_of([tmp_path])}
    again = {track.path: track.split for track in corpus.tracks_of([tmp_path])}
    assert first == again
    assert 2 <= list(first.values()).count("validation") <= 25


def test_a_recording_that_is_there_twice_counts_once(tmp_path):
    first = recording(tmp_path / "a" / "song.wav")
    recording(tmp_path / "a" / "another.wav")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "the same song.wav").write_bytes(first.read_bytes())
    tracks = corpus.tracks_of([tmp_path / "a", tmp_path / "b", tmp_path / "a"])
    assert [track.path.name for track in tracks] == ["another.wav", "song.wav"]


def test_nothing_to_learn_from_is_said(tmp_path):
    with pytest.raises(DataError, match="No recording"):
        corpus.tracks_of([tmp_path])
    with pytest.raises(DataError, match="does not exist"):
        corpus.tracks_of([tmp_path / "nowhere"])


def test_a_package_that_is_not_the_one_of_the_recipe_is_refused(tmp_path, monkeypatch):
    package = Package("some-music", "1:2.0-1", "0" * 64, "music", "CC0")
    monkeypatch.setattr(corpus, "recipe", lambda: (package,))
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "some-music_1%3a2.0-1_all.deb").write_bytes(b"other")
    with pytest.raises(DataError, match="not the file the recipe names"):
        corpus.build(tmp_path, corpus.Progress())
    assert not (tmp_path / corpus.INDEX_NAME).exists()


def test_without_the_decoder_nothing_is_fetched(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DataError, match=r"av: pip install 'uasrm\[corpus\]'"):
        corpus.build(tmp_path, corpus.Progress())
    assert not list(tmp_path.iterdir())


def command(folder, name, script):
    """Put a command of that name before all others, and return the folder."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return folder


@pytest.fixture
def half_fetched(tmp_path, monkeypatch):
    """A recipe of one package, of which apt fetches half before it gives up."""
    whole = b"an archive"
    digest = hashlib.sha256(whole).hexdigest()
    package = Package("some-music", "2.0-1", digest, "music", "CC0")
    monkeypatch.setattr(corpus, "recipe", lambda: (package,))
    fetch = "printf 'an ar' > some-music_2.0-1_all.deb; echo 'E: gone' >&2; exit 100"
    commands = command(tmp_path / "bin", "apt-get", fetch)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    return commands


def test_what_was_fetched_in_part_is_fetched_again(tmp_path, half_fetched):
    folder = tmp_path / "corpus"
    with pytest.raises(DataError, match="some-music could not be fetched: E: gone"):
        corpus.build(folder, corpus.Progress())
    command(half_fetched, "apt-get", "printf 'an archive' > some-music_2.0-1_all.deb")
    with pytest.raises(DataError, match=r"some-music_2\.0-1_all\.deb could not be unpacked: "):
        corpus.build(folder, corpus.Progress())
    assert not (folder / "some-music" / "complete").exists()
    command(half_fetched, "dpkg-deb", "exit 0")
    assert corpus.build(folder, corpus.Progress()) == ()


ACTED = Package(
    "some-game", "1.0", "0" * 64, "speech", "CC0", r"voices/(\w+)/", without=("machine",)
)


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """A corpus folder whose only package has been unpacked, and is the whole recipe."""
    folder = tmp_path / "corpus"
    monkeypatch.setattr(corpus, "recipe", lambda: (ACTED,))
    package = folder / ACTED.name
    for voice in ("ann", "bob", "machine"):
        for number in range(3):
            recording(package / "voices" / voice / f"{number}.wav", seconds=1.0, rate=16000)
    recording(package / "voices" / "ann" / "telephone.wav", seconds=1.0)
    recording(package / "sounds" / "horn.wav", rate=16000)
    (package / "complete").touch()
    return folder


def test_files_of_a_package_are_sorted_by_voice_and_the_rest_is_left_out(unpacked):
    tracks = corpus.build(unpacked, corpus.Progress())
    assert sorted({(t.voice, t.path.parent.name) for t in tracks}) == [
        ("ann", "ann"),
        ("bob", "bob"),
    ]
    assert len(tracks) == 6
    assert corpus.read_index(unpacked) == tracks


def test_a_folder_of_speech_is_added_where_it_is_each_file_a_voice(unpacked, tmp_path):
    added = tmp_path / "elsewhere"
    for number in range(40):
        recording(added / f"voice-{number}.wav", seconds=1.0)
    tracks = corpus.build(unpacked, corpus.Progress(), speech=[added])
    spoken = {t.path: t for t in corpus.read_index(unpacked) if t.package == "elsewhere"}
    assert len(spoken) == 40
    assert spoken[added / "voice-7.wav"].voice == "voice-7"
    assert {t.split for t in spoken.values()} == {"train", "validation"}
    assert len(tracks) == 46


def test_a_folder_without_speech_is_refused(unpacked, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty holds no recordings of speech"):
        corpus.build(unpacked, corpus.Progress(), speech=[tmp_path / "empty"])


def test_all_recordings_of_a_voice_are_in_the_same_split(tmp_path, monkeypatch):
    package = replace(ACTED, without=())
    monkeypatch.setattr(corpus, "recipe", lambda: (package,))
    unpacked = tmp_path / package.name
    for voice in range(60):
        for number in range(2):
            recording(unpacked / "voices" / str(voice) / f"{number}.wav", seconds=1.0, rate=16000)
    (unpacked / "complete").touch()
    splits = {}
    for track in corpus.build(tmp_path, corpus.Progress()):
        splits.setdefault(track.voice, set()).add(track.split)
    assert all(len(found) == 1 for found in splits.values())
    assert 1 <= list(splits.values()).count({"validation"}) <= 15


def test_the_recipe_sorts_speech_by_voice_where_a_package_has_several():
    voices = {package.name: package for package in corpus.recipe()}
    stamps, potatoes, worms = (
        voices[name] for name in ("tuxpaint-stamps-default", "ktuberling-data", "hedgewars-data")
    )
    assert stamps.voice_of("usr/share/tuxpaint/stamps/cuckoo_desc_pt_BR.ogg") == "pt_BR"
    assert stamps.voice_of("usr/share/tuxpaint/stamps/cuckoo_desc.ogg") == "default"
    assert stamps.voice_of("usr/share/tuxpaint/stamps/cuckoo_desc_es.ogg") is None
    assert stamps.voice_of("usr/share/tuxpaint/stamps/cuckoo.ogg") is None
    assert potatoes.voice_of("usr/share/ktuberling/sounds/lt/moon_radar.ogg") == "lt"
    assert worms.voice_of("Data/Sounds/voices/Pirate/Boring.ogg") == "Pirate"
    assert worms.voice_of("Data/Music/rock.ogg") is None
    assert voices["festvox-ru"].voice_of("wav/ru_0001.wav") == "festvox-ru"
    assert voices["wesnoth-1.16-music"].voice_of("music/knolls.ogg") == ""
