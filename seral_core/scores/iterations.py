"""Tests in every iteration: where on the way one curve lies above others (Student's t over test parts, Holm).

The same question is put at every point, so neighbouring answers say nearly the same, and one in
twenty points would be found by chance alone: what counts is long stretches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seral_core.errors import BadPlan
from seral_core.scores.groups import FEWEST, group_values, p_values
from seral_core.scores.statistics import Curve, common_points, holm, paired
from seral_core.types import Bools, Floats


@dataclass(frozen=True, eq=False)
class Significance:
    """What the tests of one curve against others say.

    Parameters
    ----------
    name : str
        The curve.
    others : tuple of str
        What it was compared with.
    spent : Floats of shape (points,)
        Clips listened to.
    better, worse : Floats of shape (others, points)
        Corrected p-values, one-sided: that the curve is better, and that it is worse; nan where groups
        are too few for a test.
    pairs : int
        How many runs are paired.
    groups : int
        How many groups of clips they are scored on.
    """

    name: str
    others: tuple[str, ...]
    spent: Floats
    better: Floats
    worse: Floats
    pairs: int
    groups: int = 0

    @property
    def tested(self) -> bool:
        """Whether there are groups enough for a test."""
        return self.groups >= FEWEST

    def share(self, other: str, level: float = 0.05) -> tuple[float, float]:
        """Return the share of points at which the curve is clearly better than another one, and clearly worse."""
        row = self.others.index(other)
        return float((self.better[row] < level).mean()), float((self.worse[row] < level).mean())


def significance(curve: Curve, others: Sequence[Curve], *, lower_is_better: bool = False) -> Significance:
    """Compare a curve with others at every point that all have, over runs with the same seed and fold.

    The tests are one-sided, as they are to show improvements; those of one point are corrected
    together. They count groups of clips, as all tests do: see `seral_core.scores.groups`.

    Parameters
    ----------
    curve : Curve
        The one that may be better.
    others : sequence of Curve
        What it is compared with.
    lower_is_better : bool
        As it is of errors.

    Raises
    ------
    BadPlan
        When there is nothing to compare with, or no runs are paired.

    References
    ----------
    .. [1] Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
       Statistics 6(2), 1979.
    .. [2] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, section 4.2.

    Examples
    --------
    >>> pairs, spent = tuple((0, fold) for fold in range(6)), np.array([20.0, 21.0])
    >>> low = Curve("random", spent, np.zeros((6, 2)), pairs)
    >>> high = Curve("mine", spent, np.column_stack([np.zeros(6), np.arange(1.0, 7.0)]), pairs)
    >>> significance(high, [low]).better.round(4)
    array([[1.   , 0.003]])
    """
    pairs = [pair for pair in curve.pairs if all(pair in paired(curve, other) for other in others)]
    points = curve.spent
    for other in others:
        points = np.intersect1d(points, common_points(curve, other))
    if not others or not pairs or not len(points):
        names = ", ".join(other.name for other in others) or "nothing"
        raise BadPlan(f"{curve.name} cannot be compared with {names}; expected runs with the same seeds and folds")
    sign = -1.0 if lower_is_better else 1.0
    mine = _at(curve, pairs, points)
    folds = [fold for _, fold in pairs]
    gaps = [group_values(sign * (mine - _at(other, pairs, points)), folds, curve.on) for other in others]
    better, worse = (_corrected(np.stack([p_values(each, side) for each in gaps])) for side in ("greater", "less"))
    against = tuple(other.name for other in others)
    return Significance(curve.name, against, points, better, worse, len(pairs), len(gaps[0]))


def stretches(marked: Bools) -> list[tuple[int, int]]:
    """Return first and last position of every stretch of true values.

    Examples
    --------
    >>> stretches(np.array([True, True, False, True]))
    [(0, 1), (3, 3)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(int)))
    return [(int(start), int(end) - 1) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _at(curve: Curve, pairs: Sequence[tuple[int, int]], points: Floats) -> Floats:
    rows = [curve.pairs.index(pair) for pair in pairs]
    return np.stack([np.interp(points, curve.spent, curve.values[row]) for row in rows])


def _corrected(p: Floats) -> Floats:
    return np.array([holm(column.tolist()) for column in p.T]).T
