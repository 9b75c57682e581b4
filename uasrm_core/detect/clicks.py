"""Clicks and crackle: short bursts that neither the sound before nor the sound after explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.classifier import load_classifier
from uasrm_core.detect.contours import describe_bands, describe_errors, find_reach
from uasrm_core.detect.detections import LEAST_CONFIDENCE, Detection
from uasrm_core.detect.evidence import describe_evidence
from uasrm_core.detect.prediction import ORDER, Prediction, Vectors, errors_around
from uasrm_core.interpolation.declick import measure_excess, walk_out
from uasrm_core.spectral.speech import speech_probability

CELL_FRAMES = 32
# The usual surprise is taken over so long: longer than any click, shorter than a note.
SCALE_S = 0.047
# How far a burst of 1, 8 and 48 frames must stick out to be looked at more closely.
PEAK_RATIO, SHORT_RATIO, LONG_RATIO = 4.5, 2.6, 1.8
SHORT_FRAMES, LONG_FRAMES = 8, 48
APART_CELLS = 2
# Surroundings are looked at in rings, so many cells away on either side.
RINGS = ((1, 2), (2, 4), (4, 8), (8, 16), (16, 32), (32, 64))
REACH = RINGS[-1][1]
# How far the prediction errors are compared with a burst's peak, and what belongs to the peak.
SIDE_FRAMES, PEAK_FRAMES = 96, 12
SMALL = 1e-4
# What belongs to a click stands out by so much, but for so short gaps, and more than what of the
# sound lies between lacks, of which a frame counts no more than so much.
EDGE_RATIO, EDGE_GAP_S, LEAST_NEPERS = 2.0, 0.00055, -1.0
EDGE_MARGIN_FRAMES = 2
# A click begins at once: what is so much weaker before its peak is the sound, which may rise there.
ONSET_SHARE = 2e-4
# So far from a peak its click may reach.
LONGEST_SIDE_S = 0.016
# Pulses that lie closer together are one click, if all of it is no longer than a click can be.
JOIN_S, LONGEST_JOINED_S = 0.0015, 0.015
# Of two that lie together, one much less likely than the other says nothing about its extent.
HEARD_SHARE = 0.25
TINY = 1e-12
# Steps of rounding in near silence stick out as clicks do; nobody hears them.
LEAST_PEAK = 4.5 / 32768

# Speech has classifiers of its own, where pieces so long are as likely speech.
SPEECH_S, SPEECH_FROM = 2.0, 0.5
# What both perceptrons give less than that in speech is no click.
SUSPECT_MARGIN = -5.0
# Below it too little is left of a voice to tell it by.
LEAST_SPEECH_RATE = 6000

Features = npt.NDArray[np.float32]
Frames = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Bursts:
    """Places of one channel that stick out.

    Attributes
    ----------
    peaks
        ``(n,)`` the frame that sticks out most of each.
    features
        ``(n, features)``, what a classifier needs to tell damage from a sound's own attack.
    """

    peaks: Frames
    features: Features


@dataclass(frozen=True, eq=False)
class Suspects:
    """Bursts of one channel of speech that may be clicks, with half-open extents.

    `features` are ``(n, features)``, what the classifier of the evidence looks at.
    """

    peaks: Frames
    extents: list[tuple[int, int]]
    features: Features


def find_clicks(samples: Samples, predictions: Sequence[Prediction], rate: int) -> list[Detection]:
    """Find the clicks of a stretch, ``(channels, frames)``, with a prediction for each channel."""
    is_speech = _is_speech(samples, rate)
    bursts = find_bursts(samples, predictions, rate, contours=is_speech)
    weigh = _weigh_in_speech if is_speech else _weigh
    single: list[Detection] = []
    for channel, (row, prediction, found) in enumerate(
        zip(samples, predictions, bursts, strict=True)
    ):
        extents, margins = weigh(row, prediction, found, rate)
        confidences = 1.0 / (1.0 + np.exp(-margins))
        for (start, end), confidence in zip(extents, confidences, strict=True):
            if confidence >= LEAST_CONFIDENCE and np.max(np.abs(row[start:end])) > LEAST_PEAK:
                single.append(Detection(Kind.CLICK, start, end, (channel,), float(confidence)))
    return _join(single, rate)


def find_suspects(row: Samples, prediction: Prediction, found: Bursts, rate: int) -> Suspects:
    """Find which bursts of a channel of speech, with their contours, are to be looked at closely.

    These are the ones that the mean of both perceptrons does not rule out.
    """
    classifiers = [load_classifier(name) for name in ("clicks", "speech_clicks")]
    margin = np.mean([each.margin(found.features) for each in classifiers], axis=0)
    kept = _are_inside(found, row) & (margin >= SUSPECT_MARGIN)
    extents = list(_find_extents(row, prediction, found.peaks[kept], rate))
    features = np.column_stack([margin[kept], describe_evidence(row, extents, rate)])
    return Suspects(found.peaks[kept], extents, features.astype(np.float32))


def _weigh(
    row: Samples, prediction: Prediction, found: Bursts, rate: int
) -> tuple[list[tuple[int, int]], Features]:
    """Return the extents of bursts that may be clicks, and the logits that they are."""
    margin = load_classifier("clicks").margin(found.features)
    kept = _are_inside(found, row) & (1.0 / (1.0 + np.exp(-margin)) >= LEAST_CONFIDENCE)
    return list(_find_extents(row, prediction, found.peaks[kept], rate)), margin[kept]


def _weigh_in_speech(
    row: Samples, prediction: Prediction, found: Bursts, rate: int
) -> tuple[list[tuple[int, int]], Features]:
    """Do what `_weigh` does in speech."""
    suspects = find_suspects(row, prediction, found, rate)
    return suspects.extents, load_classifier("speech_evidence").margin(suspects.features)


def _are_inside(found: Bursts, row: Samples) -> npt.NDArray[np.bool_]:
    return np.asarray((found.peaks >= 2 * ORDER) & (found.peaks < len(row) - 2 * ORDER))


def _is_speech(samples: Samples, rate: int) -> bool:
    """Return whether most of ``(channels, frames)`` sounds like speech."""
    if rate < LEAST_SPEECH_RATE:
        return False
    row, length = samples.mean(axis=0), round(SPEECH_S * rate)
    starts = range(0, max(len(row) - length // 2, 1), length)
    chances = [speech_probability([row[start : start + length]], rate) for start in starts]
    return float(np.median(chances)) >= SPEECH_FROM


def find_bursts(
    samples: Samples, predictions: Sequence[Prediction], rate: int, *, contours: bool = False
) -> list[Bursts]:
    """Find what sticks out of each channel of ``(channels, frames)``, and describe it.

    With `contours` their features are followed by those of `uasrm_core.detect.contours`.
    """
    cells = samples.shape[1] // CELL_FRAMES
    scale_cells = round(SCALE_S * rate / CELL_FRAMES) | 1
    outlines = [
        _build_outline(prediction.surprise, cells, scale_cells) for prediction in predictions
    ]
    found = []
    for channel, outline in enumerate(outlines):
        others = [other.ratio for n, other in enumerate(outlines) if n != channel]
        together = np.max(others, axis=0) if others else outline.ratio
        row, prediction = samples[channel], predictions[channel]
        found.append(_find_bursts(row, prediction, outline, together, rate, contours=contours))
    return found


@dataclass(frozen=True, eq=False)
class _Outline:
    """How far each cell of a channel sticks out, ``(cells,)`` each.

    `scale` is what is usual within `scale_cells`.
    """

    peaks: Samples
    level: Samples
    scale: Samples
    scale_cells: int
    ratios: Samples
    ratio: Samples


def _build_outline(surprise: Samples, cells: int, scale_cells: int) -> _Outline:
    size = np.abs(surprise)
    power = np.square(surprise)
    peaks = _split_in_cells(size, cells).max(axis=1)
    level = np.sqrt(_split_in_cells(power, cells).mean(axis=1)) + TINY
    scale = ndimage.median_filter(level, scale_cells, mode="nearest") + TINY
    short = _find_highest_rms(power, SHORT_FRAMES, cells)
    long = _find_highest_rms(power, LONG_FRAMES, cells)
    ratios = np.stack([peaks / PEAK_RATIO, short / SHORT_RATIO, long / LONG_RATIO]) / scale
    return _Outline(peaks, level, scale, scale_cells, ratios, ratios.max(axis=0))


def _find_highest_rms(power: Samples, frames: int, cells: int) -> Samples:
    highest = _split_in_cells(ndimage.uniform_filter1d(power, frames), cells).max(axis=1)
    # the filter adds and takes away as it goes along, so silence may come out below zero
    return np.asarray(np.sqrt(np.maximum(highest, 0.0)))


def _find_bursts(
    row: Samples,
    prediction: Prediction,
    outline: _Outline,
    together: Samples,
    rate: int,
    *,
    contours: bool,
) -> Bursts:
    ratio = outline.ratio
    cells = len(ratio)
    highest = ndimage.maximum_filter1d(ratio, 2 * APART_CELLS + 1)
    found = np.flatnonzero((ratio > 1.0) & (ratio == highest))
    size = np.abs(_split_in_cells(prediction.surprise, cells)[found])
    frames = found * CELL_FRAMES + size.argmax(axis=1)
    power = _split_in_cells(np.square(row), cells).mean(axis=1)
    power = ndimage.uniform_filter1d(power, outline.scale_cells)
    loud = np.sqrt(np.maximum(power[found], 0.0)) + TINY
    gain = prediction.gains[prediction.stretches_at(frames)]
    crowd = (_cut_around(ratio, found) > 0.7).sum(axis=1)
    reach = max(SIDE_FRAMES, find_reach(rate)) if contours else SIDE_FRAMES
    errors = errors_around(row, prediction, frames, reach)
    columns = [
        *np.log(outline.ratios[:, found] + TINY),
        np.log(gain),
        np.log(outline.peaks[found] / gain / loud + TINY),
        np.log(outline.scale[found] / loud + TINY),
        np.log1p(crowd),
        np.log(ndimage.maximum_filter1d(together, 3)[found] + 0.05),
        *_compare_rings(outline, found),
        *_compare_sides(errors),
    ]
    if contours:
        columns += [*describe_errors(errors, rate), *describe_bands(row, frames, rate)]
    return Bursts(frames, np.stack(columns, axis=1).astype(np.float32))


def _split_in_cells(values: Samples, cells: int) -> Samples:
    return values[: cells * CELL_FRAMES].reshape(cells, CELL_FRAMES)


def _cut_around(values: Samples, found: Frames) -> Samples:
    """Return what surrounds each place, ``(n, 2 * REACH + 1)``."""
    padded = np.pad(values, REACH)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1)[found])


def _compare_rings(outline: _Outline, found: Frames) -> list[Samples]:
    """Compare each burst with its surroundings, ring by ring, before and after."""
    columns = []
    tall, wide = _cut_around(outline.peaks, found), _cut_around(outline.level, found)
    for near, far in RINGS:
        for side in (slice(REACH - far + 1, REACH - near + 1), slice(REACH + near, REACH + far)):
            tallest = tall[:, side].max(axis=1)
            columns.append(np.log((tallest + TINY) / (outline.peaks[found] + TINY)))
            mean = np.sqrt(np.mean(np.square(wide[:, side]), axis=1))
            columns.append(np.log((mean + TINY) / outline.scale[found]))
    return columns


def _compare_sides(errors: tuple[Vectors, Vectors]) -> list[Samples]:
    """Compare what is near each burst with its peak, in both directions of prediction.

    Forwards nothing is wrong before a click begins, backwards nothing after it ends; the attack of
    a note goes on, whichever way it is predicted.
    """
    columns = []
    for error in errors:
        middle = error.shape[1] // 2
        size = np.abs(error[:, middle - SIDE_FRAMES : middle + SIDE_FRAMES])
        peak = size[:, SIDE_FRAMES - PEAK_FRAMES : SIDE_FRAMES + PEAK_FRAMES].max(axis=1) + TINY
        before = size[:, : SIDE_FRAMES - PEAK_FRAMES].mean(axis=1)
        after = size[:, SIDE_FRAMES + PEAK_FRAMES :].mean(axis=1)
        columns += [np.log(before / peak + SMALL), np.log(after / peak + SMALL)]
        columns.append(np.log(np.mean(size > 0.25 * peak[:, None], axis=1) + SMALL))
    return columns


def _find_extents(
    row: Samples, prediction: Prediction, peaks: Frames, rate: int
) -> Iterator[tuple[int, int]]:
    """Yield where each click begins and ends.

    Nothing of a click is in the error of predicting forwards before it begins, and nothing in
    that of predicting backwards after it ends.
    """
    reach, gap = round(LONGEST_SIDE_S * rate), round(EDGE_GAP_S * rate)
    both = errors_around(row, prediction, peaks, reach)
    for peak, forward, backward in zip(peaks.tolist(), *both, strict=True):
        # the error at the peak stands before that of the side
        onset = forward[: reach + PEAK_FRAMES][::-1]
        before = _measure_side(onset, gap, PEAK_FRAMES) + EDGE_MARGIN_FRAMES
        after = _measure_side(backward[reach:], gap) + EDGE_MARGIN_FRAMES
        yield max(peak - before, 0), min(peak + 1 + after, len(row))


def _measure_side(error: Vectors, gap: int, peak_frames: int = 0) -> int:
    """Return how far a click goes on, walking away from its peak through a prediction error.

    Sound of its own stands out for a moment here and there; what belongs to a click does so for
    most of the way. Where the error begins so many frames on the other side of the peak, what
    belongs to it is no weaker than `ONSET_SHARE` of that.
    """
    excess = measure_excess(error)
    highest = float(np.max(excess[: 2 * peak_frames], initial=0.0))
    least = max(EDGE_RATIO**2, ONSET_SHARE * highest)
    over = np.log(excess[peak_frames:] / least + TINY)
    evidence = np.cumsum(np.maximum(over[: walk_out(over > 0.0, gap)], LEAST_NEPERS))
    if not len(evidence) or evidence.max() <= 0.0:
        return 0
    return int(np.argmax(evidence)) + 1


def _join(detections: list[Detection], rate: int) -> list[Detection]:
    """Make one detection of those that lie together in time, over all their channels."""
    apart, longest = round(JOIN_S * rate), round(LONGEST_JOINED_S * rate)
    joined: list[Detection] = []
    for detection in sorted(detections, key=lambda detection: detection.start_frame):
        last = joined[-1] if joined else None
        if (
            last is None
            or detection.start_frame > last.end_frame + apart
            or (
                detection.start_frame >= last.end_frame
                and detection.end_frame - last.start_frame > longest
            )
        ):
            joined.append(detection)
            continue
        weaker, stronger = sorted((last, detection), key=lambda each: each.confidence)
        if weaker.confidence < HEARD_SHARE * stronger.confidence:
            # an echo of the stronger one in the analysis, or noise
            joined[-1] = stronger
            continue
        joined[-1] = Detection(
            Kind.CLICK,
            last.start_frame,
            max(last.end_frame, detection.end_frame),
            tuple(sorted({*last.channels, *detection.channels})),
            stronger.confidence,
        )
    return joined
