"""Nothing that a name, a label or a tag contains steers the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.cli.console import complaint
from uasrm_core.writing.text import json_text, visible, visible_lines

PROGRAM = Path(sys.executable).with_name("uasrm")
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\x7f\u202egnp.exe"
ANYTHING = st.text(st.characters(), max_size=40)  # lone surrogates among them


def is_harmless(text: str) -> bool:
    return not any(
        unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(letter) in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI")
        for letter in text
    )


@given(ANYTHING)
def test_what_is_visible_is_harmless_and_stays_so(text: str) -> None:
    shown = visible(text)
    assert is_harmless(shown)
    assert visible(shown) == shown
    shown.encode()
    assert text.count("\n") == visible_lines(text).count("\n")
    assert is_harmless(complaint(text))


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"]), max_size=40))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.dictionaries(ANYTHING, ANYTHING))
def test_json_for_the_terminal_is_harmless_and_the_same(value: dict[str, str]) -> None:
    for is_ascii in (True, False):
        text = json_text(value, is_ascii=is_ascii)
        assert is_harmless(text)
        assert json.loads(text.encode()) == value


def test_bytes_that_are_no_utf8_are_shown_as_such() -> None:
    assert visible(os.fsdecode(b"caf\xe9.wav")) == "caf\\xe9.wav"


def test_labels_cannot_steer_the_terminal(uasrm, tmp_path, wav_file, tone):
    path = wav_file(tone(1.0), subtype="PCM_16")
    labels = tmp_path / "regions.txt"
    labels.write_bytes(f"0.4\t0.41\tcl\x1b[31mick{ESCAPES}\n".replace("\r", "").encode())
    words = ("-o", tmp_path / "out.wav", "--engine", "ar", "--regions", labels)
    outcome = uasrm("repair", path, *words, "--report", tmp_path / "report.txt")
    assert outcome.status == 0, outcome.err
    assert "cl\\x1b[31mick" in outcome.out
    assert is_harmless(outcome.out.replace("\n", ""))
    report = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert "cl\\x1b[31mick" in report
    assert is_harmless(report.replace("\n", ""))


@pytest.mark.parametrize("name", [f"{ESCAPES}.wav", os.fsdecode(b"\xff\xfe caf\xe9.wav")])
@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
def test_names_of_any_bytes_are_opened_repaired_and_told(
    uasrm, tmp_path, wav_file, tone, name, container
):
    import soundfile

    plain = tmp_path / f"plain.{container.lower()}"
    soundfile.write(plain, tone(1.0).T, 44100, format=container)
    path = plain.rename(tmp_path / name.replace(".wav", plain.suffix))
    out = tmp_path / f"out {path.name}"
    report = tmp_path / f"{name}.json"
    words = ("--engine", "ar", "-r", "0.4-0.41", "--report", report)
    outcome = uasrm("repair", path, "-o", out, *words)
    assert outcome.status == 0, outcome.err
    assert is_harmless(outcome.out.replace("\n", ""))
    written = json.loads(report.read_bytes())
    assert written["input"]["path"] == str(path)
    assert written["output"]["path"] == str(out)
    found = uasrm("detect", out, "--json", "--labels", tmp_path / f"{name}.txt")
    assert found.status == 0, found.err
    assert json.loads(found.out)["input"] == str(out)
    told = uasrm("info", path)
    assert told.status == 0, told.err
    assert is_harmless(told.out.replace("\n", ""))
    assert is_harmless(uasrm("info", tmp_path / f"{name}.none").err.removesuffix("\n"))


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "latin-1"])
def test_wrong_words_are_told_without_their_escapes(encoding: str) -> None:
    done = subprocess.run(
        [PROGRAM, "info", "a", os.fsdecode(b"--\x1b[31m\xff")],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"--\\x1b[31m\\xff" in done.stderr
    assert b"\x1b" not in done.stderr
