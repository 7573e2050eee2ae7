"""When to stop labelling: what several published criteria say. Advice, never enforced.

Each criterion reads the rounds so far and answers in a sentence, with the place on the curve where it
would have stopped. They often disagree; that is why there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.scores.metrics import ccc
from seral_core.types import Belief, Classes, Target

#: Mean agreement of successive models from which on predictions count as stable, over so many rounds.
STABLE, STABLE_ROUNDS = 0.99, 3
#: Share of new labels that the model foresees, over so many rounds, from which on it has little to learn.
FORESEEN, FORESEEN_ROUNDS = 0.9, 3
#: So many rounds of falling confidence follow a peak.
FALLING_ROUNDS = 3
#: A gain of less than this for a hundred labels is small, over so many rounds.
SMALL_GAIN, GAIN_ROUNDS = 0.01, 5


@dataclass(frozen=True)
class Round:
    """What is known of one round about one target.

    Parameters
    ----------
    spent : float
        Clips listened to.
    agreement : float or None
        Of this model with the one before, on the stop set: Cohen's kappa, or CCC on a scale.
    confidence : float or None
        Mean on the stop set: of the highest probability, or of the negative standard deviation.
    foreseen : float or None
        Share of the round's new labels that the model before had guessed.
    new : int
        How many new labels that share is of.
    score : float or None
        UAR or CCC as estimated.
    """

    spent: float
    agreement: float | None = None
    confidence: float | None = None
    foreseen: float | None = None
    new: int = 0
    score: float | None = None

    def as_data(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Advice:
    """What one criterion says.

    Parameters
    ----------
    name : str
        Of the criterion.
    stop : bool
        Whether it would stop now.
    at : float or None
        Where on the curve it would have stopped first, in clips listened to.
    says : str
        For people to read.
    source : str
        Who published it.
    """

    name: str
    stop: bool
    at: float | None
    says: str
    source: str

    def as_data(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def cohen_kappa(a: NDArray[Any], b: NDArray[Any], classes: int) -> float:
    """Agreement of two labellings beyond chance; 1 where both give all clips the same one class.

    Parameters
    ----------
    a, b : array of shape (clips,)
        Class numbers.
    classes : int
        How many classes there are.

    References
    ----------
    .. [1] Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 1960.

    Examples
    --------
    >>> round(cohen_kappa(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 2), 3)
    0.5
    """
    share = [np.bincount(x, minlength=classes) / max(len(x), 1) for x in (a, b)]
    chance = float(share[0] @ share[1])
    same = float((a == b).mean()) if len(a) else 0.0
    return (same - chance) / (1 - chance) if chance < 1 else 1.0


def agreement(before: NDArray[Any], now: NDArray[Any], target: Target) -> float:
    """Return how much two successive models agree on the stop set; CCC on a scale, by analogy.

    Examples
    --------
    >>> agreement(np.array([0, 1, 1]), np.array([0, 1, 1]), Target("emotion", ("anger", "sadness")))
    1.0
    >>> agreement(np.array([0.0, 1.0]), np.array([0.0, 1.0]), Target("arousal"))
    1.0
    """
    if target.is_scale:
        same = bool(np.allclose(before, now))
        return 1.0 if same else ccc(np.asarray(before, np.float64), np.asarray(now, np.float64))
    return cohen_kappa(before.astype(np.intp), now.astype(np.intp), len(target.classes))


def confidence(belief: Belief) -> float:
    """Return the mean confidence of a belief: of the highest probability, or of the negative standard deviation.

    Examples
    --------
    >>> confidence(Classes(np.array([[[0.9, 0.1], [0.5, 0.5]]])))
    0.7
    """
    if isinstance(belief, Classes):
        return round(float(belief.mean.max(-1).mean()), 6)
    return -round(float(belief.std.mean()), 6)


def stabilising(rounds: Sequence[Round]) -> Advice:
    """Stop when successive models agree on a stop set.

    References
    ----------
    .. [1] Bloodgood and Vijay-Shanker, A method for stopping active learning based on stabilizing predictions
       and the need for user-adjustable stopping, CoNLL 2009.

    Examples
    --------
    >>> stabilising([Round(20, 0.9), Round(30, 0.99), Round(40, 1.0), Round(50, 1.0)]).at
    50
    """
    values = [(r.spent, r.agreement) for r in rounds if r.agreement is not None]
    at = _first(values, STABLE_ROUNDS, lambda last: float(np.mean(last)) >= STABLE)
    if len(values) < STABLE_ROUNDS:
        says = f"Needs {STABLE_ROUNDS} rounds after the first."
    else:
        mean = float(np.mean([v for _, v in values[-STABLE_ROUNDS:]]))
        says = f"The last {STABLE_ROUNDS} models agree with the ones before to {mean:.3f} ({STABLE} would be stable)."
    return _advice("stabilising predictions", values, at, STABLE_ROUNDS, says, "Bloodgood and Vijay-Shanker 2009")


def falling_confidence(rounds: Sequence[Round]) -> Advice:
    """Stop when the confidence on the stop set has passed its peak.

    References
    ----------
    .. [1] Vlachos, A stopping criterion for active learning, Computer Speech and Language 22(3), 2008.

    Examples
    --------
    >>> falling_confidence([Round(x, confidence=c) for x, c in ((20, 0.6), (30, 0.7), (40, 0.69))]).stop
    False
    >>> falling_confidence([Round(x, confidence=c) for x, c in zip(range(5), (0.6, 0.7, 0.69, 0.68, 0.67))]).at
    4
    """
    values = [(r.spent, r.confidence) for r in rounds if r.confidence is not None]
    window = FALLING_ROUNDS + 1
    at = _first(values, window, lambda last: all(b < a for a, b in pairwise(last)))
    if len(values) < window:
        says = f"Needs {window} rounds."
    else:
        falls = 0
        for (_, a), (_, b) in zip(values[-2::-1], values[:0:-1], strict=False):
            if b >= a:
                break
            falls += 1
        says = f"Confidence on the stop set has fallen {falls} rounds in a row ({FALLING_ROUNDS} would do)."
    return _advice("confidence past its peak", values, at, window, says, "Vlachos 2008")


def foreseen(rounds: Sequence[Round]) -> Advice:
    """Stop when the model foresees the labels that it asks for (accuracy on selected clips).

    References
    ----------
    .. [1] Zhu, Wang, Hovy and Ma, Confidence-based stopping criteria for active learning for data annotation,
       ACM Transactions on Speech and Language Processing 6(3), 2010: the selected accuracy method.

    Examples
    --------
    >>> foreseen([Round(x, foreseen=0.95, new=10) for x in (20, 30, 40)]).stop
    True
    """
    values = [(r.spent, r.foreseen) for r in rounds if r.foreseen is not None and r.new]
    at = _first(values, FORESEEN_ROUNDS, lambda last: float(np.mean(last)) >= FORESEEN)
    if len(values) < FORESEEN_ROUNDS:
        says = f"Needs {FORESEEN_ROUNDS} rounds after the first."
    else:
        share = float(np.mean([v for _, v in values[-FORESEEN_ROUNDS:]]))
        says = f"The model had foreseen {share:.0%} of the last labels ({FORESEEN:.0%} would do)."
    return _advice("labels foreseen", values, at, FORESEEN_ROUNDS, says, "Zhu, Wang, Hovy and Ma 2010")


def gain_for_cost(rounds: Sequence[Round], per_minute: float | None = None) -> Advice:
    """Stop when more labels raise the estimated score by little for what they cost.

    The gain is the slope of a line through the last rounds' scores: with few test labels it is rough.

    Parameters
    ----------
    rounds : sequence of Round
        Uses ``score``.
    per_minute : float, optional
        Labels a minute, to say what they cost.

    References
    ----------
    .. [1] Laws and Schuetze, Stopping criteria for active learning of named entity recognition, COLING 2008.
    .. [2] Haertel, Seppi, Ringger and Carroll, Return on investment for active learning, NIPS workshop on
       cost-sensitive learning, 2008.

    Examples
    --------
    >>> gain_for_cost([Round(x, score=0.5 + x / 1000) for x in (20, 30, 40, 50, 60)]).stop
    False
    >>> gain_for_cost([Round(x, score=0.7) for x in (20, 30, 40, 50, 60)], per_minute=20).says
    'A hundred more labels would raise the estimate by about 0.000, for 5 min of work.'
    """
    values = [(r.spent, r.score) for r in rounds if r.score is not None]
    at = None
    for end in range(GAIN_ROUNDS, len(values) + 1):
        if _slope(values[end - GAIN_ROUNDS : end]) < SMALL_GAIN:
            at = values[end - 1][0]
            break
    if len(values) < GAIN_ROUNDS:
        says, stop = f"Needs {GAIN_ROUNDS} rounds with a score.", False
    else:
        gain = _slope(values[-GAIN_ROUNDS:])
        cost = f", for {max(1, round(100 / per_minute))} min of work" if per_minute else ""
        says, stop = f"A hundred more labels would raise the estimate by about {gain:.3f}{cost}.", gain < SMALL_GAIN
    return Advice("gain for cost", stop, at, says, "Laws and Schuetze 2008; Haertel and others 2008")


def advise(rounds: Sequence[Round], per_minute: float | None = None) -> tuple[Advice, ...]:
    """Return what every criterion says, by now.

    Examples
    --------
    >>> [advice.name for advice in advise([])]
    ['stabilising predictions', 'confidence past its peak', 'labels foreseen', 'gain for cost']
    """
    return (stabilising(rounds), falling_confidence(rounds), foreseen(rounds), gain_for_cost(rounds, per_minute))


def _first(values: Sequence[tuple[float, float]], window: int, met: Callable[[list[float]], bool]) -> float | None:
    for end in range(window, len(values) + 1):
        if met([value for _, value in values[end - window : end]]):
            return values[end - 1][0]
    return None


def _advice(
    name: str, values: Sequence[tuple[float, float]], at: float | None, window: int, says: str, source: str
) -> Advice:
    return Advice(name, at is not None and len(values) >= window, at, says, source)


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the rise for a hundred labels of the line through some points."""
    x, y = np.array([p[0] for p in points], float), np.array([p[1] for p in points], float)
    spread = float(((x - x.mean()) ** 2).sum())
    return float(((x - x.mean()) * (y - y.mean())).sum() / spread * 100) if spread > 0 else 0.0
