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
    """A random forest for scales whose standard deviation is that over its trees.

    References
    ----------
    .. [1] Breiman, Random forests, Machine Learning 45, 2001.

    Examples
    --------
    >>> x = np.arange(20.0)[:, None]
    >>> mean, std = SpreadForest(n_estimators=5, random_state=0).fit(x, x[:, 0]).predict_with_std(x)
    >>> mean.shape, std.shape, bool((std >= 0).all())
    ((20,), (20,), True)
    """

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

    Returns
    -------
    Learner
        Beliefs of one member.

    References
    ----------
    .. [1] Breiman, Random forests, Machine Learning 45, 2001.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers, Known, trained
    >>> from seral_core.types import Target
    >>> table = FeatureTable(np.arange(8.0)[:, None], tuple("abcdefgh"))
    >>> task = (Target("arousal"),)
    >>> known = Known(table, task, {"arousal": Answers(np.arange(8), np.linspace(-1, 1, 8), np.ones(8))})
    >>> belief = trained(random_forest(task, trees=5), known, np.random.default_rng(0)).predict(table)["arousal"]
    >>> bool(belief.guess[0] < 0 < belief.guess[-1]), bool(belief.std.max() > 0)
    (True, True)
    """
    both = {
        True: SpreadForest(n_estimators=trees, min_samples_leaf=2),
        False: RandomForestClassifier(n_estimators=trees, class_weight="balanced_subsample"),
    }
    return PerTarget(task, {t.name: both[t.is_scale] for t in task})
