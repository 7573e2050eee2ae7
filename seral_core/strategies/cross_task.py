"""Cross-task active learning: choose by what one task says about another.

The learner of what is asked for has a source model of the other kind of target beside it, see
`seral_core.learners.cross_task`; both are found in the view's beliefs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.fused import by_norm, by_product, farthest, farthest_within, in_own_units
from seral_core.strategies.inconsistency import both_sides, class_proba, inconsistency, inconsistency_of, with_norms
from seral_core.strategies.label_space import Labels, asked_labels, estimates
from seral_core.strategies.uncertainty import entropy_scores, least_confidence_scores, mean_ranks
from seral_core.types import Floats, Ints, Target, Task


@strategies.register("cti")
def cti(view: View, n: int, rng: Generator) -> Ints:
    """Highest cross-task inconsistency (CTI): what classes and dimensions say lies farthest apart.

    Uses ``beliefs`` of the targets asked for and of ``related`` ones, and ``norms``.

    Raises
    ------
    BadPlan
        When classes or dimensions are missing, a class has no norm, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, Eq. 5.

    Examples
    --------
    >>> from seral_core.strategies.inconsistency import example_view
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.122, 1.0])
    >>> cti(view, 1, np.random.default_rng(0))
    array([2])
    """
    if not len(view.candidates):
        return view.candidates
    return best(view, inconsistency(view), max(n, 0), rng)


@strategies.register("ent-ctial")
def ent_ctial(view: View, n: int, rng: Generator) -> Ints:
    """Highest cross-task inconsistency times entropy of the classes asked for (Ent-CTIAL).

    Uses ``beliefs`` of the classes asked for and of dimensions, and ``norms``.

    Raises
    ------
    BadPlan
        When no classes are asked for, no dimension is believed in, a class has no norm, or no model
        is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, Eq. 8.

    Examples
    --------
    >>> from seral_core.strategies.inconsistency import example_view
    >>> view = example_view([[1.0, 0.0], [0.9, 0.1]], [1.0, 0.5])
    >>> ent_ctial(view, 1, np.random.default_rng(0)), cti(view, 1, np.random.default_rng(0))
    (array([2]), array([1]))
    """
    return _uncertain(view, lambda apart, proba: apart * entropy_scores(proba), n, rng)


@strategies.register("lc-ctial")
def lc_ctial(view: View, n: int, rng: Generator) -> Ints:
    """Highest cross-task inconsistency over confidence in the classes asked for (LC-CTIAL).

    Uses ``beliefs`` of the classes asked for and of dimensions, and ``norms``.

    Raises
    ------
    BadPlan
        When no classes are asked for, no dimension is believed in, a class has no norm, or no model
        is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, Eq. 9.

    Examples
    --------
    >>> from seral_core.strategies.inconsistency import example_view
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.622, 0.1])
    >>> lc_ctial(view, 1, np.random.default_rng(0))
    array([2])
    """
    return _uncertain(view, lambda apart, proba: apart / proba.max(axis=-1), n, rng)


@strategies.register("source-least-confidence")
def source_least_confidence(view: View, n: int, rng: Generator) -> Ints:
    """Lowest probability of the class that the source model holds most probable (Source LC).

    Uses ``beliefs`` of ``related`` classes.

    Raises
    ------
    BadPlan
        When the source knows no classes, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, section 5.1.

    Examples
    --------
    >>> from seral_core.strategies.inconsistency import example_view
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.1, 0.5], asked="valence")
    >>> source_least_confidence(view, 1, np.random.default_rng(0))
    array([2])
    """
    if not len(view.candidates):
        return view.candidates
    sources = _of_source(view, "classes", lambda target: not target.is_scale)
    scores = [least_confidence_scores(class_proba(view, target, view.beliefs)) for target in sources]
    return best(view, mean_ranks(scores), max(n, 0), rng)


@strategies.register("source-mtigs")
def source_mtigs(view: View, n: int, rng: Generator) -> Ints:
    """MTiGS on the scales that the source model estimates, for candidates and labelled rows (Source MTiGS).

    Uses ``table`` in its own units, and ``beliefs`` of ``related`` scales.

    Raises
    ------
    BadPlan
        When the source knows no scales, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, section 4.1.

    Examples
    --------
    >>> from seral_core.strategies.inconsistency import example_view
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.9, 0.1])
    >>> source_mtigs(view, 1, np.random.default_rng(0))
    array([1])
    """
    if not len(view.candidates):
        return view.candidates
    scales = _of_source(view, "scales", lambda target: target.is_scale)
    known = estimates(view, scales, view.predict(view.labelled)) if len(view.labelled) else np.zeros((0, len(scales)))
    labels = Labels(estimates(view, scales, view.beliefs), known)
    return farthest(in_own_units(view), n, rng, by_product, labels)


@strategies.register("ctigs")
def ctigs(view: View, n: int, rng: Generator) -> Ints:
    """MTiGS within each class that the source model predicts (CTiGS).

    A class of which nothing is labelled is compared with all labelled rows.

    Uses ``table`` in its own units, ``beliefs`` of scales asked for and of ``related`` classes, and
    ``answers``. Where the source knows several categories, the first with norms counts.

    Raises
    ------
    BadPlan
        When categories are asked for, the source knows no classes, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, section 5.1.

    Examples
    --------
    >>> from seral_core.strategies.inconsistency import example_view
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.1, 0.5], asked="valence")
    >>> ctigs(view, 1, np.random.default_rng(0))
    array([2])
    """
    if not len(view.candidates):
        return view.candidates
    found = _of_source(view, "classes", lambda target: not target.is_scale)
    emotion = next((t for t in found if view.norms.dimensions(t.classes)), found[0])
    guessed = class_proba(view, emotion, view.beliefs).argmax(axis=-1)
    known = np.zeros(0, dtype=np.intp)
    if len(view.labelled):
        known = class_proba(view, emotion, view.predict(view.labelled)).argmax(axis=-1)
    return farthest_within(in_own_units(view), n, rng, by_product, asked_labels(view), guessed, known)


@strategies.register("mtigs-ctial")
def mtigs_ctial(view: View, n: int, rng: Generator) -> Ints:
    """Highest cross-task inconsistency times modified MTiGS (MTiGS-CTIAL).

    Picks of one round count as labelled for those after them.

    Uses ``table`` in its own units, ``beliefs`` of scales asked for and of classes, ``answers`` and
    ``norms``.

    Raises
    ------
    BadPlan
        When categories are asked for, classes or dimensions are missing, a class has no norm, or no
        model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, Eq. 12.

    Examples
    --------
    >>> from seral_core.strategies.inconsistency import example_view
    >>> view = example_view([[1.0, 0.0], [1.0, 0.0]], [0.9, 0.2], asked="valence")
    >>> mtigs_ctial(view, 2, np.random.default_rng(0))
    array([1, 2])
    """
    if not len(view.candidates):
        return view.candidates
    labels = asked_labels(view)
    return farthest(in_own_units(view), n, rng, by_norm, labels, inconsistency(view))


def _uncertain(view: View, join: Callable[[Floats, Floats], Floats], n: int, rng: Generator) -> Ints:
    if not len(view.candidates):
        return view.candidates
    for target in view.task:
        view.classes(target)
    scores = [
        join(inconsistency_of(view, target), class_proba(view, target, view.beliefs))
        for target in with_norms(view, view.task)
    ]
    return best(view, mean_ranks(scores), max(n, 0), rng)


def _of_source(view: View, what: str, wanted: Callable[[Target], bool]) -> Task:
    found = tuple(target for target in view.related if wanted(target))
    if not found:
        raise BadPlan(
            f"{both_sides(view)}; this strategy needs {what} that a source model knows; give the "
            f"plan a source corpus with {what}"
        )
    return found
