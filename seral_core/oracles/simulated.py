"""A simulated rater: gold with mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadPlan
from seral_core.learners.base import Learner
from seral_core.oracles.base import oracles
from seral_core.oracles.recorded import Gold
from seral_core.types import Label, Query, Target, Task, Value


@oracles.register("noisy")
@dataclass(frozen=True)
class Noisy:
    """Answers with gold, but is sometimes wrong.

    Parameters
    ----------
    corpus : Corpus
        Whose gold is blurred.
    wrong : float
        Share of categorical answers that are another class, in [0, 1].
    std : float
        Standard deviation of the error on a scale, as a share of half its range.
    effort : str
        As of `Gold`.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> query = Query(("a.wav", "d.wav"), corpus.task[:1])
    >>> [label.value for label in Noisy(corpus, wrong=1.0).answer(query, None, np.random.default_rng(0))]
    ['sadness', 'anger']
    """

    corpus: Corpus
    wrong: float = 0.2
    std: float = 0.25
    effort: str = ""
    price = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.wrong <= 1 or self.std < 0:
            raise BadPlan(
                f"got a noisy rater with wrong={self.wrong:g} and std={self.std:g}; "
                "expected wrong from 0 to 1 and std of 0 or more; correct them"
            )

    def shares(self, task: Task) -> dict[str, float]:
        """Return what an answer about each target costs, in parts of a clip."""
        return Gold(self.corpus, self.effort).shares(task)

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return the gold of every segment and target, with mistakes."""
        targets = {target.name: target for target in query.task}
        for label in Gold(self.corpus, self.effort).answer(query, learner, rng):
            target, value = targets[label.target], label.value
            heard: Any = (
                tuple(self._heard(unit, target, rng) for unit in value)
                if isinstance(value, tuple)
                else self._heard(value, target, rng)
            )
            yield replace(label, value=heard, annotator="noisy")

    def _heard(self, value: Value, target: Target, rng: Generator) -> Value:
        if target.is_scale:
            error = rng.normal(0, self.std * (target.high - target.low) / 2)
            return float(np.clip(float(value) + error, target.low, target.high))
        mistaken, other = rng.random() < self.wrong, rng.integers(max(len(target.classes) - 1, 1))
        if not mistaken:
            return value
        return [c for c in target.classes if c != value][other] if len(target.classes) > 1 else value
