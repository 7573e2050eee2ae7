"""Many multinomial logistic regressions on the same rows at once: folds and strengths are one batch.

Each of them counts the rows by weights of its own (0 where a row is held out) and has a penalty of its
own. All share two matrix products a step, so that a whole cross-validation takes little longer than
its hardest member.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np

from seral_core.types import Bools, Floats, Ints

#: Members that have arrived are set aside when they are at least this part of those under way.
WORTH_CUTTING = 1 / 6
#: A step that does not lower the loss is halved at most so often.
HALVINGS = 40
#: A loss may rise by this much, which is rounding.
NOISE = 1e-13


@dataclass(frozen=True)
class Axes:
    """The principal axes of rows: there the curvature of a linear model is nearly diagonal.

    Parameters
    ----------
    mean : Floats of shape (features,)
        Of the rows.
    ways : Floats of shape (features, axes)
        Orthonormal directions, at most one a row.
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
    """Mean losses of many penalised softmax regressions on the same rows.

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
        1 / C of scikit-learn's ``LogisticRegression``. Two classes share one log-odds, and the penalty
        is on that alone, as there.

    References
    ----------
    .. [1] Böhning, Multinomial logistic regression algorithm, Annals of the Institute of Statistical
       Mathematics 44, 1992 (the curvature that steps are measured by).
    .. [2] Nocedal and Wright, Numerical optimization, 2nd edition, 2006, chapter 7 (L-BFGS; one step is
       remembered).

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
        odds: Floats = (at.reshape(-1, at.shape[-1]) @ self._across).reshape(*at.shape[:2], -1)
        return odds if self._barred is None else odds + self._barred

    def start(self) -> Floats:
        """Return weights of 0 and the intercepts that fit them, of shape (members, classes, axes + 1)."""
        at = np.zeros_like(self._pull)
        share = self._pull[:, :, -1]
        at[:, :, -1] = np.log(np.where(share > 0, share, 1.0))
        return at

    def solved(self, tolerance: float, start: Floats | None = None, steps: int = 1000) -> Floats:
        """Return the weights, and the intercept last, of shape (members, classes, axes + 1).

        Parameters
        ----------
        tolerance : float
            A member has arrived when its slope is shorter, in units of the curvature.
        start : Floats of shape (members, classes, axes + 1), optional
            Where to begin; left out: `start`.
        steps : int
            Most steps.

        Returns
        -------
        Floats of shape (members, classes, axes + 1)
            The best found where ``steps`` were not enough.
        """
        at = self.start() if start is None else start
        found, under_way, batch = np.array(at), np.arange(len(at)), self
        loss, slope = batch._loss(at)
        last: tuple[Floats, Floats] | None = None
        for _ in range(steps):
            short = batch._flat(slope)
            done = np.vecdot(short, short) <= tolerance**2
            if done.sum() >= max(1, WORTH_CUTTING * len(done)):
                found[under_way[done]] = at[done]
                keep = np.flatnonzero(~done)
                if not len(keep):
                    return found
                under_way, at, loss, slope, short = under_way[keep], at[keep], loss[keep], slope[keep], short[keep]
                last = last and (last[0][keep], last[1][keep])
                batch = batch._only(keep)
            way = _way(short, last)
            new, new_loss, new_slope = batch._downhill(at, way, loss, np.vecdot(way, short))
            last = way, batch._flat(new_slope - slope)
            at, loss, slope = new, new_loss, new_slope
        found[under_way] = at
        return found

    def _loss(self, at: Floats) -> tuple[Floats, Floats]:
        """Return losses of shape (members,) and slopes of the shape of ``at``."""
        odds = self.odds(at)
        top = odds.max(axis=1)
        odds -= top[:, None]
        np.exp(odds, out=odds)
        total = odds.sum(axis=1)
        odds *= (self._weights / total)[:, None]
        top += np.log(total, out=total)
        shrunk = self._penalty * at
        slope = (odds.reshape(-1, odds.shape[-1]) @ self._design).reshape(at.shape)
        slope -= self._pull
        flat = at.reshape(len(at), -1)
        loss = np.vecdot(self._weights, top) - np.vecdot(flat, (self._pull - 0.5 * shrunk).reshape(len(at), -1))
        slope += shrunk
        return loss, slope

    def _downhill(self, at: Floats, way: Floats, loss: Floats, drop: Floats) -> tuple[Floats, Floats, Floats]:
        """Go along ``way``, which is shortened in place for members whose loss would not fall."""
        for _ in range(HALVINGS):
            new = at + way.reshape(at.shape) * self._unit
            new_loss, new_slope = self._loss(new)
            worse = new_loss > loss + 1e-4 * drop + NOISE
            if not worse.any():
                break
            way[worse] /= 2
            drop = np.where(worse, drop / 2, drop)
        return new, new_loss, new_slope

    def _flat(self, slope: Floats) -> Floats:
        return (slope * self._unit).reshape(len(slope), -1)

    def _only(self, keep: Ints) -> Batch:
        few = copy(self)
        few._weights, few._pull = self._weights[keep], self._pull[keep]
        few._penalty, few._unit = self._penalty[keep], self._unit[keep]
        few._barred = None if self._barred is None else self._barred[keep]
        return few


def _way(slope: Floats, last: tuple[Floats, Floats] | None) -> Floats:
    """Return the L-BFGS direction of each member, remembering one step and how the slope changed along it."""
    if last is None:
        return -slope
    step, change = last
    along = np.vecdot(step, change)
    seen: Bools = along > 0
    along = np.where(seen, along, 1.0)
    share = np.where(seen, np.vecdot(step, slope) / along, 0.0)
    scale = np.where(seen, along / np.maximum(np.vecdot(change, change), 1e-300), 1.0)
    way = (slope - share[:, None] * change) * -scale[:, None]
    way -= (share + np.where(seen, np.vecdot(change, way) / along, 0.0))[:, None] * step
    return way
