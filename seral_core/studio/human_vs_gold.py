"""You versus the oracle: what a person's labels are worth, beside the recorded gold of the same clips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.base import read_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import splits
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners, trained
from seral_core.runs.curve import COLUMNS
from seral_core.runs.judge import HeldOut, WholeSet
from seral_core.runs.parts import part
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import rng_for
from seral_core.scores.agreement import alpha, compared
from seral_core.scores.metrics import confusion
from seral_core.studio.control_clips import known_answers
from seral_core.studio.project import LabelProject, open_project
from seral_core.studio.stopping import cohen_kappa
from seral_core.studio.stores import store_of
from seral_core.studio.table import prepared
from seral_core.studio.training_labels import training_labels
from seral_core.threads import one_thread
from seral_core.types import Label, Target, Value

YOU, GOLD = "you", "recorded gold"
FOLDS = 5
#: The first answer to each clip counts, whatever it was asked for.
ALL = ("query", "free", "test", "gold")


@dataclass(frozen=True, eq=False)
class Versus:
    """A person beside the recorded gold, about one target.

    Parameters
    ----------
    target : Target
        What was labelled.
    clips : int
        How many clips both have labelled.
    agreement : dict
        ``alpha`` (Krippendorff's), and ``kappa`` (Cohen's) and ``agreement`` (share) for classes,
        or ``ccc``, ``pcc`` and ``shift`` (how much higher the person answers) for a scale.
    confusion : list of list of int
        Gold down, the person across; empty for a scale.
    curves : DataFrame
        As from `seral_core.runs.curve.curves`, with a column ``curve``: ``you`` or
        ``recorded gold``; ``spent`` counts clips labelled.
    scored_on : str
        What the curves are scored on, in words.
    """

    target: Target
    clips: int
    agreement: dict[str, float]
    confusion: list[list[int]]
    curves: pd.DataFrame
    scored_on: str

    def as_data(self) -> dict[str, Any]:
        """Return it for JSON: only mean curves."""
        curves = {
            name: {
                metric: [[float(x), round(float(y), 4)] for x, y in of.groupby("spent")["value"].mean().items()]  # type: ignore[arg-type]
                for metric, of in mine.groupby("metric")
            }
            for name, mine in self.curves.groupby("curve")
        }
        plain = {k: None if v != v else round(v, 4) for k, v in self.agreement.items()}
        return {
            "target": self.target.name,
            "classes": list(self.target.classes),
            "clips": self.clips,
            "agreement": plain,
            "confusion": self.confusion,
            "curves": curves,
            "scored_on": self.scored_on,
        }


def versus(folder: Path, target: str = "", rater: str = "", every: int = 10) -> Versus:
    """Compare people's answers with the recorded gold of the same clips.

    One learner is trained on the person's labels, another on the gold of the same clips, after
    every few labels in the order they were given; both are scored on gold. Where speakers are
    known, each is scored on the clips of speakers whose labels it has not seen, five parts in turn.
    Otherwise the whole corpus is scored with the labels filled in.

    Parameters
    ----------
    folder : Path
        Of a project on a corpus with labels.
    target : str
        Name of a target; left out: the first.
    rater : str
        Whose labels; left out: all raters' together.
    every : int
        How many labels lie between two points.

    Returns
    -------
    Versus

    Raises
    ------
    BadPlan
        When the corpus has no gold for the target, or nobody has labelled a clip that has.

    Examples
    --------
    >>> from seral_core.studio.testing import answered, made_project
    >>> folder = answered(made_project(clips=60), 40, wrong=0.2)
    >>> found = versus(folder, every=20)
    >>> found.clips, sorted(set(found.curves["curve"])), sum(map(sum, found.confusion))
    (40, ['recorded gold', 'you'], 40)
    """
    studio = open_project(folder)
    corpus = read_corpus(studio.corpus, studio.how)
    wanted = _target(studio, target)
    gold = {i: of[wanted.name] for i, of in known_answers(corpus, studio).items() if wanted.name in of}
    store = store_of(folder, studio)
    given = training_labels(studio, store.current(rater), purposes=ALL)
    mine = {
        label.segment: wanted.check(label.value)
        for label in given
        if label.target == wanted.name and label.segment in gold
    }
    if not mine:
        raise BadPlan(
            f"no clip of {corpus.name} has both a label of {rater or 'anybody'} and recorded gold "
            f"for {wanted.name}; label some, or open a corpus with labels"
        )
    table, _ = prepared(corpus, studio.features, ())
    frame, scored_on = _curves(studio, corpus, table, wanted, mine, gold, every)
    theirs = {segment: gold[segment] for segment in mine}
    return Versus(
        wanted, len(mine), _agreement(wanted, mine, theirs), _confused(wanted, mine, theirs), frame, scored_on
    )


def figures(found: Versus) -> dict[str, Any]:
    """Return figures of a comparison: ``curves``, and ``confusion`` for classes.

    Examples
    --------
    >>> from seral_core.studio.testing import answered, made_project
    >>> drawn = figures(versus(answered(made_project(clips=60), 40, wrong=0.2), every=20))
    >>> sorted(drawn), [trace.name for trace in drawn["curves"].data if trace.name]
    (['confusion', 'curves'], ['you', 'recorded gold'])
    """
    from seral_core import charts

    drawn = {"curves": charts.learning_curves(found.curves, "ccc" if found.target.is_scale else "uar")}
    drawn["curves"].update_xaxes(title="clips labelled")
    if found.confusion:
        matrix = charts.confusion(found.confusion, found.target.classes)
        matrix.update_xaxes(title="your answer")
        matrix.update_yaxes(title="recorded gold")
        drawn["confusion"] = matrix
    return drawn


def _target(studio: LabelProject, name: str) -> Target:
    for target in studio.learned:
        if target.name == (name or studio.learned[0].name):
            return target
    raise BadPlan(f"the project has no target '{name}'; it has {', '.join(t.name for t in studio.learned)}; choose one")


def _agreement(target: Target, mine: dict[str, Value], theirs: dict[str, Value]) -> dict[str, float]:
    votes = [(i, YOU, mine[i]) for i in mine] + [(i, GOLD, theirs[i]) for i in mine]
    frame = pd.DataFrame(votes, columns=["segment", "rater", "value"], dtype=object)
    found = {"alpha": alpha(frame, "interval" if target.is_scale else "nominal")}
    if not target.is_scale:
        a, b = _codes(target, mine), _codes(target, theirs)
        found["kappa"] = cohen_kappa(a, b, len(target.classes))
    both = compared(pd.Series(mine), pd.Series(theirs), target)
    return found | {name: value for name, value in both.items() if name != "segments"}


def _confused(target: Target, mine: dict[str, Value], theirs: dict[str, Value]) -> list[list[int]]:
    if target.is_scale:
        return []
    counts: list[list[int]] = confusion(_codes(target, theirs), _codes(target, mine), len(target.classes)).tolist()
    return counts


def _codes(target: Target, values: dict[str, Value]) -> NDArray[Any]:
    if target.is_scale:
        return np.array([float(value) for value in values.values()])
    return np.array([target.classes.index(str(value)) for value in values.values()], dtype=np.intp)


def _curves(
    studio: LabelProject, corpus: Corpus, table: FeatureTable, target: Target, mine: dict[str, Value],
    gold: dict[str, Value], every: int,
) -> tuple[pd.DataFrame, str]:  # fmt: skip
    speakers = corpus.about["speaker"].dropna().nunique()
    order = [segment for segment in mine if segment in table]
    tests = [f.test for f in splits(corpus, f"speakers:{min(FOLDS, speakers)}")] if speakers > 1 else [()]
    rows: list[tuple[Any, ...]] = []
    with one_thread():
        for fold, test in enumerate(tests):
            for name, values in ((YOU, mine), (GOLD, gold)):
                points = _points(studio, table, target, order, values, gold, test, every)
                rows += [(name, 0, fold, target.name, metric, n, value, 0, name) for n, metric, value in points]
    against = "gold of speakers that were not learned from" if speakers > 1 else "gold of all clips, labels filled in"
    return pd.DataFrame(rows, columns=[*COLUMNS, "curve"]), against


def _points(
    studio: LabelProject, table: FeatureTable, target: Target, order: Sequence[str], values: dict[str, Value],
    gold: dict[str, Value], test: Sequence[str], every: int,
) -> Iterator[tuple[int, str, float]]:  # fmt: skip
    """Yield number of labels, metric and score of one curve, scored on one test part or on the whole set."""
    held = [segment for segment in test if segment in gold and segment in table]
    pool_ids = [segment for segment in table.ids if segment not in set(test)]
    known = table.only(pool_ids)
    truth = _codes(target, {i: gold[i] for i in (held or [i for i in pool_ids if i in gold])})
    judge: Any = HeldOut(table.only(held), (target,), {target.name: truth})
    if not held:
        missing = np.nan if target.is_scale else -1
        judge = WholeSet((target,), {target.name: np.array([_code(target, gold.get(i), missing) for i in pool_ids])})
    inside = set(pool_ids)
    for n in sorted({*range(every, len(order) + 1, every), len(order)}):
        pool = Pool(known, (target,))
        pool.add(Label(i, target.name, values[i], "", source="human") for i in order[:n] if i in inside)
        if len(pool.known()) < 2 or (
            not target.is_scale and len(np.unique(pool.known().answers[target.name].values)) < 2
        ):
            continue
        learner = trained(part(learners, studio.learner, (target,)), pool.known(), rng_for(studio.seed, n, "versus"))
        scores, _ = judge(learner, pool.known())
        yield from ((n, metric, value) for metric, value in scores[target.name].items())


def _code(target: Target, value: Value | None, missing: float) -> float:
    if value is None:
        return missing
    return float(value) if target.is_scale else target.classes.index(str(value))
