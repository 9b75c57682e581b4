"""Who is trusted with a gap: every rule by which guesses are mixed, and what each of them earns."""

from __future__ import annotations

import math
from collections.abc import Callable

from uasrm_core.inpainting.engine import Guess

# Every rule has the figure that it earns beside it (SNR / LSD in dB); those under 0.05 dB are gone.

# The same sound again: an exemplar is taken over where its surroundings correlate with the gap's so
# well that they are one signal. In a generated loop, gaps of 100 and 300 ms: 41.0 / 1.72 with the
# rule, 24.5 / 3.02 without (`tools/measure_rules.py`, weights of 2026-11-30). The threshold is the
# lowest from which every copy was nearer than the network (`tools/fit_copies.py CORPUS`, 75 gaps
# of 30 to 300 ms in the training part whose best exemplar correlates by 0.9 or more): 17.9 / 2.72
# over all of them, 17.0 / 2.89 with 0.9995. From 0.98 to 0.995 copies are nearer there, too, but in
# music kept aside in only half of the gaps.
REPEAT_CORRELATION = 0.995
# Gaps of up to 15 ms are predicted so well that only the same samples again are better.
SHORT_REPEAT_CORRELATION = 0.9995
# The mean of network and prediction in short gaps, since errors of guesses that differ cancel out,
# and the network sees little in what is much shorter than its windows: up to the first of these
# frames, at its rate, the prediction alone, from the second on the network alone. In speech at
# 16 kHz, gaps of 20 ms: 5.7 / 4.41 with the rule, 5.0 / 4.51 with the network alone; of 10 ms
# 9.2 / 3.38 and 7.7 / 3.63 (decision 022).
PREDICTED_FRAMES, LEARNT_FRAMES = 220, 1760
# The prediction counts more where its continuations from both sides agree
# (`fills.agreement_db`), and alone from the second figure on, in gaps up to PREDICTED_TO_S. On solo
# instruments at 30 ms: 27.0 / 1.34 with the rule, 19.9 / 1.31 without, 26.4 / 1.67 by prediction
# alone (decision 028). Nothing is copied there either: a steady tone correlates with all of itself.
AGREEING_DB = (8.0, 13.0)
# Not a rule of trust, but of edges: from here on an exemplar goes on from the sound at the edges of
# the gap by itself, and is not crossed with the prediction.
CONTINUOUS_CORRELATION = 0.97
# In the order of engines by trials, a decibel of SNR is worth so many of LSD. Trials without any
# bias for an engine come to the same LSD as with the five that there were, and to 0.26 dB more SNR
# (107 gaps in music and speech).
SNR_WORTH = 0.15
# Decibels by which bands are too loud or too quiet, and change too much or too little over time,
# are worth so many of LSD, which by itself rewards quiet, smooth fills. By what zimtohrli and
# PLCMOS say of fills in the training part (`tools/fit_trial_score.py`, decision 035).
LEVEL_WORTH = 0.2
MODULATION_WORTH = 0.5
# In trials a copy has to be better by so much than what is made anew, unless it is the very same
# sound: it may say what was not said here, and where nothing repeats, trials that speak for it are
# as often wrong as right (decision 035).
COPY_HANDICAP_DB = 1.0
# Shorter gaps have one fill, which can be predicted; from here on the network can draw many.
TAKES_FROM_S = 0.08
# Longer gaps are drawn, or made smooth, by the network alone, however well predictions agree.
PREDICTED_TO_S = 0.12
# Sound that is less steady than this, as speech is (`spectral.texture.steadiness`), is drawn
# by the network of takes; steadier sound, music mostly, by its mean with that of the smooth fill.
UNSTEADY_BELOW = 0.88
# Shorter gaps in such steady sound get the smooth fill, where nobody asks for a take. At 100 ms it
# has a zimtohrli of 4.79 and 3.1 dB, a take 4.74 and 2.7 dB (decision 039).
CALM_TAKES_FROM_S = 0.12
# Takes that are offered to compare; 0 is the smooth fill.
OTHER_TAKES = (1, 2, 3, 0)


def mix(prediction: Guess, exemplar: Guess | None, ask_network: Callable[[], Guess]) -> Guess:
    """Return the one guess to be spliced in.

    The lost sound itself where it comes again; otherwise the network's guess, or in a short gap the
    mean of it and the prediction, weighted by how sure the prediction is.

    Parameters
    ----------
    exemplar
        The exemplar that is the same sound again (`is_repeat`), or None.
    ask_network
        Runs the network, which is only asked where it counts.
    """
    if exemplar is not None:
        return exemplar
    if prediction.confidence == 1.0:
        return prediction
    network = ask_network()
    weight = 1.0 - prediction.confidence
    if weight == 1.0:
        return network
    mixed = prediction.samples + weight * (network.samples - prediction.samples)
    return Guess(mixed, predictions=prediction.predictions, take=network.take)


def network_weight(frames: int, *, rate: float, agreement_db: float) -> float:
    """Return the weight of the network's guess in a gap.

    Parameters
    ----------
    frames, rate
        Length of the gap, and frames a second, as the network works on it.
    agreement_db
        See `fills.agreement_db`.
    """
    octaves = math.log2(LEARNT_FRAMES / PREDICTED_FRAMES)
    by_length = math.log2(frames / PREDICTED_FRAMES) / octaves
    low, high = AGREEING_DB
    by_agreement = (high - agreement_db) / (high - low) if frames < PREDICTED_TO_S * rate else 1.0
    return min(max(by_length, 0.0), 1.0) * min(max(by_agreement, 0.0), 1.0)


def is_predictable(agreement_db: float) -> bool:
    """Return whether the prediction of a gap is right, so that nothing is to be copied there."""
    return agreement_db >= AGREEING_DB[1]


def is_repeat(correlation: float) -> bool:
    """Return whether an exemplar whose surroundings correlate so well is the lost sound again."""
    return correlation >= REPEAT_CORRELATION


def trial_score(
    snr_db: float, lsd_db: float, level_db: float = 0.0, modulation_db: float = 0.0
) -> float:
    """Return one figure for what came of trials, by which engines are ordered; lower is better.

    Parameters
    ----------
    level_db, modulation_db
        How far off the fill's bands are (`metrics.bands`).
    """
    off_db = LEVEL_WORTH * level_db + MODULATION_WORTH * modulation_db
    return lsd_db - SNR_WORTH * max(snr_db, 0.0) + off_db
