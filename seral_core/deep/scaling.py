"""The input of a classifier on one scale: z-scores by speaker where speakers are known well enough, or by the pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seral_core.features.normalise import drawn_to_pool
from seral_core.types import Floats

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """Means and deviations by speaker, as `seral_core.features.normalise.speaker_normalise` takes them.

    They are those of the encoder as it was before fine-tuning and stay while it changes: what moves is learned.

    Parameters
    ----------
    means, scales : dict of speaker to float32 array of shape (features,)
        None stands for a speaker who is not known.
    by_speaker : bool
        Whether speakers have their own.

    Examples
    --------
    >>> rows = np.array([[1.0], [3.0], [11.0], [13.0]], np.float32)
    >>> scaling = Scaling.of(rows, [None] * 4, np.arange(4), by_speaker=False)
    >>> scaling.by_speaker, scaling(rows, [None] * 4).ravel().astype(float).round(1).tolist()
    (False, [-1.2, -0.8, 0.8, 1.2])
    """

    means: dict[str | None, Rows]
    scales: dict[str | None, Rows]
    by_speaker: bool

    @classmethod
    def of(cls, rows: Rows, speakers: Sequence[str | None], fit_rows: NDArray[np.intp], *, by_speaker: bool) -> Scaling:
        """Return the scaling of all speakers of a corpus; ``fit_rows`` are the pool's."""
        pool = rows[fit_rows].astype(np.float64)
        return cls._drawn(rows, speakers, pool.mean(axis=0), pool.var(axis=0), by_speaker)

    def for_others(self, rows: Rows, speakers: Sequence[str | None], enough: int = 1) -> Scaling:
        """Return the scaling of the speakers of other recordings, whatever they are called, drawn to the same pool.

        Parameters
        ----------
        rows : float32 array of shape (clips, features)
            Of the other recordings.
        speakers : sequence of (str or None)
            Who speaks in each.
        enough : int
            A speaker with fewer clips takes the pool's mean and deviation.

        Examples
        --------
        >>> pool, own = np.array([[-1.0], [1.0]], np.float32), np.array([[9.0], [11.0]], np.float32)
        >>> scaling = Scaling.of(pool, ["a", "a"], np.arange(2), by_speaker=True)
        >>> scaling.for_others(own, ["a", "a"], enough=3)(own, ["a", "a"]).ravel().tolist()
        [9.0, 11.0]
        """
        width = self.scales[None].astype(np.float64)
        variance = np.where(np.isfinite(width), width, 0.0) ** 2
        few = [speaker for speaker in set(speakers) if list(speakers).count(speaker) < enough]
        who = [None if speaker in few else speaker for speaker in speakers]
        return self._drawn(rows, who, self.means[None].astype(np.float64), variance, self.by_speaker)

    @classmethod
    def _drawn(
        cls, rows: Rows, speakers: Sequence[str | None], mean: Floats, variance: Floats, by_speaker: bool
    ) -> Scaling:
        """Return the scaling of all speakers of some rows, drawn to the mean and variance of a pool."""
        found: dict[str | None, tuple[Floats, Floats]] = {None: (mean, variance)}
        owners = np.array([str(speaker) for speaker in speakers])
        for speaker in sorted({s for s in speakers if s is not None}) if by_speaker else ():
            own = rows[owners == speaker].astype(np.float64)
            found[speaker] = drawn_to_pool(own, len(own), mean, variance)
        alive = variance > 1e-12 * np.maximum(mean**2, 1.0)
        scales = {
            s: np.where(alive, np.sqrt(np.maximum(v, 1e-12)), np.inf).astype(np.float32) for s, (_, v) in found.items()
        }
        return cls({s: m.astype(np.float32) for s, (m, _) in found.items()}, scales, by_speaker)

    def __call__(self, rows: Rows, speakers: Sequence[str | None]) -> Rows:
        """Return z-scores; what does not vary in the pool becomes 0."""
        means, scales = self.rows(speakers)
        return (rows - means) / scales

    def rows(self, speakers: Sequence[str | None]) -> tuple[Rows, Rows]:
        """Return means and scales, one row per clip."""
        who = [speaker if speaker in self.means else None for speaker in speakers]
        return np.stack([self.means[each] for each in who]), np.stack([self.scales[each] for each in who])
