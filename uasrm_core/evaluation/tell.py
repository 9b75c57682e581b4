"""A classifier that tries to tell repairs from the lost sound.

For every gap there are two excerpts: the repaired recording around it, and the recording as it was.
A logistic regression learns to tell them apart by their spectra over time, on some recordings, and
is asked about the others. Its AUC is 0.5 where repairs are undetectable to it, and 1 where it
always knows. A better classifier might tell more: AUCs compare repairs, and prove nothing
undetectable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.evaluation.benchmark import Score
from uasrm_core.evaluation.measures import Comparison
from uasrm_core.optional import optional_package
from uasrm_core.spectral.stft import StftConfig, transform_blocks
from uasrm_core.translation import mark

# So much is heard about the middle of a gap, or the gap and its edges if that is more.
HEARD_S = 0.5
EDGE_S = 0.1
# Bands in Hz, their edges evenly spaced on a scale that is linear to 700 Hz (O'Shaughnessy 1987).
BANDS, TOP_HZ = 20, 8000.0
# Bands are compared over a range of so many dB under the loudest of an excerpt.
RANGE_DB = 70.0
PARTS = 5
LEAST_RECORDINGS = 4
# Of the logistic regression: small, since there are more features than gaps.
INVERSE_PENALTY = 0.02
NEEDS = mark("Telling repairs from clean sound needs")


@dataclass
class Tells:
    """Collects excerpts of a benchmark, as a listener of `run_benchmark`."""

    _of: dict[tuple[float, str], list[tuple[str, bool, npt.NDArray[np.float64]]]] = field(
        default_factory=dict
    )

    def hear(self, score: Score, comparison: Comparison) -> None:
        """Take note of a repair, and of the sound that was there."""
        rows = self._of.setdefault((score.cut.length_ms, score.engine), [])
        for is_repair, sound in ((False, comparison.clean), (True, comparison.repaired)):
            found = features(sound, comparison.start, comparison.end, comparison.rate)
            rows.append((score.file, is_repair, found))

    def aucs(self) -> dict[tuple[float, str], float]:
        """Return the AUC by gap length in milliseconds and engine; NaN of too few recordings.

        Raises
        ------
        DataError
            scikit-learn is not installed.
        """
        return {
            key: cross_validated_auc(
                np.array([found for _, _, found in rows]),
                [is_repair for _, is_repair, _ in rows],
                [file for file, _, _ in rows],
            )
            for key, rows in sorted(self._of.items())
        }


def cross_validated_auc(
    excerpts: npt.NDArray[np.float64], are_repairs: Sequence[bool], files: Sequence[str]
) -> float:
    """Return how well repairs are told from clean sound in recordings that were not learnt from.

    Parameters
    ----------
    excerpts
        ``(excerpts, features)``.
    files
        Which recording each is of; all of a recording are in the same part.

    Returns
    -------
    Area under the receiver's operating curve; NaN with fewer than `LEAST_RECORDINGS`.
    """
    if len(set(files)) < LEAST_RECORDINGS:
        return float("nan")
    linear = optional_package("sklearn.linear_model", "evaluate", NEEDS)
    selection = optional_package("sklearn.model_selection", "evaluate", NEEDS)
    pipeline = optional_package("sklearn.pipeline", "evaluate", NEEDS)
    scaling = optional_package("sklearn.preprocessing", "evaluate", NEEDS)
    metrics = optional_package("sklearn.metrics", "evaluate", NEEDS)
    classifier = pipeline.make_pipeline(
        scaling.StandardScaler(), linear.LogisticRegression(C=INVERSE_PENALTY, max_iter=1000)
    )
    parts = selection.GroupKFold(min(PARTS, len(set(files))))
    said = selection.cross_val_predict(
        classifier, excerpts, are_repairs, groups=files, cv=parts, method="decision_function"
    )
    return float(metrics.roc_auc_score(are_repairs, said))


def features(samples: Samples, start: int, end: int, rate: int) -> npt.NDArray[np.float64]:
    """Return what a classifier hears of an excerpt, ``(features,)``.

    Of each band: how much louder, and how much livelier, the gap is than the sound beside it, how
    lively it is, and how far its level jumps at the edges and between columns within.

    Parameters
    ----------
    samples
        float32 ``(channels, frames)``.
    start, end
        The gap within them.
    """
    frames = max(round(HEARD_S * rate), end - start + 2 * round(EDGE_S * rate))
    low = max((start + end - frames) // 2, 0)
    sound = samples[:, low : low + frames]
    size = 2 * round(0.016 * rate)
    config = StftConfig(fft_size=size, hop_frames=size // 4)
    blocks = np.lib.stride_tricks.sliding_window_view(sound, size, axis=-1)[:, :: size // 4]
    power = np.square(np.abs(transform_blocks(blocks, config))).sum(axis=0)
    levels = _measure_band_levels(power, rate / size)
    centres = low + np.arange(len(levels)) * config.hop_frames + size / 2
    inside = (centres >= start) & (centres < end)
    if not inside.any():
        inside[np.argmin(np.abs(centres - (start + end) / 2))] = True
    jumps = np.abs(np.diff(levels, axis=0))
    at_edge = inside[1:] != inside[:-1]
    within, beside = levels[inside], levels[~inside]
    quiet = np.zeros((1, levels.shape[1]))
    return np.concatenate(
        [
            within.mean(axis=0) - beside.mean(axis=0),
            within.std(axis=0) - beside.std(axis=0),
            within.std(axis=0),
            jumps[at_edge].max(axis=0) - jumps.mean(axis=0) if at_edge.any() else quiet[0],
            np.concatenate([jumps[inside[1:] & inside[:-1]], quiet]).mean(axis=0),
            [levels[inside].std(axis=1).mean() - levels[~inside].std(axis=1).mean()],
        ]
    )


def _measure_band_levels(power: npt.NDArray[np.floating], bin_hz: float) -> npt.NDArray[np.float64]:
    """Return levels in dB over a range under the loudest, ``(columns, bands)``."""
    top = 2595.0 * np.log10(1.0 + TOP_HZ / 700.0)
    edges = 700.0 * (10 ** (np.linspace(0.0, top, BANDS + 1) / 2595.0) - 1.0)
    hz = np.arange(power.shape[1]) * bin_hz
    bands = np.stack([power[:, (hz >= a) & (hz < b)].sum(axis=1) for a, b in pairwise(edges)])
    loudest = max(float(bands.max()), 1e-12)
    floor = loudest * 10 ** (-RANGE_DB / 10)
    return np.asarray(10.0 * np.log10(bands.T + floor) - 10.0 * np.log10(loudest))
