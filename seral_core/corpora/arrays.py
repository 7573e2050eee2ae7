"""Labels and speakers that a user holds in arrays, as a corpus; what they cannot mean is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.answers import guessed_range
from seral_core.corpora.cells import NOTHING
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.corpora.files import few
from seral_core.corpora.usual_names import is_dimension
from seral_core.errors import BadCorpus
from seral_core.in_memory import in_memory
from seral_core.types import Target

Ranges = Mapping[str, tuple[float, float]]
#: More classes than this, written as whole numbers, are measurements.
_MOST_CODES = 20
#: So many texts of which none is there twice are names of something.
_MOST_ONCE = 10


def answers_of(y: Any, target: str) -> pd.DataFrame:
    """Return labels as a table with a column per target.

    Parameters
    ----------
    y : sequence, array, Series, DataFrame or mapping from targets to sequences
        One value for each clip and target.
    target : str
        Name of the target where ``y`` has none.

    Raises
    ------
    BadCorpus
        When there is not one value for each clip.

    Examples
    --------
    >>> answers_of(np.array([["a"], ["b"]]), "emotion")["emotion"].tolist()
    ['a', 'b']
    >>> answers_of(np.eye(2), "emotion")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: got labels of shape (2, 2); expected one value for each clip; of one-hot rows give ...
    """
    y = in_memory(y)
    if isinstance(y, pd.DataFrame):
        return y
    if isinstance(y, Mapping):
        return pd.DataFrame({name: _column(each) for name, each in y.items()})
    return pd.DataFrame({target: _column(y)})


def _column(y: Any) -> list[Any]:
    values = list(y) if isinstance(y, pd.Series) else y
    inner = next((each for each in values if np.ndim(each)), None) if isinstance(values, Sequence) else None
    array: Any = np.array([np.asarray(each) for each in values]) if inner is not None else values
    shape: tuple[int, ...] = np.shape(array) if hasattr(array, "shape") else (len(values),)
    if len(shape) == 2 and shape[1] == 1:
        array, shape = array[:, 0], shape[:1]
    if len(shape) != 1:
        raise BadCorpus(
            f"got labels of shape {shape}; expected one value for each clip; of one-hot rows give y.argmax(axis=1), of "
            "several targets a DataFrame with a column for each"
        )
    return [each.item() if hasattr(each, "item") and np.ndim(each) == 0 else each for each in array]


def corpus_of(answers: pd.DataFrame, speakers: Any, ids: Sequence[str], ranges: Ranges | None = None) -> Corpus:
    """Return the corpus of labels and speakers in memory.

    Parameters
    ----------
    answers : DataFrame
        A row per clip, a column per target.
    speakers : sequence, optional
        Who speaks; missing ones are unknown.
    ids : sequence of str
        Names of the clips.
    ranges : mapping, optional
        Targets that are scales, with their least and greatest value.

    Raises
    ------
    BadCorpus
        When labels mean nothing that can be learned.

    Examples
    --------
    >>> corpus_of(pd.DataFrame({"arousal": [1, 5, None]}), ["x", "x", "y"], ["a", "b", "c"])
    Corpus('arrays': 3 segments, 2 speakers, arousal [1, 5])
    """
    spans = dict(ranges or {})
    if lost := [name for name in spans if name not in answers.columns]:
        raise BadCorpus(
            f"got a range for {few(lost)}; the labels are {few(list(map(str, answers.columns)))}; correct the name"
        )
    names, notes = _speakers(speakers, ids)
    rows, task = [], []
    for name in answers.columns:
        values, said = _cleaned(str(name), answers[name])
        target, more = _target(str(name), values, spans.get(str(name)))
        notes += said + more
        task.append(target)
        answers_of_it = zip(values.index.tolist(), values, strict=True)
        rows += [(ids[i], target.name, "gold", float(v) if target.is_scale else _text(v)) for i, v in answers_of_it]
    segments = pd.DataFrame({"speaker": names}, index=segment_index(list(ids)))
    return Corpus("arrays", segments, rating_frame(rows), tuple(task), notes=notes)


def _cleaned(name: str, column: pd.Series[Any]) -> tuple[pd.Series[Any], tuple[str, ...]]:
    """Return the values that are answers, by row number, and a note on texts that mean none."""
    values = pd.Series([_decoded(each) for each in column.tolist()], dtype=object)
    values = values[[not _is_missing(each) for each in values]]
    empty = values.map(lambda each: isinstance(each, str) and each.strip().lower() in {"", *NOTHING})
    words = [repr(word) for word in sorted(set(values[empty.astype(bool)]))]
    note = f"{int(empty.sum())} labels of {name} are taken as no answer: {few(words)}"
    values = values[~empty.astype(bool)]
    if not len(values):
        raise BadCorpus(f"{name} has no values; expected labels for some clips at least")
    odd = next((each for each in values if not isinstance(each, str | int | float)), None)
    if odd is not None:
        raise BadCorpus(
            f"{name} holds {type(odd).__name__}, such as {odd!s:.40}; expected texts or numbers; correct the labels"
        )
    return values, (note,) if words else ()


def _decoded(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") and not np.ndim(value) else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _is_missing(value: Any) -> bool:
    return np.ndim(value) == 0 and bool(pd.isna(value))


def _text(value: Any) -> str:
    """Return how a class is called; whole numbers that numpy keeps as 1.0, beside missing ones, are 1."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _target(name: str, values: pd.Series[Any], span: tuple[float, float] | None) -> tuple[Target, tuple[str, ...]]:
    are_numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
    if span is not None and not are_numbers:
        raise BadCorpus(f"got a range for {name}, whose labels are no numbers; leave the range out, or correct them")
    if are_numbers and not np.isfinite(values.astype(float)).all():
        raise BadCorpus(f"{name} has infinite values; expected finite ones; write nan for what is not known")
    whole = are_numbers and bool((values.astype(float) % 1 == 0).all())
    if span is not None or (are_numbers and (is_dimension(name) or not whole)):
        return _scale(name, values.astype(float), span)
    classes = sorted({_text(each) for each in values})
    measured = whole and len(classes) > _MOST_CODES
    if measured or (not whole and len(classes) == len(values) > _MOST_ONCE):
        what = "different whole numbers" if measured else "classes of one clip each"
        raise BadCorpus(
            f"{name} has {len(classes)} {what}; expected classes that come again, or a scale; "
            f"for a scale give ranges={{'{name}': (low, high)}}"
        )
    return Target(name, tuple(classes)), ()


