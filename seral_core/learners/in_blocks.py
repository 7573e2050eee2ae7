"""What a learner believes of a table of any size: of one that lies in partitions, partition by partition."""

from __future__ import annotations

from collections.abc import Callable

from seral_core.far.table import FarTable
from seral_core.features.table import FeatureTable
from seral_core.joined_beliefs import join_rows
from seral_core.learners.base import predicted
from seral_core.types import Prediction


def believed(predict: Callable[[FeatureTable], Prediction], table: FeatureTable) -> Prediction:
    """Return what a learner believes of every row; beliefs are in memory, features need not be.

    Parameters
    ----------
    predict : callable
        Such as ``learner.predict``.
    table : FeatureTable
        In memory, or a `seral_core.far.table.FarTable`.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.types import Scale
    >>> guess = lambda table: {"arousal": Scale(table.values[:, 0][None], 0 * table.values[:, 0][None])}
    >>> believed(guess, far_example())["arousal"].guess
    array([0., 1., 2., 3., 4.], dtype=float32)
    """
    if not isinstance(table, FarTable) or not len(table):
        return predicted(predict, table)
    each = [predicted(predict, block.table()) for _, block in table.firsts()]
    return {name: join_rows([prediction[name] for prediction in each]) for name in each[0]}
