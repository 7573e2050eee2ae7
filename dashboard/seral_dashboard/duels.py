"""Which runs of two strategies can be put side by side: those with the same seed and test part."""

from __future__ import annotations

from seral_core.charts import colours
from seral_core.runs.plan import Plan
from seral_core.scores.spent import SECONDS
from seral_dashboard import data, live

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


def sides(experiment: data.Experiment, a: str, b: str, pair: Pair) -> list[dict[str, str]]:
    """Return left and right of a duel, as `seral_dashboard.component.duel_view` takes them."""
    runs, colour = scored(experiment), colours([a, b])
    return [{"run": runs[name, *pair].key, "name": name, "colour": colour[name]} for name in (a, b)]


def unit(experiment: data.Experiment) -> str:
    """Return what labels of an experiment cost, as people say it."""
    return "seconds" if live.spent(experiment).unit == SECONDS else "labels"
