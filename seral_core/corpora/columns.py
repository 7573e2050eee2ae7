"""What each column of somebody's table is: the file, the speaker, a rater, a target, or only a description."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from seral_core.corpora.descriptions import EMPTY, all_the_same, are_dates, why_description
from seral_core.corpora.file_column import file_column
from seral_core.corpora.files import few
from seral_core.corpora.rater_columns import RATER, VOTES, columns_beside, holds_emotions
from seral_core.corpora.time_units import COUNTED, TIMES, timed, unit_of
from seral_core.corpora.usual_names import (
    MSP,
    PEOPLE,
    USUAL,
    is_dimension,
    is_emotion,
    kind_of,
    squashed,
)
from seral_core.corpora.words import noun_of
from seral_core.errors import BadCorpus

#: What a column may be, besides a target: a role has one column at most, a description any number.
ROLES = (
    *("file", "start", "end", "duration", "channel", "speaker", "session", "sex", "split", "rater", "target", "value"),
)
DESCRIPTION, CLASS, SCALE = "description", "class", "scale"

_SAID = "as --column says"


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are.

    Parameters
    ----------
    roles : mapping of role to column
        Of `ROLES`; those that the table has.
    targets : tuple of str
        Columns to be learned, those of an emotion first.
    names : mapping of column to target
        Where a target is called otherwise than its column.
    forced : mapping of column to str
        ``class`` or ``scale`` where somebody said so.
    raters : mapping of column to (target, rater)
        Columns that hold one rater's answers each.
    counts : mapping of column to class
        Columns that say how many raters chose a class.
    described : tuple of str
        Kept, but nothing to be learned.
    notes : tuple of str
        What was recognised, one sentence each.

    Examples
    --------
    >>> table = pd.DataFrame({"FileName": ["a.wav"], "SpkrID": ["7"], "EmoAct": ["3.2"], "Age": ["31"]})
    >>> found = columns_of(table)
    >>> found.roles, found.targets, found.named("EmoAct"), found.described
    ({'file': 'FileName', 'speaker': 'SpkrID'}, ('EmoAct',), 'arousal', ('Age',))
    """

    roles: Mapping[str, str]
    targets: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    forced: Mapping[str, str] = field(default_factory=dict)
    raters: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    described: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def named(self, column: str) -> str:
        """Return the name of the target that a column holds."""
        return self.names.get(column, column)

    def column_of(self, target: str) -> str:
        """Return the column that holds a target."""
        return next((column for column, name in self.names.items() if name == target), target)

    def role_of(self, column: str) -> str:
        """Return in a word or two what a column is, for people to read."""
        for role, own in self.roles.items():
            if own == column:
                return role
        if column in self.raters:
            target, rater = self.raters[column]
            return f"{target}, as {rater} rated it"
        if column in self.counts:
            return f"how many chose {self.counts[column]}"
        return "target" if column in self.targets else DESCRIPTION


def columns_of(
    frame: pd.DataFrame,
    given: Mapping[str, str] | None = None,
    wanted: Collection[str] = (),
    exists: Callable[[pd.Series[Any]], float] = lambda cells: 0.0,
) -> Columns:
    """Find out what the columns of a table are, from their names and from what is in them.

    Parameters
    ----------
    frame : DataFrame
        As written.
    given : mapping of str to column
        What somebody said: a role (``speaker``, ``file`` ...), ``description``, ``class``, ``scale``, ``votes``, or the
        name of a target, to one or more columns with commas between. Several for ``rater`` or a target are raters.
    wanted : collection of str
        Targets that are asked for: such a column is one whatever it looks like.
    exists : callable
        Part of a column's cells that name recordings which are there.

    Raises
    ------
    BadCorpus
        When a column that somebody named does not exist, or no column names the recordings.

    Examples
    --------
    >>> table = pd.DataFrame({"": ["0"], "file": ["a.wav"], "mood": ["x"], "Emotion": ["joy"]})
    >>> columns_of(table).targets, columns_of(table, {"class": "mood"}).targets
    (('Emotion',), ('Emotion', 'mood'))
    """
    said, several = _said(frame, given or {})
    wanted = set(wanted)
    roles, notes = _roles(frame, said, {*several, *wanted}, exists)
    rest = [column for column in frame.columns if column not in roles.values()]
    named = {c: role for c, role in said.items() if role not in (*ROLES, DESCRIPTION, CLASS, SCALE)}
    named |= {c: MSP[squashed(c)] for c in rest if squashed(c) in MSP and c not in said}
    beside = columns_beside(frame, [c for c in rest if c not in {*said, *several, *wanted}], several)
    rest = [column for column in rest if column not in beside.raters and column not in beside.counts]
    kept_out = dict.fromkeys((target for target, _ in beside.raters.values()), "the raters' own columns are there")
    kept_out |= {"emotion": "the counts of votes are there"} if beside.counts else {}
    asked = {c for c in rest if said.get(c, DESCRIPTION) != DESCRIPTION or wanted & {c, named.get(c)} - set(kept_out)}
    why = {c: _why_not(frame, c, asked, said, kept_out.get(named.get(c, c), "")) for c in rest}
    if not beside.raters and not beside.counts:
        notes += _emotions_after_all(frame, why, asked)
    _leave_out_the_rest(frame, why, {*asked, *named}, bool(beside.raters or beside.counts))
    notes += _described(why)
    targets = sorted((c for c in rest if not why[c]), key=lambda column: _rank(frame, column, named.get(column)))
    heard = [column for column in targets if holds_emotions(frame[column])]
    if len(heard) > 1 and _rank(frame, heard[0], named.get(heard[0]))[0]:
        notes.append(f"columns {few(heard, 4)} hold emotions; {heard[0]} is the first target (--target for another)")
    forced = {column: role for column, role in said.items() if role in (CLASS, SCALE)}
    described = tuple(c for c in rest if why[c])
    return Columns(
        roles, tuple(targets), named, forced, beside.raters, beside.counts, described, (*notes, *beside.notes)
    )


