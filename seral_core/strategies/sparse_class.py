"""Sparse classes: choose clips that are likely of the classes with the fewest labels."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, strategies
from seral_core.strategies.space import draw_highest
from seral_core.types import Floats, Ints


@strategies.register("sparse-class")
def sparse_class(view: View, n: int, rng: Generator) -> Ints:
    """Likeliest clip of the class with the fewest labels, one pick after another.

    Labels are counted by their weights. What a pick is believed to be counts as found at once, by its
    probabilities, so that a batch spreads over all classes that lack labels. Several targets take turns. Scales have
    ``balanced-range``.

    Uses ``beliefs`` of categorical targets, and ``answers``.

    Raises
    ------
    BadPlan
        When a target is on a scale, or no model is trained yet.

    References
    ----------
    .. [1] Zhang and Schuller, Active learning by sparse instance tracking and classifier confidence in acoustic emotion
       recognition, Interspeech 2012.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> from seral_core.types import Classes, Target
    >>> emotion = Target("emotion", ("neutral", "anger"))
    >>> belief = {"emotion": Classes(np.array([[[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]]]))}
    >>> known = {"emotion": Answers(np.arange(2), np.array([0, 0]), np.ones(2))}
    >>> fields = {"task": (emotion,), "answers": known, "predict": lambda rows: belief}
    >>> sparse_class(line_view(0.0, 1.0, 2.0, 3.0, 4.0, labelled=[0, 1], **fields), 2, np.random.default_rng(0))
    array([3, 4])
    """
    if not len(view.candidates):
        return view.candidates
    scale = next((target.name for target in view.task if target.is_scale), "")
    if scale:
        raise BadPlan(f"sparse-class needs classes, but {scale} is not; for {scale} try balanced-range")
    proba = [view.classes(target).pooled().mean for target in view.task]
    have = [_labels(view, i) for i in range(len(view.task))]
    free, chosen = np.ones(len(view.candidates), dtype=bool), list[int]()
    while len(chosen) < min(n, len(free)):
        turn = len(chosen) % len(proba)
        rarest = int(have[turn].argmin())
        pick = draw_highest(np.where(free, proba[turn][:, rarest], -1.0), rng)
        for count, each in zip(have, proba, strict=True):
            count += each[pick]
        free[pick] = False
        chosen.append(pick)
    return view.candidates[np.array(chosen, dtype=np.intp)]


def _labels(view: View, number: int) -> Floats:
    target = view.task[number]
    known = view.known(target)
    return np.bincount(known.values.astype(np.intp), known.weights, minlength=len(target.classes)).astype(np.float64)
