"""What every measure of confidence must do: a check that plug-in authors can run on theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seral_core.confidence.base import Evidence, Measure
from seral_core.confidence.evidence import toy_evidence
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners, trained
from seral_core.types import Floats, Target

TARGETS = (Target("emotion", ("anger", "sadness")), Target("arousal", low=1, high=5))


def check_measure(measure: Measure) -> None:
    """Raise AssertionError where a measure of confidence breaks a promise.

    It gives one number in [0, 1] for each row, of any table; the same with the same ``rng``, and for some rows the
    same as among all. It needs neither speakers nor many labels. A kind of target, or evidence without votes, may be
    refused with `BadPlan`, but not all.

    Parameters
    ----------
    measure : Measure
        A function, or an instance of a dataclass with ``__call__``.

    Examples
    --------
    >>> from seral_core.confidence.base import measure_from
    >>> check_measure(measure_from("calibrated"))
    >>> check_measure(lambda evidence, learner, rng: lambda table: np.full(len(table), 2.0))
    Traceback (most recent call last):
    AssertionError: got 2.0; expected numbers in [0, 1]
    """
    refused = []
    for target in TARGETS:
        whole = toy_evidence(target)
        few = whole.answers.take(np.arange(2))
        for evidence in (
            whole,
            replace(whole, speakers=()),
            replace(whole, agreement=None, disagreement=None),
            replace(whole, known=replace(whole.known, answers={target.name: few})),
        ):
            try:
                _check(measure, evidence)
            except BadPlan as why:
                refused.append(str(why))
    assert len(refused) < 4 * len(TARGETS), f"no evidence was to its liking; {refused[0]}"


def _check(measure: Measure, evidence: Evidence) -> None:
    learner = learners["ridge" if evidence.target.is_scale else "logistic-regression"](evidence.known.task)
    trained(learner, evidence.known, np.random.default_rng(1))
    table = evidence.known.table
    sure = measure(evidence, learner, np.random.default_rng(2))
    found = _checked(sure(table), table)
    again = _checked(measure(evidence, learner, np.random.default_rng(2))(table), table)
    assert np.array_equal(found, again), "the same rng must give the same confidence"
    some = table.take(np.array([7, 2]))
    assert np.allclose(_checked(sure(some), some), found[[7, 2]]), "some rows must be what they are among all"


def _checked(found: Floats, table: FeatureTable) -> Floats:
    assert found.shape == (len(table),), f"got shape {found.shape} for {len(table)} rows; expected one number each"
    wrong = found[~((found >= 0) & (found <= 1))]
    assert not len(wrong), f"got {wrong[0]}; expected numbers in [0, 1]"
    return found
