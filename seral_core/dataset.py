"""The front door: recordings, tables or arrays as one object that strategies are compared on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.base import absolute_corpus, open_corpus
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.corpora.reading import settled
from seral_core.errors import BadCorpus
from seral_core.features.base import placed_features
from seral_core.features.table import FeatureTable
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
        return self.corpus.notes

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
        return [*about, *(said(t) for t in self.task), f"features {self.plan.features.partition('@')[0]}"]


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
    where : str, Path, DataFrame or Corpus
        As `seral_core.corpora.base.open_corpus` takes it.
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
    Dataset('DataFrame': 2 clips, 2 speakers, emotion (2 classes), features ndarray)
    """
    asked = as_texts("target", target)
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
    opened = corpus_of(plan)
    task_of(plan, opened)  # raises where there is no such target
    return Dataset(plan, opened)


def from_arrays(
    x: Any, y: Any, *, speakers: Sequence[Any] | None = None, target: str = "emotion", ids: Sequence[str] = ()
) -> Dataset:
    """Make a dataset of features and labels in memory; there is no sound.

    Parameters
    ----------
    x : array of shape (clips, features)
        Or a DataFrame.
    y : sequence or array of length clips, or DataFrame with a column per target
        Texts and whole numbers are classes, other numbers a scale. Missing values are not labelled.
    speakers : sequence of length clips, optional
        Who speaks; runs are split by speaker. Left out: every clip counts as another speaker's, with a note.
    target : str
        Name of ``y``, where that is not a DataFrame.
    ids : sequence of str
        Names of the clips; left out: their numbers.

    Raises
    ------
    BadCorpus
        When lengths differ.

    Examples
    --------
    >>> from_arrays(np.eye(4), ["anger", "fear", "fear", "anger"], speakers=["a", "a", "b", "b"])
    Dataset('arrays': 4 clips, 2 speakers, emotion (2 classes), features ndarray)
    >>> from_arrays(np.eye(4), [0.1, 0.5], target="arousal")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: got 4 rows of features, 2 labels; expected as many of each; correct the shorter one
    """
    if isinstance(x, pd.DataFrame):  # whose index names the clips
        y, speakers = _in_order(y, x.index, "labels"), _in_order(speakers, x.index, "speakers")
        ids = ids if len(ids) or isinstance(x.index, pd.RangeIndex) else [str(each) for each in x.index]
        texts = [str(name) for name in x.columns if not pd.api.types.is_numeric_dtype(x[name])]
        if texts:
            listed = ", ".join(texts)
            raise BadCorpus(f"columns of the features are no numbers: {listed}; expected numbers; leave them out")
        x = x.to_numpy()
    answers = y if isinstance(y, pd.DataFrame) else pd.DataFrame({target: list(y)})
    lengths = {"rows of features": len(x), "labels": len(answers)}
    lengths |= {"speakers": len(speakers)} if speakers is not None else {}
    lengths |= {"ids": len(ids)} if len(ids) else {}
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{number} {what}" for what, number in lengths.items())
        raise BadCorpus(f"got {got}; expected as many of each; correct the shorter one")
    files = (
        [str(each) for each in ids] if len(ids) else [f"{i:0{len(str(len(answers)))}d}" for i in range(len(answers))]
    )
    names = [str(each) for each in speakers] if speakers is not None else files
    segments = pd.DataFrame({"speaker": names}, index=segment_index(files))
    task = tuple(_target(str(name), answers[name]) for name in answers.columns)
    rows = [
        (file, t.name, "gold", float(value) if t.is_scale else str(value))
        for t in task
        for file, value in zip(files, answers[t.name].tolist(), strict=True)
        if not pd.isna(value)
    ]
    note = "no speakers were given: every clip counts as another speaker's, so that test and pool may share voices"
    corpus = Corpus("arrays", segments, rating_frame(rows), task, notes=() if speakers is not None else (note,))
    given: dict[str, Any] = {"corpus": corpus, "features": x if hasattr(x, "shape") else np.asarray(x)}
    return Dataset(Plan(**given), corpus)


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


def _target(name: str, values: pd.Series[Any]) -> Target:
    known = values.dropna()
    if pd.api.types.is_float_dtype(known) and not (known == known.round()).all():
        return Target(name, low=float(known.min()), high=float(known.max()))
    if not len(known):
        raise BadCorpus(f"{name} has no values; expected labels for some clips at least")
    return Target(name, tuple(sorted({str(value) for value in known})))
