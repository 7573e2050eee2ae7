"""What a trained learner offers to strategies: beliefs, a committee, embeddings, related targets and norms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from numpy.random import Generator

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Learner, predicted, trained
from seral_core.learners.committee import Committee
from seral_core.norms import NRC, Norms
from seral_core.types import Floats, Prediction, Task

Believe = Callable[[FeatureTable], Prediction]
Embed = Callable[[FeatureTable], Floats]


@dataclass(frozen=True)
class Offers:
    """What strategies may ask of a learner; each part takes a table.

    Parameters
    ----------
    predict : callable
        Beliefs about every segment of a table.
    committee : callable
        The same with several members: those of the learner where it has any, otherwise bootstrap
        copies.
    embed : callable, optional
        Where segments lie in the learner's own space, of shape (segments, dimensions); None where
        it has none.
    related : tuple of Target
        Targets that it believes something of beside those asked for.
    norms : Norms
        Where classes lie on the dimensions.
    raters : mapping of target name to tuple of str
        Whom the members of the committee stand for, in their order; no entry where they are copies of one model.
    """

    predict: Believe
    committee: Believe
    embed: Embed | None = None
    related: Task = ()
    norms: Norms = NRC
    raters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def offers_of(learner: Learner, known: Known, rng: Generator) -> Offers:
    """Return what a trained learner offers.

    Parameters
    ----------
    learner : Learner
        Trained already. Its methods ``committee`` and ``embed`` and its attributes ``related``,
        ``norms`` and ``raters`` are used where it has them.
    known : Known
        What it was trained on; bootstrap samples are drawn from it.
    rng : Generator
        Of the bootstrap samples.

    Examples
    --------
    >>> from seral_core.learners.base import Answers, learners
    >>> from seral_core.types import Target
    >>> task = (Target("arousal"),)
    >>> table = FeatureTable(np.arange(3.0)[:, None], ("a", "b", "c"))
    >>> known = Known(table, task, {"arousal": Answers(np.array([0, 2]), np.array([-1.0, 1.0]), np.ones(2))})
    >>> ridge = trained(learners["ridge"](task), known, np.random.default_rng(0))
    >>> offers = offers_of(ridge, known, np.random.default_rng(0))
    >>> offers.predict(table)["arousal"].mean.shape, offers.committee(table)["arousal"].mean.shape, offers.embed
    ((1, 3), (5, 3), None)
    """
    own: Believe | None = getattr(learner, "committee", None)
    more = {name: getattr(learner, name) for name in ("embed", "related", "norms", "raters") if hasattr(learner, name)}
    committee = own or LazyCommittee(learner, known, rng)
    return Offers(partial(predicted, learner.predict), partial(predicted, committee), **more)


class LazyCommittee:
    """Bootstrap copies of a learner, trained when a strategy first asks for them.

    Parameters
    ----------
    learner : Learner
        Copied for each member.
    known : Known
        What bootstrap samples are drawn from.
    rng : Generator
        Draws them.
    """

    def __init__(self, learner: Learner, known: Known, rng: Generator) -> None:
        self._committee, self._known = Committee(learner), known
        self._rng: Generator | None = rng

    def __call__(self, table: FeatureTable) -> Prediction:
        """Return what the committee believes; train it first where that was not done yet."""
        if self._rng is not None:
            trained(self._committee, self._known, self._rng)
            self._rng = None
        return self._committee.predict(table)
