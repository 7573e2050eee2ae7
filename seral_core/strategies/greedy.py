"""Greedy sampling: choose segments far from the labelled ones, in features, labels, or both.

The distance between candidate *i* and labelled segment *j* in label space is that of *i*'s
predicted to *j*'s known value, in parts of the target's range. Where a segment has no value for one
of several targets, and for picks of the same round, the predicted value stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.diversity import farthest_first
from seral_core.strategies.space import (
    Points,
    column_rows,
    draw_highest,
    kept_columns,
    labelled_columns,
    per_row,
    points,
    squared_distances,
)
from seral_core.types import Belief, Floats, Ints, Prediction, Scale, Target

#: From squared distances in features, predicted and known values, to a score, of shape (labelled, candidates).
Fusion = Callable[[Points, Floats, Floats], Points]
#: So many of the widest bounds are settled first.
SETTLED = 64


def centre_of(view: View) -> int:
    """Return the position of the candidate nearest the centroid of the pool: where GSx starts.

    Parameters
    ----------
    view : View
        Uses ``table``; at least one candidate.

    Returns
    -------
    int
        Position in ``view.candidates``, in the same feature space as every distance.

    Examples
    --------
    >>> centre_of(line_view(0.0, 1.0, 5.0, 2.1))
    3
    """
    everything = points(view)
    centroid = everything.mean(axis=0, dtype=np.float64).astype(everything.dtype)
    return int(squared_distances(everything[view.candidates], centroid).argmin())


@strategies.register("gsx")
def gsx(view: View, n: int, rng: Generator) -> Ints:
    """Greedy sampling in feature space (GSx): farthest from all labelled ones.

    Parameters
    ----------
    view : View
        Uses ``table`` and ``labelled``. Where nothing is labelled, the first pick is the candidate
        nearest the centroid of the pool.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    References
    ----------
    .. [1] Wu, Lin and Huang, Active learning for regression using greedy sampling, Information Sciences 474, 2019.

    Examples
    --------
    >>> gsx(line_view(0.0, 1.0, 5.0, 2.1), 3, np.random.default_rng(0))
    array([3, 2, 0])
    """
    start = centre_of(view) if len(view.candidates) and not len(view.labelled) else None
    return farthest_first(view, n, rng, start)


@strategies.register("gsy")
def gsy(view: View, n: int, rng: Generator) -> Ints:
    """Greedy sampling in label space (GSy): predicted value farthest from all known ones.

    Several targets: the Euclidean distance over their values.

    Parameters
    ----------
    view : View
        Uses ``beliefs`` of targets on a scale, and ``answers``.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Wu, Lin and Huang, Active learning for regression using greedy sampling, Information Sciences 474, 2019.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> guess = Scale(np.array([[0.9, 0.1]]), np.zeros((1, 2)))
    >>> known = {"arousal": Answers(np.array([0]), np.array([0.0]), np.ones(1))}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], answers=known, predict=lambda rows: {"arousal": guess})
    >>> gsy(view, 1, np.random.default_rng(0)), gsx(view, 1, np.random.default_rng(0))
    (array([1]), array([2]))
    """
    return _greedy(view, n, rng, _labels_alone)


@strategies.register("igs")
def igs(view: View, n: int, rng: Generator) -> Ints:
    r"""Improved greedy sampling (iGS): farthest in features times labels.

    :math:`\min_j \|x_i - x_j\| \cdot \|\hat y_i - y_j\|` is highest. Several targets: the Euclidean
    distance over their values, which weighs features and labels equally.

    Parameters
    ----------
    view : View
        Uses ``table``, ``beliefs`` of targets on a scale, and ``answers``.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Wu, Lin and Huang, Active learning for regression using greedy sampling, Information Sciences 474, 2019.
    .. [2] Xu et al., Cross-task inconsistency based active learning (CTIAL) for emotion recognition, IEEE
       Transactions on Affective Computing, 2024, Eq. 11 (several targets).

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> guess = Scale(np.array([[0.9, 0.3]]), np.zeros((1, 2)))
    >>> known = {"arousal": Answers(np.array([0]), np.array([0.0]), np.ones(1))}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], answers=known, predict=lambda rows: {"arousal": guess})
    >>> igs(view, 1, np.random.default_rng(0)), gsy(view, 1, np.random.default_rng(0))
    (array([2]), array([1]))
    """
    return _greedy(view, n, rng, _norm)


@strategies.register("mtigs")
def mtigs(view: View, n: int, rng: Generator) -> Ints:
    r"""Multi-task iGS (MTiGS): farthest in features times every target's labels.

    :math:`\min_j \|x_i - x_j\| \cdot \prod_t |\hat y_i^t - y_j^t|` is highest. With one target this is iGS.

    Parameters
    ----------
    view : View
        Uses ``table``, ``beliefs`` of targets on a scale, and ``answers``.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Wu and Huang, Affect estimation in 3D space using multi-task active learning for regression, IEEE
       Transactions on Affective Computing 13, 2022.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> zero = Answers(np.array([0]), np.array([0.0]), np.ones(1))
    >>> none = np.zeros((1, 2))
    >>> arousal, valence = Scale(np.array([[1.0, 0.6]]), none), Scale(np.array([[0.0, 0.6]]), none)
    >>> view = line_view(
    ...     0.0, 5.0, 5.0, labelled=[0], task=(Target("arousal"), Target("valence")),
    ...     answers={"arousal": zero, "valence": zero}, predict=lambda rows: {"arousal": arousal, "valence": valence},
    ... )
    >>> mtigs(view, 1, np.random.default_rng(0)), igs(view, 1, np.random.default_rng(0))
    (array([2]), array([1]))
    """
    return _greedy(view, n, rng, _product)


def _labels_alone(_features: Points, guess: Floats, values: Floats) -> Points:
    from scipy.spatial.distance import cdist

    apart: Points = cdist(values, guess, "sqeuclidean")
    return apart


def _norm(features: Points, guess: Floats, values: Floats) -> Points:
    apart = _labels_alone(features, guess, values)
    return np.multiply(features, apart, out=apart)


def _product(features: Points, guess: Floats, values: Floats) -> Points:
    apart = np.square(np.subtract.outer(values[:, 0], guess[:, 0]))
    for t in range(1, guess.shape[1]):
        apart *= np.square(np.subtract.outer(values[:, t], guess[:, t]))
    return np.multiply(features, apart, out=apart)


def _greedy(view: View, n: int, rng: Generator, fusion: Fusion) -> Ints:
    wanted = max(0, min(n, len(view.candidates)))
    if not wanted:
        return view.candidates[:0]
    guess = _predicted(view, view.beliefs)
    single = wanted == 1 and len(view.labelled) > 0 and fusion in JOIN and isinstance(column_rows(view), slice)
    gaps = _widest_gaps(view, guess, fusion) if single else _gaps(view, guess, fusion)
    return view.candidates[_picks(view, wanted, rng, fusion, guess, gaps)]


#: How a fusion joins the squared label distances of several targets.
JOIN: dict[Fusion, Callable[..., Floats]] = {_norm: np.sum, _product: np.prod}


def _widest_gaps(view: View, guess: Floats, fusion: Fusion) -> Floats:
    """As `_gaps`, but exact only where the widest may be, and too wide a bound elsewhere.

    The fused distance to any labelled row bounds the smallest one; those nearest in features, or in
    one target's values, are tried.
    """
    kept, rows = kept_columns(view), view.candidates
    known = _known(view)[np.searchsorted(view.labelled, kept.rows)]
    gaps = np.full(len(rows), np.inf)
    for near in (kept.nearest[rows], *(_nearest_values(known[:, t], guess[:, t]) for t in range(guess.shape[1]))):
        apart = JOIN[fusion](np.square(known[near] - guess), axis=1)
        np.minimum(
            gaps, kept.squares[near, rows] * apart * (1 + 1e-9), out=gaps
        )  # rounding must not make it too narrow

    def settle(which: Ints) -> float:
        gaps[which] = fusion(kept.squares[:, rows[which]], guess[which], known).min(axis=0)
        return float(gaps[which].max())

    some = min(SETTLED, len(rows))
    top = np.argpartition(gaps, len(rows) - some)[len(rows) - some :]
    widest = settle(top)
    bounds = gaps.copy()
    bounds[top] = -1.0
    settle(np.concatenate([top[:1], np.flatnonzero(bounds >= widest)]))
    return gaps


def _nearest_values(known: Floats, guess: Floats) -> Ints:
    """Return the position of the known value nearest to each guess."""
    order = np.argsort(known)
    rising = known[order]
    right = (
        np.clip(np.searchsorted(rising, guess), 1, len(rising) - 1) if len(rising) > 1 else np.zeros(len(guess), int)
    )
    left = np.maximum(right - 1, 0)
    return order[np.where(guess - rising[left] < rising[right] - guess, left, right)]


def _gaps(view: View, guess: Floats, fusion: Fusion) -> Floats:
    """Smallest fused distance of each candidate to a labelled row, of shape (candidates,)."""
    which = view.candidates if fusion is _labels_alone else column_rows(view)
    whole = isinstance(which, slice)
    if whole:
        guess = _spread(guess, view.candidates, len(view.table))
    gaps = np.full(len(guess), np.inf)
    known = _known(view)
    for rows, squares in _columns(view, fusion):
        values = known[np.searchsorted(view.labelled, rows)]
        np.minimum(gaps, fusion(squares, guess, values).min(axis=0), out=gaps)
    return gaps[view.candidates] if whole else gaps


def _spread(guess: Floats, rows: Ints, size: int) -> Floats:
    everywhere = np.zeros((size, guess.shape[1]))
    everywhere[rows] = guess
    return everywhere


def _columns(view: View, fusion: Fusion) -> Iterator[tuple[Ints, Points]]:
    if fusion is not _labels_alone:
        yield from labelled_columns(view)
        return
    step = max(1, 2**16 // len(view.candidates))
    for start in range(0, len(view.labelled), step):
        yield view.labelled[start : start + step], np.zeros(0)


def _picks(view: View, wanted: int, rng: Generator, fusion: Fusion, guess: Floats, gaps: Floats) -> Ints:
    near = points(view)[view.candidates] if wanted > 1 else np.zeros((0, 0))
    chosen: list[int] = []
    while len(chosen) < wanted:
        first = not chosen and not len(view.labelled)
        pick = centre_of(view) if first else draw_highest(gaps, rng)
        chosen.append(pick)
        if len(chosen) < wanted:
            squares = squared_distances(near, near[pick])[None]
            np.minimum(gaps, fusion(squares, guess, guess[[pick]])[0], out=gaps)
            gaps[chosen] = -1.0
    return np.array(chosen, dtype=np.intp)


def _predicted(view: View, beliefs: Prediction) -> Floats:
    """Predicted values in parts of each target's range, of shape (rows, targets)."""
    columns = [_value(view, target, beliefs[target.name]) for target in view.task]
    return np.stack(columns, axis=1)


def _value(view: View, target: Target, belief: Belief) -> Floats:
    if not isinstance(belief, Scale):
        view.scale(target)
        raise AssertionError("a scale was expected")
    return np.asarray(per_row(belief.guess, belief.bounds), float) / _range(target)


def _known(view: View) -> Floats:
    """Known values in parts of each target's range, predicted ones where unknown; (labelled, targets)."""
    values = np.full((len(view.labelled), len(view.task)), np.nan)
    for t, target in enumerate(view.task):
        answers = view.answers.get(target.name)
        if answers is not None and len(answers):
            mine = np.isin(answers.rows, view.labelled)
            values[np.searchsorted(view.labelled, answers.rows[mine]), t] = answers.values[mine] / _range(target)
    gaps = np.isnan(values)
    missing = np.flatnonzero(gaps.any(axis=1))
    if len(missing):
        guess = _predicted(view, view.predict(view.labelled[missing]))
        values[missing] = np.where(gaps[missing], guess, values[missing])
    return values


def _range(target: Target) -> float:
    return (target.high - target.low) or 1.0
