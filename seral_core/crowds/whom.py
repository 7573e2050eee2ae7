"""Whom to ask next about a clip: what each rater's answer is expected to tell, for what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.crowds.annotators import Annotators
from seral_core.types import Floats


def told(posterior: Floats, confusions: Floats) -> Floats:
    r"""Return how much an answer is expected to tell of the true class, in nats: the information both share.

    That is :math:`H(v) - \sum_t q_t H(v | t)` with the probability `q` of each class and the answer `v`.

    Parameters
    ----------
    posterior : Floats of shape (classes,)
        How probable each class is now.
    confusions : Floats of shape (raters, classes, classes)
        Of each rater, a row a true class.

    Returns
    -------
    Floats of shape (raters,)
        0 where an answer tells nothing, at most the entropy of ``posterior``.

    Examples
    --------
    >>> perfect, guessing = np.eye(2), np.full((2, 2), 0.5)
    >>> told(np.array([0.5, 0.5]), np.stack([perfect, guessing])).round(3)
    array([0.693, 0.   ])
    """
    answers = np.einsum("t,rtv->rv", posterior, confusions)
    return np.asarray(np.maximum(_entropy(answers) - _entropy(confusions) @ posterior, 0.0))


def _entropy(shares: Floats) -> Floats:
    return np.asarray(-(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=-1))


@dataclass(frozen=True)
class Choice:
    """Who is asked next, and why.

    Parameters
    ----------
    rater : str
        The name.
    gain : float
        What the answer is expected to tell, in nats, for each clip listened to that it costs.
    new : bool
        Whether nothing is known of the rater yet.
    """

    rater: str
    gain: float
    new: bool = False


#: Chooses one of the raters who are free, given what is known of them and of the clip: none where there are no raters.
Whom = Callable[[Annotators, Floats, Sequence[str], Mapping[str, float], Generator], Choice]


def anybody(
    model: Annotators, posterior: Floats, free: Sequence[str], costs: Mapping[str, float], rng: Generator
) -> Choice:
    """Return a rater drawn at random: what is compared with.

    Parameters
    ----------
    model, posterior, free, costs, rng
        As for `thompson`.

    Examples
    --------
    >>> model = Annotators(("x", "y"), np.full(2, 0.5), np.full((2, 2), 0.5), {})
    >>> anybody(model, np.full(2, 0.5), ["ann"], {}, np.random.default_rng(0))
    Choice(rater='ann', gain=0.0, new=True)
    """
    rater = free[int(rng.integers(len(free)))]
    gain = float(told(posterior, model.confusion(rater)[None])[0]) / costs.get(rater, 1.0)
    return Choice(rater, gain, model.answered(rater) == 0)


def best_known(
    model: Annotators, posterior: Floats, free: Sequence[str], costs: Mapping[str, float], rng: Generator
) -> Choice:
    """Return the rater whose answer is expected to tell most for its cost, by what is known: without exploring.

    Parameters
    ----------
    model, posterior, free, costs, rng
        As for `thompson`; ``rng`` draws among equals.
    """
    return _best(model, posterior, free, costs, rng, [model.confusion(rater) for rater in free])


def thompson(
    model: Annotators, posterior: Floats, free: Sequence[str], costs: Mapping[str, float], rng: Generator
) -> Choice:
    """Return the rater whose answer would tell most for its cost, if raters were as drawn from what is known of them.

    Of one who has answered little, very good confusions are drawn as well as bad ones: so new raters get their turn,
    and are left alone once they turn out to be of little use (Thompson sampling).

    Parameters
    ----------
    model : Annotators
        What is known of the raters.
    posterior : Floats of shape (classes,)
        How probable each class of the clip is.
    free : sequence of str
        Who may be asked, one or more.
    costs : mapping of str to float
        What an answer of each costs; 1 of others.
    rng : Generator
        Draws.

    References
    ----------
    .. [1] Thompson, On the likelihood that one unknown probability exceeds another in view of the evidence of two
       samples, Biometrika 25, 1933.

    Examples
    --------
    >>> good, guessing = 200 * np.eye(2), np.full((2, 2), 100.0)
    >>> crowd = np.array([[0.7, 0.3], [0.3, 0.7]])
    >>> model = Annotators(("x", "y"), np.full(2, 0.5), crowd, {"ann": guessing, "ben": good})
    >>> thompson(model, np.full(2, 0.5), ["ann", "ben"], {}, np.random.default_rng(0)).rater
    'ben'
    >>> thompson(model, np.full(2, 0.5), ["ann", "ben"], {"ben": 1000.0}, np.random.default_rng(0)).rater
    'ann'
    """
    return _best(model, posterior, free, costs, rng, [model.drawn(rater, rng) for rater in free])


def _best(
    model: Annotators,
    posterior: Floats,
    free: Sequence[str],
    costs: Mapping[str, float],
    rng: Generator,
    confusions: Sequence[Floats],
) -> Choice:
    price = np.array([costs.get(rater, 1.0) for rater in free])
    gains = told(posterior, np.stack(confusions)) / price
    best = int(np.lexsort((rng.random(len(free)), -gains))[0])
    # What it is worth is said by what is expected, not by what was drawn.
    expected = float(told(posterior, model.confusion(free[best])[None])[0] / price[best])
    return Choice(free[best], expected, model.answered(free[best]) == 0)


#: Ways to choose whom to ask, by name.
WAYS: dict[str, Whom] = {"anybody": anybody, "best": best_known, "thompson": thompson}
