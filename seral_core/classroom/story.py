"""The story of a class so far: its events and the votes in its store, folded into who is there and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from seral_core.classroom.events import ClassEvent, ClassLog, Ended, Joined, Opened, Removed, Revealed
from seral_core.classroom.question import Question, Vote
from seral_core.store import Answer
from seral_core.studio.project import open_project
from seral_core.studio.stores import store_of

Phase = Literal["lobby", "question", "revealed", "ended"]


class Story:
    """A class so far.

    Parameters
    ----------
    classes : sequence of str
        What can be answered.
    run : str
        What the rows of this class say.

    Examples
    --------
    >>> story = Story(("anger", "sadness"), "5f3a")
    >>> story.take(Opened(1.0, 1, "a.wav", "b.wav", 2.0))
    >>> story.count(Answer("1", "a.wav", "emotion", "anger", rater="anna", round=1, run="5f3a", answered_at=5.0))
    >>> story.step, story.question.counts
    ('1.question', [1, 0])
    >>> story.take(Revealed(9.0, 1, [], 0.0))
    >>> late = Answer("2", "a.wav", "emotion", "anger", rater="ben", round=1, run="5f3a", guess_visible=True)
    >>> story.count(late)
    >>> story.step, story.question.counts, sorted(story.known)
    ('1.revealed', [1, 0], ['1', '2'])
    """

    def __init__(self, classes: Sequence[str], run: str) -> None:
        self.classes, self.run = classes, run
        self.by_mark: dict[str, str] = {}
        self.removed: set[str] = set()
        self.questions: list[Question] = []
        self.ended = False
        self.known: set[str] = set()

    @property
    def question(self) -> Question | None:
        """The present question; None before the first one."""
        return self.questions[-1] if self.questions else None

    @property
    def phase(self) -> Phase:
        """Where the class is."""
        if self.ended or self.question is None:
            return "ended" if self.ended else "lobby"
        return "revealed" if self.question.revealed else "question"

    @property
    def step(self) -> str:
        """What changes whenever phones have something else to show; the same after a restart."""
        return f"{len(self.questions)}.{self.phase}"

    @property
    def raters(self) -> list[str]:
        """Who joined, in order."""
        return list(self.by_mark.values())

    @property
    def revealed(self) -> list[Question]:
        """The questions that are over."""
        return [question for question in self.questions if question.revealed]

    def take(self, event: ClassEvent) -> None:
        """Take in what happened next."""
        match event:
            case Joined(_, rater, mark):
                self.by_mark[mark] = rater
            case Removed(_, rater):
                self.removed.add(rater)
                self.by_mark = {mark: name for mark, name in self.by_mark.items() if name != rater}
            case Opened():
                self.questions.append(Question(event, self.classes))
            case Revealed(_, number):
                self.questions[number - 1].revealed = event
            case Ended():
                self.ended = True

    def count(self, row: Answer) -> None:
        """Count a row of the store; one that came after the reveal, or is none of the class's, is only known."""
        self.known.add(row.id)
        if row.kind != "answer" or row.guess_visible or row.run != self.run:
            return
        if 1 <= row.round <= len(self.questions) and self.questions[row.round - 1].opened.segment == row.segment:
            question = self.questions[row.round - 1]
            after_s = max(0.0, (row.answered_at or 0.0) - question.opened.starts_at)
            question.votes[row.rater] = Vote(row.id, str(row.value), round(after_s, 3))


def story_of(folder: Path) -> Story:
    """Return the story of a class as its folder has it now; nothing is written."""
    studio = open_project(folder)
    story = Story(studio.task[0].classes, studio.run)
    for event in ClassLog(folder).events():
        story.take(event)
    for row in store_of(folder, studio).rows():
        story.count(row)
    return story
