"""Export and import of labels: the ending of the file says the format."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.corpus import rating_frame
from seral_core.corpora.files import few
from seral_core.corpora.reading import AS_FOUND, Reading, remembered
from seral_core.corpora.tables import column_names, is_table
from seral_core.errors import BadPlan
from seral_core.exchange import audformat_labels, elan, flat, label_studio, label_studio_flat, prodigy, textgrid
from seral_core.exchange.asked import Asked, for_table
from seral_core.exchange.contents import Contents
from seral_core.exchange.contradicting import is_imported, own_settled, settled
from seral_core.exchange.fitting import Scope, fitted
from seral_core.exchange.tiers import traces_note, with_ends
from seral_core.files import regular
from seral_core.folders import claim_file
from seral_core.oracles.votes import fits
from seral_core.store import Answer, LabelStore
from seral_core.types import Target, Task

_NAMES = uuid.UUID("0b7a9a1e-40a4-4f0f-8f5c-7c0a1d3c1f55")


@dataclass(frozen=True)
class Format:
    """One way to write labels down.

    Parameters
    ----------
    write : callable, optional
        ``write(answers, path, task)``; None where labels are only read.
    read : callable
        ``read(path, how)`` gives what a file holds that is read in this way.
    whole : bool
        Whether all rows are written, those taken back among them, or only the valid ones.
    timed : bool
        Whether it writes labels of parts alone, so that recordings have to have a known length.

    Examples
    --------
    >>> sorted(FORMATS), FORMATS[".json"].whole
    (['', '.csv', '.eaf', '.json', '.jsonl', '.parquet', '.textgrid'], False)
    """

    write: Callable[[Sequence[Answer], Path, Task], None] | None
    read: Callable[[Path, Reading], Contents]
    whole: bool
    timed: bool = False


def _read_csv(path: Path, how: Reading = AS_FOUND) -> Contents:
    return flat.read_csv(path, how) if _columns_of_table(path) else label_studio_flat.read_csv(path)


def _columns_of_table(path: Path) -> list[str]:
    """Return the columns of a plain table; none for other files, such as a CSV of Label Studio."""
    names = column_names(path) if is_table(path) else []
    return [] if {"annotator", "annotation_id"} <= set(names) else names


#: By the ending of the file; a folder has none.
FORMATS: dict[str, Format] = {
    ".csv": Format(flat.write_csv, _read_csv, whole=True),
    ".parquet": Format(flat.write_parquet, flat.read_parquet, whole=True),
    ".json": Format(label_studio.write, label_studio.read, whole=False),
    ".jsonl": Format(None, prodigy.read, whole=False),
    ".textgrid": Format(textgrid.write, textgrid.read, whole=False, timed=True),
    ".eaf": Format(elan.write, elan.read, whole=False, timed=True),
    "": Format(audformat_labels.write, audformat_labels.read, whole=True),
}


_ENDINGS = (
    ".csv, .parquet, .json (Label Studio), .textgrid (folder, Praat), .eaf (folder, ELAN), or a folder without ending "
    "(audformat)"
)


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Parameters
    ----------
    read : int
        Rows in the file.
    new : int
        Of these, rows that the store did not have.
    fit : int, optional
        Of those in the file, rows that fit the project; None where they were not compared with one.
    notes : tuple of str
        What was left out, mapped or guessed, a sentence each.
    unread : int
        Of a folder: files that cannot be read, and were left out.

    Examples
    --------
    >>> Imported(read=2, new=1)
    Imported(read=2, new=1)
    """

    read: int
    new: int
    fit: int | None = field(default=None, compare=False, repr=False)
    notes: tuple[str, ...] = field(default=(), compare=False, repr=False)
    unread: int = field(default=0, compare=False, repr=False)


