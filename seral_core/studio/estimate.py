"""How good is the model, when nobody has a labelled test set? Honest estimates from the labels at hand.

Two are offered. A random part of the clips is set aside and never trained on: its score is unbiased
for this corpus, and wide while it is small. Cross-validation uses every label, but on clips that a
strategy chose because they are hard, so its score is biased, and marked as such.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.joined_beliefs import join_rows
from seral_core.learners.base import Answers, Known, Learner, predicted, trained
from seral_core.learners.matched import matched
from seral_core.scores.metrics import fitting, score
from seral_core.types import Belief, Ints, Target

#: Fewer test labels than this say nothing.
FEW_TESTS = 5
#: Fewer labels than this are not split.
FEW_TO_SPLIT = 20
FOLDS = 5
BIASED = "biased: the strategy chose these clips, so they are not a random sample of the corpus"
MIXED = BIASED + "; and as speakers are not known, clips of one speaker may be learned from and tested on"
#: What a score on the random part means.
ABOUT_TEST = "clips drawn at random and never learned from: how well the rest of this corpus is recognised"


@dataclass(frozen=True)
class Estimate:
    """A score with its interval.

    Parameters
    ----------
    value, low, high : float
        The score, and its 95 % interval; nan where there is none.
    n : int
        Number of labels behind it.

    Examples
    --------
    >>> Estimate(0.5, 0.4, 0.6, 80).as_data()
    {'value': 0.5, 'low': 0.4, 'high': 0.6, 'n': 80}
    """

    value: float
    low: float
    high: float
    n: int

    def as_data(self) -> dict[str, Any]:
        """Return it for JSON: what is not a number becomes None."""
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(self).items()}


def wilson(right: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's score interval of a share.

    Parameters
    ----------
    right, n : int
        So many of so many.
    z : float
        Quantile of the normal distribution; 1.96 for 95 %.

    Returns
    -------
    low, high : float
        In [0, 1]; the whole of it for n = 0.

    References
    ----------
    .. [1] Wilson, Probable inference, the law of succession, and statistical inference, JASA 22,
       1927.

    Examples
    --------
    >>> [round(x, 4) for x in wilson(81, 263)]
    [0.2553, 0.3662]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if n == 0:
        return 0.0, 1.0
    share, spread = right / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap(
    formula: Callable[[Ints], float], n: int, rng: Generator, draws: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile interval of a score over clips drawn again with replacement.

    Parameters
    ----------
    formula : callable
        From positions of clips to the score.
    n : int
        How many clips there are.
    rng : Generator
        Draws.
    draws : int
        How often.
    level : float
        Share of draws inside.

    Returns
    -------
    low, high : float
        nan where no draw has a score.

    References
    ----------
    .. [1] Efron and Tibshirani, An introduction to the bootstrap, Chapman and Hall 1993, chapter
       13.

    Examples
    --------
    >>> values = np.arange(100.0)
    >>> low, high = bootstrap(lambda rows: float(values[rows].mean()), 100, np.random.default_rng(0))
    >>> low < 49.5 < high
    True
    """
    found = np.array([formula(rng.integers(n, size=n)) for _ in range(draws)]) if n else np.zeros(0)
    found = found[np.isfinite(found)]
    if not len(found):
        return float("nan"), float("nan")
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def uar_interval(truth: Ints, guess: Ints, classes: int) -> tuple[float, float]:
    """Return the 95 % interval of unweighted average recall: Wilson's of each class, joined as for a mean.

    Where all test clips are recognised, a bootstrap would claim a perfect model; this does not. In
    simulations with few clips per class it held the true value most often, beside the bootstrap and
    the posterior.

    Parameters
    ----------
    truth, guess : Ints of shape (clips,)
        Class numbers; at least one clip.
    classes : int
        How many classes there are.

    Returns
    -------
    low, high : float
        In [0, 1]; the score itself is inside.

    References
    ----------
    .. [1] Zou and Donner, Construction of confidence limits about effect measures: a general
       approach, Statistics in Medicine 27, 2008.

    Examples
    --------
    >>> low, high = uar_interval(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), 2)
    >>> round(low, 2), high
    (0.53, 1.0)
    """
    counts = [(int(((truth == c) & (guess == c)).sum()), int((truth == c).sum())) for c in range(classes)]
    held = [(right, n) for right, n in counts if n]
    share = np.array([right / n for right, n in held])
    ends = np.array([wilson(right, n) for right, n in held])
    value = float(share.mean())
    low = value - float(np.sqrt(((share - ends[:, 0]) ** 2).sum())) / len(held)
    high = value + float(np.sqrt(((ends[:, 1] - share) ** 2).sum())) / len(held)
    return max(0.0, low), min(1.0, high)


