"""What each column of somebody's table is: the file, the speaker, a rater, a target, or only a description."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from seral_core.corpora.corpus import NOUNS, noun
from seral_core.corpora.files import AUDIO, few
from seral_core.corpora.rater_columns import count_columns, holds_emotions, of_which_rater, rater_columns
from seral_core.corpora.time_units import COUNTED, TIMES, timed, unit_of
from seral_core.corpora.usual_names import MSP, USUAL, is_dimension, is_emotion, names_recordings, squashed
from seral_core.errors import BadCorpus

#: What a column may be, besides a target: a role has one column at most, a description any number.
ROLES = (
    *("file", "start", "end", "duration", "channel", "speaker", "session", "sex", "split", "rater", "target", "value"),
)
DESCRIPTION, CLASS, SCALE = "description", "class", "scale"

#: Numbers of things, and how far raters differ: not what they answered.
_IS_ABOUT = re.compile(
    r"[_\W](?:id|idx|nr|no|std|sd|stdev|stddev|var|variance|sem|ci|count)$|^(?:std|sd|stdev|var|n|num|count)[_\W]"
)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:[ T].*)?|\d\d?[./]\d\d?[./]\d{2,4}(?: .*)?")
_SAID, _EMPTY = "as --column says", "it is empty"
#: More different texts than this are no classes; nor are texts that hardly repeat, in a table of some length.
MOST_CLASSES, MANY_ROWS = 50, 8


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
        What somebody said: a role (``speaker``, ``file`` ...), or ``description``, ``class``, ``scale``, or the name of
        a target, to one or more columns with commas between.
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
    said, wanted = _said(frame, given or {}), set(wanted)
    notes: list[str] = []
    roles = {role: column for column, role in said.items() if role in ROLES}
    free = [column for column in frame.columns if column not in said]
    if "file" not in roles:
        roles["file"] = _file_column(frame, free, exists)
    for role in _possible_roles(frame):
        found = _of_role(role, frame, [c for c in free if c not in (*roles.values(), *wanted)])
        if found is not None and role not in roles:
            roles[role] = found
            if squashed(found) != role:
                notes.append(f"column {found} is read as the {role} (--column {role}=OTHER for another)")
    if "file" in roles and squashed(roles["file"]) != "file":
        notes.append(f"column {roles['file']} names the recordings (--column file=OTHER for another)")
    rest = [column for column in frame.columns if column not in roles.values()]
    named = {c: role for c, role in said.items() if role not in (*ROLES, DESCRIPTION, CLASS, SCALE)}
    named |= {c: MSP[squashed(c)] for c in rest if squashed(c) in MSP and c not in said}
    open_ = [c for c in rest if c not in said and c not in wanted]
    counts = count_columns(frame, open_)
    raters = {
        c: who
        for c, who in rater_columns(frame, [c for c in open_ if c not in counts]).items()
        if not _only_describes(who[0]) and not _why_description(frame, c)
    }
    rest = [column for column in rest if column not in raters and column not in counts]
    asked = {c for c in rest if said.get(c, DESCRIPTION) != DESCRIPTION or wanted & {c, named.get(c)}}
    kept_out = dict.fromkeys((target for target, _ in raters.values()), "the raters' own columns are there")
    kept_out |= {"emotion": "the counts of votes are there"} if counts else {}
    why = {c: _why_not(frame, c, asked, said, kept_out.get(named.get(c, c), "")) for c in rest}
    sure = asked | {c for c in rest if is_emotion(c) or is_dimension(c) or c in named or holds_emotions(frame[c])}
    if raters or counts or any(not why[c] for c in sure):
        why |= {c: "nobody asked for it (to learn it: --target)" for c in rest if not why[c] and c not in sure}
    notes += [
        f"column {c or '(without a name)'} is kept as a description: {reason}"
        for c, reason in why.items()
        if reason not in ("", _SAID, _EMPTY)
    ]
    if raters:
        notes.append(f"columns {few(list(raters), 4)} are read as the answers of raters")
    if counts:
        notes.append(f"columns {few(list(counts), 4)} are read as counts of votes (--column scale=NAME for scales)")
    targets = sorted((c for c in rest if not why[c]), key=lambda column: _rank(frame, column, named.get(column)))
    forced = {column: role for column, role in said.items() if role in (CLASS, SCALE)}
    described = tuple(c for c in rest if why[c])
    return Columns(roles, tuple(targets), named, forced, raters, counts, described, tuple(notes))


def _why_not(frame: pd.DataFrame, column: str, asked: Collection[str], said: Mapping[str, str], known: str) -> str:
    """Return why a column only describes; empty text where it is a target."""
    if column in asked:
        return ""
    return _SAID if column in said else known or _why_description(frame, column)


def _rank(frame: pd.DataFrame, column: str, name: str | None) -> int:
    """Return the place of a target: those called emotion first, then those with words for emotions in them."""
    plain, emotion = squashed(name or column), USUAL["emotion"]
    return emotion.index(plain) if plain in emotion else len(emotion) + (not holds_emotions(frame[column]))


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


def _said(frame: pd.DataFrame, given: Mapping[str, str]) -> dict[str, str]:
    """Return what somebody said of each column: a role, or the name of a target."""
    said: dict[str, str] = {}
    by_name = {str(column).lower(): column for column in frame.columns}
    for role, listed in given.items():
        if role.strip() in ROLES and "," in listed:
            raise BadCorpus(f"got the columns '{listed}' for {role}; expected one; choose it")
        for name in listed.split(","):
            column = by_name.get(name.strip().lower())
            if column is None:
                raise BadCorpus(
                    f"got the column '{name.strip()}' for {role}; the table has "
                    f"{few(list(map(str, frame.columns)), 12)}; correct the name"
                )
            said[column] = role.strip()
    return said


def _file_column(frame: pd.DataFrame, free: Collection[str], exists: Callable[[pd.Series[Any]], float]) -> str:
    """Return the column that names the recordings: by its name, and where several could be, by what is in them."""
    names = USUAL["file"]
    found = [(names.index(squashed(c)), at, c) for at, c in enumerate(free) if squashed(c) in names]
    scored: list[tuple[float, float, int, int, str]] = []
    weak: list[tuple[float, float, int, int, str]] = []
    for rank, at, column in found:
        cells = frame[column].dropna().astype(str).head(2000)
        proves = names_recordings([column])
        there = exists(cells) if len(found) > 1 or not proves else 0.0
        sounds = _sounds(cells)
        (scored if proves or there > 0.5 or sounds > 0.5 else weak).append(
            (-round(there, 3), -round(sounds), rank, at, column)
        )
    scored = scored or [one for one in weak if one[0] < 0]  # a few recordings of many are there
    scored = scored or [(0.0, 0.0, 0, at, c) for at, c in enumerate(free) if _sounds(frame[c]) > 0.5]
    if not scored:
        listed = few([str(c) or "(without a name)" for c in frame.columns], 8) or "none"
        raise BadCorpus(
            f"no column 'file'; its columns are {listed}; rename the one that names the recordings, or say which it "
            "is, such as --column file=NAME"
        )
    return str(min(scored)[-1])


def _sounds(cells: pd.Series[Any]) -> float:
    """Return the part of some cells that end as recordings do."""
    there = cells.dropna().astype(str).head(2000)
    return float(there.map(_looks_like_sound).mean()) if len(there) else 0.0


def _looks_like_sound(cell: str) -> bool:
    return re.search(r"\.\w{2,4}$", cell) is not None and "." + cell.rsplit(".", 1)[-1].lower() in AUDIO


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
        return bool(texts.str.contains(r"\d").mean() > 0.5)
    return True


def _why_description(frame: pd.DataFrame, column: str) -> str:
    """Return why nobody would want to learn a column; empty text where somebody may."""
    cells = frame[column].dropna()
    if not len(cells):
        return _EMPTY
    plain = squashed(str(column))
    if not plain or plain.startswith("unnamed"):
        return "it has no name"
    if is_emotion(str(column)) or plain in MSP:
        return ""
    if _IS_ABOUT.search(str(column)):
        return "its name says so (to learn it: --target)"
    if is_dimension(str(column)):
        return ""
    if _only_describes(str(column)) or _only_describes(of_which_rater(str(column))[0]):
        return "its name says so (to learn it: --target)"
    texts = cells.astype(str).str.strip()
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.notna().all():
        return "its numbers only count the rows" if _counts(numbers) else ""
    if texts.map(lambda text: _DATE.fullmatch(text) is not None).all():
        return "it holds dates"
    return "its texts are too many or too long for classes" if is_prose(texts) else ""


def _only_describes(name: str) -> bool:
    """Tell whether a column is called as one that nobody learns: an age, a file, a rater."""
    plain = squashed(name)
    roles = (names for role, names in USUAL.items() if role not in ("emotion", "dimension"))
    return plain.rstrip("0123456789") in USUAL["description"] or any(
        {plain, timed(name)} & set(names) for names in roles
    )


def is_prose(texts: pd.Series[Any]) -> bool:
    """Tell whether texts are no classes: too many different ones, hardly any twice, or sentences.

    Examples
    --------
    >>> is_prose(pd.Series([f"sentence number {i}" for i in range(20)])), is_prose(pd.Series(["a", "b"] * 9))
    (True, False)
    """
    if pd.to_numeric(texts, errors="coerce").notna().any():
        return False
    words = set(NOUNS.values())
    different = texts.str.strip().str.lower().unique()
    if len(different) > MOST_CLASSES:
        return True
    if all(noun(text) in words for text in different):
        return False
    if len(texts) >= MANY_ROWS and len(different) > 0.5 * len(texts):
        return True
    return sum(len(text.split()) >= 4 for text in different) * 2 > len(different)


def _counts(numbers: pd.Series[float]) -> bool:
    """Tell whether whole numbers go up by one from row to row, or are all different and large, as ids are."""
    whole = bool((numbers % 1 == 0).all())
    if not whole or len(numbers) < MANY_ROWS:
        return False
    return bool((numbers.diff().dropna() == 1).all()) or (bool(numbers.is_unique) and numbers.max() > 100)
