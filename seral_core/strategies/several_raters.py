"""Several raters: what a committee of them, one member each, is unsure of or would disagree about.

The measures that Li et al. (2024, section 5.7) propose for AFTER. They read the committee, whose members are raters
where the learner is ``per-rater``; of another learner they are bootstrap copies, and no rater is chosen.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.uncertainty import entropy_scores, mean_ranks
from seral_core.types import Belief, Classes, Floats, Ints, Scale, Target


def group_proba(proba: Floats) -> Floats:
    """Join what raters are thought to say: the softmax of the sum of their normalised logits (Eq. 14).

    A rater's logits are centred and brought to length 1, so that no head speaks louder than another.

    Parameters
    ----------
    proba : Floats of shape (raters, units, classes)
        Rows sum to 1.

    Returns
    -------
    Floats of shape (units, classes)
        Rows sum to 1.

    Examples
    --------
    >>> group_proba(np.array([[[0.9, 0.1], [0.9, 0.1]], [[0.6, 0.4], [0.1, 0.9]]])).round(2)
    array([[0.94, 0.06],
           [0.5 , 0.5 ]])
    """
    from scipy.special import softmax

    logits = np.log(np.maximum(proba, 1e-12))
    logits = logits - logits.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(logits, axis=-1, keepdims=True)
    return np.asarray(
        softmax(np.divide(logits, length, out=np.zeros_like(logits), where=length > 0).sum(axis=0), axis=-1)
    )


def vote_variance_scores(belief: Belief) -> Floats:
    """Variance of the members' votes (Eq. 15), of shape (units,).

    Of a scale it is that of their values. Classes have no numbers: a vote is 1 for its class and 0 for others, and the
    variances are added up, which is 1 less the squared shares of votes. Of two classes it is twice that of numbers.

    Parameters
    ----------
    belief : Classes or Scale
        With several members.

    Examples
    --------
    >>> vote_variance_scores(Classes(np.array([[[0.9, 0.1]], [[0.2, 0.8]]])))
    array([0.5])
    """
    match belief:
        case Classes(proba):
            votes = np.eye(proba.shape[-1])[proba.argmax(axis=-1)]
            return np.asarray(votes.var(axis=0).sum(axis=-1))
        case Scale(mean):
            return np.asarray(mean.var(axis=0))


def _members(view: View, target: Target) -> Classes:
    belief = view.committee(view.candidates)[target.name]
    if not isinstance(belief, Classes):
        raise BadPlan(f"this strategy needs classes, but {target.name} is a scale; for {target.name} try vote-variance")
    return belief


def _individual(belief: Classes) -> Floats:
    """Entropy of each member, of shape (members, rows)."""
    return np.stack([belief.per_row(entropy_scores(member)) for member in belief.proba])


def _group(belief: Classes) -> Floats:
    return belief.per_row(entropy_scores(group_proba(belief.proba)))


def _pairs(view: View, scores: list[Floats], n: int, rng: Generator) -> Ints:
    """Choose pairs of clip and rater by scores of shape (members, rows) for each target, each clip once."""
    rows = best(view, mean_ranks([score.max(axis=0) for score in scores]), max(n, 0), rng)
    names = [view.raters.get(target.name, ()) for target in view.task]
    if not all(names) or len(set(names)) > 1:
        view.note("the committee's members are no raters that all targets share: nobody in particular is asked")
        return rows
    total = mean_ranks([score.ravel() for score in scores]).reshape(scores[0].shape)
    place = {row: i for i, row in enumerate(view.candidates.tolist())}
    for row in rows.tolist():
        top = total[:, place[row]]
        view.wish(row, rater=names[0][int(rng.choice(np.flatnonzero(top == top.max())))])
    return rows


@strategies.register("individual-entropy")
def individual_entropy(view: View, n: int, rng: Generator) -> Ints:
    """Highest entropy of a single rater's head: chooses the clip and whom to ask about it (Eq. 12 and 13).

    Uses ``committee`` and ``raters``, and wishes for a rater where the learner is ``per-rater``; each clip is chosen
    for the rater whose answer is hardest to foretell.

    Raises
    ------
    BadPlan
        When a target is on a scale, or no model is trained yet.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion
       recognition, 2024, section 5.7.

    Examples
    --------
    >>> emotion = Target("emotion", ("anger", "fear"))
    >>> heads = {"emotion": Classes(np.array([[[0.9, 0.1], [0.8, 0.2]], [[0.9, 0.1], [0.5, 0.5]]]))}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=(emotion,), committee=lambda rows: heads,
    ...                  raters={"emotion": ("ann", "ben")})
    >>> individual_entropy(view, 1, np.random.default_rng(0)), view.wishes
    (array([2]), {2: ('', 'ben')})
    """
    if not len(view.candidates):
        return view.candidates
    return _pairs(view, [_individual(_members(view, target)) for target in view.task], n, rng)


@strategies.register("group-entropy")
def group_entropy(view: View, n: int, rng: Generator) -> Ints:
    """Highest entropy of what all raters' heads say together (Eq. 14).

    Uses ``committee``; see `group_proba`.

    Raises
    ------
    BadPlan
        When a target is on a scale, or no model is trained yet.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion
       recognition, 2024, section 5.7.

    Examples
    --------
    >>> emotion = Target("emotion", ("anger", "fear"))
    >>> heads = {"emotion": Classes(np.array([[[0.9, 0.1], [0.8, 0.2]], [[0.9, 0.1], [0.2, 0.8]]]))}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=(emotion,), committee=lambda rows: heads)
    >>> group_entropy(view, 1, np.random.default_rng(0))
    array([2])
    """
    if not len(view.candidates):
        return view.candidates
    return best(view, mean_ranks([_group(_members(view, target)) for target in view.task]), max(n, 0), rng)


@strategies.register("vote-variance")
def vote_variance(view: View, n: int, rng: Generator) -> Ints:
    """Highest variance of what raters' heads vote (Eq. 15).

    Uses ``committee``; see `vote_variance_scores`.

    Raises
    ------
    BadPlan
        When no model is trained yet.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion
       recognition, 2024, section 5.7.

    Examples
    --------
    >>> members = Scale(np.array([[0.1, 0.0], [0.1, 0.8]]), np.zeros((2, 2)))
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], committee=lambda rows: {"arousal": members})
    >>> vote_variance(view, 1, np.random.default_rng(0))
    array([2])
    """
    if not len(view.candidates):
        return view.candidates
    beliefs = view.committee(view.candidates)
    scores = [beliefs[target.name].per_row(vote_variance_scores(beliefs[target.name])) for target in view.task]
    return best(view, mean_ranks(scores), max(n, 0), rng)


@strategies.register("mixed-entropy")
def mixed_entropy(view: View, n: int, rng: Generator) -> Ints:
    """Highest sum of a single rater's entropy and that of the group: chooses clip and rater.

    Uses ``committee`` and ``raters``; see `individual_entropy` and `group_entropy`.

    Raises
    ------
    BadPlan
        When a target is on a scale, or no model is trained yet.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion
       recognition, 2024, section 5.7.

    Examples
    --------
    >>> emotion = Target("emotion", ("anger", "fear"))
    >>> heads = {"emotion": Classes(np.array([[[0.5, 0.5], [0.6, 0.4]], [[0.9, 0.1], [0.4, 0.6]]]))}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=(emotion,), committee=lambda rows: heads)
    >>> mixed_entropy(view, 1, np.random.default_rng(0))
    array([2])
    """
    if not len(view.candidates):
        return view.candidates
    beliefs = [_members(view, target) for target in view.task]
    return _pairs(view, [_individual(belief) + _group(belief) for belief in beliefs], n, rng)
