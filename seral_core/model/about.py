"""Where a model comes from and how good it was: plain data, kept beside it and told in its card."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus
from seral_core.learners.base import Answers
from seral_core.learners.in_blocks import believed
from seral_core.learners.matched import matched
from seral_core.model.replay import Replayed
from seral_core.runs.build import PreparedRun
from seral_core.runs.judge import HeldOut, known_gold
from seral_core.scores.agreement import alpha
from seral_core.scores.groups import half_width
from seral_core.scores.metrics import fitting, score
from seral_core.threads import one_thread
from seral_core.types import Belief, Ints, Target, Task

#: Fewer speakers have no interval.
FEWEST_SPEAKERS = 3


def about_run(made: PreparedRun, found: Replayed, run: str = "") -> dict[str, Any]:
    """Return what people should know of a run's model.

    Parameters
    ----------
    made : PreparedRun
        Of the run.
    found : Replayed
        Its last model.
    run : str
        Name of the run's folder.
    """
    judge = made.judge
    return {
        **of_corpus(made.corpus, made.pool.task),
        "run": run,
        "plan": made.plan.entries(),
        "round": found.round,
        "labels": len(found.known),
        "pool": len(made.pool.table),
        "pool_speakers": _speakers(made.corpus, made.pool.table.ids),
        "scores": found.scored.scores if found.scored else {},
        "scored_on": _scored_on(made),
        "groups": groups(found, judge, made.corpus) if isinstance(judge, HeldOut) else [],
        "notes": list(dict.fromkeys([*made.alarms, *made.notes])),
    }


def of_corpus(corpus: Corpus, task: Task) -> dict[str, Any]:
    """Return what people should know of the data, and of what made the model.

    Examples
    --------
    >>> of_corpus(toy_corpus(), toy_corpus().task[:1])["agreement"]
    {'emotion': {'alpha': 0.389, 'raters': 3}}
    """
    return {
        "corpus": corpus.name,
        "licence": corpus.licence,
        "citation": corpus.citation,
        "agreement": {target.name: _agreement(corpus, target) for target in task},
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions of what trains and predicts.

    Examples
    --------
    >>> sorted(versions())
    ['numpy', 'python', 'scikit-learn', 'scipy', 'seral']
    """
    import scipy
    import sklearn

    from seral_core import __version__

    found = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
    return {"seral": __version__, "python": platform.python_version(), **found}


def _agreement(corpus: Corpus, target: Target) -> dict[str, Any]:
    """Return how well raters agree; without a number where each clip has one rating, or ratings are traces."""
    ratings = corpus.of(target.name)
    if target.rate_hz:
        return {"alpha": None, "raters": int(ratings["rater"].nunique())}
    found = alpha(ratings, "interval" if target.is_scale else "nominal") if len(ratings) else float("nan")
    return {"alpha": None if np.isnan(found) else round(float(found), 3), "raters": int(ratings["rater"].nunique())}


def _speakers(corpus: Corpus, ids: tuple[str, ...]) -> int:
    return len({speaker for speaker in corpus.speakers_of(ids) if speaker is not None})


def _scored_on(made: PreparedRun) -> str:
    if isinstance(made.judge, HeldOut):
        ids = made.judge.table.ids
        return f"{len(ids)} clips of {_speakers(made.corpus, ids)} speakers ({made.plan.split}, fold {made.plan.fold})"
    return "the pool itself, with the known labels filled in: this says nothing of other recordings"


def groups(found: Replayed, judge: HeldOut, corpus: Corpus) -> list[dict[str, Any]]:
    """Return the usual score of each target by groups of test speakers: all of them, and each sex where it is known.

    A score is the mean over speakers of each speaker's own, with the 95 % interval of that mean (Student's t over
    speakers); without an interval where there are fewer than three.
    """
    with one_thread():
        beliefs = believed(found.learner.predict, judge.table)
    rows = []
    for target in judge.task:
        gold = known_gold(judge.gold[target.name], target)
        for name, speakers in _groups(corpus, judge.table.ids, gold):
            rows.append({"target": target.name, "group": name, **_scored(beliefs[target.name], target, gold, speakers)})
    return rows


def _groups(corpus: Corpus, ids: tuple[str, ...], gold: Answers) -> Iterator[tuple[str, dict[str, Ints]]]:
    """Yield the name of each group, and which of the clips with gold each of its speakers has."""
    there = [ids[row] for row in gold.rows.tolist()]
    speakers = corpus.speakers_of(there)
    sexes = [sex if isinstance(sex, str) else None for sex in corpus.about["sex"].reindex(there)]
    mine = {s: np.flatnonzero([one == s for one in speakers]) for s in sorted({s for s in speakers if s is not None})}
    yield "all speakers", mine
    for sex in sorted({sex for sex in sexes if sex is not None}):
        yield sex, {speaker: rows for speaker, rows in mine.items() if sexes[rows[0]] == sex}


def _scored(belief: Belief, target: Target, gold: Answers, speakers: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    metric = fitting(target)[0].name
    pairs = [matched(belief, gold.take(own), target) for own in speakers.values()]
    each = np.array([score(pair.belief, target, pair.values)[metric] for pair in pairs])
    counts = {"speakers": len(speakers), "clips": int(sum(map(len, speakers.values())))}
    if not len(each):
        return {**counts, "metric": metric, "mean": None, "half_width": None}
    half = float(half_width(each[:, None])[0]) if len(each) >= FEWEST_SPEAKERS else None
    return {**counts, "metric": metric, "mean": round(float(each.mean()), 4), "half_width": half and round(half, 4)}
