"""The map of a run: where its clips lie, and what was asked, known and guessed in every round."""

from __future__ import annotations

import base64
import math
import threading
from functools import lru_cache
from statistics import fmean, multimode
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.features.maps import layout, layout_apart, saved_map
from seral_core.features.table import FeatureTable
from seral_core.runs.build import PreparedRun, prepare
from seral_core.runs.events import Asked, Event, Finished, Labelled, Scored, Trained, Withdrawn
from seral_core.runs.plan import Plan
from seral_core.runs.predictions_log import PredictionsLog
from seral_core.runs.speech import codes
from seral_core.runs.traced import means
from seral_core.scores.statistics import aligned
from seral_core.studio.as_run import is_project, prepared_of, stamp_of
from seral_core.types import Target, Trace, Value
from seral_dashboard import clips, data
from seral_dashboard.doubts import ambiguous, unknown_in

#: More guesses than this are not sent: every second, third ... round has them then.
MOST_GUESSES = 8_000_000
_drawing: dict[str, threading.Lock] = {}


def built(plan: Plan) -> PreparedRun:
    """Return what a run is made of: once a process, and of a project again when clips were added."""
    return _built(plan, stamp_of(plan) if is_project(plan) else ())


@lru_cache(maxsize=8)
def _built(plan: Plan, _stamp: tuple[int, ...]) -> PreparedRun:
    return prepared_of(plan) if is_project(plan) else prepare(plan)


def pool(experiment_id: str, run_key: str, method: str) -> dict[str, Any]:
    """Return all that does not change while a run goes on.

    Returns
    -------
    dict
        ``ids``; ``x`` and ``y`` (float32, base64); ``speakers``; ``target``; ``gold`` (class numbers or
        native units, missing as None); ``corpus``, the key of its clips; ``curves`` of all strategies; and ``part``, a
        sentence where these clips stand for more.
    """
    experiment = data.experiment(experiment_id)
    plan, _ = experiment.run(run_key)
    made = built(plan)
    table, target = made.pool.table, made.pool.task[0]
    positions = drawn(table, method)
    gold, known = codes(made.corpus, target)
    gold = means(gold) if target.rate_hz else gold
    place = {segment: i for i, segment in enumerate(known)}
    rows = [place[segment] for segment in table.ids]
    speakers = made.corpus.about["speaker"].reindex(list(table.ids))
    return {
        "ids": list(table.ids),
        "x": _packed(positions[:, 0], "<f4"),
        "y": _packed(positions[:, 1], "<f4"),
        "speakers": [None if pd.isna(s) else str(s) for s in speakers],
        "target": _target(target),
        "gold": [_known(v, target) for v in gold[rows]],
        "corpus": clips.admit(plan.corpus, made.corpus) if made.corpus.root is not None else "",
        "curves": _curves(experiment, target, plan),
        "strategy": plan.strategy,
        "layout": method,
        "notes": list(made.alarms),
        "part": made.alarms[0] if is_project(plan) and made.alarms else "",
    }


def rounds(experiment_id: str, run_key: str, after: int) -> dict[str, Any]:
    """Return the rounds of a run beyond number ``after``.

    Returns
    -------
    dict
        ``rounds``: each with ``round``, ``asked`` and ``labelled`` (row numbers of the pool), ``answers`` and
        ``machine`` (1 where the machine gave the label) beside these, ``withdrawn`` (whose labels the machine took
        back before), ``alone`` (how many clips only the machine had labelled when the learner was trained), and, once
        the learner was scored, ``spent``, ``scores``, ``confusion``, ``guess``, ``sure``, ``ambiguous``, ``unknown``;
        ``finished``; and ``clips``, of how many the row numbers are: clips that come later stand behind them.
    """
    experiment = data.experiment(experiment_id)
    plan, log = experiment.run(run_key)
    made = built(plan)
    frames = _frames(log.events(), {segment: i for i, segment in enumerate(made.pool.table.ids)}, made.pool.task[0])
    every = math.ceil(len(made.pool.table) * max(len(frames), 1) / MOST_GUESSES)
    guesses = PredictionsLog(log.folder)
    known, labelled = unknown_in(str(log.folder), made.pool.table), _by_people(frames)
    for place, frame in enumerate(frames):
        if frame["round"] > after and "spent" in frame and frame["round"] % every == 0:
            frame.update(_guessed(guesses, frame["round"], made.pool.table.ids, made.pool.task[0]))
            frame["unknown"] = _packed(np.round(255 * known.of(place, labelled)), "u1")
    wanted = [frame for frame in frames if frame["round"] > after]
    finished = any(isinstance(event, Finished) for event in log.events())
    return {"rounds": wanted, "finished": finished, "clips": len(made.pool.table)}


def _by_people(frames: list[dict[str, Any]]) -> list[list[int]]:
    """Return for each round the rows that people had labelled since the one before."""
    given = [[r for r, machine in zip(f["labelled"], f["machine"], strict=True) if not machine] for f in frames]
    return [[], *given]


