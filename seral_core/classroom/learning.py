"""Two models learn from the same clips, one what the room says, one what is recorded; random drawing runs beside them.

A round is a question that was revealed. All rounds are learned in order, so that a class gives the same curves whenever
it is worked out again.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.classroom.learned import Model, keep_learned
from seral_core.classroom.plan import open_class
from seral_core.classroom.question import Question
from seral_core.classroom.story import Story, story_of
from seral_core.confidence.doubt import MEMBERS, doubt_of
from seral_core.errors import BadPlan
from seral_core.learners.base import Learner, predicted, trained
from seral_core.learners.committee import Committee
from seral_core.oracles.votes import labels_from_votes
from seral_core.runs.build import PreparedRun, prepare
from seral_core.runs.history import History
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Round, rng_for
from seral_core.runs.speech import Report
from seral_core.store import Answer
from seral_core.strategies.compose import strategy_from
from seral_core.threads import one_thread
from seral_core.types import Floats, Label, Target

#: Random orders that the ghost is the mean of; and how many clips a strategy ranks.
GHOSTS, RANKED = 5, 4
STEP = "query"


class Learning:
    """What a class has taught so far.

    Parameters
    ----------
    folder : Path
        Of the class's project.
    report : callable, optional
        Told how far the features are extracted.

    Examples
    --------
    >>> from seral_core.classroom.learned import curves_of, last_model
    >>> from seral_core.classroom.testing import made_class
    >>> learning = Learning(made_class(clips=40, ready=False))
    >>> learning.look(), learning.look()
    (True, False)
    >>> model = last_model(learning.folder)
    >>> model.round, model.proba.shape, [sorted(scores) for scores in curves_of(learning.folder)]
    (0, (32, 3), [['chance', 'gold', 'known', 'random', 'room', 'round']])
    """

    def __init__(self, folder: Path, report: Report | None = None) -> None:
        self.folder, self.plan = folder, open_class(folder)
        self.made: PreparedRun = prepare(self.plan.run, report)
        self.target: Target = self.made.pool.task[0]
        self.curves: list[dict[str, Any]] = []
        self._heard = len(self.target.classes)

    def look(self) -> bool:
        """Learn from the next question that was revealed, and return True if there is one."""
        story = story_of(self.folder)
        number = len(self.curves)
        if number > len(story.revealed):
            return False
        with one_thread():
            self._round(number, story)
        return True

    def _round(self, number: int, story: Story) -> None:
        heard = story.revealed[:number]
        room = self._taught([*self._first, *self._votes(heard)])
        gold = self._taught([*self._first, *self._golds([one.opened.segment for one in heard])])
        now = Round(self.plan.seed, number, copy.deepcopy(self.made.learner), room.known(), History(()))
        trained(now.learner, now.known, now.rng("train"))
        scores = {"room": self._score(now.learner, room), "gold": self._score(self._trained(gold, number), gold)}
        ghosts = [self._taught([*self._first, *self._golds(order[:number])]) for order in self._orders]
        random = [self._score(self._trained(pool, number), pool) for pool in ghosts]
        scores |= {"random": float(np.mean(random)), "chance": self._chance}
        self.curves.append({"round": number, "known": self.plan.known, **scores})
        ids = room.table.ids
        proba = predicted(now.learner.predict, room.table)[self.target.name]
        shares = np.stack([proba.per_row(part) for part in np.asarray(proba.mean).T], axis=-1)
        model = Model(number, ids, shares, self._unknown(room, now), self._ranking(room, now, story))
        keep_learned(self.folder, model, self.curves)

    # ---- what is learned from

    @cached_property
    def _first(self) -> list[Label]:
        """Labels of clips, drawn at random, whose gold is known from the start."""
        rng = rng_for(self.plan.seed, 0, "known")
        ids = self.made.pool.table.ids
        return self._golds([ids[row] for row in rng.permutation(len(ids))[: self.plan.known]])

    @cached_property
    def _orders(self) -> list[list[str]]:
        """Other clips of the pool, in as many random orders as there are ghosts."""
        first = {label.segment for label in self._first}
        rest = [segment for segment in self.made.pool.table.ids if segment not in first]
        orders = [rng_for(self.plan.seed, i, "ghost").permutation(len(rest)) for i in range(GHOSTS)]
        return [[rest[i] for i in order] for order in orders]

    def _golds(self, segments: Sequence[str]) -> list[Label]:
        gold = self.made.corpus.gold(self.target.name)
        return [Label(segment, self.target.name, str(gold[segment]), "gold") for segment in segments]

    def _votes(self, heard: Sequence[Question]) -> list[Label]:
        """Return what the room says of clips: by majority; a tie that nothing settles says nothing."""
        rows = [
            Answer(vote.id, question.opened.segment, self.target.name, vote.value, rater=rater)
            for question in heard
            for rater, vote in question.votes.items()
        ]
        return list(labels_from_votes(rows, (self.target,)))

    def _taught(self, labels: Sequence[Label]) -> Pool:
        pool = Pool(self.made.pool.table, self.made.pool.task)
        pool.add(labels)
        return pool

    # ---- what is found

    def _trained(self, pool: Pool, number: int) -> Learner:
        return trained(copy.deepcopy(self.made.learner), pool.known(), rng_for(self.plan.seed, number, "train"))

    def _score(self, learner: Learner, pool: Pool) -> float:
        scores, details = self.made.judge(learner, pool.known())
        self._heard = sum(sum(row) > 0 for row in details[self.target.name]["confusion"])
        return round(scores[self.target.name]["uar"], 6)

    @property
    def _chance(self) -> float:
        """UAR of guessing among the classes that test speakers have."""
        return round(1 / self._heard, 6)

    def _unknown(self, pool: Pool, now: Round) -> Floats:
        committee = Committee(copy.deepcopy(self.made.learner), MEMBERS)
        trained(committee, pool.known(), now.rng("committee"))
        return doubt_of(predicted(committee.predict, pool.table)[self.target.name], self.target).unknown

    def _ranking(self, pool: Pool, now: Round, story: Story) -> list[str]:
        """Return what to ask next: what the strategy chooses, then the others at random, for when this comes late."""
        ids = pool.table.ids
        known = {label.segment for label in self._first}
        asked = known.union(*({one.opened.segment, one.opened.then} for one in story.questions))
        free = np.array([row for row, segment in enumerate(ids) if segment not in asked], dtype=np.intp)
        rows: list[int] = []
        if len(free):
            view = pool.view(pool.task, now.number, now.offers()).among(free)
            try:
                rows = now.choose(strategy_from(self.plan.strategy), STEP, view, min(RANKED, len(free)))[0].tolist()
            except BadPlan:  # a strategy that has too little to go by yet
                rows = []
        others = now.rng("rest").permutation(free).tolist()
        return [ids[row] for row in dict.fromkeys([*rows, *others])]
