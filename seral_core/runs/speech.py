"""The corpora and features that a plan speaks of, opened only here, and once per process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.base import read_corpus
from seral_core.corpora.classes import with_classes
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.described import with_described
from seral_core.corpora.folds import Split, splits
from seral_core.corpora.reading import Reading
from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.base import is_extractor
from seral_core.features.extract import features_for
from seral_core.features.table import FeatureTable
from seral_core.runs.far_features import far_features, is_far, joined
from seral_core.runs.features_alone import features_named
from seral_core.runs.plan import Plan
from seral_core.runs.source import SAME
from seral_core.runs.traced import check_traced, cut, is_traced, seconds_of, traces_of
from seral_core.types import Floats, Target, Task

Report = Callable[[int, int, str], None]
#: A budget where nobody says one: labels, and seconds of traces.
USUAL, USUAL_S = 200.0, 600.0


@lru_cache(maxsize=4)
def opened(where: str, reader: str = "", ranges: tuple[str, ...] = (), reading: tuple[str, ...] = ()) -> Corpus:
    """Open a corpus, once a process; ``ranges`` and ``reading`` as in `Plan`.

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
    said = Reading(reader, ranges, reading)
    corpus = read_corpus(where, said)
    for name in said.options.get("ranges", {}):
        corpus.target(name)  # a misspelt one would be passed over
    return corpus


@lru_cache(maxsize=4)
def _changed(how: tuple[Any, ...], described: tuple[str, ...], classes: tuple[str, ...]) -> Corpus:
    corpus = with_described(opened(*how), described)
    return with_classes(corpus, classes) if classes else corpus


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
    how = _how(plan)
    with features_named(plan.corpus):
        corpus = opened(*how)
    known = {target.name for target in corpus.task}
    asked = tuple(name for name in plan.targets if name not in known and name in corpus.segments)
    if asked and corpus.columns:  # what only describes is a target where somebody asks for it: an age, an intensity
        how, asked = (*how[:3], (*plan.reading, *(f"column {name}={name}" for name in asked))), ()
    return _changed(how, asked, plan.classes) if asked or plan.classes else opened(*how)


def _how(plan: Plan) -> tuple[Any, ...]:
    return plan.corpus, plan.reader, plan.ranges, plan.reading


@lru_cache(maxsize=4)
def _features(how: tuple[Any, ...], features: str) -> FeatureTable:
    return features_for(opened(*how), features)


def features_of(plan: Plan, report: Report | None = None) -> FeatureTable:
    """Return the features a plan asks for, as they were extracted; once a process."""
    if is_far(plan.features):
        return joined(far_features(plan.features), corpus_of(plan))
    if report is not None:
        # Fill the cache on disk with progress shown; the call below then only reads it.
        features_for(corpus_of(plan), plan.features, progress=report)
    return _features(_how(plan), plan.features)


@dataclass(frozen=True, eq=False)
class Speech:
    """An opened corpus and its features, as they were extracted; see `speech_of`.

    Parameters
    ----------
    corpus, raw : Corpus, FeatureTable
        Joined by segment id; some segments may lack features.
    """

    corpus: Corpus
    raw: FeatureTable

    def folds(self, split: str) -> tuple[int, ...]:
        """Return the numbers of all folds of a split, counted from 0."""
        return tuple(range(len(splits(self.corpus, split))))

    def smallest_pool(self, task: Task, split: str) -> int:
        """Return how many clips with features and gold are in the smallest pool of a split's folds.

        Raises
        ------
        BadPlan
            When targets have traces, which are not counted in clips.
        """
        traced = next((target for target in task if target.rate_hz), None)
        if traced:
            raise BadPlan(
                f"{traced.name} of {self.corpus.name} has {traced.rate_hz:g} values per second; expected one value per "
                "clip, because clips are counted here; choose other targets"
            )
        usable = set(usable_ids(self.corpus, self.raw, task))
        return min(len(usable.intersection(fold.pool)) for fold in splits(self.corpus, split))

    def pools(self, plan: Plan, task: Task) -> list[Floats]:
        """Return what it costs to listen to each segment of the pool of each fold: clips, or seconds of traces."""
        found = []
        for fold in splits(self.corpus, plan.split):
            speech, split = self.in_stretches(fold, plan.stretch)
            found.append(speech.costs(task, usable_of(speech, task, split)))
        return found

    def in_stretches(self, split: Split, seconds: float) -> tuple[Speech, Split]:
        """Return the same with the pool's recordings cut into stretches, where there shall be some."""
        if not seconds:
            return self, split
        corpus, raw, parts = cut(self.corpus, self.raw, split, seconds)
        return Speech(corpus, raw), parts

    def costs(self, task: Task, ids: Sequence[str]) -> Floats:
        """Return what it costs to listen to some segments with gold."""
        if not task[0].rate_hz:
            return np.ones(len(ids))
        position = {segment: i for i, segment in enumerate(self.corpus.ids)}
        rows = [position[i] for i in ids]
        return seconds_of([codes(self.corpus, target)[0][rows] for target in task], task)


