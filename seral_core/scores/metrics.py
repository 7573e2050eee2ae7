"""Scores: how well guesses fit the truth, as formulas on arrays, and for whole beliefs.

All are defined for all input of at least one value: nothing here returns nan but where there is no
value at all. Only numpy is used, because they are asked every round.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.registry import Registry
from seral_core.types import Belief, Classes, Floats, Ints, Scale, Target

Formula = Callable[..., float]


def confusion(truth: Ints, guess: Ints, classes: int) -> Ints:
    """Count how often each class was taken for each.

    Parameters
    ----------
    truth, guess : Ints of shape (segments,)
        Class numbers, in [0, classes).
    classes : int
        How many classes there are.

    Returns
    -------
    Ints of shape (classes, classes)
        Truth down, guess across.

    Examples
    --------
    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    truth, guess = _pair(truth, guess)
    counts = np.bincount(truth.astype(np.intp) * classes + guess.astype(np.intp), minlength=classes**2)
    return counts.astype(np.intp).reshape(classes, classes)


def recall_per_class(truth: Ints, guess: Ints, classes: int) -> Floats:
    """Part of each class that was recognised.

    Parameters
    ----------
    truth, guess : Ints of shape (segments,)
        Class numbers, in [0, classes).
    classes : int
        How many classes there are.

    Returns
    -------
    Floats of shape (classes,)
        In [0, 1]; nan for a class that the truth does not hold.

    Examples
    --------
    >>> recall_per_class(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    array([0.5, 1. , nan])
    """
    return _recall(confusion(truth, guess, classes))


def uar(truth: Ints, guess: Ints, classes: int) -> float:
    """Unweighted average recall: the mean recall of the classes that the truth holds.

    Parameters
    ----------
    truth, guess : Ints of shape (segments,)
        Class numbers, in [0, classes).
    classes : int
        How many classes there are.

    Returns
    -------
    float
        In [0, 1]; nan without segments.

    References
    ----------
    .. [1] Schuller, Steidl and Batliner, The INTERSPEECH 2009 emotion challenge, Interspeech 2009.

    Examples
    --------
    >>> uar(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]), 2)
    0.5
    """
    return _mean(_recall(confusion(truth, guess, classes)))


def wa(truth: Ints, guess: Ints, classes: int = 0) -> float:
    """Weighted accuracy: the part of all segments that was recognised.

    Parameters
    ----------
    truth, guess : Ints of shape (segments,)
        Class numbers.
    classes : int
        Not needed; for the same signature as the others.

    Returns
    -------
    float
        In [0, 1]; nan without segments.

    Examples
    --------
    >>> wa(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
    0.75
    """
    del classes
    truth, guess = _pair(truth, guess)
    return float((truth == guess).mean()) if len(truth) else float("nan")


def macro_f1(truth: Ints, guess: Ints, classes: int) -> float:
    """Macro F1: the mean F1 of the classes that the truth holds.

    Parameters
    ----------
    truth, guess : Ints of shape (segments,)
        Class numbers, in [0, classes).
    classes : int
        How many classes there are.

    Returns
    -------
    float
        In [0, 1]; a class that is never guessed counts 0; nan without segments.

    Examples
    --------
    >>> round(macro_f1(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 3), 3)
    0.733
    """
    counts = confusion(truth, guess, classes)
    true, guessed, right = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    held = true > 0
    return _mean(2.0 * right[held] / (true + guessed)[held])


def pcc(truth: Floats, guess: Floats) -> float:
    """Pearson's correlation coefficient: whether values rise and fall together, whatever their level and spread.

    Parameters
    ----------
    truth, guess : Floats of shape (segments,)
        Values of any unit.

    Returns
    -------
    float
        In [-1, 1]; 0 where either is constant; nan without segments.

    Examples
    --------
    >>> round(pcc(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])), 6), pcc(np.array([0.0, 1.0]), np.ones(2))
    (1.0, 0.0)
    """
    truth, guess = _pair(truth, guess)
    if not len(truth):
        return float("nan")
    a, b = _centred(truth), _centred(guess)
    size = np.sqrt(a @ a) * np.sqrt(b @ b)
    return float(np.clip((a @ b) / size, -1.0, 1.0)) if size > 0 else 0.0


