import struct

import numpy as np
import pytest
import soundfile

from uasrm_core.audio.channel_names import name_channels
from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.files import open_clip


def named(channels, *, container="WAV", speakers=None):
    info = SourceInfo(None, container, "PCM_16", 48_000, channels, 100, speakers=speakers)
    return " ".join(name_channels(info))


@pytest.mark.parametrize(
    ("channels", "mask", "names"),
    [
        (6, 0x3F, "L R C LFE Ls Rs"),
        (6, 0x60F, "L R C LFE Ls Rs"),
        (8, 0x63F, "L R C LFE Lb Rb Ls Rs"),
        (4, 0x33, "L R Ls Rs"),
        (3, 0x103, "L R Cs"),
        (4, 0x3, "L R 3 4"),
        (2, 0x7, "L R"),
        (4, 0, "1 2 3 4"),
        (2, 0, "L R"),
    ],
)
def test_a_mask_names_the_channels(channels, mask, names):
    assert named(channels, container="WAVEX", speakers=mask) == names


@pytest.mark.parametrize(
    ("channels", "container", "names"),
    [
        (1, "WAV", "1"),
        (2, "WAV", "L R"),
        (3, "WAV", "1 2 3"),
        (6, "AIFF", "L R C LFE Ls Rs"),
        (8, "W64", "L R C LFE Lb Rb Ls Rs"),
        (9, "WAV", "1 2 3 4 5 6 7 8 9"),
        (5, "FLAC", "L R C Ls Rs"),
        (7, "FLAC", "L R C LFE Cs Ls Rs"),
        (6, "OGG", "L C R Ls Rs LFE"),
        (3, "OGG", "L C R"),
    ],
)
def test_without_a_mask_the_format_or_the_usual_order_does(channels, container, names):
    assert named(channels, container=container) == names


@pytest.mark.parametrize("container", ["WAVEX", "RF64"])
def test_the_mask_is_read_from_the_file(container, tmp_path):
    path = tmp_path / "six.wav"
    soundfile.write(path, np.zeros((100, 6)), 96_000, subtype="PCM_24", format=container)
    data = path.read_bytes()
    # the longer header of 40 bytes: its tag, then the mask after 20 bytes
    form = data.find(struct.pack("<HHI", 0xFFFE, 6, 96_000))
    mask = struct.pack("<I", 0x60F)
    path.write_bytes(data[: form + 20] + mask + data[form + 24 :])
    info = open_clip(path).info
    assert info.speakers == 0x60F
    assert name_channels(info) == ("L", "R", "C", "LFE", "Ls", "Rs")


def test_a_file_without_a_mask_has_none(tmp_path):
    soundfile.write(tmp_path / "four.wav", np.zeros((100, 4)), 48_000, subtype="PCM_16")
    assert open_clip(tmp_path / "four.wav").info.speakers is None
