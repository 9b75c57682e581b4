"""Rings and whistles: tones that come and go over the sound, steady or sliding."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import AudioClip, silence_unplayable
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import LEAST_CONFIDENCE, Detection
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, transform_blocks
from uasrm_core.translation import tr

WINDOW_S, HOP_S = 0.093, 0.023
# So much is looked at in one go, with surroundings to know what is usual.
BLOCK_S, AROUND_S = 20.0, 5.0
LEAST_HZ = 200.0
# How far a peak stands out of the bins around it, and out of what its bin stays under for most of
# the time.
BESIDE_BINS, BESIDE_DB = 41, 12.0
USUAL_SHARE, NEW_DB = 0.8, 8.0
# A tone moves so far from column to column, and may be hidden for so many.
SLIDE_BINS = 2.5
HIDDEN_COLUMNS = 2
SHORTEST_S = 0.15
# Where a tone wavers about a smooth curve by more, in bins, it is no whistle.
SMOOTH_BINS = 0.6
# Tones that share so much of the time of the shorter are one ring.
TOGETHER = 0.6
# Confidence: decibels over what is usual that are as good as even odds, and as odds of e to one.
EVEN_DB, SLOPE_DB = 24.0, 4.0
EDGE_HZ = 60.0
FLOOR = 1e-6

Spectra = npt.NDArray[np.float32]


@dataclass
class _Track:
    """A tone followed from column to column: columns, bins (with fractions), levels in dB."""

    columns: list[int] = field(default_factory=list)
    bins: list[float] = field(default_factory=list)
    new_db: list[float] = field(default_factory=list)

    def add(self, column: int, place: float, new_db: float) -> None:
        self.columns.append(column)
        self.bins.append(place)
        self.new_db.append(new_db)

    def expected(self, column: int) -> float:
        """Return where it should be, if it goes on sliding as it did."""
        if len(self.bins) < 3:
            return self.bins[-1]
        slope = (self.bins[-1] - self.bins[-3]) / max(self.columns[-1] - self.columns[-3], 1)
        return self.bins[-1] + slope * (column - self.columns[-1])


def scan(clip: AudioClip, kinds: Collection[Kind], progress: Progress) -> list[Detection]:
    """Find tones that were laid over a recording; see `uasrm_core.detect.analysis.detect`."""
    del kinds
    config = _choose_config(clip.rate)
    detections: list[Detection] = []
    for start, end in _list_blocks(clip):
        progress.report(start / clip.frames, tr("Looking for damage"))
        found = _find_in_block(clip, start, end, config)
        detections += [detection for detection in found if start <= detection.start_frame < end]
    return detections


def _choose_config(rate: int) -> StftConfig:
    size = 2 ** round(np.log2(WINDOW_S * rate))
    return StftConfig(fft_size=size, hop_frames=size // 4)


def _list_blocks(clip: AudioClip) -> Iterator[tuple[int, int]]:
    step = round(BLOCK_S * clip.rate)
    for start in range(0, clip.frames, step):
        yield start, min(start + step, clip.frames)


def _find_in_block(clip: AudioClip, start: int, end: int, config: StftConfig) -> list[Detection]:
    around = round(AROUND_S * clip.rate)
    low, high = max(start - around, 0), min(end + around, clip.frames)
    if high - low < config.fft_size:
        return []
    levels = _measure_levels(silence_unplayable(clip.read(low, high)), config)
    tracks = _keep_long(_follow_tracks(levels, clip.rate, config), clip.rate, config)
    return [_find(group, clip, low, config) for group in _group_tracks(tracks)]


def _measure_levels(samples: Spectra, config: StftConfig) -> Spectra:
    """Return the level of each bin, all channels together, ``(columns, bins)`` in dB."""
    power = np.zeros((0, 0), np.float32)
    for row in samples:
        pieces = np.lib.stride_tricks.sliding_window_view(row, config.fft_size)
        spectrum = transform_blocks(pieces[:: config.hop_frames], config)
        own = spectrum.real**2 + spectrum.imag**2
        power = own if not len(power) else power + own
    scale = FLOOR * config.fft_size
    return np.asarray(10 * np.log10(power / len(samples) + scale**2), np.float32)


def _follow_tracks(levels: Spectra, rate: int, config: StftConfig) -> list[_Track]:
    """Follow the peaks that stand out of their surroundings in pitch and in time."""
    beside = ndimage.median_filter(levels, size=(1, BESIDE_BINS), mode="nearest")
    background = np.quantile(levels, USUAL_SHARE, axis=0)
    new = levels - background
    peak = (levels >= np.roll(levels, 1, axis=1)) & (levels > np.roll(levels, -1, axis=1))
    peak &= (levels - beside > BESIDE_DB) & (new > NEW_DB)
    peak[:, : max(int(LEAST_HZ / config.bin_hz(rate)), 1)] = False
    peak[:, -1] = False
    done: list[_Track] = []
    going: list[_Track] = []
    for column in range(len(levels)):
        done += [t for t in going if column - t.columns[-1] > HIDDEN_COLUMNS + 1]
        going = [t for t in going if column - t.columns[-1] <= HIDDEN_COLUMNS + 1]
        places = np.flatnonzero(peak[column])
        taken: set[int] = set()
        for track in sorted(going, key=lambda t: -len(t.columns)):
            if not len(places):
                break
            nearest = int(np.argmin(np.abs(places - track.expected(column))))
            off = abs(float(places[nearest]) - track.expected(column))
            if nearest not in taken and off <= SLIDE_BINS:
                taken.add(nearest)
                where = int(places[nearest])
                track.add(
                    column, _interpolate_peak(levels[column], where), float(new[column, where])
                )
        for number, where in enumerate(places.tolist()):
            if number not in taken:
                track = _Track()
                track.add(
                    column, _interpolate_peak(levels[column], where), float(new[column, where])
                )
                going.append(track)
    return done + going


def _interpolate_peak(levels: Spectra, peak: int) -> float:
    """Return a peak's place between bins, by the parabola through it and its neighbours."""
    a, b, c = (float(level) for level in levels[peak - 1 : peak + 2])
    bend = a - 2 * b + c
    return peak + (0.5 * (a - c) / bend if bend < 0 else 0.0)


