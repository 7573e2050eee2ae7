"""Uncertainty: choose segments whose class the learner is least sure of.

Scores are functions of probabilities alone; choosing the highest is
`seral_core.strategies.base.best`. A clip of several units scores the mean of its units' scores
(`Classes.per_row`). Over several targets, each segment's ranks are averaged, so that no target's
scale decides.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from seral_core.former import former
from seral_core.strategies.base import View, strategies
from seral_core.strategies.by_score import by_score
from seral_core.strategies.by_score import mean_ranks as mean_ranks
from seral_core.strategies.by_score import ranks as ranks
from seral_core.strategies.parts import in_parts
from seral_core.types import Floats, Ints

#: Rows scored at once, so that a million rows need no second million of temporary values.
BLOCK = 32_768


def entropy_scores(proba: Floats) -> Floats:
    r"""Shannon entropy of each row, :math:`-\sum_c p_c \ln p_c`, in nats.

    Parameters
    ----------
    proba : Floats of shape (..., classes)
        Probabilities in [0, 1].

    Returns
    -------
    Floats of shape (...)
        In [0, ln(classes)]; 0 ln 0 counts as 0.

    Examples
    --------
    >>> entropy_scores(np.array([[0.5, 0.5], [1.0, 0.0]])).round(3)
    array([0.693, 0.   ])
    """
    from scipy.special import entr

    flat = proba.reshape(-1, proba.shape[-1])
    out = np.empty(len(flat))
    ones = np.ones(proba.shape[-1])
    for start in range(0, len(flat), BLOCK):
        out[start : start + BLOCK] = entr(flat[start : start + BLOCK]) @ ones
    return out.reshape(proba.shape[:-1])


def least_confidence_scores(proba: Floats) -> Floats:
    """How far the most probable class is from certain, ``1 - max``.

    Parameters
    ----------
    proba : Floats of shape (..., classes)
        Probabilities in [0, 1].

    Returns
    -------
    Floats of shape (...)
        In [0, 1 - 1 / classes].

    Examples
    --------
    >>> least_confidence_scores(np.array([[0.7, 0.2, 0.1]])).round(3)
    array([0.3])
    """
    scores: Floats = 1.0 - proba.max(axis=-1)
    return scores


def margin_scores(proba: Floats) -> Floats:
    """How close the two most probable classes are, ``second - first``.

    Parameters
    ----------
    proba : Floats of shape (..., classes)
        Probabilities in [0, 1].

    Returns
    -------
    Floats of shape (...)
        In [-1, 0]; 0 where the two are equal. All 0 where there is one class only.

    Examples
    --------
    >>> margin_scores(np.array([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2]])).round(3)
    array([-0.5,  0. ])
    """
    if proba.shape[-1] < 2:
        return np.zeros(proba.shape[:-1])
    top = np.partition(proba, -2, axis=-1)
    scores: Floats = top[..., -2] - top[..., -1]
    return scores


def _scores(formula: Callable[[Floats], Floats], view: View) -> list[Floats]:
    beliefs = [view.classes(target) for target in view.task]
    return [belief.per_row(formula(belief.mean)) for belief in beliefs]


@strategies.register("entropy")
@in_parts
def entropy(view: View, n: int, rng: Generator) -> Ints:
    """Highest entropy of the predicted classes.

    Uses ``beliefs`` of categorical targets.

    Raises
    ------
    BadPlan
        When a target is on a scale, or no model is trained yet.

    References
    ----------
    .. [1] Settles, Active learning literature survey, University of Wisconsin-Madison, 2009.

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> belief = Classes(np.array([[[0.9, 0.1], [0.5, 0.5]]]))
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=task, predict=lambda rows: {"emotion": belief})
    >>> entropy(view, 1, np.random.default_rng(0))
    array([2])
    """
    return by_score(view, partial(_scores, entropy_scores), n, rng)


@strategies.register("least-confidence")
@in_parts
def least_confidence(view: View, n: int, rng: Generator) -> Ints:
    r"""Lowest probability of the most probable class.

    Li et al. (2024, Eq. 5) print :math:`\sum_j (1 - P(y_j|x))`, which is the same for all clips: the number of classes
    less one. What is meant, and used here, is :math:`1 - \max_j P(y_j|x)`.

    Uses ``beliefs`` of categorical targets.

    Raises
    ------
    BadPlan
        When a target is on a scale, or no model is trained yet.

    References
    ----------
    .. [1] Lewis and Gale, A sequential algorithm for training text classifiers, SIGIR 1994.

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> belief = Classes(np.array([[[0.9, 0.1], [0.6, 0.4]]]))
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=task, predict=lambda rows: {"emotion": belief})
    >>> least_confidence(view, 2, np.random.default_rng(0))
    array([2, 1])
    """
    return by_score(view, partial(_scores, least_confidence_scores), n, rng)


@strategies.register("margin")
@in_parts
def margin(view: View, n: int, rng: Generator) -> Ints:
    """Smallest margin between the two most probable classes.

    Uses ``beliefs`` of categorical targets.

    Raises
    ------
    BadPlan
        When a target is on a scale, or no model is trained yet.

    References
    ----------
    .. [1] Scheffer, Decomain and Wrobel, Active hidden Markov models for information extraction,
       IDA 2001.

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> belief = Classes(np.array([[[0.5, 0.1, 0.4], [0.49, 0.255, 0.255]]]))
    >>> task = (Target("emotion", ("anger", "fear", "sadness")),)
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=task, predict=lambda rows: {"emotion": belief})
    >>> margin(view, 1, np.random.default_rng(0))
    array([1])
    """
    return by_score(view, partial(_scores, margin_scores), n, rng)


if not TYPE_CHECKING:  # which would take any name for one of this file
    __getattr__ = former(__name__, {"together": "mean_ranks"})
