"""Which runs of two strategies can be put side by side: those with the same seed and test part."""

from __future__ import annotations

import numpy as np

from seral_core.charts import colours
from seral_core.runs.plan import Plan
from seral_core.scores.spent import SECONDS
from seral_dashboard import comparison, data, live

Pair = tuple[int, int]


def scored(experiment: data.Experiment) -> dict[tuple[str, int, int], Plan]:
    """Return the runs that have begun, by strategy, seed and test part."""
    return {(plan.strategy, plan.seed, plan.fold): plan for plan, log in experiment.started if log.events()}


def begun(experiment: data.Experiment) -> list[str]:
    """Return the strategies that have such runs, in the order of the experiment."""
    found = {name for name, *_ in scored(experiment)}
    return [name for name in experiment.grid.strategies if name in found]


def rivals(names: list[str], of: str) -> list[str]:
    """Return against whom a strategy can be held, chance first.

    Examples
    --------
    >>> rivals(["margin", "entropy", "random"], "margin")
    ['random', 'entropy']
    """
    return sorted((name for name in names if name != of), key=lambda name: name != "random")


def pairs(experiment: data.Experiment, a: str, b: str) -> dict[str, Pair]:
    """Return seed and test part of the runs that both have, by what pages call them."""
    runs = scored(experiment)
    both = [key[1:] for key in runs if key[0] == a and (b, *key[1:]) in runs]
    return {f"seed {seed}, test part {fold}": (seed, fold) for seed, fold in both}


def typical(experiment: data.Experiment, a: str, b: str, pairs: dict[str, Pair]) -> str:
    """Return the pair whose curves lie as far apart as those of all do on average: it speaks for all.

    Before anything is scored, and where curves are equally typical, the first one.
    """
    frame = data.scores(experiment)
    if frame.empty:
        return next(iter(pairs))
    frame = frame[(frame["target"] == frame["target"].iloc[0]) & (frame["metric"] == frame["metric"].iloc[0])]
    height = frame.groupby(["strategy", "seed", "fold"])["value"].mean()
    gaps = [height.get((a, *pair), np.nan) - height.get((b, *pair), np.nan) for pair in pairs.values()]
    if not np.isfinite(gaps).any():
        return next(iter(pairs))
    return list(pairs)[int(np.nanargmin(np.abs(gaps - np.nanmean(gaps))))]


def sides(experiment: data.Experiment, a: str, b: str, pair: Pair) -> list[dict[str, str]]:
    """Return left and right of a duel, as `seral_dashboard.component.duel_view` takes them."""
    # All strategies of the experiment are asked for a colour, so that each has the one it has elsewhere.
    runs, colour = scored(experiment), colours([*experiment.grid.strategies])
    return [{"run": runs[name, *pair].key, "name": name, "colour": colour[name]} for name in (a, b)]


def over_all(experiment: data.Experiment, a: str, b: str) -> str:
    """Return what all paired runs of both show, in a sentence; the run on the map may be a lucky one.

    Nothing where there is only that run, or none is scored yet.
    """
    for target, metrics in list(data.metrics(experiment).items())[:1]:
        frame = comparison.together([experiment])
        mine = frame[(frame["target"] == target) & (frame["metric"] == metrics[0]) & frame["strategy"].isin([a, b])]
        many = len(pairs(experiment, a, b))
        if many > 1 and (found := comparison.outcome(mine, metrics[0], against=b)):
            return f"{found.text} (All {many} pairs of runs; the map shows one.)"
    return ""


def unit(experiment: data.Experiment) -> str:
    """Return what labels of an experiment cost, as people say it."""
    return "seconds" if live.spent(experiment).unit == SECONDS else "labels"
