"""Simulated raters: each hears classes in a way of their own, tires, costs something and takes a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.types import Floats, Ints

#: Drift is counted in so many answers.
PER_ANSWERS = 100


@dataclass(frozen=True, eq=False)
class Rater:
    """One who answers.

    Parameters
    ----------
    name : str
        Stands in the labels.
    confusion : Floats of shape (classes, classes)
        Probability of each answer (last axis) when a class is true (first axis): skill and bias in one.
    cost : float
        Of an answer, in clips listened to.
    delay_s : float
        Seconds until an answer is there.
    drift : float
        By how much the share of answers that are mere guesses grows in `PER_ANSWERS` answers; it stops at 1.

    Examples
    --------
    >>> tired = Rater("ann", np.array([[0.9, 0.1], [0.3, 0.7]]), drift=0.5)
    >>> tired.after(100).round(2).tolist(), tired.after(1000).tolist()
    ([[0.7, 0.3], [0.4, 0.6]], [[0.5, 0.5], [0.5, 0.5]])
    """

    name: str
    confusion: Floats
    cost: float = 1.0
    delay_s: float = 0.0
    drift: float = 0.0

    def __post_init__(self) -> None:
        table = np.asarray(self.confusion, dtype=np.float64)
        object.__setattr__(self, "confusion", table)
        square = table.ndim == 2 and len(table) > 1 and len(table) == table.shape[1]
        if not square or table.min() < 0 or not np.allclose(table.sum(axis=1), 1):
            raise BadPlan(
                f"the confusions of rater {self.name} are of shape {table.shape}; expected a row and a column for each "
                "of two classes or more, and rows that sum to 1; correct them"
            )
        if not (self.cost > 0 and self.delay_s >= 0 and self.drift >= 0):
            raise BadPlan(
                f"rater {self.name} has cost={self.cost:g}, delay_s={self.delay_s:g} and drift={self.drift:g}; "
                "expected a cost over 0, and 0 or more of the others; correct them"
            )

    def after(self, answers: int) -> Floats:
        """Return the confusions of a rater who has given so many answers."""
        guessed = min(1.0, self.drift * answers / PER_ANSWERS)
        return np.asarray((1 - guessed) * self.confusion + guessed / len(self.confusion))


@dataclass(frozen=True, eq=False)
class Raters:
    """Raters of the same classes, whose ears go together more or less.

    A clip is heard in one way that it has in common for all (a number drawn once a clip), and with probability
    ``together`` a rater answers by that one, otherwise by one of their own. Each rater's confusions are the same either
    way; how far raters agree on a clip beyond what its class explains is not.

    Parameters
    ----------
    classes : tuple of str
        In the order of confusions.
    raters : tuple of Rater
        With different names.
    together : Floats of shape (classes,)
        By true class, in [0, 1]; left out: 0, as Dawid and Skene assume.

    Examples
    --------
    >>> both = Raters(("anger", "sadness"), (Rater("ann", np.eye(2)), Rater("ben", np.eye(2)[::-1])))
    >>> both.votes(np.array([0, 1]), np.array([[0, 1], [0, 1]]), np.random.default_rng(0)).tolist()
    [[0, 1], [1, 0]]
    """

    classes: tuple[str, ...]
    raters: tuple[Rater, ...]
    together: Floats = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        if self.together is None:
            object.__setattr__(self, "together", np.zeros(len(self.classes)))
        names = [rater.name for rater in self.raters]
        if not names or len(set(names)) < len(names):
            raise BadPlan(f"got raters {', '.join(names) or 'none'}; expected one or more, each name once; rename them")
        for rater in self.raters:
            if len(rater.confusion) != len(self.classes):
                raise BadPlan(
                    f"rater {rater.name} has confusions of {len(rater.confusion)} classes; expected those of "
                    f"{', '.join(self.classes)}; correct them"
                )

    def __len__(self) -> int:
        return len(self.raters)

    def votes(self, truth: Ints, who: Ints, rng: Generator, given: Sequence[int] = ()) -> Ints:
        """Return what raters answer.

        Parameters
        ----------
        truth : Ints of shape (clips,)
            True classes.
        who : Ints of shape (clips, votes)
            Which rater gives each vote.
        rng : Generator
            Draws.
        given : sequence of int of length raters
            How many answers each has given before; left out: none. Votes of this call do not count.

        Returns
        -------
        Ints of shape (clips, votes)
            Classes.
        """
        counts = list(given) or [0] * len(self)
        tables = np.stack([rater.after(n) for rater, n in zip(self.raters, counts, strict=True)])
        common, own = rng.random((len(truth), 1)), rng.random(who.shape)
        heard = np.where(rng.random(who.shape) < self.together[truth][:, None], common, own)
        order = true_first(len(self.classes))
        rows = np.take_along_axis(tables, order[None], axis=2)[who, truth[:, None]]
        place = (heard[..., None] >= rows.cumsum(axis=-1)).sum(axis=-1).clip(0, len(self.classes) - 1)
        return np.asarray(order[truth[:, None], place], dtype=np.intp)

    def said(self, true: int, rater: int, given: int, common: float, rng: Generator) -> int:
        """Return what one rater answers about one clip.

        Parameters
        ----------
        true : int
            The true class.
        rater : int
            Who is asked.
        given : int
            How many answers the rater has given before.
        common : float
            The clip's number in [0, 1), the same for all who are asked.
        rng : Generator
            Draws what the rater has for their own.

        Examples
        --------
        >>> crowd = Raters(("x", "y"), (Rater("ann", np.array([[0.6, 0.4], [0.1, 0.9]])),), np.ones(2))
        >>> [crowd.said(0, 0, 0, common, np.random.default_rng(0)) for common in (0.5, 0.7)]
        [0, 1]
        """
        heard = common if rng.random() < self.together[true] else rng.random()
        order = true_first(len(self.classes))[true]
        place = int(np.searchsorted(self.raters[rater].after(given)[true, order].cumsum(), heard, side="right"))
        return int(order[min(place, len(order) - 1)])

    def over(self, classes: Sequence[str]) -> Raters:
        """Return the raters with other classes: what was confused with classes that are gone is shared out.

        A class that is new is heard as well as the others are on average, and mistaken for any of them.

        Examples
        --------
        >>> table = np.array([[0.6, 0.2, 0.2], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]])
        >>> Raters(("x", "y", "z"), (Rater("ann", table),)).over(("y", "x")).raters[0].confusion.round(2).tolist()
        [[0.9, 0.1], [0.25, 0.75]]
        """
        if tuple(classes) == self.classes:
            return self
        known = [self.classes.index(name) if name in self.classes else -1 for name in classes]
        raters = tuple(replace(rater, confusion=_over(rater.confusion, known)) for rater in self.raters)
        together = np.array([self.together[i] if i >= 0 else self.together.mean() for i in known])
        return Raters(tuple(classes), raters, together)

    def copies(self, n: int) -> Raters:
        """Return a crowd of ``n``: these raters in turn, each copy under a name of its own.

        Examples
        --------
        >>> one = Raters(("anger", "sadness"), (Rater("anonymous", np.eye(2)),))
        >>> [rater.name for rater in one.copies(3).raters]
        ['anonymous-1', 'anonymous-2', 'anonymous-3']
        """
        turns = [self.raters[i % len(self)] for i in range(n)]
        return replace(
            self, raters=tuple(replace(r, name=f"{r.name}-{i // len(self) + 1}") for i, r in enumerate(turns))
        )


def _over(table: Floats, known: Sequence[int]) -> Floats:
    """Return confusions of the classes with these numbers, -1 for a new one."""
    many, right = len(known), float(np.diag(table).mean())
    found = np.full((many, many), (1 - right) / max(many - 1, 1))
    np.fill_diagonal(found, right)
    old = np.flatnonzero(np.array(known) >= 0)
    kept = np.array(known, dtype=np.intp)[old]
    rows = table[np.ix_(kept, kept)]
    rows = np.where(rows.sum(axis=1, keepdims=True) > 0, rows, np.eye(len(old)))
    found[old] = 0.0
    found[np.ix_(old, old)] = rows
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def true_first(classes: int) -> Ints:
    """Return for each true class the order in which its answers lie on a line: the true one first.

    So raters who go by the same number all answer right where it is small.

    Examples
    --------
    >>> true_first(3).tolist()
    [[0, 1, 2], [1, 0, 2], [2, 0, 1]]
    """
    return np.array([[true, *(i for i in range(classes) if i != true)] for true in range(classes)], dtype=np.intp)


def drawn_raters(
    classes: Sequence[str], n: int, rng: Generator, *, skill: float = 0.7, spread: float = 0.15, bias: float = 1.0
) -> Raters:
    """Return raters whose skills are drawn, each with a leaning towards some classes.

    Parameters
    ----------
    classes : sequence of str
        Two or more.
    n : int
        How many raters.
    rng : Generator
        Draws.
    skill, spread : float
        Mean and standard deviation of the share of right answers, which is kept between chance and 1.
    bias : float
        How far wrong answers lean towards single classes: 0 spreads them evenly.

    Examples
    --------
    >>> crowd = drawn_raters(("anger", "sadness", "fear"), 200, np.random.default_rng(0))
    >>> right = [np.diag(rater.confusion).mean() for rater in crowd.raters]
    >>> bool(abs(np.mean(right) - 0.7) < 0.03), crowd.raters[0].name
    (True, 'r001')
    """
    many = len(classes)
    if n < 1 or not 0 < skill <= 1 or spread < 0 or bias < 0:
        raise BadPlan(
            f"got {n} raters with skill={skill:g}, spread={spread:g} and bias={bias:g}; expected 1 rater or more, a "
            "skill over 0 and up to 1, and 0 or more of the others; correct them"
        )
    width = len(str(n))
    raters = []
    for i in range(n):
        right = np.clip(rng.normal(skill, spread), 1 / many, 1.0)
        lean = np.exp(bias * rng.standard_normal(many))
        wrong = np.tile(lean, (many, 1)) * (1 - np.eye(many))
        table = right * np.eye(many) + (1 - right) * wrong / wrong.sum(axis=1, keepdims=True)
        raters.append(Rater(f"r{i + 1:0{width}d}", table))
    return Raters(tuple(classes), tuple(raters))


def hours_needed(answers: Sequence[Sequence[str]], raters: Raters) -> float:
    """Return how long rounds of answers take, in hours: each waits for its slowest rater, and raters work side by side.

    Parameters
    ----------
    answers : sequence of sequences of str
        Who answered, by round, a name an answer.
    raters : Raters
        Have the delays; of others, an answer takes no time.

    Examples
    --------
    >>> crowd = Raters(("a", "b"), (Rater("ann", np.eye(2), delay_s=1800), Rater("ben", np.eye(2), delay_s=600)))
    >>> hours_needed([["ann", "ben", "ben"], ["ben"]], crowd)
    0.6666666666666666
    """
    delays = {rater.name: rater.delay_s for rater in raters.raters}
    slowest = [
        max((names.count(r) * delays.get(r, 0.0) for r in set(names)), default=0.0) for names in map(list, answers)
    ]
    return sum(slowest) / 3600
