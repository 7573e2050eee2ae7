"""Dawid and Skene: true classes and every rater's confusions, worked out of the votes together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seral_core.errors import BadLabel
from seral_core.types import Floats, Ints

#: Where a corpus has votes without names, its raters are called so, and a number follows: ``vote-3`` of one clip need
#: not be the person behind ``vote-3`` of another.
SLOT = "vote-"
ANONYMOUS = "anonymous"
_SLOT = re.compile(rf"{SLOT}\d+")


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """What the votes say of segments and raters at once.

    Parameters
    ----------
    posterior : DataFrame of shape (segments, classes)
        Probability of each class; rows sum to 1.
    marginals : Series by class
        How frequent each class is.
    errors : Floats of shape (raters, classes, classes)
        Probability that a rater says a class (last axis) when another is true (middle axis); 0
        throughout where the rater is never thought to have met the class.
    raters : tuple of str
        In the order of ``errors``; ``anonymous`` is all votes without names.
    log_likelihood : float
        Of the votes.
    rounds : int
        How many rounds it took.

    Examples
    --------
    >>> found = dawid_skene(toy_corpus().of("emotion"))
    >>> found.raters, found.errors.shape, found.marginals.round(3).to_dict()
    (('r1', 'r2', 'r3'), (3, 2, 2), {'anger': 0.5, 'sadness': 0.5})
    """

    posterior: pd.DataFrame
    marginals: pd.Series[float]
    errors: Floats
    raters: tuple[str, ...]
    log_likelihood: float
    rounds: int


def named(raters: pd.Series[Any]) -> pd.Series[str]:
    """Return whom each vote is taken for: all votes without names, those of slots, for one rater's.

    Examples
    --------
    >>> named(pd.Series(["vote-01", "ann"])).tolist()
    ['anonymous', 'ann']
    """
    names = raters.astype(str)
    return names.mask(names.str.fullmatch(_SLOT), ANONYMOUS)


def whose(rater: str) -> str:
    """Return whom one vote is taken for; see `named`.

    Examples
    --------
    >>> whose("vote-01"), whose("ann")
    ('anonymous', 'ann')
    """
    return ANONYMOUS if _SLOT.fullmatch(rater) else rater


def dawid_skene(
    ratings: pd.DataFrame,
    classes: Sequence[str] = (),
    *,
    smoothing: float | Floats = 0.0,
    tol: float = 1e-8,
    most: int = 1000,
) -> DawidSkene:
    """Estimate true classes and every rater's confusions together, by maximum likelihood (EM).

    Votes without names (raters called ``vote-1``, ``vote-2`` ...) say nothing of single raters: they share one table
    of confusions, as if one rater had given them all.

    Parameters
    ----------
    ratings, classes
        As for `seral_core.scores.ratings.counts`; a rater may rate a segment more than once.
    smoothing : float, or Floats of shape (classes, classes)
        Votes added to every entry of every rater's confusions, for raters of whom little is known;
        0 as published.
    tol : float
        Ends when the log likelihood rises by less, relative to its size.
    most : int
        Rounds, at most.

    Raises
    ------
    BadLabel
        Where there is no vote at all.

    References
    ----------
    .. [1] Dawid and Skene, Maximum likelihood estimation of observer error-rates using the EM
       algorithm, Applied Statistics 28, 1979.

    Examples
    --------
    >>> found = dawid_skene(toy_corpus().of("emotion"))
    >>> found.posterior.idxmax(axis=1).to_dict()
    {'a.wav': 'anger', 'b.wav': 'anger', 'c.wav': 'sadness', 'd.wav': 'sadness'}
    >>> votes = [("a.wav", "vote-1", "anger"), ("a.wav", "vote-2", "anger"), ("b.wav", "vote-1", "sadness")]
    >>> dawid_skene(pd.DataFrame(votes, columns=["segment", "rater", "value"])).raters
    ('anonymous',)
    """
    votes = _Votes.of(ratings, classes)
    if not len(votes.segments):
        raise BadLabel("got no votes; expected at least one vote for a known class; wait for raters, or check classes")
    posterior = votes.shares()
    before, rounds, rising = -np.inf, 0, True
    while rising and rounds < most:
        rounds += 1
        marginals, errors = posterior.mean(axis=0), votes.confusions(posterior, smoothing)
        logs = votes.logs(marginals, errors)
        highest = logs.max(axis=1, keepdims=True)
        posterior = np.exp(logs - highest)
        likelihood = float((np.log(posterior.sum(axis=1)) + highest[:, 0]).sum())
        posterior /= posterior.sum(axis=1, keepdims=True)
        rising = likelihood - before > tol * max(1.0, abs(likelihood))
        before = likelihood
    table = pd.DataFrame(posterior, index=pd.Index(votes.segments, name="segment"), columns=votes.classes)
    return DawidSkene(table, pd.Series(marginals, votes.classes), errors, votes.raters, likelihood, rounds)


@dataclass(frozen=True)
class _Votes:
    """Votes by number: of which segment, by which rater, for which class."""

    segment: Ints
    rater: Ints
    value: Ints
    segments: tuple[str, ...]
    raters: tuple[str, ...]
    classes: list[str]

    @classmethod
    def of(cls, ratings: pd.DataFrame, classes: Sequence[str]) -> _Votes:
        rows = ratings.dropna(subset="value")
        names = list(classes) or sorted(pd.unique(rows["value"]))
        rows = rows[rows["value"].isin(names)]
        segment, segments = pd.factorize(rows["segment"], sort=True)
        rater, raters = pd.factorize(named(rows["rater"]), sort=True)
        value = pd.Index(names).get_indexer(pd.Index(rows["value"]))
        return cls(segment, rater, value, tuple(segments), tuple(map(str, raters)), names)

    def shares(self) -> Floats:
        """Share of votes for each class, of shape (segments, classes)."""
        shape = (len(self.segments), len(self.classes))
        votes = np.bincount(self.segment * shape[1] + self.value, minlength=shape[0] * shape[1]).reshape(shape)
        return np.asarray(votes / votes.sum(axis=1, keepdims=True))

    def confusions(self, posterior: Floats, smoothing: float | Floats) -> Floats:
        """What each rater says of each true class, of shape (raters, classes, classes)."""
        many, size = len(self.classes), len(self.raters) * len(self.classes)
        counted = [np.bincount(self.rater * many + self.value, of[self.segment], size) for of in posterior.T]
        counts = np.stack([of.reshape(-1, many) for of in counted], axis=1) + smoothing
        total = counts.sum(axis=2, keepdims=True)
        return np.asarray(np.divide(counts, total, out=np.zeros_like(counts), where=total > 0))

    def logs(self, marginals: Floats, errors: Floats) -> Floats:
        """Log probability of each segment's votes with each class, of shape (segments, classes)."""
        with np.errstate(divide="ignore"):
            # -700 replaces the log of 0: the product of several stays a number.
            prior, each = np.log(marginals), np.maximum(np.log(errors), -700)[self.rater, :, self.value]
        summed = [np.bincount(self.segment, of, len(self.segments)) for of in each.T]
        return np.asarray(np.stack(summed, axis=1) + prior, dtype=np.float64)
