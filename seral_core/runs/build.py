"""From a plan to a run that is ready to go: corpus, features, split, learner, steps and judge."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import Split, splits
from seral_core.errors import BadPlan
from seral_core.features.extract import features_for
from seral_core.features.normalise import advise_normalisation, speaker_normalise, standardise
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Learner, learners
from seral_core.oracles.base import Oracle, oracles
from seral_core.runs.events import Event
from seral_core.runs.fit import check_fit
from seral_core.runs.judge import HeldOut, Judge, WholeSet
from seral_core.runs.loops import History, Step, pool_loop, rng_for
from seral_core.runs.parts import part
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.stream import arrivals, stream_loop
from seral_core.strategies.compose import chooses_first_labels, strategy_from
from seral_core.strategies.first import Stratified
from seral_core.types import Target, Task

Report = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Ready:
    """All that a run needs, and what the user should know; see `ready`.

    Parameters
    ----------
    plan, corpus, table, split : Plan, Corpus, FeatureTable, Split
        What was asked for, and what it means; features are normalised by the pool.
    pool, learner, steps, judge : Pool, Learner, tuple of Step, Judge
        What `seral_core.runs.loops.pool_loop` takes; nothing is trained yet.
    start : Step or None
        Asks for the first labels; its strategy is the run's own where that chooses them.
    alarms : tuple of str
        What makes scores look better than they are, one sentence each.
    notes : tuple of str
        What was left out, guessed or chosen, one sentence each.
    data : str
        Hash that changes when segments, features, the split or labels do.
    """

    plan: Plan
    corpus: Corpus
    table: FeatureTable
    split: Split
    pool: Pool
    learner: Learner
    steps: tuple[Step, ...]
    start: Step | None
    judge: Judge
    alarms: tuple[str, ...]
    notes: tuple[str, ...]
    data: str

    def _stream(self, past: Sequence[Event]) -> Iterator[Event]:
        plan, (step,) = self.plan, self.steps
        order = rng_for(plan.seed, 0, "arrival").permutation(len(self.pool.table))
        n = plan.buffer if getattr(step.strategy, "takes_all", False) else max(1, round(plan.keep * plan.buffer))
        return stream_loop(
            arrivals(self.pool.table, order.tolist()), self.pool.task, self.learner, replace(step, n=n), self.judge,
            buffer=plan.buffer, initial=plan.initial, seed=plan.seed, budget=plan.budget, past=past,
            alarms=self.alarms, data=self.data,
        )  # fmt: skip

    def check(self, past: Sequence[Event]) -> None:
        """Raise `BadLog` where ``past`` comes from other segments, features or labels."""
        History(past).check_same_data(self.data)

    def loop(self, past: Sequence[Event] = ()) -> Iterator[Event]:
        """Return the run's events, or those that are missing after ``past``. In a pool, labels fill ``pool``."""
        if self.plan.scenario == "stream":
            return self._stream(past)
        return pool_loop(
            self.pool, self.learner, self.steps, self.judge,
            start=self.start, seed=self.plan.seed, budget=self.plan.budget, past=past, alarms=self.alarms,
            data=self.data,
        )  # fmt: skip


