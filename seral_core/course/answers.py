"""What a student wrote: not yet there, not yet right, or right; each in a sentence and without a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seral_core.errors import SeralError

#: What often goes wrong in Python, by a piece of its message, and what to try.
_HINTS = {
    "ellipsis": "Are there three dots left?",
    "object is not iterable": "One value stands where several should: [10] takes one of them, [:10] the first ten.",
    "has no attribute 'count'": "An array is compared with a value one by one: np.mean(values == value) is a share.",
}


class NotYet(SeralError):
    """An exercise that is not solved yet; in Jupyter its sentence stands alone, and cells below do not run."""

    def _render_traceback_(self) -> list[str]:
        return [f"✗ {self}"]


@dataclass(frozen=True)
class Right:
    """What a self-check shows when an answer is right.

    Examples
    --------
    >>> Right("Smallest gap first.")
    ✓ Smallest gap first.
    """

    text: str

    def __repr__(self) -> str:
        return f"✓ {self.text}"


def need(held: object, text: str) -> None:
    """Raise `NotYet` with a sentence unless something holds.

    Examples
    --------
    >>> need(2 > 1, "Two is more than one.")
    """
    if not held:
        raise NotYet(text)


def written(value: Any, name: str) -> Any:
    """Return what a student filled in for the three dots.

    Examples
    --------
    >>> written(3, "my_guess")
    3
    >>> written(..., "my_guess")
    Traceback (most recent call last):
    seral_core.course.answers.NotYet: `my_guess` is not filled in yet: put your answer in place of the three dots.
    """
    need(
        value is not ... and value is not None,
        f"`{name}` is not filled in yet: put your answer in place of the three dots.",
    )
    return value


def called(function: Any, name: str, *given: Any, hints: Mapping[str, str] | None = None) -> Any:
    """Return what a student's function returns; what it raises is told in a sentence.

    ``hints`` says what to try, by a piece of what Python says.

    Examples
    --------
    >>> called(len, "len", [1, 2])
    2
    >>> called(lambda: [][0], "first")
    Traceback (most recent call last):
    seral_core.course.answers.NotYet: `first` stopped with IndexError: list index out of range
    """
    need(callable(function), f"`{name}` is no function any more: run the cell that defines it again.")
    try:
        value = function(*given)
    except NotYet:
        raise
    except Exception as wrong:
        text = re.sub(r"\w+\.<locals>\.", "", str(wrong))
        hint = next((f". {hint}" for part, hint in {**(hints or {}), **_HINTS}.items() if part in text.lower()), "")
        raise NotYet(f"`{name}` stopped with {type(wrong).__name__}: {text}{hint}") from None
    need(
        value is not None and value is not ...,
        f"`{name}` returns nothing yet: write its lines in place of the three dots.",
    )
    return value


def predicted(guess: Any, options: Sequence[Any] | None = None, *, least: float = 0.0, most: float = 1.0) -> Any:
    """Return a prediction, which stands before what it is about is shown.

    Parameters
    ----------
    guess : object
        What the student filled in.
    options : sequence, optional
        What may be answered; left out, a number from ``least`` to ``most``.
    least, most : float
        Of a number.

    Raises
    ------
    NotYet
        When there is none, or it is none of the options.

    Examples
    --------
    >>> predicted("Fear", ["anger", "fear"]), predicted(0.2)
    ('fear', 0.2)
    >>> predicted("sad", ["anger", "fear"])
    Traceback (most recent call last):
    seral_core.course.answers.NotYet: Got 'sad'; answer with one of: 'anger', 'fear'.
    """
    need(guess is not ... and guess is not None, "First predict, then look: put your guess in place of the three dots.")
    if options is not None:
        same = {str(option).casefold(): option for option in options}
        guess = same.get(guess.strip().casefold(), guess) if isinstance(guess, str) else guess
        need(guess in list(options), f"Got {guess!r}; answer with one of: {', '.join(map(repr, options))}.")
        return guess
    number = isinstance(guess, int | float) and not isinstance(guess, bool)
    quoted = " and without quotation marks" if isinstance(guess, str) else ""
    need(number and least <= guess <= most, f"Got {guess!r}; answer with a number from {least:g} to {most:g}{quoted}.")
    share = least == 0 and most == 100 and 0 < guess < 1
    need(not share, f"Got {guess!r}; that is a share. Answer with how many of 100: {100 * guess:g}.")
    return guess


def three_numbers(got: Any, otherwise: str) -> tuple[float, float, float]:
    """Return three numbers that a student's function returned; say otherwise what was expected.

    Examples
    --------
    >>> three_numbers([1, 0, 2], "Return three numbers.")
    (1.0, 0.0, 2.0)
    >>> three_numbers(([1, 2], 0, 2), "Return three numbers.")
    Traceback (most recent call last):
    seral_core.course.answers.NotYet: Return three numbers.
    """
    try:
        one, two, three = map(float, got)
    except (TypeError, ValueError):
        raise NotYet(otherwise) from None
    return one, two, three


def alike(got: Any, expected: Any, tolerance: float = 1e-9) -> bool:
    """Say whether two results are the same: numbers nearly, all else exactly.

    Examples
    --------
    >>> alike([0.1 + 0.2], [0.3]), alike(["a"], ["b"])
    (True, False)
    """
    import numpy as np

    try:
        return bool(np.shape(got) == np.shape(expected) and np.allclose(got, expected, atol=tolerance, rtol=0))
    except (TypeError, ValueError):
        return bool(np.array_equal(np.asarray(got, dtype=object), np.asarray(expected, dtype=object)))


def answer_of(function: Callable[..., Any], name: str, given: tuple[Any, ...], expected: Any, hint: str) -> None:
    """Raise `NotYet` with a hint unless a function returns what is expected.

    Examples
    --------
    >>> answer_of(len, "len", ([1, 2],), 2, "Count them.")
    >>> answer_of(len, "len", ([1, 2],), 3, "Count them.")
    Traceback (most recent call last):
    seral_core.course.answers.NotYet: `len` returned 2. Count them.
    """
    got = called(function, name, *given)
    need(alike(got, expected), f"`{name}` returned {_short(got)}. {hint}")


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:77] + "..."
