"""A crowd: votes drawn from those the corpus's own raters gave, until they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from numpy.random import Generator

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.tables import GOLD
from seral_core.crowds.annotators import Annotators, annotators_from
from seral_core.errors import BadPlan
from seral_core.learners.base import Learner
from seral_core.oracles.base import oracles
from seral_core.types import Label, Query, Target, Value


@oracles.register("crowd")
@dataclass(frozen=True)
class Crowd:
    """Asks the corpus's raters one after another, in an order drawn for each segment.

    Parameters
    ----------
    corpus : Corpus
        Whose ratings are drawn, without putting one back.
    votes : int
        At most so many are asked for a segment; each costs one clip listened to.
    agree : int
        Stop as soon as so many gave the same answer; 0 asks all ``votes``. No two traces are the same: of targets
        with a rate, ``votes`` raters trace each segment, and the pool joins their traces by the mean.
    until : float
        Stop as soon as a class is so probable by what is known of the raters; 0 for never. Of categories alone; see
        `seral_core.crowds.annotators`.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> query = Query(("a.wav",), corpus.task[:1])
    >>> len(list(Crowd(corpus, votes=3, agree=2).answer(query, None, np.random.default_rng(0))))
    2
    """

    corpus: Corpus
    votes: int = 3
    agree: int = 0
    until: float = 0.0
    needs_given = True

    def __post_init__(self) -> None:
        if self.votes < 1 or self.agree < 0:
            raise BadPlan(
                f"got a crowd of {self.votes} votes, of which {self.agree} must agree; "
                "expected 1 vote or more and agree of 0 or more; correct votes or agree"
            )

        if not 0 <= self.until < 1:
            raise BadPlan(
                f"until of the crowd is {self.until}; expected a probability below 1, or 0 for none; correct it"
            )
        if self.agree and self.corpus.task and all(target.rate_hz for target in self.corpus.task):
            raise self._never_agree(self.corpus.task[0])

    def _never_agree(self, target: Target) -> BadPlan:
        return BadPlan(
            f"got a crowd that is asked until {self.agree} agree, and {target.name} has traces, which are never the "
            f"same; expected a number of votes alone; write crowd:votes={self.votes}"
        )

    @property
    def price(self) -> float:
        """Most that a segment may cost: no more than were given for any."""
        return float(min(self.votes, max(map(len, self._given.values()), default=self.votes)))

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return up to ``votes`` answers for each segment and target; one, where a single rater is asked."""
        share = 1 / len(query.task)
        models = {target.name: self._model(query, target) for target in query.task}
        for segment, task, whom in query.questions():
            for target in task:
                if self.agree and target.rate_hz:
                    raise self._never_agree(target)
                counts: Counter[Value] = Counter()
                given = self._given.get((segment, target.name), [])
                given = [answer for answer in given if whom in ("", answer[0])]
                model, heard = models[target.name], list[tuple[str, int]]()
                for i in rng.permutation(len(given))[: self.votes]:
                    rater, value = given[i]
                    counts[value] += 1
                    yield Label(segment, target.name, value, rater, cost=share)
                    if self.agree and counts[value] >= self.agree:
                        break
                    if model:
                        heard.append((rater, target.classes.index(str(value))))
                        if model.posterior(heard).max() >= self.until:
                            break

    def _model(self, query: Query, target: Target) -> Annotators | None:
        """Return what is known of the raters of a category, where votes end by it."""
        if not self.until or target.is_scale:
            return None
        return annotators_from(query.given, target)

    @cached_property
    def _given(self) -> dict[tuple[str, str], list[tuple[str, Value]]]:
        given: dict[tuple[str, str], list[tuple[str, Value]]] = {}
        for segment, target, rater, value in self.corpus.ratings.itertuples(index=False):
            given.setdefault((segment, target), []).append((rater, value))
        timed = {target.name for target in self.corpus.task if target.rate_hz}
        for (_, target), answers in given.items():
            people = [answer for answer in answers if answer[0] != GOLD]
            if target in timed and people:  # a trace called gold was made of theirs
                answers[:] = people
        return given