def _keep_long(tracks: list[_Track], rate: int, config: StftConfig) -> list[_Track]:
    """Return the tracks that last, are there all the time, and move smoothly."""
    least = SHORTEST_S * rate / config.hop_frames
    kept = []
    for track in tracks:
        span = track.columns[-1] - track.columns[0] + 1
        if span < least or len(track.columns) < 0.7 * span:
            continue
        time = np.linspace(-1, 1, len(track.bins))
        curve = np.polynomial.polynomial.polyfit(time, track.bins, min(3, len(track.bins) - 1))
        off = np.array(track.bins) - np.polynomial.polynomial.polyval(time, curve)
        if float(np.sqrt(np.mean(off**2))) <= SMOOTH_BINS:
            kept.append(track)
    return kept


def _group_tracks(tracks: list[_Track]) -> list[list[_Track]]:
    """Put together what sounds at the same time: the tones of a ring."""
    groups: list[list[_Track]] = []
    for track in sorted(tracks, key=lambda t: -float(np.median(t.new_db))):
        first, last = track.columns[0], track.columns[-1]
        for group in groups:
            other_first, other_last = group[0].columns[0], group[0].columns[-1]
            shared = min(last, other_last) - max(first, other_first)
            if shared > TOGETHER * max(min(last - first, other_last - other_first), 1):
                group.append(track)
                break
        else:
            groups.append([track])
    return groups


def _find(group: list[_Track], clip: AudioClip, low: int, config: StftConfig) -> Detection:
    loudest = group[0]
    same = [t for t in group if np.median(t.new_db) > np.median(loudest.new_db) - SLOPE_DB * 4]
    first = min(track.columns[0] for track in same)
    last = max(track.columns[-1] for track in same)
    bins = [place for track in same for place in track.bins]
    start = low + first * config.hop_frames + config.fft_size // 4
    end = low + last * config.hop_frames + config.fft_size - config.fft_size // 4
    bin_hz = config.bin_hz(clip.rate)
    confidence = 1 / (1 + np.exp((EVEN_DB - float(np.median(loudest.new_db))) / SLOPE_DB))
    return Detection(
        Kind.TONE,
        max(start, 0),
        min(end, clip.frames),
        tuple(range(clip.channels)),
        float(max(confidence, LEAST_CONFIDENCE)),
        max(min(bins) * bin_hz - EDGE_HZ, 0.0),
        min(max(bins) * bin_hz + EDGE_HZ, clip.rate / 2),
    )
