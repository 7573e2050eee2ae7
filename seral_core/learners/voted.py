"""What is known with every single vote behind it: for learners that want more than one answer for each clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from seral_core.errors import BadPlan
from seral_core.learners.base import Known
from seral_core.scores.ratings import distribution
from seral_core.scores.skills import credited, weighted_majority
from seral_core.types import Floats, Label, Target

#: How votes become shares of classes.
WAYS = ("votes", "weighted", "dawid-skene")


@dataclass(frozen=True)
class Voted(Known):
    """All that may be learned from, and the labels that its answers were joined from.

    Parameters
    ----------
    table, task, answers
        As of `seral_core.learners.base.Known`.
    labels : tuple of Label
        Single answers, several for a clip where several raters gave them; see `votes_of`.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> known = Voted(FeatureTable(np.eye(2), ("a", "b")), (), {}, (Label("a", "emotion", "anger", "ann"),))
    >>> len(known.labels)
    1
    """

    labels: tuple[Label, ...] = ()


def votes_of(known: Known, target: Target) -> pd.DataFrame:
    """Return the votes behind the answers of a category, a row each; the answers themselves where there are no others.

    Where people answered about a clip, the machine's own labels of it do not count. Votes on clips without an answer,
    such as those that a committee's member is not trained on, are left out.

    Parameters
    ----------
    known : Known
        With labels, where it is `Voted`.
    target : Target
        A category.

    Returns
    -------
    DataFrame
        Columns ``segment``, ``rater``, ``value`` and ``weight``.

    Raises
    ------
    BadPlan
        When the target is a scale or has traces: those have no classes to share a clip among.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers
    >>> emotion = Target("emotion", ("anger", "fear"))
    >>> labels = tuple(Label("a", "emotion", value, who) for who, value in (("ann", "anger"), ("ben", "fear")))
    >>> one = {"emotion": Answers(np.array([0]), np.array([0]), np.ones(1))}
    >>> votes_of(Voted(FeatureTable(np.eye(2), ("a", "b")), (emotion,), one, labels), emotion)["value"].tolist()
    ['anger', 'fear']
    """
    if target.is_scale or target.rate_hz:
        raise BadPlan(
            f"{target.name} is {'a scale' if target.is_scale else 'traced in time'}; expected a category with one vote "
            f"of each rater for a clip; for {target.name} try the learner recommended"
        )
    answers, ids = known.answers[target.name], known.table.ids
    learned = {ids[row] for row in answers.rows.tolist()}
    mine = [b for b in getattr(known, "labels", ()) if b.target == target.name and b.segment in learned]
    people = {label.segment for label in mine if label.source != "machine"}
    rows = [
        (label.segment, label.annotator, str(label.value), label.weight)
        for label in mine
        if label.source != "machine" or label.segment not in people
    ]
    voted = {row[0] for row in rows}
    given = zip(answers.rows.tolist(), answers.values.tolist(), answers.weights.tolist(), strict=True)
    rows += [
        (ids[row], "joined", target.classes[value], weight) for row, value, weight in given if ids[row] not in voted
    ]
    return pd.DataFrame(rows, columns=["segment", "rater", "value", "weight"])


def shares_of(known: Known, target: Target, by: str = "votes") -> Floats:
    """Return how votes share out each answer of a category among its classes: soft labels.

    Parameters
    ----------
    known : Known
        What is learned from.
    target : Target
        A category.
    by : {"votes", "weighted", "dawid-skene"}
        The share of votes for each class, where a vote counts its weight; the class with the most weight of raters'
        skills, alone; or the probability of each class after Dawid and Skene.

    Returns
    -------
    Floats of shape (answers, classes)
        Rows sum to 1.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion
       recognition, 2024, Eq. 17.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers
    >>> emotion = Target("emotion", ("anger", "fear"))
    >>> labels = tuple(Label("a", "emotion", value, who) for who, value in (("ann", "anger"), ("ben", "fear")))
    >>> one = {"emotion": Answers(np.array([0]), np.array([0]), np.ones(1))}
    >>> shares_of(Voted(FeatureTable(np.eye(2), ("a", "b")), (emotion,), one, labels), emotion)
    array([[0.5, 0.5]])
    """
    answers, ids = known.answers[target.name], known.table.ids
    votes = votes_of(known, target)
    if votes.empty:
        return np.zeros((0, len(target.classes)))
    match by:
        case "votes":
            heavy = votes.pivot_table("weight", "segment", "value", aggfunc="sum", fill_value=0.0)
            heavy = heavy.reindex(columns=list(target.classes), fill_value=0.0)
            shares = heavy.div(heavy.sum(axis=1), axis=0)
        case "weighted":
            best = weighted_majority(votes, target.classes).dropna()
            shares = pd.get_dummies(best).reindex(columns=list(target.classes), fill_value=False).astype(float)
        case _:
            shares = credited(votes, target.classes).posterior
    # What ties is shared out as the votes are.
    shares = shares.reindex(pd.Index(sorted(set(votes["segment"])))).fillna(distribution(votes, target.classes))
    return shares.reindex([ids[row] for row in answers.rows.tolist()]).to_numpy(np.float64)
