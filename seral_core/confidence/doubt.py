"""Two kinds of doubt: ambiguous clips, about which raters disagree, and unknown ones, for which data are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.random import Generator

from seral_core.confidence.agreement import regressed
from seral_core.confidence.base import Evidence, Sure, measures
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Learner, predicted, trained
from seral_core.learners.committee import Committee
from seral_core.types import Belief, Classes, Floats, Target

MEMBERS = 10


@dataclass(frozen=True)
class Doubt:
    """How doubtful each row is, and why.

    Parameters
    ----------
    ambiguous : Floats of shape (rows,)
        How far raters would disagree, in [0, 1].
    unknown : Floats of shape (rows,)
        How far the members of an ensemble disagree, as each has seen other clips, in [0, 1].

    Examples
    --------
    >>> Doubt(np.array([0.25]), np.array([0.5])).total
    array([0.75])
    """

    ambiguous: Floats
    unknown: Floats

    @property
    def total(self) -> Floats:
        """Both together, in [0, 1]."""
        return np.clip(self.ambiguous + self.unknown, 0, 1)


Doubts: TypeAlias = Callable[[FeatureTable], Doubt]


def doubt_of(belief: Belief, target: Target) -> Doubt:
    r"""Split what an ensemble believes into ambiguous and unknown.

    Of a category the entropy of the mean is the mean entropy of the members, which is what they agree cannot be known,
    and their mutual information, which is what they disagree about: :math:`H(\bar p) = \overline{H(p_m)} + I`; all over
    that of a tie of all classes. Of a scale the variance is the mean variance and the variance of the means; both are
    given as deviations over half the range.

    Parameters
    ----------
    belief : Belief
        With several members: one alone has nothing unknown.
    target : Target
        What is believed.

    References
    ----------
    .. [1] Depeweg et al., Decomposition of uncertainty in Bayesian deep learning for efficient and risk-sensitive
       learning, ICML 2018.

    Examples
    --------
    >>> emotion = Target("emotion", ("anger", "sadness"))
    >>> doubt_of(Classes(np.array([[[0.5, 0.5], [1.0, 0.0]], [[0.5, 0.5], [0.0, 1.0]]])), emotion)
    Doubt(ambiguous=array([1., 0.]), unknown=array([0., 1.]))
    """
    if isinstance(belief, Classes):
        from scipy.special import entr

        most = np.log(max(len(target.classes), 2))
        ambiguous = entr(belief.proba).sum(-1).mean(0)
        unknown = entr(belief.mean).sum(-1) - ambiguous
        parts = ambiguous / most, unknown / most
    else:
        half = (target.high - target.low) / 2
        parts = np.sqrt((belief.std**2).mean(0)) / half, belief.mean.std(0) / half
    ambiguous, unknown = (np.clip(belief.per_row(part), 0, 1) for part in parts)
    return Doubt(ambiguous, unknown)


@dataclass(frozen=True)
class Split:
    """Learns which clips are ambiguous and which unknown.

    Members of an ensemble cannot tell a clip between two classes from one that raters disagree about. Where votes are
    known, ambiguous is therefore learned from them: regression of the disagreement from features. What
    the members disagree about is unknown in any case.

    Parameters
    ----------
    members : int
        Bootstrap copies of the learner, 2 or more.
    votes : bool
        Learn from votes where there are any; otherwise go by the members' entropy alone.

    Raises
    ------
    BadPlan
        When one member is to disagree with itself.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> from seral_core.learners.base import learners
    >>> evidence = toy_evidence()
    >>> doubts = Split()(evidence, learners["logistic-regression"](evidence.known.task), np.random.default_rng(0))
    >>> doubt = doubts(evidence.known.table)
    >>> bool(doubt.ambiguous[15] > doubt.ambiguous[0])
    True
    """

    members: int = MEMBERS
    votes: bool = True

    def __post_init__(self) -> None:
        if self.members < 2:
            raise BadPlan(f"got an ensemble of {self.members}; expected 2 members or more, such as {MEMBERS}")

    def __call__(self, evidence: Evidence, learner: Learner, rng: Generator) -> Doubts:
        """Train the members, and learn from votes where there are any."""
        committee, target = Committee(learner, self.members), evidence.target
        trained(committee, evidence.known, rng)
        learned = self._from_votes(evidence)

        def doubts(table: FeatureTable) -> Doubt:
            found = doubt_of(predicted(committee.predict, table)[target.name], target)
            return found if learned is None else Doubt(learned(table), found.unknown)

        return doubts

    def _from_votes(self, evidence: Evidence) -> Sure | None:
        if not self.votes:
            return None
        try:
            rows, _, disagreement = evidence.voted()
        except BadPlan:
            return None
        return regressed(evidence, rows, disagreement)


@measures.register("ensemble")
@dataclass(frozen=True)
class Ensemble:
    """How little an ensemble doubts: neither ambiguous nor unknown, or only one of them.

    Parameters
    ----------
    part : {"total", "ambiguous", "unknown"}
        Which doubt lowers the confidence. ``total`` goes by the members alone; ``ambiguous`` learns from votes where
        there are any.
    members : int
        Bootstrap copies of the learner.

    Raises
    ------
    BadPlan
        When there is no such part.

    References
    ----------
    .. [1] Depeweg et al., Decomposition of uncertainty in Bayesian deep learning for efficient and risk-sensitive
       learning, ICML 2018.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> from seral_core.learners.base import learners
    >>> evidence = toy_evidence()
    >>> learner = learners["logistic-regression"](evidence.known.task)
    >>> sure = Ensemble()(evidence, learner, np.random.default_rng(0))(evidence.known.table)
    >>> bool(sure[0] > sure[15])
    True
    """

    part: str = "total"
    members: int = MEMBERS

    def __post_init__(self) -> None:
        if self.part not in ("total", "ambiguous", "unknown"):
            raise BadPlan(f"the ensemble has no doubt '{self.part}'; expected total, ambiguous or unknown; correct it")

    def __call__(self, evidence: Evidence, learner: Learner, rng: Generator) -> Sure:
        """Train the ensemble."""
        doubts = Split(self.members, votes=self.part == "ambiguous")(evidence, learner, rng)
        return lambda table: np.asarray(1 - getattr(doubts(table), self.part), np.float64)
