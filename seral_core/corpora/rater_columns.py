"""Columns side by side that hold what single raters said, or how many chose a class: judged by names and by cells."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from seral_core.corpora.descriptions import all_numbers, only_describes, why_description
from seral_core.corpora.files import few
from seral_core.corpora.usual_names import is_dimension, is_emotion, kind_of, of_what
from seral_core.corpora.words import emotions_in, noun, noun_of
from seral_core.errors import BadCorpus

#: What somebody may say of several columns.
RATER, VOTES = "rater", "votes"
_PERSON = r"(?:rater|annotator|expert|coder|listener|judge|evaluator|labell?er|assessor)"
_RATER = rf"(?:{_PERSON}|annot|ann|person|worker|r)"
_RATERS = re.compile(
    rf"(?:(?P<before>[a-z]\w*?)_)?(?P<who>{_RATER}(?:_?\d+|_[a-z])|{_PERSON}[a-rt-z])(?:_(?P<after>[a-z]\w*))?"
)
#: Anything with a number behind it: raters too, where their cells are alike.
_NUMBERED = re.compile(r"(?P<stem>[^\W\d]\w*?)_?(?P<number>\d+)")
#: How people say in a cell that a class was chosen, or not.
_MARKS = {"true": 1.0, "yes": 1.0, "x": 1.0, "false": 0.0, "no": 0.0}


@dataclass(frozen=True)
class Beside:
    """Columns that belong together.

    Parameters
    ----------
    raters : mapping of column to (target, rater)
        Columns that hold one rater's answers each.
    counts : mapping of column to class
        Columns that say how many raters chose a class.
    notes : tuple of str
        What was recognised, and what may be such columns too.
    """

    raters: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def columns_beside(frame: pd.DataFrame, columns: Sequence[str], said: Mapping[str, str]) -> Beside:
    """Return which columns hold the answers of raters or count their votes.

    Parameters
    ----------
    frame : DataFrame
        As written.
    columns : sequence of str
        Those of which nobody said anything.
    said : mapping of column to str
        Of several columns: ``rater``, ``votes``, or the target that their raters answered.

    Raises
    ------
    BadCorpus
        When a column that somebody called a count of votes holds something else.

    Examples
    --------
    >>> frame = pd.DataFrame({"file": ["a", "b"], "anger": ["3", "0"], "Joy": ["1", "4"]})
    >>> columns_beside(frame, ["anger", "Joy"], {}).counts
    {'anger': 'anger', 'Joy': 'happiness'}
    >>> columns_beside(frame, [], {"anger": "rater", "Joy": "rater"}).raters
    {'anger': ('rating', 'anger'), 'Joy': ('rating', 'Joy')}
    """
    counts, may_count = count_columns(frame, columns)
    raters, may_rate = rater_columns(frame, [c for c in columns if c not in (*counts, *may_count)])
    notes = []
    if raters:
        notes.append(
            f"columns {few(list(raters), 4)} are read as the answers of raters (--column class=NAME for another target)"
        )
    if counts:
        notes.append(f"columns {few(list(counts), 4)} are read as counts of votes (--column scale=NAME for scales)")
    if may_count:
        notes.append(f"if {few(may_count, 4)} are counts of votes: --column {VOTES}={','.join(may_count)}")
    notes += [
        f"columns {few(own, 4)} hold answers of one kind; if each is a rater's: --column {name}={','.join(own)}"
        for name, own in may_rate.items()
    ]
    name = _target_of(frame, [column for column, role in said.items() if role == RATER])
    raters |= {c: (name if role == RATER else role, c) for c, role in said.items() if role != VOTES}
    counts |= {c: _class_in(c) or noun(c) for c, role in said.items() if role == VOTES}
    if wrong := [c for c in counts if not _are_counts(frame, [c])]:
        raise BadCorpus(f"{wrong[0]} holds no counts of votes; expected whole numbers in each cell; correct the column")
    return Beside(raters, counts, tuple(notes))


def of_which_rater(column: str) -> tuple[str, str]:
    """Return the target and the rater that a column's name says; empty texts where it says none.

    Examples
    --------
    >>> of_which_rater("emotion_rater1"), of_which_rater("Expert 2"), of_which_rater("valence")
    (('emotion', 'rater1'), ('', 'expert2'), ('', ''))
    """
    match = _RATERS.fullmatch(_joined(column))
    return ("", "") if match is None else (match["before"] or match["after"] or "", match["who"].replace("_", ""))


def rater_columns(
    frame: pd.DataFrame, columns: Sequence[str]
) -> tuple[dict[str, tuple[str, str]], dict[str, list[str]]]:
    """Return the columns that hold one rater's answers each, with target and rater, and those that may, by target.

    Raters are columns that are called so, and those that differ in a number or a name alone where their cells are
    alike: words for emotions, or numbers of one scale. Beside a column called emotion, they may be second choices.

    Examples
    --------
    >>> frame = pd.DataFrame({"r1": ["joy"], "r2": ["fear"], "take_1": ["x"], "take_2": ["y"]})
    >>> rater_columns(frame, list(frame))
    ({'r1': ('emotion', 'r1'), 'r2': ('emotion', 'r2')}, {})
    >>> frame = pd.DataFrame({"anna": ["joy", "fear"], "ben": ["joy", "fear"]})
    >>> rater_columns(frame, ["anna", "ben"]), rater_columns(frame.assign(emotion="joy"), ["anna", "ben"])
    (({'anna': ('emotion', 'anna'), 'ben': ('emotion', 'ben')}, {}), ({}, {'rater': ['anna', 'ben']}))
    """
    named: dict[str, dict[str, str]] = defaultdict(dict)
    alike: dict[str, dict[str, str]] = defaultdict(dict)
    for column in columns:
        target, who = of_which_rater(column)
        if who and not only_describes(target) and not why_description(frame, column):
            named[target][column] = who
        elif not who and (found := _by_cells(frame, column)) is not None:
            alike[found[0]][column] = found[1]
    raters: dict[str, tuple[str, str]] = {}
    offered: dict[str, list[str]] = {}
    for target, own in named.items():
        if len(own) > 1:
            raters |= {column: (target or _target_of(frame, list(own)), who) for column, who in own.items()}
    for target, own in alike.items():
        bare = [c for c in frame.columns if (is_emotion(c) if target == "emotion" else _joined(c) == target)]
        numbers = {match["number"] for c in own if (match := _NUMBERED.fullmatch(_joined(c)))}
        choices = bare if numbers and "1" not in numbers else []
        if len(own) > 1 and _are_alike(frame, list(own)) and not bare:
            raters |= {column: (target, who) for column, who in own.items()}
        elif len(own) + len(choices) > 1:
            offered[RATER if target == "emotion" else target] = [*choices, *own]
    return raters, offered


def count_columns(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the columns that say how many raters chose a class, with the class, and those that may say so.

    They are called as emotions and hold whole numbers or marks. It is sure where each row has the same sum, or another
    column holds the sums, or there are marks alone.

    Examples
    --------
    >>> frame = pd.DataFrame({"anger": ["3", "0"], "Joy": ["1", "4"], "fear": ["0", "3"], "n": ["4", "7"]})
    >>> count_columns(frame, ["anger", "Joy"]), count_columns(frame, ["anger", "Joy", "fear", "n"])[0]
    (({'anger': 'anger', 'Joy': 'happiness'}, []), {'anger': 'anger', 'Joy': 'happiness', 'fear': 'fear'})
    >>> count_columns(frame, ["Joy", "fear"])
    ({}, ['Joy', 'fear'])
    """
    called = {column: of for column in columns if not is_dimension(column) and (of := _class_in(column))}
    others = [c for c in columns if c not in called and not why_description(frame, c) and _are_counts(frame, [c])]
    if len(called) < 2:
        return {}, _add_up(frame, others)
    votes = votes_in(frame, list(called))
    marks = bool((votes <= 1).all(axis=None))
    labelled = marks and any(is_emotion(column) and holds_emotions(frame[column]) for column in frame.columns)
    if labelled or not _are_counts(frame, list(called)) or not votes.to_numpy().any():
        return {}, []
    sums, every = votes.sum(axis=1), [*called, *others]
    if _all_one(sums) or any((votes_in(frame, [c])[c] == sums).all() for c in set(columns) - set(called)):
        return called, []
    if _all_one(votes_in(frame, every).sum(axis=1)):
        return {column: called.get(column, noun(column)) for column in every}, []
    return (called, []) if marks else ({}, list(called))


