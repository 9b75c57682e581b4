"""Make the damaged demo recording and its labels from the clean one.

Run from anywhere; the same samples come out every time. The damages are those that restorers
meet: stretches that a player lost, clicks of a record, and a tone that something electrical sang
over the music. The damaged file also carries a ``bext`` chunk before its audio and a ``cue `` chunk
behind it, as broadcast and editing software writes them, so that one can see them survive a repair.
"""

from __future__ import annotations

import argparse
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

SAMPLES = Path(__file__).resolve().parent.parent / "resources" / "samples"
CLEAN = SAMPLES / "hungarian_dance_clean.wav"
DAMAGED = "hungarian_dance_damaged.wav"
LABELS = "hungarian_dance_damaged.txt"

DROPOUTS_S = ((2.600, 0.500), (6.540, 0.060))
CLICKS_S = (1.204, 4.317, 5.062, 7.733, 8.391, 11.846)
CLICK_FRAMES = (9, 25)
CLICK_MARGIN_FRAMES = 6
TONE_START_S = 9.200
TONE_S = 0.600
TONE_HZ = 1130.0
TONE_AMPLITUDE = 0.25
TONE_RAMP_S = 0.030
TONE_BAND_HZ = (1050.0, 1210.0)
SEED = 5

Wave = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Damage:
    """A damaged stretch as the labels file tells it, in frames."""

    start_frame: int
    end_frame: int
    text: str
    band_hz: tuple[float, float] | None = None


def add_dropouts(wave: Wave, rate: int) -> list[Damage]:
    """Silence stretches of `wave` (frames, channels) in place."""
    damages = []
    for start_s, length_s in DROPOUTS_S:
        start, end = round(start_s * rate), round((start_s + length_s) * rate)
        wave[start:end] = 0.0
        damages.append(Damage(start, end, f"dropout {length_s * 1000:.0f} ms"))
    return damages


def add_clicks(wave: Wave, rate: int, rng: np.random.Generator) -> list[Damage]:
    """Add short strong decaying bursts to `wave` (frames, channels) in place."""
    damages = []
    for number, start_s in enumerate(CLICKS_S, start=1):
        frames = int(rng.integers(*CLICK_FRAMES))
        decay = np.exp(-np.arange(frames) / (frames / 4))
        burst = decay * rng.choice([-1.0, 1.0]) * np.cos(np.arange(frames) * rng.uniform(0.6, 1.6))
        start = round(start_s * rate)
        levels = rng.uniform(0.55, 0.9, size=wave.shape[1])
        wave[start : start + frames] += burst[:, None] * levels
        damages.append(
            Damage(
                start - CLICK_MARGIN_FRAMES,
                start + frames + CLICK_MARGIN_FRAMES,
                f"click {number}",
            )
        )
    return damages


def add_tone(wave: Wave, rate: int) -> list[Damage]:
    """Lay a steady tone with soft edges over `wave` (frames, channels) in place."""
    start, frames = round(TONE_START_S * rate), round(TONE_S * rate)
    time = np.arange(frames) / rate
    ramp = np.minimum(time, time[::-1]) / TONE_RAMP_S
    envelope = np.sin(np.pi / 2 * np.minimum(ramp, 1.0)) ** 2
    tone = TONE_AMPLITUDE * envelope * np.sin(2 * np.pi * TONE_HZ * time)
    wave[start : start + frames] += tone[:, None]
    return [Damage(start, start + frames, "tone burst", TONE_BAND_HZ)]


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def bext_chunk() -> bytes:
    """Return a broadcast extension, version 1 (EBU Tech 3285)."""
    body = struct.pack(
        "<256s32s32s10s8sIIH64s190s",
        b"Brahms, Hungarian Dance No. 5, damaged on purpose to show its repair",
        b"UASRM",
        b"UASRM-DEMO-1",
        b"2024-06-01",
        b"12:00:00",
        0,
        0,
        1,
        b"",
        b"",
    )
    return chunk(b"bext", body + b"A=PCM,F=44100,W=16,M=stereo,T=demo\r\n")


def cue_chunk(damages: list[Damage]) -> bytes:
    """Return a cue point at the start of every damage."""
    points = b"".join(
        struct.pack("<II4sIII", number, damage.start_frame, b"data", 0, 0, damage.start_frame)
        for number, damage in enumerate(damages, start=1)
    )
    return chunk(b"cue ", struct.pack("<I", len(damages)) + points)


def write_damaged(path: Path, wave: Wave, rate: int, damages: list[Damage]) -> None:
    """Write `wave` (frames, channels) as 16-bit WAV between its two metadata chunks."""
    channels = wave.shape[1]
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    integers = np.clip(np.rint(wave * 32768), -32768, 32767).astype("<i2")
    body = (
        bext_chunk()
        + chunk(b"fmt ", form)
        + chunk(b"data", integers.tobytes())
        + cue_chunk(damages)
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)


def write_labels(path: Path, damages: list[Damage], rate: int) -> None:
    """Write the damages in Audacity's label format, with its frequency line for a band."""
    lines = []
    for damage in damages:
        lines.append(
            f"{damage.start_frame / rate:.6f}\t{damage.end_frame / rate:.6f}\t{damage.text}"
        )
        if damage.band_hz:
            lines.append(f"\\\t{damage.band_hz[0]:.6f}\t{damage.band_hz[1]:.6f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def cut_clean(source: Path, start_s: float, end_s: float) -> None:
    """Cut the clean excerpt out of the whole recording, with short fades at both ends."""
    whole, rate = soundfile.read(source, always_2d=True)
    wave = whole[round(start_s * rate) : round(end_s * rate)]
    for seconds, edge in ((0.02, wave), (0.15, wave[::-1])):
        frames = round(seconds * rate)
        edge[:frames] *= np.sin(np.linspace(0, np.pi / 2, frames))[:, None] ** 2
    soundfile.write(CLEAN, wave, rate, subtype="PCM_16")


def main() -> None:
    """Write the damaged recording and its labels (and, given the source, the clean one)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--source", type=Path, help="the whole recording, to cut the clean excerpt anew"
    )
    parser.add_argument(
        "--into", type=Path, default=SAMPLES, help="where the damaged copy and its labels go"
    )
    arguments = parser.parse_args()
    if arguments.source:
        cut_clean(arguments.source, 0.15, 14.25)
    wave, rate = soundfile.read(CLEAN, always_2d=True)
    damages = add_dropouts(wave, rate)
    damages += add_clicks(wave, rate, np.random.default_rng(SEED))
    damages += add_tone(wave, rate)
    damages.sort(key=lambda damage: damage.start_frame)
    write_damaged(arguments.into / DAMAGED, wave, rate, damages)
    write_labels(arguments.into / LABELS, damages, rate)


if __name__ == "__main__":
    main()
