"""One trial: a model learns from a random part of the pool, and a measure says how sure it may be of the test part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seral_core.confidence.base import Evidence, measure_from
from seral_core.confidence.evidence import evidence_of, votes_of
from seral_core.confidence.out_of_fold import success
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.planted import AMBIGUOUS, FOREIGN
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner, learners, predicted, trained
from seral_core.recipes.cells import Trial
from seral_core.runs.data import Data, data_of
from seral_core.runs.parts import part
from seral_core.runs.plan import Plan
from seral_core.runs.rounds import rng_for
from seral_core.scores.retention import calibration_error, rank_correlation, rejection_ratio, retention_area
from seral_core.threads import one_thread
from seral_core.types import Belief, Floats

AREA, RATIO, CALIBRATION = "retention area", "rejection ratio", "calibration error"
ERRORS, VOTES = "correlation with errors", "correlation with disagreement"


@dataclass(frozen=True)
class Measuring:
    """What a trial does: its variant is the name of a measure.

    Parameters
    ----------
    plan : Plan
        Corpus, features, target, split and learner.
    share : float
        Part of the pool that is labelled, at random; foreign clips are none of them, so that the model lacks them.
    """

    plan: Plan
    share: float

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Return rows of target, metric, labels and value."""
        data = data_of(self.plan.varied(fold=trial.fold, seed=trial.seed))
        (target,) = data.task
        with one_thread():
            # Clips whose votes tie have no gold, but features and votes.
            table = data.normaliser.of(data.raw, data.corpus.speakers_of(data.raw.ids))
            evidence = self._evidence(data, table, trial.seed)
            learner: Learner = part(learners, self.plan.learner, data.task)
            # The same model for every measure.
            trained(learner, evidence.known, rng_for(trial.seed, trial.fold, "train"))
            measure = measure_from(trial.variant)
            sure = measure(evidence, learner, rng_for(trial.seed, trial.fold, "measure"))
            test = table.only(data.test)
            belief = predicted(learner.predict, test)[target.name].pooled()
            heard = table.only([i for i in data.split.test if i in table])
            scores = _scores(sure(test), belief, data) | _rated(1 - sure(heard), heard.ids, data)
        for metric, value in scores.items():
            yield target.name, metric, float(len(evidence.answers)), value

    def _evidence(self, data: Data, table: FeatureTable, seed: int) -> Evidence:
        """Return what is known of a random part of the pool; clips whose votes tie are asked about all the same."""
        (target,) = data.task
        pool = [i for i in data.split.pool if i in table]
        usable = np.flatnonzero(_planted(data.corpus, pool) != FOREIGN)
        wanted = max(2, round(self.share * len(usable)))
        drawn = np.sort(rng_for(seed, data.plan.fold, "labels").permutation(usable)[:wanted])
        have = set(data.pool)
        chosen = drawn[[pool[row] in have for row in drawn]]
        gold = np.asarray(data.gold_of([pool[row] for row in chosen])[target.name])
        known = Known(table.only(pool), data.task, {target.name: Answers(chosen, gold, np.ones(len(chosen)))})
        return evidence_of(known, target, data.corpus, [pool[row] for row in drawn])


def _scores(sure: Floats, belief: Belief, data: Data) -> dict[str, float]:
    """Return how far confidence tells errors, on clips with gold."""
    (target,), ids = data.task, list(data.test)
    gold = np.asarray(data.gold_of(ids)[target.name])
    right = success(belief, Answers(np.arange(len(ids)), gold, np.ones(len(ids))), target)
    return {
        AREA: retention_area(1 - right, sure),
        RATIO: rejection_ratio(1 - right, sure),
        CALIBRATION: calibration_error(right, sure),
        ERRORS: rank_correlation(1 - right, 1 - sure),
    }


def _rated(doubt: Floats, ids: tuple[str, ...], data: Data) -> dict[str, float]:
    """Return how far doubt tells what raters disagree about, and what was planted."""
    found: dict[str, float] = {}
    disagreement = votes_of(data.corpus, data.task[0], list(ids))[1]
    if (voted := ~np.isnan(disagreement)).sum() > 2:
        found[VOTES] = rank_correlation(disagreement[voted], doubt[voted])
    planted = _planted(data.corpus, ids)
    for kind in (AMBIGUOUS, FOREIGN):
        if (planted == kind).any() and (planted == "").any():
            some = (planted == kind) | (planted == "")
            found[f"{kind} above usual"] = _above(doubt[some], planted[some] == kind)
    return found


def _planted(corpus: Corpus, ids: tuple[str, ...] | list[str]) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Return what was planted of some clips; empty where nothing."""
    if "planted" not in corpus.segments:
        return np.full(len(ids), "")
    said = pd.Series(corpus.segments["planted"].to_numpy(object), list(corpus.ids)).reindex(list(ids))
    return said.fillna("").to_numpy(str)


def _above(doubt: Floats, planted: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(planted, doubt))
