"""A learner within a learner, as an option's text: the name, and its options after slashes, such as svm/C=2."""

from __future__ import annotations

import inspect

from seral_core.errors import BadPlan
from seral_core.learners.base import Learner, learners
from seral_core.options import option_values
from seral_core.types import Task


def inner_learner(text: str, task: Task) -> Learner:
    """Make the learner that another one has within it.

    Parameters
    ----------
    text : str
        Name and options; slashes stand for the colons that end an option's own text.
    task : tuple of Target
        What it learns.

    Raises
    ------
    UnknownName
        When nothing has this name.
    BadPlan
        When it has no such option, or needs more than features, such as sound.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> inner_learner("logistic-regression/C=2", (Target("emotion", ("anger", "sadness")),)).estimator.C
    2.0
    """
    name, *options = (piece.strip() for piece in text.split("/"))
    factory = learners[name]
    parameters = list(inspect.signature(factory).parameters.values())[1:]
    lacking = [p.name for p in parameters if p.default is p.empty]
    if lacking:
        raise BadPlan(
            f"learner {name} needs {', '.join(lacking)}, which a learner within another one does not get; expected one "
            "of features alone, such as recommended or logistic-regression"
        )
    given = {key.strip().lower(): value.strip() for key, _, value in (piece.partition("=") for piece in options)}
    defaults = {p.name: p.default for p in parameters}
    return factory(task, **option_values(given, defaults, f"learner {name}", text))
