"""Random forests, for categories and scales alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from seral_core.learners.base import Learner, learners
from seral_core.learners.per_target import PerTarget
from seral_core.types import Floats, Task


class SpreadForest(RandomForestRegressor):  # type: ignore[misc]
    """A random forest for scales whose standard deviation is that over its trees."""

    def predict_with_std(self, x: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return the mean over the trees and their standard deviation, each of shape (rows,)."""
        trees = np.stack([tree.predict(x) for tree in self.estimators_])
        return trees.mean(0), trees.std(0)


@learners.register("random-forest")
def random_forest(task: Task, *, trees: int = 100) -> Learner:
    """Random forest: balanced classes for categories, spread over trees for scales.

    Parameters
    ----------
    task : tuple of Target
        Categories, scales, or both.
    trees : int
        Number of trees.
    """
    both = {
        True: SpreadForest(n_estimators=trees, min_samples_leaf=2),
        False: RandomForestClassifier(n_estimators=trees, class_weight="balanced_subsample"),
    }
    return PerTarget(task, {t.name: both[t.is_scale] for t in task})
