from types import SimpleNamespace

import numpy as np
import pytest

from uasrm_gui.sound import device
from uasrm_gui.sound.device import NoOutputError, OutputRequest, open_stream, output_names


class FakePortAudio:
    """Sees the devices that there were when it last looked, like the real one."""

    PortAudioError = RuntimeError

    def __init__(self) -> None:
        self.plugged: list[str] = []
        self._seen: list[str] = []
        self.default = SimpleNamespace(device=(-1, 0))

    def _terminate(self) -> None:
        self._seen = []

    def _initialize(self) -> None:
        self._seen = self.plugged[:]

    def query_devices(self):
        return [
            {"index": n, "name": name, "max_output_channels": 2, "default_samplerate": 48000.0}
            for n, name in enumerate(self._seen)
        ]

    def OutputStream(self, **options):
        self.callback = options["callback"]
        return SimpleNamespace(
            latency=0.1, active=True, start=print, abort=lambda **_: None, close=lambda **_: None
        )


@pytest.fixture
def portaudio(monkeypatch):
    fake = FakePortAudio()
    monkeypatch.setattr(device, "_import_portaudio", lambda: fake)
    return fake


def test_a_device_that_is_plugged_in_later_is_found(portaudio):
    with pytest.raises(NoOutputError):
        open_stream(OutputRequest(44100, 2))
    portaudio.plugged = ["Loudspeakers"]
    stream = open_stream(OutputRequest(44100, 2))
    assert stream.name == "Loudspeakers"
    stream.close()
    portaudio.plugged = ["Loudspeakers", "Headphones"]
    stream = open_stream(OutputRequest(44100, 2, "Headphones"))
    assert stream.name == "Headphones"
    stream.close()
    assert output_names() == ["Loudspeakers", "Headphones"]


def test_a_device_that_failed_is_avoided_and_one_in_use_is_left_alone(portaudio):
    portaudio.plugged = ["Headphones", "Loudspeakers"]
    first = open_stream(OutputRequest(44100, 2))
    portaudio.plugged = ["Loudspeakers"]
    assert output_names() == ["Headphones", "Loudspeakers"]
    second = open_stream(OutputRequest(44100, 2, avoid=("Headphones",)))
    assert second.name == "Loudspeakers"
    first.close()
    second.close()


def test_what_the_device_missed_is_counted(portaudio):
    portaudio.plugged = ["Loudspeakers"]
    stream = open_stream(OutputRequest(44100, 2))
    out = np.ones((4, 2), np.float32)
    for missed in (True, False, True):
        portaudio.callback(out, 4, None, SimpleNamespace(output_underflow=missed))
    assert stream.underruns == 2
    assert not out.any()
    stream.close()
