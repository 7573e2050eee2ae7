"""The evaluation of a round: scores of the test part, and all that the user should know of each target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.learners.base import Known, Learner
from seral_core.scores.metrics import detail
from seral_core.studio.beliefs import Beliefs
from seral_core.studio.estimate import BIASED, MIXED, cross_validated, held_out
from seral_core.studio.stopping import Round, agreement, confidence
from seral_core.types import Belief, Ints, Label, Prediction, Target

Verdict = tuple[dict[str, dict[str, float]], dict[str, dict[str, Any]]]


def verdict(
    prediction: Prediction, known: Known, make: Callable[[], Learner] | None, tests: Sequence[Label],
    before: Beliefs | None, stop_set: Ints, spent: float, speakers: Sequence[str | None], rng: Generator,
) -> Verdict:  # fmt: skip
    """Return scores and details of a round, as `seral_core.runs.events.Scored` takes them.

    Parameters
    ----------
    prediction : Prediction
        Of every row of the table; units of a row are pooled.
    known : Known
        What was learned from.
    make : callable, optional
        Gives a fresh learner, for cross-validation; left out, there is none.
    tests : sequence of Label
        Of clips that were set aside.
    before : Beliefs or None
        What the model of the round before believed.
    stop_set : Ints
        Rows that successive models are compared on.
    spent : float
        Clips listened to.
    speakers : sequence of (str or None)
        Of every row.
    rng : Generator
        Splits and draws.

    Returns
    -------
    scores : dict
        Target to metric to score on the test part; a target has none while that is small.
    detail : dict
        By target: ``test`` (metric to value, low, high, n), ``cross_validated`` (metric to score)
        with ``bias``, ``round`` (for stopping criteria), and ``confusion`` and ``recall`` on the
        test part.
    """
    table, scores, details = known.table, {}, {}
    crossed = cross_validated(make, known, speakers, rng) if make else {}
    for target in known.task:
        belief = prediction[target.name].pooled()
        gold = {label.segment: label.value for label in tests if label.target == target.name and label.segment in table}
        rows = table.rows(sorted(gold))
        truth = _codes([gold[table.ids[row]] for row in rows], target)
        found = held_out(belief.take(rows), target, truth, rng)
        if found:
            scores[target.name] = {name: estimate.value for name, estimate in found.items()}
        tested = next(iter(found.values()), None)
        here = replace(
            _round(target, belief, known, before, stop_set, spent),
            score=tested.value if tested else None,
            tests=len(rows),
        )
        details[target.name] = {
            "test": {name: estimate.as_data() for name, estimate in found.items()},
            "cross_validated": crossed.get(target.name, {}),
            "bias": BIASED if all(speakers) else MIXED,
            "round": here.as_data(),
            **(detail(belief.take(rows), target, truth) if found else {}),
        }
    return scores, details


def _round(target: Target, belief: Belief, known: Known, before: Beliefs | None, stop_set: Ints, spent: float) -> Round:
    sure = confidence(belief.take(stop_set))
    if before is None or target.name not in before.by_target:
        return Round(spent, confidence=sure)
    ids, earlier = known.table.ids, before.by_target[target.name].pooled()
    both = [row for row in stop_set.tolist() if ids[row] in before.row]
    guess = earlier.guess  # worked out anew each time that it is asked for
    then = np.asarray([guess[before.row[ids[row]]] for row in both])
    agreed = agreement(then, np.asarray(belief.guess)[both], target) if both else None
    share, new = (None, 0) if target.is_scale else _foreseen(target, known, before, earlier)
    return Round(spent, agreed, sure, share, new)


def _foreseen(target: Target, known: Known, before: Beliefs, earlier: Belief) -> tuple[float | None, int]:
    """Return the share of the new labels that the model before had guessed, and how many there are."""
    old, answers, ids = set(before.labelled), known.answers[target.name], known.table.ids
    guess = earlier.guess
    right = [
        int(guess[before.row[ids[row]]]) == int(value)
        for row, value in zip(answers.rows.tolist(), answers.values.tolist(), strict=True)
        if f"{target.name}\n{ids[row]}" not in old and ids[row] in before.row
    ]
    return (float(np.mean(right)), len(right)) if right else (None, 0)


def _codes(values: Sequence[Any], target: Target) -> NDArray[Any]:
    if target.is_scale:
        return np.array(values, dtype=np.float64)
    return np.array([target.classes.index(str(value)) for value in values], dtype=np.intp)
