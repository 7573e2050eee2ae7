"""What section 4.5.3 of D4.2 tells in words of its Tables 5.2 and 5.3; all that can be read of them."""

from __future__ import annotations

from typing import NamedTuple

from seral_core.recipes.ccc_objective.training import Objective


class Told(NamedTuple):
    """A score on the test part with squared error, and with an objective of concordance."""

    corpus: str
    target: str
    metric: str
    sse: float
    objective: Objective
    score: float
    after_chain: bool


TOLD = (
    Told("music (MediaEval 2013)", "arousal", "tau", 0.221, "sum of CCCs", 0.251, False),
    Told("music (MediaEval 2013)", "valence", "tau", 0.189, "sum of CCCs", 0.199, False),
    Told("music (MediaEval 2013)", "valence", "cc", 0.637, "total CCC", 0.653, False),
    Told("speech (RECOLA)", "arousal", "ccc", 0.097, "sum of CCCs", 0.350, True),
)
