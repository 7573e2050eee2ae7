"""A round: train, score, and, step by step, ask and answer. Pool, stream and labelling projects share it."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core import own
from seral_core.confidence.base import Sure, measure_from
from seral_core.confidence.evidence import evidence_of
from seral_core.errors import BadLog, BadPlan, SeralError
from seral_core.far.engine import ClusterLost
from seral_core.far.rest import among
from seral_core.learners.base import Known, Learner, predicted, trained
from seral_core.learners.offers import Offers, offers_of
from seral_core.oracles.base import Oracle
from seral_core.runs.checkpoints import Checkpoints, nothing_kept
from seral_core.runs.events import Event, Labelled, Scored, Trained, Training
from seral_core.runs.history import History
from seral_core.runs.judge import Judge
from seral_core.strategies.base import Strategy, View
from seral_core.types import Ints, Label, Query, Task


@dataclass(frozen=True)
class Step:
    """One part of a round: this strategy chooses ``n`` segments, this oracle answers.

    Parameters
    ----------
    name : str
        Unique within the round.
    strategy : Strategy
        Chooses.
    oracle : Oracle
        Answers.
    n : int
        Number of segments, at most.
    targets : tuple of str
        Targets that are asked for; empty for all.
    called : str
        The strategy as a plan writes it, for messages.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> from seral_core.oracles.base import oracles
    >>> from seral_core.strategies.base import strategies
    >>> step = Step("votes", strategies["random"], oracles["crowd"](toy_corpus(), agree=2), n=10, targets=("emotion",))
    >>> step.n * step.oracle.price
    30.0
    >>> [target.name for target in step.of(toy_corpus().task)], step.by_machine
    (['emotion'], False)
    """

    name: str
    strategy: Strategy
    oracle: Oracle
    n: int
    targets: tuple[str, ...] = ()
    called: str = ""

    def of(self, task: Task) -> Task:
        """Return the targets of a task that this step asks for."""
        return tuple(target for target in task if not self.targets or target.name in self.targets)

    @property
    def by_machine(self) -> bool:
        """Whether the model itself answers: it needs one, may leave clips unanswered, and costs nothing."""
        return bool(getattr(self.oracle, "by_machine", False))


@dataclass(frozen=True)
class Round:
    """One round of a run, and the model that was trained for it.

    Parameters
    ----------
    seed, number : int
        Of the run, and of the round: with a role they give every random choice its address.
    learner : Learner
        What is trained.
    known : Known
        What it learns from; the model is none while nothing is known.
    history : History
        What a resumed run has recorded already.
    kept : Checkpoints
        Where the models of rounds are kept.
    by_people : Known, optional
        The part of ``known`` that people gave; left out: all of it.
    again : bool
        The model is needed although the round has passed: what it labelled was lost.
    """

    seed: int
    number: int
    learner: Learner
    known: Known
    history: History
    kept: Checkpoints = nothing_kept
    by_people: Known | None = None
    again: bool = False

    @property
    def has_model(self) -> bool:
        """Whether there is anything to learn from."""
        return any(map(len, self.known.answers.values()))

    @property
    def needs_training(self) -> bool:
        """Whether this round's model is needed."""
        return self.has_model and (self.again or self.is_built_upon or not self.history.passed(self.number))

    @property
    def is_built_upon(self) -> bool:
        """Whether later models go on from this one, and none of them is kept."""
        last = self.kept.last if self.kept.last <= self.history.last + 1 else -1  # a later one is of a record now gone
        return self._goes_on and self.number >= last

    @property
    def _goes_on(self) -> bool:
        return bool(getattr(self.learner, "goes_on", False))

    def train(self, judge: Judge | None, spent: float, machine: int = 0) -> Iterator[Event]:
        """Train the learner, and score it where there is a judge; in a resumed round yield only what is new.

        Parameters
        ----------
        judge : Judge, optional
            None where there is nothing to score on.
        spent : float
            Clips listened to so far.
        machine : int
            How many of the labels are the machine's own.

        Yields
        ------
        Event
            `Training`, `Trained` and `Scored`.

        Examples
        --------
        >>> from seral_core.features.table import FeatureTable
        >>> from seral_core.learners.base import Answers, learners
        >>> from seral_core.types import Target
        >>> task = (Target("arousal"),)
        >>> table = FeatureTable(np.arange(3.0)[:, None], ("a", "b", "c"))
        >>> known = Known(table, task, {"arousal": Answers(np.array([0, 2]), np.array([-1.0, 1.0]), np.ones(2))})
        >>> now = Round(0, 1, learners["ridge"](task), known, History([]))
        >>> for event in now.train(lambda learner, known: ({}, {}), 20):
        ...     print(event)
        Trained(round=1, labelled=2, machine=0)
        Scored(round=1, spent=20, scores={}, detail={})
        """
        if not self.kept.restore(self.learner, self.number, self.known):
            if self._goes_on and self.kept.last == self.number:
                raise BadLog(
                    f"the model kept for round {self.number} was trained on other labels; "
                    f"remove {self.kept} to train all rounds once more"
                )
            for progress in self.learner.train(self.known, self.rng("train")):
                yield Training(self.number, progress.done, progress.text, progress.epochs)
            self.kept.save(self.learner, self.number, self.known)
        yield from self.history.news(Trained(self.number, len(self.known) - machine, machine))
        if judge is not None and not self.history.has(Scored, self.number):
            scores, detail = judge(self.learner, self.known)
            yield Scored(self.number, spent, scores, detail)

    def offers(self) -> Offers | None:
        """Return what the trained model offers to strategies; None where there is none yet."""
        return offers_of(self.learner, self.known, self.rng("committee")) if self.has_model else None

    def choose(self, strategy: Strategy, step: str, view: View, n: int, called: str = "") -> tuple[Ints, str]:
        """Return the rows that a step's strategy chooses, at most ``n``, and what it wants the user to know.

        Raises
        ------
        BadPlan
            When it returns no choice, or code of the user's raises an error; the message says where.
        """
        rng = self.rng(f"ask {step}")
        where = f"in round {self.number}, with {len(self.known)} labels"
        try:
            rows = checked_choice(strategy(view, n, rng), view, n)
        except ClusterLost:  # no fault of the strategy
            raise
        except SeralError as wrong:
            if not called:
                raise
            raise BadPlan(f"strategy {own.shown(called)}, {where}: {wrong}") from wrong.__cause__
        except Exception as wrong:
            if not own.names_in([called]):
                raise
            raise BadPlan(
                f"strategy {own.shown(called)}, {where}: {own.raised(wrong)}; correct the strategy"
            ) from wrong
        return rows, "; ".join(view.remarks)

    def answers(self, step: Step, query: Query, have: Sequence[Label], role: str = "") -> tuple[Label, ...]:
        """Return what a step's oracle answers, without what is recorded already."""
        query = self._assured(step, self._informed(step, query))
        seen = {(label.segment, label.target, label.annotator) for label in have}
        answered = step.oracle.answer(query, self.learner, self.rng(role or f"answer {step.name}"))
        if not seen:
            return tuple(answered)
        return tuple(label for label in answered if (label.segment, label.target, label.annotator) not in seen)

    def withdrawn(self, step: Step, task: Task, labels: Sequence[Label]) -> tuple[str, ...]:
        """Return the segments whose labels by the machine are taken back.

        Parameters
        ----------
        step : Step
            Its oracle may offer ``reconsider(query, labels, learner, rng)``, which returns them; one that does not
            keeps all.
        task : tuple of Target
            What the step labels.
        labels : sequence of Label
            The machine's own of these targets, on segments that no person has answered.
        """
        if not labels or not getattr(step.oracle, "reconsiders", False):
            return ()
        segments = tuple(dict.fromkeys(label.segment for label in labels))
        query = self._informed(step, Query(segments, task, self.number, step.name))
        return tuple(step.oracle.reconsider(query, labels, self.learner, self.rng(f"reconsider {step.name}")))  # type: ignore[attr-defined]

    def _informed(self, step: Step, query: Query) -> Query:
        """Return a query with what the step's oracle needs to know."""
        if not getattr(step.oracle, "needs_beliefs", False):
            return query
        rows = self.known.table.rows(query.segments)
        return replace(query, beliefs=predicted(self.asked_of(step).predict, self.known.table.take(rows)))

    def _assured(self, step: Step, query: Query) -> Query:
        """Return a query with how sure the model may be, where the step's oracle goes by a confidence measure."""
        if not query.segments or not (sures := self.sures(step, query.task)):
            return query
        table = self.known.table.take(self.known.table.rows(query.segments))
        return replace(query, sure={name: sure(table) for name, sure in sures.items()})

    def sures(self, step: Step, task: Task) -> dict[str, Sure]:
        """Return what says how sure the model may be of each target, where the step's oracle goes by a measure."""
        name = getattr(step.oracle, "measure", "")
        if not name:
            return {}
        measure, learner, corpus = measure_from(name), self.asked_of(step), step.oracle.corpus  # type: ignore[attr-defined]
        known, rng = self.by_people or self.known, self.rng(f"measure {step.name}")
        return {t.name: measure(evidence_of(known, t, corpus), learner, rng) for t in task}

    def asked_of(self, step: Step) -> Learner:
        """Return the model whose beliefs a step's oracle goes by."""
        return self._taught_by_people if getattr(step.oracle, "honest", False) else self.learner

    @cached_property
    def _taught_by_people(self) -> Learner:
        """A learner that never saw a label of the machine; trained once a round, where there are any."""
        if self.by_people is None:
            return self.learner
        if self._goes_on:
            raise BadPlan(
                "this learner goes on from its last model, which has learned the machine's labels; expected one that "
                "is trained from scratch; leave out honest, or choose another learner"
            )
        return trained(copy.deepcopy(self.learner), self.by_people, self.rng("honest"))

    def rng(self, role: str) -> Generator:
        """Return the generator of a role in this round."""
        return rng_for(self.seed, self.number, role)


