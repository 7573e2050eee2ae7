"""What all runs of a fold share: targets, split, gold and normalised features, as one object that is handed on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import Split, splits
from seral_core.errors import BadPlan
from seral_core.far.engine import Here
from seral_core.far.table import FarTable
from seral_core.features.normalise import advise_normalisation
from seral_core.features.normaliser import Normaliser
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers
from seral_core.runs.far_components import in_components
from seral_core.runs.far_data import check_far, far_sides, in_order, notes_of
from seral_core.runs.plan import Plan
from seral_core.runs.speech import Report, Speech, codes, open_all, origin_of, task_of, usable_ids
from seral_core.runs.traced import as_answers, check_traced, means
from seral_core.types import Floats, Ints, Target, Task

#: Entries of a plan that make no difference to the data.
OF_A_RUN = (
    "learner", "strategy", "oracle", "start", "initial", "batch", "budget", "scenario", "buffer", "keep", "judge",
    "seed", "steps", "device",
)  # fmt: skip
#: Entries that say what is opened: `Data` of plans that differ in these cannot be made from one
#: another.
OPENED = ("corpus", "reader", "ranges", "features", "classes")


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
        raise BadPlan(f"got fold {plan.fold}; {plan.split} has {len(folds)}, counted from 0; choose a smaller one")
    return folds[plan.fold]


@dataclass(frozen=True, eq=False)
class Data:
    """What all runs of a fold share, whatever their strategy and seed; see `data_of`.

    Parameters
    ----------
    plan : Plan
        What the data depend on; everything else as in `Plan` by default.
    corpus, raw, task, split : Corpus, FeatureTable, Task, Split
        What the plan asks for; ``raw`` are the features as they were extracted. Recordings of the pool are cut where
        the plan has stretches.
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
    normaliser : Normaliser
        How the table was made of ``raw``.
    origin : Speech or None
        Of a plan with a source: what the source model is trained on, or a part of it.
    opened : Speech or None
        Corpus and features as they were opened, where recordings were cut since.
    """

    plan: Plan
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
    normaliser: Normaliser
    origin: Speech | None = None
    opened: Speech | None = None

    def gold_of(self, ids: Sequence[str]) -> dict[str, NDArray[Any] | Answers]:
        """Return the gold of these segments, by target, as judges take it."""
        position = {segment: i for i, segment in enumerate(self.corpus.ids)}
        rows = np.array([position[i] for i in ids], dtype=np.intp)
        return {
            target.name: as_answers(self.gold[target.name][0][rows])
            if target.rate_hz
            else self.gold[target.name][0][rows]
            for target in self.task
        }

    @property
    def speech(self) -> Speech:
        """Corpus and features as they were opened."""
        return self.opened or Speech(self.corpus, self.raw)

    @property
    def costs(self) -> Floats | None:
        """What it costs to listen to each segment of the pool: seconds of traces; None where each is one clip."""
        return Speech(self.corpus, self.raw).costs(self.task, self.pool) if self.task[0].rate_hz else None

    @property
    def folds(self) -> tuple[int, ...]:
        """Numbers of all folds of the split."""
        return self.speech.folds(self.plan.split)

    def varied(self, **changes: Any) -> Data:
        """Return the data of a plan that differs, from the same corpora and features: nothing is opened again.

        Parameters
        ----------
        **changes
            Entries of the plan, such as ``fold=1``.

        Raises
        ------
        ValueError
            When other corpora or features would have to be opened.
        """
        plan = shared(self.plan.varied(**changes))
        speech = self.speech
        origin = None if not plan.source else speech if plan.source.same else self.origin
        if _opened(plan, self.corpus) not in (_opened(self.plan, self.corpus), _opened(self.plan, self.corpus)[:1]):
            raise ValueError(f"data of {self.corpus.name} do not hold what {plan} needs; open it with data_of")
        if plan == self.plan:
            return self
        if plan.varied(source=self.plan.source) == self.plan:
            return replace(self, plan=plan, origin=origin)
        return _data(plan, speech, origin)


def _opened(plan: Plan, corpus: Corpus) -> list[tuple[Any, ...]]:
    """Return what says which corpora and features a plan opens: its own and, where there is another, the source's."""
    other = [origin_of(plan, task_of(plan, corpus))] if plan.source and not plan.source.same else []
    return [tuple(getattr(each, name) for name in OPENED) for each in (plan, *other)]


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
        open_all(plan, report)
    return _kept(shared(plan)) if plan.pca or plan.source else _data(shared(plan), *open_all(plan))


def shared(plan: Plan) -> Plan:
    """Return the plan with defaults for all that differs between the runs of a fold."""
    usual = Plan()
    return plan.varied(**{name: getattr(usual, name) for name in OF_A_RUN})


@lru_cache(maxsize=12)
def _kept(plan: Plan) -> Data:
    return _data(plan, *open_all(plan))


