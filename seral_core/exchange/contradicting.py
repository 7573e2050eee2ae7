"""Answers in a file that say something else than the same rater says in the store: named, and kept out or taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from seral_core.corpora.files import few
from seral_core.store import Answer, LabelStore
from seral_core.store.standing import standing


def is_imported(answer: Answer) -> bool:
    """Whether an answer came from a file of others, and was not given in SERAL."""
    return answer.purpose == "free" and not answer.run


def settled(
    store: LabelStore, answers: Sequence[Answer], *, corrects: bool = False
) -> tuple[list[Answer], tuple[str, ...]]:
    """Return the answers to store, and what is to be said of those that contradict what is stored.

    What a rater answered in SERAL counts: the same rater's other answer in a file is left out, unless the file
    ``corrects``. What came from an earlier file is replaced. The same answer once more is left out without a word.

    Parameters
    ----------
    store : LabelStore
        What is there already.
    answers : sequence of Answer
        Of others, by the store's names of clips and targets.
    corrects : bool
        Whether these answers take the place of those that the same raters gave in SERAL.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> store = LabelStore(Path(tempfile.mkdtemp()) / "labels.sqlite")
    >>> _ = store.append([Answer("1", "a.wav", "emotion", "anger", rater="anna", run="r")])
    >>> theirs = [Answer("2", "a.wav", "emotion", "fear", rater="anna", purpose="free")]
    >>> settled(store, theirs)
    ([], ('answers left out: 1 of 1, since the same raters answered otherwise here: a.wav: emotion = fear, but ...
    >>> [answer.of for answer in settled(store, theirs, corrects=True)[0]]
    ['1']
    """
    stored = store.current() if answers else []
    here = _by_place(answer for answer in stored if not is_imported(answer))
    before = _by_place(answer for answer in stored if is_imported(answer))
    kept, contrary, other = [], list[str](), list[str]()
    for answer in answers:
        given = here.get(_place(answer)) if answer.kind == "answer" else None
        if given is not None and _same(given, answer):
            continue
        if given is not None:
            contrary.append(f"{_said(answer)}, but {answer.rater} answered {given.value}")
            if corrects:
                kept.append(replace(answer, of=given.id))
            continue
        earlier = before.get(_place(answer)) if answer.kind == "answer" else None
        if earlier is not None and not _same(earlier, answer):
            other.append(f"{_said(answer)}, before {earlier.value}")
        kept.append(answer)
    return kept, (*_of_here(contrary, len(answers), corrects), *_of_files(other))


def own_settled(
    store: LabelStore, rows: Sequence[Answer], *, corrects: bool = False
) -> tuple[list[Answer], tuple[str, ...]]:
    """Return the rows that SERAL wrote and that are to be stored, and what is to be said of the others.

    They are stored as they were, but a file may have been edited, or be of a copy of the project that went on: where
    it takes back or replaces what a rater answered here, its rows of that rater and clip are left out, unless the
    file ``corrects``. That a clip was shown is for the session alone to say.

    Parameters
    ----------
    store, corrects
        As in `settled`.
    rows : sequence of Answer
        As SERAL exported them.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> store = LabelStore(Path(tempfile.mkdtemp()) / "labels.sqlite")
    >>> _ = store.append([Answer("1", "a.wav", "emotion", "anger", rater="anna", run="r")])
    >>> theirs = [Answer("2", "a.wav", "emotion", rater="anna", kind="retraction", of="1")]
    >>> own_settled(store, theirs)
    ([], ('answers left out: those of 1 clips, since they take back or replace ...: a.wav: emotion = anger by anna; ...
    >>> len(own_settled(store, theirs, corrects=True)[0])
    1
    """
    rows = [row for row in rows if row.kind != "shown"]
    stored = store.rows() if rows else []
    known = {row.id for row in stored}
    new = [row for row in rows if row.id not in known]
    here = _by_place(row for row in standing(stored) if not is_imported(row)) if new else {}
    after = _by_place(standing([*stored, *new])) if here else {}
    lost = [row for place, row in here.items() if place not in after or not _as_good(row, after[place])]
    if not lost:
        return rows, ()
    few_lost = few([f"{_said(row)} by {row.rater}" for row in lost])
    if corrects:
        return rows, (f"answers that the file takes back or replaces, given here: {len(lost)} ({few_lost})",)
    clips = {(row.rater, row.segment) for row in lost}
    kept = [row for row in rows if row.id in known or (row.rater, row.segment) not in clips]
    return kept, (
        f"answers left out: those of {len(clips)} clips, since they take back or replace what the same raters answered "
        f"here: {few_lost}; if the file is right, import it with --corrects",
    )


def _of_here(contrary: list[str], of: int, corrects: bool) -> tuple[str, ...]:
    if not contrary:
        return ()
    if corrects:
        return (f"answers that correct what the same raters answered here: {len(contrary)} ({few(contrary)})",)
    return (
        f"answers left out: {len(contrary)} of {of}, since the same raters answered otherwise here: {few(contrary)}; "
        "if the file is right, import it with --corrects",
    )


def _of_files(other: list[str]) -> tuple[str, ...]:
    said = f"answers that replace those of the same raters from an earlier import: {len(other)} ({few(other)})"
    return (said,) if other else ()


def _by_place(answers: Iterable[Answer]) -> dict[tuple[str, str, str], Answer]:
    """Return the last answer of each rater on each clip and target; repeats are about something else."""
    return {_place(each): each for each in answers if each.kind == "answer" and each.purpose != "repeat"}


def _place(answer: Answer) -> tuple[str, str, str]:
    return answer.rater, answer.segment, answer.target


def _same(one: Answer, other: Answer) -> bool:
    return (one.value, one.trace) == (other.value, other.trace)


def _as_good(one: Answer, other: Answer) -> bool:
    return _same(one, other) and one.source == other.source


def _said(answer: Answer) -> str:
    return f"{answer.segment}: {answer.target} = {answer.value}"
