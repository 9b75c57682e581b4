"""Every rule that chooses between prediction, copy and network, and what each of them earns."""

from __future__ import annotations

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
# Prediction or network, one of them alone. The prediction in gaps of so few frames at the network's
# rate, the shortest that it is trained on. In speech at 16 kHz, gaps of 5 and 10 ms: 11.8 / 2.57
# with the rule, 9.7 / 2.71 without (`tools/measure_shares.py CORPUS`, decision 038).
PREDICTED_FRAMES = 220
# And in gaps up to TAKES_FROM_S whose continuations from both sides agree so well
# (`fills.agreement_db`). In solo instruments, 5 to 60 ms: 27.6 / 1.06 with the rule, 25.8 / 0.97
# without; in music 12.4 / 2.60 and 11.8 / 2.61 (same command). Nothing is copied there either: a
# steady tone correlates with all of itself. In solo instruments that earns 0.18 dB of SNR
# (`tools/measure_rules.py`).
AGREEING_DB = 13.0
# Not a rule of trust, but of edges: from here on an exemplar goes on from the sound at the edges of
# the gap by itself, and is not crossed with the prediction. Fills of `similarity`: without the rule
# 0.27 dB of SNR less, with 0.995 in its place 0.15 (`tools/measure_rules.py`, 120 gaps).
CONTINUOUS_CORRELATION = 0.97
# In the order of engines by trials, a decibel of SNR is worth so many of LSD. Without it, what is
# chosen has 0.14 dB of SNR less and 0.01 of LSD (`tools/measure_rules.py RECORDING… --order`, 72
# gaps of 30 to 300 ms in speech and music of the training part).
SNR_WORTH = 0.15
# Decibels by which bands are too loud or too quiet, and change too much or too little over time,
# are worth so many of LSD, which by itself rewards quiet, smooth fills. Without the level, what is
# chosen has 0.015 less of zimtohrli and 0.05 dB more of LSD (same command). Both are fitted to what
# zimtohrli and PLCMOS say of fills in the training part (`tools/fit_trial_score.py`, decision 035).
LEVEL_WORTH = 0.2
MODULATION_WORTH = 0.5
# In trials a copy has to be better by so much than what is made anew, unless it is the very same
# sound: it may say what was not said here. Without it, acted speech lost 0.10 of zimtohrli at 300
# ms, and 0.23 at 500 (decision 035); in the 72 gaps above, 0.17 dB of SNR.
COPY_BIAS_DB = 1.0
# And so has a prediction, which the network was given and knows to change: four trials prefer it by
# chance (decision 056).
PREDICTION_BIAS_DB = 2.0
# Shorter gaps have one fill, which can be predicted; from here on the network can draw many, and
# draws, or makes smooth, however well predictions agree.
TAKES_FROM_S = 0.08
# Takes that are offered to compare; 0 is the smooth fill.
OTHER_TAKES = (1, 2, 3, 0)


def mix(prediction: Guess, exemplar: Guess | None, ask_network: Callable[[], Guess]) -> Guess:
    """Return the one guess to be spliced in.

    The lost sound itself where it comes again; otherwise the prediction where it is sure, and the
    network's guess everywhere else.

    Parameters
    ----------
    exemplar
        The exemplar that is the same sound again (`is_repeat`), or None.
    ask_network
        Runs the network, which is only asked where it counts.
    """
    if exemplar is not None:
        return exemplar
    return prediction if prediction.is_sure else ask_network()


def is_predicted(frames: int, *, rate: float, agreement_db: float) -> bool:
    """Return whether the prediction of a gap is taken, and not the network's guess.

    Parameters
    ----------
    frames, rate
        Length of the gap, and frames a second, as the network works on it.
    agreement_db
        See `fills.agreement_db`.
    """
    if frames <= PREDICTED_FRAMES:
        return True
    return frames < TAKES_FROM_S * rate and is_predictable(agreement_db)


def weigh_network(*, predicted: float, doubt: float, apart: float) -> float:
    """Return the weight of the network's guess in its mean with the prediction, 0 to 1.

    The errors of both have nothing in common, so that their difference holds the power of both, and
    each is weighed by the power of the other's error. A prediction that is likely to be off by more
    than its own power is worth nothing. In gaps of 20 to 50 ms the mean earns 1.44 dB of SNR in
    recorded solo sound and 1.00 in rendered one, for 0.01 and 0.05 of LSD
    (`tools/measure_rules.py`, decision 051).

    Parameters
    ----------
    predicted, doubt, apart
        Powers: of the prediction, of its likely error (`fills.measure_doubt`), and of what the
        network's guess differs from it by.
    """
    return 1.0 if doubt >= min(predicted, apart) else doubt / apart


def is_nearer_than_copy(*, predicted: float, doubt: float, correlation: float) -> bool:
    """Return whether a prediction is likely to be nearer than an exemplar that is the same sound.

    Two sounds of one power and a correlation r differ by 2 (1 - r) of it. In rendered instruments
    the rule earns 0.45 dB of SNR (`tools/measure_rules.py`, decision 051).

    Parameters
    ----------
    predicted, doubt
        As `weigh_network` has them.
    correlation
        How well the surroundings of the exemplar correlate with those of the gap.
    """
    return doubt < 2.0 * (1.0 - correlation) * predicted


def is_predictable(agreement_db: float) -> bool:
    """Return whether the prediction of a gap is right, so that nothing is to be copied there."""
    return agreement_db >= AGREEING_DB


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
