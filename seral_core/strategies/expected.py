"""What a regressor is likely to get wrong, and which part of a scale it has seen least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.uncertainty import mean_ranks
from seral_core.types import Floats, Ints, Target


@strategies.register("predicted-error")
@dataclass(frozen=True)
class PredictedError:
    """Highest predicted error: a second regressor learns how far off the first is on clips it left out.

    Parameters
    ----------
    parts : int
        Parts of the cross-validation that gives the errors, 2 or more.

    Raises
    ------
    BadPlan
        When a target is a category.

    References
    ----------
    .. [1] Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion
       recognition, Interspeech 2013 (other confidence measures, named as future work).

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> known = Answers(np.arange(6), np.array([0.0, 0.0, 0.0, -0.9, 0.9, -0.9]), np.ones(6))
    >>> view = line_view(0.0, 0.1, 0.2, 5.0, 5.1, 5.2, 0.15, 5.15, labelled=range(6), answers={"arousal": known})
    >>> PredictedError(parts=3)(view, 1, np.random.default_rng(0))
    array([7])
    """

    parts: int = 5

    def __post_init__(self) -> None:
        if self.parts < 2:
            raise BadPlan(f"got predicted-error with {self.parts} parts; expected 2 or more")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates with the highest predicted error, at random where too little is known."""
        if not len(view.candidates) or n < 1:
            return view.candidates[:0]
        errors = [e for e in (self._errors(view, target, rng) for target in view.task) if e is not None]
        if not errors:
            view.note("too few labels to predict errors: this round was drawn at random")
            errors = [np.zeros(len(view.candidates))]
        return best(view, mean_ranks(errors), n, rng)

    def _errors(self, view: View, target: Target, rng: Generator) -> Floats | None:
        _scale_only(target, "predicted-error")
        answers = view.known(target)
        if len(answers) < 2 * self.parts:
            return None
        from sklearn.model_selection import KFold, cross_val_predict
        from sklearn.svm import SVR

        values = view.table.pooled().values
        known = values[answers.rows]
        folds = KFold(self.parts, shuffle=True, random_state=int(rng.integers(2**31 - 1)))
        off = np.abs(cross_val_predict(SVR(), known, answers.values, cv=folds) - answers.values)
        return np.asarray(SVR(epsilon=0.01).fit(known, off).predict(values[view.candidates]), dtype=np.float64)


@strategies.register("balanced-range")
@dataclass(frozen=True)
class BalancedRange:
    """Predicted values from the parts of the scale with the fewest labels.

    The regression form of active class selection: each pick is drawn among the candidates predicted
    to lie in the part of the target's range that has the fewest labels, picks of this round counted
    as predicted.

    Parameters
    ----------
    bins : int
        Parts of equal width, 2 or more.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Lomasky et al., Active class selection, ECML 2007.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> from seral_core.types import Scale
    >>> guess = Scale(np.array([[-0.9, 0.9]]), np.zeros((1, 2)))
    >>> known = {"arousal": Answers(np.array([0]), np.array([-0.8]), np.ones(1))}
    >>> view = line_view(0.0, 1.0, 2.0, labelled=[0], answers=known, predict=lambda rows: {"arousal": guess})
    >>> BalancedRange()(view, 1, np.random.default_rng(0))
    array([2])
    """

    bins: int = 5

    def __post_init__(self) -> None:
        if self.bins < 2:
            raise BadPlan(f"got balanced-range with {self.bins} bins; expected 2 or more")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return candidates from the emptiest parts, one target after another in turn."""
        free = np.ones(len(view.candidates), dtype=bool)
        parts = [self._parts(view, target) for target in view.task]
        chosen: list[int] = []
        while len(chosen) < min(n, len(free)):
            where, counts = parts[len(chosen) % len(parts)]
            open_parts = np.unique(where[free])
            emptiest = open_parts[counts[open_parts] == counts[open_parts].min()]
            pick = int(rng.choice(np.flatnonzero(free & np.isin(where, emptiest))))
            for each, count in parts:
                count[each[pick]] += 1
            free[pick] = False
            chosen.append(pick)
        return view.candidates[np.array(chosen, dtype=np.intp)]

    def _parts(self, view: View, target: Target) -> tuple[Ints, Ints]:
        """Return the part each candidate is predicted to lie in, and how many labels each part has."""
        _scale_only(target, "balanced-range")
        guess, known = view.scale(target).pooled().guess, view.known(target).values
        return self._part(guess, target), np.bincount(self._part(known, target), minlength=self.bins)

    def _part(self, values: Floats, target: Target) -> Ints:
        share = (np.asarray(values, dtype=np.float64) - target.low) / ((target.high - target.low) or 1.0)
        return np.clip((share * self.bins).astype(np.intp), 0, self.bins - 1)


def _scale_only(target: Target, name: str) -> None:
    if not target.is_scale:
        raise BadPlan(f"{name} needs a scale, but {target.name} is not; for {target.name} try margin")
