"""The source side of a run: a model trained on labels of another kind, and what it predicts for the pool.

Xu et al. 2023, sections 2.6 and 3: principal components of source and pool together, brought closer
to one another where they come from two corpora, and one model trained on all of the source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.adaptation import BDA, CCA, TCA, Adaptation, JointPCA, SparseAutoencoder
from seral_core.features.normalise import speaker_normalise, standardise
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, learners, trained
from seral_core.learners.cross_task import SourceBeliefs
from seral_core.norms import DIMENSIONS, dimension, norms
from seral_core.runs.data import Data, advised
from seral_core.runs.parts import part
from seral_core.runs.plan import Plan
from seral_core.runs.source import Source
from seral_core.runs.speech import Speech, codes, usable_ids
from seral_core.threads import one_thread
from seral_core.types import Floats, Task

Points = NDArray[np.floating]
#: Share of the variance that the components of source and pool together hold.
SHARE = 0.9
#: Fewer clips teach nothing.
FEWEST = 2


@dataclass(frozen=True, eq=False)
class SourceModel:
    """A trained source model, by what it believes.

    Parameters
    ----------
    beliefs : SourceBeliefs
        About every segment of the pool and, where the source is another corpus, of the test part.
    clips, dimensions : int
        How many clips the model was trained on, and how many features they had in the end.
    notes : tuple of str
        What it was made of, one sentence each.
    key : str
        Hash that changes when segments, features or labels of the source do.
    """

    beliefs: SourceBeliefs
    clips: int
    dimensions: int
    notes: tuple[str, ...]
    key: str


def source_model(data: Data) -> SourceModel:
    """Train the source model of a plan and let it predict the pool, once for the same data.

    Parameters
    ----------
    data : Data
        Of a plan with a source; see `seral_core.runs.data.data_of`.

    Raises
    ------
    BadPlan
        When there is nothing that could be learned from, or a class has no norm.
    BadFeatures
        When source and pool have other features.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.runs.data import data_of
    >>> from seral_core.runs.plan import Plan
    >>> from seral_core.runs.source import Source
    >>> corpus, folder = toy_corpus(), tempfile.mkdtemp()
    >>> gold = {name: corpus.gold(name) for name in ("emotion", "arousal")}
    >>> corpus.about.assign(**gold).to_csv(f"{folder}/clips.csv", index_label="file")
    >>> np.savez(f"{folder}/clips.npz", ids=corpus.ids, values=[[2.0], [1.0], [-1.0], [-2.0]])
    >>> where = {"corpus": f"{folder}/clips.csv", "features": f"{folder}/clips.npz", "split": "speaker"}
    >>> data = data_of(Plan(**where, source=Source("same", targets=("arousal",), learner="ridge")))
    >>> model = source_model(data)
    >>> model.beliefs.ids, model.clips, model.beliefs.beliefs["arousal"].guess.shape
    (('b.wav', 'd.wav'), 2, (2,))
    """
    if data not in _trained:
        _trained[data] = _train(data)
    return _trained[data]


_trained: WeakKeyDictionary[Data, SourceModel] = WeakKeyDictionary()


def _train(data: Data) -> SourceModel:
    task, meanings, corpus = source_task(data), norms(data.plan.source.norms), _origin(data).corpus
    here, there, notes = _side_by_side(data, task)
    answers = _answers(corpus, here.ids, task)
    with one_thread():
        x, y = _adapted(data, task, here.values, there.values, answers)
        known = Known(FeatureTable(x, here.ids), task, answers)
        model = trained(part(learners, data.plan.source.learner, task), known, np.random.default_rng(0))
        beliefs = SourceBeliefs.predicted(model, FeatureTable(y, there.ids), task, meanings)
    text = f"{data.key} {here.fingerprint} {there.fingerprint} {task} {meanings}"
    digest = hashlib.sha256(text.encode())
    for answer in answers.values():
        digest.update(np.ascontiguousarray(answer.values).data)
    about = f"the source model was trained on {len(here)} clips of {corpus.name}, with {x.shape[1]} features"
    return SourceModel(beliefs, len(here), x.shape[1], (about, *notes), digest.hexdigest()[:16])


def _origin(data: Data) -> Speech:
    if data.origin is None:
        raise ValueError(f"the plan for {data.corpus.name} has no source")
    return data.origin


def source_task(data: Data) -> Task:
    """Return what the source model predicts: what the plan says, or the other kind than what is asked for.

    Raises
    ------
    BadPlan
        When the source has nothing of that kind.
    """
    return related_task(data.plan.source, _origin(data).corpus, data.task)


def related_task(source: Source, corpus: Corpus, task: Task) -> Task:
    """Return what a model of a source predicts.

    Parameters
    ----------
    source : Source
        May name targets.
    corpus : Corpus
        The source's.
    task : tuple of Target
        What is asked for: the source has scales where these are classes, and classes where these
        are scales.

    Raises
    ------
    BadPlan
        When the corpus has nothing of that kind.

    Examples
    --------
    >>> from seral_core.runs.source import Source
    >>> [target.name for target in related_task(Source("same"), toy_corpus(), toy_corpus().task[:1])]
    ['arousal']
    """
    if source.targets:
        return tuple(corpus.target(name) for name in source.targets)
    return categories(corpus) if task[0].is_scale else dimensions(corpus)


def categories(corpus: Corpus) -> Task:
    """Return the first category of a corpus.

    Raises
    ------
    BadPlan
        When it has none.

    Examples
    --------
    >>> [target.name for target in categories(toy_corpus())]
    ['emotion']
    """
    found = tuple(target for target in corpus.task if not target.is_scale)[:1]
    if not found:
        raise BadPlan(f"{corpus.name} has no classes; expected a category, such as emotion; choose another corpus")
    return found


def dimensions(corpus: Corpus) -> Task:
    """Return the scales of a corpus that are valence, arousal or dominance, by any of their names.

    Raises
    ------
    BadPlan
        When it has none.

    Examples
    --------
    >>> [target.name for target in dimensions(toy_corpus())]
    ['arousal']
    """
    found = tuple(t for t in corpus.task if t.is_scale and dimension(t.name) in DIMENSIONS)
    if not found:
        raise BadPlan(
            f"{corpus.name} has no scale that norms speak of; expected {', '.join(DIMENSIONS)}; choose another corpus"
        )
    return found


def _side_by_side(data: Data, task: Task) -> tuple[FeatureTable, FeatureTable, tuple[str, ...]]:
    """Return the features of the source's labelled clips and those of the pool, on one scale."""
    plan, corpus, raw = data.plan, _origin(data).corpus, _origin(data).raw
    held = set(data.split.test) if plan.source.same else set(corpus.ids)
    ids = [i for i in usable_ids(corpus, raw, task) if i in held]
    if len(ids) < FEWEST:
        why = f"; split '{plan.split}' holds back {len(held)}; choose another, such as '2 of 5'" * plan.source.same
        raise BadPlan(f"the source, {corpus.name}, has {len(ids)} labelled clips; expected {FEWEST} or more{why}")
    asked = data.pool if plan.source.same else (*data.pool, *data.test)
    # The source model looks at one row per clip: frames count by their mean.
    here, notes = _by_speaker(plan, corpus, raw.only(ids).pooled(), len(ids))
    there, _ = _by_speaker(plan, data.corpus, data.raw.only(asked).pooled(), len(data.pool))
    _check_columns(here, there, corpus, data.corpus)
    both = FeatureTable(np.vstack([here.values, there.values]), tuple(map(str, range(len(here) + len(there)))))
    scaled = standardise(both, np.arange(len(here) + len(data.pool)))
    parts = scaled.values[: len(here)], scaled.values[len(here) :]
    here, there = (
        replace(t, values=v, normalised=scaled.normalised) for t, v in zip((here, there), parts, strict=True)
    )
    about = () if plan.source.same else tuple(f"source: {note}" for note in (*corpus.notes, *raw.notes, *notes))
    return here, there, about


