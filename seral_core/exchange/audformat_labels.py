"""An audformat database of labels: a table per rater, a gold table, and every row as it was.

Raters have audformat's types: ``human``, ``machine``, and ``vote`` for the gold that is worked out
of the others. Names of tables are made of harmless letters, whatever raters call themselves.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import segment_index, segment_place
from seral_core.corpora.readers.audformat_database import AudformatDatabase, load_database
from seral_core.corpora.reading import AS_FOUND, Reading
from seral_core.errors import MissingExtra, UnknownName
from seral_core.exchange.contents import Contents
from seral_core.exchange.flat import COLUMNS, KINDS, of_ratings, own_in, ranges_of, to_frame
from seral_core.folders import new_folder
from seral_core.scores.ratings import gold
from seral_core.store import Answer, standing
from seral_core.types import Target, Task, Value

#: Table of all rows, and the rater of the gold table.
ROWS, VOTE = "answers", "gold"


def write(answers: Sequence[Answer], to: Path, task: Task = ()) -> None:
    """Write a database to a new or empty folder.

    Parameters
    ----------
    answers : sequence of Answer
        All rows, in order of arrival. Tables of raters hold the valid answers; traces, repeats and
        rows that were taken back are in the table ``answers``.
    to : Path
        Folder.
    task : tuple of Target
        What the targets are; of others, classes and ranges are those that occur.

    Raises
    ------
    MissingExtra
        When audformat is not installed.
    BadPlan
        When the folder is not empty.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "labels"
    >>> write([Answer("1", "a.wav", "emotion", "anger", rater="r1")], folder)
    >>> [answer.value for answer in read(folder).own]
    ['anger']
    """
    try:
        import audformat
    except ImportError:
        raise MissingExtra(f"writing {to}", "audformat", "audformat") from None
    database = audformat.Database("labels", source="SERAL", usage="other")
    votes = _votes(answers)
    targets = _task(votes, task)
    votes = votes.assign(value=_checked(votes, targets))
    for target in targets:
        database.schemes[target.name] = _scheme(target)
    _add_raters(database, votes)
    _add_gold(database, votes[votes["source"] == "human"], targets)
    _add_rows(database, answers, task)
    with new_folder(to) as draft:
        database.save(str(draft), storage_format="parquet")


def read(path: Path, how: Reading = AS_FOUND) -> Contents:
    """Read answers from a database: SERAL's own, or whatever raters of another one say.

    Parameters
    ----------
    path : Path
        A folder.
    how : Reading
        What was said of it; of that, ranges are of use here.

    Raises
    ------
    BadCorpus
        When it cannot be read.

    Examples
    --------
    >>> read(Path("no such folder"))
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: no such folder cannot be read as an audformat database (FileNotFoundError: ...
    """
    database = load_database(path)
    if ROWS in database.misc_tables and set(COLUMNS) <= {"id", "range", *database[ROWS].columns}:
        return own_in(database[ROWS].df.reset_index(), f"table {ROWS} of {path}")
    machines = {name for name, rater in database.raters.items() if rater.type == "machine"}
    ranges = how.options.get("ranges", {})
    corpus = AudformatDatabase(machines=True, ranges=ranges, lenient=True).read(path)
    others = of_ratings(corpus.ratings, machines)
    return Contents(others=others, notes=corpus.notes, ranges=ranges_of(corpus), root=corpus.root)


def _votes(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return the valid answers, one row per segment, target and rater."""
    rows = [
        (row.segment, row.target, row.rater, row.value, row.source)
        for row in standing(answers)
        if row.kind == "answer" and row.value is not None and row.purpose != "repeat"
    ]
    frame = pd.DataFrame(rows, columns=["segment", "target", "rater", "value", "source"], dtype=object)
    return frame.drop_duplicates(["segment", "target", "rater", "source"], keep="last")


def _task(votes: pd.DataFrame, task: Task) -> Task:
    """Return the targets that were answered, as ``task`` has them or else as the answers suggest."""
    known = {target.name: target for target in task}
    answered = votes["target"].unique().tolist()
    for name in known if answered else ():
        if name not in answered:
            raise UnknownName("answered target", name, answered)
    targets = []
    for name in sorted(votes["target"].unique()):
        values = list(votes.loc[votes["target"] == name, "value"])
        words = tuple(sorted({str(value) for value in values})) if any(isinstance(v, str) for v in values) else ()
        targets.append(
            known.get(name) or (Target(name, words) if words else Target(name, (), min(values), max(values)))
        )
    return tuple(targets)


def _checked(votes: pd.DataFrame, targets: Task) -> list[Value]:
    """Return the values in their targets' own types; raise `BadLabel` where one does not fit."""
    by_name = {target.name: target for target in targets}
    both = zip(votes["target"], votes["value"], strict=True)
    return [by_name[name].check(value if by_name[name].is_scale else str(value)) for name, value in both]


def _scheme(target: Target) -> Any:
    import audformat

    if target.is_scale:
        return audformat.Scheme("float", minimum=target.low, maximum=target.high)
    return audformat.Scheme("str", labels=list(target.classes))


def _add_raters(database: Any, votes: pd.DataFrame) -> None:
    import audformat

    for (rater, source), rows in votes.groupby(["rater", "source"], sort=True):
        machine = source == "machine"
        name = f"{rater} (machine)" if machine else str(rater)
        database.raters[name] = audformat.Rater("machine" if machine else "human")
        by_target = {str(target): group.set_index("segment")["value"] for target, group in rows.groupby("target")}
        _add_table(database, f"rater.{_slug(name)}", name, pd.DataFrame(by_target))


def _add_gold(database: Any, votes: pd.DataFrame, targets: Task) -> None:
    import audformat

    name = VOTE
    while name in database.raters:
        name += "-vote"
    database.raters[name] = audformat.Rater("vote")
    by_target = {target.name: gold(votes[votes["target"] == target.name], target) for target in targets}
    _add_table(database, VOTE, name, pd.DataFrame(by_target).dropna(how="all"))


def _add_table(database: Any, name: str, rater: str, values: pd.DataFrame) -> None:
    import audformat

    files, starts, ends = zip(*map(segment_place, values.index), strict=True) if len(values) else ((), (), ())
    place = segment_index(files, starts, ends)
    index = audformat.segmented_index(files, *(place.get_level_values(time) for time in ("start", "end")))
    database[name] = audformat.Table(index)
    for column in values.columns:
        database[name][column] = audformat.Column(scheme_id=column, rater_id=rater)
        database[name][column].set(values[column].to_numpy())


def _add_rows(database: Any, answers: Sequence[Answer], task: Task) -> None:
    """Add every row with all that is known of it."""
    import audformat

    frame = to_frame(answers, task)
    kinds: dict[Any, str] = {float: "float", bool: "bool", np.int64: "int"}
    database[ROWS] = audformat.MiscTable(pd.Index(frame["id"].astype("string"), name="id"))
    for name in COLUMNS[1:]:
        kind = kinds.get(KINDS.get(name, object), "str")
        database.schemes.setdefault(f"answers.{name}", audformat.Scheme(kind))
        database[ROWS][name] = audformat.Column(scheme_id=f"answers.{name}")
        database[ROWS][name].set(frame[name].to_numpy())


def _slug(name: str) -> str:
    """Return a name of harmless letters, different for different names."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:40]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
