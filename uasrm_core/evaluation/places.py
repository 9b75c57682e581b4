"""Where the gaps of a benchmark are cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region

AUDIBLE_RMS = 0.01
AUDIBLE_S = 0.3
EDGE_S = 0.25
TRIES_PER_PLACE = 50

# Packets of speech, and how many are lost in a row on average.
PACKET_MS = 20.0
MEAN_BURST_PACKETS = 2.0

RIVAL_COUNT = 4
RIVAL_SEED = 11
RIVAL_SEEDS = {"vibe_ace": 11, "sugar_plum_fairy": 12, "hungarian_dance_5": 13, "solo_trumpet": 11}
RIVAL_MARGIN_S = 11.0
RIVAL_MARGINS_S = {"solo_trumpet": 0.3}


@dataclass(frozen=True)
class Cut:
    """A place to damage, half-open in frames.

    Attributes
    ----------
    length_ms
        The nominal length; places alike in length and kind are averaged together.
    kind
        ``gap``, where the sound is lost, the kind of box that lies over it, or a share of lost
        packets.
    band_hz
        The damaged band, or None for all frequencies.
    losses
        Of lost packets, the stretches that are lost; everything between them is intact.
    """

    start_frame: int
    end_frame: int
    length_ms: float
    kind: str = "gap"
    band_hz: tuple[float, float] | None = None
    losses: tuple[tuple[int, int], ...] = ()

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """The damaged stretches, half-open."""
        return self.losses or ((self.start_frame, self.end_frame),)


def random_cuts(
    clip: AudioClip, gaps_ms: tuple[float, ...], *, count: int, rng: np.random.Generator
) -> list[Cut]:
    """Draw places where something sounds, the same ones for every length.

    Lengths that leave less than `EDGE_S` of sound on a side are left out; fewer than `count`
    places come back where most of the recording is near silence.
    """
    edge = round(EDGE_S * clip.rate)
    fitting = [ms for ms in gaps_ms if frames_of(ms, clip.rate) + 2 * edge < clip.frames]
    if not fitting:
        return []
    last = clip.frames - edge - frames_of(max(fitting), clip.rate)
    starts: list[int] = []
    for _ in range(count * TRIES_PER_PLACE):
        start = int(rng.integers(edge, last, endpoint=True))
        if is_audible(clip, start):
            starts.append(start)
            if len(starts) == count:
                break
    return _place_cuts(starts, fitting, clip)


def rival_cuts(clip: AudioClip, gaps_ms: tuple[float, ...], name: str) -> list[Cut]:
    """Cut where the npm package ``@audio/denoise-repair`` 0.4 cuts, four places a recording.

    Its recordings are known by `name`, the file's name without extension; any other takes the
    seed and the margin of the first.
    """
    rate, frames = clip.rate, clip.frames
    margin_s = RIVAL_MARGINS_S.get(name, RIVAL_MARGIN_S)
    margin = round(min(margin_s * rate, frames / 2 - 2 * rate))
    if margin < 0:
        return []
    state = RIVAL_SEEDS.get(name, RIVAL_SEED)
    starts = []
    for _ in range(RIVAL_COUNT):
        state = (1664525 * state + 1013904223) % 2**32
        start = int(margin + state / 2**32 * (frames - 2 * margin - 1.1 * rate))
        if is_audible(clip, start):
            starts.append(start)
    return _place_cuts(starts, gaps_ms, clip)


def labelled_cuts(clip: AudioClip, regions: tuple[Region, ...]) -> list[Cut]:
    """Cut the stretches that a label file names, over the whole band."""
    checked = [region.fit_to(clip.info) for region in regions]
    return [
        Cut(region.start_frame, region.end_frame, round(1000 * region.frames / clip.rate, 1))
        for region in checked
    ]


def lossy_cuts(clip: AudioClip, share: float, rng: np.random.Generator) -> list[Cut]:
    """Lose a share of the packets of a recording, in bursts; all of it is one damage.

    References
    ----------
    Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39, 1960.
    """
    packet = frames_of(PACKET_MS, clip.rate)
    end_burst = 1.0 / MEAN_BURST_PACKETS
    begin_burst = end_burst * share / (1.0 - share)
    is_lost = False
    losses: list[tuple[int, int]] = []
    # the first packet arrives, and what is left of the last one is no packet
    for start in range(packet, clip.frames - packet, packet):
        is_lost = rng.uniform() >= end_burst if is_lost else rng.uniform() < begin_burst
        if is_lost and losses and losses[-1][1] == start:
            losses[-1] = (losses[-1][0], start + packet)
        elif is_lost:
            losses.append((start, start + packet))
    kind = f"losses {share:.0%}"
    return [Cut(0, clip.frames, PACKET_MS, kind, losses=tuple(losses))] if losses else []


def frames_of(length_ms: float, rate: int) -> int:
    """Return a length in frames, at least one."""
    return max(1, round(length_ms * rate / 1000))


def is_audible(clip: AudioClip, start_frame: int) -> bool:
    """Return whether the next `AUDIBLE_S` seconds are more than near silence."""
    end = min(start_frame + int(AUDIBLE_S * clip.rate), clip.frames)
    heard = clip.read(start_frame, end).astype(np.float64)
    return bool(np.sqrt(np.mean(heard**2)) > AUDIBLE_RMS)


def _place_cuts(
    starts: list[int], gaps_ms: list[float] | tuple[float, ...], clip: AudioClip
) -> list[Cut]:
    """Return a gap of each length at each place where it fits."""
    cuts = [Cut(start, start + frames_of(ms, clip.rate), ms) for ms in gaps_ms for start in starts]
    return [cut for cut in cuts if cut.end_frame < clip.frames]