def speech_of(plan: Plan, report: Report | None = None) -> Speech:
    """Open the corpus of a plan and its features, once a process.

    Parameters
    ----------
    plan : Plan
        Its corpus, reader, ranges, classes and features are used.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.

    Examples
    --------
    >>> import tempfile
    >>> corpus, folder = toy_corpus(), tempfile.mkdtemp()
    >>> corpus.about.assign(emotion=corpus.gold("emotion")).to_csv(f"{folder}/clips.csv", index_label="file")
    >>> np.savez(f"{folder}/clips.npz", ids=corpus.ids, values=np.eye(4))
    >>> speech = speech_of(Plan(corpus=f"{folder}/clips.csv", features=f"{folder}/clips.npz"))
    >>> speech.folds("speaker"), speech.smallest_pool(speech.corpus.task, "speaker")
    ((0, 1), 2)
    """
    return Speech(corpus_of(plan), features_of(plan, report))


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


def codes(corpus: Corpus, target: Target) -> tuple[NDArray[Any], dict[str, bool]]:
    """Return gold as numbers in the order of ``corpus.ids``, and which segments have any.

    Returns
    -------
    values : array of shape (segments,)
        Class numbers with -1 where unknown, or native units with nan where unknown; where the target has a rate,
        a tuple of numbers, or None.
    rated : dict of str to bool
        Segment id to whether it has gold.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> codes(corpus, corpus.target("emotion"))[0], codes(corpus, corpus.target("arousal"))[0]
    (array([0, 0, 1, 1]), array([ 0.8,  0.5, -0.4, -0.6]))
    """
    if target.rate_hz:
        return traces_of(corpus, target)
    gold = corpus.gold(target.name)
    if target.is_scale:
        values = gold.to_numpy(dtype=float, na_value=np.nan)
        return values, dict(zip(corpus.ids, ~np.isnan(values), strict=True))
    values = pd.Categorical(gold, categories=list(target.classes)).codes.astype(np.intp)
    return values, dict(zip(corpus.ids, values >= 0, strict=True))


def usable_ids(corpus: Corpus, raw: FeatureTable, task: Task) -> list[str]:
    """Return the segments with features and with gold for every target, in the corpus's order."""
    rated = [codes(corpus, target)[1] for target in task]
    there = set(raw.ids) if len(raw) <= len(corpus) else raw
    return [i for i in corpus.ids if i in there and all(known[i] for known in rated)]


def usable_of(speech: Speech, task: Task, split: Split) -> list[str]:
    """Return those of `usable_ids` that are in the pool of a split."""
    pool = set(split.pool)
    return [i for i in usable_ids(speech.corpus, speech.raw, task) if i in pool]


