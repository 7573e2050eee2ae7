"""BatchBALD: choose clips whose labels together say most about which member of a committee is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, strategies
from seral_core.strategies.space import draw_highest
from seral_core.strategies.uncertainty import entropy_scores
from seral_core.threads import one_thread
from seral_core.types import Classes, Floats, Ints

#: Numbers worked on at once, so that they stay in the processor's cache.
BLOCK = 2**16
#: Gains below this, in nats, are rounding.
NOTHING = 1e-12


@strategies.register("batchbald")
@dataclass(frozen=True)
class BatchBALD:
    r"""Batch with the highest mutual information between its labels and the members of a committee (BatchBALD).

    :math:`I(y_1, \ldots, y_b; w)` is built up greedily: each pick adds its gain
    :math:`I(y; w \mid y_1, \ldots, y_b)`, the mean over the joint outcomes of the labels chosen so far. Outcomes
    are enumerated as long as there are no more than ``outcomes`` of them. Beyond, so many are drawn and weighted
    (likely ones are kept as they are, unlikely ones stand for others), so that estimates are unbiased, and exact
    where nothing had to be drawn. All candidates of a pick are measured on the same outcomes. Over several targets
    a clip's label is all of its answers. A single clip is chosen as by ``qbc:measure=kl`` (BALD).

    Parameters
    ----------
    outcomes : int
        At most so many joint outcomes are looked at.

    Raises
    ------
    BadPlan
        When a target is on a scale, there is no outcome to look at, or no model can be trained yet.

    References
    ----------
    .. [1] Kirsch, van Amersfoort and Gal, BatchBALD: efficient and diverse batch acquisition for deep Bayesian active
       learning, NeurIPS 2019.
    .. [2] Fearnhead and Clifford, On-line inference for hidden Markov models via particle filters, JRSS B 65, 2003
       (which outcomes are kept).

    Examples
    --------
    Two members disagree about all three clips; the first two are alike, so the third says more beside one of them.

    >>> from seral_core.types import Target
    >>> proba = np.array([[[0.9, 0.1], [0.9, 0.1], [0.8, 0.2], [0.8, 0.2]],
    ...                   [[0.1, 0.9], [0.1, 0.9], [0.8, 0.2], [0.2, 0.8]],
    ...                   [[0.1, 0.9], [0.1, 0.9], [0.8, 0.2], [0.8, 0.2]]])
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 1.0, 2.0, 3.0, 4.0, labelled=[0], task=task,
    ...                  committee=lambda rows: {"emotion": Classes(proba)})
    >>> BatchBALD()(view, 2, np.random.default_rng(0)).tolist()
    [2, 4]
    """

    outcomes: int = 1000

    def __post_init__(self) -> None:
        if self.outcomes < 1:
            raise BadPlan(f"got batchbald with {self.outcomes} outcomes; expected 1 or more, such as 1000")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates whose labels together tell the members apart best, in order of choice."""
        wanted = max(0, min(n, len(view.candidates)))
        if not wanted:
            return view.candidates[:0]
        with one_thread():
            picks, _ = most_informative(members(view), wanted, self.outcomes, rng)
        return view.candidates[picks]


def members(view: View) -> Floats:
    """Return what each member of the committee believes of each candidate's answers, joined over the targets.

    Returns
    -------
    Floats of shape (members, candidates, joint classes)
        A member's answers about several targets do not depend on one another.

    Raises
    ------
    BadPlan
        When a target is on a scale.

    Examples
    --------
    >>> from seral_core.strategies.contract import EMOTION, toy_view
    >>> members(toy_view(np.eye(5), (EMOTION,), (0, 3))).shape
    (4, 3, 3)
    """
    for target in view.task:
        if target.is_scale:
            raise BadPlan(f"batchbald needs classes, but {target.name} is not; for {target.name} try qbc or gsx")
    beliefs = view.committee(view.candidates)
    joint = np.ones((1, len(view.candidates), 1))
    for target in view.task:
        belief = beliefs[target.name]
        assert isinstance(belief, Classes)
        proba = belief.pooled().proba.astype(np.float64)
        joint = (joint[..., None] * proba[..., None, :]).reshape(*proba.shape[:2], -1)
    return joint


