"""Which recording a learned frame is from: frames of one are alike, so that they are held out together."""

from __future__ import annotations

import numpy as np

from seral_core.corpora.segments import segment_place
from seral_core.learners.base import Known
from seral_core.types import Ints


def recordings_of(known: Known, target: str) -> Ints:
    """Return for each row of `Known.pairs` the number of the recording that it is from: stretches of one share it.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers
    >>> from seral_core.types import Target
    >>> table = FeatureTable(np.eye(3), ("a.wav#0.000-2.000", "a.wav#2.000-4.000", "b.wav"))
    >>> answers = {"arousal": Answers(np.array([0, 1, 2]), np.array([-0.5, 0.5, 0.0]), np.ones(3))}
    >>> recordings_of(Known(table, (Target("arousal"),), answers), "arousal")
    array([0, 0, 1])
    """
    files = [segment_place(known.table.ids[row])[0] for row in known.answers[target].rows.tolist()]
    numbers = np.unique(np.array(files, dtype=str), return_inverse=True)[1].astype(np.intp)
    return np.asarray(numbers[known.matched(target)[2]])
