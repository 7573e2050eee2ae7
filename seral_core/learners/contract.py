"""What every learner must do: a check that plug-in authors can run on theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner, predicted, seen, trained
from seral_core.types import Classes, Floats, Prediction, Scale, Target, Task
from seral_core.units import owners


def check_learner(make: Callable[[Task], Learner], target: Target) -> None:
    """Raise AssertionError where a learner breaks a promise.

    Beliefs have a row for each row of the table, with one member or several and one unit or
    several; probabilities sum to 1, scales stay in their range; what is believed of only some rows
    is what is believed of them among all. Training repeats exactly with the same ``rng``, forgets
    what was learned before, and survives a start with one class, one label, or constant features.
    Frames, and a target with a trace for each row, are taken or refused with `BadFeatures` or
    `BadPlan`; where the target itself has a rate, all is tried with frames.

    Parameters
    ----------
    make : callable
        From a task to a fresh learner.
    target : Target
        What it is tried on.

    Examples
    --------
    >>> from seral_core.learners.base import learners
    >>> check_learner(learners["ridge"], Target("arousal"))
    """
    task = (target,)
    rng = np.random.default_rng(0)
    table = _made_up(40, 5, target, rng)
    all_rows = np.arange(20, dtype=np.intp)
    first = _predicted(make(task), _known(table, task, all_rows), table)
    assert _equal(first, _predicted(make(task), _known(table, task, all_rows), table)), "training must repeat exactly"
    reused = make(task)
    _predicted(reused, _known(table, task, all_rows[:9]), table)
    again = _predicted(reused, _known(table, task, all_rows), table)
    assert _equal(first, again), "training must forget what was learned before"
    for rows in (all_rows[:1], all_rows[:2], all_rows[:3], all_rows):
        _check(_predicted(make(task), _known(table, task, rows), table), target, len(table))
    flat = replace(table, values=np.ones_like(table.values))
    _check(_predicted(make(task), _known(flat, task, all_rows), flat), target, len(flat))
    _check_unseen(make, table, target)
    _check_parts(first, make(task), _known(table, task, all_rows), table)
    _check_frames(make, target)


def fits(make: Callable[[Task], Learner], target: Target) -> bool:
    """Whether a learner takes this kind of target; one that does not says so with `BadPlan`.

    Parameters
    ----------
    make : callable
        From a task to a fresh learner.
    target : Target
        What it is tried on, with 12 made-up labels.

    Returns
    -------
    bool
        Whether it trained and predicted.

    Examples
    --------
    >>> from seral_core.learners.base import learners
    >>> fits(learners["ridge"], Target("arousal")), fits(learners["ridge"], Target("emotion", ("anger", "sadness")))
    (True, False)
    """
    table = _made_up(12, 2, target, np.random.default_rng(0), "abcdefghijkl")
    try:
        _predicted(make((target,)), _known(table, (target,), np.arange(12, dtype=np.intp)), table)
    except BadPlan:
        return False
    return True


def _made_up(rows: int, columns: int, target: Target, rng: Generator, names: str = "") -> FeatureTable:
    """Return random features, with three frames a row for a target that has a rate."""
    each = 3 if target.rate_hz else 1
    values = rng.normal(size=(rows * each, columns)).astype(np.float32)
    bounds = np.arange(0, rows * each + 1, each)
    return FeatureTable(values, tuple(names or (f"c{i}" for i in range(rows))), bounds=bounds, rate_hz=target.rate_hz)


def _known(table: FeatureTable, task: Task, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Known:
    (target,) = task
    there = seen(table, target).take(rows)
    if target.is_scale:
        half = (target.high - target.low) / 2
        values = target.low + half * (1 + np.tanh(there.values[:, 0].astype(np.float64)))
    else:
        values = np.asarray(rows[owners(there.bounds)] % 2, dtype=np.intp)
    return Known(table, task, {target.name: Answers(rows, values, np.ones(len(rows)), there.bounds)})


def _predicted(learner: Learner, known: Known, table: FeatureTable) -> Prediction:
    return predicted(trained(learner, known, np.random.default_rng(7)).predict, table)


def _check(prediction: Prediction, target: Target, rows: int) -> None:
    belief = prediction[target.name]
    assert belief.rows == rows, f"the belief has {belief.rows} rows for {rows} clips"
    assert np.diff(belief.bounds).all(), "every row needs a unit"
    match belief:
        case Classes(proba):
            assert not target.is_scale, "a scale needs a Scale belief"
            assert proba.ndim == 3, f"probabilities have shape {proba.shape}"
            assert proba.shape[0] > 0, "a belief needs a member"
            assert proba.shape[2] == len(target.classes), f"probabilities have shape {proba.shape}"
            assert np.isfinite(proba).all(), "probabilities must be finite"
            assert proba.min() >= 0, "probabilities must not be negative"
            assert np.allclose(proba.sum(-1), 1), "probabilities must sum to 1"
        case Scale(mean, std):
            assert target.is_scale, "a category needs a Classes belief"
            assert mean.ndim == 2, f"means have shape {mean.shape}"
            assert mean.shape[0] > 0, "a belief needs a member"
            assert std.shape == mean.shape, f"deviations have shape {std.shape}"
            assert np.isfinite(mean).all(), "means must be finite"
            assert np.isfinite(std).all(), "deviations must be finite"
            assert std.min() >= 0, "deviations must not be negative"
            assert (mean >= target.low).all(), "means must lie in the target's range"
            assert (mean <= target.high).all(), "means must lie in the target's range"


def _check_unseen(make: Callable[[Task], Learner], table: FeatureTable, target: Target) -> None:
    if target.is_scale or len(target.classes) < 3:
        return
    belief = _predicted(make((target,)), _known(table, (target,), np.arange(20, dtype=np.intp)), table)[target.name]
    assert isinstance(belief, Classes), "a category needs a Classes belief"
    unseen: Floats = belief.proba[..., 2:]
    assert unseen.max() == 0, "a class nobody has labelled has probability 0"


def _check_parts(whole: Prediction, learner: Learner, known: Known, table: FeatureTable) -> None:
    some = np.array([7, 3, 30], dtype=np.intp)
    part = _predicted(learner, known, table.take(some))
    for name, belief in part.items():
        among = whole[name].take(some)
        assert np.array_equal(belief.bounds, among.bounds), "a row has the same number of units alone and among others"
        assert np.allclose(belief.guess, among.guess, atol=1e-5), "what is believed of a row depends on the others"


def _check_frames(make: Callable[[Task], Learner], target: Target) -> None:
    values = np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32)
    table = FeatureTable(values, tuple(f"c{i}" for i in range(20)), bounds=np.arange(0, 61, 3), rate_hz=4.0)
    for each in (target, replace(target, rate_hz=4.0)):
        try:
            _check(_predicted(make((each,)), _known(table, (each,), np.arange(12, dtype=np.intp)), table), each, 20)
        except (BadFeatures, BadPlan):
            continue


def _equal(one: Prediction, other: Prediction) -> bool:
    def arrays(prediction: Prediction) -> list[Floats]:
        return [b.proba if isinstance(b, Classes) else b.mean for b in prediction.values()]

    same = all(np.array_equal(one[name].bounds, other[name].bounds) for name in one)
    return same and all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(other), strict=True))