def ccc(truth: Floats, guess: Floats) -> float:
    r"""Lin's concordance correlation coefficient: 1 where every value is met, 0 for guessing.

    :math:`2 \sigma_{tg} / (\sigma_t^2 + \sigma_g^2 + (\mu_t - \mu_g)^2)`, with moments over the
    segments (divided by their number).

    Parameters
    ----------
    truth, guess : Floats of shape (segments,)
        Values in the same unit.

    Returns
    -------
    float
        In [-1, 1]; 0 where either is constant; nan without segments.

    References
    ----------
    .. [1] Lin, A concordance correlation coefficient to evaluate reproducibility, Biometrics 45,
       1989.

    Examples
    --------
    >>> ccc(np.array([0.0, 1.0]), np.array([0.0, 1.0])), ccc(np.array([0.0, 2.0]), np.array([1.0, 3.0]))
    (1.0, 0.6666666666666666)
    """
    truth, guess = _pair(truth, guess)
    if not len(truth):
        return float("nan")
    a, b = _centred(truth), _centred(guess)
    shift = float(truth.mean()) - float(guess.mean())
    spread = a @ a + b @ b + len(truth) * shift**2
    return float(np.clip(2 * (a @ b) / spread, -1.0, 1.0)) if spread > 0 else 0.0


def rmse(truth: Floats, guess: Floats) -> float:
    """Root mean squared error, in the unit of the target; nan without segments.

    Parameters
    ----------
    truth, guess : Floats of shape (segments,)
        Values in the same unit.

    Returns
    -------
    float
        0 or more.

    Examples
    --------
    >>> rmse(np.array([0.0, 0.0]), np.array([3.0, -3.0]))
    3.0
    """
    truth, guess = _pair(truth, guess)
    return float(np.sqrt(np.mean((truth - guess) ** 2))) if len(truth) else float("nan")


@dataclass(frozen=True)
class Metric:
    """A formula with what one must know to draw its curve.

    Parameters
    ----------
    name : str
        As on the command line.
    formula : callable
        ``formula(truth, guess, classes)`` for categories, ``formula(truth, guess)`` for scales.
    kind : {"classes", "scale", "shares"}
        What it compares: guesses of categories, of scales, or distributions over classes.
    higher_is_better : bool
        Which way is up.
    title : str
        How people write it.

    Examples
    --------
    >>> uar = metrics["uar"]
    >>> uar.title, uar.fits(Target("arousal")), uar(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    ('UAR', False, 0.75)
    """

    name: str
    formula: Formula
    kind: Literal["classes", "scale", "shares"]
    higher_is_better: bool = True
    title: str = ""

    def fits(self, target: Target) -> bool:
        """Whether it can be asked of guesses about this target."""
        return self.kind == ("scale" if target.is_scale else "classes")

    def __call__(self, *arrays: Any) -> float:
        """Return the score."""
        return self.formula(*arrays)


#: Metrics by name.
metrics: Registry[Metric] = Registry("metric", "seral_core.scores")
for _metric in (
    Metric("uar", uar, "classes", title="UAR"),
    Metric("wa", wa, "classes", title="WA"),
    Metric("macro-f1", macro_f1, "classes", title="macro-F1"),
    Metric("ccc", ccc, "scale", title="CCC"),
    Metric("pcc", pcc, "scale", title="PCC"),
    Metric("rmse", rmse, "scale", higher_is_better=False, title="RMSE"),
):
    metrics.register(_metric.name)(_metric)


def fitting(target: Target) -> tuple[Metric, ...]:
    """Return the metrics that fit a target, the usual one first.

    Examples
    --------
    >>> [metric.name for metric in fitting(Target("arousal"))]
    ['ccc', 'pcc', 'rmse']
    """
    order = ("uar", "wa", "macro-f1", "ccc", "pcc", "rmse")
    return tuple(metrics[name] for name in order if metrics[name].fits(target))


