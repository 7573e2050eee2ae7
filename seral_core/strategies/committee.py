"""Query by committee: choose segments on which several models disagree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, strategies
from seral_core.strategies.by_score import by_score
from seral_core.strategies.parts import in_parts
from seral_core.strategies.uncertainty import entropy_scores
from seral_core.types import Belief, Classes, Floats, Ints, Scale


def vote_entropy(proba: Floats) -> Floats:
    """Entropy of the members' votes, each for its most probable class, in nats.

    Parameters
    ----------
    proba : Floats of shape (members, units, classes)
        Probabilities in [0, 1].

    Returns
    -------
    Floats of shape (units,)
        In [0, ln(classes)].

    Examples
    --------
    >>> two_against_two = np.array([[[0.9, 0.1]], [[0.8, 0.2]], [[0.3, 0.7]], [[0.4, 0.6]]])
    >>> vote_entropy(two_against_two).round(3)
    array([0.693])
    """
    votes = proba.argmax(axis=-1)
    shares = np.stack([(votes == c).mean(axis=0) for c in range(proba.shape[-1])], axis=-1)
    return entropy_scores(shares)


def consensus_divergence(proba: Floats) -> Floats:
    r"""Mean Kullback-Leibler divergence of the members from their mean, in nats.

    :math:`\frac{1}{M} \sum_m \sum_c p_{mc} \ln (p_{mc} / \bar p_c)`, which is the entropy of the
    mean less the mean entropy.

    Parameters
    ----------
    proba : Floats of shape (members, units, classes)
        Probabilities in [0, 1].

    Returns
    -------
    Floats of shape (units,)
        In [0, ln(classes)]; 0 where all agree.

    Examples
    --------
    >>> consensus_divergence(np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.5, 0.5]]])).round(3)
    array([0.693, 0.   ])
    """
    difference = entropy_scores(proba.mean(axis=0)) - entropy_scores(proba).mean(axis=0)
    return np.asarray(np.maximum(difference, 0.0))


MEASURES = {"vote-entropy": vote_entropy, "kl": consensus_divergence}


@strategies.register("qbc")
@in_parts
@dataclass(frozen=True)
class QueryByCommittee:
    """Query by committee: vote entropy or KL for classes, standard deviation for scales.

    Parameters
    ----------
    measure : {"vote-entropy", "kl"}
        How disagreement about a category is measured. On a scale it is the standard deviation of
        the members' means.

    Raises
    ------
    BadPlan
        When the measure is unknown, or no model can be trained yet.

    References
    ----------
    .. [1] Seung, Opper and Sompolinsky, Query by committee, COLT 1992.
    .. [2] Engelson and Dagan, Minimizing manual annotation cost in supervised training from
       corpora, ACL 1996.
    .. [3] McCallum and Nigam, Employing EM and pool-based active learning for text classification,
       ICML 1998.
    .. [4] RayChaudhuri and Hamey, Minimisation of data collection by active learning, ICNN 1995.

    Examples
    --------
    >>> members = Scale(np.array([[0.1, 0.0], [0.1, 0.8]]), np.zeros((2, 2)))
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], committee=lambda rows: {"arousal": members})
    >>> QueryByCommittee()(view, 1, np.random.default_rng(0))
    array([2])
    """

    measure: str = "vote-entropy"

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise BadPlan(
                f"qbc has no measure '{self.measure}'; expected one of {', '.join(MEASURES)}; correct the plan"
            )

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates that the committee disagrees on most."""
        return by_score(view, self._of_targets, n, rng, uses=("committee",))

    def _of_targets(self, view: View) -> list[Floats]:
        beliefs = view.committee(view.candidates)
        return [self.scores(beliefs[target.name]) for target in view.task]

    def scores(self, belief: Belief) -> Floats:
        """Return the members' disagreement, of shape (rows,)."""
        match belief:
            case Classes(proba):
                units = MEASURES[self.measure](proba)
            case Scale(mean):
                units = mean.std(axis=0)
        return belief.per_row(units)