def most_informative(proba: Floats, wanted: int, outcomes: int, rng: Generator) -> tuple[Ints, Floats]:
    """Choose rows greedily, each with the highest gain of mutual information beside those chosen before.

    More labels never make another one say more. So the gain of an earlier pick is a bound, and only rows whose
    bound reaches the best gain found are worked out again.

    Parameters
    ----------
    proba : Floats of shape (members, rows, classes)
        Probabilities.
    wanted : int
        Number of rows; at most as many as there are.
    outcomes : int
        Most joint outcomes that are looked at.
    rng : Generator
        Draws outcomes, and among equals.

    Returns
    -------
    rows : Ints of shape (wanted,)
        In the order of choice.
    gains : Floats of shape (wanted,)
        What each adds to the mutual information, in nats.

    Examples
    --------
    >>> certain = np.array([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]])
    >>> rows, gains = most_informative(certain, 2, 1000, np.random.default_rng(0))
    >>> rows, gains.round(3)
    (array([0, 1]), array([0.693, 0.   ]))
    """
    rows = np.ascontiguousarray(np.maximum(proba, 1e-300).swapaxes(0, 1))
    apart = entropy_scores(proba)
    joint = Outcomes(np.ones(1), np.full((1, len(proba)), 1 / len(proba)))
    bounds, free = np.full(len(rows), np.inf), np.ones(len(rows), dtype=bool)
    picks: list[int] = []
    gains: list[float] = []
    while len(picks) < wanted and bounds.max() > 0:
        fresh = np.zeros(len(rows), dtype=bool)
        best, size = 0.0, BLOCK // 512
        while len(stale := np.flatnonzero(free & ~fresh & (bounds >= best))):
            near = stale if len(stale) <= size else stale[np.argpartition(-bounds[stale], size)[:size]]
            bounds[near] = joint.gains(rows[near], apart[:, near])
            fresh[near] = True
            best, size = bounds[fresh].max(), 2 * size
        pick = draw_highest(np.where(fresh, bounds, -np.inf), rng)
        picks.append(pick)
        gains.append(bounds[pick])
        free[pick], bounds[pick] = False, -np.inf
        if len(picks) < wanted:
            joint = joint.after(rows[pick]).at_most(outcomes, rng)
    rest = rng.permutation(np.flatnonzero(free))[: wanted - len(picks)]
    return np.array([*picks, *rest], dtype=np.intp), np.array([*gains, *np.zeros(len(rest))])


@dataclass(frozen=True)
class Outcomes:
    """What the labels chosen so far may turn out to be, and what each outcome says of the members.

    Parameters
    ----------
    share : Floats of shape (outcomes,)
        How likely each is; sums to 1.
    belief : Floats of shape (outcomes, members)
        How likely each member is the right one, given the outcome; rows sum to 1.

    Examples
    --------
    >>> nothing = Outcomes(np.ones(1), np.array([[0.5, 0.5]]))
    >>> one = nothing.after(np.array([[0.9, 0.1], [0.1, 0.9]]))
    >>> one.share, one.belief.round(3).tolist()
    (array([0.5, 0.5]), [[0.9, 0.1], [0.1, 0.9]])
    """

    share: Floats
    belief: Floats

    def after(self, proba: Floats) -> Outcomes:
        """Return the outcomes with one more label, of ``proba`` of shape (members, classes)."""
        joint = (self.share[:, None, None] * self.belief[:, None, :] * proba.T).reshape(-1, len(proba))
        share = joint.sum(axis=1)
        there = share > 0
        return Outcomes(share[there] / share.sum(), joint[there] / share[there, None])

    def at_most(self, most: int, rng: Generator) -> Outcomes:
        """Return so many of the outcomes at most; those that are left out stand in the shares of others.

        Shares above a level stay as they are; of the others some are drawn, each with a chance in proportion to its
        share, and get the level as their share. Of all such draws this one changes shares least.
        """
        if len(self.share) <= most:
            return self
        order = np.argsort(-self.share, kind="stable")
        share = self.share[order]
        levels = np.cumsum(share[::-1])[::-1][:most] / np.arange(most, 0, -1)
        kept = int(np.argmax(share[:most] <= levels))
        level, count = levels[kept], most - kept
        steps = np.cumsum(share[kept:]) / level
        drawn = np.unique(np.searchsorted(steps[:-1], rng.random() + np.arange(count), side="right"))
        new = np.concatenate([share[:kept], np.full(len(drawn), level)])
        return Outcomes(new / new.sum(), self.belief[np.concatenate([order[:kept], order[kept:][drawn]])])

    def gains(self, rows: Floats, apart: Floats) -> Floats:
        """Return the mean mutual information of each row's label and the members, over the outcomes, in nats.

        Parameters
        ----------
        rows : Floats of shape (rows, members, classes)
            Probabilities over 0.
        apart : Floats of shape (members, rows)
            The entropy of each member's belief.
        """
        _, count, classes = rows.shape
        step = max(1, BLOCK // (len(self.share) * classes))
        gain = np.empty(len(rows))
        for start in range(0, len(rows), step):
            block = rows[start : start + step].swapaxes(0, 1).reshape(count, -1)
            mixed = self.belief @ block
            logs = np.log(mixed)
            logs *= mixed
            gain[start : start + step] = -(self.share @ logs).reshape(-1, classes).sum(axis=1)
        gain -= (self.share @ self.belief) @ apart
        gain[gain < NOTHING] = 0.0
        return gain
