"""The machine as an oracle: the learner's own beliefs become labels, where it is sure of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadPlan
from seral_core.learners.base import Learner
from seral_core.learners.confidence import confidence
from seral_core.oracles.base import oracles
from seral_core.types import Belief, Classes, Label, Query, Target, Trace, Value

#: Who gave a label that the model itself gave.
MACHINE = "machine"


@oracles.register("machine")
@dataclass(frozen=True)
class Machine:
    """Labels what the model is sure of, for every target asked for; all else stays without a label.

    It costs nothing, and its labels never count as people's; see `seral_core.learners.confidence`.

    Parameters
    ----------
    corpus : Corpus
        Not looked at: the machine knows only what it believes.
    above : float
        Least confidence, in [0, 1]; that of the target it is least sure of counts.
    quota : int
        At most so many of each predicted class, the surest first; 0 for all. Of several categories
        the first one counts; of only scales, all clips are of one class.
    weight : float
        What a label counts in training, where a person's counts 1.

    References
    ----------
    .. [1] Zhang, Coutinho, Deng and Schuller, Cooperative learning and its application to emotion
       recognition from speech, IEEE/ACM TASLP 23(1), 2015.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> beliefs = {"emotion": Classes(np.array([[[0.95, 0.05], [0.6, 0.4], [0.0, 1.0]]]))}
    >>> query = Query(("a.wav", "b.wav", "c.wav"), corpus.task[:1], beliefs=beliefs)
    >>> for label in Machine(corpus, above=0.9).answer(query, None, np.random.default_rng(0)):
    ...     print(label.segment, label.value, label.source)
    c.wav sadness machine
    a.wav anger machine
    """

    corpus: Corpus
    above: float = 0.9
    quota: int = 0
    weight: float = 1.0
    price = 0.0
    by_machine = True
    needs_beliefs = True

    def __post_init__(self) -> None:
        for name, fits, expected in (
            ("above", 0 <= self.above <= 1, "a number from 0 to 1"),
            ("quota", self.quota >= 0, "0 or more"),
            ("weight", 0 < self.weight <= 1, "a number over 0, at most 1"),
        ):
            if not fits:
                raise BadPlan(f"{name} of the machine is {getattr(self, name)}; expected {expected}; correct it")

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return labels of what is sure enough, the surest first."""
        if not query.beliefs or not query.segments:
            return
        sure = np.min([confidence(query.beliefs[target.name], target) for target in query.task], axis=0)
        of_class, given = _classes(query), Counter[int]()
        for row in np.argsort(-sure, kind="stable").tolist():
            if not sure[row] >= self.above or (self.quota and given[of_class[row]] >= self.quota):
                continue
            given[of_class[row]] += 1
            for target in query.task:
                value = _value(query.beliefs[target.name], target, row)
                yield Label(query.segments[row], target.name, value, MACHINE, 0.0, self.weight, "machine")


def _classes(query: Query) -> list[int]:
    """Return the predicted class of each segment, for quotas."""
    for target in query.task:
        belief = query.beliefs[target.name].pooled()
        if isinstance(belief, Classes):
            return [int(number) for number in belief.guess]
    return [0] * len(query.segments)


def _value(belief: Belief, target: Target, row: int) -> Value | Trace:
    belief = belief.take(np.array([row], dtype=np.intp))
    guess = (belief if target.rate_hz else belief.pooled()).guess
    values = [float(x) for x in guess] if target.is_scale else [target.classes[int(x)] for x in guess]
    return tuple(values) if target.rate_hz else values[0]  # type: ignore[return-value]
