import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region
from uasrm_gui.widgets import formats

SURROUND = ("L", "R", "C", "LFE", "Ls", "Rs")


@pytest.mark.parametrize(
    ("seconds", "short", "full"),
    [
        (0, "0.000", "00:00:00.000"),
        (12.3456, "12.346", "00:00:12.346"),
        (59.9999, "1:00.000", "00:01:00.000"),
        (3723.5, "1:02:03.500", "01:02:03.500"),
    ],
)
def test_times_read_as_people_write_them(seconds, short, full):
    assert formats.format_time(seconds) == short
    assert formats.format_time(seconds, full=True) == full


@pytest.mark.parametrize(
    ("elapsed_s", "share", "left"),
    [(10, 0.25, "0:30"), (1, 0.99, "0:05"), (62, 0.5, "1:00"), (600, 0.1, "1:30:00")],
)
def test_how_long_the_rest_of_some_work_takes(elapsed_s, share, left):
    assert formats.format_time_left(elapsed_s, share) == left


@given(st.integers(0, 10**8))
def test_a_time_that_is_shown_can_be_typed_again(thousandths):
    text = formats.format_time(thousandths / 1000)
    assert formats.parse_time(text) == pytest.approx(thousandths / 1000, abs=1e-6)


@pytest.mark.parametrize("text", ["", "soon", "-3", "1:2:3:4", "nan", "1e9", "٣"])
def test_what_is_no_time_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"83\.456"):
        formats.parse_time(text)


@pytest.mark.parametrize(
    ("text", "hz"), [("3000", 3000), ("3k", 3000), ("3,2 kHz", 3200), ("440 Hz", 440), ("", None)]
)
def test_frequencies_may_be_typed_in_several_ways(text, hz):
    assert formats.parse_hz(text) == hz


@pytest.mark.parametrize("text", ["high", "-5", "inf", "3kk"])
def test_what_is_no_frequency_is_refused(text):
    with pytest.raises(ValueError, match="frequency"):
        formats.parse_hz(text)


@pytest.mark.parametrize(
    ("hz", "name"), [(440, "A4 +0 ct"), (261.63, "C4 +0 ct"), (450, "A4 +39 ct"), (0, "")]
)
def test_notes_are_named(hz, name):
    assert formats.note_name(hz) == name


@pytest.mark.parametrize(
    ("text", "channels", "meant"),
    [
        ("all", "LR", None),
        ("L", "LR", (0,)),
        ("r", "LR", (1,)),
        ("1, 3", "1234", (0, 2)),
        ("1,2", "LR", None),
        ("lfe rs", SURROUND, (3, 5)),
        ("C,4", SURROUND, (2, 3)),
    ],
)
def test_channels_may_be_typed(text, channels, meant):
    assert formats.parse_channels(text, channels) == meant


@pytest.mark.parametrize(
    ("text", "channels"), [("3", "LR"), ("0", "LR"), ("L", "1234"), ("x", "LR"), ("Lb", SURROUND)]
)
def test_channels_that_are_not_there_are_refused(text, channels):
    with pytest.raises(ValueError, match="channels"):
        formats.parse_channels(text, channels)


def test_channels_read_short():
    assert formats.format_channels(Region(0, 1), "LR") == "all"
    assert formats.format_channels(Region(0, 1, channels=(1,)), "LR") == "R"
    assert formats.format_channels(Region(0, 1, channels=(0, 4)), SURROUND) == "L,Ls"


@pytest.mark.parametrize(
    ("info", "text"),
    [
        (SourceInfo(None, "WAV", "PCM_24", 44100, 2, 1), "44.1 kHz 24-bit stereo"),
        (SourceInfo(None, "WAV", "FLOAT", 48000, 1, 1), "48 kHz 32-bit float mono"),
        (SourceInfo(None, "OGG", "VORBIS", 22050, 6, 1), "22.05 kHz OGG 6 channels"),
    ],
)
def test_a_recording_is_described(info, text):
    assert formats.describe_format(info) == text
