"""What each field of an event may be in a record, and how a sentence says so."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

Fits: TypeAlias = Callable[[Any], bool]


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _list_of(fits: Fits) -> Fits:
    return lambda value: isinstance(value, list | tuple) and all(map(fits, value))


def _table_of(fits: Fits) -> Fits:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _label(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and all(_text(value.get(name)) for name in ("segment", "target", "annotator"))
        and all(_finite(value.get(name, 1.0)) for name in ("cost", "weight"))
        and any(fits(value.get("value")) for fits in (_text, _finite, _list_of(_text), _list_of(_unit)))
    )


def _unit(value: Any) -> bool:
    """Whether it may be one number of a trace, which may have gaps."""
    return value is None or _finite(value) or value != value


#: A watched stream has no end, and so no budget.
BUDGET: tuple[Fits, str] = (lambda value: _finite(value) or value == math.inf, "a number")
#: By the kind of a field: what it may be, and how a sentence says so.
FITS: dict[str, tuple[Fits, str]] = {
    "int": (_whole, "a whole number"),
    "float": (_finite, "a finite number"),
    "str": (_text, "a text"),
    "tuple[int, ...]": (_list_of(_whole), "a list of whole numbers"),
    "tuple[str, ...]": (_list_of(_text), "a list of texts"),
    "tuple[Label, ...]": (_list_of(_label), "a list of labels, each with segment, target, value and annotator"),
    "dict[str, dict[str, float]]": (_table_of(_table_of(_finite)), "a finite number for each metric of each target"),
    "dict[str, dict[str, Any]]": (_table_of(lambda value: isinstance(value, dict)), "a table for each target"),
    "Sequence[Mapping[str, float]]": (_list_of(_table_of(_finite)), "a list of tables of finite numbers"),
}
