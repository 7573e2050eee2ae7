"""How good a source model is on the target corpus: within it, straight from another one, and adapted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus, noun
from seral_core.norms import dimension
from seral_core.runs.build import ready
from seral_core.runs.data import codes, data_of
from seral_core.runs.grid import all_folds
from seral_core.runs.plan import Plan
from seral_core.runs.related import related_of, source_task
from seral_core.runs.source import SAME, Source
from seral_core.scores.metrics import score
from seral_core.types import Belief, Floats, Scale, Target

COLUMNS = ("way", "dimensions", "fold", "target", "metric", "value")


def counterpart(corpus: Corpus, target: Target) -> Target | None:
    """Return the target of a corpus that means the same as one of another corpus: by kind and name.

    Parameters
    ----------
    corpus : Corpus
        Where it is looked for.
    target : Target
        A scale is found under any name of its dimension, a category where it is the first one.

    Examples
    --------
    >>> counterpart(toy_corpus(), Target("activation", low=1, high=5)).name
    'arousal'
    >>> counterpart(toy_corpus(), Target("valence")) is None
    True
    """
    if not target.is_scale:
        return next((t for t in corpus.task if not t.is_scale), None)
    return next((t for t in corpus.task if t.is_scale and dimension(t.name) == dimension(target.name)), None)


def source_scores(plan: Plan) -> Iterator[tuple[str, str, float]]:
    """Score the source model of a plan on the pool, where the target corpus has gold of that kind too.

    Parameters
    ----------
    plan : Plan
        Has a source.

    Yields
    ------
    target, metric, value : str, str, float
        Values of scales are compared in the target corpus's range.
    """
    data, task = data_of(plan), source_task(plan)
    position = {segment: row for row, segment in enumerate(data.corpus.ids)}
    rows = np.array([position[segment] for segment in data.pool], dtype=np.intp)
    for target in task:
        own = counterpart(data.corpus, target)
        if own is None:
            continue
        source = related_of(plan).beliefs
        truth = _in_terms_of(target, own, codes(data.corpus, own)[0][rows])
        rated = np.flatnonzero(~np.isnan(truth) if target.is_scale else truth >= 0)
        belief = _of(source.beliefs[target.name], rated, target, own)
        for metric, value in score(belief, target if not target.is_scale else own, truth[rated]).items():
            yield own.name, metric, value


def _in_terms_of(target: Target, own: Target, truth: NDArray[Any]) -> NDArray[Any]:
    """Return class numbers of the corpus's own category as the source counts them; -1 where it has no such class."""
    if target.is_scale:
        return truth
    theirs = {noun(name): i for i, name in enumerate(target.classes)}
    number = np.array([*(theirs.get(noun(name), -1) for name in own.classes), -1])
    return np.asarray(number[truth])


def _of(belief: Belief, rows: NDArray[np.intp], target: Target, own: Target) -> Belief:
    found = belief.pooled().take(rows)
    return replace(found, mean=rescaled(found.mean, target, own)) if isinstance(found, Scale) else found


def rescaled(values: Floats, target: Target, own: Target) -> Floats:
    """Return values on one scale's range as they are on another's.

    Examples
    --------
    >>> rescaled(np.array([-1.0, 0.5]), Target("valence"), Target("valence", low=1, high=5))
    array([1., 4.])
    """
    share = (values - target.low) / ((target.high - target.low) or 1.0)
    return np.asarray(own.low + share * (own.high - own.low))


def transfer(plan: Plan, dimensions: tuple[int, ...]) -> pd.DataFrame:
    """Score the source model within the target corpus, straight across, and adapted to several dimensions.

    Parameters
    ----------
    plan : Plan
        Of a source in another corpus.
    dimensions : tuple of int
        Of the adapted features.

    Returns
    -------
    DataFrame
        Columns ``way dimensions fold target metric value``; ``way`` is within, direct or adapted. Empty where
        the target corpus has no gold of the source's kind.
    """
    way = plan.source.way(source_task(plan)[0].is_scale)
    way = way if way != "none" else ("tca" if source_task(plan)[0].is_scale else "bda")
    plans = [("direct", plan.varied(source=replace(plan.source, adapt="none")))]
    plans += [("adapted", plan.varied(source=replace(plan.source, adapt=f"{way}:{d}"))) for d in dimensions]
    rows = [row for name, each in plans for row in _rows(name, each)]
    if rows:
        rows += within(_inside(plan)).itertuples(index=False, name=None)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def within(plan: Plan) -> pd.DataFrame:
    """Score the source model of a within-corpus plan, in all partitions; columns as in `transfer`."""
    folds = (plan.varied(fold=fold) for fold in all_folds(plan))
    return pd.DataFrame([row for each in folds for row in _rows("within", each)], columns=list(COLUMNS))


def _rows(way: str, plan: Plan) -> list[tuple[str, int, int, str, str, float]]:
    d = related_of(plan).dimensions
    return [(way, d, plan.fold, target, metric, value) for target, metric, value in source_scores(plan)]


def _inside(plan: Plan) -> Plan:
    """Return the plan that learns the source's task from a part of the target corpus itself."""
    corpus = data_of(plan).corpus
    names = tuple(own.name for target in source_task(plan) if (own := counterpart(corpus, target)) is not None)
    return plan.varied(split="2 of 5", source=Source(SAME, targets=names, learner=plan.source.learner))


def mapped(plan: Plan, folds: tuple[int, ...]) -> dict[int, dict[str, dict[str, float]]]:
    """Score the scales that norms make of the source's classes, with no label used: fold to target to metric.

    Parameters
    ----------
    plan : Plan
        Asks for scales, and has a source of classes.
    folds : tuple of int
        Of the plan's split.
    """
    found = {}
    for fold in folds:
        made = ready(plan.varied(learner="nrc-mapping", strategy="random", fold=fold))
        found[fold], _ = made.judge(made.learner, made.pool.known())
    return found
