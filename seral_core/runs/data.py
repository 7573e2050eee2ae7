"""What a plan's data are: corpora, features, targets, splits and gold, each opened once a process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.base import open_corpus
from seral_core.corpora.classes import with_classes
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import Split, splits
from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.extract import features_for
from seral_core.features.normalise import advise_normalisation, speaker_normalise, standardise
from seral_core.features.table import FeatureTable
from seral_core.runs.plan import Plan
from seral_core.threads import one_thread
from seral_core.types import Ints, Target, Task

Report = Callable[[int, int, str], None]
#: Entries of a plan that make no difference to the data.
OF_A_RUN = (
    "learner", "strategy", "oracle", "start", "initial", "batch", "budget", "scenario", "buffer", "keep", "judge",
    "seed", "steps", "device",
)  # fmt: skip


@lru_cache(maxsize=4)
def opened(where: str, reader: str = "", ranges: tuple[str, ...] = ()) -> Corpus:
    """Open a corpus, once a process; ``ranges`` as in `Plan`.

    Returns
    -------
    Corpus
        The same object for the same arguments.

    Raises
    ------
    BadPlan
        When a range is no pair of numbers; `BadCorpus` when the corpus cannot be read.
    UnknownName
        When a range is of no target of the corpus.
    """
    said = dict(map(_range, ranges))
    corpus = open_corpus(where, reader or None, **({"ranges": said} if said else {}))
    for name in said:
        corpus.target(name)  # a misspelt one would be passed over
    return corpus


@lru_cache(maxsize=4)
def _with_classes(where: str, reader: str, ranges: tuple[str, ...], classes: tuple[str, ...]) -> Corpus:
    return with_classes(opened(where, reader, ranges), classes)


def corpus_of(plan: Plan) -> Corpus:
    """Open the corpus of a plan, with the classes it names.

    Examples
    --------
    >>> import tempfile
    >>> table = f"{tempfile.mkdtemp()}/clips.csv"
    >>> pd.DataFrame({"file": ["a.wav", "b.wav"], "arousal": [2, 7]}).to_csv(table, index=False)
    >>> corpus_of(Plan(corpus=table, ranges=("arousal=1:9",)))
    Corpus('clips': 2 segments, 0 speakers, arousal [1, 9])
    """
    if plan.classes:
        return _with_classes(plan.corpus, plan.reader, plan.ranges, plan.classes)
    return opened(plan.corpus, plan.reader, plan.ranges)


def _range(text: str) -> tuple[str, tuple[float, float]]:
    name, _, span = text.partition("=")
    low, _, high = span.partition(":")
    try:
        return name.strip(), (float(low), float(high))
    except ValueError:
        raise BadPlan(f"range '{text}' came; expected a target and two numbers, such as arousal=1:9") from None


@lru_cache(maxsize=4)
def _features(corpus: str, reader: str, ranges: tuple[str, ...], features: str) -> FeatureTable:
    return features_for(opened(corpus, reader, ranges), features)


def features_of(plan: Plan, report: Report | None = None) -> FeatureTable:
    """Return the features a plan asks for, as they were extracted; once a process."""
    if report is not None:
        # Fill the cache on disk with progress shown; the call below then only reads it.
        features_for(corpus_of(plan), plan.features, progress=report)
    return _features(plan.corpus, plan.reader, plan.ranges, plan.features)


def task_of(plan: Plan, corpus: Corpus) -> Task:
    """Return the targets of a plan: those it names, or the corpus's first.

    Raises
    ------
    BadPlan
        When the corpus has no labels.
    UnknownName
        When it has no such target.

    Examples
    --------
    >>> [target.name for target in task_of(Plan(), toy_corpus())]
    ['emotion']
    >>> [target.name for target in task_of(Plan(targets=("arousal", "emotion")), toy_corpus())]
    ['arousal', 'emotion']
    """
    if not corpus.task:
        raise BadPlan(
            f"{corpus.name} has no labels; expected at least one target; add a table with a column for it, "
            "or a folder for each class"
        )
    if not plan.targets:
        return corpus.task[:1]
    return tuple(corpus.target(name) for name in plan.targets)


def split_of(plan: Plan, corpus: Corpus) -> Split:
    """Return the plan's fold of the split.

    Raises
    ------
    BadPlan
        When the split has no such fold, or the corpus cannot be split this way.

    Examples
    --------
    >>> split_of(Plan(split="speaker", fold=1), toy_corpus()).test
    ('b.wav', 'd.wav')
    """
    folds = splits(corpus, plan.split)  # the same for all seeds, so that runs can be paired
    if plan.fold >= len(folds):
        raise BadPlan(f"fold {plan.fold} came; {plan.split} has {len(folds)}, counted from 0; choose a smaller one")
    return folds[plan.fold]


def codes(corpus: Corpus, target: Target) -> tuple[NDArray[Any], dict[str, bool]]:
    """Return gold as numbers in the order of ``corpus.ids``, and which segments have any.

    Returns
    -------
    values : array of shape (segments,)
        Class numbers with -1 where unknown, or native units with nan where unknown.
    rated : dict of str to bool
        Segment id to whether it has gold.

    Raises
    ------
    BadPlan
        When the target has a rate.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> codes(corpus, corpus.target("emotion"))[0], codes(corpus, corpus.target("arousal"))[0]
    (array([0, 0, 1, 1]), array([ 0.8,  0.5, -0.4, -0.6]))
    """
    if target.rate_hz:
        raise BadPlan(
            f"{target.name} of {corpus.name} has {target.rate_hz:g} values per second; expected one value a segment: "
            "recorded traces are taken by pool_loop and its judges, and not by a plan yet; choose other targets"
        )
    gold = corpus.gold(target.name)
    if target.is_scale:
        values = gold.to_numpy(dtype=float, na_value=np.nan)
        return values, dict(zip(corpus.ids, ~np.isnan(values), strict=True))
    values = pd.Categorical(gold, categories=list(target.classes)).codes.astype(np.intp)
    return values, dict(zip(corpus.ids, values >= 0, strict=True))


@dataclass(frozen=True, eq=False)
class Data:
    """What all runs of a fold share, whatever their strategy and seed; see `data_of`.

    Parameters
    ----------
    corpus, raw, task, split : Corpus, FeatureTable, Task, Split
        What the plan asks for; ``raw`` are the features as they were extracted.
    gold : mapping
        By target, as `codes` gives it.
    pool, test : tuple of str
        Segments with features and gold on either side of the split.
    table : FeatureTable
        Features of both, normalised by the pool.
    notes : tuple of str
        What was left out, guessed or chosen, one sentence each.
    key : str
        Hash that changes when segments, features, the split or labels do.
    """

    corpus: Corpus
    raw: FeatureTable
    task: Task
    split: Split
    gold: Mapping[str, tuple[NDArray[Any], dict[str, bool]]]
    pool: tuple[str, ...]
    test: tuple[str, ...]
    table: FeatureTable
    notes: tuple[str, ...]
    key: str

    def gold_of(self, ids: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Return the gold of these segments, by target."""
        position = {segment: i for i, segment in enumerate(self.corpus.ids)}
        rows = np.array([position[i] for i in ids], dtype=np.intp)
        return {name: values[rows] for name, (values, _) in self.gold.items()}


