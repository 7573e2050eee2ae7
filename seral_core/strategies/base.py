"""What a strategy is: a function from a `View` to the segments that should be labelled next.

    strategy(view, n, rng) -> at most n row numbers, in order of choice

The signature never changes. All a strategy may look at is in the view; a new need becomes a new
field of `View`. A strategy without parameters is a function, one with parameters a frozen
dataclass with ``__call__``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan, UnknownName
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers
from seral_core.learners.offers import Offers
from seral_core.norms import NRC, Norms
from seral_core.registry import Registry
from seral_core.strategies.partitions import Parts
from seral_core.types import Belief, Bools, Classes, Floats, Ints, Prediction, Scale, Target, Task


def _no_model(_rows: Ints) -> Prediction:
    raise BadPlan(
        "this strategy needs a trained model, but no labels are known yet; let another one choose "
        "the first labels, such as --start random, or put one before it: k-means:20+margin"
    )


@dataclass(frozen=True)
class View:
    """All that a strategy may look at.

    Parameters
    ----------
    table : FeatureTable
        The whole pool, labelled and unlabelled.
    task : tuple of Target
        The targets that are asked for.
    candidates : Ints of shape (candidates,)
        Row numbers that may be chosen, ascending.
    labelled : Ints of shape (labelled,)
        Row numbers with a known answer for any target asked for, ascending; the machine's own do
        not count.
    answers : mapping of target name to Answers
        What is known, by target, traces and all; see `known`.
    predict : callable
        From row numbers to what the learner believes of them.
    committee : callable
        The same, with several members: those that the learner offers, or bootstrap copies of it,
        trained when first asked.
    embed : callable, optional
        From row numbers to where the learner sees them, of shape (rows, dimensions); see
        `embeddings`.
    costs : Floats of shape (rows of the table,)
        What a label of each row costs.
    shares : mapping of target name to float
        What an answer about each target costs, in parts of a clip that is answered in full; empty: the same for all.
    round : int
        Number of this round, from 0.
    decided : Bools of shape (arrived,)
        Of a stream: for each earlier clip, in order of arrival, whether it was asked for.
    by_machine : Ints of shape (rows,)
        Row numbers that only the machine has labelled, ascending; ``answers`` holds its labels
        too.
    remarks : list of str
        What a strategy wants the user to know of this choice; see `note`.
    wishes : dict of int to (str, str)
        By row, the target that alone is to be asked about, and the rater who is to be asked; see `wish`.
    related : tuple of Target
        Targets that nobody is asked for, but that the learner has a belief about, such as
        what a model of another corpus says; their beliefs are in ``beliefs`` too.
    norms : Norms
        Where classes lie on the dimensions.
    raters : mapping of target name to tuple of str
        Whom the committee's members stand for, in their order; no entry where they are copies of one model.
    scratch : dict
        A cache that lives as long as the run. Only for what could be worked out again: a resumed
        run starts with an empty one.
    parts : Parts, optional
        Of a pool that lies in partitions: where to look at them, see `seral_core.strategies.parts`. ``candidates`` are
        then a `seral_core.far.rest.Rest`, and what asks for all rows at once is refused.
    pool_scale : (Floats, Floats), optional
        Where ``table`` is only a part of the pool: mean and weight of each feature over the whole pool.

    Examples
    --------
    >>> from seral_core.types import Classes
    >>> emotion = Target("emotion", ("anger", "sadness"))
    >>> belief = {"emotion": Classes(np.array([[[0.9, 0.1], [0.4, 0.6]]]))}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=(emotion,), predict=lambda rows: belief)
    >>> view.candidates, view.classes(emotion).guess, view.among(np.array([2])).candidates
    (array([1, 2]), array([0, 1]), array([2]))
    """

    table: FeatureTable
    task: Task
    candidates: Ints
    labelled: Ints
    answers: Mapping[str, Answers] = field(default_factory=dict)
    predict: Callable[[Ints], Prediction] = _no_model
    committee: Callable[[Ints], Prediction] = _no_model
    embed: Callable[[Ints], Floats] | None = None
    costs: Floats | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    round: int = 0
    decided: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    by_machine: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    remarks: list[str] = field(default_factory=list)
    wishes: dict[int, tuple[str, str]] = field(default_factory=dict)
    related: Task = ()
    norms: Norms = NRC
    raters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scratch: dict[Any, Any] = field(default_factory=dict)
    parts: Parts | None = None
    pool_scale: tuple[Floats, Floats] | None = None

    def note(self, remark: str) -> None:
        """Tell the user something about this choice, such as why it was random; it goes into the event, once."""
        if remark and remark not in self.remarks:
            self.remarks.append(remark)

    def wish(self, row: int, target: str = "", rater: str = "") -> None:
        """Say of a clip that is chosen which target alone to ask about, or which rater to ask; the last wish counts.

        Parameters
        ----------
        row : int
            Row number of a candidate.
        target : str
            One of ``task``; empty for all of them.
        rater : str
            Empty for whoever comes next.

        Examples
        --------
        >>> view = line_view(0.0, 1.0, 5.0, labelled=[0])
        >>> view.wish(2, target="arousal")
        >>> view.wishes
        {2: ('arousal', '')}
        """
        if target and target not in {known.name for known in self.task}:
            raise UnknownName("target to ask about", target, [known.name for known in self.task])
        self.wishes[int(row)] = target, rater

    @property
    def is_trained(self) -> bool:
        """Whether there is a model that believes something."""
        return self.predict is not _no_model

    @cached_property
    def beliefs(self) -> Prediction:
        """What the learner believes of the candidates."""
        return self.predict(self.candidates)

    def classes(self, target: Target) -> Classes:
        """Return the belief about a categorical target, or say why there is none."""
        belief: Classes = _as(Classes, self.beliefs[target.name], target)
        return belief

    def scale(self, target: Target) -> Scale:
        """Return the belief about a target on a scale, or say why there is none."""
        belief: Scale = _as(Scale, self.beliefs[target.name], target)
        return belief

    def embeddings(self, rows: Ints) -> Floats:
        """Return where the learner sees some rows, of shape (rows, dimensions).

        Raises
        ------
        BadPlan
            When the learner has no embeddings, or is not trained yet.
        """
        if self.embed is None:
            raise BadPlan(
                "this strategy needs embeddings, but the learner gives none, or is not trained "
                "yet; choose a learner that hears, or put a strategy before it that needs no "
                "model: k-means:20+..."
            )
        return self.embed(rows)

    def known(self, target: Target) -> Answers:
        """Return what is known of a target, one value per row (of a trace its mean); empty where nothing is."""
        none = np.zeros(0, dtype=np.intp)
        return self.answers[target.name].pooled() if target.name in self.answers else Answers(none, none, np.zeros(0))

    def most_uncertain(self, n: int) -> Ints:
        """Return the candidates that the learner is least sure of, least sure first; of several targets, on average.

        Of a category that is the smallest margin between its two likeliest classes, of a scale the widest spread of
        the committee's guesses. Each target counts by rank.

        Parameters
        ----------
        n : int
            At most so many.

        Returns
        -------
        Ints of shape (<= n,)
            Row numbers, as a strategy returns them.

        Examples
        --------
        >>> from seral_core.types import Classes
        >>> emotion = Target("emotion", ("anger", "sadness"))
        >>> belief = {"emotion": Classes(np.array([[[0.9, 0.1], [0.4, 0.6]]]))}
        >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], task=(emotion,), predict=lambda rows: belief)
        >>> view.most_uncertain(1)
        array([2])
        """
        doubt = np.zeros(len(self.candidates))
        for target in self.task:
            doubt += np.argsort(np.argsort(self._doubt(target), kind="stable"))
        return self.candidates[np.argsort(-doubt, kind="stable")[:n]]

    def _doubt(self, target: Target) -> Floats:
        if target.is_scale:
            spread = self.committee(self.candidates)[target.name].pooled()
            return np.asarray(spread.mean.std(axis=0), np.float64)
        top = np.sort(self.classes(target).pooled().mean, axis=-1)
        return np.asarray(top[:, -2] - top[:, -1], np.float64)

    def among(self, candidates: Ints) -> View:
        """Return the view with fewer candidates."""
        return replace(self, candidates=candidates)


def fields_of(offers: Offers, of_rows: Callable[[Callable[[FeatureTable], Any], Ints], Any], others: Task = ()) -> Any:
    """Return the fields of a view that come from a trained model.

    Parameters
    ----------
    offers : Offers
        What the model offers, of whole tables.
    of_rows : callable
        Calls one of them for some rows of the view.
    others : tuple of Target
        Targets that are known and not asked for.
    """
    fields: dict[str, Any] = {
        name: partial(of_rows, offered)
        for name in ("predict", "committee", "embed")
        if (offered := getattr(offers, name)) is not None
    }
    return {**fields, "related": (*others, *offers.related), "norms": offers.norms, "raters": offers.raters}


def _as(kind: type[Any], belief: Belief, target: Target) -> Any:
    if isinstance(belief, kind):
        return belief
    wanted = "classes" if kind is Classes else "a scale"
    other = "gsx, gsy, igs, qbc or v-optimal" if kind is Classes else "entropy, margin or least-confidence"
    raise BadPlan(f"this strategy needs {wanted}, but {target.name} is not; for {target.name} try {other}")


class Strategy(Protocol):
    """Anything that chooses: ``strategy(view, n, rng)``.

    Each strategy's own docstring says which fields of the view it uses.

    Parameters
    ----------
    view : View
        All that it may look at; it is left as it was.
    n : int
        Number of segments wanted.
    rng : Generator
        All that is random is drawn from it, such as the order of equal scores.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers of candidates, in the order of choice.

    Examples
    --------
    >>> def largest(view, n, rng):
    ...     return best(view, view.table.values[view.candidates, 0], n, rng)
    >>> largest(line_view(0.0, 1.0, 5.0, labelled=[0]), 1, np.random.default_rng(0))
    array([2])
    """

    def __call__(self, view: View, n: int, rng: Generator, /) -> Ints:
        """Return at most ``n`` of ``view.candidates``, in order of choice."""
        ...


#: Strategies by name: functions `Strategy`, or dataclasses whose instances are.
strategies: Registry[Callable[..., Any]] = Registry("strategy", "seral_core.strategies", "adapted:strategy_of")


def best(view: View, scores: Floats, n: int, rng: Generator) -> Ints:
    """Return the ``n`` candidates with the highest scores; among equal scores, at random.

    Parameters
    ----------
    view : View
        Uses ``candidates``.
    scores : Floats of shape (candidates,)
        Higher is chosen sooner.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, highest score first.

    Examples
    --------
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0])
    >>> best(view, np.array([0.1, 0.9]), 1, np.random.default_rng(0))
    array([2])
    """
    return view.candidates[highest(scores, n, rng)]


def highest(scores: Floats, n: int, rng: Generator) -> Ints:
    """Return the positions of the ``n`` highest scores; among equal scores, at random.

    Examples
    --------
    >>> highest(np.array([0.1, 0.9]), 1, np.random.default_rng(0))
    array([1])
    """
    n = min(n, len(scores))
    if n == 0:
        return np.zeros(0, dtype=np.intp)
    near = not_below(scores, n)
    order = np.lexsort((rng.random(len(near)), -scores[near]))
    return near[order[:n]]


def not_below(scores: Floats, n: int) -> Ints:
    """Return the positions of all scores that are not below the ``n``-th highest, ascending.

    Examples
    --------
    >>> not_below(np.array([0.1, 0.9, 0.5, 0.5]), 2)
    array([1, 2, 3])
    """
    n = min(n, len(scores))
    if n == 0:
        return np.zeros(0, dtype=np.intp)
    edge = np.partition(scores, len(scores) - n)[len(scores) - n]
    return np.flatnonzero(scores >= edge)


def line_view(*points: float, labelled: tuple[int, ...] | list[int] = (), **fields: Any) -> View:
    """Return a view of points on a line, for examples and tests.

    Parameters
    ----------
    *points : float
        The only feature of each row; ids are ``p0``, ``p1`` ...
    labelled : sequence of int
        Rows with an answer; all others are candidates.
    **fields
        Further fields of `View`; left out, the task is one scale called arousal.

    Examples
    --------
    >>> line_view(0.0, 1.0, 5.0, labelled=[0]).candidates
    array([1, 2])
    """
    table = FeatureTable(np.array(points, float)[:, None], tuple(f"p{i}" for i in range(len(points))))
    known = np.array(labelled, dtype=np.intp)
    others = np.setdiff1d(np.arange(len(points)), known)
    return View(table, fields.pop("task", (Target("arousal"),)), others, known, **fields)
