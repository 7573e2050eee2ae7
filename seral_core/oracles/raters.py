"""Simulated raters who are asked one after another: whom, and until when, is decided by what was answered so far."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.crowds.annotators import Annotators, annotators_from
from seral_core.crowds.from_votes import raters_from_votes
from seral_core.crowds.raters import Rater, Raters, drawn_raters
from seral_core.crowds.whom import WAYS
from seral_core.errors import BadPlan, UnknownName
from seral_core.learners.base import Learner
from seral_core.oracles.base import oracles
from seral_core.types import Floats, Label, Query, Target, Value

#: Raters are like those who gave the corpus's own votes.
OWN = "own"


@oracles.register("raters")
@dataclass(frozen=True)
class SimulatedRaters:
    """Asks simulated raters about each clip, one after another, until enough is known.

    Every answer is a label of its own, by the rater's name. Raters err around the corpus's gold: on categories by their
    confusions, on scales by a shift and a spread of their own, which grow with what they lack in skill.

    Parameters
    ----------
    corpus : Corpus
        Whose gold they hear.
    n : int
        How many raters there are.
    like : str
        A corpus with votes that they are to be like, by name or path, or ``own`` for this corpus's; empty: raters are
        drawn with the four that follow. See `seral_core.crowds.from_votes`.
    skill, spread, bias : float
        As of `seral_core.crowds.raters.drawn_raters`.
    drift : float
        By how much the share of guesses grows in 100 answers.
    dear : float
        How much more than the mean the most skilled rater costs, as a share, and the least skilled one less; in [0, 1).
    delay : float
        Seconds until an answer is there, on average: raters differ by a factor of up to 3.
    votes : int
        At most so many are asked about a clip; no one twice.
    agree : int
        Stop as soon as so many gave the same answer; 0 for never.
    until : float
        Stop as soon as a class is so probable by the annotator model; 0 for never. Categories alone.
    worth : float
        Stop as soon as the best further answer is expected to tell less, for what it costs, than this share of what the
        first answer about a new clip is; 0 for never. Categories alone.
    whom : {"anybody", "best", "thompson"}
        Who is asked next; see `seral_core.crowds.whom`.
    seed : int
        Of the raters. What they answer is drawn by the run's own seed.

    References
    ----------
    .. [1] Zhang, Coutinho, Zhang, Quan and Schuller, Dynamic active learning based on agreement and applied to emotion
       recognition in spoken interactions, ICMI 2015.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> query = Query(("a.wav", "c.wav"), corpus.task[:1])
    >>> two = SimulatedRaters(corpus, n=9, skill=1.0, spread=0.0, votes=9, agree=2)
    >>> [(label.segment, label.value) for label in two.answer(query, None, np.random.default_rng(0))]
    [('a.wav', 'anger'), ('a.wav', 'anger'), ('c.wav', 'sadness'), ('c.wav', 'sadness')]
    """

    corpus: Corpus
    n: int = 10
    like: str = ""
    skill: float = 0.7
    spread: float = 0.15
    bias: float = 1.0
    drift: float = 0.0
    dear: float = 0.0
    delay: float = 0.0
    votes: int = 3
    agree: int = 0
    until: float = 0.0
    worth: float = 0.0
    whom: str = "anybody"
    seed: int = 0
    needs_given = True
    _made: dict[str, Raters] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, fits, expected in (
            ("n", self.n >= 1, "1 or more"),
            ("votes", self.votes >= 1, "1 or more"),
            ("agree", self.agree >= 0, "0 or more"),
            ("until", 0 <= self.until < 1, "a probability below 1, or 0 for none"),
            ("worth", self.worth >= 0, "0 or more"),
            ("dear", 0 <= self.dear < 1, "a share below 1"),
            ("delay", self.delay >= 0, "0 or more seconds"),
        ):
            if not fits:
                raise BadPlan(f"{name} of raters is {getattr(self, name)}; expected {expected}; correct it")
        if self.whom not in WAYS:
            raise UnknownName("way to choose whom to ask", self.whom, WAYS)

    @property
    def price(self) -> float:
        """Most that a clip may cost: the dearest raters, as many as may be asked."""
        return float(min(self.votes, self.n) * (1 + self.dear))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The raters' names, as they stand in labels."""
        return tuple(f"r{i + 1:0{len(str(self.n))}d}" for i in range(self.n))

    def crowd(self, target: Target) -> Raters:
        """Return the raters of a target, the same each time; of a scale, those of two classes stand for their skill."""
        if target.rate_hz:
            raise BadPlan(
                f"{target.name} has traces, and simulated raters give one answer for each clip; expected a target "
                "without a rate; take the oracle noisy, or crowd"
            )
        if target.name not in self._made:
            self._made[target.name] = self._drawn(target)
        return self._made[target.name]

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return what the raters say who are asked; clips without gold stay open."""
        gold = {target.name: self.corpus.gold(target.name) for target in query.task}
        models = {target.name: self._model(query, target) for target in query.task}
        answered, share, draw = Counter[str](), 1 / len(query.task), int(rng.integers(2**31 - 1))
        for label in query.given:
            answered[label.annotator] += label.source != "machine"
        for segment, task, whom in query.questions():
            for target in task:
                truth = gold[target.name][segment]
                if not pd.isna(truth):
                    clip = _Clip(segment, target, truth, [draw, zlib.crc32(segment.encode())])
                    for label in self._asked(clip, models[target.name], answered, whom):
                        yield replace(label, cost=round(label.cost * share, 6))

    def _asked(self, clip: _Clip, model: Annotators | None, answered: Counter[str], whom: str) -> Iterator[Label]:
        """Ask one rater after another about a clip and target."""
        target, crowd = clip.target, self.crowd(clip.target)
        by_name = {rater.name: i for i, rater in enumerate(crowd.raters)}
        if whom and whom not in by_name:
            raise UnknownName("rater", whom, by_name)
        costs = {rater.name: rater.cost for rater in crowd.raters}
        free, counts = [whom] if whom else list(by_name), Counter[Value]()
        posterior = first = model.marginals if model else np.ones(1)
        rng = np.random.default_rng([*clip.address, 0])
        limit = 0.0
        if model and self.worth:
            limit = self.worth * WAYS["best"](model, first, list(by_name), costs, rng).gain
        for turn in range(min(self.votes, len(free))):
            if model is None:
                name = free[int(rng.integers(len(free)))]
            else:
                choice = WAYS[self.whom](model, posterior, free, costs, rng)
                if turn and choice.gain < limit:
                    return
                name = choice.rater
            free.remove(name)
            value = clip.heard_by(crowd, by_name[name], answered[name])
            answered[name] += 1
            counts[value] += 1
            yield Label(clip.segment, target.name, value, name, costs[name])
            if model:
                posterior = model.posterior([(name, target.classes.index(str(value)))], posterior)
            if self._is_enough(counts[value], posterior if model else None):
                return

    def _is_enough(self, alike: int, posterior: Floats | None) -> bool:
        sure = bool(self.until) and posterior is not None and float(posterior.max()) >= self.until
        return sure or bool(self.agree and alike >= self.agree)

    def _model(self, query: Query, target: Target) -> Annotators | None:
        """Return what is known of the raters of a category, where that is needed."""
        if target.is_scale or not (self.until or self.worth or self.whom != "anybody"):
            return None
        return annotators_from(query.given, target)

    def _drawn(self, target: Target) -> Raters:
        rng = np.random.default_rng([self.seed, zlib.crc32(b"raters")])
        classes = ("low", "high") if target.is_scale else target.classes
        if self.like and target.is_scale:
            raise BadPlan(
                f"{target.name} is a scale, and raters are made like others' on categories alone; leave like out, or "
                "take the oracle crowd, which draws the votes of the corpus"
            )
        if self.like:
            crowd = _like(self.corpus if self.like == OWN else open_corpus(self.like), target, self.n, rng)
        else:
            crowd = drawn_raters(classes, self.n, rng, skill=self.skill, spread=self.spread, bias=self.bias)
        delays = self.delay * rng.permutation(np.geomspace(1, 3, self.n)) / np.geomspace(1, 3, self.n).mean()
        rank = np.argsort(np.argsort([np.diag(rater.confusion).mean() for rater in crowd.raters], kind="stable"))
        costs = 1 + self.dear * (2 * rank / max(self.n - 1, 1) - 1) * (self.n > 1)
        about: Any = zip(crowd.raters, self.names, costs.tolist(), delays.tolist(), strict=True)
        raters = tuple(Rater(name, r.confusion, cost, delay, self.drift) for r, name, cost, delay in about)
        return replace(crowd, raters=raters)


@dataclass(frozen=True)
class _Clip:
    """A clip that is asked about: each rater hears it in one way only, in whatever order they are asked."""

    segment: str
    target: Target
    truth: Value
    address: list[int]

    def heard_by(self, crowd: Raters, rater: int, answered: int) -> Value:
        common, own = np.random.default_rng([*self.address, 1]), np.random.default_rng([*self.address, 2, rater])
        if not self.target.is_scale:
            true = self.target.classes.index(str(self.truth))
            return self.target.classes[crowd.said(true, rater, answered, float(common.random()), own)]
        table, half = crowd.raters[rater].after(answered), (self.target.high - self.target.low) / 2
        lacking = 2 * (1 - float(np.diag(table).mean()))  # from 0, always right, to 1, guessing between two
        shift = np.random.default_rng([zlib.crc32(crowd.raters[rater].name.encode())]).normal(0, 0.25)
        error = lacking * half * (shift + own.normal(0, 0.5))
        return float(np.clip(float(self.truth) + error, self.target.low, self.target.high))


def _like(corpus: Corpus, target: Target, n: int, rng: Generator) -> Raters:
    """Return ``n`` raters like those of a corpus's votes, for the classes of a target."""
    votes = corpus.of(target.name)
    if votes.groupby("segment").size().max() < 2:
        raise BadPlan(
            f"{corpus.name} has one answer for each clip of {target.name}; expected votes of several raters to be "
            "like; choose another corpus, such as a table of CREMA-D's votes"
        )
    crowd = raters_from_votes(votes, corpus.target(target.name).classes)
    order = rng.permutation(len(crowd)).tolist()
    crowd = replace(crowd, raters=tuple(crowd.raters[i] for i in order)).copies(n)
    return crowd.over(target.classes)
