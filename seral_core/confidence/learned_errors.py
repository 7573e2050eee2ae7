"""Learned errors: further models, each on other data, predict whether the main one errs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.confidence.base import Evidence, Sure, measures
from seral_core.confidence.out_of_fold import FOLDS, out_of_fold, success
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Learner, predicted
from seral_core.learners.confidence import confidence
from seral_core.types import Belief, Bools, Classes, Floats, Ints, Target


@measures.register("learned-errors")
@dataclass(frozen=True)
class LearnedErrors:
    """Predicted chance that the guess is right, learned from guesses of models that did not know the clip.

    Each of several judges learns from another part of these guesses, left out in turn (whole speakers where known), and
    their mean counts. A judge sees the features and what the model believes. Then each teaches itself: clips without a
    label that it is sure about, one way or the other, become examples, and it learns once more. On a scale, a guess
    counts as right where it is nearer than half of them are.

    Parameters
    ----------
    judges : int
        How many, 2 or more.
    sure : float
        From which chance on a judge learns from its own verdict, above one half; 1 to leave that out.

    Raises
    ------
    BadPlan
        When there are too few judges, or ``sure`` is no such chance.

    References
    ----------
    .. [1] Deng and Schuller, Confidence measures in speech emotion recognition based on semi-supervised learning,
       Interspeech 2012.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> from seral_core.learners.base import learners, trained
    >>> evidence, rng = toy_evidence(), np.random.default_rng(0)
    >>> learner = trained(learners["logistic-regression"](evidence.known.task), evidence.known, rng)
    >>> sure = LearnedErrors()(evidence, learner, rng)(evidence.known.table)
    >>> bool(sure[0] > sure[15])
    True
    """

    judges: int = FOLDS
    sure: float = 0.9

    def __post_init__(self) -> None:
        if self.judges < 2 or not 0.5 < self.sure <= 1:
            raise BadPlan(
                f"got {self.judges} judges who are sure from {self.sure:g} on; expected 2 or more, and a chance above "
                "0.5, at most 1; correct learned-errors"
            )

    def __call__(self, evidence: Evidence, learner: Learner, rng: Generator) -> Sure:
        """Learn from the labelled clips, and from those without a label."""
        which, belief = out_of_fold(evidence, learner, rng)
        known, target = evidence.answers.take(which), evidence.target
        right = _right(success(belief, known, target), target)
        seen = _seen(evidence.known.table.take(known.rows), belief, target)
        others = np.setdiff1d(np.arange(len(evidence.known.table)), evidence.answers.rows)
        unlabelled = evidence.known.table.take(others)
        guessed = (
            _seen(unlabelled, predicted(learner.predict, unlabelled)[target.name], target) if len(others) else seen[:0]
        )
        judges = [self._judge(seen[part], right[part], guessed) for part in _parts(len(which), self.judges)]

        def sure(table: FeatureTable) -> Floats:
            about = _seen(table, predicted(learner.predict, table)[target.name], target)
            return np.asarray(np.mean([judge(about) for judge in judges], axis=0), np.float64)

        return sure

    def _judge(self, seen: Floats, right: Ints, guessed: Floats) -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.semi_supervised import SelfTrainingClassifier

        if len(set(right.tolist())) < 2:
            share = (right.sum() + 1) / (len(right) + 2)  # Laplace's rule: never quite certain
            return lambda about: np.full(len(about), share)
        # Wide features and few guesses: the more features, the stronger the penalty.
        judge: Any = LogisticRegression(C=1 / seen.shape[1], max_iter=1_000)
        x, y = seen, right
        if self.sure < 1 and len(guessed):
            judge = SelfTrainingClassifier(judge, threshold=self.sure, max_iter=3)
            x, y = np.vstack([seen, guessed]), np.concatenate([right, np.full(len(guessed), -1)])
        model = make_pipeline(StandardScaler(), judge).fit(x, y)
        return lambda about: model.predict_proba(about)[:, 1]


def _right(how: Floats, target: Target) -> Ints:
    return np.asarray(how > (np.median(how) if target.is_scale and len(how) else 0.5), np.intp)


def _parts(guesses: int, judges: int) -> list[Bools]:
    """Return which guesses each judge learns from: all but a stretch, as they come fold by fold."""
    left_out = np.arange(guesses) * judges // max(guesses, 1)
    return [left_out != part for part in range(judges)]


def _seen(table: FeatureTable, belief: Belief, target: Target) -> Floats:
    """Return what a judge looks at: features, the confidence, and what is believed."""
    belief = belief.pooled()
    sure = confidence(belief, target)[:, None]
    about = belief.mean if isinstance(belief, Classes) else belief.guess[:, None]
    return np.hstack([np.asarray(table.pooled().values, np.float64), sure, about])
