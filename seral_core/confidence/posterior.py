"""What the model itself says: its posterior, and its margin."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.confidence.base import Evidence, Sure, measures
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Learner, predicted
from seral_core.learners.confidence import confidence
from seral_core.types import Classes, Floats


@measures.register("posterior")
def posterior(evidence: Evidence, learner: Learner, rng: Generator) -> Sure:
    """Posterior of the predicted class; of a scale, how small the predicted deviation is against the range.

    See `seral_core.learners.confidence.confidence`.

    References
    ----------
    .. [1] MixedEmotions, deliverable D4.2, section 2.4.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> from seral_core.learners.base import learners, trained
    >>> evidence, rng = toy_evidence(), np.random.default_rng(0)
    >>> learner = trained(learners["logistic-regression"](evidence.known.task), evidence.known, rng)
    >>> sure = posterior(evidence, learner, rng)(evidence.known.table)
    >>> bool(sure[0] > sure[15])
    True
    """

    def sure(table: FeatureTable) -> Floats:
        return confidence(predicted(learner.predict, table)[evidence.target.name], evidence.target)

    return sure


@measures.register("margin")
def margin(evidence: Evidence, learner: Learner, rng: Generator) -> Sure:
    """Posterior of the predicted class less that of the next one.

    Raises
    ------
    BadPlan
        When the target is a scale.

    References
    ----------
    .. [1] MixedEmotions, deliverable D4.2, section 2.4.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> from seral_core.learners.base import learners, trained
    >>> evidence, rng = toy_evidence(), np.random.default_rng(0)
    >>> learner = trained(learners["logistic-regression"](evidence.known.task), evidence.known, rng)
    >>> bool((margin(evidence, learner, rng)(evidence.known.table) <= 1).all())
    True
    """
    name = evidence.target.name
    if evidence.target.is_scale:
        raise BadPlan(f"margin needs classes, but {name} is a scale; for {name} take posterior or calibrated")

    def sure(table: FeatureTable) -> Floats:
        belief = predicted(learner.predict, table)[name]
        assert isinstance(belief, Classes)
        top = np.sort(belief.mean, axis=-1)
        return belief.per_row(top[:, -1] - top[:, -2])

    return sure
