"""Cross-task inconsistency: choose segments on which classes and dimensions disagree.

One of the two is asked for, the other is what a source model believes (`View.related`). Affective norms
bring the classes' probabilities to the dimensions, where both can be compared. Values are compared in
parts of each scale's range, from 0 to 1, so that a scale of [1, 5] counts like one of [-1, 1]; where all
ranges are equal, as in the paper, this changes no order. Several members count by their mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.learners.base import Answers
from seral_core.norms import DIMENSIONS, dimension
from seral_core.strategies.base import View, best, line_view, strategies
from seral_core.strategies.fused import by_norm, by_product, farthest, farthest_within, in_own_units
from seral_core.strategies.label_space import Labels, asked_labels, estimates
from seral_core.strategies.space import per_row
from seral_core.strategies.uncertainty import entropy_scores, least_confidence_scores, together
from seral_core.types import Classes, Floats, Ints, Prediction, Scale, Target, Task


def mapped(proba: Floats, places: Floats) -> Floats:
    r"""Bring probabilities of classes to the dimensions, :math:`\tilde y = \sum_e p_e \cdot \mathrm{NRC}[e]` (Eq. 3).

    Parameters
    ----------
    proba : Floats of shape (..., classes)
        Probabilities in [0, 1].
    places : Floats of shape (classes, dimensions)
        Norms, as of `seral_core.norms.Norms.of`.

    Returns
    -------
    Floats of shape (..., dimensions)
        In the units of ``places``.

    Examples
    --------
    >>> mapped(np.array([0.25, 0.75]), np.array([[0.0, 0.4], [1.0, 0.8]]))
    array([0.75, 0.7 ])
    """
    return np.asarray(proba @ places)


def inconsistency_scores(values: Floats, proba: Floats, places: Floats) -> Floats:
    r"""Cross-task inconsistency (CTI), :math:`\|\hat y - \tilde y\|_2` (Eq. 4).

    Parameters
    ----------
    values : Floats of shape (..., dimensions)
        What is estimated on the dimensions.
    proba : Floats of shape (..., classes)
        Probabilities in [0, 1].
    places : Floats of shape (classes, dimensions)
        Norms in the units of ``values``.

    Returns
    -------
    Floats of shape (...)
        0 where both agree.

    Examples
    --------
    >>> inconsistency_scores(np.array([[0.45, 0.3]]), np.array([[0.25, 0.75]]), np.array([[0.0, 0.4], [1.0, 0.8]]))
    array([0.5])
    """
    return np.asarray(np.linalg.norm(values - mapped(proba, places), axis=-1))


def inconsistency(view: View) -> Floats:
    """Return the CTI of each candidate between all classes and all dimensions in the view.

    Parameters
    ----------
    view : View
        Uses ``beliefs`` of the targets asked for and of ``related`` ones, and ``norms``. Classes count where
        they have norms, scales where they are dimensions; several categories count by their mean.

    Returns
    -------
    Floats of shape (candidates,)
        In parts of each scale's range.

    Raises
    ------
    BadPlan
        When classes or dimensions are missing, or a class has no norm.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.122, 1.0])
    >>> inconsistency(view).round(3)
    array([0.   , 0.439])
    """
    each = [_inconsistency(view, target) for target in _categories(view, (*view.task, *view.related))]
    return np.asarray(np.mean(each, axis=0))


def example_view(proba: Sequence[Sequence[float]], valence: Sequence[float], asked: str = "emotion") -> View:
    """Return a view of points at 0, 1 and 5, for examples and tests; the first is labelled.

    Parameters
    ----------
    proba : sequence of shape (2, 2)
        Probabilities of anger and happiness, of both candidates. The labelled point is angry.
    valence : sequence of shape (2,)
        Estimates in [0, 1], of both candidates. That of the labelled point is 0.
    asked : {"emotion", "valence"}
        What is asked for; a source model knows the other.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.2, 0.8])
    >>> view.task[0].name, view.related[0].name, view.beliefs["valence"].guess
    ('emotion', 'valence', array([0.2, 0.8]))
    """
    targets = {"emotion": Target("emotion", ("anger", "happiness")), "valence": Target("valence", low=0)}
    classes, values = np.array([[1.0, 0.0], *proba]), np.array([0.0, *valence])

    def predict(rows: Ints) -> Prediction:
        return {"emotion": Classes(classes[None, rows]), "valence": Scale(values[None, rows], np.zeros((1, len(rows))))}

    return line_view(
        0.0, 1.0, 5.0, labelled=[0], task=(targets.pop(asked),), related=tuple(targets.values()), predict=predict,
        answers={asked: Answers(np.array([0]), np.array([0]), np.ones(1))},
    )  # fmt: skip


@strategies.register("cti")
def cti(view: View, n: int, rng: Generator) -> Ints:
    """Highest cross-task inconsistency (CTI): what classes and dimensions say lies farthest apart.

    Parameters
    ----------
    view : View
        Uses ``beliefs`` of the targets asked for and of ``related`` ones, and ``norms``.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When classes or dimensions are missing, a class has no norm, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion recognition,
       IEEE Transactions on Affective Computing, 2024, Eq. 5.

    Examples
    --------
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

    Parameters
    ----------
    view : View
        Uses ``beliefs`` of the classes asked for and of dimensions, and ``norms``.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When no classes are asked for, no dimension is believed in, a class has no norm, or no model is
        trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion recognition,
       IEEE Transactions on Affective Computing, 2024, Eq. 8.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.9, 0.1]], [1.0, 0.5])
    >>> ent_ctial(view, 1, np.random.default_rng(0)), cti(view, 1, np.random.default_rng(0))
    (array([2]), array([1]))
    """
    return _uncertain(view, lambda apart, proba: apart * entropy_scores(proba), n, rng)


@strategies.register("lc-ctial")
def lc_ctial(view: View, n: int, rng: Generator) -> Ints:
    """Highest cross-task inconsistency over confidence in the classes asked for (LC-CTIAL).

    Parameters
    ----------
    view : View
        Uses ``beliefs`` of the classes asked for and of dimensions, and ``norms``.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When no classes are asked for, no dimension is believed in, a class has no norm, or no model is
        trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion recognition,
       IEEE Transactions on Affective Computing, 2024, Eq. 9.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.622, 0.1])
    >>> lc_ctial(view, 1, np.random.default_rng(0))
    array([2])
    """
    return _uncertain(view, lambda apart, proba: apart / proba.max(axis=-1), n, rng)


@strategies.register("source-least-confidence")
def source_least_confidence(view: View, n: int, rng: Generator) -> Ints:
    """Lowest probability of the class that the source model holds most probable (Source LC).

    Parameters
    ----------
    view : View
        Uses ``beliefs`` of ``related`` classes.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When the source knows no classes, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion recognition,
       IEEE Transactions on Affective Computing, 2024, section 5.1.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.1, 0.5], asked="valence")
    >>> source_least_confidence(view, 1, np.random.default_rng(0))
    array([2])
    """
    if not len(view.candidates):
        return view.candidates
    sources = _of_source(view, "classes", lambda target: not target.is_scale)
    scores = [least_confidence_scores(_proba(view, target, view.beliefs)) for target in sources]
    return best(view, together(scores), max(n, 0), rng)


@strategies.register("source-mtigs")
def source_mtigs(view: View, n: int, rng: Generator) -> Ints:
    """MTiGS on the scales that the source model estimates, for candidates and labelled rows (Source MTiGS).

    Parameters
    ----------
    view : View
        Uses ``table`` in its own units, and ``beliefs`` of ``related`` scales.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When the source knows no scales, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion recognition,
       IEEE Transactions on Affective Computing, 2024, section 4.1.

    Examples
    --------
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

    Parameters
    ----------
    view : View
        Uses ``table`` in its own units, ``beliefs`` of scales asked for and of ``related`` classes, and
        ``answers``. Where the source knows several categories, the first with norms counts.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When categories are asked for, the source knows no classes, or no model is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion recognition,
       IEEE Transactions on Affective Computing, 2024, section 5.1.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.1, 0.5], asked="valence")
    >>> ctigs(view, 1, np.random.default_rng(0))
    array([2])
    """
    if not len(view.candidates):
        return view.candidates
    _of_source(view, "classes", lambda target: not target.is_scale)
    emotion, *_ = _categories(view, view.related)
    guessed = _proba(view, emotion, view.beliefs).argmax(axis=-1)
    known = np.zeros(0, dtype=np.intp)
    if len(view.labelled):
        known = _proba(view, emotion, view.predict(view.labelled)).argmax(axis=-1)
    return farthest_within(in_own_units(view), n, rng, by_product, asked_labels(view), guessed, known)


@strategies.register("mtigs-ctial")
def mtigs_ctial(view: View, n: int, rng: Generator) -> Ints:
    """Highest cross-task inconsistency times modified MTiGS (MTiGS-CTIAL).

    Picks of one round count as labelled for those after them.

    Parameters
    ----------
    view : View
        Uses ``table`` in its own units, ``beliefs`` of scales asked for and of classes, ``answers`` and
        ``norms``.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Raises
    ------
    BadPlan
        When categories are asked for, classes or dimensions are missing, a class has no norm, or no model
        is trained yet.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion recognition,
       IEEE Transactions on Affective Computing, 2024, Eq. 12.

    Examples
    --------
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
        join(_inconsistency(view, target), _proba(view, target, view.beliefs))
        for target in _categories(view, view.task)
    ]
    return best(view, together(scores), max(n, 0), rng)