def _by_speaker(plan: Plan, corpus: Corpus, table: FeatureTable, pool: int) -> tuple[FeatureTable, tuple[str, ...]]:
    """Normalise the speakers of a table, whose first rows are the pool, where that is advised; and say which."""
    rows = np.arange(pool)
    by_speaker, notes = advised(plan, corpus, table, rows)
    return speaker_normalise(table, corpus.speakers_of(table.ids), rows) if by_speaker else table, notes


def _check_columns(here: FeatureTable, there: FeatureTable, source: Corpus, target: Corpus) -> None:
    columns = [table.values.shape[1] for table in (here, there)]
    if columns[0] != columns[1] or (here.names and there.names and here.names != there.names):
        raise BadFeatures(
            f"{source.name} has {columns[0]} features and {target.name} {columns[1]}, or they have "
            "other names; expected the same ones in the same order; extract both with the same "
            "extractor"
        )


def _answers(corpus: Corpus, ids: tuple[str, ...], task: Task) -> dict[str, Answers]:
    traces = [target.name for target in task if target.rate_hz]
    if traces:
        raise BadPlan(
            f"the source model would learn traces of {', '.join(traces)}; expected targets with "
            "one value per clip; name others"
        )
    position = {segment: i for i, segment in enumerate(corpus.ids)}
    rows, ones = np.array([position[i] for i in ids], dtype=np.intp), np.ones(len(ids))
    here = np.arange(len(ids), dtype=np.intp)
    return {t.name: Answers(here, codes(corpus, t)[0][rows], ones) for t in task}


def _adapted(
    data: Data, task: Task, here: Points, there: Points, answers: Mapping[str, Answers]
) -> tuple[Floats, Floats]:
    """Return both in common features; the pool is the first part of ``there``, and all that is looked at."""
    plan, pool = data.plan, len(data.pool)
    joint = JointPCA(SHARE).fit(here, there[:pool])
    x, y = joint.source_, joint.transform(there)
    way = plan.source.way(scales=task[0].is_scale)
    if way == "none":
        return x, y
    if way == "bda" and task[0].is_scale:
        raise BadPlan(
            f"bda aligns classes, but {task[0].name} is a scale; expected tca, cca or none; correct the source"
        )
    adaptation: Adaptation = _WAYS[way](n_components=plan.source.dimensions(way))
    adaptation.fit(x, y[:pool], answers[task[0].name].values if way == "bda" else None)
    return adaptation.source_, adaptation.transform(y)


_WAYS: Mapping[str, Callable[..., Adaptation]] = {
    "tca": TCA,
    "bda": BDA,
    "cca": CCA,
    "sparse-autoencoder": SparseAutoencoder,
}
