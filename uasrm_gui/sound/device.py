"""The sound card, through PortAudio, loaded only when something is played."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from uasrm_core.translation import mark, tr

log = logging.getLogger(__name__)

NO_PORTAUDIO = mark(
    "Sound is off because the PortAudio library is not installed; everything else works."
)
NO_DEVICE = mark("Sound is off because no output device was found; everything else works.")
CLOSE_TIMEOUT_S = 1.0
# Looking for devices anew would pull PortAudio from under one that is just being opened.
_opening = threading.Lock()


class OutputError(Exception):
    """Nothing can be played; the message is for the user.

    Attributes
    ----------
    device
        The name of the device that failed, or empty.
    """

    def __init__(self, message: str, device: str = "") -> None:
        super().__init__(message)
        self.device = device


class NoOutputError(OutputError):
    """There is nothing at all to play on."""


class Stream(Protocol):
    """A device that has been opened."""

    name: str
    rate: int
    channels: int
    latency_s: float

    @property
    def underruns(self) -> int:
        """How often the device had to play on without having been given sound in time."""
        ...

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
    avoid
        Names of devices that have failed.
    """

    rate: int
    channels: int
    device: str = ""
    latency: str = "medium"
    avoid: tuple[str, ...] = ()


Output = Callable[[OutputRequest], Stream]
"""Opens a device, or raises `OutputError`."""


def open_stream(request: OutputRequest) -> Stream:
    """Open a PortAudio device.

    Raises
    ------
    OutputError
        There is no PortAudio, no device, or it cannot be used.
    """
    with _opening:
        return _open(_import_portaudio(), request)


def _open(sd: Any, request: OutputRequest) -> Stream:
    try:
        device = _find_with_care(sd, request)
    except (sd.PortAudioError, ValueError) as error:
        raise NoOutputError(tr(NO_DEVICE)) from error
    if device is None:
        raise NoOutputError(tr(NO_DEVICE))
    most = int(device["max_output_channels"])
    # a mono file is heard on both sides, and more than two channels only where they exist
    channels = min(max(request.channels, 2), most)
    own_rate = round(device["default_samplerate"])
    tries = [(request.rate, channels), (request.rate, 2), (own_rate, channels), (own_rate, 2)]
    problem: Exception | None = None
    for rate, count in dict.fromkeys((rate, min(count, most)) for rate, count in tries):
        try:
            return _DeviceStream(sd, device, rate, count, request.latency)
        except sd.PortAudioError as error:
            problem = error
    log.warning("no stream could be opened: %s", problem)
    name = device["name"]
    raise OutputError(tr("The sound device {name} cannot be used at present.", name=name), name)


def output_names() -> list[str]:
    """Return the names of the devices that can play, or none without PortAudio."""
    try:
        sd = _import_portaudio()
        if _opening.acquire(blocking=False):
            try:
                _look_again(sd)
            finally:
                _opening.release()
        return [d["name"] for d in sd.query_devices() if d["max_output_channels"] > 0]
    except OutputError:
        return []


def _look_again(sd: Any) -> None:
    """Notice devices that came or went, which PortAudio does only while nothing is open."""
    if _DeviceStream.opened == 0:
        # there is no public way
        sd._terminate()
        sd._initialize()


def _import_portaudio() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise NoOutputError(tr(NO_PORTAUDIO)) from error
    return sounddevice


def _find_with_care(sd: Any, request: OutputRequest) -> Any:
    """Find a device; if the one that is wanted is not there, it may have come since."""
    device = None if request.avoid else _find(sd, request.device, ())
    if device is None or request.device not in ("", device["name"]):
        _look_again(sd)
        device = _find(sd, request.device, request.avoid)
    return device


def _find(sd: Any, name: str, avoid: tuple[str, ...]) -> Any:
    """Return the device of that name, else the system's choice, else any, else None."""
    usable = [
        device
        for device in sd.query_devices()
        if device["max_output_channels"] > 0 and device["name"] not in avoid
    ]
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

    opened = 0

    def __init__(
        self, sd: Any, device: Mapping[str, Any], rate: int, channels: int, latency: str
    ) -> None:
        self.name = str(device["name"])
        self.rate = rate
        self.channels = channels
        self.underruns = 0
        self._fill: Callable[[np.ndarray], None] = _silence
        self._stream = sd.OutputStream(
            device=device["index"],
            samplerate=rate,
            channels=channels,
            dtype="float32",
            latency={"low": "low", "medium": 0.08, "high": 0.25}[latency],
            callback=self._fill_output,
        )
        self.latency_s = float(self._stream.latency)
        _DeviceStream.opened += 1

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
            _DeviceStream.opened -= 1
        except Exception:
            log.exception("the sound device could not be closed")

    def _fill_output(self, out: np.ndarray, frames: int, time: object, status: Any) -> None:
        if status.output_underflow:
            self.underruns += 1
        self._fill(out)


def _silence(out: np.ndarray) -> None:
    out[:] = 0.0
