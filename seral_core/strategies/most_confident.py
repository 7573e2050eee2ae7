"""Most confident first: the opposite of uncertainty, for steps in which the machine labels what it is sure of."""

from __future__ import annotations

from numpy.random import Generator

from seral_core.learners.confidence import confidence
from seral_core.strategies.base import View, strategies
from seral_core.strategies.by_score import by_score
from seral_core.strategies.parts import in_parts
from seral_core.types import Floats, Ints


@strategies.register("most-confident")
@in_parts
def most_confident(view: View, n: int, rng: Generator) -> Ints:
    """Highest confidence: for the oracle ``machine``; it teaches little where people answer.

    Over several targets, each segment's ranks are averaged.

    Uses ``beliefs``.

    Raises
    ------
    BadPlan
        When no model is trained yet.

    References
    ----------
    .. [1] Zhang, Coutinho, Deng and Schuller, Cooperative learning and its application to emotion
       recognition from speech, IEEE/ACM TASLP 23(1), 2015.

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> belief = Classes(np.array([[[0.5, 0.5], [0.9, 0.1]]]))
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 9.0, -1.0, labelled=[0], task=task, predict=lambda rows: {"emotion": belief})
    >>> most_confident(view, 1, np.random.default_rng(0))
    array([2])
    """
    return by_score(view, confidences, n, rng)


def confidences(view: View) -> list[Floats]:
    """Return how sure the model is of each candidate, for each target.

    Examples
    --------
    >>> from seral_core.types import Scale
    >>> belief = {"arousal": Scale(np.array([[0.3, 0.3]]), np.array([[0.0, 0.5]]))}
    >>> confidences(line_view(0.0, 9.0, -1.0, labelled=[0], predict=lambda rows: belief))
    [array([1. , 0.5])]
    """
    return [confidence(view.beliefs[target.name], target) for target in view.task]
