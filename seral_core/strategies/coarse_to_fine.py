"""Coarse before fine: first find emotional speech at all, then ask which emotion it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.background import NEUTRAL, background_class
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.novelty import Novelty
from seral_core.strategies.uncertainty import entropy_scores, mean_ranks
from seral_core.types import Floats, Ints, Target


@strategies.register("coarse-to-fine")
@dataclass(frozen=True)
class CoarseToFine:
    r"""Novelty until enough emotional clips are labelled, then clips that are emotional in a way that is unclear.

    While emotional labels are few, those who answer are shown what deviates from neutral speech (`Novelty`). From
    then on the score is :math:`(1 - p_0) H(p_c / (1 - p_0))`: how likely a clip is emotional, times the entropy of
    which emotion it is if so. Where no class has the name of the neutral one, the most frequent class takes its place.

    Uses ``table`` and ``answers``, then ``beliefs`` of categorical targets.

    Parameters
    ----------
    enough : int
        Emotional labels that end the first part, 0 or more.
    neutral : str
        Name of the neutral class.

    Raises
    ------
    BadPlan
        When a target is on a scale, or ``enough`` is below 0.

    References
    ----------
    .. [1] MixedEmotions, deliverable D4.2, section 2.3.2.

    Examples
    --------
    >>> from seral_core.types import Classes
    >>> emotion = Target("emotion", ("anger", "neutral", "sadness"))
    >>> belief = {"emotion": Classes(np.array([[[0.5, 0.0, 0.5], [0.1, 0.8, 0.1], [0.9, 0.05, 0.05]]]))}
    >>> view = line_view(0.0, 1.0, 2.0, 3.0, labelled=[0], task=(emotion,), predict=lambda rows: belief)
    >>> CoarseToFine(enough=0)(view, 1, np.random.default_rng(0))
    array([1])
    """

    enough: int = 20
    neutral: str = NEUTRAL

    def __post_init__(self) -> None:
        if self.enough < 0:
            raise BadPlan(f"got {self.enough} emotional labels as enough; expected 0 or more, such as 20")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates of the part that is on."""
        scale = next((target.name for target in view.task if target.is_scale), "")
        if scale:
            raise BadPlan(f"coarse-to-fine needs classes, but {scale} is not; for {scale} try novelty")
        if not len(view.candidates):
            return view.candidates
        found = min(self._emotional(view, target) for target in view.task)
        if found < self.enough or not view.is_trained:
            return Novelty(neutral=self.neutral)(view, n, rng)
        return best(view, mean_ranks([self._unclear(view, target) for target in view.task]), max(n, 0), rng)

    def _emotional(self, view: View, target: Target) -> int:
        return int((view.known(target).values != background_class(view, target, self.neutral)).sum())

    def _unclear(self, view: View, target: Target) -> Floats:
        belief, calm = view.classes(target), background_class(view, target, self.neutral)
        felt = np.delete(belief.mean, calm, axis=-1)
        emotional = felt.sum(axis=-1)
        which = np.divide(felt, emotional[:, None], out=np.zeros_like(felt), where=emotional[:, None] > 0)
        return belief.per_row(emotional * entropy_scores(which))
