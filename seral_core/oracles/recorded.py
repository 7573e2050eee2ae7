"""Recorded gold: the corpus's own labels, unblinded one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from numpy.random import Generator

from seral_core.corpora.corpus import Corpus
from seral_core.learners.base import Learner
from seral_core.oracles.base import oracles
from seral_core.types import Label, Query


@oracles.register("gold")
@dataclass(frozen=True)
class Gold:
    """Answers with the corpus's gold; leaves out what has none. A question about one target alone costs its share.

    Parameters
    ----------
    corpus : Corpus
        Whose gold is given.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> query = Query(("a.wav", "d.wav"), corpus.task[:1])
    >>> [label.value for label in Gold(corpus).answer(query, None, np.random.default_rng(0))]
    ['anger', 'sadness']
    """

    corpus: Corpus
    price = 1.0

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return the gold of every segment and target asked for."""
        share = 1 / len(query.task)
        gold = {target.name: self.corpus.gold(target.name) for target in query.task}
        for segment, task, _ in query.questions():
            for target in task:
                value = gold[target.name][segment]
                if isinstance(value, tuple) or not pd.isna(value):
                    yield Label(segment, target.name, value, "gold", cost=share)
