"""What kind of sound a gap lies in: speech or other, and how high it goes."""

from __future__ import annotations

from uasrm_core.audio.clip import Samples
from uasrm_core.inpainting.gap import Gap
from uasrm_core.spectral.bandwidth import measure_above_db
from uasrm_core.spectral.speech import speech_probability

# Sound that is speech with at least this probability (`spectral.speech`) is drawn by the network of
# takes; other sound, music mostly, by its mean with that of the smooth fill (decision 037).
SPEECH_FROM = 0.3
# Gaps in such other sound that are shorter than this get the smooth fill, where nobody asks for a
# take. At 100 ms it has a zimtohrli of 4.79 and 3.1 dB, a take 4.74 and 2.7 dB (decision 039). In
# speech they are drawn by the mean, too: at 100 ms it has 4.40 and 7.7 dB, the smooth fill 4.30 and
# 7.8 dB, the network of takes 4.43 and 7.2 dB (decision 042).
CALM_TAKES_FROM_S = 0.12
# On each side of a gap.
HEARD_S = 2.0
# With less of its power above a frequency, sound holds nothing there: speech that was brought from
# 16 to 44.1 kHz has -70 dB or less above 11 kHz in any four seconds, a solo trumpet -63.
EMPTY_DB = -68.0
# The weights of takes for speech with nothing above 8 kHz are for what was recorded so (decision
# 058).
NARROW_RATE = 16000


def is_speech(gap: Gap) -> bool:
    """Return whether the sound around a gap is likely to be speech."""
    return speech_probability(_hear(gap), gap.rate) >= SPEECH_FROM


def is_empty_above(gap: Gap, hz: float) -> bool:
    """Return whether the sound around a gap holds nothing above a frequency."""
    return gap.rate <= 2.0 * hz or measure_above_db(_hear(gap), gap.rate, above_hz=hz) < EMPTY_DB


def is_narrow(gap: Gap) -> bool:
    """Return whether a recording can hold nothing above 8 kHz."""
    return gap.rate <= NARROW_RATE


def _hear(gap: Gap) -> list[Samples]:
    around = round(HEARD_S * gap.rate)
    sound = gap.samples[0]
    return [sound[max(gap.start - around, 0) : gap.start], sound[gap.end : gap.end + around]]
