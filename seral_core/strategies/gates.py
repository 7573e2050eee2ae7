"""Gates for streams: decide for each arriving clip, at once, whether to ask for its label.

A gate opens for a clip whose confidence lies under a threshold, as long as the recent share of
clips asked for stays under a budget. The threshold of a variable gate shrinks by a step with every
clip asked for and grows by a step with every one let go. All of that follows from the decisions so
far, so a resumed stream works it out again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, strategies
from seral_core.strategies.binary import informativeness, sides_of
from seral_core.types import Bools, Floats, Ints, Target


@dataclass
class Meter:
    """What a gate remembers: its threshold, and how many of the last clips it asked for.

    Parameters
    ----------
    level : float
        Threshold of the confidence.
    used : float
        Clips asked for among the last ``window``, older ones fading.
    seen : int
        How many clips have been decided.

    Examples
    --------
    >>> gate, meter = VariableGate(step=0.1), Meter(0.9)
    >>> gate.opened(np.array([0.5, 0.95]), np.ones(2), meter).tolist()
    [True, False]
    >>> round(meter.level, 3), meter.seen, round(meter.used, 2)
    (0.891, 2, 0.99)
    """

    level: float
    used: float = 0.0
    seen: int = 0


@dataclass(frozen=True)
class Gate:
    """Ask where confidence is under a threshold that stays where it is, within a budget.

    Parameters
    ----------
    share : float
        Most clips to ask for, as a share of the recent ones, in (0, 1].
    threshold : float
        Confidence under which a clip is asked for, in (0, 1]; where a variable gate starts.
    step : float
        How far a variable threshold moves with each clip, as a share of it, in (0, 1].
    window : int
        How many clips "recent" means.

    Raises
    ------
    BadPlan
        When an option is out of range.

    References
    ----------
    .. [1] Zliobaite, Bifet, Pfahringer and Holmes, Active learning with drifting streaming data,
       IEEE Transactions on Neural Networks and Learning Systems 25(1), 2014.

    Examples
    --------
    >>> Gate(share=1.0, threshold=0.6).opened(np.array([0.9, 0.5, 0.7]), np.ones(3), Meter(0.6)).tolist()
    [False, True, False]
    """

    share: float = 0.1
    threshold: float = 0.9
    step: float = 0.01
    window: int = 100

    #: A gate looks at every clip of a buffer, and takes no fixed part of it.
    takes_all = True
    #: Whether the threshold moves.
    moves = False

    def __post_init__(self) -> None:
        for name, value in (("share", self.share), ("threshold", self.threshold)):
            if not 0 < value <= 1:
                raise BadPlan(f"got a gate with {name} {value:g}; expected a number over 0, at most 1")
        if not 0 < self.step < 1:
            raise BadPlan(f"got a gate with step {self.step:g}; expected a number between 0 and 1")
        if self.window < 1:
            raise BadPlan(f"got a gate with a window of {self.window}; expected 1 or more")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates that pass the gate, in order of arrival."""
        if not len(view.candidates) or n < 1:
            return view.candidates[:0]
        sure = np.mean([_confidence(view, target) for target in view.task], axis=0)
        now = self._meter(view)
        opened = self.opened(sure, self.noise(len(sure), rng), Meter(now.level, now.used, now.seen))
        return view.candidates[opened][:n]

    def opened(self, sure: Floats, noise: Floats, meter: Meter) -> Bools:
        """Decide one clip after another; ``meter`` moves along.

        Parameters
        ----------
        sure : Floats of shape (clips,)
            Confidence, in [0, 1].
        noise : Floats of shape (clips,)
            What the threshold is multiplied by for each.
        meter : Meter
            The gate's present state.

        Returns
        -------
        Bools of shape (clips,)
            Which are asked for.
        """
        opened = [self._decide(meter, s < meter.level * z) for s, z in zip(sure.tolist(), noise.tolist(), strict=True)]
        return np.array(opened, dtype=bool)

    def noise(self, size: int, rng: Generator) -> Floats:
        """Return what each clip's threshold is multiplied by: 1, unless the gate is a random one."""
        return np.ones(size)

    def _decide(self, meter: Meter, unsure: bool) -> bool:
        affordable = meter.used < self.share * self.window
        ask = affordable and unsure
        if affordable and self.moves:
            meter.level *= 1 - self.step if ask else 1 + self.step
        meter.used = meter.used * (1 - 1 / self.window) + ask
        meter.seen += 1
        return ask

    def _meter(self, view: View) -> Meter:
        """Return the gate's state after all decisions so far; kept in ``scratch``."""
        meter: Meter = view.scratch.setdefault(("gate", self), Meter(self.threshold))
        if meter.seen > len(view.decided):
            meter = view.scratch[("gate", self)] = Meter(self.threshold)
        for asked in view.decided[meter.seen :].tolist():
            self._decide(meter, asked)
        return meter


@strategies.register("fixed-gate")
@dataclass(frozen=True)
class FixedGate(Gate):
    """For streams: ask where confidence is under a fixed threshold, within a budget.

    References
    ----------
    .. [1] Zliobaite et al., 2014, as in `Gate`.

    Examples
    --------
    >>> sure, meter = np.array([0.9, 0.5, 0.5, 0.5]), Meter(0.7)
    >>> FixedGate(share=0.5, threshold=0.7, window=2).opened(sure, np.ones(4), meter).tolist(), meter.level
    ([False, True, False, True], 0.7)
    """


@strategies.register("variable-gate")
@dataclass(frozen=True)
class VariableGate(Gate):
    """For streams: the threshold falls with every clip asked for and rises otherwise.

    References
    ----------
    .. [1] Zliobaite et al., 2014, as in `Gate`.

    Examples
    --------
    >>> sure, meter = np.array([0.8, 0.8, 0.8]), Meter(0.7)
    >>> VariableGate(share=1.0, step=0.1).opened(sure, np.ones(3), meter).tolist(), round(meter.level, 3)
    ([False, False, True], 0.762)
    """

    moves = True


@strategies.register("random-variable-gate")
@dataclass(frozen=True)
class RandomVariableGate(Gate):
    """For streams: as variable-gate, the threshold blurred for each clip, so that no region is lost for good.

    Parameters
    ----------
    blur : float
        Standard deviation of the factor on the threshold.

    References
    ----------
    .. [1] Zliobaite et al., 2014, as in `Gate`.

    Examples
    --------
    >>> RandomVariableGate(blur=0.5).noise(3, np.random.default_rng(0)).round(2)
    array([1.06, 0.93, 1.32])
    """

    blur: float = 1.0

    moves = True

    def noise(self, size: int, rng: Generator) -> Floats:
        """Return normal factors around 1."""
        return rng.normal(1.0, self.blur, size)


def _confidence(view: View, target: Target) -> Floats:
    """How sure the most probable class is; on a scale, the likelier of its two sides (Han et al. 2013)."""
    if not target.is_scale:
        belief = view.classes(target)
        return belief.per_row(belief.mean.max(-1))
    answers = view.known(target)
    if not len(answers):
        return np.zeros(len(view.candidates))
    sides = sides_of(answers.values, (target.low + target.high) / 2)
    if len(np.unique(sides)) < 2:
        return np.zeros(len(view.candidates))
    values = view.table.pooled().values
    return 0.5 - informativeness(values[answers.rows], sides, values[view.candidates])
