"""What every oracle must do: a check that plug-in authors can run on theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seral_core.corpora.corpus import Corpus, toy_corpus
from seral_core.learners.base import learners
from seral_core.oracles.base import Oracle
from seral_core.types import Query


def check_oracle(make: Callable[[Corpus], Oracle]) -> None:
    """Raise AssertionError where an oracle breaks a promise.

    Answers are about what was asked, fit their target, cost no more than the price, and repeat
    exactly with the same ``rng``.

    Parameters
    ----------
    make : callable
        From a corpus to the oracle.

    Examples
    --------
    >>> from seral_core.oracles.base import oracles
    >>> check_oracle(oracles["gold"])
    """
    corpus = toy_corpus()
    oracle = make(corpus)
    learner = learners["recommended"](corpus.task)
    targets = {target.name: target for target in corpus.task}
    for task in (corpus.task[:1], corpus.task[1:], corpus.task):
        query = Query(corpus.ids[:3], task)
        one = replace(query, about=(task[-1].name,) * 3)
        others = {x.target for x in oracle.answer(one, learner, np.random.default_rng(3))} - {task[-1].name}
        assert not others, f"asked about {task[-1].name} alone, it answered {', '.join(sorted(others))} too"
        labels = list(oracle.answer(query, learner, np.random.default_rng(3)))
        assert labels == list(oracle.answer(query, learner, np.random.default_rng(3))), "answers must repeat exactly"
        for label in labels:
            assert label.segment in query.segments, f"{label.segment} was not asked for"
            assert label.target in {t.name for t in task}, f"{label.target} was not asked for"
            targets[label.target].units(label.value)
        costs = [sum(b.cost for b in labels if b.segment == segment) for segment in query.segments]
        assert max(costs) <= oracle.price + 1e-9, f"a segment cost {max(costs)}, the price is {oracle.price}"
