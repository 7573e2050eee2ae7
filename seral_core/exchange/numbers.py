"""Numbers of others on a project's scales: converted where their range is known, refused where it is a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from seral_core.corpora.answers import guessed_range
from seral_core.corpora.odd_numbers import are_few
from seral_core.corpora.scales import as_text, on_scale, shown
from seral_core.errors import BadCorpus
from seral_core.exchange.asked import Asked
from seral_core.exchange.contents import Contents, Range, answer_id
from seral_core.store import Answer
from seral_core.types import Target

Ends = tuple[float, float]


def range_of(name: str, numbers: Sequence[float], target: Target, known: Range | None) -> tuple[Ends | None, str]:
    """Return the range that numbers of others are in, and a note; None where nobody can tell, or they leave it.

    A guess counts only where it is the project's range: the middle of another scale would be stored as something
    else, and its ends would be left out.

    Parameters
    ----------
    name : str
        What others call the target.
    numbers : sequence of float
        All of them, and at least one.
    target : Target
        What the project asks.
    known : Range, optional
        As somebody said it, or as the file does; left out, it is guessed.

    Examples
    --------
    >>> arousal = Target("arousal", low=1, high=5)
    >>> range_of("arousal", [2.0, 7.0], arousal, Range(1, 7))
    ((1, 7), 'numbers of arousal are converted from [1, 7] to the [1, 5] of the project')
    >>> range_of("arousal", [2.0, 7.0], arousal, None)[0] is None
    True
    """
    own = target.low, target.high
    span = f"its numbers go from {min(numbers):g} to {max(numbers):g}"
    option, within = f"--range {target.name}=", target.low <= min(numbers) and max(numbers) <= target.high
    known = known or _guess(name, numbers)
    if known is None:
        return None, (
            f"{span}, which is no usual range, and the project asks {shown(own)}; say their range, and they are "
            f"converted ({option}LOW:HIGH)"
        )
    if known.guessed and known.ends != own:
        as_own = f", or {option}{as_text(own)} if they are on the project's scale" * within
        return None, (
            f"{span}, which looks like the range {shown(known.ends)}, but the project asks {shown(own)}; say their "
            f"range, and they are converted ({option}{as_text(known.ends)}{as_own})"
        )
    if not all(known.low <= number <= known.high for number in numbers):
        return None, f"{span}, which is not within their range {shown(known.ends)}; correct it ({option}LOW:HIGH)"
    if known.ends == own:
        return own, ""
    return known.ends, f"numbers of {name} are converted from {shown(known.ends)} to the {shown(own)} of the project"


def _without_slips(numbers: list[float], known: Range | None) -> list[float]:
    """Return numbers without a few that are beyond a range that is known: `Numbers.value` takes them off the scale."""
    within = [number for number in numbers if known is None or known.guessed or known.low <= number <= known.high]
    return within if are_few(len(numbers) - len(within), len(numbers)) else numbers


def _said(asked: Asked) -> dict[str, Range]:
    return {name: Range(*ends) for name, ends in asked.how.options.get("ranges", {}).items()}


def _guess(name: str, numbers: Sequence[float]) -> Range | None:
    try:
        return Range(*guessed_range(name, pd.Series(numbers, dtype=float)), guessed=True)
    except BadCorpus:
        return None


class Numbers:
    """The numbers of others in a file, by target: which range they are in, and which cannot be used.

    Parameters
    ----------
    others : sequence of Answer
        Answers of others.
    targets : mapping of str to Target
        The project's target for each of their names.
    asked : Asked
        What the project asks, and what was said of ranges.
    ranges : mapping of str to Range
        What the file says of them.

    Examples
    --------
    >>> theirs = [Answer("1", "a.wav", "arousal", 4.0, rater="r"), Answer("2", "b.wav", "arousal", 7.0, rater="r")]
    >>> arousal = Target("arousal", low=1, high=5)
    >>> asked = Asked((arousal,), toy_corpus, ranges=("arousal=1:7",))
    >>> Numbers(theirs, {"arousal": arousal}, asked, {}).value("arousal", 4.0, arousal)
    3.0
    """

    def __init__(
        self, others: Sequence[Answer], targets: Mapping[str, Target], asked: Asked, ranges: Mapping[str, Range]
    ) -> None:
        said = _said(asked)
        self.refused: dict[str, str] = {}
        self.notes: list[str] = []
        self._ends: dict[str, Ends] = {}
        for name, target in targets.items():
            given = [number for row in others if row.target == name and (number := number_in(row)) is not None]
            known = said.get(name) or said.get(target.name) or ranges.get(name)
            given = _without_slips(given, known)
            if not target.is_scale or not given:
                continue
            ends, note = range_of(name, given, target, known)
            if ends is None:
                self.refused[name] = note
                continue
            self._ends[name] = ends
            self.notes += [note] if note else []

    def value(self, name: str, number: float, target: Target) -> float:
        """Return a number of theirs on the project's scale."""
        return float(on_scale(number, self._ends.get(name, (target.low, target.high)), target))


