"""The front door: recordings, tables or arrays as one object that strategies are compared on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from seral_core import own
from seral_core.corpora.arrays import answers_of
from seral_core.corpora.arrays import corpus_of as corpus_in_arrays
from seral_core.corpora.base import absolute_corpus, open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.reading import settled
from seral_core.errors import BadCorpus
from seral_core.far.agreed import agree
from seral_core.features.base import placed_features
from seral_core.features.given import extractor_of, table_from
from seral_core.features.table import FeatureTable
from seral_core.in_memory import in_memory
from seral_core.in_python import in_python
from seral_core.runs.entries import as_texts
from seral_core.runs.plan import Plan
from seral_core.runs.speech import corpus_of, features_of, task_of
from seral_core.scores.agreement import agreement
from seral_core.types import Target, Task


@dataclass(frozen=True, eq=False)
class Dataset:
    """Recordings with labels and what describes them; made by `data` and `from_arrays`.

    Parameters
    ----------
    plan : Plan
        What all runs on it share: corpus, features and targets.
    corpus : Corpus
        Segments and all their ratings.

    Examples
    --------
    >>> data("synthetic:clips=60:speakers=6", target="arousal")
    Dataset('synthetic': 60 clips, 6 speakers, arousal [-1, 1], features SERALv01)
    """

    plan: Plan
    corpus: Corpus

    @property
    def task(self) -> Task:
        """The targets that are learned."""
        return task_of(self.plan, self.corpus)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out or guessed while reading, one sentence each."""
        given = own.is_own(self.plan.features) and not extractor_of(own.found(self.plan.features))
        table = self.features() if given else None  # which takes no time
        found = (*self.corpus.notes, *(table.notes + table.left_out() if table is not None else ()))
        return tuple(map(in_python, found))

    def features(self) -> FeatureTable:
        """Return the features as they were extracted; the first time takes a while."""
        return features_of(self.plan)

    def labels(self) -> pd.DataFrame:
        """Return what is known of every clip: speaker, session, sex, split and gold, by segment."""
        gold = {target.name: self.corpus.gold(target.name) for target in self.corpus.task}
        return self.corpus.about.assign(**gold)

    def agreement(self, seed: int = 0) -> pd.DataFrame:
        """Return how far raters agree, a row per target; see `seral_core.scores.agreement.agreement`."""
        speakers = self.corpus.about["speaker"]
        rows = {t.name: agreement(self.corpus.of(t.name), t, speakers, seed=seed) for t in self.corpus.task}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("target")

    def __len__(self) -> int:
        return len(self.corpus)

    def __repr__(self) -> str:
        return f"Dataset({', '.join(self._facts())})"

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        notes = f"<details><summary>{len(self.notes)} notes</summary><ul>{items}</ul></details>" if items else ""
        return f"<p><b>Dataset</b> {escape(', '.join(self._facts()))}</p>{notes}"

    def _facts(self) -> list[str]:
        def said(t: Target) -> str:
            return f"{t.name} [{t.low:g}, {t.high:g}]" if t.is_scale else f"{t.name} ({len(t.classes)} classes)"

        speakers = self.corpus.segments["speaker"].nunique()
        about = [f"'{self.corpus.name}': {len(self)} clips", f"{speakers} speakers"]
        return [*about, *(said(t) for t in self.task), self._described_by()]

    def _described_by(self) -> str:
        given = own.found(self.plan.features) if own.is_own(self.plan.features) else ""
        if isinstance(given, str) or extractor_of(given):
            return f"features {own.shown(self.plan.features)}"
        return f"{self.features().values.shape[1]} features given"


def data(
    where: Any,
    *,
    target: str | Sequence[str] = (),
    features: Any = Plan.features,
    reader: str = "",
    ranges: Mapping[str, tuple[float, float]] | None = None,
    columns: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
    pattern: str = "",
    channel: str = "",
) -> Dataset:
    """Open recordings, a table or a corpus, whatever it is.

    Parameters
    ----------
    where : str, Path, DataFrame, Corpus or Dataset
        As `seral_core.corpora.base.open_corpus` takes it; a dataset keeps its features and targets where nothing else
        is said.
    target : str or sequence of str
        What is learned; left out: the first target.
    features : str, Path, array, DataFrame, FeatureTable or function of sound
        As `seral_core.features.extract.features_for` takes them.
    reader : str
        Which layout it has; left out: recognised.
    ranges, columns, words : mapping, optional
        As on the command line: ``{"arousal": (1, 9)}``, ``{"speaker": "SpkrID"}``, ``{"0": "anger", "xxx": ""}``.
    pattern, channel : str
        As on the command line: ``"{speaker}_{emotion}_{take}.wav"``, ``"each"``.

    Raises
    ------
    SeralError
        When it cannot be read; the message says what to change.

    Examples
    --------
    >>> frame = pd.DataFrame({"file": ["a.wav", "b.wav"], "who": ["x", "y"], "emotion": ["anger", "fear"]})
    >>> data(frame, columns={"speaker": "who"}, features=np.eye(2))
    Dataset('DataFrame': 2 clips, 2 speakers, emotion (2 classes), 2 features given)
    """
    asked = as_texts("target", target)
    if isinstance(features, str):
        agree(features)
    if isinstance(where, Dataset):
        unsaid = isinstance(features, str) and features == Plan.features
        described: dict[str, Any] = {} if unsaid else {"features": features}
        plan = where.plan.varied(targets=asked or where.plan.targets, **described)
        return _checked(Dataset(plan, where.corpus))
    if not isinstance(where, str) and not hasattr(where, "__fspath__"):
        options: dict[str, Any] = {"ranges": ranges, "columns": columns, "words": words}
        corpus = open_corpus(where, reader or None, **{name: given for name, given in options.items() if given})
        given: dict[str, Any] = {"corpus": corpus, "features": features}  # for which a plan has names
        plan = Plan(**given, targets=asked)
    else:
        said = [f"column {role}={column}" for role, column in (columns or {}).items()]
        said += [f"class {word}={meaning}" for word, meaning in (words or {}).items()]
        said += [f"{kind} {text}" for kind, text in (("pattern", pattern), ("channel", channel)) if text]
        spans = tuple(f"{name}={low:g}:{high:g}" for name, (low, high) in (ranges or {}).items())
        place = absolute_corpus(str(where))
        how = settled(place, reader, spans, said)
        features = placed_features(features) if isinstance(features, str) else features
        plan = Plan(corpus=place, features=features, targets=asked, **how.entries)
    return _checked(Dataset(plan, corpus_of(plan)))