def export_labels(
    store: LabelStore,
    to: Path,
    *,
    task: Task = (),
    project: Task = (),
    only_current: bool = False,
    replace: bool = False,
    lengths_s: Callable[[Collection[str]], Mapping[str, float]] = lambda segments: {},
) -> int:
    """Write the labels of a store to a file, or as audformat to a new folder.

    Parameters
    ----------
    store : LabelStore
        Whose labels.
    to : Path
        ``.csv``, ``.parquet``, ``.json`` (tasks for Label Studio), or a folder: ``.textgrid`` (Praat), ``.eaf``
        (ELAN), without ending (audformat). A folder must be new or empty.
    task : tuple of Target
        What the targets are; left out, they are as ``project`` has them, or else as the answers suggest.
    project : tuple of Target
        What the project asks that the store belongs to. The ranges of its scales are written beside their numbers.
    only_current : bool
        Leave out what was taken back, corrected or answered again. The formats of Label Studio,
        Praat and ELAN always do.
    replace : bool
        Whether a file that is there already may be replaced.
    lengths_s : callable, optional
        Returns how long the files of some segments are, in seconds; Praat and ELAN need it of recordings that were
        labelled as wholes.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    BadPlan
        When the ending is none of these, the file is there already, the folder is not empty, or the format can hold
        none of the labels.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> store = LabelStore(folder / "labels.sqlite")
    >>> _ = store.append([Answer("1", "a.wav", "emotion", "anger", rater="r1")])
    >>> export_labels(store, folder / "labels.csv"), import_labels(store, folder / "labels.csv")
    (1, Imported(read=1, new=0))
    """
    way = _format(to)
    if way.write is None:
        raise BadPlan(f"{to.name} is Prodigy's format, which is only read; expected {_ENDINGS}; rename it")
    claim_file(to, replace=replace)
    answers = store.current() if only_current or not way.whole else store.rows()
    answers = [row for row in answers if row.kind != "shown"]  # that a clip was shown is no label
    answers = with_ends(answers, lengths_s([row.segment for row in answers])) if way.timed else answers
    to.parent.mkdir(parents=True, exist_ok=True)
    named = {target.name for target in task}
    way.write(
        answers, to, (*task, *(target for target in project if target.name not in named and _is_of(target, answers)))
    )
    return len(answers)


def left_out(store: LabelStore, to: Path, *, only_current: bool = False) -> tuple[str, ...]:
    """Return what an export of a store to a file leaves out that people labelled, a sentence each; see `export_labels`.

    Examples
    --------
    >>> left_out(LabelStore("nowhere.sqlite"), Path("labels.eaf"))
    ()
    """
    way, now = _format(to), store.current()
    former = 0 if way.whole or only_current else sum(row.kind != "shown" for row in store.rows()) - len(now)
    notes = (
        f"{former} rows that were taken back, corrected or answered again, or say so, are left out: this format holds "
        "what is valid now; CSV, parquet and audformat hold all" if former else "",
        traces_note(now) if way.timed else "",
    )  # fmt: skip
    return tuple(filter(None, notes))


def _is_of(target: Target, answers: Sequence[Answer]) -> bool:
    """Whether a target was answered, and all its answers are such as it takes."""
    own = [row for row in answers if row.target == target.name and row.value is not None]
    return bool(own) and all(fits(target, row.value) for row in own if row.value is not None)


def import_labels(store: LabelStore, source: Path, asked: Asked | None = None, *, corrects: bool = False) -> Imported:
    r"""Add the labels of a file or folder to a store; what is there already is passed over.

    Files that SERAL wrote come back as they were. Tables, databases and tasks of others are read as
    far as their labels go; where the store has the same answer already, nothing is added. With ``asked``, answers of
    others are brought to a project's clips and classes, and those that do not fit are left out and named.

    Parameters
    ----------
    store : LabelStore
        Where labels go.
    source : Path
        As for `export_labels`; also ``.jsonl`` of Prodigy.
    asked : Asked, optional
        What the project asks that the store belongs to; left out, answers are stored as they are.
    corrects : bool
        Whether answers take the place of what the same raters answered in SERAL, or take it back; else those that
        do are left out and named, also in files that SERAL wrote.

    Returns
    -------
    Imported

    Raises
    ------
    BadLabel, BadCorpus
        When something cannot be read; nothing is added then.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "mine.csv").write_text("file,rater,emotion\na.wav,r1,anger\nb.wav,r1,sadness\n")
    >>> store = LabelStore(folder / "labels.sqlite")
    >>> import_labels(store, folder / "mine.csv"), import_labels(store, folder / "mine.csv")
    (Imported(read=2, new=2), Imported(read=2, new=0))
    """
    source = Path(source)
    if not source.exists():
        raise BadPlan(f"{source} is not there; expected a file or folder with labels; correct the path")
    if not source.is_dir():
        regular(source)
    known, said = remembered(source), AS_FOUND if asked is None else asked.said
    found = _format(source).read(source, for_table(said, _columns_of_table(source), source.name).over(known))
    for row in (*found.own, *found.others):
        row.check_size()
    notes = found.notes if asked is None else tuple(_as_left_out(note, asked) for note in found.notes)
    if known and not found.own:
        notes += (
            f"{source.name} was read as remembered: {known} (seral corpora {source} --forget to read it as it is)",
        )
    got = None if asked is None else fitted(found, replace(asked, remembered=known))
    own, said_of_own = own_settled(store, found.own if got is None else got.own, corrects=corrects)
    others, said_of = settled(store, found.others if got is None else got.others, corrects=corrects)
    notes += (() if got is None else got.notes) + said_of_own + said_of
    notes += () if got is None else _stays(store, got.scope, got.others)
    new = store.append([*own, *_named(others, store)])
    return Imported(len(found), new, None if got is None else got.fit, notes, found.unread)


