"""Many multinomial logistic regressions on the same rows at once: folds and strengths are one batch.

Each of them counts the rows by weights of its own (0 where a row is held out) and has a penalty of
its own. All share two matrix products per step, so that a whole cross-validation takes little
longer than its hardest member.
"""

from __future__ import annotations

import warnings
from copy import copy
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from seral_core.types import Floats, Ints

#: Members that have arrived are set aside when they are at least this part of those under way.
WORTH_CUTTING = 1 / 6
#: A step is shortened where the loss rises at its end by more than this part of how it fell at its
#: beginning.
STEEPEST = 0.9
#: A step is shortened at most so often.
SHORTENINGS = 30
#: Log-odds within this range can be exponentiated as they are.
SAFE = 500.0
TINY = 1e-300


@dataclass(frozen=True)
class Axes:
    """The principal axes of rows: there the curvature of a linear model is nearly diagonal.

    Parameters
    ----------
    mean : Floats of shape (features,)
        Of the rows.
    ways : Floats of shape (features, axes)
        Orthonormal directions, at most one per row.
    spread : Floats of shape (axes,)
        Sum of squares along each.

    Examples
    --------
    >>> axes = Axes.of(np.array([[0.0, 1.0], [2.0, 1.0]]))
    >>> axes.spread.round(6), np.abs(axes.turned(np.array([[3.0, 1.0]]))).round(6)
    (array([0., 2.]), array([[0., 2.]]))
    """

    mean: Floats
    ways: Floats
    spread: Floats

    @classmethod
    def of(cls, x: Floats) -> Axes:
        """Return the axes of ``x``, of shape (rows, features)."""
        mean = x.mean(axis=0)
        near = x - mean
        if x.shape[1] <= len(x):
            spread, ways = np.linalg.eigh(near.T @ near)
        else:
            # What no row reaches, a penalty keeps at 0.
            base, small = np.linalg.qr(near.T)
            spread, turn = np.linalg.eigh(small @ small.T)
            ways = base @ turn
        return cls(mean, ways, np.maximum(spread, 0.0))

    def turned(self, x: Floats) -> Floats:
        """Return rows in these axes, of shape (rows, axes)."""
        turned: Floats = (x - self.mean) @ self.ways
        return turned