def number_in(answer: Answer) -> float | None:
    """Return the number that an answer gives, also as a word; None for any other.

    Examples
    --------
    >>> number_in(Answer("1", "a", "arousal", "4", rater="r")), number_in(Answer("1", "a", "e", "anger", rater="r"))
    (4.0, None)
    """
    try:
        return None if answer.value is None or answer.kind != "answer" else float(answer.value)
    except ValueError:
        return None


def own_on_scales(contents: Contents, asked: Asked) -> tuple[list[Answer], list[str]]:
    """Return the rows that SERAL exported, their numbers on the project's scales, and notes.

    Rows of the project's own range stay as they were, and so do those of which nobody says the range where all numbers
    are within the project's: earlier versions did not write it down. Traces stay as they were. Converted rows are
    other answers than those they were made of. Rows of a target whose numbers cannot be converted are left out, all of
    them.

    Examples
    --------
    >>> rows = [Answer("1", "a.wav", "arousal", 4.0, rater="r")]
    >>> asked = Asked((Target("arousal", low=1, high=5),), toy_corpus)
    >>> own_on_scales(Contents(rows, ranges={"arousal": Range(1, 7)}), asked)[0][0].value
    3.0
    """
    said = _said(asked)
    moves: dict[str, tuple[Target, Ends] | None] = {}
    notes: list[str] = []
    for target in (target for target in asked.task if target.is_scale and not target.rate_hz):
        rows = [row for row in contents.own if row.target == target.name]
        given = [row.value for row in rows if isinstance(row.value, float)]
        known = said.get(target.name) or contents.ranges.get(target.name)
        if not given or (known is None and all(target.low <= number <= target.high for number in given)):
            continue
        ends, note = range_of(target.name, given, target, known)
        if ends is None:
            notes.append(f"rows that SERAL exported are left out: all {len(rows)} of {target.name}; {note}")
        elif ends != (target.low, target.high):
            notes.append(note)
        else:
            continue
        moves[target.name] = None if ends is None else (target, ends)
    new = {row.id: answer_id(row.id, as_text(move[1])) for row in contents.own if (move := moves.get(row.target))}
    left = {row.id for row in contents.own if row.target in moves and moves[row.target] is None}
    kept = (row for row in contents.own if row.id not in left and row.of not in left)
    return [_moved(row, moves.get(row.target), new) for row in kept], notes


def _moved(row: Answer, move: tuple[Target, Ends] | None, new: Mapping[str, str]) -> Answer:
    """Return a row on the project's scale, under an id of its own; also one that is about such a row."""
    if move is None:
        return row if row.of not in new else replace(row, id=answer_id(row.id, new[row.of]), of=new[row.of])
    target, ends = move
    value = float(on_scale(row.value, ends, target)) if isinstance(row.value, float) else row.value
    return replace(row, id=new[row.id], of=new.get(row.of, row.of), value=value)