def _roles(
    frame: pd.DataFrame,
    said: Mapping[str, str],
    others: Collection[str],
    exists: Callable[[pd.Series[Any]], float],
) -> tuple[dict[str, str], list[str]]:
    """Return the column of each role, and what was recognised; ``others`` are known to have none."""
    notes: list[str] = []
    read: dict[str, str] = {}
    roles = {role: column for column, role in said.items() if role in ROLES}
    free = [column for column in frame.columns if column not in said and column not in others]
    if "file" not in roles:
        roles["file"] = file_column(frame, free, exists)
    for role in _possible_roles(frame):
        found = _of_role(role, frame, [c for c in free if c not in roles.values()])
        if found is not None and role not in roles:
            roles[role] = found
            if squashed(found) != role:
                read[found] = role
    if squashed(roles["file"]) != "file":
        read[roles["file"]] = "file"
    if "channel" not in roles:
        _refuse_names_of_channels(frame, roles["file"], free)
    rater = None if "rater" in roles else _told_apart(frame, roles, free)
    if rater is not None:
        roles = {role: column for role, column in roles.items() if column != rater} | {"rater": rater}
        read.pop(rater, None)
        notes.append(f"column {rater} is read as the rater: it tells apart the rows of one recording")
    if read:
        each = ", ".join(f"{column} is the {role}" for column, role in read.items())
        notes.insert(0, f"recognised: {each} (--column ROLE=NAME for others)")
    return roles, notes


def _told_apart(frame: pd.DataFrame, roles: Mapping[str, str], free: Collection[str]) -> str | None:
    """Return the column of people that tells apart the rows of one segment: those who rated it, not who speaks."""
    keys = [roles[role] for role in ("file", "start", "end", "duration", "channel", "target") if role in roles]
    of = {column: role for role, column in roles.items()}
    people = [column for column in free if squashed(column) in PEOPLE and of.get(column, "speaker") == "speaker"]
    if not people or frame.duplicated(keys, keep=False).mean() <= 0.5:
        return None
    return next((column for column in people if not frame.duplicated([*keys, column]).any()), None)


def _refuse_names_of_channels(frame: pd.DataFrame, file: str, free: Collection[str]) -> None:
    """Raise where a column called channel holds names, and a recording has several: nobody knows which is which."""
    for column in free:
        if squashed(column) in USUAL["channel"] and frame.groupby(file, sort=False)[column].nunique().max() > 1:
            names = [str(name) for name in frame[column].dropna().unique()]
            raise BadCorpus(
                f"column {column} is {few(names)}; expected the number of a channel, or left and right; write 1 where "
                "it means the first (left) channel and 2 where it means the second, or say that the column only "
                f"describes: --column {DESCRIPTION}={column}"
            )


def _why_not(frame: pd.DataFrame, column: str, asked: Collection[str], said: Mapping[str, str], known: str) -> str:
    """Return why a column only describes; empty text where it is a target."""
    if column in asked:
        return ""
    return _SAID if column in said else known or why_description(frame, column)


def _emotions_after_all(frame: pd.DataFrame, why: dict[str, str], asked: Collection[str]) -> list[str]:
    """Take columns that hold emotions for targets, though they are called text or the like, where no other may be."""
    if any(not reason and (c in asked or _is_answer(frame, c)) for c, reason in why.items()):
        return []
    found = [
        c
        for c, reason in why.items()
        if reason not in ("", _SAID, EMPTY) and holds_emotions(frame[c]) and not all_the_same(frame[c].dropna())
    ]
    why |= dict.fromkeys(found, "")
    return [f"column {c} holds emotions, so it is a target (if it is none: --column {DESCRIPTION}={c})" for c in found]


