"""The cheapest useful question: which clip, and which of several targets, to ask about next."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.uncertainty import entropy_scores
from seral_core.types import Belief, Bools, Classes, Floats, Ints, Scale, Target


@strategies.register("cheapest-useful")
def cheapest_useful(view: View, n: int, rng: Generator) -> Ints:
    r"""Highest expected use per cost of a question, that is, of a clip and one target that it has no label for.

    A question is worth :math:`d / (c\,(m + 1))`: :math:`d` is how much the model doubts the answer, from 0 to 1, of a
    category the entropy beside its maximum, of a scale the deviation beside that of the range; :math:`c` is the
    question's cost, and :math:`m` how many labels the target has, since each further one teaches less. So targets that
    are cheap or have few labels are asked about more often. Within a round labels are counted as they are chosen. The
    value is a decision of ours; with equal doubt and cost it asks about all targets equally often.

    Uses ``beliefs``, ``answers``, ``costs`` and ``shares``; wishes for a target where there are several.

    Raises
    ------
    BadPlan
        When no model is trained yet.

    References
    ----------
    .. [1] MixedEmotions, Deliverable D4.2, 2016, section 2.5 (several targets with missing labels).
    .. [2] Settles, Craven and Friedland, Active learning with real annotation costs, NIPS workshop on
       cost-sensitive learning, 2008 (use per cost).

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> task = (Target("emotion", ("anger", "sadness")), Target("sex", ("female", "male")))
    >>> sure, unsure = Classes(np.array([[[0.9, 0.1], [0.9, 0.1]]])), Classes(np.array([[[0.6, 0.4], [0.5, 0.5]]]))
    >>> beliefs = {"emotion": sure, "sex": unsure}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=task, predict=lambda rows: beliefs)
    >>> cheapest_useful(view, 1, np.random.default_rng(0)), view.wishes
    (array([2]), {2: ('sex', '')})
    """
    if not len(view.candidates) or n < 1:
        return view.candidates[:0]
    use, have = _uses(view), np.array([len(view.known(target)) for target in view.task])
    open_rows: Bools = np.asarray(np.isfinite(use).any(axis=0))
    if not open_rows.any():  # the machine has labelled all that people have not
        return best(view, np.zeros(len(view.candidates)), n, rng)
    # Among equal uses at random.
    order = rng.permutation(len(view.candidates))
    ranked = [order[np.argsort(-row[order], kind="stable")] for row in use]
    free, at = open_rows.copy(), [0] * len(view.task)
    chosen: list[int] = []
    while len(chosen) < min(n, int(open_rows.sum())):
        heads = [_head(use[t], ranked[t], free, at, t) for t in range(len(view.task))]
        which = int(np.argmax([value / (have[t] + 1) for t, (_, value) in enumerate(heads)]))
        row = heads[which][0]
        free[row] = False
        have[which] += 1
        chosen.append(row)
        if len(view.task) > 1:
            view.wish(int(view.candidates[row]), target=view.task[which].name)
    return view.candidates[np.array(chosen, dtype=np.intp)]


def _uses(view: View) -> Floats:
    """Return doubt per cost of each question, of shape (targets, candidates); -inf where a label is known."""
    costs = np.ones(len(view.candidates)) if view.costs is None else np.maximum(view.costs[view.candidates], 1e-9)
    use = np.full((len(view.task), len(view.candidates)), -np.inf)
    for i, target in enumerate(view.task):
        missing = ~np.isin(view.candidates, view.known(target).rows)
        share = view.shares.get(target.name, 1 / len(view.task))
        use[i, missing] = (doubt(view.beliefs[target.name], target) / (costs * share))[missing]
    return use


def _head(use: Floats, ranked: Ints, free: Bools, at: list[int], target: int) -> tuple[int, float]:
    """Return the best row that is free for a target, and its use; -inf where there is none."""
    while at[target] < len(ranked) and not free[ranked[at[target]]]:
        at[target] += 1
    if at[target] == len(ranked):
        return -1, -np.inf
    row = int(ranked[at[target]])
    return row, float(use[row])


def doubt(belief: Belief, target: Target) -> Floats:
    """Return how far a belief is from certain, beside one that says nothing.

    Parameters
    ----------
    belief : Belief
        Of one or several units per row, members averaged.
    target : Target
        What is believed.

    Returns
    -------
    Floats of shape (rows,)
        From 0 to 1; 1 of equal probabilities, and of a deviation of all values of the range being equally likely.

    Examples
    --------
    >>> doubt(Classes(np.array([[[0.5, 0.5], [1.0, 0.0]]])), Target("emotion", ("anger", "sadness")))
    array([1., 0.])
    """
    match belief:
        case Classes():
            return belief.per_row(entropy_scores(belief.mean) / max(np.log(belief.mean.shape[-1]), 1e-9))
        case Scale(mean, std):
            spread = np.sqrt((std**2).mean(0) + mean.var(0))
            flat = (target.high - target.low) / np.sqrt(12)
            return belief.per_row(np.clip(spread / max(flat, 1e-9), 0, 1))