def number_of_labels(plan: Plan, text: str, report: Report | None = None, *, spent: bool = False) -> float:
    """Return a number of labels that is written as one, or as a share of the smallest pool of the plan's folds.

    Parameters
    ----------
    plan : Plan
        Says which pool; its own numbers of labels make no difference.
    text : str
        Such as ``"200"`` or ``"20%"``; a share is rounded down to whole labels, but is one at least.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.
    spent : bool
        Whether it is a budget: that of traces is in seconds, and a share of it in seconds of the pool.

    Raises
    ------
    BadPlan
        When it is neither.

    Examples
    --------
    >>> number_of_labels(Plan(), "200")
    200.0
    >>> number_of_labels(Plan(), "120%")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got '120%' labels; expected a number such as 200, or a share up to 100% such as 20%; ...
    """
    number, share, rest = text.strip().partition("%")
    try:
        value = float(number)
    except ValueError:
        value, rest = float("nan"), "no number"
    if not share and not rest:
        return value  # a plan says what it expects of numbers
    if rest or not 0 < value <= 100:
        raise BadPlan(
            f"got '{text}' labels; expected a number such as 200, or a share up to 100% such as 20%; correct it"
        )
    pools = _pools(plan, report)
    if spent and is_traced(task_of(plan, corpus_of(plan))):
        return round(value / 100 * min(float(pool.sum()) for pool in pools), 3)
    return float(max(1, int(value / 100 * min(map(len, pools)) + 1e-9)))


def fitting_numbers(plan: Plan, report: Report | None = None) -> dict[str, Any]:
    """Return a budget that suits a plan which has none: `USUAL` labels or `USUAL_S` seconds, or what the pool has.

    Returns
    -------
    dict
        ``budget``, and ``initial``, which then leaves something to choose.
    """
    pools = _pools(plan, report)
    traced = is_traced(task_of(plan, corpus_of(plan)))
    budget = min(USUAL_S if traced else USUAL, *(float(pool.sum()) for pool in pools))
    each = max(float(pool.mean()) for pool in pools if len(pool)) if traced else 1.0
    most = budget / each / (2 if traced else 1)
    return {"budget": budget, "initial": min(plan.initial, max(1, int(most)))}


def _pools(plan: Plan, report: Report | None = None) -> list[Floats]:
    speech = speech_of(plan, report)
    task = task_of(plan, speech.corpus)
    check_traced(plan, task)
    return speech.pools(plan, task)


def open_all(plan: Plan, report: Report | None = None) -> tuple[Speech, Speech | None]:
    """Open all that a plan speaks of: its corpus and, where it has one, that of its source.

    Parameters
    ----------
    plan : Plan
        With or without a source.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.

    Returns
    -------
    speech, origin : Speech, Speech or None
        The same twice where the source is a part of the corpus itself.

    Raises
    ------
    BadPlan
        When source and target are one corpus; `BadFeatures` when clips of one would be taken for those of the other.
    """
    corpus = corpus_of(plan)
    origin = origin_of(plan, task_of(plan, corpus)) if plan.source else None
    if origin is not None and not plan.source.same:
        _check_apart(plan, origin, corpus)
    speech = speech_of(plan, report)
    if origin is None or plan.source.same:
        return speech, speech if origin else None
    return speech, speech_of(origin, report)


def origin_of(plan: Plan, task: Task) -> Plan:
    """Return a plan for the corpus and features of a plan's source.

    Parameters
    ----------
    plan : Plan
        Has a source.
    task : tuple of Target
        What the plan asks for; where that is scales, the source has the plan's classes.

    Examples
    --------
    >>> from seral_core.runs.source import Source
    >>> origin_of(Plan(corpus="synthetic", source=Source("vam")), toy_corpus().task).corpus
    'vam'
    """
    source = plan.source
    if source.same:
        return plan
    return plan.varied(
        corpus=source.corpus,
        reader=source.reader,
        ranges=source.ranges,
        reading=source.reading,
        features=source.features or plan.features,
        targets=source.targets,
        classes=plan.classes if task[0].is_scale else (),
    )


def _check_apart(plan: Plan, origin: Plan, target: Corpus) -> None:
    """Raise where clips of two corpora would be taken for one another."""
    source = corpus_of(origin)
    if (origin.corpus, origin.reader, origin.reading) == (plan.corpus, plan.reader, plan.reading):
        raise BadPlan(
            f"source and target are both {source.name}; expected another corpus, or a part of this one that nothing is "
            f'asked about; name the source "{SAME}"'
        )
    known = set(target.ids)
    both = [i for i in source.ids if i in known] if origin.features == plan.features else []
    if both and not is_extractor(plan.features):
        raise BadFeatures(
            f"got {plan.features} as the features of both {source.name} and {target.name}, which share "
            f"{len(both)} names of clips, such as '{both[0]}'; expected a file for each, as rows of one would be taken "
            "for the other's; give the source features of its own, or rename its clips"
        )
