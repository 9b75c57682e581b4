"""The sound card, through PortAudio, loaded only when something is played."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

log = logging.getLogger(__name__)

NO_PORTAUDIO = "Sound is off because the PortAudio library is not installed; everything else works."
NO_DEVICE = "Sound is off because no output device was found; everything else works."
CLOSE_TIMEOUT_S = 1.0


class OutputError(Exception):
    """Nothing can be played; the message is for the user."""


class NoOutputError(OutputError):
    """There is nothing at all to play on."""


class Stream(Protocol):
    """A device that has been opened."""

    rate: int
    channels: int
    latency_s: float

    @property
    def active(self) -> bool:
        """Whether the device still asks for sound."""
        ...

    def start(self, fill: Callable[[np.ndarray], None]) -> None:
        """Begin to ask `fill` for sound, float32 ``(frames, channels)``."""
        ...

    def close(self) -> None:
        """Let the device go, soon, whatever its state."""
        ...


@dataclass(frozen=True)
class OutputRequest:
    """What sound is to be played, and where.

    Attributes
    ----------
    rate, channels
        What the recording has; a stream comes as near to it as the device can.
    device
        The device's name; empty for the system's own choice.
    latency
        ``low``, ``medium`` or ``high``.
    """

    rate: int
    channels: int
    device: str = ""
    latency: str = "medium"


Output = Callable[[OutputRequest], Stream]
"""Opens a device, or raises `OutputError`."""


def open_stream(request: OutputRequest) -> Stream:
    """Open a PortAudio device.

    Raises
    ------
    OutputError
        There is no PortAudio, no device, or it cannot be used.
    """
    sd = _portaudio()
    try:
        device = _find(sd, request.device)
    except (sd.PortAudioError, ValueError) as error:
        raise NoOutputError(NO_DEVICE) from error
    if device is None:
        raise NoOutputError(NO_DEVICE)
    most = int(device["max_output_channels"])
    # a mono file is heard on both sides, and more than two channels only where they exist
    channels = min(max(request.channels, 2), most)
    own_rate = round(device["default_samplerate"])
    tries = [(request.rate, channels), (request.rate, 2), (own_rate, channels), (own_rate, 2)]
    problem: Exception | None = None
    for rate, count in dict.fromkeys((rate, min(count, most)) for rate, count in tries):
        try:
            return _DeviceStream(sd, device["index"], rate, count, request.latency)
        except sd.PortAudioError as error:
            problem = error
    log.warning("no stream could be opened: %s", problem)
    raise OutputError(f"The sound device {device['name']} cannot be used at present.")


def output_names() -> list[str]:
    """Return the names of the devices that can play, or none without PortAudio."""
    try:
        sd = _portaudio()
        return [d["name"] for d in sd.query_devices() if d["max_output_channels"] > 0]
    except OutputError:
        return []


def _portaudio() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise NoOutputError(NO_PORTAUDIO) from error
    return sounddevice


def _find(sd: Any, name: str) -> Any:
    """Return the device of that name, else the system's choice, else any, else None."""
    usable = [device for device in sd.query_devices() if device["max_output_channels"] > 0]
    for device in usable:
        if device["name"] == name:
            return device
    default = sd.default.device[1]
    for device in usable:
        if device["index"] == default:
            return device
    return usable[0] if usable else None


class _DeviceStream:
    """An opened PortAudio stream."""

    def __init__(self, sd: Any, device: int, rate: int, channels: int, latency: str) -> None:
        self.rate = rate
        self.channels = channels
        self._fill: Callable[[np.ndarray], None] = _silence
        self._stream = sd.OutputStream(
            device=device,
            samplerate=rate,
            channels=channels,
            dtype="float32",
            latency={"low": "low", "medium": 0.08, "high": 0.25}[latency],
            callback=self._callback,
        )
        self.latency_s = float(self._stream.latency)

    @property
    def active(self) -> bool:
        return bool(self._stream.active)

    def start(self, fill: Callable[[np.ndarray], None]) -> None:
        self._fill = fill
        self._stream.start()

    def close(self) -> None:
        # closing a device that was unplugged may never return
        closing = threading.Thread(target=self._close, name="closing sound", daemon=True)
        closing.start()
        closing.join(CLOSE_TIMEOUT_S)

    def _close(self) -> None:
        try:
            self._stream.abort(ignore_errors=True)
            self._stream.close(ignore_errors=True)
        except Exception:
            log.exception("the sound device could not be closed")

    def _callback(self, out: np.ndarray, frames: int, time: object, status: object) -> None:
        self._fill(out)


def _silence(out: np.ndarray) -> None:
    out[:] = 0.0