def _as_left_out(note: str, asked: Asked) -> str:
    """Return a note on a column of a table; where the project asks for what is in it, its answers are left out."""
    named = {*(target.name for target in asked.task), *asked.names}
    for name in named:
        if note.startswith(before := f"column {name} is kept as a description: "):
            return f"answers left out: all in the column {name}, since {note.removeprefix(before)}"
    return note


def _stays(store: LabelStore, scope: Scope, kept: Sequence[Answer]) -> tuple[str, ...]:
    """Say which answers of an earlier import stay, though the same raters do not give them any more."""
    given = {_place(row) for row in kept}
    stay = [
        row
        for row in store.current()
        if row.kind == "answer" and is_imported(row) and row.rater in scope.raters
        if row.segment in scope.segments and row.target in scope.targets and _place(row) not in given
    ]
    if not stay:
        return ()
    first = few([f"{row.segment}: {row.target} = {row.value} by {row.rater}" for row in stay])
    return (f"answers that were stored before and that this file does not give stay: {len(stay)} ({first})",)


def ratings_of(
    answers: Iterable[Answer], *, purposes: Sequence[str] = ("query", "free", "gold", "test")
) -> pd.DataFrame:
    """Return answers as ratings in long form, as `seral_core.scores.ratings` takes them.

    Parameters
    ----------
    answers : iterable of Answer
        Such as ``store.current()``. A machine is no rater: its answers are left out.
    purposes : sequence of str
        Answers of others are left out: a repeat is no second vote. Of what a rater answered twice
        for other purposes the last counts; repeats all count.

    Returns
    -------
    DataFrame
        Columns ``segment target rater value``. A raw trace is no vote; see
        `seral_core.store.labels_of`.

    Examples
    --------
    >>> ratings_of([Answer("1", "a.wav", "emotion", "anger", rater="r1")])
      segment   target rater  value
    0   a.wav  emotion    r1  anger
    """
    last = {
        (row.segment, row.target, row.rater, row.id if row.purpose == "repeat" else ""): row.value
        for row in answers
        if row.kind == "answer" and row.value is not None and row.purpose in purposes and row.source != "machine"
    }
    return rating_frame((segment, target, rater, value) for (segment, target, rater, _), value in last.items())


def _format(path: Path) -> Format:
    ending = path.suffix.lower()
    if path.is_dir():
        of_audformat = (path / "db.yaml").exists()
        inside = set() if of_audformat else {each.suffix.lower() for each in path.rglob("*")}
        ending = next((own for own, way in FORMATS.items() if way.timed and own in inside | {ending}), "")
    if ending not in FORMATS:
        raise BadPlan(
            f"{path.name} has the ending '{ending}'; expected {_ENDINGS}, or .jsonl (Prodigy) to import; rename it"
        )
    return FORMATS[ending]


def _named(answers: Sequence[Answer], store: LabelStore) -> list[Answer]:
    """Leave out answers of others that the store has, whatever file they came from before, and give each an id.

    One without an id gets the same for the same word, another where it was changed in between.
    """
    named: list[Answer] = []
    stands = {_place(row): row for row in store.current()} if answers else {}
    for answer in answers:
        before = stands.get(_place(answer))
        if before is not None and _word(before) == _word(answer):
            continue
        if answer.id == flat.NAMELESS:
            word: tuple[Any, ...] = (*_place(answer), answer.kind, answer.value, before.id if before else "")
            answer = replace(answer, id=str(uuid.uuid5(_NAMES, repr(word))))
        named.append(answer)
        stands[_place(answer)] = answer
    return named


def _word(answer: Answer) -> tuple[Any, ...]:
    return (answer.value, answer.kind, answer.comment, answer.secondary)


def _place(answer: Answer) -> tuple[str, ...]:
    return (answer.rater, answer.segment, answer.target, answer.purpose)
