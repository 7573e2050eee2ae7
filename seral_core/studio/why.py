"""Why this clip: what the model believed, which scores it had, and which labelled clips are near."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.confidence.doubt import doubt_of
from seral_core.confidence.nearness import Nearness
from seral_core.features.table import FeatureTable
from seral_core.folders import inside
from seral_core.store import Answer
from seral_core.strategies.compose import phases_of, recommended_for
from seral_core.strategies.uncertainty import entropy_scores, least_confidence_scores, margin_scores
from seral_core.studio.beliefs import Beliefs, last_beliefs
from seral_core.studio.project import LabelProject
from seral_core.studio.screenings import Screening
from seral_core.studio.table import kept_table
from seral_core.studio.training_labels import training_labels
from seral_core.types import Belief, Classes, Floats, Scale, Target

NEIGHBOURS = 3


def why(run: Path, studio: LabelProject, segment: str, slot: Screening, rows: Iterable[Answer]) -> dict[str, Any]:
    """Return why a clip was shown.

    Parameters
    ----------
    run : Path
        The project's ``run`` folder.
    studio : LabelProject
        The project.
    segment : str
        The clip.
    slot : Screening
        How it was given to the rater who asks.
    rows : iterable of Answer
        This rater's valid answers only: raters stay blind to one another.

    Returns
    -------
    dict
        ``segment``; ``reason`` in words; ``strategy``; ``round`` of the model; ``belief`` by target
        (``proba``, or ``mean`` and ``std``; None before the first model); ``parts``: each ``name``,
        ``target``, ``value``, ``higher_than`` (share of the clips without a label that have less of
        it) and ``used`` (whether the strategy goes by it); ``doubt``: ``ambiguous`` for the model, of the
        target it doubts most, and ``unknown``, far from all it had learned from, both in [0, 1], or None;
        ``neighbours``: the nearest labelled clips, each ``segment``, ``distance`` (in standard
        deviations per feature) and ``labels``.
    """
    beliefs, table = last_beliefs(run, slot.round), kept_table_of(run)
    labels: dict[str, dict[str, Any]] = {}
    for label in training_labels(studio, rows, without=(segment,)):
        labels.setdefault(label.segment, {})[label.target] = label.value
    distances, phase = _distances(table, segment, labels), _phase(studio, beliefs)
    return {
        "segment": segment,
        "reason": _reason(slot, studio, beliefs, phase),
        "strategy": studio.strategy if slot.ranked else "",
        "round": beliefs.round if beliefs else None,
        "belief": beliefs.of(segment, {t.name: t.classes for t in studio.task}) if beliefs else None,
        "doubt": _doubt(table, beliefs, segment, {t.name: t for t in studio.task}),
        "parts": _parts(phase, beliefs, segment, labels) + _novelty(table, phase, segment, labels, distances),
        "neighbours": [
            {"segment": i, "distance": round(d, 3), "labels": labels[i]}
            for i, d in sorted(distances.items(), key=lambda found: found[1])[:NEIGHBOURS]
        ],
    }


def _reason(slot: Screening, studio: LabelProject, beliefs: Beliefs | None, phase: str) -> str:
    """Say why without giving hidden gold and repeats away: those are indeed drawn at random."""
    match slot.purpose:
        case "free":
            return "you picked it"
        case "query" if slot.helps:
            return "others have answered it, and of those who label, you are expected to tell most about it"
        case "query" if slot.ranked:
            alone = studio.strategy.lower().partition(":")[0] == phase and "+" not in studio.strategy
            now = "" if alone else f", which goes by {phase} at so many labels"
            return f"chosen by the strategy '{studio.strategy}'{now}"
        case "query" if beliefs is None and studio.learned:
            return "drawn at random: there was no model yet"
        case _:
            return "drawn at random"


def _phase(studio: LabelProject, beliefs: Beliefs | None) -> str:
    """Return the name of the strategy, or of that part of it, which chose at so many labels."""
    text = studio.strategy
    if text == "recommended":
        text = recommended_for(studio.learned)
    have = len({line.partition("\n")[2] for line in beliefs.labelled}) if beliefs else 0
    *early, last = phases_of(text)
    return next((phase.name for phase in early if have < phase.until), last.name)


@lru_cache(maxsize=4)
def _table(path: Path, _changed: int) -> FeatureTable | None:
    table = kept_table(path.parent)
    return None if table is None else table.pooled()


def kept_table_of(run: Path) -> FeatureTable | None:
    """Return the project's features as the model sees them, frames pooled; read once, None before they are extracted.

    Examples
    --------
    >>> kept_table_of(Path("nowhere"))
    """
    path = inside(run, "features.npz")
    try:
        return _table(path, path.stat().st_mtime_ns)
    except OSError:
        return None


def _distances(table: FeatureTable | None, segment: str, labels: dict[str, Any]) -> dict[str, float]:
    """Return how far the labelled clips are, as root mean square over the features."""
    if table is None or segment not in table:
        return {}
    near = [i for i in labels if i in table]
    if not near:
        return {}
    gaps = table.values[table.rows(near)] - table.values[table.rows([segment])]
    return dict(zip(near, np.sqrt((gaps.astype(np.float64) ** 2).mean(axis=1)).tolist(), strict=True))


def _parts(phase: str, beliefs: Beliefs | None, segment: str, labels: dict[str, Any]) -> list[dict[str, Any]]:
    if beliefs is None or segment not in beliefs.row:
        return []
    row = beliefs.row[segment]
    others = np.array([r for i, r in beliefs.row.items() if i not in labels and i != segment], dtype=np.intp)
    found = []
    for target, belief in beliefs.by_target.items():
        for name, scores in _scores(belief).items():
            found.append(
                {
                    "name": name,
                    "target": target,
                    "value": round(float(scores[row]), 4),
                    "higher_than": round(float((scores[others] < scores[row]).mean()), 6) if len(others) else None,
                    "used": name in phase,
                }
            )
    return found


def _doubt(
    table: FeatureTable | None, beliefs: Beliefs | None, segment: str, task: dict[str, Target]
) -> dict[str, float] | None:
    """Return how ambiguous and how unknown a clip was for the model; which clips it knew, but not their labels."""
    if table is None or beliefs is None or segment not in beliefs.row or segment not in table:
        return None
    row = np.array([beliefs.row[segment]], dtype=np.intp)
    parts = [doubt_of(b.take(row), task[name]).ambiguous[0] for name, b in beliefs.by_target.items() if name in task]
    known = dict.fromkeys(i for line in beliefs.labelled if (i := line.partition("\n")[2]) in table and i != segment)
    near = Nearness(table.only([segment, *known]))
    near.add(np.arange(1, len(known) + 1, dtype=np.intp))
    return {"ambiguous": round(float(max(parts, default=0.0)), 4), "unknown": round(float(near.unknown()[0]), 4)}


def _scores(belief: Belief) -> dict[str, Floats]:
    """Return what makes clips worth asking for, one score per row, as strategies work it out."""
    match belief:
        case Classes():
            formulas = {"margin": margin_scores, "entropy": entropy_scores, "least-confidence": least_confidence_scores}
            return {name: belief.per_row(formula(belief.mean)) for name, formula in formulas.items()}
        case Scale():
            mean, std = belief.pooled().mean[0], belief.pooled().std[0]
            return {"deviation": std, "extremeness": np.abs(mean - np.median(mean))}


def _novelty(
    table: FeatureTable | None, phase: str, segment: str, labels: dict[str, Any], distances: dict[str, float]
) -> list[dict[str, Any]]:
    if table is None or not distances:
        return []
    nearest = min(distances.values())
    farther = _nearest_of_others(table, segment, labels)
    used = any(name in phase for name in ("k-centre", "gsx", "gsy", "igs", "mtigs", "typiclust", "k-means"))
    share = round(float((farther < nearest).mean()), 6) if len(farther) else None
    return [{"name": "novelty", "target": "", "value": round(nearest, 4), "higher_than": share, "used": used}]


def _nearest_of_others(table: FeatureTable, segment: str, labels: dict[str, Any], most: int = 300) -> Floats:
    """Return how far clips without a label are from the nearest labelled one; a sample of them will do."""
    others = [r for r, i in enumerate(table.ids) if i not in labels and i != segment]
    rows = np.array(others[:: max(1, len(others) // most)], dtype=np.intp)
    known = table.values[table.rows([i for i in labels if i in table])].astype(np.float64)
    some = table.values[rows].astype(np.float64)
    squares = (some**2).sum(1)[:, None] + (known**2).sum(1) - 2 * some @ known.T
    return np.asarray(np.sqrt(np.maximum(squares, 0).min(axis=1, initial=np.inf) / max(table.values.shape[1], 1)))
