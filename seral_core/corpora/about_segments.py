"""What the rows of a table say of each segment besides answers: speaker, session, sex, split and descriptions."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.alike import alike, in_one_case
from seral_core.corpora.class_words import means_nothing
from seral_core.corpora.corpus import ABOUT, INDEX, segment_index
from seral_core.corpora.files import few
from seral_core.corpora.rows import Placed
from seral_core.corpora.words import sexes
from seral_core.errors import BadCorpus


def segments_of(rows: Placed, more: Collection[str], table: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one row per segment with what is known about it, and notes.

    Parameters
    ----------
    rows : Placed
    more : collection of str
        Columns that describe, besides those that are known to.
    table : Path
        For messages.

    Raises
    ------
    BadCorpus
        When rows of one segment differ in speaker, session, sex or split.
    """
    about = {role: cells for role in ABOUT if (cells := rows.of_role(role)) is not None}
    notes = _without_those_of_raters(about, rows) + _known_speakers(about)
    notes += alike("speakers", about["speaker"].unique()) if "speaker" in about else ()
    if "split" in about:
        about["split"], joined = in_one_case("splits", about["split"])
        notes += joined
    described = [c for c in (*rows.columns.described, *more) if rows.frame[c].notna().any()]
    more_about = {_free_name(c): rows.frame[c] for c in described}
    known = pd.DataFrame({**about, **more_about}, index=rows.frame.index)
    first = rows.segment.drop_duplicates().index
    by_segment = known.groupby(rows.segment.to_numpy(), sort=False)
    if len(first) < len(known) and len(known.columns):
        differ = by_segment.nunique()
        for role in about:
            if (differ[role] > 1).any():
                name = differ.index[differ[role] > 1][0]
                raise BadCorpus(
                    f"{table}: segment {name} has rows that differ; expected the same {', '.join(about)} in each; "
                    f"correct the {role}"
                )
        of_answers = [c for c in more_about if (differ[c] > 1).any()]
        if of_answers:
            notes += (f"column {few(of_answers)} is left out: it says different things of one segment",)
            known = known.drop(columns=of_answers)
        by_segment = known.groupby(rows.segment.to_numpy(), sort=False)
    one = by_segment.first() if len(first) < len(known) else known
    if "sex" in one:
        written = [None if pd.isna(name) else name for name in one["sex"]]
        one["sex"], read = sexes(written, rows.columns.roles["sex"])
        notes += read
    index = segment_index(list(rows.file[first]), rows.start[first].tolist(), rows.end[first].tolist())
    plain = one.astype(object).where(one.notna(), None)
    return plain.set_axis(index), notes


def _known_speakers(about: dict[str, pd.Series[Any]]) -> tuple[str, ...]:
    """Take words for nobody out of the speakers, and return a note on them; NA or None may be somebody's name."""
    names = about.get("speaker", pd.Series(dtype=object)).dropna()
    nobody = names[names.isin([name for name in names.unique() if means_nothing(name)])]
    if not len(nobody):
        return _perhaps_nobody(names)
    about["speaker"] = about["speaker"].where(~about["speaker"].isin(nobody.unique()), None)
    counts = few([f"{name} ({count})" for name, count in nobody.value_counts().items()])
    note = f"{len(nobody)} rows are taken as of an unknown speaker: {counts}; if it is one person, write a name"
    return (note, *_perhaps_nobody(names))


def _perhaps_nobody(names: pd.Series[Any]) -> tuple[str, ...]:
    """Ask about speakers whose name is a word of programs for what is missing, beside others."""
    words = names[names.str.lower().isin(["na", "none", "null"])]
    if not len(words) or words.nunique() == names.nunique():
        return ()
    return (
        f"a speaker is called {words.iloc[0]} ({len(words)} rows); if that means unknown, as in tables of R or Python, "
        "leave these cells empty",
    )


def _without_those_of_raters(about: dict[str, pd.Series[Any]], rows: Placed) -> tuple[str, ...]:
    """Take out what says the same of each rater and different things of one segment, as the rater's sex does."""
    rater = rows.of_role("rater")
    if rater is None:
        return ()
    theirs = []
    for role in [role for role in about if role != "speaker"]:
        of_segments, of_raters = (about[role].groupby(by.to_numpy()).nunique() for by in (rows.segment, rater))
        if (of_segments > 1).any() and (of_raters <= 1).all():
            theirs.append(rows.columns.roles[role])
            del about[role]
    return (f"column {few(theirs)} is left out: it describes the raters",) if theirs else ()


def _free_name(column: str) -> str:
    """Return a name for a column that describes, other than those that a corpus has of its own."""
    return f"{column or 'column'} (as written)" if column in (*ABOUT, *INDEX, "") else column
