"""What a scene shows, as data for the stage's scripts: clips to hear, a map, a duel, curves and verdict, or a page.

A scene names an experiment; which of its runs is drawn, and between which colours, is decided here as the views do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np

from seral_core.charts import METRICS, colours, dashes
from seral_core.demo import DEMOS
from seral_core.errors import BadPlan, UnknownName
from seral_dashboard import comparison, data, duels, live, run_map
from seral_dashboard.stage.story import Scene

Shown = dict[str, Any]
LAYOUTS = ("tsne", "umap", "pca")


def shown(scene: Scene) -> Shown:
    """Return what a scene shows: ``kind``, and what the script of that kind needs.

    Raises
    ------
    SeralError
        When it names an experiment or a strategy that there is not.
    """
    make = {"hear": _hear, "map": _map, "duel": _duel, "run": _curves, "compare": _curves}.get(scene.view)
    if make is None or not _may_be_drawn(scene):
        return {"kind": "page", "at": framed(scene.at)}
    return make(scene.asked)


def framed(at: str) -> str:
    """Return an address as the stage shows it in a frame: without what leads away from it.

    Examples
    --------
    >>> framed("label?project=abc")
    '/label?project=abc&embed=true'
    """
    parts = urlsplit(at)
    return f"/{parts.path.lstrip('/')}?" + urlencode([*parse_qsl(parts.query), ("embed", "true")])


def _may_be_drawn(scene: Scene) -> bool:
    """Whether an address is one of an experiment as it stands, not of a form or a stream."""
    return not {"new", "stream", "project"} & set(scene.asked)


def _experiment(asked: dict[str, str]) -> data.Experiment:
    if name := asked.get("run", ""):
        if name in DEMOS and name not in {found.id for found in data.experiments()}:
            raise BadPlan(f"the experiment '{name}' is not made yet; make it by: seral story play, or in the view Run")
        return data.experiment(name)
    newest = next(iter(data.experiments()), None)
    if newest is None:
        raise BadPlan("there is no experiment yet; start one, or the demo, in the view Run")
    return newest


def _named(asked: dict[str, str], entry: str, names: list[str], usual: str) -> str:
    wanted = asked.get(entry, usual)
    if wanted not in names:
        raise UnknownName("strategy of the experiment", wanted[:80], names)
    return wanted


def _strategies(experiment: data.Experiment) -> list[str]:
    if names := duels.begun(experiment):
        return names
    raise BadPlan(f"experiment {experiment.id} has no score yet; wait for its first round, or choose another one")


def _layout(asked: dict[str, str]) -> str:
    wanted = asked.get("layout", "").lower().replace("-", "")  # pages write t-SNE
    return wanted if wanted in LAYOUTS else "tsne"


def _map(asked: dict[str, str]) -> Shown:
    experiment = _experiment(asked)
    plans = {plan.key: plan for plan in duels.scored(experiment).values()}
    names = _strategies(experiment)
    if asked.get("of") in plans:  # as the view Map calls one run
        plan = plans[asked["of"]]
    else:
        name = _named(asked, "strategy", names, names[0])
        plan = next(plan for plan in plans.values() if plan.strategy == name)
    return {
        "kind": "map",
        "data": {"experiment": experiment.id, "run": plan.key, "layout": _layout(asked), "active": False},
        "strategy": plan.strategy,
        "colour": asked.get("colour", ""),
        "round": _number(asked, "round", -1) if "round" in asked else None,
    }


def _duel(asked: dict[str, str]) -> Shown:
    experiment = _experiment(asked)
    names = _strategies(experiment)
    if len(names) < 2:
        raise BadPlan(f"experiment {experiment.id} has runs of {names[0]} alone; a duel needs two strategies")
    a = _named(asked, "a", names, names[0])
    others = duels.rivals(names, a)
    b = _named(asked, "b", others, others[0])
    pairs = duels.pairs(experiment, a, b)
    if not pairs:
        raise BadPlan(f"no runs of {a} and {b} in {experiment.id} have the same seed and test part yet; let it go on")
    sides = duels.sides(
        experiment, a, b, pairs.get(asked.get("of", "")) or pairs[duels.typical(experiment, a, b, pairs)]
    )
    shown = {"experiment": experiment.id, "sides": sides, "layout": _layout(asked), "unit": duels.unit(experiment)}
    shown |= {"over": duels.over_all(experiment, a, b)}
    at = asked.get("at", "")
    return {"kind": "duel", "data": shown | {"at": float(at) if at.replace(".", "", 1).isdecimal() else 0.0}}


def _curves(asked: dict[str, str]) -> Shown:
    experiment = _experiment(asked)
    known = data.metrics(experiment)
    if not known:
        raise BadPlan(f"experiment {experiment.id} has no score yet; wait for its first round, or choose another one")
    target = asked.get("target") if asked.get("target") in known else next(iter(known))
    said = {METRICS.get(name, name): name for name in known[str(target)]}  # as pages write them
    metric = said.get(asked.get("metric", ""), known[str(target)][0])
    frame = comparison.together([experiment])
    frame = frame[(frame["target"] == target) & (frame["metric"] == metric)]
    found = comparison.outcome(frame, str(metric))
    curves = [curve for curve in live.live_curves(experiment, str(target), str(metric)) if curve.spent]
    names = [curve.name for curve in curves]
    colour, dash, chance = colours(names), dashes(names), live.chance(experiment, str(target), str(metric))
    return {
        "kind": "curves",
        "verdict": None if found is None else asdict(found),
        "curves": [asdict(c) | {"growing": [], "colour": colour[c.name], "dash": dash[c.name]} for c in curves],
        "metric": METRICS.get(str(metric), str(metric)),
        "along": live.spent(experiment).title,
        "budget": experiment.grid.plan.budget,
        "chance": None if math.isnan(chance) else chance,
    }


def _hear(asked: dict[str, str]) -> Shown:
    """Clips of a pool, of as many classes as there are, to be told by ear before they are revealed."""
    experiment = _experiment(asked)
    plan = next(iter(duels.scored(experiment).values()), experiment.grid.plans()[0])
    pool = run_map.pool(experiment.id, plan.key, "pca")
    if not pool["corpus"]:
        raise BadPlan(f"{plan.corpus} has no audio; choose an experiment on recordings")
    wanted = min(9, max(1, _number(asked, "n", 3)))
    rng = np.random.default_rng(_number(asked, "seed", 0))
    target = pool["target"]
    rows = [i for i in rng.permutation(len(pool["ids"])).tolist() if pool["gold"][i] is not None]
    known = rows if target["scale"] else [i for i in rows if pool["gold"][i] >= 0]
    return {
        "kind": "hear",
        "corpus": pool["corpus"],
        "clips": [{"id": pool["ids"][i], "is": _said(pool, i)} for i in _spread(known, pool, wanted)],
        "target": target["name"],
        "classes": target["classes"],
    }


def _number(asked: dict[str, str], entry: str, usual: int) -> int:
    """Return a whole number of an address; Python reads none of thousands of digits."""
    text = asked.get(entry, "")
    return int(text) if text.isdecimal() and len(text) < 20 else usual


def _spread(rows: list[int], pool: dict[str, Any], n: int) -> list[int]:
    """Take rows in turn from each class, so that a few clips differ."""
    place: Callable[[int], Any] = (lambda i: 0) if pool["target"]["scale"] else pool["gold"].__getitem__
    turns: dict[Any, int] = {}
    order: list[tuple[int, int, int]] = []
    for i in rows:
        turns[place(i)] = turns.get(place(i), -1) + 1
        order.append((turns[place(i)], len(order), i))
    return [i for *_, i in sorted(order)[:n]]


def _said(pool: dict[str, Any], i: int) -> str:
    value, target = pool["gold"][i], pool["target"]
    return f"{value:.2f}" if target["scale"] else str(target["classes"][int(value)])
