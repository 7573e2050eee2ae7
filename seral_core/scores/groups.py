"""What is independent among runs: the groups of clips that they are scored on, and intervals that count those.

Runs that are scored on the same clips share their speakers: ten of them repeat what these few voices have in common.
So the mean over the runs of a test part is one value, and Student's t is taken over the parts. Parts may overlap, as
the pools of a split do and the choices of "2 of 5"; a score is then taken as the mean of what its groups contribute,
which is solved for, and the interval is over the groups.

Where parts overlap, intervals are too wide rather than too narrow: solving magnifies the chance in single runs, in
opposite directions for different groups, so that groups differ more than their mean is uncertain. With no true
difference, 95 % intervals hold 0 in 96 of 100 experiments ("2 of 5", on what is held back), 98 ("2 of 5", on the pool)
and 99 (five pools); see ``python -m tests.benchmarks coverage``. Taking that chance off again, as the seeds of a part
show it, makes them hold 0 in 93, 91 and 89 of 100 only, since what is left varies as much as before; with the degrees
of freedom that Satterthwaite's formula then gives, in 99, 100 and 100, and up to twice as wide. So it is not taken off.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from seral_core.types import Bools, Floats

#: With fewer groups than this there is no interval: Student's t of two is wider than any page.
FEWEST = 3
_CHOICE = re.compile(r"(\d+)\s*of\s*(\d+)")
_SPEAKERS = re.compile(r"speakers(?::(\d+))?")
_SINGLE = ("given", "none")


@dataclass(frozen=True)
class ScoredOn:
    """Which clips the runs of a curve are scored on; runs of curves that differ in this are not paired.

    Parameters
    ----------
    corpus : str
        The corpus, and how it is read.
    split : str
        As in `seral_core.corpora.folds.splits`; empty: parts that do not overlap.
    judge : str
        ``held-out``: on the part that is held back; ``whole-set``: on the pool, that is, all but that part.
    """

    corpus: str = ""
    split: str = ""
    judge: str = "held-out"

    def groups_of(self, folds: Sequence[int]) -> Bools | None:
        """Say which groups of clips each of these folds is scored on.

        Parameters
        ----------
        folds : sequence of int
            Each once, rising.

        Returns
        -------
        Bools of shape (folds, groups), or None
            None where folds overlap and cannot be told apart, because some are missing.

        Examples
        --------
        >>> ScoredOn(split="speakers:3").groups_of([0, 2]).astype(int).tolist()
        [[1, 0], [0, 1]]
        >>> ScoredOn(split="speakers:3", judge="whole-set").groups_of([0, 1, 2]).astype(int).tolist()
        [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
        >>> ScoredOn(split="2 of 5").groups_of([0, 1]) is None
        True
        """
        split, pools = self.split.strip(), self.judge == "whole-set"
        if choice := _CHOICE.fullmatch(split):
            held, of = int(choice[1]), int(choice[2])
            parts = np.array([np.isin(np.arange(of), some) for some in combinations(range(of), held)])
            return (~parts if pools else parts) if len(parts) == len(folds) else None
        if not pools or split in _SINGLE or "=" in split:
            return np.eye(len(folds), dtype=bool)
        of = int(found[1] or 5) if (found := _SPEAKERS.fullmatch(split)) else 0
        return ~np.eye(of, dtype=bool) if of == len(folds) else None


def group_values(values: Floats, folds: Sequence[int], on: ScoredOn) -> Floats:
    """Return one value for each group of clips: the mean of the runs that are scored on it.

    Parameters
    ----------
    values : Floats of shape (runs, ...)
        Scores, or differences of paired scores.
    folds : sequence of int of length runs
        Test part of each run.
    on : ScoredOn
        What the parts are parts of.

    Returns
    -------
    Floats of shape (groups, ...)
        Without any group where parts overlap and some are missing.

    Examples
    --------
    >>> group_values(np.array([1.0, 3.0, 5.0]), [0, 0, 1], ScoredOn())
    array([2., 5.])
    >>> group_values(np.array([2.5, 2.0, 1.5]), [0, 1, 2], ScoredOn(split="speakers:3", judge="whole-set")).round(9)
    array([1., 2., 3.])
    """
    each, place = np.unique(np.asarray(folds, dtype=np.intp), return_inverse=True)
    groups = on.groups_of(each.tolist())
    if groups is None or not len(each):
        return np.empty((0, *values.shape[1:]))
    means = np.stack([values[place == i].mean(axis=0) for i in range(len(each))])
    if groups.shape[1] == len(groups) == groups.sum():
        return means
    # Solving magnifies the chance in single runs, so that intervals are rather too wide than too narrow.
    shares = groups / groups.sum(axis=1, keepdims=True)
    return np.asarray(np.tensordot(np.linalg.pinv(shares), means, axes=1))


def half_width(values: Floats, level: float = 0.95) -> Floats:
    """Return half the width of the interval of a mean over independent values, by Student's t.

    Parameters
    ----------
    values : Floats of shape (groups, ...)
        As of `group_values`.
    level : float
        In (0, 1).

    Returns
    -------
    Floats of shape (...)
        nan where groups are fewer than `FEWEST`.

    Examples
    --------
    >>> float(half_width(np.array([0.4, 0.5, 0.6])).round(2)), float(half_width(np.array([0.4, 0.6])))
    (0.25, nan)
    """
    from scipy.stats import t

    groups = len(values)
    if groups < FEWEST:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(t.ppf((1 + level) / 2, groups - 1) * values.std(axis=0, ddof=1) / np.sqrt(groups))


def p_values(values: Floats, side: str = "two-sided") -> Floats:
    """Return the p-value of Student's t test that the mean over independent values is 0.

    Parameters
    ----------
    values : Floats of shape (groups, ...)
        As of `group_values`.
    side : {"two-sided", "greater", "less"}
        What else the mean may be.

    Returns
    -------
    Floats of shape (...)
        nan where groups are fewer than `FEWEST`; 1 where all values are 0.

    Examples
    --------
    >>> float(p_values(np.array([0.1, 0.2, 0.3])).round(3)), float(p_values(np.zeros(3))), float(p_values(np.ones(2)))
    (0.074, 1.0, nan)
    """
    from scipy.stats import t

    groups = len(values)
    if groups < FEWEST:
        return np.full(values.shape[1:], np.nan)
    mean, error = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.abs(mean) > 1e-12, mean / error, 0.0)
    tails = {"greater": t.sf(ratio, groups - 1), "less": t.cdf(ratio, groups - 1)}
    one = tails.get(side, 2 * t.sf(np.abs(ratio), groups - 1))
    return np.where(np.abs(values).max(axis=0) > 1e-12, one, 1.0)


def parts_text(groups: int, runs: int) -> str:
    """Return how many runs and groups a number rests on.

    Examples
    --------
    >>> parts_text(5, 25), parts_text(1, 1), parts_text(0, 4)
    ('25 runs on 5 test parts', '1 run on 1 test part', '4 runs on test parts that overlap')
    """
    many = f"{runs} run{'s' * (runs != 1)} on "
    return many + (f"{groups} test part{'s' * (groups != 1)}" if groups else "test parts that overlap")


def basis_text(groups: int) -> str:
    """Say what an interval counts, or why there is none.

    Parameters
    ----------
    groups : int
        Number of groups of clips that runs are scored on; 0 where that cannot be told.

    Examples
    --------
    >>> basis_text(5)
    "95 % intervals count test parts: Student's t over the means of each part's runs."
    >>> basis_text(1)[:72]
    'No interval: all runs are scored on the same clips, so they say nothing '
    """
    if groups >= FEWEST:
        return "95 % intervals count test parts: Student's t over the means of each part's runs."
    if not groups:
        return (
            "No interval: the runs are scored on clips that overlap, and some test parts are missing, so it cannot be "
            "told how many independent groups there are; run all test parts."
        )
    if groups == 1:
        return (
            "No interval: all runs are scored on the same clips, so they say nothing of other speakers, however many "
            f"runs there are; run {FEWEST} test parts or more, such as all folds of the split speakers:5."
        )
    return f"No interval: {groups} test parts are too few to say how much speakers differ; run {FEWEST} or more."
