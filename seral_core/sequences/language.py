"""The emotion language model: which region follows which, as an n-gram.

A *region* is a stretch of frames of one level; a recording is a sentence of regions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np

from seral_core.errors import BadPlan
from seral_core.sequences.levels import checked
from seral_core.types import Floats, Ints

#: Regions before the one that is asked about, the nearest last; -1 is the beginning of the recording.
Context: TypeAlias = tuple[int, ...]
_START: Context = (-1,)


def regions(labels: Ints) -> list[Ints]:
    """Collapse identical neighbours: B(l) of Eq. 8 of Le et al.

    Parameters
    ----------
    labels : Ints of shape (frames,)
        Levels of one recording; -1 for a frame without one.

    Returns
    -------
    list of Ints
        The regions, in order; where frames have no level, the regions behind the gap are a list of their own.

    Examples
    --------
    >>> regions(np.array([2, 2, 2, 0, 0, 2]))
    [array([2, 0, 2])]
    >>> regions(np.array([2, 2, -1, 2, 1]))
    [array([2]), array([2, 1])]
    """
    labels = np.asarray(labels, dtype=np.intp)
    collapsed = labels[np.flatnonzero(np.diff(labels, prepend=-2))]
    return [part[part >= 0] for part in np.split(collapsed, np.flatnonzero(collapsed < 0)) if (part >= 0).any()]


@dataclass(frozen=True, eq=False)
class Language:
    """An n-gram over regions, as states to walk through: a state is what was seen last.

    Parameters
    ----------
    contexts : tuple of Context
        The states; the first is the beginning of a recording.
    log_p : Floats of shape (states, k)
        Natural logarithm of the probability of a region in each state; a region never follows itself.
    step : Ints of shape (states, k)
        The state that follows.

    Examples
    --------
    >>> language = Language.fit([np.array([0, 0, 1, 1, 0])], 2, order=2)
    >>> language.contexts, language.step[0]
    (((-1,), (0,), (1,)), array([1, 2]))
    >>> round(float(np.exp(language.score(np.array([0, 1])))), 3)
    0.8
    """

    contexts: tuple[Context, ...]
    log_p: Floats
    step: Ints

    @classmethod
    def fit(cls, labels: Iterable[Ints], k: int, order: int = 2) -> Self:
        """Count the regions of recordings, within each.

        Probabilities are smoothed after Witten and Bell, interpolated: ``(c(h, r) + t(h) p(r | shorter h)) / (c(h) +
        t(h))``, where ``t(h)`` is how many different regions were seen after ``h``; below the single region lies the
        uniform distribution. So nothing is impossible, and a context that was never seen is answered by the shorter
        one. (Kneser-Ney would estimate its discounts from counts of counts, which ten levels are too few for.) The
        beginning of a recording is a context like others. Its end is none: recordings end when time is up.

        Parameters
        ----------
        labels : iterable of Ints of shape (frames,)
            Levels of each recording, -1 for a frame without one: a gap ends a sequence, and another begins.
        k : int
            How many levels there are.
        order : int
            2 for a bigram, 3 for a trigram.

        Raises
        ------
        BadPlan
            Where there are fewer than two levels, or the order is below 2.
        BadLabel
            Where a number is no level.

        References
        ----------
        .. [1] Witten and Bell, The zero-frequency problem: estimating the probabilities of novel events in adaptive
           text compression, IEEE Transactions on Information Theory 37, 1991.
        """
        if k < 2 or order < 2:
            raise BadPlan(
                f"got a {order}-gram of {k} levels; expected two levels or more, and an order of 2 (bigram) or 3 "
                "(trigram)"
            )
        counts = _counted((part for recording in labels for part in regions(checked(recording, k))), k, order)
        contexts = _contexts(k, order)
        number = {context: i for i, context in enumerate(contexts)}
        with np.errstate(divide="ignore"):
            log_p = np.log([_smoothed(counts, context, k) for context in contexts])
        # A region never follows itself: that step is not taken, and leads to where it comes from.
        after = [[number.get((*context, r)[1 - order :], number[context]) for r in range(k)] for context in contexts]
        return cls(contexts, log_p, np.array(after, dtype=np.intp))

    @property
    def last(self) -> Ints:
        """The region that each state is in; -1 at the beginning."""
        return np.array([context[-1] for context in self.contexts], dtype=np.intp)

    def score(self, found: Ints) -> float:
        """Return the logarithm of the probability of some regions, from the beginning on: LM of Eq. 8."""
        total, state = 0.0, 0
        for region in found:
            total, state = total + self.log_p[state, region], self.step[state, region]
        return float(total)


def _counted(sentences: Iterable[Ints], k: int, order: int) -> dict[Context, Floats]:
    """Count what follows each context, of every length up to the order."""
    counts: dict[Context, Floats] = defaultdict(lambda: np.zeros(k))
    for sentence in sentences:
        tokens = (*_START, *sentence.tolist())
        for place in range(1, len(tokens)):
            for length in range(min(order, place + 1)):
                counts[tokens[place - length : place]][tokens[place]] += 1
    return counts


def _smoothed(counts: dict[Context, Floats], context: Context, k: int) -> Floats:
    if context:
        lower = _smoothed(counts, context[1:], k)
        if len(context) == 1 and context != _START:
            lower = np.where(np.arange(k) == context[0], 0.0, lower)
            lower /= lower.sum()
    else:
        lower = np.full(k, 1 / k)
    seen = counts.get(context, np.zeros(k))
    different = np.count_nonzero(seen)
    return np.asarray((seen + different * lower) / (seen.sum() + different)) if different else lower


def _contexts(k: int, order: int) -> tuple[Context, ...]:
    """Return every context that can be met, from the beginning of a recording on."""
    found = [_START]
    for context in found:  # which grows
        for region in range(k):
            longer = (*context, region)[1 - order :]
            if region != context[-1] and longer not in found:
                found.append(longer)
    return tuple(found)