def checked_choice(rows: Any, view: View, n: int) -> Ints:
    """Return what a strategy chose, where it is a choice.

    Raises
    ------
    BadPlan
        When it is no row numbers of candidates, each once, and at most as many as were wanted.

    Examples
    --------
    >>> from seral_core.strategies.base import line_view
    >>> checked_choice([2, 1], line_view(0.0, 1.0, 5.0, labelled=[0]), 2)
    array([2, 1])
    >>> checked_choice([2, 2], line_view(0.0, 1.0, 5.0, labelled=[0]), 2)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: the strategy returned a clip twice; expected row numbers of view.candidates, ...
    """
    wanted = f"expected row numbers of view.candidates, each once, at most {n}, best first; correct the strategy"
    try:
        found = np.asarray(rows)
        whole = found.ndim == 1 and (found.dtype.kind in "iu" or not len(found))
    except ValueError:
        whole = False
    if not whole:
        raise BadPlan(f"the strategy returned {rows!r:.80}; {wanted}")
    chosen: Ints = found.astype(np.intp)
    if len(np.unique(chosen)) < len(chosen):
        raise BadPlan(f"the strategy returned a clip twice; {wanted}")
    if not among(chosen, view.candidates).all():
        raise BadPlan(f"the strategy returned rows that are no candidates, such as labelled ones; {wanted}")
    if len(chosen) > n:
        raise BadPlan(f"the strategy returned {len(chosen)} rows; {wanted}")
    return chosen


