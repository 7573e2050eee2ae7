"""Expected model change: choose clips whose label would move the model most, whatever it turns out to be."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.by_score import by_score
from seral_core.strategies.parts import in_parts
from seral_core.strategies.representations import representations
from seral_core.types import Classes, Floats, Ints, Target


def gradient_lengths(proba: Floats) -> Floats:
    r"""Return the expected length of a softmax model's gradient at the output, of each row.

    :math:`\sum_c p_c \| p - e_c \|`: the gradient for each answer, weighed by how likely it is.

    Parameters
    ----------
    proba : Floats of shape (units, classes)
        Probabilities.

    Returns
    -------
    Floats of shape (units,)
        0 where the model is certain.

    Examples
    --------
    >>> gradient_lengths(np.array([[0.5, 0.5], [1.0, 0.0]])).round(3)
    array([0.707, 0.   ])
    """
    squares = np.square(proba).sum(axis=-1, keepdims=True) - 2 * proba + 1
    return np.asarray((proba * np.sqrt(np.maximum(squares, 0))).sum(axis=-1), np.float64)


@strategies.register("expected-change")
@in_parts
def expected_change(view: View, n: int, rng: Generator) -> Ints:
    r"""Largest expected length of the gradient that the label would bring (expected model change).

    Of a category it is :math:`\sum_c p_c \|p - e_c\| \, \|(x, 1)\|` for the last layer of a softmax model, with the
    learner's embeddings as :math:`x`, or features where it gives none. Of a scale, the answers that are expected are
    those of a committee: :math:`\frac{1}{M} \sum_m |\bar f - f_m| \, \|(x, 1)\|`.

    Uses ``beliefs`` of categories, ``committee`` of scales, and ``embed`` or ``table``.

    Raises
    ------
    BadPlan
        When no model is trained yet.

    References
    ----------
    .. [1] Settles and Craven, An analysis of active learning strategies for sequence labeling tasks, EMNLP 2008.
    .. [2] Cai, Zhang and Zhou, Maximizing expected model change for active learning in regression, ICDM 2013.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> belief = {"emotion": Classes(np.array([[[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]]]))}
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 1.0, 5.0, 9.0, labelled=[0], task=task, predict=lambda rows: belief)
    >>> expected_change(view, 2, np.random.default_rng(0))
    array([1, 2])
    """
    kinds = {"committee" if target.is_scale else "predict" for target in view.task}
    return by_score(view, _changes, n, rng, uses=(*sorted(kinds), "points" if view.embed is None else "embed"))


def _changes(view: View) -> list[Floats]:
    some = representations(view).astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", some, some) + 1)
    return [_at_output(view, target) * lengths for target in view.task]


def _at_output(view: View, target: Target) -> Floats:
    if target.is_scale:
        spread = view.committee(view.candidates)[target.name]
        assert not isinstance(spread, Classes)
        return spread.per_row(np.abs(spread.mean - spread.guess).mean(axis=0))
    belief = view.classes(target)
    return belief.per_row(gradient_lengths(belief.mean))
