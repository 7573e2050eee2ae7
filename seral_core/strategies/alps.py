"""ALPs: choose clips nearest the centres of clusters, where the model that is being trained sees them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.representations import around_centres, representations
from seral_core.types import Ints


@strategies.register("alps")
def alps(view: View, n: int, rng: Generator) -> Ints:
    r"""Clips nearest the centres of k-means over the model's representations (ALPs, as Li et al. 2024 use it).

    :math:`\arg\min_x \|\mathrm{centre} - x\|` (Eq. 7) for as many clusters as clips are wanted. Yuan et al. cluster
    how surprised a masked language model is by each token, at unit length; Li et al. cluster representations. Here it
    is the learner's embeddings, at unit length, and features where it gives none: then it chooses much as ``k-means``.

    Parameters
    ----------
    view : View
        Uses ``embed``, or ``table`` where the learner gives no embeddings.
    n : int
        Number of segments wanted, and of clusters.
    rng : Generator
        Starts the clustering.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, those of large clusters first.

    References
    ----------
    .. [1] Yuan, Lin and Boyd-Graber, Cold-start active learning through self-supervised language modeling, EMNLP 2020.
    .. [2] Li et al., Active learning with task adaptation pre-training for speech emotion recognition, 2024, Eq. 7.

    Examples
    --------
    >>> view = line_view(0.0, 1.0, 2.0, 9.0, 10.0, 11.0, 12.0, 13.0)
    >>> alps(view, 2, np.random.default_rng(0))
    array([5, 1])
    """
    wanted = max(0, min(n, len(view.candidates)))
    if not wanted:
        return view.candidates[:0]
    some = representations(view)
    if view.embed is not None:
        lengths = np.linalg.norm(some, axis=1, keepdims=True)
        some = np.divide(some, lengths, out=np.zeros_like(some), where=lengths > 0)
    return view.candidates[around_centres(some, wanted, wanted, rng)]