def wished(view: View, rows: Ints) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which target alone, and which rater, a strategy wished to ask about each chosen row; empty where none.

    Examples
    --------
    >>> from seral_core.strategies.base import line_view
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0])
    >>> view.wish(2, target="arousal")
    >>> wished(view, np.array([2, 1]))
    (('arousal', ''), ())
    """
    if not view.wishes:
        return (), ()
    about, whom = (tuple(view.wishes.get(row, ("", ""))[i] for row in rows.tolist()) for i in (0, 1))
    return about if any(about) else (), whom if any(whom) else ()


def labelled(number: int, step: str, labels: tuple[Label, ...]) -> Iterator[Labelled]:
    """Yield the event that says so, where there are any labels."""
    if labels:
        yield Labelled(number, step, labels)


def rng_for(seed: int, number: int, role: str) -> Generator:
    """Return the generator that belongs to a seed, a round and a role.

    Nothing has to be stored to resume a run, and another step does not shift the others.

    Parameters
    ----------
    seed, number : int
        Of the run, and of the round; 0 or more.
    role : str
        What it is for, such as ``"train"``.

    Examples
    --------
    >>> int(rng_for(0, 1, "train").integers(100)) == int(rng_for(0, 1, "train").integers(100))
    True
    """
    return np.random.default_rng([seed, number, zlib.crc32(role.encode())])
