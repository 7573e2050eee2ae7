"""Effort: what an answer about one target costs of a clip, where some are quicker to give than others."""

from __future__ import annotations

import math

from seral_core.errors import BadPlan
from seral_core.types import Task


def shares_of(task: Task, effort: str = "") -> dict[str, float]:
    """Return what an answer about each target costs, in parts of a clip that is answered in full.

    Parameters
    ----------
    task : tuple of Target
        What is asked about.
    effort : str
        Targets with their effort behind a slash, with commas between, such as ``sex/0.2,age/0.5``; of all others 1.
        Targets that are not in the task make no difference.

    Returns
    -------
    dict of str to float
        By target; they sum to 1.

    Raises
    ------
    BadPlan
        When it cannot be read.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> shares_of((Target("emotion", ("anger", "sadness")), Target("sex", ("female", "male"))), "sex/0.25")
    {'emotion': 0.8, 'sex': 0.2}
    """
    efforts = dict(map(_read, filter(None, effort.split(","))))
    each = {target.name: efforts.get(target.name, 1.0) for target in task}
    return {name: one / sum(each.values()) for name, one in each.items()}


def _read(text: str) -> tuple[str, float]:
    name, _, number = (piece.strip() for piece in text.rpartition("/"))
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not name or not 0 < value < math.inf:
        raise BadPlan(f"got effort '{text}'; expected a target and a number over 0, such as sex/0.2; correct it")
    return name, value
