"""Rotating channels to their principal axes for a repair, so that the stereo image stays.

Filling left and right apart lets them drift against each other. Their principal axes carry what is
common first and the differences after, each small difference with a small fill of its own; two
equal channels become one and stay equal.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples

Rotation = npt.NDArray[np.float64]


def find_principal_axes(context: Samples) -> Rotation:
    """Return the rotation that makes the channels of a context uncorrelated.

    Parameters
    ----------
    context
        ``(channels, frames)``, intact sound around the damage.

    Returns
    -------
    Orthonormal ``(axes, channels)``, loudest axis first (Jolliffe, "Principal Component
    Analysis", 2002).
    """
    channels = context.shape[0]
    if channels == 1:
        return np.ones((1, 1))
    wide = context.astype(np.float64)
    _, vectors = np.linalg.eigh(wide @ wide.T)
    axes = np.asarray(vectors[:, ::-1].T)
    # Which way an axis points is arbitrary; fixed so that the same input gives the same output.
    signs = np.sign(axes[np.arange(channels), np.argmax(np.abs(axes), axis=1)])
    return np.asarray(axes * signs[:, None])


def rotate(samples: Samples, axes: Rotation) -> Samples:
    """Return the sound along the axes, ``(axes, frames)``; what is inaudibly small becomes zero."""
    turned = axes @ samples.astype(np.float64)
    loudest = float(np.max(np.abs(turned), initial=0.0))
    quiet = np.max(np.abs(turned), axis=1, initial=0.0) < loudest * 1e-7
    turned[quiet] = 0.0
    return np.asarray(turned, dtype=np.float32)


def rotate_back(turned: Samples, axes: Rotation) -> Samples:
    """Undo `rotate`, ``(channels, frames)``."""
    return np.asarray(axes.T @ turned.astype(np.float64), dtype=np.float32)
