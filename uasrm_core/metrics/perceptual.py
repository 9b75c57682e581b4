"""Perceptual metrics of a repair; the package of each is only needed here.

All take the clean and the repaired stretch, float32 ``(channels, frames)``, the gap within it and
the rate. They hear the gap and `EDGE_S` on each side, and return the mean over the channels.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.optional import optional_package
from uasrm_core.translation import mark

EDGE_S = 1.0
FULL_BAND_RATE = 48_000
SPEECH_RATE = 16_000
# The level that PLCMOS hears speech at, and how many raters it is asked to be, each a few numbers.
PLCMOS_PEAK = 0.5
RATERS, RATER_SIZE = 15, 64


def zimtohrli_mos(clean: Samples, repaired: Samples, start: int, end: int, rate: int) -> float:
    """Return the opinion score (1 to 5) that the zimtohrli model predicts; higher is better.

    Raises
    ------
    DataError
        The package is not installed.

    References
    ----------
    Alakuijala et al., "Zimtohrli: an efficient psychoacoustic audio similarity metric", 2025.
    """
    model = _import_package("zimtohrli", "evaluate")
    heard = _cut_pair(clean, repaired, start, end, rate, FULL_BAND_RATE)
    return _average_over_channels(model.mos_from_signals, *heard)


def visqol_mos(clean: Samples, repaired: Samples, start: int, end: int, rate: int) -> float:
    """Return the opinion score (1 to 4.75) of ViSQOL's audio mode at 48 kHz; higher is better.

    NaN where one of the two is silent.

    Raises
    ------
    DataError
        The package is not installed.

    References
    ----------
    Chinen et al., "ViSQOL v3: an open source production ready objective speech and audio metric",
    QoMEX 2020.
    """
    model = _load_visqol()

    def score(x: Samples, y: Samples) -> float:
        if not (np.any(x) and np.any(y)):
            return math.nan
        wide = x.astype(np.float64), y.astype(np.float64)
        return float(model.measure_from_arrays(*wide, sample_rate=FULL_BAND_RATE).moslqo)

    heard = _cut_pair(clean, repaired, start, end, rate, FULL_BAND_RATE)
    return _average_over_channels(score, *heard)


def pesq_mos(clean: Samples, repaired: Samples, start: int, end: int, rate: int) -> float:
    """Return the opinion score (1 to 4.64) of wide-band PESQ at 16 kHz; higher is better.

    Made for speech; NaN where it finds no utterance.

    Raises
    ------
    DataError
        The package is not installed.

    References
    ----------
    ITU-T P.862.2, 2007.
    """
    model = _import_package("pesq", "evaluate-built")

    def score(x: Samples, y: Samples) -> float:
        try:
            return float(model.pesq(SPEECH_RATE, x, y, "wb"))
        except model.PesqError:
            return math.nan

    return _average_over_channels(score, *_cut_pair(clean, repaired, start, end, rate, SPEECH_RATE))


def stoi(clean: Samples, repaired: Samples, start: int, end: int, rate: int) -> float:
    """Return the short-time objective intelligibility of speech, up to 1; higher is better.

    NaN where there is too little sound for it.

    Raises
    ------
    DataError
        The package is not installed.

    References
    ----------
    Taal et al., "An algorithm for intelligibility prediction of time-frequency weighted noisy
    speech", IEEE TASLP 19(7), 2011.
    """
    model = _import_package("pystoi", "evaluate")

    def score(x: Samples, y: Samples) -> float:
        # It warns, and answers 1e-5, where fewer than 30 of its windows hold sound.
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            try:
                return float(model.stoi(x, y, SPEECH_RATE))
            except RuntimeWarning:
                return math.nan

    return _average_over_channels(score, *_cut_pair(clean, repaired, start, end, rate, SPEECH_RATE))


def plcmos(clean: Samples, repaired: Samples, start: int, end: int, rate: int) -> float:
    """Return the opinion score (1 to 5) of concealed speech that PLCMOS v2 predicts.

    It hears the whole stretch, at 16 kHz and one level for all, and no clean sound beside it; what
    that one scores tells how much a repair costs.

    Raises
    ------
    DataError
        The packages are not installed.

    References
    ----------
    Diener et al., "PLCMOS: a data-driven non-intrusive metric for the evaluation of packet loss
    concealment algorithms", INTERSPEECH 2023.
    """
    model = _load_plcmos()
    peak = float(np.max(np.abs(clean), initial=1e-6))
    heard = resample(repaired * (PLCMOS_PEAK / peak), rate, SPEECH_RATE)
    return float(np.mean([_ask_plcmos(model, row) for row in np.clip(heard, -1.0, 1.0)]))


def _ask_plcmos(model: Any, speech: Samples) -> float:
    """Return the mean opinion of the same few raters, whom the package would draw each time."""
    features = np.asarray(model.stft_transform(speech), dtype=np.float32)[None, None]
    raters = np.random.default_rng(0).standard_normal((RATERS, 1, RATER_SIZE)).astype(np.float32)
    opinions = [
        model.session.run(None, {"degraded_audio": features, "rater_embed": rater})[0]
        for rater in raters
    ]
    return float(np.mean(opinions))


@lru_cache(maxsize=1)
def _load_plcmos() -> Any:
    return _import_package("speechmos.plcmos", "evaluate").PLCMOS()


def _import_package(name: str, extra: str) -> Any:
    return optional_package(name, extra, mark("This metric needs"))


@lru_cache(maxsize=1)
def _load_visqol() -> Any:
    model = _import_package("visqol", "evaluate-built").VisqolApi()
    model.create(mode="audio")
    return model


def _cut_pair(
    clean: Samples, repaired: Samples, start: int, end: int, rate: int, target_rate: int
) -> tuple[Samples, Samples]:
    edge = round(EDGE_S * rate)
    part = slice(max(start - edge, 0), end + edge)
    return resample(clean[:, part], rate, target_rate), resample(
        repaired[:, part], rate, target_rate
    )


def _average_over_channels(
    score: Callable[[Samples, Samples], float], clean: Samples, repaired: Samples
) -> float:
    return float(np.mean([score(x, y) for x, y in zip(clean, repaired, strict=True)]))
