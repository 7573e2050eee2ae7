"""Numbers of labels as they are typed: as numbers, or as shares of the pool."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from seral_core.errors import BadPlan
from seral_core.progress import progress_bar


def with_numbers(plan: Any, typed: Mapping[str, str | None]) -> Any:
    """Return a plan with what was typed for ``initial``, ``batch`` and ``budget``.

    Without a budget it is 200, 600 seconds of traces, or what the pool has where that is less.
    """
    from seral_core.runs.speech import fitting_numbers, number_of_labels

    read = partial(number_of_labels, plan, report=progress_bar("features"))
    plan = plan.varied(**{name: _whole(name, read(typed[name] or "")) for name in ("initial", "batch")})
    if typed["budget"] is not None:
        return plan.varied(budget=read(typed["budget"], spent=True))
    return plan.varied(**fitting_numbers(plan, progress_bar("features")))


def _whole(name: str, labels: float) -> int:
    if not labels.is_integer():
        raise BadPlan(f"got --{name} {labels:g}; expected a whole number of labels, or a share such as 2%; correct it")
    return int(labels)


def whole_numbers(text: str, option: str) -> list[int]:
    """Return whole numbers, 1 or more, with commas between.

    Examples
    --------
    >>> whole_numbers("1,8", "--workers")
    [1, 8]
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise BadPlan(f"got '{text}' for {option}; expected numbers with commas between, such as 1,8,64; correct it")
    return [int(part) for part in parts]
