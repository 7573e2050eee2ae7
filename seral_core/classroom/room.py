"""The room: phones join, the clip of the present question sounds, votes go to the label store, the server reveals.

Nothing of it hangs on a web or a screen. What happened is in the class's log and in its store alone, so that a server
that was killed goes on where the class stood.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from seral_core.classroom.ballots import Ballot, Together, ballot_of
from seral_core.classroom.events import ClassEvent, ClassLog, Ended, Joined, Opened, Removed, Revealed
from seral_core.classroom.learned import Model, last_model, model_stamp
from seral_core.classroom.plan import MOST_PHONES, open_class
from seral_core.classroom.question import Question
from seral_core.classroom.story import story_of
from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadLabel, BadPlan, BadStore, SeralError
from seral_core.store import Answer
from seral_core.studio.given import Answered, NotGiven
from seral_core.studio.project import add_raters, open_project
from seral_core.studio.recordings import recordings
from seral_core.studio.stores import store_of

#: From the word "go" until the clip begins, so that every phone has heard of it; and how long votes may be under way
#: when the time is up, or when the server has just come up again. In seconds.
LEAD_S, GRACE_S, AGAIN_S = 1.5, 1.0, 8.0
LONGEST_NAME = 24
_SECRET = re.compile(r"[0-9a-f]{32}")


class NotOfClass(SeralError, PermissionError):
    """A phone that did not join this class."""


class Classroom:
    """A class as it stands; several threads may share it.

    Parameters
    ----------
    folder : Path
        Of the class's labelling project, see `seral_core.classroom.plan.new_class`.
    clock : callable
        Returns seconds since the epoch.

    Raises
    ------
    SeralError
        When there is no class, or its log or store cannot be trusted.

    Examples
    --------
    >>> from seral_core.classroom.testing import made_class
    >>> room = Classroom(made_class(clips=40, questions=2))
    >>> anna, other = (room.join("Anna", f"{i:032x}") for i in range(2))
    >>> anna, other
    ('Anna', 'Anna 2')
    >>> room.open_next().number, room.story.phase, room.story.step
    (1, 'question', '1.question')
    >>> vote = {"id": "0f6b3a52-6f0e-4c43-9a35-0d3f2a5b7c11", "question": 1, "value": "anger", "after_s": 2.0}
    >>> room.vote(anna, vote), room.vote(anna, vote), room.story.question.counts
    (1, 0, [1, 0, 0])
    >>> room.due([anna, other]), room.due([anna])
    (False, True)
    >>> room.reveal().number, Classroom(room.folder).story.step
    (1, '1.revealed')
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder, self._clock = Path(folder).resolve(), clock
        self.plan, self.studio = open_class(self.folder), open_project(self.folder)
        self.target = self.studio.task[0]
        self.store, self.log = store_of(self.folder, self.studio), ClassLog(self.folder)
        self._lock, self._opening = threading.RLock(), threading.Lock()
        self._cast = Together(self._lock, self._write)
        self._model: tuple[int, Model | None] = (0, None)
        self.log.mend()
        self.story = story_of(self.folder)
        self._again_until = clock() + AGAIN_S if self.story.phase == "question" else 0.0

    # ---- as it stands

    @cached_property
    def corpus(self) -> Corpus:
        """The recordings."""
        with self._opening:
            return self.__dict__.get("corpus") or recordings(self.studio)

    @property
    def model(self) -> Model | None:
        """What the trainer found last; None while it prepares the clips."""
        stamp = model_stamp(self.folder)
        if stamp != self._model[0]:
            self._model = (stamp, last_model(self.folder) or self._model[1])
        return self._model[1]

    def gold(self, question: Question) -> str:
        """Return what is recorded about the clip of a question; empty where nothing is."""
        found = self.corpus.gold(self.target.name).get(question.opened.segment)
        return found if isinstance(found, str) else ""

    def clip(self, number: int) -> str:
        """Return the clip of a question that is open or was; or of the next one, to be fetched early.

        Raises
        ------
        NotGiven
            For any other.
        """
        with self._lock:
            if 1 <= number <= len(self.story.questions):
                return self.story.questions[number - 1].opened.segment
            if (
                number == len(self.story.questions) + 1
                and self.story.question is not None
                and self.story.question.opened.then
            ):
                return self.story.question.opened.then
        raise NotGiven(f"question {number} is not open; expected the present one or the next; reload the page")

    # ---- phones

    def join(self, name: str, secret: str) -> str:
        """Let a phone in, and return under which name it answers; the same one whenever it comes again.

        Parameters
        ----------
        name : str
            As its owner typed it; where another phone has it already, a number is added.
        secret : str
            32 hexadecimal digits that the phone made at random; only their hash is kept.

        Raises
        ------
        BadLabel
            When the name is none, or the class is over or full.
        """
        if not _SECRET.fullmatch(secret):
            raise BadLabel("this phone has no secret of its own; expected 32 random digits; reload the page")
        mark = _mark(secret)
        with self._lock:
            if mark in self.story.by_mark:
                return self.story.by_mark[mark]
            wanted = _clean(name)
            if wanted.casefold() in {name.casefold() for name in self.story.removed}:
                raise BadLabel(f"the teacher has removed the nickname '{wanted}'; choose another")
            if self.story.ended:
                raise BadLabel("this class is over; ask the teacher for the word of the next one")
            if len(self.story.by_mark) >= MOST_PHONES:
                raise BadLabel(f"{MOST_PHONES} phones have joined, as many as a class holds; look on with a neighbour")
            taken = {other.casefold() for other in [*self.story.raters, *(rater.name for rater in self.studio.raters)]}
            free = (wanted if i == 1 else f"{wanted} {i}" for i in range(1, len(taken) + 2))
            rater = next(one for one in free if one.casefold() not in taken)
            add_raters(self.folder, [rater])
            self._say(Joined(self._clock(), rater, mark))
            return rater

    def whose(self, secret: str) -> str:
        """Return the rater whose phone has this secret; raise `NotOfClass` where none has."""
        rater = self.story.by_mark.get(_mark(secret))
        if rater is None:
            raise NotOfClass("this phone has not joined the class; type the word that is on the wall")
        return rater

    def remove(self, rater: str) -> None:
        """Take a nickname off the wall; its phone may join again under another one, its votes stay.

        Raises
        ------
        BadPlan
            When nobody has joined under it.
        """
        with self._lock:
            if rater not in self.story.raters:
                raise BadPlan(f"nobody here is called '{rater:.40}'; expected a nickname of the class; reload the page")
            self._say(Removed(self._clock(), rater))

    def vote(self, rater: str, payload: Mapping[str, Any]) -> int:
        """Keep a vote; return how many rows are new, only once they are on the disk.

        A vote may be changed until the reveal. One that arrives later is kept, as given with the answer in sight, and
        does not count in the room.

        Raises
        ------
        BadLabel
            When it cannot be a vote; `seral_core.studio.given.Answered` where the question is closed and has this
            rater's answer.
        BadStore
            When it could not be written: it may be sent again.
        """
        return self._cast(ballot_of(rater, payload, self.target))

    # ---- the server decides

    def open_next(self) -> Opened:
        """Begin the next question.

        Raises
        ------
        BadPlan
            When the clips are not prepared, a question is open, or there is none left.
        """
        with self._lock:
            if self.story.phase not in ("lobby", "revealed"):
                raise BadPlan(
                    f"the class is at '{self.story.phase}'; expected the lobby, or a question that was revealed"
                )
            number, last = len(self.story.questions) + 1, self.story.question
            if number > self.plan.questions:
                raise BadPlan(f"all {self.plan.questions} questions were asked; end the class")
            segment = last.opened.then if last else next(iter(self._wanted()), "")
            if not segment:
                raise BadPlan("no clip is ready yet; expected the trainer to have prepared them; wait a moment")
            then = next(iter(self._wanted(segment)), "") if number < self.plan.questions else ""
            now = self._clock()
            opened = Opened(now, number, segment, then, now + LEAD_S)
            self._say(opened)
            return opened

    def reveal(self) -> Revealed:
        """End the present question.

        Raises
        ------
        BadPlan
            When none is open.
        """
        with self._lock:
            question = self._opened()
            guess, unknown = self.model.of(question.opened.segment) if self.model else ([], 0.0)
            revealed = Revealed(self._clock(), question.opened.number, guess, unknown)
            self._say(revealed)
            return revealed

    def end(self) -> None:
        """End the class; nobody can join any more, and votes that were on their way do not count.

        A question that is open counts as revealed.
        """
        with self._lock:
            if self.story.phase == "question":
                self.reveal()
            if not self.story.ended:
                self._say(Ended(self._clock()))

    def due(self, present: Collection[str]) -> bool:
        """Whether the present question is to be revealed: all who are present have voted, or the time is up."""
        with self._lock:
            if self.story.phase != "question":
                return False
            question, now = self._opened(), self._clock()
            again = now < self._again_until  # phones have not found the server again
            if (
                present
                and set(present) <= set(question.votes)
                and not (again and set(self.story.raters) - set(question.votes))
            ):
                return True
            ends_at = self.ends_at
            return ends_at is not None and now > ends_at + GRACE_S and not again

    @property
    def ends_at(self) -> float | None:
        """When the time for the present question is up; None where there is no limit."""
        question = self.story.question
        return question.opened.starts_at + self.plan.answer_s if question and self.plan.answer_s else None

    # ---- inside

    def _opened(self) -> Question:
        if self.story.question is None or self.story.phase != "question":
            raise BadPlan(f"the class is at '{self.story.phase}'; expected an open question; open the next one")
        return self.story.question

    def _wanted(self, *besides: str) -> list[str]:
        """Return the clips that may be asked about next, best first."""
        model = self.model
        asked = {one.opened.segment for one in self.story.questions} | set(besides)
        ranking = model.ranking if model else ()
        return [segment for segment in ranking if segment not in asked]

    def _say(self, event: ClassEvent) -> None:
        self.log.append(event)
        self.story.take(event)

    def _write(self, ballots: Sequence[Ballot]) -> None:
        """Write votes down together; where they cannot be, one by one, so that only the wrong ones are refused."""
        rows = []
        for ballot in ballots:
            try:
                rows.append((ballot, self._row(ballot)))
            except SeralError as wrong:
                ballot.wrong = wrong
        try:
            self._append(rows)
        except BadLabel:
            for one in rows:
                try:
                    self._append([one])
                except SeralError as wrong:
                    one[0].wrong = wrong
        except SeralError as wrong:
            for ballot, _ in rows:
                ballot.wrong = wrong

    def _append(self, rows: Sequence[tuple[Ballot, Answer]]) -> None:
        try:
            self.store.append([row for _, row in rows])
        except OSError as wrong:
            raise wrong if isinstance(wrong, SeralError) else BadStore(str(wrong)) from wrong
        for ballot, row in rows:
            ballot.saved = int(row.id not in self.story.known)
            if ballot.saved:
                self.story.count(row)

    def _row(self, ballot: Ballot) -> Answer:
        if not 1 <= ballot.question <= len(self.story.questions):
            raise NotGiven(f"question {ballot.question} was not asked; expected one that was; reload the page")
        question = self.story.questions[ballot.question - 1]
        standing, late = question.votes.get(ballot.rater), question.revealed is not None
        segment, begun = question.opened.segment, question.opened.starts_at
        if late and standing is not None and ballot.id not in self.story.known:
            stored = Answer(standing.id, segment, self.target.name, standing.value, rater=ballot.rater)
            raise Answered(f"question {ballot.question}", [stored])
        return Answer(
            ballot.id, segment, self.target.name, ballot.value, rater=ballot.rater,
            screen=f"{self.studio.run}-{question.opened.number}-{ballot.rater}", round=question.opened.number,
            run=self.studio.run, device="phone", plays=ballot.plays, shown_at=begun,
            played_at=None if ballot.played_s is None else begun + ballot.played_s,
            answered_at=begun + ballot.after_s, guess_visible=late,
        )  # fmt: skip


def _mark(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _clean(name: object) -> str:
    """Return a nickname without what would spoil a wall.

    Examples
    --------
    >>> _clean("  Anna   Maria ")
    'Anna Maria'
    """
    text = " ".join(unicodedata.normalize("NFKC", name).split()) if isinstance(name, str) else ""
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise BadLabel(f"got {text!r:.40} as a nickname; expected 1 to {LONGEST_NAME} letters; choose another")
    return text