def score(belief: Belief, target: Target, gold: NDArray[Any]) -> dict[str, float]:
    """Score a belief by every metric that fits its target.

    Parameters
    ----------
    belief : Classes or Scale
        One unit a value of ``gold``.
    target : Target
        What was believed about.
    gold : array of shape (units,)
        Class numbers for a category, native units for a scale.

    Returns
    -------
    dict of str to float
        Metric name to score.

    Raises
    ------
    BadPlan
        When belief and target, or belief and gold, do not fit.

    Examples
    --------
    >>> score(Scale(np.array([[0.0, 1.0]]), np.zeros((1, 2))), Target("arousal"), np.array([0.0, 0.0]))
    {'ccc': 0.0, 'pcc': 0.0, 'rmse': 0.7071067811865476}
    """
    guess = _guess(belief, target, gold)
    if target.is_scale:
        return {metric.name: metric(gold, guess) for metric in fitting(target)}
    return {metric.name: metric(gold, guess, len(target.classes)) for metric in fitting(target)}


def detail(belief: Belief, target: Target, gold: NDArray[Any]) -> dict[str, list[Any]]:
    """Return the numbers behind the score of a category, as plain lists.

    Returns
    -------
    dict
        ``confusion`` of shape (classes, classes), truth down; ``recall`` of shape (classes,), None
        for a class that gold does not hold. Empty for a scale.

    Examples
    --------
    >>> belief = Classes(np.array([[[0.9, 0.1], [0.8, 0.2]]]))
    >>> detail(belief, Target("emotion", ("anger", "sadness")), np.array([0, 1]))
    {'confusion': [[1, 0], [1, 0]], 'recall': [1.0, 0.0]}
    """
    guess = _guess(belief, target, gold)
    if target.is_scale:
        return {}
    counts = confusion(gold, guess, len(target.classes))
    recall = [None if np.isnan(r) else float(r) for r in _recall(counts)]
    return {"confusion": counts.tolist(), "recall": recall}


def _guess(belief: Belief, target: Target, gold: NDArray[Any]) -> NDArray[Any]:
    if isinstance(belief, Scale) != target.is_scale:
        kind = "a scale" if target.is_scale else "classes"
        name = type(belief).__name__
        raise BadPlan(f"got {name} for {target.name}; expected a belief about {kind}; check the learner")
    if isinstance(belief, Classes) and belief.proba.shape[-1] != len(target.classes):
        raise BadPlan(
            f"{target.name} has {len(target.classes)} classes; the belief has "
            f"{belief.proba.shape[-1]}; check the learner"
        )
    guess = belief.guess
    if len(guess) != len(gold):
        raise BadPlan(f"got {len(guess)} beliefs about {target.name} for {len(gold)} gold values; join them by id")
    return guess


def _pair(truth: NDArray[Any], guess: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    truth, guess = np.asarray(truth), np.asarray(guess)
    if truth.shape != guess.shape or truth.ndim != 1:
        raise ValueError(
            f"got truth of shape {truth.shape} and guess of shape {guess.shape}; "
            "expected one value per segment in each; join them by id"
        )
    return truth, guess


def _recall(counts: Ints) -> Floats:
    total = counts.sum(axis=1)
    missing = np.full(len(counts), np.nan)
    recall: Floats = np.divide(counts.diagonal(), total, out=missing, where=total > 0)
    return recall


def _mean(values: Floats) -> float:
    held = values[~np.isnan(values)]
    return float(held.mean()) if len(held) else float("nan")


def _centred(values: Floats) -> Floats:
    # A constant must give exact zeros, though its mean need not equal it to the last bit.
    if (values == values[0]).all():
        return np.zeros(len(values))
    return np.asarray(values, np.float64) - np.mean(values, dtype=np.float64)