class Batch:
    """Many penalised softmax regressions on the same rows.

    Parameters
    ----------
    x : Floats of shape (rows, axes)
        See `Axes.turned`.
    spread : Floats of shape (axes,)
        See `Axes`.
    codes : Ints of shape (rows,)
        Class numbers from 0; every class occurs.
    weights : Floats of shape (members, rows)
        How much a row counts to a member; each member has rows that count.
    strengths : Floats of shape (members,)
        1 / C of scikit-learn's ``LogisticRegression``. Two classes share one log-odds, and the
        penalty is on that alone, as there.

    References
    ----------
    .. [1] Böhning, Multinomial logistic regression algorithm, Annals of the Institute of
       Statistical Mathematics 44, 1992 (the curvature that steps are measured by).
    .. [2] Nocedal and Wright, Numerical optimization, 2nd edition, 2006, chapter 7 (L-BFGS; one
       step is remembered).

    Examples
    --------
    >>> x, codes = np.array([[-1.0], [1.0]]), np.array([0, 1])
    >>> batch = Batch(x, np.array([2.0]), codes, np.ones((2, 2)), np.array([1.0, 100.0]))
    >>> batch.solved(1e-8)[:, 1, 0].round(3)
    array([0.337, 0.005])
    """

    def __init__(self, x: Floats, spread: Floats, codes: Ints, weights: Floats, strengths: Floats) -> None:
        rows, classes, members = len(x), int(codes.max()) + 1, len(weights)
        self._design = np.column_stack([x, np.ones(rows)])
        self._across = np.ascontiguousarray(self._design.T)
        total = weights.sum(axis=1)
        self._weights = weights / total[:, None]
        truth = np.zeros((classes, rows))
        truth[codes, np.arange(rows)] = 1.0
        each = (self._weights[:, None, :] * truth).reshape(members * classes, rows)
        self._pull = (each @ self._design).reshape(members, classes, -1)
        held = self._pull[:, :, -1] > 0
        penalty = strengths / total * np.where(held.sum(axis=1) == 2, 2.0, 1.0)
        self._penalty = np.zeros((members, 1, self._design.shape[1]))
        self._penalty[:, 0, :-1] = penalty[:, None]
        # Steps are taken in units of the curvature where all classes are equally likely.
        self._unit = 1 / np.sqrt(np.append(spread / rows, 1.0) / classes + self._penalty)
        # A class that a member never sees has no part in it.
        self._barred = None if held.all() else np.where(held, 0.0, -np.inf)[:, :, None]

    def odds(self, at: Floats) -> Floats:
        """Return log-odds up to a constant, of shape (members, classes, rows)."""
        odds = np.asarray(at.reshape(-1, at.shape[-1]) @ self._across).reshape(*at.shape[:2], -1)
        if self._barred is not None:
            odds += self._barred
        return odds

    def start(self) -> Floats:
        """Return weights of 0 and the intercepts that fit them, of shape (members, classes, axes + 1)."""
        at: Floats = np.zeros_like(self._pull)
        share = self._pull[:, :, -1]
        at[:, :, -1] = np.log(np.where(share > 0, share, 1.0))
        return at

    def solved(self, tolerance: float, start: Floats | None = None, steps: int = 1000) -> Floats:
        """Return the weights, and the intercept last, of shape (members, classes, axes + 1).

        Parameters
        ----------
        tolerance : float
            A member has arrived when its slope is no longer than this, in units of the curvature.
        start : Floats of shape (members, classes, axes + 1), optional
            Where to begin; left out: `start`.
        steps : int
            Most steps.

        Returns
        -------
        Floats of shape (members, classes, axes + 1)
            What was reached where ``steps`` were not enough, with a ``ConvergenceWarning``.
        """
        batch, at = self, self.start() if start is None else start
        found, under_way = np.array(at), np.arange(len(at))
        slope, last = batch._slope(at), None
        for _ in range(steps):
            done = np.vecdot(slope, slope) <= tolerance**2
            arrived = np.count_nonzero(done)
            if arrived and arrived >= WORTH_CUTTING * len(done):
                found[under_way[done]] = at[done]
                keep = np.flatnonzero(~done)
                if not len(keep):
                    return found
                batch, under_way, at, slope = batch._only(keep), under_way[keep], at[keep], slope[keep]
                last = last and last.only(keep)
            at, slope, last = batch._stepped(at, slope, last)
        warnings.warn(
            f"{len(at)} of {len(found)} models are not trained to the end after {steps} steps; put "
            "the features on one scale, or raise the tolerance",
            ConvergenceWarning,
            stacklevel=3,
        )
        found[under_way] = at
        return found

    def _slope(self, at: Floats) -> Floats:
        """Return slopes in units of the curvature, of shape (members, classes x (axes + 1))."""
        odds = self.odds(at)
        if odds.min() < -SAFE or odds.max() > SAFE:
            odds -= odds.max(axis=1, keepdims=True)
        np.exp(odds, out=odds)
        odds *= (self._weights / odds.sum(axis=1))[:, None]
        slope = (odds.reshape(-1, odds.shape[-1]) @ self._design).reshape(at.shape)
        slope -= self._pull
        slope += self._penalty * at
        slope *= self._unit
        return slope.reshape(len(at), -1)

    def _stepped(self, at: Floats, slope: Floats, last: _Step | None) -> tuple[Floats, Floats, _Step]:
        """Take one step with every member: as far as the loss falls, or hardly rises again."""
        way = -slope if last is None else last.way_down(slope)
        falls = np.vecdot(way, slope)
        for _ in range(SHORTENINGS):
            new = at + way.reshape(at.shape) * self._unit
            new_slope = self._slope(new)
            rises = np.vecdot(way, new_slope)
            far = rises > -STEEPEST * falls
            if not far.any():
                break
            # The loss is convex: where its slope along the way is 0 by rule of three, it is lower.
            part = np.where(far, np.maximum(falls / (falls - rises), 0.1), 1.0)
            way *= part[:, None]
            falls *= part
        return new, new_slope, _Step(way, new_slope - slope, np.maximum(rises - falls, TINY))

    def _only(self, keep: Ints) -> Batch:
        few = copy(self)
        few._weights, few._pull = self._weights[keep], self._pull[keep]
        few._penalty, few._unit = self._penalty[keep], self._unit[keep]
        few._barred = None if self._barred is None else self._barred[keep]
        return few


@dataclass(frozen=True)
class _Step:
    """The last step of each member, how its slope changed, and their product: what L-BFGS remembers."""

    way: Floats
    change: Floats
    along: Floats

    def only(self, keep: Ints) -> _Step:
        return _Step(self.way[keep], self.change[keep], self.along[keep])

    def way_down(self, slope: Floats) -> Floats:
        share = np.vecdot(self.way, slope) / self.along
        way: Floats = share[:, None] * self.change - slope
        way *= (self.along / np.maximum(np.vecdot(self.change, self.change), TINY))[:, None]
        way -= (share + np.vecdot(self.change, way) / self.along)[:, None] * self.way
        return way
