"""Greedy sampling: choose segments far from the labelled ones, in features, labels, or both."""

from __future__ import annotations

from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.diversity import farthest_first
from seral_core.strategies.far_fused import fused_in_parts
from seral_core.strategies.fused import (
    Fusion,
    by_norm,
    by_product,
    centre_of,
    farthest,
    in_own_units,
    labels_alone,
)
from seral_core.strategies.label_space import asked_labels
from seral_core.strategies.parts import in_parts
from seral_core.types import Ints


@strategies.register("gsx")
@in_parts
def gsx(view: View, n: int, rng: Generator) -> Ints:
    """Greedy sampling in feature space (GSx): farthest from all labelled ones.

    Uses ``table`` and ``labelled``. Where nothing is labelled, the first pick is the candidate
    nearest the centroid of the pool.

    References
    ----------
    .. [1] Wu, Lin and Huang, Active learning for regression using greedy sampling, Information
       Sciences 474, 2019.

    Examples
    --------
    >>> gsx(line_view(0.0, 1.0, 5.0, 2.1), 3, np.random.default_rng(0))
    array([3, 2, 0])
    """
    start = centre_of(view) if len(view.candidates) and not len(view.labelled) else None
    return farthest_first(view, n, rng, start)


@strategies.register("gsy")
@in_parts
def gsy(view: View, n: int, rng: Generator) -> Ints:
    """Greedy sampling in label space (GSy): predicted value farthest from all known ones.

    Several targets: the Euclidean distance over their values.

    Uses ``beliefs`` of targets on a scale, and ``answers``.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Wu, Lin and Huang, Active learning for regression using greedy sampling, Information
       Sciences 474, 2019.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> from seral_core.types import Scale
    >>> guess = Scale(np.array([[0.9, 0.1]]), np.zeros((1, 2)))
    >>> known = {"arousal": Answers(np.array([0]), np.array([0.0]), np.ones(1))}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], answers=known, predict=lambda rows: {"arousal": guess})
    >>> gsy(view, 1, np.random.default_rng(0)), gsx(view, 1, np.random.default_rng(0))
    (array([1]), array([2]))
    """
    return _greedy(view, n, rng, labels_alone)


@strategies.register("igs")
@in_parts
def igs(view: View, n: int, rng: Generator) -> Ints:
    r"""Improved greedy sampling (iGS): farthest in features times labels.

    :math:`\min_j \|x_i - x_j\| \cdot \|\hat y_i - y_j\|` is highest. Several targets: the Euclidean
    distance over their values, which weighs features and labels equally.

    Uses ``table``, ``beliefs`` of targets on a scale, and ``answers``.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Wu, Lin and Huang, Active learning for regression using greedy sampling, Information
       Sciences 474, 2019.
    .. [2] Xu et al., Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, Eq. 11 (several targets).

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> from seral_core.types import Scale
    >>> guess = Scale(np.array([[0.9, 0.3]]), np.zeros((1, 2)))
    >>> known = {"arousal": Answers(np.array([0]), np.array([0.0]), np.ones(1))}
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], answers=known, predict=lambda rows: {"arousal": guess})
    >>> igs(view, 1, np.random.default_rng(0)), gsy(view, 1, np.random.default_rng(0))
    (array([2]), array([1]))
    """
    return _greedy(view, n, rng, by_norm)


@strategies.register("mtigs")
@in_parts
def mtigs(view: View, n: int, rng: Generator) -> Ints:
    r"""Multi-task iGS (MTiGS): farthest in features times every target's labels.

    :math:`\min_j \|x_i - x_j\| \cdot \prod_t |\hat y_i^t - y_j^t|` is highest. As published,
    distances between features are Euclidean in the table's own units (gsx and igs z-score them
    first), so principal components keep the weight that their variance gives them.

    Uses ``table``, ``beliefs`` of targets on a scale, and ``answers``.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Wu and Huang, Affect estimation in 3D space using multi-task active learning for
       regression, IEEE Transactions on Affective Computing 13, 2022.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> from seral_core.types import Scale, Target
    >>> zero = Answers(np.array([0]), np.array([0.0]), np.ones(1))
    >>> none = np.zeros((1, 2))
    >>> arousal, valence = Scale(np.array([[1.0, 0.6]]), none), Scale(np.array([[0.0, 0.6]]), none)
    >>> view = line_view(
    ...     0.0, 5.0, 5.0, labelled=[0], task=(Target("arousal"), Target("valence")),
    ...     answers={"arousal": zero, "valence": zero}, predict=lambda rows: {"arousal": arousal, "valence": valence},
    ... )
    >>> mtigs(view, 1, np.random.default_rng(0)), igs(view, 1, np.random.default_rng(0))
    (array([2]), array([1]))
    """
    return _greedy(view, n, rng, by_product, plain=True)


@strategies.register("mtigs-modified")
@in_parts
def mtigs_modified(view: View, n: int, rng: Generator) -> Ints:
    r"""MTiGS with the Euclidean distance over the targets, which weighs features and labels equally.

    :math:`\min_j \|x_i - x_j\| \cdot \|\hat y_i - y_j\|` is highest. This is igs with distances
    between features in the table's own units.

    Uses ``table``, ``beliefs`` of targets on a scale, and ``answers``.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, Eq. 11.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> from seral_core.types import Scale, Target
    >>> known = {"arousal": Answers(np.array([0]), np.array([0.0]), np.ones(1))}
    >>> guess = Scale(np.array([[0.5, 0.2]]), np.zeros((1, 2)))
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0], answers=known, predict=lambda rows: {"arousal": guess})
    >>> mtigs_modified(view, 1, np.random.default_rng(0))
    array([2])
    """
    return _greedy(view, n, rng, by_norm, plain=True)


def _greedy(view: View, n: int, rng: Generator, fusion: Fusion, plain: bool = False) -> Ints:
    if not len(view.candidates):
        return view.candidates
    if view.parts is not None:
        return fused_in_parts(view, n, rng, fusion, plain=plain)
    return farthest(in_own_units(view) if plain else view, n, rng, fusion, asked_labels(view))
