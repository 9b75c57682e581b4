"""Goes through a recording block by block, so that its length costs time and no memory."""

from __future__ import annotations

import importlib
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace

import numpy as np

from uasrm_core.audio.clip import AudioClip, silence_unplayable
from uasrm_core.detect.clicks import find_clicks
from uasrm_core.detect.clipping import find_clipping
from uasrm_core.detect.detections import (
    DEFAULT_SENSITIVITY,
    Detection,
    DetectSettings,
    SearchedPart,
    at_sensitivity,
)
from uasrm_core.detect.dropouts import find_dropouts
from uasrm_core.detect.prediction import hop_of, predict
from uasrm_core.detect.registry import BLOCKS, DETECTORS, DetectorTraits
from uasrm_core.detect.repeats import detect_repeats
from uasrm_core.detect.settling import Settling
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

BLOCK_FRAMES = 1 << 18
# Longer than any dropout that is looked for, with what it is compared with.
MARGIN_S = 1.0
WORKERS = 2
CHECK_EVERY_S = 0.1
# The edges of a hole and the corners of a flat top click, and are no damage of their own.
EDGE_S = 0.003
SAME_SHARE = 0.5
# Two clicks so sure make a hole of what lies between them, unless it is as sure.
FRAMING_CLICK, SURE_HOLE = 0.9, 0.8


def detect(
    clip: AudioClip, settings: DetectSettings | None = None, progress: Progress | None = None
) -> tuple[Detection, ...]:
    """Find what is probably damaged, in time's order.

    What is found is handed over on the way, as `SearchedPart`, which together hold the same.

    Returns
    -------
    The detections that `DetectSettings.sensitivity` keeps; with sensitivity 1 all of them, from
    which `at_sensitivity` takes those of any other.

    Raises
    ------
    FileError
        The recording cannot be read any more.
    Cancelled
        The user asked to stop.
    """
    settings, progress = settings or DetectSettings(), progress or Progress()
    families: dict[str, list[DetectorTraits]] = {}
    for name in settings.kinds:
        families.setdefault(DETECTORS[name].location, []).append(DETECTORS[name])
    detections: list[Detection] = []
    for number, (location, members) in enumerate(families.items()):
        part = progress.part(number / len(families), (number + 1) / len(families))
        names = tuple(traits.name for traits in members)
        for found, until_frame in _scan(clip, location, members, part):
            kept = at_sensitivity(found, settings.sensitivity)
            detections += kept
            progress.on_part(SearchedPart(names, kept, until_frame))
    progress.report(1.0)
    return tuple(sorted(detections, key=lambda each: (each.start_frame, each.end_frame)))


def _scan(
    clip: AudioClip, location: str, members: Sequence[DetectorTraits], progress: Progress
) -> Iterator[tuple[Sequence[Detection], int]]:
    """Yield what detectors of one module find, with up to where that is all."""
    if location == BLOCKS:
        yield from _scan_blocks(clip, tuple(traits.name for traits in members), progress)
        return
    module = importlib.import_module(f"uasrm_core.detect.{location}")
    yield module.scan(clip, [traits.kind for traits in members], progress), clip.frames


def _scan_blocks(
    clip: AudioClip, kinds: tuple[str, ...], progress: Progress
) -> Iterator[tuple[Sequence[Detection], int]]:
    settling = Settling(clip.rate)
    for number, found in enumerate(_find_in_blocks(clip, kinds, progress), start=1):
        until_frame = number * BLOCK_FRAMES
        if until_frame < clip.frames:
            yield settling.add(found, until_frame), settling.final_until_frame
        else:
            yield settling.add(found, math.inf), clip.frames


def _find_in_blocks(
    clip: AudioClip, kinds: tuple[str, ...], progress: Progress
) -> Iterator[list[Detection]]:
    """Look through the blocks on two cores, a few at a time."""
    starts = range(0, clip.frames, BLOCK_FRAMES)
    waiting: deque[Future[list[Detection]]] = deque()
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="detect")
    try:
        for number, start in enumerate(starts):
            progress.report(number / len(starts), tr("Looking for damage"))
            waiting.append(pool.submit(_find_in_block, clip, start, kinds, progress.check))
            if len(waiting) > WORKERS:
                yield _wait_for(waiting.popleft(), progress)
        while waiting:
            yield _wait_for(waiting.popleft(), progress)
    finally:
        # after a cancel the blocks that are begun end at their next step, and nobody waits for that
        pool.shutdown(wait=False, cancel_futures=True)


def _wait_for(block: Future[list[Detection]], progress: Progress) -> list[Detection]:
    """Return the detections of a block; a cancel is heard before it is done."""
    progress.check()
    while block not in wait([block], timeout=CHECK_EVERY_S).done:
        progress.check()
    return block.result()


