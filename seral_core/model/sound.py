"""Whether a trained learner that somebody gave you is what its numbers say: compiled code reads memory by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from sklearn.ensemble._forest import BaseForest
from sklearn.svm._base import BaseLibSVM
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree


def fault_in(learner: Any) -> str:
    """Return what is wrong with scikit-learn's trees and support vector machines in a learner; empty where nothing is.

    Parameters
    ----------
    learner : object
        As it was loaded; nothing was asked of it yet.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> machine = SVC().fit([[0.0], [1.0], [2.0]], [0, 1, 2])
    >>> fault_in([machine])
    ''
    >>> machine._n_support = np.repeat(1, 60_000)
    >>> fault_in([machine])
    'a support vector machine has other sizes than it says'
    """
    for part in _parts(learner, set()):
        if isinstance(part, Tree) and not _leads_nowhere_else(part):
            return "a tree leads out of its arrays"
        alone = [part] if isinstance(part, BaseDecisionTree) and hasattr(part, "tree_") else []
        together = getattr(part, "estimators_", []) if isinstance(part, BaseForest) else []
        if any(tree.tree_.n_features != _width(part) for tree in (*alone, *together)):
            return "a tree asks for other features than it is given"
        if isinstance(part, BaseLibSVM) and hasattr(part, "support_") and not _has_its_sizes(part):
            return "a support vector machine has other sizes than it says"
    return ""


def _width(estimator: Any) -> Any:
    """Return how many features an estimator makes sure of before it predicts."""
    return vars(estimator).get("n_features_in_")


def _parts(part_of: Any, seen: set[int]) -> Iterator[Any]:
    """Yield all that an object is made of, wherever it is."""
    if id(part_of) in seen:
        return
    seen.add(id(part_of))
    yield part_of
    inner: Iterable[Any] = getattr(part_of, "__dict__", {}).values()
    if isinstance(part_of, Mapping):
        inner = part_of.values()
    elif isinstance(part_of, list | tuple) or (isinstance(part_of, np.ndarray) and part_of.dtype == object):
        inner = part_of
    for each in inner:
        yield from _parts(each, seen)


def _leads_nowhere_else(tree: Any) -> bool:
    """Whether all children and features of a tree exist."""
    left, right, feature = (np.asarray(part) for part in (tree.children_left, tree.children_right, tree.feature))
    inner = left != -1
    later = [side[inner] > np.flatnonzero(inner) for side in (left, right)]  # nor do they go round in circles
    ends = all((side[inner] < tree.node_count).all() for side in (left, right)) and all(part.all() for part in later)
    return ends and bool(((feature[inner] >= 0) & (feature[inner] < tree.n_features)).all())


def _has_its_sizes(machine: Any) -> bool:
    """Whether the arrays of a machine fit one another; sparse ones are none of SERAL's."""
    try:
        support, counts = np.asarray(machine.support_), np.asarray(machine._n_support)
        many, is_classifier = len(support), machine._impl in ("c_svc", "nu_svc")
        classes = len(machine.classes_) if is_classifier else 2
        pairs = classes * (classes - 1) // 2 if is_classifier else 1
        fitted = [
            machine.shape_fit_[0],
            *(len(made) for name, made in vars(machine).items() if name.endswith("__Xfit")),
        ]
        given = callable(machine.kernel) or machine.kernel == "precomputed"
        vectors = (0, 0) if given else (many, _width(machine))
        return bool(
            machine._sparse is False
            and counts.shape == (classes,)
            and (counts >= 0).all()
            and (counts.sum() == many or not is_classifier)
            and np.shape(machine._dual_coef_) == (classes - 1 if is_classifier else 1, many)
            and np.shape(machine._intercept_) == (pairs,)
            and np.shape(machine.support_vectors_) == vectors
            and all(len(part) in (0, pairs) for part in (machine._probA, machine._probB))
            and (support >= 0).all()
            and (support < min(fitted)).all()
        )
    except (AttributeError, TypeError, ValueError, IndexError):
        return False
