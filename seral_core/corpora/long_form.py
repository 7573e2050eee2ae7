"""Who answered what in the rows of a table: an answer a row, and one of each rater for each segment and target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.alike import alike
from seral_core.corpora.files import few
from seral_core.corpora.labels_in_cells import labels_in_cells
from seral_core.corpora.rater_columns import votes_in
from seral_core.corpora.rows import Placed
from seral_core.corpora.tables import GOLD, as_text, row_number
from seral_core.errors import BadCorpus
from seral_core.scores.dawid_skene import SLOT


def in_long_form(rows: Placed) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return an answer a row: ``segment target rater value row``, and notes.

    Cells that hold several labels are several votes of raters without names, or the first label of a rater with one.
    """
    frame, columns = rows.frame, rows.columns
    notes: tuple[str, ...] = ()
    rater, named = rows.of_role("rater"), "rater" in columns.roles
    if rater is not None and rater.isna().any() and rater.notna().any():
        notes = (f"{int(rater.isna().sum())} rows name no rater; they are kept as answers of '{GOLD}'",)
    notes += () if rater is None else alike("raters", rater.unique())
    rater = pd.Series(GOLD, frame.index, dtype=object) if rater is None else rater.fillna(GOLD)
    if {"target", "value"} <= set(columns.roles):
        target = as_text(frame[columns.roles["target"]]).map(lambda name: name and name.lower())
        parts = [_part(rows, target, rater, frame[columns.roles["value"]])]
    else:
        parts = [_part(rows, columns.named(c), rater, frame[c]) for c in columns.targets]
        parts += [_part(rows, target, who, frame[c]) for c, (target, who) in columns.raters.items()]
        parts += [_counted(rows)] if columns.counts else []
    parts = [part for part in parts if len(part)]
    spread = [_spread(part, named) for part in parts]
    notes += tuple(note for _, note in spread if note)
    empty = pd.DataFrame(columns=["segment", "target", "rater", "value", "row"], dtype=object)
    return pd.concat([part for part, _ in spread], ignore_index=True) if spread else empty, notes


def one_vote_each(long: pd.DataFrame, table: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return answers of which each rater has one for each segment and target, and a note where equal ones were joined.

    Raises
    ------
    BadCorpus
        When a rater gave a segment two different answers.
    """
    whose = ["segment", "target", "rater"]
    if not long.duplicated(whose).any():
        return long, ()
    same = long.assign(value=long["value"].map(_comparable)).duplicated([*whose, "value"])
    kept = long[~same]
    twice = kept.duplicated(whose, keep=False)
    if twice.any():
        first = kept[twice].iloc[0]
        own = kept[(kept[whose] == first[whose]).all(axis=1)]
        where = f"{table}: segment {first['segment']} has rows that differ; rows {few(list(map(str, own['row'])))}"
        if (long["rater"] == GOLD).all():
            raise BadCorpus(
                f"{where} say different things of {first['target']}; expected one row per segment; remove one, say in "
                "a column 'rater' who gave which, or which columns hold the times of parts (--column start=NAME)"
            )
        raise BadCorpus(
            f"{where} hold different answers of {first['rater']} for {first['target']}; expected one answer of a "
            "rater; remove one"
        )
    rows = sorted(set(long.loc[same, "row"]))
    note = f"{len(rows)} rows repeat an answer of the same rater and count once: rows {few(list(map(str, rows)))}"
    return kept.reset_index(drop=True), (note,)


def _comparable(value: object) -> object:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value).strip().lower()


def _part(rows: Placed, target: Any, rater: Any, cells: pd.Series[Any]) -> pd.DataFrame:
    """Return the answers in a column, without cells that are empty."""
    made = pd.DataFrame(
        {
            "segment": rows.segment,
            "target": target,
            "rater": rater,
            "value": cells.astype(object),
            "row": rows.frame.index.map(row_number),
        }
    )
    empty = made["value"].isna() | (made["value"].astype(str).str.strip() == "")
    return made[~empty]


def _counted(rows: Placed) -> pd.DataFrame:
    """Return a vote a row where columns say how many raters chose a class."""
    columns = rows.columns.counts
    counts = votes_in(rows.frame, list(columns)).to_numpy(int)
    each = [[name for name, count in zip(columns.values(), row, strict=True) for _ in range(count)] for row in counts]
    votes = _part(rows, "emotion", GOLD, pd.Series(each, rows.frame.index, dtype=object)).explode("value").dropna()
    number = votes.groupby("segment", sort=False).cumcount() + 1
    return votes.assign(rater=[f"{SLOT}{n}" for n in number]).reset_index(drop=True)


def _spread(part: pd.DataFrame, named: bool) -> tuple[pd.DataFrame, str]:
    """Return an answer a row where cells hold several labels, and what that means."""
    if pd.to_numeric(part["value"], errors="coerce").notna().all():  # of a trace, very many
        return part, ""
    several = labels_in_cells(part["value"]) if len(set(part["target"])) == 1 else None
    if several is None:
        return part, ""
    what = f"{several.count} cells of {part['target'].iloc[0]} hold several labels"
    if named or (part["rater"] != GOLD).any():
        first = part.assign(value=several.labels.map(lambda labels: next(iter(labels), None)))
        return first.dropna(subset="value"), f"{what}; the first is the rater's answer, the others are left out"
    made = part.assign(value=several.labels).explode("value", ignore_index=True).dropna(subset="value")
    number = made.groupby("segment", sort=False).cumcount() + 1
    return made.assign(rater=[f"{SLOT}{n}" for n in number]), f"{what}: {several.how}"
