"""Two domains side by side: their tables checked, and how far apart their means lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_array

from seral_core.errors import BadFeatures
from seral_core.types import Floats


def discrepancy(source: ArrayLike, target: ArrayLike) -> float:
    """Return the squared distance between the means of two sets of rows: their MMD with a linear kernel.

    Parameters
    ----------
    source, target : array of shape (rows, features)
        Features of both.

    References
    ----------
    .. [1] Borgwardt et al., Integrating structured biological data by kernel maximum mean
       discrepancy, Bioinformatics 22(14), 2006.

    Examples
    --------
    >>> discrepancy([[0.0, 1.0], [2.0, 1.0]], [[4.0, 5.0]])
    25.0
    """
    apart = np.mean(np.asarray(source, float), axis=0) - np.mean(np.asarray(target, float), axis=0)
    return float(apart @ apart)


def mean_difference(rows: Floats, split: int) -> Floats:
    """Return the mean of the first ``split`` rows less that of the others, of shape (1, columns).

    Examples
    --------
    >>> mean_difference(np.array([[1.0], [3.0], [7.0]]), 2)
    array([[-5.]])
    """
    return np.asarray(rows[:split].mean(axis=0) - rows[split:].mean(axis=0))[None]


def class_differences(rows: Floats, split: int, known: NDArray[Any], guessed: NDArray[Any]) -> Floats:
    """Return the difference of means within each class that both domains have.

    Parameters
    ----------
    rows : Floats of shape (source + target rows, columns)
        The source's come first.
    split : int
        How many are the source's.
    known, guessed : array of shape (source rows,), and of shape (target rows,)
        Classes of either.

    Returns
    -------
    Floats of shape (common classes, columns)
        Source less target; none where no class is common.

    Examples
    --------
    >>> class_differences(np.array([[1.0], [3.0], [7.0]]), 2, np.array(["anger", "fear"]), np.array(["fear"]))
    array([[-4.]])
    """
    both = np.intersect1d(known, guessed)
    return _means(rows[:split], known, both) - _means(rows[split:], guessed, both)


def _means(rows: Floats, labels: NDArray[Any], classes: NDArray[Any]) -> Floats:
    member = (labels == classes[:, None]).astype(np.float64)
    return np.asarray(member @ rows / member.sum(axis=1, keepdims=True))


def settled(projected: Floats) -> Floats:
    """Return factors for components: the largest entry of each is to be above 0, and their mean variance 1.

    Parameters
    ----------
    projected : Floats of shape (rows, components)
        Centred rows of both domains.

    Returns
    -------
    Floats of shape (components,)
        One size, and the sign of each.

    Examples
    --------
    >>> settled(np.array([[-4.0, 0.0], [2.0, 1.0], [2.0, -1.0]])).round(3)
    array([-0.48,  0.48])
    """
    signs = np.sign(projected[np.abs(projected).argmax(axis=0), np.arange(projected.shape[1])])
    return np.asarray(signs / np.sqrt(np.square(projected).sum() / projected.size))


def checked_rows(values: ArrayLike, what: str, width: int = 0, least: int = 0) -> Floats:
    """Return a table as float64, or say what is wrong with it.

    Parameters
    ----------
    values : array of shape (rows, features)
        The features that were given.
    what : str
        What it is, for messages.
    width : int
        Number of features it has to have; 0 is any.
    least : int
        Number of rows it has to have.

    Raises
    ------
    BadFeatures
        When it is no table of finite numbers, too narrow, too wide or too short.

    Examples
    --------
    >>> checked_rows([[1, 2]], "the source", width=3)
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: the source has 2 features; expected 3; extract both with the same features
    """
    rows: Floats = check_array(
        values,
        dtype=np.float64,
        ensure_2d=False,
        allow_nd=True,
        ensure_all_finite=False,
        ensure_min_samples=0,
        ensure_min_features=0,
    )
    if rows.ndim != 2 or not rows.shape[1]:
        raise BadFeatures(
            f"{what} has shape {rows.shape}; expected rows and features, at least one feature; Reshape your data"
        )
    if width and rows.shape[1] != width:
        raise BadFeatures(f"{what} has {rows.shape[1]} features; expected {width}; extract both with the same features")
    if len(rows) < least:
        raise BadFeatures(f"{what} has too few rows, n_samples = {len(rows)}; expected {least} or more; add clips")
    wrong = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(wrong):
        raise BadFeatures(
            f"{what} has NaN or infinity in {len(wrong)} of {len(rows)} rows, first in row "
            f"{wrong[0]}; expected finite numbers; leave those rows out"
        )
    return rows


def checked_classes(classes: ArrayLike | None, rows: int) -> NDArray[Any]:
    """Return the classes of the source, one per row and two or more in all; raise `BadFeatures` otherwise.

    Examples
    --------
    >>> checked_classes(["anger", "fear"], 2).tolist()
    ['anger', 'fear']
    """
    if classes is None:
        raise BadFeatures("got no classes; expected one for each row of the source; without any, use TCA")
    known = np.asarray(classes)
    if known.shape != (rows,):
        raise BadFeatures(f"got classes of shape {known.shape} for {rows} rows of the source; expected one per row")
    missing = int(pd.isna(known).sum())
    if missing:
        raise BadFeatures(f"{missing} of {rows} rows of the source have no class; leave them out")
    if np.issubdtype(known.dtype, np.floating) and (known % 1).any():
        raise BadFeatures(
            "the classes of the source are positions on a scale; expected a few names; for scales use TCA"
        )
    found = np.unique(known)
    if len(found) < 2:
        raise BadFeatures(f"all rows of the source are '{found[0]}'; expected two classes or more; use TCA instead")
    return known
