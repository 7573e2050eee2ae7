"""Agreement: how many raters would give the same answer."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.confidence.base import Evidence, Sure, measures
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Learner
from seral_core.types import Floats, Ints

#: Clips that are learned from, at most: time and memory grow with their square.
MOST = 4_000


@measures.register("agreement")
def agreement(evidence: Evidence, learner: Learner, rng: Generator) -> Sure:
    """Predicted share of raters who would agree with the majority, learned from the votes of labelled clips.

    Kernel ridge regression from features, with an RBF kernel; far from all it knows it says what is usual, the median.
    It does not ask the model: a clip that raters agree about counts as easy for it too.

    Raises
    ------
    BadPlan
        When no labelled clip has the answers of two raters.

    References
    ----------
    .. [1] Deng, Han and Schuller, Confidence measures for speech emotion recognition: a start, ITG 2012.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> evidence = toy_evidence()
    >>> sure = agreement(evidence, None, np.random.default_rng(0))(evidence.known.table)
    >>> bool(sure[0] > sure[15])
    True
    """
    rows, agreed, _ = evidence.voted()
    return regressed(evidence, rows, agreed)


def regressed(evidence: Evidence, rows: Ints, values: Floats) -> Sure:
    """Return what predicts numbers in [0, 1] from features, learned from some rows.

    Parameters
    ----------
    evidence : Evidence
        Whose table has the features.
    rows : Ints of shape (learned from,)
        One or more.
    values : Floats of shape (learned from,)
        In [0, 1].

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> evidence = toy_evidence()
    >>> regressed(evidence, np.array([3, 4]), np.array([0.5, 0.5]))(evidence.known.table).round(2)[:2]
    array([0.5, 0.5])
    """
    from sklearn.kernel_ridge import KernelRidge
    from sklearn.preprocessing import StandardScaler

    pooled = evidence.known.table.pooled().values
    some = np.linspace(0, len(rows) - 1, min(len(rows), MOST)).astype(np.intp)
    scaler, usual = StandardScaler().fit(pooled[rows]), float(np.median(values))
    model = KernelRidge(kernel="rbf", gamma=0.5 / pooled.shape[1])
    model.fit(scaler.transform(pooled[rows[some]]), values[some] - usual)

    def sure(table: FeatureTable) -> Floats:
        found = model.predict(scaler.transform(table.pooled().values))
        return np.clip(np.asarray(usual + found, np.float64), 0, 1)

    return sure