def votes_in(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return how many chose each class; empty cells are none, marks such as True or x are one, other texts are nan.

    Examples
    --------
    >>> votes_in(pd.DataFrame({"anger": ["True", None, "2"]}), ["anger"])["anger"].tolist()
    [1.0, 0.0, 2.0]
    """

    def votes(cells: pd.Series[Any]) -> pd.Series[float]:
        texts = cells.astype(str).str.strip().str.lower()
        numbers = pd.to_numeric(texts.map(lambda text: _MARKS.get(text, text)), errors="coerce").astype(float)
        return numbers.where(cells.notna() & (texts != ""), 0.0)

    return pd.DataFrame({column: votes(frame[column]) for column in columns}, index=frame.index)


def holds_emotions(cells: pd.Series[Any]) -> bool:
    """Tell whether most of the different words in some cells are emotions.

    Examples
    --------
    >>> holds_emotions(pd.Series(["Angry", "freude", "?"])), holds_emotions(pd.Series(["a", "b"]))
    (True, False)
    """
    words = {str(cell).strip().lower() for cell in cells.dropna().unique()[:200]}
    known = sum(noun_of(word) is not None for word in words)
    return known >= 1 and known * 2 > len(words)


def _joined(column: str) -> str:
    return re.sub(r"[\s.\-()\[\]]+", "_", column[:200].lower()).strip("_")  # longer ones name nobody


def _class_in(column: str) -> str | None:
    """Return the emotion that a column is called, alone or among other words."""
    found = {what for _, what in emotions_in(column)}
    return noun_of(column) or (found.pop() if len(found) == 1 else None)


def _are_counts(frame: pd.DataFrame, columns: Sequence[str]) -> bool:
    votes = votes_in(frame, columns)
    return bool(((votes >= 0) & (votes % 1 == 0)).all(axis=None))


def _add_up(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return those columns of whole numbers whose sum stands in another one: that many chose something."""
    votes = votes_in(frame, columns)
    sums = [column for column in columns if (2 * votes[column] == votes.sum(axis=1)).all() and votes[column].any()]
    return [column for column in columns if column not in sums] if len(sums) == 1 and len(columns) > 3 else []


def _all_one(sums: pd.Series[float]) -> bool:
    return bool((sums == sums.iloc[0]).all())


def _by_cells(frame: pd.DataFrame, column: str) -> tuple[str, str] | None:
    """Return the target and the rater that a column may hold, judged by its cells; None where it is no rater's."""
    target, rest = of_what(column)
    person = re.search(_PERSON, rest) is not None or not (kind_of(column) or only_describes(rest))
    if not rest or not person or why_description(frame, column):
        return None
    who = f"{target}{rest}" if rest.isdigit() else rest if target else column
    if holds_emotions(frame[column]):
        return "emotion", who
    numbered = _NUMBERED.fullmatch(_joined(column))
    numbers = all_numbers(frame[column].dropna())
    if numbers is None or (not is_dimension(target) and (numbered is None or bool((numbers % 1).any()))):
        return None
    return target or (numbered["stem"] if numbered else ""), who


def _are_alike(frame: pd.DataFrame, columns: Sequence[str]) -> bool:
    """Tell whether columns hold the same emotions, or numbers of one known scale."""
    if is_dimension(of_what(columns[0])[0]):
        spans = frame[list(columns)].apply(lambda cells: all_numbers(cells.dropna()).agg(["min", "max"]))  # type: ignore[union-attr]
        wide = spans.loc["max"].max() - spans.loc["min"].min()
        return bool(spans.loc["max"].min() - spans.loc["min"].max() >= 0.5 * wide)
    emotions = [{noun(str(cell)) for cell in frame[column].dropna()} for column in columns]
    sure = all(is_emotion(of_what(c)[0]) or _NUMBERED.fullmatch(_joined(c)) for c in columns)
    shared, every = set.intersection(*emotions), set.union(*emotions)
    return holds_emotions(frame[columns[0]]) and (sure or 2 * len(shared) >= len(every))


def _target_of(frame: pd.DataFrame, columns: Sequence[str]) -> str:
    """Return the target that some raters' columns are about."""
    said = next((target for column in columns if (target := of_what(column)[0])), "")
    if said:
        return said
    answers = pd.concat([frame[column].dropna() for column in columns]) if columns else pd.Series(dtype=object)
    return "emotion" if all_numbers(answers) is None else "rating"