def _find_in_block(
    clip: AudioClip, start: int, kinds: tuple[str, ...], check: Callable[[], None]
) -> list[Detection]:
    """Return the detections that begin in a block, in the whole recording's frames.

    `check` is called between the steps; it raises `Cancelled` where the user asked to stop.
    """
    check()
    end = min(start + BLOCK_FRAMES, clip.frames)
    # a multiple of the prediction's hop, so that the borders of blocks change nothing in it
    hop = hop_of(clip.rate)
    margin = -(-round(MARGIN_S * clip.rate) // hop) * hop
    low, high = max(start - margin, 0), min(end + margin, clip.frames)
    if high - low < hop:
        return []
    samples = silence_unplayable(clip.read(low, high))
    clicks: list[Detection] = []
    holes: list[Detection] = []
    if {"clicks", "dropouts"}.intersection(kinds):
        predictions = []
        for row in samples:
            check()
            predictions.append(predict(row, clip.rate))
        check()
        clicks = find_clicks(samples, predictions, clip.rate)
        check()
        # what is the same bit for bit comes before what only seems a hole
        holes = detect_repeats(samples, clip.rate, _keep_sure(clicks))
        holes += find_dropouts(samples, predictions, clip.rate)
        holes = _drop_framed(holes, clicks, round(EDGE_S * clip.rate))
    # What is flat is flat without its surroundings, and passages are joined across borders later.
    own = slice(start - low, end - low)
    flat = [
        _move(detection, start - low) for detection in find_clipping(samples[:, own], clip.rate)
    ]
    # a passage that is cut far down is quieter than what is around it, too
    dropouts = _keep_apart(_settle(holes), _keep_sure(flat))
    kept = {
        "clicks": _drop_explained(clicks, _keep_sure([*holes, *flat]), round(EDGE_S * clip.rate)),
        "dropouts": dropouts,
        # what was turned down far has few steps left, and tops that rounding made flat
        "clipping": _keep_apart(_settle(flat), _keep_sure(dropouts)),
    }
    found = [_move(detection, low) for kind in kinds for detection in kept[kind]]
    return [detection for detection in found if start <= detection.start_frame < end]


def _keep_sure(detections: Iterable[Detection]) -> list[Detection]:
    """Return the detections that the default sensitivity keeps."""
    return [
        detection for detection in detections if detection.confidence >= 1.0 - DEFAULT_SENSITIVITY
    ]


def _move(detection: Detection, by: int) -> Detection:
    return replace(
        detection, start_frame=detection.start_frame + by, end_frame=detection.end_frame + by
    )


def _drop_explained(
    clicks: Sequence[Detection], damages: Iterable[Detection], slack: int
) -> list[Detection]:
    spans = np.array([(d.start_frame - slack, d.end_frame + slack) for d in damages]).reshape(-1, 2)
    return [
        click
        for click in clicks
        if not np.any((spans[:, 0] < click.end_frame) & (spans[:, 1] > click.start_frame))
    ]


def _drop_framed(
    holes: Sequence[Detection], clicks: Sequence[Detection], slack: int
) -> list[Detection]:
    """Return the holes but for doubtful ones with a sure click at either end, and sound between.

    The edges of a hole click as well, but then the hole is sure, too.
    """
    sure = [click for click in clicks if click.confidence >= FRAMING_CLICK]
    starts = np.array([click.start_frame for click in sure])
    ends = np.array([click.end_frame for click in sure])

    def is_framed(frame: int) -> bool:
        return bool(np.any((starts <= frame + slack) & (ends >= frame - slack)))

    return [
        hole
        for hole in holes
        if hole.confidence >= SURE_HOLE
        or not (is_framed(hole.start_frame) and is_framed(hole.end_frame))
    ]


def _settle(detections: Sequence[Detection]) -> list[Detection]:
    """Join detections of one place in several channels; of overlapping ones keep the surest."""
    settled: list[Detection] = []
    for detection in sorted(detections, key=lambda detection: -detection.confidence):
        for number, other in enumerate(settled):
            shared = _measure_overlap(detection, other)
            if not shared:
                continue
            if set(detection.channels) <= set(other.channels):
                break
            if shared > SAME_SHARE * max(_measure_length(detection), _measure_length(other)):
                channels = tuple(sorted({*other.channels, *detection.channels}))
                start = min(other.start_frame, detection.start_frame)
                end = max(other.end_frame, detection.end_frame)
                settled[number] = replace(
                    other, channels=channels, start_frame=start, end_frame=end
                )
                break
            if shared > SAME_SHARE * min(_measure_length(detection), _measure_length(other)):
                # the same damage, with another end in this channel: the surer one is right
                break
        else:
            settled.append(detection)
    return settled


def _keep_apart(detections: Iterable[Detection], others: Sequence[Detection]) -> list[Detection]:
    """Return the detections that do not lie for the most part in another."""
    return [
        detection
        for detection in detections
        if not any(
            _measure_overlap(detection, other) > SAME_SHARE * _measure_length(detection)
            for other in others
        )
    ]


def _measure_overlap(a: Detection, b: Detection) -> int:
    return max(min(a.end_frame, b.end_frame) - max(a.start_frame, b.start_frame), 0)


def _measure_length(detection: Detection) -> int:
    return detection.end_frame - detection.start_frame
