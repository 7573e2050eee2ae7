"""Canonical correlation: the directions along which both corpora vary, each seen with the other's eyes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import svd

from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.adaptation.domains import settled
from seral_core.features.adaptation.joint import Adaptation
from seral_core.threads import one_thread
from seral_core.types import Floats

#: What varies less than this share of the largest direction is rounding.
LEAST = 1e-10


class CCA(Adaptation):
    r"""Canonical correlation analysis between the principal components of two corpora.

    Canonical correlation needs pairs, and two corpora have no clips in common. As in [1]_, a clip is paired with
    itself: seen with the principal components of the source, and with those of the target. Directions that correlate
    in both views are those along which both corpora vary; what only one of them knows, such as its rooms, has no match.
    No labels are needed. Three decisions are ours: clips are centred by their own corpus while components are learned,
    and the direction from one mean to the other is left out (of one feature nothing is), as the shift between corpora
    would correlate best of all; components are the mean of both views; and each has its correlation as its weight. All
    are then centred and divided by one number so that their mean variance is 1.

    Parameters
    ----------
    n_components : int
        Dimensions wanted, and principal components of each corpus; where they have fewer, there are as many as they
        have (`n_components_`).

    Attributes
    ----------
    source_, target_ : Floats of shape (rows, components)
        The rows it was fitted with.
    correlations_ : Floats of shape (components,)
        How far both views go together, falling, in [0, 1].
    n_components_ : int
        How many there are.

    References
    ----------
    .. [1] Sagha, Deng, Gavryukova, Han and Schuller, Cross lingual speech emotion recognition using canonical
       correlation analysis on principal component subspace, ICASSP 2016.

    Examples
    --------
    >>> from seral_core.features.adaptation import discrepancy
    >>> rng = np.random.default_rng(0)
    >>> here, there = rng.normal(size=(60, 4)), rng.normal(size=(80, 4)) + [2.0, 0.0, 0.0, 0.0]
    >>> cca = CCA(n_components=3).fit(here, there)
    >>> cca.source_.shape, cca.transform(there[:5]).shape, discrepancy(cca.source_, cca.target_) < 1e-9
    ((60, 3), (5, 3), True)
    """

    def __init__(self, n_components: int = 30) -> None:
        self.n_components = n_components

    def fit(self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None) -> CCA:
        """Find the components.

        Parameters
        ----------
        source, target : array of shape (rows, features)
            Two rows or more of each.
        classes : ignored
            There so that all adaptations are called alike.

        Raises
        ------
        BadFeatures
            When the tables do not fit each other, or nothing varies beside the difference of their means.
        BadPlan
            When ``n_components`` is no whole number of at least 1.
        """
        count = self.n_components
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
            raise BadPlan(
                f"n_components is {count!r}; expected a whole number of at least 1; leave it out for the default"
            )
        rows, split = self._both(source, target)
        with one_thread():
            here, there = rows[:split], rows[split:]
            apart = here.mean(axis=0) - there.mean(axis=0)
            length = np.linalg.norm(apart)
            matters = rows.shape[1] > 1 and length > LEAST * np.abs(rows).max(initial=1)
            self.apart_ = apart / length if matters else np.zeros_like(apart)
            own = [self._level(part - part.mean(axis=0)) for part in (here, there)]
            both, subspaces = np.concatenate(own), [_principal(part, count) for part in own]
            self.mean_ = rows.mean(axis=0)
            self.weights_, self.correlations_ = _correlated(both, *subspaces)
            turn = settled(self._projected(rows))
            self.weights_ = self.weights_ * turn
            projected = self._projected(rows)
        self.source_, self.target_ = projected[:split], projected[split:]
        self.n_components_ = self.weights_.shape[1]
        return self

    def _level(self, rows: Floats) -> Floats:
        return np.asarray(rows - np.outer(rows @ self.apart_, self.apart_))

    def _projected(self, rows: Floats) -> Floats:
        return np.asarray(self._level(rows - self.mean_) @ self.weights_)


def _principal(rows: Floats, count: int) -> Floats:
    """Return the first principal directions of centred rows, of shape (features, directions)."""
    _, roots, turned = svd(rows, full_matrices=False)
    if not roots[0] > 0:
        raise BadFeatures("no feature varies over source and target; expected features that do; extract others")
    return np.asarray(turned[: min(count, int((roots > LEAST * roots[0]).sum()))].T)


def _correlated(rows: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Return the map to the mean of the canonical variates of two views, each by its correlation."""
    bases, whiten = zip(*(_whitened(rows @ directions) for directions in (first, second)), strict=True)
    left, correlations, right = svd(bases[0].T @ bases[1], full_matrices=False)
    correlations = np.clip(correlations, 0, 1)
    maps = first @ whiten[0] @ left + second @ whiten[1] @ right.T
    return np.asarray(maps * correlations / 2), np.asarray(correlations)


def _whitened(view: Floats) -> tuple[Floats, Floats]:
    """Return an orthonormal basis of a view, and the map to it."""
    basis, roots, turned = svd(view, full_matrices=False)
    sound = roots > LEAST * roots[0]
    return basis[:, sound], turned[sound].T / roots[sound]