def data_of(plan: Plan, report: Report | None = None) -> Data:
    """Return what a plan's runs share; where components or a source are worked out, once a process.

    Parameters
    ----------
    plan : Plan
        Its learner, strategy, budget and seed make no difference.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.

    Examples
    --------
    >>> import tempfile
    >>> corpus, folder = toy_corpus(), tempfile.mkdtemp()
    >>> corpus.about.assign(emotion=corpus.gold("emotion")).to_csv(f"{folder}/clips.csv", index_label="file")
    >>> np.savez(f"{folder}/clips.npz", ids=corpus.ids, values=np.eye(4))
    >>> plan = Plan(corpus=f"{folder}/clips.csv", features=f"{folder}/clips.npz", split="speaker", pca=0.9)
    >>> data = data_of(plan)
    >>> data.pool, data.table, data_of(plan.varied(seed=1)) is data
    (('b.wav', 'd.wav'), FeatureTable(4 rows, 1 features), True)
    """
    if report is not None:
        features_of(plan, report)
    return _kept(shared(plan)) if plan.pca or plan.source else _data(plan)


def shared(plan: Plan) -> Plan:
    """Return the plan with defaults for all that differs between the runs of a fold."""
    usual = Plan()
    return plan.varied(**{name: getattr(usual, name) for name in OF_A_RUN})


