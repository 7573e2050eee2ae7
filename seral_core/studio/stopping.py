"""When to stop labelling: what several published criteria say. Advice, never enforced.

Each criterion reads the rounds so far and answers in a sentence, with the place on the curve where
it would have stopped. They often disagree; that is why there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seral_core.scores.metrics import ccc
from seral_core.types import Belief, Classes, Target

#: Mean agreement of successive models from which on predictions count as stable, over so many
#: rounds.
STABLE, STABLE_ROUNDS = 0.99, 3
#: Share of new labels that the model foresees, over so many rounds, from which on it has little to
#: learn.
FORESEEN, FORESEEN_ROUNDS = 0.9, 3
#: So many rounds of falling confidence follow a peak.
FALLING_ROUNDS = 3
#: A gain of less than this for a hundred labels is small, over so many rounds.
SMALL_GAIN, GAIN_ROUNDS = 0.01, 10
#: With fewer test labels than this, the score jumps more than it rises.
ENOUGH_TESTS = 30


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
        UAR or CCC on the random test part.
    tests : int
        Number of labels of the test part.
    """

    spent: float
    agreement: float | None = None
    confidence: float | None = None
    foreseen: float | None = None
    new: int = 0
    score: float | None = None
    tests: int = 0

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
        Whether it would stop at this round.
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
    .. [1] Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
       Measurement 20, 1960.

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
    .. [1] Bloodgood and Vijay-Shanker, A method for stopping active learning based on stabilizing
       predictions and the need for user-adjustable stopping, CoNLL 2009.

    Examples
    --------
    >>> stabilising([Round(20, 0.9), Round(30, 0.99), Round(40, 1.0), Round(50, 1.0)]).at
    50
    """
    points = [(r.spent, r.agreement) for r in rounds if r.agreement is not None]
    return _advice(
        "stabilising predictions",
        "Bloodgood and Vijay-Shanker 2009",
        points,
        STABLE_ROUNDS,
        lambda last: _mean(last) >= STABLE,
        lambda last: (
            f"The last {len(last)} models agree with the ones before to {_mean(last):.3f} ({STABLE} would be stable)."
        ),
    )


def falling_confidence(rounds: Sequence[Round]) -> Advice:
    """Stop when the confidence on the stop set has passed its peak.

    References
    ----------
    .. [1] Vlachos, A stopping criterion for active learning, Computer Speech and Language 22(3),
       2008.

    Examples
    --------
    >>> falling_confidence([Round(x, confidence=c) for x, c in ((20, 0.6), (30, 0.7), (40, 0.69))]).stop
    False
    >>> falling_confidence([Round(x, confidence=c) for x, c in zip(range(5), (0.6, 0.7, 0.69, 0.68, 0.67))]).at
    4
    """
    points = [(r.spent, r.confidence) for r in rounds if r.confidence is not None]
    return _advice(
        "confidence past its peak",
        "Vlachos 2008",
        points,
        FALLING_ROUNDS + 1,
        lambda last: _falls(last) == FALLING_ROUNDS,
        lambda last: (
            f"Confidence on the stop set fell in {_falls(last)} of the last {FALLING_ROUNDS} rounds (all would do)."
        ),
    )


def foreseen(rounds: Sequence[Round]) -> Advice:
    """Stop when the model foresees the labels that it asks for (accuracy on selected clips).

    References
    ----------
    .. [1] Zhu, Wang, Hovy and Ma, Confidence-based stopping criteria for active learning for data
       annotation, ACM Transactions on Speech and Language Processing 6(3), 2010: the selected
       accuracy method.

    Examples
    --------
    >>> foreseen([Round(x, foreseen=0.95, new=10) for x in (20, 30, 40)]).stop
    True
    """
    points = [(r.spent, r.foreseen) for r in rounds if r.foreseen is not None and r.new]
    return _advice(
        "labels foreseen",
        "Zhu, Wang, Hovy and Ma 2010",
        points,
        FORESEEN_ROUNDS,
        lambda last: _mean(last) >= FORESEEN,
        lambda last: f"The model had foreseen {_mean(last):.0%} of the last labels ({FORESEEN:.0%} would do).",
    )


def gain_for_cost(rounds: Sequence[Round], per_minute: float | None = None) -> Advice:
    """Stop when more labels raise the estimated score by little for what they cost.

    The gain is the slope of a line through the last rounds' scores on the random test part.
    Cross-validated scores will not do: they fall while a strategy brings in ever harder clips.

    Parameters
    ----------
    rounds : sequence of Round
        Uses ``score`` and ``tests``.
    per_minute : float, optional
        Labels per minute, to say what they cost.

    References
    ----------
    .. [1] Laws and Schuetze, Stopping criteria for active learning of named entity recognition,
       COLING 2008.
    .. [2] Haertel, Seppi, Ringger and Carroll, Return on investment for active learning, NIPS
       workshop on cost-sensitive learning, 2008.

    Examples
    --------
    >>> gain_for_cost([Round(x, score=0.5 + x / 1000, tests=40) for x in range(300, 400, 10)]).stop
    False
    >>> gain_for_cost([Round(x, score=0.7, tests=40) for x in range(300, 400, 10)], per_minute=20).says
    'A hundred more labels would raise the score by about 0.000, for 5 min of work.'
    """
    points = [(r.spent, r.score) for r in rounds if r.score is not None and r.tests >= ENOUGH_TESTS]
    cost = f", for {max(1, round(100 / per_minute))} min of work" if per_minute else ""
    return _advice(
        "gain for cost",
        "Laws and Schuetze 2008; Haertel and others 2008",
        points,
        GAIN_ROUNDS,
        lambda last: _slope(last) < SMALL_GAIN,
        lambda last: f"A hundred more labels would raise the score by about {_slope(last):.3f}{cost}.",
        f" with {ENOUGH_TESTS} test labels or more",
    )


def advise(rounds: Sequence[Round], per_minute: float | None = None) -> tuple[Advice, ...]:
    """Return what every criterion says, by now.

    Examples
    --------
    >>> [advice.name for advice in advise([])]
    ['stabilising predictions', 'confidence past its peak', 'labels foreseen', 'gain for cost']
    """
    return (stabilising(rounds), falling_confidence(rounds), foreseen(rounds), gain_for_cost(rounds, per_minute))


Points: TypeAlias = Sequence[tuple[float, float]]


def _advice(
    name: str,
    source: str,
    points: Points,
    window: int,
    met: Callable[[Points], bool],
    says: Callable[[Points], str],
    more: str = "",
) -> Advice:
    """Ask a criterion after every round, of which it sees a window."""
    windows = [points[end - window : end] for end in range(window, len(points) + 1)]
    if not windows:
        return Advice(name, False, None, f"Needs {window} rounds{more}.", source)
    at = next((last[-1][0] for last in windows if met(last)), None)
    return Advice(name, met(windows[-1]), at, says(windows[-1]), source)


def _mean(points: Points) -> float:
    return float(np.mean([value for _, value in points]))


def _falls(points: Points) -> int:
    return sum(later < earlier for (_, earlier), (_, later) in pairwise(points))


def _slope(points: Points) -> float:
    """Return the rise for a hundred labels of the line through some points."""
    x, y = np.array([p[0] for p in points], float), np.array([p[1] for p in points], float)
    spread = float(((x - x.mean()) ** 2).sum())
    return float(((x - x.mean()) * (y - y.mean())).sum() / spread * 100) if spread > 0 else 0.0
