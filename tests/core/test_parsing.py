"""Times, bands and channels are read as people write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.parsing import parse_band, parse_channels, parse_span, parse_time


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("62.5", 500_000),
        ("1:02.5", 500_000),
        ("0:01:02.5", 500_000),
        (".5", 4000),
        ("90:00", 43_200_000),
        ("44100smp", 44_100),
    ],
)
def test_times(text: str, frame: int) -> None:
    assert parse_time(text).frame(8000) == frame


@given(st.integers(0, 10**8), st.integers(200, 400_000))
def test_samples_are_exact(samples: int, rate: int) -> None:
    assert parse_time(f"{samples}smp").frame(rate) == samples


@pytest.mark.parametrize(
    ("text", "band"),
    [("300-3000", (300, 3000)), ("300-3k", (300, 3000)), ("2.5k-", (2500, None))],
)
def test_bands(text: str, band: tuple[float, float | None]) -> None:
    assert parse_band(text) == band


@pytest.mark.parametrize(("text", "channels"), [("L", (0,)), ("r,L", (0, 1)), ("3, 1", (0, 2))])
def test_channels(text: str, channels: tuple[int, ...]) -> None:
    assert parse_channels(text) == channels


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_time, "one"),
        (parse_time, "-1"),
        (parse_time, "1:2:3:4"),
        (parse_time, "1e5"),
        (parse_time, "9999999999"),
        (parse_time, "٣"),
        (parse_span, "1.5"),
        (parse_span, "1-2-3"),
        (parse_band, "300"),
        (parse_band, "-300"),
        (parse_band, "3m-4m"),
        (parse_channels, ""),
        (parse_channels, "0"),
        (parse_channels, "left"),
    ],
)
def test_what_is_none_is_told(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"“.*”"):
        parse(text)
