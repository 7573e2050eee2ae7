"""How good a source model is on the target corpus: within it, straight from another one, and adapted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.charts import INK, PALETTE
from seral_core.corpora.corpus import Corpus, noun
from seral_core.learners.base import learners
from seral_core.learners.cross_task import CrossTask
from seral_core.norms import dimension
from seral_core.recipes.comparison import title
from seral_core.recipes.figures import grid_of_panels
from seral_core.runs.data import Data
from seral_core.runs.judge import WholeSet
from seral_core.runs.parts import part
from seral_core.runs.pool import Pool
from seral_core.runs.source import SAME, Source
from seral_core.runs.source_model import source_model, source_task
from seral_core.runs.speech import codes
from seral_core.scores.metrics import score
from seral_core.types import Belief, Floats, Scale, Target

#: The approach that asks for nothing: the source's classes, as norms place them on the scales.
MAPPING = "nrc-mapping"
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


def source_scores(data: Data) -> Iterator[tuple[str, str, float]]:
    """Score the source model on the pool, where the target corpus has gold of that kind too.

    Parameters
    ----------
    data : Data
        Of a plan with a source.

    Yields
    ------
    target, metric, value : str, str, float
        Values of scales are compared in the target corpus's range.
    """
    position = {segment: row for row, segment in enumerate(data.corpus.ids)}
    rows = np.array([position[segment] for segment in data.pool], dtype=np.intp)
    for target in source_task(data):
        own = counterpart(data.corpus, target)
        if own is None:
            continue
        source = source_model(data).beliefs
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


def transfer(data: Data, dimensions: tuple[int, ...]) -> pd.DataFrame:
    """Score the source model within the target corpus, straight across, and adapted to several dimensions.

    Parameters
    ----------
    data : Data
        Of a plan with a source in another corpus.
    dimensions : tuple of int
        Of the adapted features.

    Returns
    -------
    DataFrame
        Columns ``way dimensions fold target metric value``; ``way`` is within, direct or adapted.
        Empty where the target corpus has no gold of the source's kind.
    """
    source, scales = data.plan.source, source_task(data)[0].is_scale
    way = source.way(scales)
    way = way if way != "none" else ("tca" if scales else "bda")
    ways = [("direct", "none"), *(("adapted", f"{way}:{d}") for d in dimensions)]
    rows = [row for name, adapt in ways for row in _rows(name, data.varied(source=replace(source, adapt=adapt)))]
    if rows:
        inside = _inside(data)
        rows += within([inside.varied(fold=fold) for fold in inside.folds]).itertuples(index=False, name=None)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def within(folds: Sequence[Data]) -> pd.DataFrame:
    """Score the source model of a within-corpus plan, in all partitions; columns as in `transfer`."""
    return pd.DataFrame([row for data in folds for row in _rows("within", data)], columns=list(COLUMNS))


def _rows(way: str, data: Data) -> list[tuple[str, int, int, str, str, float]]:
    d, fold = source_model(data).dimensions, data.plan.fold
    return [(way, d, fold, target, metric, value) for target, metric, value in source_scores(data)]


def _inside(data: Data) -> Data:
    """Return the data on which the source's task is learned from a part of the target corpus itself."""
    names = tuple(own.name for t in source_task(data) if (own := counterpart(data.corpus, t)) is not None)
    return data.varied(split="2 of 5", source=Source(SAME, targets=names, learner=data.plan.source.learner))


def mapped(folds: Sequence[Data]) -> dict[int, dict[str, dict[str, float]]]:
    """Score the scales that norms make of the source's classes, with no label used: fold to target to metric.

    Parameters
    ----------
    folds : sequence of Data
        Of a plan that asks for scales, and has a source of classes.
    """
    found = {}
    for data in folds:
        learner = CrossTask(part(learners, MAPPING, data.task), source_model(data).beliefs)
        known = Pool(data.table.only(data.pool), data.task).known()
        found[data.plan.fold], _ = WholeSet(data.task, data.gold_of(data.pool))(learner, known)
    return found


def transfer_figure(frame: pd.DataFrame, metrics: Sequence[str], way: str) -> Any:
    """Draw the source model's score against the number of adapted dimensions (Fig. 5 and 8).

    Parameters
    ----------
    frame : DataFrame
        As `transfer` gives; the mean over targets is drawn. What was not adapted is a line across,
        with a marker at the dimensions it had.
    metrics : sequence of str
        A panel each.
    way : str
        TCA or BDA.
    """
    figure = grid_of_panels([""], [title(metric) for metric in metrics], height=340)
    for column, metric in enumerate(metrics, 1):
        mean = frame[frame["metric"] == metric].groupby(["way", "dimensions"], as_index=False)["value"].mean()
        ends = mean["dimensions"].min(), mean["dimensions"].max()
        for name, text, colour, dash, symbol in (
            ("within", "within the target corpus", PALETTE[1], "dash", "square"),
            ("direct", "from another corpus, not adapted", PALETTE[0], "dot", "triangle-up"),
            ("adapted", f"from another corpus, {way}", INK, "solid", "circle"),
        ):
            mine = mean[mean["way"] == name]
            x, y, sizes = _points(mine, ends, across=name != "adapted")
            _line(figure, x, y, sizes, (text, colour, dash, symbol), column)
        figure.update_yaxes(title=title(metric), tickformat=".2f", title_standoff=4, row=1, col=column)
    figure.update_xaxes(title="dimensions of the features")
    return figure


def _points(mine: pd.DataFrame, ends: tuple[float, float], across: bool) -> tuple[list[float], list[float], list[int]]:
    """Return the points of a line and the sizes of their markers."""
    if not across:
        return mine["dimensions"].tolist(), mine["value"].tolist(), [10] * len(mine)
    height = float(mine["value"].mean())
    return [ends[0], float(mine["dimensions"].mean()), ends[1]], [height] * 3, [0, 13, 0]


def _line(
    figure: Any, x: list[float], y: list[float], sizes: list[int], look: tuple[str, str, str, str], column: int
) -> None:
    import plotly.graph_objects as go

    text, colour, dash, symbol = look
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 3},
            marker={"symbol": symbol, "size": sizes, "color": colour, "opacity": 1, "line": {"width": 0}},
            name=text,
            legendgroup=text,
            showlegend=column == 1,
            hovertemplate=f"{text}<br>%{{x:.0f}} dimensions: %{{y:.3f}}<extra></extra>",
        ),
        row=1,
        col=column,
    )