def ready(plan: Plan, report: Report | None = None) -> Ready:
    """Build everything a plan speaks of.

    Parameters
    ----------
    plan : Plan
        What to build.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.

    Returns
    -------
    Ready
        Nothing is trained or written yet.

    Raises
    ------
    SeralError
        When the plan cannot be carried out; the message says what to change.

    Examples
    --------
    >>> import tempfile
    >>> corpus, folder = toy_corpus(), tempfile.mkdtemp()
    >>> corpus.about.assign(emotion=corpus.gold("emotion")).to_csv(f"{folder}/clips.csv", index_label="file")
    >>> np.savez(f"{folder}/clips.npz", ids=corpus.ids, values=np.eye(4))
    >>> where = {"corpus": f"{folder}/clips.csv", "features": f"{folder}/clips.npz", "split": "speaker"}
    >>> made = ready(Plan(**where, strategy="margin", initial=1, budget=2))
    >>> made.pool.table.ids, made.split.test, made.start.name
    (('b.wav', 'd.wav'), ('a.wav', 'c.wav'), 'first labels')
    >>> list(made.loop())[-1]
    Finished(spent=2.0, why='the budget is spent')
    """
    corpus = corpus_of(plan)
    raw = features_of(plan, report)
    task = task_of(plan, corpus)
    split = split_of(plan, corpus)
    gold = {target.name: codes(corpus, target) for target in task}
    usable = _usable(corpus, raw, task)
    pool_ids, test_ids = ([i for i in usable if i in part] for part in (set(split.pool), set(split.test)))
    table, notes = _transformed(plan, corpus, raw, pool_ids, test_ids)
    pool = Pool(table.only(pool_ids), task)
    check_fit(plan.learner, plan.strategy, task)
    strategy = strategy_from(plan.strategy)
    oracle = part(oracles, plan.oracle, corpus)
    _check_budget(plan, pool, corpus, oracle)
    steps = (Step("query", strategy, oracle, plan.batch),)
    judge = _judge(plan, table, task, gold, pool_ids, test_ids)
    learner = part(learners, plan.learner, task)
    said = getattr(learner, "notes", lambda _: ())(min(plan.budget, len(pool.table)))
    return Ready(
        plan, corpus, table, split, pool, learner, steps,
        _start(plan, oracle, strategy, pool, task, gold), judge,
        split.alarms, (*corpus.notes, *raw.notes, *notes, *said, *_left_out(corpus, raw, usable), *_start_notes(plan)),
        _hash(table, pool_ids, task, gold),
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


def corpus_of(plan: Plan) -> Corpus:
    """Open the corpus of a plan.

    Examples
    --------
    >>> import tempfile
    >>> table = f"{tempfile.mkdtemp()}/clips.csv"
    >>> pd.DataFrame({"file": ["a.wav", "b.wav"], "arousal": [2, 7]}).to_csv(table, index=False)
    >>> corpus_of(Plan(corpus=table, ranges=("arousal=1:9",)))
    Corpus('clips': 2 segments, 0 speakers, arousal [1, 9])
    """
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

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> codes(corpus, corpus.target("emotion"))[0], codes(corpus, corpus.target("arousal"))[0]
    (array([0, 0, 1, 1]), array([ 0.8,  0.5, -0.4, -0.6]))
    """
    gold = corpus.gold(target.name)
    if target.is_scale:
        values = gold.to_numpy(dtype=float, na_value=np.nan)
        return values, dict(zip(corpus.ids, ~np.isnan(values), strict=True))
    values = pd.Categorical(gold, categories=list(target.classes)).codes.astype(np.intp)
    return values, dict(zip(corpus.ids, values >= 0, strict=True))


def _transformed(
    plan: Plan, corpus: Corpus, raw: FeatureTable, pool_ids: list[str], test_ids: list[str]
) -> tuple[FeatureTable, tuple[str, ...]]:
    table = raw.only([*pool_ids, *test_ids])
    fit_rows = np.arange(len(pool_ids))
    speakers = corpus.about["speaker"].reindex(list(table.ids)).tolist()
    advised, why = advise_normalisation(speakers)
    if plan.normalise == "on" or (plan.normalise == "auto" and advised):
        table = speaker_normalise(table, speakers, fit_rows)
        note = "speaker normalisation is on: it uses the unlabelled clips of test speakers too (--normalise off)"
    else:
        note = why if plan.normalise == "auto" else "speaker normalisation is off"
    return standardise(table, fit_rows), (note,)


def _judge(
    plan: Plan, table: FeatureTable, task: Task, gold: Mapping[str, Any],
    pool_ids: list[str], test_ids: list[str],
) -> Judge:  # fmt: skip
    def of(ids: list[str]) -> dict[str, NDArray[Any]]:
        return _of(ids, task, gold)

    if plan.scenario == "stream" and (plan.judge == "whole-set" or plan.split == "none"):
        raise BadPlan(
            "a stream does not keep what it let go, so it cannot be scored on the whole set; choose a test part"
        )
    if plan.judge == "whole-set" or plan.split == "none":
        return WholeSet(task, of(pool_ids))
    if not test_ids:
        raise BadPlan(f"no labelled clip is left in the test part of {plan.split}; choose another split")
    return HeldOut(table.only(test_ids), task, of(test_ids))


def _of(ids: Sequence[str], task: Task, gold: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the gold of these segments, by target."""
    position = {segment: i for i, segment in enumerate(gold[task[0].name][1])}
    rows = np.array([position[i] for i in ids], dtype=np.intp)
    return {t.name: gold[t.name][0][rows] for t in task}


def _hash(table: FeatureTable, pool_ids: Sequence[str], task: Task, gold: Mapping[str, Any]) -> str:
    """Return what changes when segments, features, the split or labels do."""
    digest = hashlib.sha256(f"{table.fingerprint} {len(pool_ids)} {task}".encode())
    for values in _of(table.ids, task, gold).values():
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:16]


