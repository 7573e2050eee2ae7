"""Cross-task inconsistency (CTI): how far apart classes and dimensions lie, by affective norms.

One of the two is asked for, the other is what a source model believes (`View.related`). Norms bring
the classes' probabilities to the dimensions, where both can be compared. Values are compared in
parts of each scale's range, from 0 to 1, so that a scale of [1, 5] counts like one of [-1, 1];
where all ranges are equal, as in the paper, this changes no order. Several members count by their
mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seral_core.errors import BadPlan
from seral_core.learners.base import Answers
from seral_core.norms import DIMENSIONS, dimension
from seral_core.strategies.base import View, line_view
from seral_core.strategies.label_space import estimates
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
        Uses ``beliefs`` of the targets asked for and of ``related`` ones, and ``norms``. Scales
        count where they are dimensions; several categories count by their mean, those without any
        norm not at all. A class that the source never saw has probability 0, or is none of its
        classes: it has no weight.

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
    each = [inconsistency_of(view, target) for target in with_norms(view, (*view.task, *view.related))]
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
        0.0,
        1.0,
        5.0,
        labelled=[0],
        task=(targets.pop(asked),),
        related=tuple(targets.values()),
        predict=predict,
        answers={asked: Answers(np.array([0]), np.array([0]), np.ones(1))},
    )


def inconsistency_of(view: View, target: Target) -> Floats:
    """Return the CTI of each candidate between one category and all dimensions in the view.

    Parameters
    ----------
    view : View
        As in `inconsistency`.
    target : Target
        The category.

    Returns
    -------
    Floats of shape (candidates,)
        In parts of each scale's range.

    Raises
    ------
    BadPlan
        When there is no dimension to compare with, or a class has no norm.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.122, 1.0])
    >>> inconsistency_of(view, view.task[0]).round(3)
    array([0.   , 0.439])
    """
    have = view.norms.dimensions(target.classes)
    scales = [t for t in (*view.task, *view.related) if t.is_scale and dimension(t.name) in have]
    if not scales:
        raise BadPlan(_nothing_common(view, target, have))
    places = view.norms.of(target.classes, [Target(t.name, low=0, high=1) for t in scales])
    return inconsistency_scores(estimates(view, scales, view.beliefs), class_proba(view, target, view.beliefs), places)


def _nothing_common(view: View, target: Target, have: tuple[str, ...]) -> str:
    return (
        f"{both_sides(view)}; expected a scale that the classes of {target.name} have norms on "
        f"({', '.join(have or DIMENSIONS)}); give the plan a source with one, or call the scale so"
    )


def with_norms(view: View, among: Task) -> Task:
    """Return the categories that have norms; the others are left out, with a remark for the user.

    Parameters
    ----------
    view : View
        Uses ``norms``; takes remarks.
    among : tuple of Target
        Of any kind.

    Raises
    ------
    BadPlan
        When there is no category, or none of which any class has a norm.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.122, 1.0])
    >>> [target.name for target in with_norms(view, (*view.task, Target("sex", ("female", "male"))))], view.remarks
    (['emotion'], ['sex plays no part: its classes have no norms'])
    """
    categories = tuple(t for t in among if not t.is_scale)
    some = tuple(t for t in categories if view.norms.dimensions(t.classes))
    if not categories:
        raise BadPlan(
            f"{both_sides(view)}; expected classes, such as emotion, beside dimensions; give the "
            "plan a source that knows the other kind of target"
        )
    if not some:
        # This names a class without a norm, and says how to set it.
        view.norms.of(categories[0].classes, [Target(DIMENSIONS[0])])
    for target in (t for t in categories if t not in some):
        view.note(f"{target.name} plays no part: its classes have no norms")
    return some


def both_sides(view: View) -> str:
    """Return what is asked for and what else is known, for messages.

    Examples
    --------
    >>> both_sides(example_view([[1.0, 0.0], [0.5, 0.5]], [0.2, 0.8]))
    'emotion is asked for and the source knows valence'
    """
    asked, related = (", ".join(t.name for t in task) or "nothing" for task in (view.task, view.related))
    return f"{asked} is asked for and the source knows {related}"


def class_proba(view: View, target: Target, beliefs: Prediction) -> Floats:
    """Return the probabilities of a target's classes, of shape (rows, classes).

    Raises
    ------
    BadPlan
        When the target is a scale.

    Examples
    --------
    >>> view = example_view([[1.0, 0.0], [0.5, 0.5]], [0.2, 0.8])
    >>> class_proba(view, view.task[0], view.beliefs).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    belief = beliefs[target.name]
    if not isinstance(belief, Classes):
        view.classes(target)
        raise AssertionError("classes were expected")
    return belief.pooled().mean
