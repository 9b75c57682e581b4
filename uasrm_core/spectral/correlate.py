"""Cross-correlation of long sound with a short template, by overlap-save."""

from __future__ import annotations

import numpy as np
from scipy import fft

from uasrm_core.audio.clip import Samples

# A transform is as long as so many templates: longer ones take memory, shorter ones overlap more.
TEMPLATES_A_BLOCK = 4


def correlate(sound: Samples, template: Samples) -> Samples:
    """Return the sums of products wherever the template lies wholly on the sound.

    `scipy.signal.oaconvolve` would do, but its package takes half a second to import, and it
    transforms every channel back where one transform of their sum will do.

    Parameters
    ----------
    sound
        ``(channels, frames)``.
    template
        ``(channels, taps)``, at least one and no more than `sound` has frames.

    Returns
    -------
    ``(frames - taps + 1,)``, summed over the channels.

    References
    ----------
    Stockham, "High-speed convolution and correlation", AFIPS 1966.
    """
    taps = template.shape[1]
    count = sound.shape[1] - taps + 1
    size = fft.next_fast_len(min(TEMPLATES_A_BLOCK * taps, sound.shape[1]), real=True)
    step = size - taps + 1
    spectrum = np.conj(fft.rfft(template, size))
    products = np.empty(count, dtype=np.float32)
    for start in range(0, count, step):
        block = fft.rfft(sound[:, start : start + size], size)
        found = fft.irfft((block * spectrum).sum(axis=0), size)
        products[start : start + step] = found[: min(step, count - start)]
    return products