def _data(plan: Plan) -> Data:
    corpus, raw = corpus_of(plan), features_of(plan)
    task, split = task_of(plan, corpus), split_of(plan, corpus)
    gold = {target.name: codes(corpus, target) for target in task}
    usable = usable_ids(corpus, raw, task)
    pool, test = (tuple(i for i in usable if i in part) for part in (set(split.pool), set(split.test)))
    fit_rows = np.arange(len(pool))
    table, notes = normalised(plan, corpus, raw.only([*pool, *test]), fit_rows)
    table = standardise(table, fit_rows)
    notes = (*corpus.notes, *raw.notes, *notes, *_left_out(corpus, raw, usable))
    made = Data(corpus, raw, task, split, gold, pool, test, table, notes, "")
    # Components may differ in the last digit from machine to machine: the hash is that of what they are made of.
    made = replace(made, key=_hash(table.fingerprint, len(pool), task, made.gold_of(table.ids)))
    return replace(made, table=components(table, fit_rows, plan.pca)) if plan.pca else made


_kept = lru_cache(maxsize=12)(_data)


def components(table: FeatureTable, fit_rows: Ints, share: float) -> FeatureTable:
    """Return the principal components of some rows that hold a share of their variance.

    Parameters
    ----------
    table : FeatureTable
        With frames or without.
    fit_rows : Ints
        Row numbers that the components are worked out on.
    share : float
        In (0, 1).

    Raises
    ------
    BadFeatures
        When no feature varies.

    Examples
    --------
    >>> table = FeatureTable(np.array([[1.0, 0.0], [-1.0, 0.1], [3.0, 0.0]]), ("a", "b", "c"))
    >>> components(table, np.arange(2), 0.9).values.shape
    (3, 1)
    """
    from sklearn.decomposition import PCA

    pool = np.asarray(table.take(fit_rows).values, dtype=np.float64)
    if not np.ptp(pool, axis=0).any():
        raise BadFeatures("no feature varies over the pool; expected some that do for components; extract others")
    with one_thread():
        values = np.asarray(table.values, dtype=np.float64)
        fitted = PCA(share, svd_solver="full").fit(pool)
        return replace(table, values=fitted.transform(values).astype(np.float32), names=(), key="")


def normalised(plan: Plan, corpus: Corpus, table: FeatureTable, fit_rows: Ints) -> tuple[FeatureTable, tuple[str, ...]]:
    """Normalise speakers where the plan says so, or where they are known well enough; and say which."""
    speakers = corpus.about["speaker"].reindex(list(table.ids)).tolist()
    advised, why = advise_normalisation(speakers)
    if plan.normalise == "on" or (plan.normalise == "auto" and advised):
        table = speaker_normalise(table, speakers, fit_rows)
        note = "speaker normalisation is on: it uses the unlabelled clips of test speakers too (--normalise off)"
    else:
        note = why if plan.normalise == "auto" else "speaker normalisation is off"
    return table, (note,)


def _hash(features: str, pool: int, task: Task, gold: Mapping[str, NDArray[Any]]) -> str:
    """Return what changes when segments, features, the split or labels do."""
    digest = hashlib.sha256(f"{features} {pool} {task}".encode())
    for values in gold.values():
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:16]


def fitting_budget(plan: Plan, wanted: float, report: Report | None = None) -> float:
    """Return ``wanted``, or the size of the smallest pool of the plan's folds where that is less."""
    corpus = corpus_of(plan)
    usable = set(usable_ids(corpus, features_of(plan, report), task_of(plan, corpus)))
    return min(wanted, *(len(usable.intersection(fold.pool)) for fold in splits(corpus, plan.split)))


def usable_ids(corpus: Corpus, raw: FeatureTable, task: Task) -> list[str]:
    """Return the segments with features and with gold for every target, in the corpus's order."""
    rated = [codes(corpus, target)[1] for target in task]
    return [i for i in corpus.ids if i in raw and all(known[i] for known in rated)]


def _left_out(corpus: Corpus, raw: FeatureTable, usable: list[str]) -> tuple[str, ...]:
    notes = tuple(f"left out {segment}: {why}" for segment, why in raw.problems)
    silent = len(corpus) - len(usable) - len({segment for segment, _ in raw.problems})
    return (
        (*notes, f"{silent} clips have no gold (nobody rated, or the votes tie) and are left out")
        if silent > 0
        else notes
    )