def _inconsistency(view: View, target: Target) -> Floats:
    """Return the CTI of each candidate between one category and the dimensions."""
    have = view.norms.dimensions(target.classes)
    scales = [t for t in (*view.task, *view.related) if t.is_scale and dimension(t.name) in have]
    if not scales:
        raise BadPlan(_nothing_common(view, target, have))
    places = view.norms.of(target.classes, [Target(t.name, low=0, high=1) for t in scales])
    return inconsistency_scores(estimates(view, scales, view.beliefs), _proba(view, target, view.beliefs), places)


def _nothing_common(view: View, target: Target, have: tuple[str, ...]) -> str:
    return (
        f"{_both_sides(view)}; expected a scale that the classes of {target.name} have norms on "
        f"({', '.join(have or DIMENSIONS)}); give the plan a source with one, or call the scale so"
    )


def _categories(view: View, among: Task) -> Task:
    """Return the categories whose classes are emotions; those without any norm are left out, and said to be."""
    categories = tuple(t for t in among if not t.is_scale)
    some = tuple(t for t in categories if view.norms.dimensions(t.classes))
    if not categories:
        raise BadPlan(
            f"{_both_sides(view)}; expected classes, such as emotion, beside dimensions; give the plan a source "
            "that knows the other kind of target"
        )
    if not some:
        # This names a class without a norm, and says how to set it.
        view.norms.of(categories[0].classes, [Target(DIMENSIONS[0])])
    for target in (t for t in categories if t not in some):
        view.note(f"{target.name} plays no part: its classes have no norms")
    return some


def _of_source(view: View, what: str, wanted: Callable[[Target], bool]) -> Task:
    found = tuple(target for target in view.related if wanted(target))
    if not found:
        raise BadPlan(
            f"{_both_sides(view)}; this strategy needs {what} that a source model knows; give the plan a source "
            f"corpus with {what}"
        )
    return found


def _both_sides(view: View) -> str:
    asked, related = (", ".join(t.name for t in task) or "nothing" for task in (view.task, view.related))
    return f"{asked} is asked for and the source knows {related}"


def _proba(view: View, target: Target, beliefs: Prediction) -> Floats:
    belief = beliefs[target.name]
    if not isinstance(belief, Classes):
        view.classes(target)
        raise AssertionError("classes were expected")
    return np.asarray(per_row(belief.mean, belief.bounds))