def _described(why: Mapping[str, str]) -> list[str]:
    """Return a note on all columns that only describe, with the reasons."""
    by_reason: dict[str, list[str]] = {}
    for column, reason in why.items():
        if reason not in ("", _SAID, EMPTY):
            by_reason.setdefault(reason, []).append(column or "(no name)")
    each = "; ".join(f"{few(own, 8)} ({reason})" for reason, own in by_reason.items())
    return [f"kept as descriptions: {each}; to learn one: --target NAME"] if each else []


def _is_answer(frame: pd.DataFrame, column: str) -> bool:
    return is_emotion(column) or is_dimension(column) or holds_emotions(frame[column])


def _leave_out_the_rest(frame: pd.DataFrame, why: dict[str, str], asked: Collection[str], beside: bool) -> None:
    """Say of columns that nobody knows, and of predictions, that they describe, where it is sure what is learned."""
    open_ = [column for column, reason in why.items() if not reason]
    predicted = {c for c in open_ if c not in asked and kind_of(c) == "predicted"}
    sure = {c for c in open_ if c in asked or _is_answer(frame, c)} - predicted
    if not sure and not beside:
        return
    for column in open_:
        if column in predicted:
            why[column] = "called a prediction"
        elif column not in sure:
            why[column] = "not known to be answers"


def _rank(frame: pd.DataFrame, column: str, name: str | None) -> tuple[int, int]:
    """Return the place of a target: those called emotion first, then those with words for emotions in them.

    What a speaker was asked to show comes after what was heard.
    """
    plain, emotion = squashed(name or column), USUAL["emotion"]
    if plain in emotion:
        return 0, emotion.index(plain)
    words = {str(cell).strip().lower() for cell in frame[column].dropna().unique()[:200]}
    place = 1 + (kind_of(column) == "intended") if holds_emotions(frame[column]) else 3
    return place, not any(map(noun_of, words))


def _possible_roles(frame: pd.DataFrame) -> list[str]:
    """Return the roles to look for; target and value mean something only where both are there."""
    answers = ("target", "value")
    both = set(answers) <= {squashed(column) for column in frame.columns}
    return [role for role in ROLES if both or role not in answers]


def _of_role(role: str, frame: pd.DataFrame, columns: Collection[str]) -> str | None:
    """Return the column that is called as a role usually is, where its cells can be that."""
    names, called = USUAL[role], timed if role in TIMES else squashed
    named = [c for c in columns if called(c) in names]
    # Samples and frames are seconds only with a rate: another column that says the same comes first.
    found = sorted(named, key=lambda c: (role in TIMES and unit_of(c) in COUNTED, names.index(called(c))))
    column = found[0] if found else None
    return column if column is not None and (called(column) == role in TIMES or _fits(role, frame[column])) else None


def _said(frame: pd.DataFrame, given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what somebody said of each column, a role or a target's name, and what of several: raters or votes."""
    said: dict[str, str] = {}
    several: dict[str, str] = {}
    by_name = {str(column).lower(): column for column in frame.columns}
    for role, listed in ((role.strip(), listed) for role, listed in given.items()):
        names = _names_in(listed, by_name)
        if role in ROLES and role != RATER and len(names) > 1:
            raise BadCorpus(f"got the columns '{listed}' for {role}; expected one; choose it")
        each = len(names) > 1 and role not in (DESCRIPTION, CLASS, SCALE)
        for name in names:
            column = by_name.get(name.strip().lower())
            if column is None:
                raise BadCorpus(
                    f"got the column '{name.strip()}' for {role}; the table has "
                    f"{few(list(map(str, frame.columns)), 12)}; correct the name"
                )
            (several if each or role == VOTES else said)[column] = role
    return said, several


def _names_in(listed: str, known: Collection[str]) -> list[str]:
    """Return the names in a list with commas between; names of columns may hold commas themselves."""
    parts, names, at = listed.split(","), [], 0
    while at < len(parts):
        ends = range(len(parts), at, -1)
        end = next((end for end in ends if ",".join(parts[at:end]).strip().lower() in known), at + 1)
        names.append(",".join(parts[at:end]))
        at = end
    return names


def _fits(role: str, cells: pd.Series[Any]) -> bool:
    """Tell whether the cells of a column can be what its name says."""
    there = cells.dropna()
    texts = there.astype(str).str.strip()
    if role == "channel":
        return bool(
            texts.str.lower().isin(["0", "1", "2", "3", "4", "5", "6", "7", "8", "left", "right", "l", "r"]).all()
        )
    if role == "split":
        return len(texts) == 0 or texts.nunique() <= 12
    if role in TIMES and len(texts):
        return bool(texts.str.contains(r"\d").mean() > 0.5) and not are_dates(texts)
    return True
