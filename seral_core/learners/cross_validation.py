"""Cross-validation of few labels: folds as scikit-learn deals them, defined in every awkward round."""

from __future__ import annotations

import numpy as np

from seral_core.types import Bools, Floats, Ints


def stratified(codes: Ints, folds: int) -> Bools:
    """Deal rows to folds so that each holds about the same part of every class.

    The same folds as scikit-learn's ``StratifiedKFold`` without shuffling, but defined for every
    number of labels: that of a class with fewer labels than folds is in some folds only, and with
    fewer rows than folds, some folds are empty and left out.

    Parameters
    ----------
    codes : Ints of shape (rows,)
        Class numbers.
    folds : int
        How many folds, 2 or more.

    Returns
    -------
    Bools of shape (<= folds, rows)
        Which rows each fold holds out; none is empty.

    Examples
    --------
    >>> stratified(np.array([0, 0, 0, 1, 1, 0]), 3).astype(int)
    array([[1, 1, 0, 0, 0, 0],
           [0, 0, 1, 1, 0, 0],
           [0, 0, 0, 0, 1, 1]])
    """
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    met = np.argsort(np.argsort(first))[place]
    # Sorted by the order in which classes are met, labels take turns at the folds; within a class,
    # rows stay in order.
    rows = np.argsort(met, kind="stable")
    turn = np.arange(len(codes)) % folds
    fold_of = np.empty(len(codes), dtype=np.intp)
    fold_of[rows] = turn[np.lexsort((turn, met[rows]))]
    return _held_out(fold_of, folds)


def in_order(rows: int, folds: int) -> Bools:
    """Deal rows to folds of neighbours, as scikit-learn's ``KFold`` without shuffling.

    Parameters
    ----------
    rows : int
        How many there are; with fewer than folds, each is a fold.
    folds : int
        How many folds, 2 or more.

    Returns
    -------
    Bools of shape (<= folds, rows)
        Which rows each fold holds out; none is empty.

    Examples
    --------
    >>> in_order(4, 3).astype(int)
    array([[1, 1, 0, 0],
           [0, 0, 1, 0],
           [0, 0, 0, 1]])
    """
    sizes = np.full(folds, rows // folds)
    sizes[: rows % folds] += 1
    return _held_out(np.repeat(np.arange(folds), sizes), folds)


def whole_groups(groups: Ints, folds: int) -> Bools:
    """Deal rows to folds so that all rows of a group are in one: the largest groups first, each to the emptiest fold.

    Parameters
    ----------
    groups : Ints of shape (rows,)
        Such as the recording that each frame is from. One group alone is dealt in parts of neighbours, as by
        `in_order`.
    folds : int
        How many folds, 2 or more.

    Returns
    -------
    Bools of shape (<= folds, rows)
        Which rows each fold holds out; none is empty.

    Examples
    --------
    >>> whole_groups(np.array([4, 4, 4, 7, 7, 9]), 2).astype(int)
    array([[1, 1, 1, 0, 0, 0],
           [0, 0, 0, 1, 1, 1]])
    >>> whole_groups(np.array([4, 4, 4]), 2).astype(int)
    array([[1, 1, 0],
           [0, 0, 1]])
    """
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        return in_order(len(groups), folds)
    fold_of, full = np.empty(len(sizes), dtype=np.intp), np.zeros(folds, dtype=np.intp)
    for group in np.argsort(-sizes, kind="stable"):
        fold_of[group] = full.argmin()
        full[fold_of[group]] += sizes[group]
    return _held_out(fold_of[place], folds)


def first_best(scores: Floats) -> int:
    """Return the number of the choice with the highest mean; the first of equals, and where nothing can be compared.

    Parameters
    ----------
    scores : Floats of shape (choices, folds)
        nan where a fold says nothing; those folds are left out.

    Returns
    -------
    int
        As ``best_index_`` of scikit-learn's ``GridSearchCV``.

    Examples
    --------
    >>> first_best(np.array([[0.5, 0.5], [0.6, 0.8], [0.7, 0.7]])), first_best(np.array([[np.nan], [np.nan]]))
    (1, 0)
    """
    complete = scores[:, ~np.isnan(scores).any(axis=0)]
    return int(np.argmax(np.average(complete, axis=1))) if complete.size else 0


def _held_out(fold_of: Ints, folds: int) -> Bools:
    held: Bools = fold_of == np.arange(folds)[:, None]
    return held[held.any(axis=1)]