def _scale(name: str, numbers: pd.Series[float], span: tuple[float, float] | None) -> tuple[Target, tuple[str, ...]]:
    least, most = float(numbers.min()), float(numbers.max())
    if span is not None:
        low, high = (float(end) for end in span)
        if not low <= least <= most <= high or low >= high:
            raise BadCorpus(f"{name} goes from {least:g} to {most:g}; got the range ({low:g}, {high:g}); correct it")
        return Target(name, low=low, high=high), ()
    low, high = _usual(name, numbers) if is_dimension(name) else (least, most)
    if low == high:
        raise BadCorpus(f"{name} is {low:g} everywhere; expected a scale that varies, or texts for classes")
    note = f"{name} is taken as a scale of [{low:g}, {high:g}]; ranges={{'{name}': (low, high)}} for another range"
    return Target(name, low=low, high=high), (note,)


def _usual(name: str, numbers: pd.Series[float]) -> tuple[float, float]:
    try:
        return guessed_range(name, numbers)
    except BadCorpus:  # wider than any that is in use
        return float(numbers.min()), float(numbers.max())


def _speakers(given: Any, ids: Sequence[str]) -> tuple[list[str | None], tuple[str, ...]]:
    if given is None:
        note = "no speakers were given: every clip counts as another speaker's, so that test and pool may share voices"
        return list(ids), (note,)
    values = [_decoded(each) for each in given]
    texts = ["" if _is_missing(each) else _text(each).strip() for each in values]
    names = [None if text.lower() in {"", *NOTHING} else text for text in texts]
    unknown = names.count(None)
    note = f"{unknown} clips have no speaker: whether pool and test share one cannot be checked; give speakers for all"
    return names, (note,) if unknown else ()