def _data(plan: Plan, speech: Speech, origin: Speech | None) -> Data:
    task, dealt = task_of(plan, speech.corpus), split_of(plan, speech.corpus)
    check_traced(plan, task)
    parts, split = speech.in_stretches(dealt, plan.stretch)
    corpus, raw = parts.corpus, parts.raw
    gold = {target.name: codes(corpus, target) for target in task}
    usable = usable_ids(corpus, raw, task)
    pool, test = (tuple(i for i in usable if i in part) for part in (set(split.pool), set(split.test)))
    if isinstance(raw, FarTable):
        return _far_data(Data(plan, corpus, raw, task, split, gold, pool, test, raw, (), "", None, origin, speech))  # type: ignore[arg-type]
    fit_rows = np.arange(len(pool))
    known = {t: means(gold[t.name][0]) if t.rate_hz else gold[t.name][0] for t in task}
    plain = raw.only([*pool, *test])
    speakers = corpus.speakers_of(plain.ids)
    by_speaker, notes = advised(plan, corpus, plain, fit_rows, known)
    fitted = Normaliser.fit(plain, speakers, fit_rows, speakers=by_speaker, components=plan.pca)
    notes = (*corpus.notes, *raw.notes, *notes, *_left_out(corpus, raw, usable), *_in_time(plan, parts, task, pool))
    table = fitted.of(plain, speakers)
    made = Data(plan, corpus, raw, task, split, gold, pool, test, table, notes, "", fitted, origin, speech)
    # Components may differ in the last digit from machine to machine: the hash is that of what they
    # are made of.
    whole = fitted.whole(plain, speakers) if plan.pca else table
    return replace(made, key=_hash(whole.fingerprint, len(pool), task, made.gold_of(table.ids)))


def _far_data(made: Data) -> Data:
    """Return the data with the pool's scale on features that lie in partitions, and segments in their order."""
    assert isinstance(made.raw, FarTable)
    check_far(made.plan, made.task)
    pool, test = (in_order(made.raw, part) for part in (made.pool, made.test))
    ids = (*pool, *test)
    named = FeatureTable(np.zeros((len(ids), 1), np.float32), ids)  # advice needs no values
    known = {target: made.gold[target.name][0] for target in made.task}
    helps, advice = advised(made.plan, made.corpus, named, np.arange(len(pool)), known)
    speakers = dict(zip(ids, made.corpus.speakers_of(ids), strict=True)) if helps else None
    whole, scale = far_sides(made.raw, pool, test, Here(), speakers)
    table = whole
    if share := made.plan.pca:
        table, scale = in_components(whole, whole.rows(pool), scale, share, Here())
    notes = (*made.corpus.notes, *notes_of(table), *advice, *_left_out(made.corpus, made.raw, [*pool, *test]))
    made = replace(made, pool=pool, test=test, table=table, notes=notes, normaliser=scale)
    return replace(made, key=_hash(whole.fingerprint, len(pool), made.task, made.gold_of([*pool, *test])))


def advised(
    plan: Plan, corpus: Corpus, table: FeatureTable, fit_rows: Ints, gold: Mapping[Target, NDArray[Any]] | None = None
) -> tuple[bool, tuple[str, ...]]:
    """Return whether to normalise speakers, as the plan says or where it is likely to help; and say which.

    ``gold`` is in the order of the corpus; only that of the pool is looked at. It is known before it is asked for, as
    every set-up of a simulation is chosen by somebody who has seen the corpus.
    """
    known = {target: _only(values, corpus, table, fit_rows) for target, values in (gold or {}).items()}
    helps, why = advise_normalisation(corpus.speakers_of(table.ids), known)
    if plan.normalise == "on" or (plan.normalise == "auto" and helps):
        note = "speaker normalisation is on: it uses the unlabelled clips of test speakers too (--normalise off)"
        return True, ((note,) if helps else (note, f"left to itself, {why}"))
    return False, (why if plan.normalise == "auto" else "speaker normalisation is off",)


def _only(values: NDArray[Any], corpus: Corpus, table: FeatureTable, rows: Ints) -> NDArray[Any]:
    """Return gold in the order of a table, unknown but for some rows."""
    position = {segment: i for i, segment in enumerate(corpus.ids)}
    found = np.full(len(table), np.nan if values.dtype.kind == "f" else -1, dtype=values.dtype)
    found[rows] = values[[position[table.ids[row]] for row in rows.tolist()]]
    return found


def _hash(features: str, pool: int, task: Task, gold: Mapping[str, NDArray[Any] | Answers]) -> str:
    """Return what changes when segments, features, the split or labels do."""
    digest = hashlib.sha256(f"{features} {pool} {task}".encode())
    for given in gold.values():
        for values in (given.values, given.bounds) if isinstance(given, Answers) else (given,):
            digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:16]


def _in_time(plan: Plan, speech: Speech, task: Task, pool: Sequence[str]) -> tuple[str, ...]:
    """Say what is counted in seconds, and what the pool is made of."""
    if not task[0].rate_hz:
        return ()
    costs = speech.costs(task, pool)
    of = f"stretches of about {plan.stretch:g} s; test recordings stay whole" if plan.stretch else "whole recordings"
    return (
        f"labels are traces: costs, budget and curves count seconds listened to, first labels and labels per round "
        f"count segments; the pool lasts {costs.sum():,.0f} s in {len(pool)} {of}",
    )


def _left_out(corpus: Corpus, raw: FeatureTable, usable: list[str]) -> tuple[str, ...]:
    notes = raw.left_out()
    silent = len(corpus) - len(usable) - len({segment for segment, _ in raw.problems})
    return (
        (*notes, f"{silent} clips have no gold (nobody rated, or the votes tie) and are left out")
        if silent > 0
        else notes
    )
