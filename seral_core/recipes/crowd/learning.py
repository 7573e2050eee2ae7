"""Training on votes of the whole pool: gold by majority, by weighted votes, by Dawid and Skene, and soft labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import Corpus
from seral_core.learners.base import Known, learners, trained
from seral_core.learners.voted import shares_of
from seral_core.oracles.base import oracles
from seral_core.recipes.cells import Trial
from seral_core.runs.data import data_of
from seral_core.runs.parts import part
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import rng_for
from seral_core.scores.metrics import uar
from seral_core.scores.ratings import distribution
from seral_core.scores.soft import cross_entropy, hard_uar, jensen_shannon
from seral_core.types import Floats, Ints, Label, Query, Target

#: What is compared: how votes are joined, and whether a clip is one class or several.
WAYS = {
    "majority": "soft:by=votes:hard=yes",
    "weighted": "soft:by=weighted:hard=yes",
    "Dawid-Skene": "soft:by=dawid-skene:hard=yes",
    "soft votes": "soft:by=votes",
    "soft Dawid-Skene": "soft:by=dawid-skene",
}
#: The target under which the joined labels themselves are scored.
GIVEN = "labels given"
#: Votes on a test clip of a corpus that has none of its own.
MOST_TEST_VOTES = 20


@dataclass(frozen=True)
class Learning:
    """A training on simulated votes for every clip of the pool, scored on speakers who are held out.

    Parameters
    ----------
    plan : Plan
        Corpus, features and split.
    oracle : str
        The raters, without their number for a clip.
    each : tuple of int
        Votes for each clip, one training a number.

    Examples
    --------
    >>> Learning(Plan(), "raters:n=9", (1, 3)).each
    (1, 3)
    """

    plan: Plan
    oracle: str
    each: tuple[int, ...]

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Yield the scores of a way to learn, for each number of votes."""
        data = data_of(self.plan.varied(fold=trial.fold))
        (target,) = data.task
        table, test = data.table.only(data.pool), data.table.only(data.test)
        gold, gold_pool = (np.asarray(data.gold_of(ids)[target.name]) for ids in (data.test, data.pool))
        heard = self._heard(data.corpus, target, data.test, trial)
        for votes in self.each:
            pool = Pool(table, data.task)
            pool.add(self._answers(data.corpus, target, data.pool, votes, trial))
            known = pool.known()
            learner = part(learners, WAYS[trial.variant], data.task)
            rng = rng_for(trial.seed, votes, "train")
            proba = trained(learner, known, rng).predict(test)[target.name].pooled().mean
            yield target.name, "uar", votes, uar(gold, proba.argmax(axis=1), len(target.classes))
            yield target.name, "hard-uar", votes, hard_uar(heard, proba)
            yield target.name, "cross-entropy", votes, cross_entropy(heard, proba)
            yield target.name, "jensen-shannon", votes, jensen_shannon(heard, proba)
            yield GIVEN, "uar", votes, uar(gold_pool, self._joined(known, target, trial.variant), len(target.classes))

    def _joined(self, known: Known, target: Target, variant: str) -> Ints:
        by = WAYS[variant].partition("by=")[2].partition(":")[0]
        return np.asarray(shares_of(known, target, by).argmax(axis=1), np.intp)

    def _answers(
        self, corpus: Corpus, target: Target, ids: tuple[str, ...], votes: int, trial: Trial, role: str = "votes"
    ) -> list[Label]:
        """Return votes that are the same for all ways with the same seed and fold."""
        oracle = part(oracles, f"{self.oracle}:votes={votes}", corpus)
        rng = rng_for(trial.seed, trial.fold, role)
        return list(oracle.answer(Query(ids, (target,)), None, rng))

    def _heard(self, corpus: Corpus, target: Target, ids: tuple[str, ...], trial: Trial) -> Floats:
        """Return the shares of votes on test clips: those of the corpus, or simulated ones where it has none."""
        votes = corpus.of(target.name)
        if votes.groupby("segment").size().max() < 2:
            labels = self._answers(corpus, target, ids, MOST_TEST_VOTES, trial, "votes on test clips")
            votes = pd.DataFrame(
                [(b.segment, b.annotator, b.value) for b in labels], columns=["segment", "rater", "value"]
            )
        return distribution(votes, target.classes).reindex(list(ids)).to_numpy(np.float64)