def drawn(table: FeatureTable, method: str) -> NDArray[np.float32]:
    """Return a map; what takes long is worked out in a process of its own, so that pages stay quick."""
    found = saved_map(table, method)
    if found is not None:
        return found
    if method == "pca":
        return layout(table, method)
    with _drawing.setdefault(f"{table.fingerprint}-{method}", threading.Lock()):
        return layout_apart(table, method)


def _target(target: Target) -> dict[str, Any]:
    return {
        "name": target.name,
        "classes": list(target.classes),
        "scale": target.is_scale,
        "low": target.low,
        "high": target.high,
    }


def main_metric(target: Target) -> str:
    """Return the score that a target is known by."""
    return "ccc" if target.is_scale else "uar"


def _curves(experiment: data.Experiment, target: Target, plan: Plan) -> list[dict[str, Any]]:
    """Return the curves of all strategies with this run's seed and test part: others would be easier or harder."""
    frame = data.scores(experiment)
    frame = frame[(frame["target"] == target.name) & (frame["metric"] == main_metric(target))]
    frame = frame[(frame["seed"] == plan.seed) & (frame["fold"] == plan.fold)]
    found = aligned(frame.assign(curve=frame["strategy"])) if len(frame) else []
    return [{"name": c.name, "spent": c.spent.tolist(), "mean": c.mean.round(4).tolist()} for c in found]


def _frames(events: list[Event], row: dict[str, int], target: Target) -> list[dict[str, Any]]:
    frames: dict[int, dict[str, Any]] = {}

    def frame(number: int) -> dict[str, Any]:
        empty: dict[str, list[int]] = {name: [] for name in ("asked", "withdrawn", "labelled", "answers", "machine")}
        return frames.setdefault(number, {"round": number, **empty})

    for event in events:
        match event:
            case Asked(number, _, segments):
                frame(number)["asked"] += [row[s] for s in segments if s in row]
            case Labelled(number, _, labels):
                for label in labels:
                    if label.target == target.name and label.segment in row:
                        frame(number)["labelled"].append(row[label.segment])
                        frame(number)["answers"].append(_code(label.value, target))
                        frame(number)["machine"].append(int(label.source == "machine"))
            case Trained(number, _, machine) if machine:
                frame(number)["alone"] = machine
            case Withdrawn(number, _, segments, targets) if target.name in targets:
                frame(number)["withdrawn"] += [row[s] for s in segments if s in row]
            case Scored(number, spent, scores, detail):
                confusion = detail.get(target.name, {}).get("confusion")
                frame(number).update(spent=spent, scores=scores.get(target.name, {}), confusion=confusion)
            case _:
                pass
    return [frames[number] for number in sorted(frames)]


def _code(value: Value | Trace, target: Target) -> float:
    """Return a label as a number; a trace as its mean or most frequent class, as answers are pooled.

    Examples
    --------
    >>> emotion = Target("emotion", ("anger", "sadness"))
    >>> _code("sadness", emotion), _code(("sadness", "anger"), emotion), _code((0.5, 1.0), Target("arousal"))
    (1, 0, 0.75)
    """
    if not isinstance(value, tuple):
        return float(value) if target.is_scale else target.classes.index(str(value))
    numbers = [_code(one, target) for one in value if one == one]
    return fmean(numbers) if target.is_scale else min(multimode(numbers))


def _guessed(guesses: PredictionsLog, number: int, ids: tuple[str, ...], target: Target) -> dict[str, Any]:
    read = guesses.read(number)
    if read is None or f"guess {target.name}" not in read:
        return {}
    order = _order([str(i) for i in read["ids"]], ids)
    guess, sure = read[f"guess {target.name}"], np.asarray(read[f"sure {target.name}"], dtype=float)
    low, high = (0.0, 1.0) if not target.is_scale else (float(sure.min()), float(sure.max()))
    steps = np.round(255 * (sure - low) / max(high - low, 1e-9)).clip(0, 255)
    doubt = np.round(255 * ambiguous(sure, target))
    return {
        "guess": _packed(*(_of(guess, order, np.nan), "<f4") if target.is_scale else (_of(guess, order, -1), "i1")),
        "sure": _packed(_of(steps, order, 0), "u1"),
        "sure_low": low,
        "sure_high": high,
        "ambiguous": _packed(_of(doubt, order, 0), "u1"),
    }


def _order(have: list[str], want: tuple[str, ...]) -> NDArray[np.intp]:
    """Return where each clip is; -1 for one that came later."""
    if tuple(have) == want:
        return np.arange(len(want))
    place = {segment: i for i, segment in enumerate(have)}
    return np.array([place.get(segment, -1) for segment in want], dtype=np.intp)


def _of(values: NDArray[Any], order: NDArray[np.intp], missing: float) -> NDArray[Any]:
    """Return values in an order, where some are missing."""
    return np.where(order < 0, missing, values[order])


def _known(value: Any, target: Target) -> float | None:
    if target.is_scale:
        return None if math.isnan(value) else float(value)
    return int(value)


def _packed(values: NDArray[Any], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()
