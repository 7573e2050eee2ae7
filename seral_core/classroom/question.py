"""One question of a class: who voted what, whether the room agrees, and where the model stood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from seral_core.classroom.events import Opened, Revealed
from seral_core.scores.retention import vote_entropy_of

#: The four corners of the last map: whether the room splits, and whether the model is unsure.
QUADRANTS = ("agreed and known", "ambiguous", "unknown", "ambiguous and unknown")


@dataclass(frozen=True)
class Vote:
    """One rater's answer to a question.

    Parameters
    ----------
    id : str
        Of its row in the store.
    value : str
        The class.
    after_s : float
        Seconds after the clip began.

    Examples
    --------
    >>> Vote("1", "anger", 3.5).value
    'anger'
    """

    id: str
    value: str
    after_s: float


@dataclass
class Question:
    """A clip that the room was asked about.

    Parameters
    ----------
    opened : Opened
        How it began.
    classes : sequence of str
        What could be answered.
    revealed : Revealed, optional
        How it ended; None while it is open.

    Examples
    --------
    >>> question = Question(Opened(0.0, 1, "a.wav", "", 1.0), ("anger", "sadness"))
    >>> for i, value in enumerate(("anger", "anger", "sadness", "sadness")):
    ...     question.votes[f"rater {i}"] = Vote(str(i), value, 2.0)
    >>> question.counts, question.entropy, question.unknown
    ([2, 2], 1.0, None)
    """

    opened: Opened
    classes: Sequence[str]
    revealed: Revealed | None = None
    votes: dict[str, Vote] = field(default_factory=dict)

    @property
    def counts(self) -> list[int]:
        """How many voted for each class."""
        given = [vote.value for vote in self.votes.values()]
        return [given.count(name) for name in self.classes]

    @property
    def entropy(self) -> float | None:
        """How far the room splits: entropy of the votes over that of a tie of all classes; None below two votes."""
        return _of(self.counts) if len(self.votes) > 1 else None

    @property
    def guess(self) -> list[float]:
        """What the model believed of each class; empty where there was none, or the question is open."""
        return self.revealed.guess if self.revealed else []

    @property
    def unknown(self) -> float | None:
        """How far the model's ensemble disagreed; None where there was no model, or the question is open."""
        return self.revealed.unknown if self.revealed and self.guess else None

    @property
    def doubt(self) -> float | None:
        """Entropy of the model's guess over that of a tie of all classes; None as in `unknown`."""
        return _of(self.guess) if self.guess else None


def quadrants(questions: Iterable[Question]) -> tuple[list[int | None], tuple[float, float]]:
    """Return in which of `QUADRANTS` each question lies, and the two lines that part them: both medians.

    Ambiguous is what the room splits about; unknown is what the ensemble disagrees about. A question with
    fewer than two votes, or without a model, has no place.

    Examples
    --------
    >>> questions = [Question(Opened(0.0, i, "a.wav", "", 1.0), ("anger", "sadness")) for i in (1, 2, 3)]
    >>> for question, second, unknown in zip(questions, ("anger", "sadness", "anger"), (0.1, 0.1, 0.4)):
    ...     question.votes = {"r1": Vote("1", "anger", 2.0), "r2": Vote("2", second, 2.0)}
    ...     question.revealed = Revealed(9.0, question.opened.number, [0.5, 0.5], unknown)
    >>> quadrants(questions)
    ([0, 1, 2], (0.0, 0.1))
    """
    all_of_them = list(questions)
    places = [(one.entropy, one.unknown) for one in all_of_them]
    whole = [place for place in places if None not in place]
    lines = tuple(float(np.median([place[i] for place in whole])) if whole else 0.0 for i in (0, 1))
    found = [None if x is None or u is None else int(x > lines[0]) + 2 * int(u > lines[1]) for x, u in places]
    return found, (lines[0], lines[1])


def _of(weights: Sequence[float]) -> float:
    return round(float(vote_entropy_of(np.array([weights], np.float64))[0]), 6) + 0.0