def held_out(
    belief: Belief, target: Target, gold: NDArray[Any], rng: Generator, draws: int = 1000
) -> dict[str, Estimate]:
    """Score a belief about clips that were set aside at random.

    Parameters
    ----------
    belief : Classes or Scale
        One unit a value of ``gold``.
    target : Target
        What was believed about.
    gold : array of shape (clips,)
        Class numbers, or native units.
    rng : Generator
        Of the bootstrap.
    draws : int
        How often it draws.

    Returns
    -------
    dict of str to Estimate
        By metric, the usual one first; Wilson's interval for accuracy (``wa``) and, joined, for
        UAR; a bootstrap's for the others. Empty for fewer than `FEW_TESTS` clips.

    Examples
    --------
    >>> from seral_core.types import Classes
    >>> belief = Classes(np.tile([[0.9, 0.1], [0.2, 0.8]], (1, 20, 1)))
    >>> found = held_out(belief, Target("emotion", ("anger", "sadness")), np.tile([0, 1], 20), np.random.default_rng(0))
    >>> list(found), found["wa"].value, round(found["wa"].low, 2)
    (['uar', 'wa', 'macro-f1'], 1.0, 0.91)
    """
    n = len(gold)
    if n < FEW_TESTS:
        return {}
    guess = belief.guess
    extra = () if target.is_scale else (len(target.classes),)
    found = {}
    for metric in fitting(target):
        if metric.name == "wa":
            low, high = wilson(int((guess == gold).sum()), n)
        elif metric.name == "uar":
            low, high = uar_interval(gold, np.asarray(guess), len(target.classes))
        else:
            low, high = bootstrap(
                lambda rows, m=metric: m(gold[rows], guess[rows], *extra),  # type: ignore[misc]
                n,
                rng,
                draws,
            )
        found[metric.name] = Estimate(metric(gold, guess, *extra), low, high, n)
    return found


def cross_validated(
    make: Callable[[], Learner], known: Known, groups: Sequence[str | None], rng: Generator
) -> dict[str, dict[str, float]]:
    """Score by cross-validation on all labels: biased, because a strategy chose the clips.

    Parameters
    ----------
    make : callable
        Gives a fresh learner.
    known : Known
        All labels.
    groups : sequence of (str or None) of length rows of the table
        Speakers: nobody is in two parts. Where too few are known, clips are split at random.
    rng : Generator
        Splits and trains.

    Returns
    -------
    dict of str to dict of str to float
        Target to metric to score, over all parts together; empty where there is too little to
        split.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import learners
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> codes = np.arange(40) % 2
    >>> table = FeatureTable(np.eye(2)[codes] * 9, tuple(map(str, range(40))))
    >>> known = Known(table, task, {"emotion": Answers(np.arange(40), codes, np.ones(40))})
    >>> speakers = [str(i // 4) for i in range(40)]
    >>> make = lambda: learners["logistic-regression"](task)
    >>> cross_validated(make, known, speakers, np.random.default_rng(0))["emotion"]["uar"]
    1.0
    """
    rows = np.unique(np.concatenate([answers.rows for answers in known.answers.values()]))
    if len(rows) < FEW_TO_SPLIT:
        return {}
    part = _parts([groups[row] for row in rows], rng)
    fold = dict(zip(rows.tolist(), part.tolist(), strict=True))
    beliefs: dict[str, list[tuple[Belief, NDArray[Any]]]] = {target.name: [] for target in known.task}
    for number in range(int(part.max()) + 1):
        inside = {name: _where(a, fold, number, inside=False) for name, a in known.answers.items()}
        if any(_too_few(a, t) for a, t in zip(inside.values(), known.task, strict=True)):
            continue
        learner = trained(make(), Known(known.table, known.task, inside), rng)
        for target in known.task:
            test = _where(known.answers[target.name], fold, number, inside=True)
            if len(test):
                belief = predicted(learner.predict, known.table.take(test.rows))[target.name]
                found = matched(belief, replace(test, rows=np.arange(len(test), dtype=np.intp)), target)
                beliefs[target.name].append((found.belief, found.values))
    return {
        t.name: score(join_rows([b for b, _ in beliefs[t.name]]), t, np.concatenate([g for _, g in beliefs[t.name]]))
        for t in known.task
        if beliefs[t.name]
    }


def _too_few(answers: Answers, target: Target) -> bool:
    return len(answers) < 2 or (not target.is_scale and len(np.unique(answers.values)) < 2)


def _where(answers: Answers, fold: Mapping[int, int], number: int, *, inside: bool) -> Answers:
    which = [i for i, row in enumerate(answers.rows.tolist()) if (fold[row] == number) == inside]
    return answers.take(np.array(which, dtype=np.intp))


def _parts(groups: Sequence[str | None], rng: Generator) -> Ints:
    """Return the part of each clip: speakers dealt out, those with most clips first, to the smallest part."""
    names = {g for g in groups if isinstance(g, str)}
    if len(names) < 2 or any(not isinstance(g, str) for g in groups):
        return np.asarray(rng.permutation(len(groups)) % FOLDS, dtype=np.intp)
    sizes = {name: sum(g == name for g in groups) for name in names}
    drawn = {name: float(rng.random()) for name in sorted(names)}
    parts = [0] * min(FOLDS, len(names))
    place = {}
    for name in sorted(names, key=lambda name: (-sizes[name], drawn[name])):
        place[name] = int(np.argmin(parts))
        parts[place[name]] += sizes[name]
    return np.array([place[str(g)] for g in groups], dtype=np.intp)
