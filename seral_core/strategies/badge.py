"""BADGE: choose clips whose gradients are long and point in different directions."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.representations import representations
from seral_core.strategies.space import Points, draw_highest
from seral_core.threads import one_thread
from seral_core.types import Floats, Ints


def gradient_factors(proba: Floats) -> Floats:
    """Return by how much a clip's embedding counts in the gradient of each class, if the likeliest class is right.

    Parameters
    ----------
    proba : Floats of shape (clips, classes)
        Probabilities.

    Returns
    -------
    Floats of shape (clips, classes)
        ``p - onehot(argmax p)``.

    Examples
    --------
    >>> gradient_factors(np.array([[0.75, 0.25], [0.0, 1.0]]))
    array([[-0.25,  0.25],
           [ 0.  ,  0.  ]])
    """
    factors: Floats = proba.copy()
    factors[np.arange(len(proba)), proba.argmax(axis=1)] -= 1.0
    return factors


@strategies.register("badge")
def badge(view: View, n: int, rng: Generator) -> Ints:
    r"""K-means++ on the gradients of the last layer, so that clips are uncertain and unlike one another (BADGE).

    The gradient of a clip's loss, were its likeliest class right, is :math:`(p - e_{\arg\max p}) \otimes h` with
    the embedding :math:`h`. The first pick is the longest, each other one is drawn with a chance in proportion to its
    squared distance from the nearest one chosen. Gradients are never written out: their products are those of the
    factors times those of the embeddings. Embeddings are the learner's, or features where it gives none. Over several
    targets the gradient is that of all.

    Parameters
    ----------
    view : View
        Uses ``beliefs`` of categorical targets, and ``embed``, or ``table`` where the learner gives no embeddings.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws the picks.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When a target is on a scale, or no model is trained yet.

    References
    ----------
    .. [1] Ash, Zhang, Krishnamurthy, Langford and Agarwal, Deep batch active learning by diverse, uncertain gradient
       lower bounds, ICLR 2020.

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> belief = Classes(np.array([[[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]]]))
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 1.0, 4.0, 9.0, labelled=[0], task=task, predict=lambda rows: {"emotion": belief})
    >>> badge(view, 1, np.random.default_rng(0))
    array([1])
    """
    wanted = max(0, min(n, len(view.candidates)))
    if not wanted:
        return view.candidates[:0]
    factors = np.hstack([gradient_factors(view.classes(target).pooled().mean) for target in view.task])
    if view.embed is None:
        view.note("the learner gives no embeddings: badge used the features in their place")
    with one_thread():
        return view.candidates[spread(factors, representations(view), wanted, rng)]


def spread(factors: Points, embeddings: Points, wanted: int, rng: Generator) -> Ints:
    """Choose rows by k-means++ on the outer products of their factors and embeddings.

    Parameters
    ----------
    factors, embeddings : arrays of shape (rows, classes) and (rows, dimensions)
        Worked with in the type of the embeddings.
    wanted : int
        Number of rows, at least one.
    rng : Generator
        Draws the picks.

    Returns
    -------
    Ints of shape (wanted,)
        Positions, in the order of choice; where all that is left coincides with what is chosen, any.

    Examples
    --------
    >>> spread(np.array([[0.5], [0.5], [-0.5]]), np.array([[1.0], [1.0], [2.0]]), 2, np.random.default_rng(0))
    array([2, 1])
    """
    factors = factors.astype(embeddings.dtype, copy=False)
    norms = np.einsum("ij,ij->i", factors, factors) * np.einsum("ij,ij->i", embeddings, embeddings)
    # What is left of two equal numbers after their difference is rounding.
    rounding = 64 * np.finfo(norms.dtype).eps
    near, free = np.full(len(norms), np.inf, norms.dtype), np.ones(len(norms), dtype=bool)
    picks = [draw_highest(norms, rng)]
    while True:
        last = picks[-1]
        both = norms + norms[last]
        apart = both - 2 * (factors @ factors[last]) * (embeddings @ embeddings[last])
        np.minimum(near, np.where(apart > rounding * both, apart, 0), out=near)
        near[last], free[last] = 0, False
        if len(picks) == wanted:
            return np.array(picks, dtype=np.intp)
        sums = np.cumsum(near, dtype=np.float64)
        if sums[-1] > 0:
            picks.append(int(np.searchsorted(sums, rng.random() * sums[-1], side="right")))
        else:
            picks.append(int(rng.choice(np.flatnonzero(free))))