def _checked(dataset: Dataset) -> Dataset:
    task_of(dataset.plan, dataset.corpus)  # raises where there is no such target
    return dataset


def from_arrays(
    x: Any,
    y: Any,
    *,
    speakers: Sequence[Any] | None = None,
    target: str = "emotion",
    ids: Sequence[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> Dataset:
    """Make a dataset of features and labels in memory; there is no sound.

    Parameters
    ----------
    x : array of shape (clips, features)
        Or a DataFrame of numbers, whose index names the clips; of numpy, pandas, polars, torch or scipy's sparse.
    y : sequence or array of length clips, or DataFrame with a column per target
        Texts and whole numbers are classes, other numbers a scale; so are all numbers of targets that have a range, or
        are called after a dimension, such as arousal. Missing values are not labelled. Rows are joined by index where
        ``x`` has one too, otherwise taken in order.
    speakers : sequence of length clips, optional
        Who speaks; runs are split by speaker. Left out: every clip counts as another speaker's, with a note.
    target : str
        Name of ``y``, where that is not a DataFrame.
    ids : sequence of str
        Names of the clips; left out: their numbers.
    ranges : mapping, optional
        Of scales: ``{"arousal": (1, 9)}``; left out: the usual one of a dimension, or that of the numbers.

    Raises
    ------
    BadCorpus, BadFeatures
        When lengths differ, or values mean nothing that can be learned.

    Examples
    --------
    >>> from_arrays(np.eye(4), ["anger", "fear", "fear", "anger"], speakers=["a", "a", "b", "b"])
    Dataset('arrays': 4 clips, 2 speakers, emotion (2 classes), 4 features given)
    >>> from_arrays(np.eye(4), [0.1, 0.5], target="arousal")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: got 4 rows of features, 2 labels; expected as many of each; correct the shorter one
    """
    x = x if isinstance(x, FeatureTable) else in_memory(x)
    notes = () if isinstance(x, pd.DataFrame) else tuple(map(_in_turn, _indexed(labels=y, speakers=speakers)))
    if isinstance(x, pd.DataFrame):  # whose index names the clips
        y, speakers = _in_order(y, x.index, "labels"), _in_order(speakers, x.index, "speakers")
        ids = ids if len(ids) or isinstance(x.index, pd.RangeIndex) else [str(each) for each in x.index]
        x = _numbers(x)
    x = x if hasattr(x, "shape") or isinstance(x, FeatureTable) else np.asarray(x)
    answers, speakers = answers_of(y, target), in_memory(speakers)
    lengths = {"rows of features": len(x), "labels": len(answers)}
    lengths |= {"speakers": len(speakers)} if speakers is not None else {}
    lengths |= {"ids": len(ids)} if len(ids) else {}
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{number} {what}" for what, number in lengths.items())
        raise BadCorpus(f"got {got}; expected as many of each; correct the shorter one")
    numbers = range(len(answers))
    names = [str(each) for each in (ids if len(ids) else [f"{i:0{len(str(len(answers)))}d}" for i in numbers])]
    corpus = corpus_in_arrays(answers, speakers, names, ranges)
    if isinstance(x, FeatureTable):
        x = replace(x, ids=tuple(names))
    table_from(corpus, x)  # raises where it is none
    corpus = replace(corpus, notes=(*corpus.notes, *notes))
    given: dict[str, Any] = {"corpus": corpus, "features": x}
    return Dataset(Plan(**given), corpus)


def _numbers(frame: pd.DataFrame) -> Any:
    texts = [str(name) for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    if texts:
        listed = ", ".join(texts)
        raise BadCorpus(f"columns of the features are no numbers: {listed}; expected numbers; leave them out")
    return frame.to_numpy()


def _indexed(**given: Any) -> list[str]:
    """Return what has an index that says more than the order of its rows."""
    return [
        what
        for what, each in given.items()
        if isinstance(each, pd.Series | pd.DataFrame) and not each.index.equals(pd.RangeIndex(len(each)))
    ]


def _in_turn(what: str) -> str:
    return f"the {what} have an index and the features have none: rows are taken in order"


def _in_order(given: Any, index: pd.Index[Any], what: str) -> Any:
    """Return labels or speakers in the order of the features' index, where they have one of their own."""
    if not isinstance(given, pd.Series | pd.DataFrame) or given.index.equals(index):
        return given
    if not (index.is_unique and given.index.is_unique and set(given.index) == set(index)):
        raise BadCorpus(
            f"the index of the {what} is not that of the features; expected the same names once each; give both the "
            "same index, or arrays in the same order"
        )
    return given.reindex(index)
