"""Numbers of one scale on another, and whether the range of a scale is known or only guessed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from seral_core.corpora.corpus import Corpus
from seral_core.types import Target


def on_scale(values: Any, range: tuple[float, float], target: Target) -> Any:
    """Return numbers of one range on the scale of a target: ends become ends, and the middle the middle.

    Parameters
    ----------
    values : float, or Series or array of them
        In ``range``.
    range : pair of float
        The range that they are in.
    target : Target
        A scale.

    Examples
    --------
    >>> float(on_scale(4.0, (1, 7), Target("arousal", low=1, high=5))), float(on_scale(4.0, (1, 5), Target("v")))
    (3.0, 0.5)
    """
    low, high = range
    if (low, high) == (target.low, target.high):
        return values
    moved = target.low + (values - low) / (high - low) * (target.high - target.low)
    return np.clip(moved, target.low, target.high)  # which rounding may have left by a hair


def range_is_guessed(corpus: Corpus, name: str) -> bool:
    """Return whether the range of a corpus's scale was guessed from its numbers.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> range_is_guessed(toy_corpus(), "arousal")
    False
    """
    return any(note.startswith(f"range of {name} guessed") for note in corpus.notes)


def shown(range: tuple[float, float]) -> str:
    """Return a range as messages write it.

    Examples
    --------
    >>> shown((1.0, 7.0))
    '[1, 7]'
    """
    return f"[{range[0]:g}, {range[1]:g}]"


def as_text(range: tuple[float, float]) -> str:
    """Return a range as options and files write it, to its last digit; `from_text` reads it.

    Examples
    --------
    >>> as_text((1.0, 7.0)), as_text((-0.1, 1.0))
    ('1:7', '-0.1:1')
    """
    return ":".join(repr(end).removesuffix(".0") for end in map(float, range))


def from_text(text: str) -> tuple[float, float] | None:
    """Return the range that a text such as ``1:7`` gives; None where it gives none.

    Examples
    --------
    >>> from_text("1:7"), from_text("7:1"), from_text("1:inf"), from_text("")
    ((1.0, 7.0), None, None, None)
    """
    low, _, high = text.partition(":")
    try:
        found = float(low), float(high)
    except ValueError:
        return None
    return found if -math.inf < found[0] < found[1] < math.inf else None
