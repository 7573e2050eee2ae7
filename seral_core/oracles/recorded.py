"""Recorded gold: the corpus's own labels, unblinded one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from numpy.random import Generator

from seral_core.corpora.corpus import Corpus
from seral_core.learners.base import Learner
from seral_core.oracles.base import oracles
from seral_core.oracles.effort import shares_of
from seral_core.types import Label, Query, Task


@oracles.register("gold")
@dataclass(frozen=True)
class Gold:
    """Answers with the corpus's gold; leaves out what has none. A question about one target alone costs its share.

    Parameters
    ----------
    corpus : Corpus
        Whose gold is given.
    effort : str
        Of targets that take more or less than others to answer, as in `seral_core.oracles.effort.shares_of`.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> query = Query(("a.wav", "d.wav"), corpus.task[:1])
    >>> [label.value for label in Gold(corpus).answer(query, None, np.random.default_rng(0))]
    ['anger', 'sadness']
    """

    corpus: Corpus
    effort: str = ""
    price = 1.0

    def shares(self, task: Task) -> dict[str, float]:
        """Return what an answer about each target costs, in parts of a clip."""
        return shares_of(task, self.effort)

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return the gold of every segment and target asked for."""
        shares = self.shares(query.task)
        gold = {target.name: self.corpus.gold(target.name) for target in query.task}
        for segment, task, _ in query.questions():
            for target in task:
                value = gold[target.name][segment]
                if isinstance(value, tuple) or not pd.isna(value):
                    yield Label(segment, target.name, value, "gold", cost=shares[target.name])
