"""Out of fold: what models that did not learn from a clip say about it, and whether that is right."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from seral_core.confidence.base import Evidence
from seral_core.errors import BadPlan
from seral_core.joined_beliefs import join_rows
from seral_core.learners.base import Answers, Known, Learner, predicted, trained
from seral_core.learners.cross_validation import in_order, stratified, whole_groups
from seral_core.types import Belief, Bools, Classes, Floats, Ints, Target

FOLDS = 5


def out_of_fold(evidence: Evidence, learner: Learner, rng: Generator, folds: int = FOLDS) -> tuple[Ints, Belief]:
    """Return the labelled rows and a belief about each, by a model that learned from none of its fold.

    Folds hold whole speakers where these are known and several, so that a model meets the speakers of a fold for the
    first time, as it will those of new clips; otherwise classes are spread evenly.

    Parameters
    ----------
    evidence : Evidence
        What is known.
    learner : Learner
        Copied for each fold.
    rng : Generator
        Of the trainings.
    folds : int
        How many, at most.

    Returns
    -------
    which : Ints of shape (labelled,)
        Positions in ``evidence.answers``; empty where there are fewer than two labels.
    belief : Belief
        One row for each of them, with one unit.

    Raises
    ------
    BadPlan
        When the learner goes on from its last model, which knows the clips of every fold.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> from seral_core.learners.base import learners
    >>> evidence = toy_evidence()
    >>> learner = learners["logistic-regression"](evidence.known.task)
    >>> which, belief = out_of_fold(evidence, learner, np.random.default_rng(0))
    >>> len(which), belief.rows, float(success(belief, evidence.answers.take(which), evidence.target).mean())
    (20, 20, 0.95)
    """
    answers, target, table = evidence.answers, evidence.target, evidence.known.table
    if getattr(learner, "goes_on", False):
        raise BadPlan(
            "this measure learns from models that do not know a clip, but this learner goes on from its last model, "
            "which does; take another measure, such as posterior, or another learner"
        )
    order, beliefs = [], []
    for held in _held(evidence, folds) if len(answers) > 1 else ():
        model = copy.deepcopy(learner)
        trained(model, without(evidence.known, answers.rows[held]), rng)
        order.append(np.flatnonzero(held))
        beliefs.append(predicted(model.predict, table.take(answers.rows[held]))[target.name].pooled())
    if not beliefs:
        none = np.zeros(0, np.intp)
        return none, predicted(learner.predict, table.take(np.arange(1)))[target.name].pooled().take(none)
    return np.concatenate(order), join_rows(beliefs)


def without(known: Known, rows: Ints) -> Known:
    """Return what is known but for some rows.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> len(without(toy_evidence().known, np.array([1, 2, 3])))
    18
    """
    answers = {
        name: some.take(np.flatnonzero(~np.isin(some.rows, rows))) if len(some) else some
        for name, some in known.answers.items()
    }
    return replace(known, answers=answers)


def success(belief: Belief, answers: Answers, target: Target) -> Floats:
    """Return how right each guess is: 1 or 0 of a class; of a scale 1 less the error over half the range.

    Parameters
    ----------
    belief : Belief
        One unit per row.
    answers : Answers
        One value for each row of the belief.
    target : Target
        What is predicted.

    Returns
    -------
    Floats of shape (rows,)
        In [0, 1].

    Examples
    --------
    >>> belief = Classes(np.array([[[0.9, 0.1], [0.4, 0.6]]]))
    >>> success(belief, Answers(np.arange(2), np.array([0, 0]), np.ones(2)), Target("emotion", ("anger", "sadness")))
    array([1., 0.])
    """
    if isinstance(belief, Classes):
        return np.asarray(belief.guess == answers.values, np.float64)
    off = np.abs(belief.guess - answers.values) / ((target.high - target.low) / 2)
    return np.asarray(np.clip(1 - off, 0, 1), np.float64)


def _held(evidence: Evidence, folds: int) -> Bools:
    answers = evidence.answers
    if evidence.speakers:
        _, groups = np.unique(np.array(evidence.speakers)[answers.rows], return_inverse=True)
        if groups.max(initial=0) > 0:
            return whole_groups(groups, folds)
    return in_order(len(answers), folds) if evidence.target.is_scale else stratified(answers.values, folds)
