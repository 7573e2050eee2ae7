"""A normaliser: how features of a pool were brought to one scale, kept, so that what comes later is treated alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.features.normalise import by_speaker, statistics, z_scores
from seral_core.features.table import FeatureTable
from seral_core.threads import one_thread
from seral_core.types import Floats, Ints


@dataclass(frozen=True, eq=False)
class Normaliser:
    """What was taken from a pool to normalise speakers, standardise features and find their components.

    A table of frames is treated frame by frame with the statistics of all frames of the pool; see `speaker_normalise`.
    Features that were z-normalised per recording when they were extracted stay nearly as they are.

    Parameters
    ----------
    speakers : bool
        Whether each speaker's clips become z-scores first.
    mean, variance : Floats of shape (features,)
        Of the pool as it was extracted: what speakers are drawn to, and what those get who are not known.
    centre, spread : Floats of shape (features,)
        Mean and variance of the pool after that.
    origin : Floats of shape (features,)
        Mean of the pool after that, where there are components.
    axes : Floats of shape (components, features)
        Principal components; none where features are kept as they are.
    names : tuple of str
        Of the features; empty where they are not known.

    Examples
    --------
    >>> table = FeatureTable(np.array([[1.0], [3.0], [11.0], [13.0]]), ("a", "b", "c", "d"))
    >>> found = Normaliser.fit(table, ["x", "x", "y", "y"], np.arange(4), speakers=True)
    >>> new = FeatureTable(np.array([[7.0], [7.0]]), ("e", "f"))
    >>> found.of(new, [None, None]).values.ravel().tolist()
    [0.0, 0.0]
    >>> found.of(table, ["x", "x", "y", "y"]).normalised == found.of(new, [None, None]).normalised
    True
    """

    speakers: bool
    mean: Floats
    variance: Floats
    centre: Floats
    spread: Floats
    origin: Floats = field(default_factory=lambda: np.zeros(0))
    axes: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    names: tuple[str, ...] = ()

    @classmethod
    def fit(
        cls,
        table: FeatureTable,
        speakers_of: Sequence[str | None],
        rows: Ints,
        *,
        speakers: bool,
        components: float = 0.0,
    ) -> Normaliser:
        """Take from the rows of a pool what is needed.

        Parameters
        ----------
        table : FeatureTable
            As extracted: the pool, and what else is there of its speakers.
        speakers_of : sequence of (str or None) of length ``len(table)``
            Who speaks.
        rows : Ints
            Row numbers of the pool.
        speakers : bool
            Whether to normalise them.
        components : float
            Share of the variance that principal components shall hold, in (0, 1); 0 for no components.

        Raises
        ------
        BadFeatures
            When the pool has no rows, or components are wanted and no feature varies.
        """
        mean, variance = statistics(table, rows)
        done = by_speaker(table, speakers_of, mean, variance) if speakers else table
        made = cls(speakers, mean, variance, *statistics(done, rows), names=table.names)
        return made if not components else made._with_axes(z_scores(done, made.centre, made.spread), rows, components)

    def of(self, table: FeatureTable, speakers_of: Sequence[str | None], *, enough: int = 1) -> FeatureTable:
        """Return a table on the pool's scale.

        Parameters
        ----------
        table : FeatureTable
            As extracted.
        speakers_of : sequence of (str or None) of length ``len(table)``
            Who speaks; of None, the pool's mean and variance are taken.
        enough : int
            So they are of a speaker with fewer clips in the table.

        Raises
        ------
        BadFeatures
            When it has other features, or was normalised before.
        """
        done = self.whole(table, speakers_of, enough=enough)
        return self._components(done) if len(self.axes) else done

    def whole(self, table: FeatureTable, speakers_of: Sequence[str | None], *, enough: int = 1) -> FeatureTable:
        """Do what `of` does, but leave features as they are where there are components."""
        self._check(table)
        done = by_speaker(table, speakers_of, self.mean, self.variance, enough=enough) if self.speakers else table
        return z_scores(done, self.centre, self.spread)

    def after(self, table: FeatureTable) -> FeatureTable:
        """Do the rest of what `of` does, on a table whose speakers were normalised already."""
        done = z_scores(table, self.centre, self.spread)
        return self._components(done) if len(self.axes) else done

    @cached_property
    def label(self) -> str:
        """What tables on the pool's scale are marked with; see `FeatureTable.normalised`."""
        return self.of(FeatureTable(np.zeros((0, len(self.mean))), ()), []).normalised

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all there is to keep, as arrays."""
        kept = {name: getattr(self, name) for name in _ARRAYS}
        return {"speakers": np.array(self.speakers), "names": np.array(self.names, dtype=np.str_), **kept}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Normaliser:
        """Return what `arrays` gave; raise `BadFeatures` where a part is missing or does not fit."""
        try:
            found = {name: np.asarray(arrays[name], np.float64) for name in _ARRAYS}
            made = cls(bool(arrays["speakers"]), **found, names=tuple(map(str, arrays["names"].tolist())))
        except (KeyError, TypeError, ValueError) as wrong:
            raise BadFeatures(
                f"a normaliser lacks a part ({wrong}); expected all that was saved; save it again"
            ) from None
        width = made.mean.shape
        if len(width) != 1 or any(getattr(made, n).shape != width for n in ("variance", "centre", "spread")):
            raise BadFeatures("the parts of a normaliser have different lengths; expected those saved; save it again")
        return made

    def _check(self, table: FeatureTable) -> None:
        if table.normalised:
            raise BadFeatures(
                f"got features that are normalised already ({table.normalised}); expected them as they were extracted; "
                "give what features_for returns"
            )
        if table.values.shape[1] != len(self.mean):
            raise BadFeatures(
                f"got {table.values.shape[1]} features; expected the {len(self.mean)} that the pool had; extract them "
                "with the same extractor"
            )

        if table.names and self.names and table.names != self.names:
            odd = next(f"{a}, not {b}" for a, b in zip(table.names, self.names, strict=True) if a != b)
            raise BadFeatures(
                f"got features in another order or of another kind, first {odd}; expected those that the pool had; "
                "extract them with the same extractor"
            )

    def _with_axes(self, pool_and_more: FeatureTable, rows: Ints, share: float) -> Normaliser:
        from sklearn.decomposition import PCA

        pool = np.asarray(pool_and_more.take(rows).values, dtype=np.float64)
        if not np.ptp(pool, axis=0).any():
            raise BadFeatures("no feature varies over the pool; expected some that do for components; extract others")
        with one_thread():
            # The decomposition of many frames would take several times their memory; that of a covariance does not.
            found = PCA(share, svd_solver="full" if pool_and_more.plain else "covariance_eigh").fit(pool)
        return replace(self, origin=found.mean_, axes=found.components_)

    def _components(self, table: FeatureTable) -> FeatureTable:
        digest = hashlib.sha256(np.ascontiguousarray(self.axes).data).hexdigest()[:12]
        with one_thread():
            turned = np.asarray(table.values, dtype=np.float64) @ self.axes.T - self.origin.reshape(1, -1) @ self.axes.T
        name = f"{table.normalised} components:{digest}".strip()
        return replace(table, values=turned.astype(np.float32), names=(), key="", normalised=name)


_ARRAYS = ("mean", "variance", "centre", "spread", "origin", "axes")
