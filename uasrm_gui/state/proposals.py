"""Candidates as they are shown: each with a picture of the place before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.job import Adaptation, Candidate, RepairJob, RepairResult
from uasrm_core.spectral.stft import StftConfig, stft

Picture = npt.NDArray[np.uint8]

COLUMNS, ROWS = 352, 144
# The least that is shown around a short region, so that there is something to compare it with.
LEAST_SHOWN_S = 0.3
SHOWN_DB = 70.0


@dataclass(frozen=True, eq=False)
class Proposal:
    """A candidate for a region, with pictures of its place.

    Attributes
    ----------
    chosen_settings
        Whether the user chose the settings it was made with.
    before, after
        uint8 ``(ROWS, COLUMNS)``, the highest frequency first, from quiet to loud.
    """

    candidate: Candidate
    chosen_settings: bool
    before: Picture
    after: Picture


@dataclass(frozen=True, eq=False)
class Proposals:
    """What came of a comparison: proposals, best first, or one sentence why there are none."""

    made: tuple[Proposal, ...] = ()
    problem: str | None = None
    adaptation: Adaptation | None = None


class Drawing:
    """Draws the candidates for the one region of a job, each once, in one thread."""

    def __init__(self, job: RepairJob) -> None:
        self._job = job
        self._drawn: dict[int, Proposal] = {}
        self._before: Drawn | None = None

    def draw(self, candidate: Candidate) -> Proposal:
        """Return a candidate with pictures of its place, the same object each time."""
        known = self._drawn.get(id(candidate))
        if known is not None:
            return known
        job, (region,) = self._job, self._job.regions
        if self._before is None:
            self._before = picture_of(job.clip, region)
        before = self._before
        after = picture_of(job.clip.with_patch(candidate.patch), region, before.level_db)
        proposal = Proposal(candidate, not job.compare, before.values, after.values)
        self._drawn[id(candidate)] = proposal
        return proposal

    def draw_all(self, result: RepairResult) -> Proposals:
        """Return what came of the job."""
        (outcome,) = result.outcomes
        made = tuple(self.draw(candidate) for candidate in outcome.candidates)
        return Proposals(made, outcome.problem, result.adaptation)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture, and the level that its brightest value stands for."""

    values: Picture
    level_db: float


def picture_of(clip: AudioClip, region: Region, level_db: float | None = None) -> Drawn:
    """Draw a region with a little around it, all its channels in one.

    Parameters
    ----------
    level_db
        The level of the brightest value; None takes the loudest there is.
    """
    around = max(region.frames // 2, round((LEAST_SHOWN_S * clip.rate - region.frames) / 2))
    low = max(region.start_frame - around, 0)
    high = min(region.end_frame + around, clip.frames)
    channels = region.channel_indices(clip.channels)
    sound = np.nan_to_num(clip.read(low, high, channels).mean(axis=0))
    size = 1024 if high - low > 8192 else 256
    hop = max((high - low) // (2 * COLUMNS), 8)
    power = np.abs(stft(sound, StftConfig(fft_size=size, hop_frames=hop))) ** 2
    levels_db = 10 * np.log10(_reduce(power) + 1e-12)
    top = float(levels_db.max()) if level_db is None else level_db
    shade = np.clip((levels_db - top) / SHOWN_DB + 1, 0, 1)
    return Drawn(np.ascontiguousarray(np.rint(255 * shade[::-1]).astype(np.uint8)), top)


def _reduce(power: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the means over ``(ROWS, COLUMNS)`` cells; low frequencies get more of the rows."""
    bins, columns = power.shape
    rows = np.unique(np.rint(np.linspace(1, bins**0.5, ROWS + 1) ** 2).astype(int) - 1)
    across = np.linspace(0, columns, COLUMNS + 1).astype(int)[:-1]
    cells = np.add.reduceat(np.add.reduceat(power, rows[:-1], axis=0), across, axis=1)
    sizes = np.outer(np.diff(np.append(rows[:-1], bins)), np.diff(np.append(across, columns)))
    means = cells / np.maximum(sizes, 1)
    fill = np.linspace(0, len(means) - 1, ROWS).round().astype(int)
    return np.asarray(means[fill], dtype=np.float32)