def _start(plan: Plan, oracle: Oracle, strategy: Any, pool: Pool, task: Task, gold: Mapping[str, Any]) -> Step | None:
    if chooses_first_labels(plan.strategy):
        return Step("first labels", strategy, oracle, plan.initial)
    if plan.start != "stratified":
        return Step("first labels", strategy_from(plan.start), oracle, plan.initial)
    target = next((t for t in task if not t.is_scale), None)
    if target is None:
        raise BadPlan("a stratified start needs classes; for scales choose --start k-means or random")
    strata = _of(pool.table.ids, (target,), gold)[target.name]
    return Step("first labels", Stratified(tuple(strata.tolist())), oracle, plan.initial)


def _start_notes(plan: Plan) -> tuple[str, ...]:
    if plan.start == Plan.start or not chooses_first_labels(plan.strategy):
        return ()
    return (f"{plan.strategy} chooses its own first labels: --start {plan.start} is not used",)


def fitting_budget(plan: Plan, wanted: float, report: Report | None = None) -> float:
    """Return ``wanted``, or the size of the smallest pool of the plan's folds where that is less."""
    corpus = corpus_of(plan)
    usable = set(_usable(corpus, features_of(plan, report), task_of(plan, corpus)))
    return min(wanted, *(len(usable.intersection(fold.pool)) for fold in splits(corpus, plan.split)))


def _usable(corpus: Corpus, raw: FeatureTable, task: Task) -> list[str]:
    """Return the segments with features and with gold for every target, in the corpus's order."""
    rated = [codes(corpus, target)[1] for target in task]
    return [i for i in corpus.ids if i in raw and all(known[i] for known in rated)]


def _check_budget(plan: Plan, pool: Pool, corpus: Corpus, oracle: Oracle) -> None:
    if plan.budget < oracle.price:
        raise BadPlan(
            f"a budget of {plan.budget:g} came, but one answer of {plan.oracle} may cost {oracle.price:g}; "
            "expected enough for one; raise --budget"
        )
    if plan.budget > len(pool.table) and plan.oracle.split(":")[0] != "crowd":
        raise BadPlan(
            f"a budget of {plan.budget:g} came, but the pool of {corpus.name} has {len(pool.table)} labelled clips "
            f"({plan.split}, fold {plan.fold}); expected at most that; lower --budget"
        )


def _left_out(corpus: Corpus, raw: FeatureTable, usable: list[str]) -> tuple[str, ...]:
    notes = tuple(f"left out {segment}: {why}" for segment, why in raw.problems)
    silent = len(corpus) - len(usable) - len({segment for segment, _ in raw.problems})
    return (
        (*notes, f"{silent} clips have no gold (nobody rated, or the votes tie) and are left out")
        if silent > 0
        else notes
    )
