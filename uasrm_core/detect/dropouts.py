"""Dropouts: sound that breaks off and comes back, and buffers that were played twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.classifier import load_classifier
from uasrm_core.detect.detections import LEAST_CONFIDENCE, Detection
from uasrm_core.detect.edges import EDGE_FEATURES, describe_edges
from uasrm_core.detect.prediction import Prediction
from uasrm_core.detect.steps import measure_step
from uasrm_core.interpolation.gain import measure_ramps

CELL_FRAMES = 16
EDGE_CELLS = 4
# What both measures of level blur an edge by.
GAP_CELLS = 2
LONGEST_S = 0.7
LEAST_CELLS = 4
# By how much a level must fall, and come back, within `EDGE_CELLS` on each side.
EDGE_DB = 6.0
BACK_DB = 14.0
# How far nearly all inside must stay under the levels around it; a loud note is heard through a
# hole of 25 dB.
INSIDE_DB = 0
INSIDE_SHARE = 0.85
# So many rises may end one fall; which of them does is for the classifier to say.
MOST_ENDS = 6
# Digital silence is a candidate by itself.
STILL_S = 0.002
# A click in it parts it in two, of which one may be short.
CLICK_S = 0.006
LEAST_STILL_FRAMES = 24
# So much on each side tells how sound goes on towards silence.
RAMP_CONTEXT_FRAMES = 4400
# How far outside its cells digital silence may begin, and what share of them it fills.
SLACK_FRAMES = 160
STILL_SHARE = 0.8
FLOOR = 1e-7
# Sound of no more steps of the bit depth may be still by rounding.
LEAST_STEPS = 3.0

Features = npt.NDArray[np.float32]
Cells = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Holes:
    """Stretches of one channel whose level falls and comes back at once.

    Attributes
    ----------
    spans
        ``(n, 2)`` first frame and end frame of each.
    features
        ``(n, features)``, what a classifier needs to tell damage from a rest.
    """

    spans: Cells
    features: Features


def find_holes(samples: Samples, predictions: Sequence[Prediction], rate: int) -> list[Holes]:
    """Find where the level of each channel of ``(channels, frames)`` breaks off and comes back."""
    cells = samples.shape[1] // CELL_FRAMES
    surprise = [_level(prediction.surprise, cells, 1) for prediction in predictions]
    found = []
    for channel, row in enumerate(samples):
        others = [level for n, level in enumerate(surprise) if n != channel]
        found.append(_find_holes(row, predictions[channel], surprise[channel], others, rate))
    return found


def _find_holes(
    row: Samples, prediction: Prediction, surprise: Samples, others: list[Samples], rate: int
) -> Holes:
    cells = len(surprise)
    longest = round(LONGEST_S * rate / CELL_FRAMES)
    # The prediction error is the steadiest measure of level, but where the sound is so predictable
    # that it lies under the rounding of 16 bits, only the treble shows a hole.
    levels = [surprise, _level(np.diff(row, 2, prepend=[0, 0]), cells, 4)]
    loud = np.square(row[: cells * CELL_FRAMES]).reshape(cells, CELL_FRAMES).mean(axis=1)
    found: list[tuple[int, int]] = []
    for pairs in (_find_stills(row, rate), *(_pair_edges(level, longest) for level in levels)):
        found += [pair for pair in pairs if not _is_known(pair, found)]
    rounding = LEAST_STEPS * measure_step(row)
    found = [pair for pair in sorted(found) if _is_quieter(loud, *pair, rounding**2)]
    if not found:
        return Holes(np.zeros((0, 2), np.intp), np.zeros((0, FEATURES), np.float32))
    spans, columns = [], []
    for start, end in found:
        span = _place_exactly(row, start * CELL_FRAMES, end * CELL_FRAMES)
        spans.append(span)
        columns.append(
            [
                *_describe_level(levels[0], start, end),
                *_describe_level(levels[1], start, end),
                *_describe_sound(row, loud, (start, end), span),
                *_compare_elsewhere(others or [surprise], start, end),
            ]
        )
    edges = np.array(found) * CELL_FRAMES
    features = np.hstack([columns, describe_edges(row, prediction.surprise, edges)])
    return Holes(np.array(spans, np.intp), features.astype(np.float32))


FEATURES = 32 + EDGE_FEATURES


def _level(values: Samples, cells: int, smooth: int) -> Samples:
    """Return the power of each cell in dB, over so many cells."""
    power = np.square(values[: cells * CELL_FRAMES]).reshape(cells, CELL_FRAMES).mean(axis=1)
    if smooth > 1:
        power = np.maximum(ndimage.uniform_filter1d(power, smooth), 0.0)
    return np.asarray(10 * np.log10(power + FLOOR**2))


def _is_known(pair: tuple[int, int], found: list[tuple[int, int]]) -> bool:
    near = EDGE_CELLS + 2
    return any(abs(pair[0] - a) <= near and abs(pair[1] - b) <= near for a, b in found)


def _pair_edges(level: Samples, longest: int) -> Iterator[tuple[int, int]]:
    """Yield the cells from each sharp fall to the sharp rise that ends it."""
    n = EDGE_CELLS
    if len(level) < 8 * n:
        return
    # at c: the cells from c - n - GAP to c - GAP, and those from c + GAP to c + n + GAP
    padded = np.pad(level, n + GAP_CELLS, mode="edge")
    sides = np.lib.stride_tricks.sliding_window_view(padded, n)
    before, after = sides[: len(level)], sides[n + 2 * GAP_CELLS :][: len(level)]
    falls = _find_tops(before.min(axis=1) - after.max(axis=1))
    rises = _find_tops(after.min(axis=1) - before.max(axis=1))
    medians = np.median(sides, axis=1)
    for start in falls:
        level_before = medians[start]
        begin, end = np.searchsorted(rises, (start + LEAST_CELLS, start + longest))
        ends = rises[begin:end]
        back = np.flatnonzero(medians[ends + n + 2 * GAP_CELLS] > level_before - BACK_DB)
        for end in ends[back[:MOST_ENDS]]:
            limit = min(level_before, medians[end + n + 2 * GAP_CELLS]) - INSIDE_DB
            inside = level[start + GAP_CELLS : end - GAP_CELLS + 1]
            if np.mean(inside < limit) >= INSIDE_SHARE:
                yield int(start), int(end)


def _find_stills(row: Samples, rate: int) -> Iterator[tuple[int, int]]:
    """Yield the cells of each stretch in which nothing moves, shorter than a rest."""
    moving = np.flatnonzero(row[1:] != row[:-1])
    lengths = np.diff(moving)
    edge = 2 * EDGE_CELLS
    for number in np.flatnonzero((lengths > STILL_S * rate) & (lengths < LONGEST_S * rate)):
        start = round((moving[number] + 1) / CELL_FRAMES)
        end = round((moving[number + 1] + 1) / CELL_FRAMES)
        if edge <= start and end < len(row) // CELL_FRAMES - edge:
            yield start, end


def _find_tops(steepness: Samples) -> Cells:
    top = ndimage.maximum_filter1d(steepness, 2 * EDGE_CELLS + 1)
    tops = np.flatnonzero((steepness > EDGE_DB) & (steepness == top))
    edge = 2 * EDGE_CELLS
    return tops[(tops >= edge) & (tops < len(steepness) - edge)]


def _place_exactly(row: Samples, start: int, end: int) -> tuple[int, int]:
    """Place the edges of digital silence to the frame; others a little outside their cells."""
    low, high = max(start - SLACK_FRAMES, 1), min(end + SLACK_FRAMES, len(row))
    moving = np.flatnonzero(row[low:high] != row[low - 1 : high - 1]) + low
    # the longest stretch without a change
    edges = np.concatenate([[low - 1], moving, [high]])
    longest = int(np.argmax(np.diff(edges)))
    first, last = int(edges[longest]), int(edges[longest + 1])
    if last - first > STILL_SHARE * (end - start):
        return first, last
    blur = GAP_CELLS * CELL_FRAMES
    return max(start - blur, 0), min(end + blur, len(row))


def _cut_parts(level: Samples, start: int, end: int) -> tuple[Samples, Samples, Samples]:
    """Return the cells right before, inside and right after, without those that an edge blurs."""
    return (
        level[max(start - EDGE_CELLS - GAP_CELLS, 0) : start - GAP_CELLS + 1],
        level[start + GAP_CELLS : max(end - GAP_CELLS, start + GAP_CELLS + 1)],
        level[end + GAP_CELLS - 1 : end + EDGE_CELLS + GAP_CELLS],
    )


def _describe_level(level: Samples, start: int, end: int) -> list[float]:
    n = EDGE_CELLS
    before, inside, after = _cut_parts(level, start, end)
    far_before = level[max(start - 64, 0) : start - GAP_CELLS + 1]
    far_after = level[end + GAP_CELLS - 1 : end + 64]
    first, last = inside[:n], inside[-n:]
    return [
        float(before.mean() - first.mean()),
        float(after.mean() - last.mean()),
        float(before.min() - inside.max()),
        float(after.min() - inside.max()),
        float(before.mean() - inside.mean()),
        float(before.mean() - np.quantile(inside, INSIDE_SHARE)),
        float(after.mean() - before.mean()),
        float(far_before.mean() - before.mean()),
        float(far_after.mean() - after.mean()),
        float(far_before.std()),
        float(far_after.std()),
        float(inside.std()),
        float(first.mean() - last.mean()),
    ]


def _compare_elsewhere(levels: list[Samples], start: int, end: int) -> list[float]:
    """Return by how much another channel falls and comes back at the same time."""
    changes = []
    for level in levels:
        before, inside, after = _cut_parts(level, start, end)
        fall = before.mean() - inside[:EDGE_CELLS].mean()
        changes.append((float(fall), float(after.mean() - inside[-EDGE_CELLS:].mean())))
    return list(max(changes, key=sum))


def _is_quieter(loud: Samples, start: int, end: int, rounding: float) -> bool:
    """Tell a hole from a flat top, which moves as little, and from what rounding made still."""
    inside = loud[start + GAP_CELLS : max(end - GAP_CELLS, start + GAP_CELLS + 1)].mean()
    around = loud[max(start - 64, 0) : start].mean(), loud[end : end + 64].mean()
    return bool(inside < 0.5 * min(around) and min(around) > rounding)


def _describe_sound(
    row: Samples, loud: Samples, cells: tuple[int, int], span: tuple[int, int]
) -> list[float]:
    start, end = cells
    low, high = span
    before = 10 * np.log10(loud[max(start - 64, 0) : start].mean() + FLOOR**2)
    inside = 10 * np.log10(loud[start + 1 : max(end - 1, start + 2)].mean() + FLOOR**2)
    after = 10 * np.log10(loud[end : end + 64].mean() + FLOOR**2)
    still = row[low + 1 : high] == row[low : high - 1]
    return [
        10.0 * float(np.log(max(end - start, 1))),
        float(before - inside),
        float(after - inside),
        40.0 * float(np.mean(still)) if len(still) else 0.0,
    ]


def find_dropouts(
    samples: Samples, predictions: Sequence[Prediction], rate: int
) -> list[Detection]:
    """Find the dropouts of a stretch, ``(channels, frames)``, each with a prediction."""
    classifier = load_classifier("dropouts")
    single: list[Detection] = []
    for channel, holes in enumerate(find_holes(samples, predictions, rate)):
        for (start, end), confidence in zip(
            holes.spans, classifier.confidence(holes.features), strict=True
        ):
            if confidence >= LEAST_CONFIDENCE:
                row, first, last = samples[channel], int(start), int(end)
                if not np.any(row[first:last] != row[first]):
                    first, last = _add_stills(row, first, last, rate)
                first, last = _add_ramps(row, first, last, rate)
                single.append(Detection(Kind.DROPOUT, first, last, (channel,), float(confidence)))
    return single


def _add_stills(row: Samples, start: int, end: int, rate: int) -> tuple[int, int]:
    """Return digital silence with what of it lies beyond a click at one of its edges."""
    still = row == row[start]
    reach = round(CLICK_S * rate)
    end = _pass_clicks(still, end, reach)
    back = _pass_clicks(still[::-1], len(row) - start, reach)
    return len(row) - back, end


def _add_ramps(row: Samples, start: int, end: int, rate: int) -> tuple[int, int]:
    """Return a hole with what fades out into it, and in again."""
    low = max(start - RAMP_CONTEXT_FRAMES, 0)
    near = row[low : end + RAMP_CONTEXT_FRAMES].astype(np.float64)
    rounding = measure_step(row[low : end + RAMP_CONTEXT_FRAMES]) ** 2 / 12.0
    before, after = measure_ramps(near, start - low, end - low, rate, rounding)
    return start - before, end + after


def _pass_clicks(still: npt.NDArray[np.bool_], end: int, reach: int) -> int:
    """Return where stillness ends, if it may be interrupted for so many frames."""
    while True:
        near = still[end : end + reach + LEAST_STILL_FRAMES]
        edges = np.flatnonzero(np.diff(near, prepend=False, append=False))
        lengths = edges[1::2] - edges[::2]
        long = np.flatnonzero(lengths >= LEAST_STILL_FRAMES)
        if not len(long):
            return end
        end += int(edges[2 * long[0]])
        going_on = np.flatnonzero(~still[end:])
        end = end + int(going_on[0]) if len(going_on) else len(still)
