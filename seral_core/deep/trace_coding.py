"""What a network puts out for a target: a value on a scale of its own, or how probable each level is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator

from seral_core.deep.concordance import Loss, mean_squared, sum_of_concordance, total_concordance
from seral_core.deep.cost_sensitive import CostSensitive
from seral_core.sequences.levels import Levels
from seral_core.sequences.priors import class_priors, log_proba, without_priors
from seral_core.types import Floats, Target


class Coding(Protocol):
    """Gold as a network learns it, and its outputs as values of the target."""

    @property
    def width(self) -> int:
        """How many outputs the target has; 0 where there is nothing to learn."""
        ...

    def loss(self, name: str, widths: tuple[int, ...]) -> Loss:
        """Return the loss of all targets together."""
        ...

    def coded(self, gold: Floats) -> Floats:
        """Return gold as it is learned, nan where it is nan."""
        ...

    def uncoded(self, coded: Floats) -> Floats:
        """Return what coded gold stands for."""
        ...

    def decoded(self, outputs: Floats) -> tuple[Floats, Floats]:
        """Return values and their deviations for outputs of shape (frames, width)."""
        ...

    def constant(self, frames: int) -> tuple[Floats, Floats]:
        """Return values and deviations where nothing was learned."""
        ...

    def kept(self) -> dict[str, Any]:
        """Return what it is made of, for JSON."""
        ...


@dataclass(frozen=True)
class Straight:
    """A value, in deviations from the mean of gold.

    Parameters
    ----------
    middle : float
        Mean of gold, or of the scale where there is none.
    unit : float
        Standard deviation of gold; 0 where it does not vary.
    doubt : float
        What deviation is believed where nothing is learned.

    Examples
    --------
    >>> coding = Straight.fitted(Target("arousal", rate_hz=25.0), np.array([0.1, 0.5]))
    >>> coding.coded(np.array([0.5, np.nan])).round(6), coding.decoded(np.array([[1.0]]))
    (array([ 1., nan]), (array([0.5]), array([0.])))
    """

    middle: float
    unit: float
    doubt: float = 0.0

    @classmethod
    def fitted(cls, target: Target, gold: Floats) -> Straight:
        """Return the coding for all gold of a target."""
        if not len(gold):
            return cls((target.low + target.high) / 2, 0.0, (target.high - target.low) / 4)
        varies = gold.max() > gold.min()
        return cls(float(gold.mean()), float(gold.std()) if varies else 0.0)

    @classmethod
    def of_kept(cls, kept: dict[str, Any]) -> Straight:
        """Bring back what `kept` returned."""
        return cls(**kept)

    @property
    def width(self) -> int:
        """1 where there is something to learn."""
        return 1 if self.unit else 0

    def loss(self, name: str, widths: tuple[int, ...]) -> Loss:
        """Return the loss of this name."""
        return {"ccc": total_concordance, "sum-ccc": sum_of_concordance, "mse": mean_squared}[name]

    def coded(self, gold: Floats) -> Floats:
        """Return gold in deviations from its mean."""
        return np.asarray((gold - self.middle) / self.unit)

    def uncoded(self, coded: Floats) -> Floats:
        """Return coded gold as values."""
        return np.asarray(coded * self.unit + self.middle)

    def decoded(self, outputs: Floats) -> tuple[Floats, Floats]:
        """Return the values, and 0 as their deviations."""
        if not self.width:
            return self.constant(len(outputs))
        return self.uncoded(outputs[:, 0]), np.zeros(len(outputs))

    def constant(self, frames: int) -> tuple[Floats, Floats]:
        """Return the mean of gold, or the middle of the scale."""
        return np.full(frames, self.middle), np.full(frames, self.doubt)

    def kept(self) -> dict[str, Any]:
        """Return the fields."""
        return {"middle": self.middle, "unit": self.unit, "doubt": self.doubt}


@dataclass(frozen=True)
class Cut:
    """Levels found by k-means; the most probable one, freed of class priors, is what a frame is said to have.

    Parameters
    ----------
    otherwise : Straight
        Where there is nothing to learn.
    means : tuple of float
        Of the levels; none where there is nothing to learn.
    priors : tuple of float
        Share of each level in gold.

    Examples
    --------
    >>> gold = np.array([0.0, 0.0, 0.1, 0.9])
    >>> coding = Cut.fitted(Target("arousal", rate_hz=25.0), gold, 2, np.random.default_rng(0))
    >>> coding.priors, coding.coded(gold), coding.decoded(np.log([[0.6, 0.4]]))[0].round(2)
    ((0.75, 0.25), array([0., 0., 0., 1.]), array([0.9]))
    """

    otherwise: Straight
    means: tuple[float, ...] = ()
    priors: tuple[float, ...] = ()

    @classmethod
    def fitted(cls, target: Target, gold: Floats, count: int, rng: Generator) -> Cut:
        """Return the coding for all gold of a target, with no more levels than it has values."""
        otherwise = Straight.fitted(target, gold)
        if not otherwise.width:
            return cls(otherwise)
        levels = Levels.fit(gold, min(count, len(np.unique(gold))), rng)
        priors = class_priors([levels.classes(gold)], len(levels))
        return cls(otherwise, tuple(levels.means.tolist()), tuple(priors.tolist()))

    @classmethod
    def of_kept(cls, kept: dict[str, Any]) -> Cut:
        """Bring back what `kept` returned."""
        return cls(Straight(**kept["otherwise"]), tuple(kept["means"]), tuple(kept["priors"]))

    @property
    def width(self) -> int:
        """How many levels there are."""
        return len(self.means)

    def loss(self, name: str, widths: tuple[int, ...]) -> Loss:
        """Return cost-sensitive cross-entropy over the levels of all targets."""
        return CostSensitive(widths)

    def coded(self, gold: Floats) -> Floats:
        """Return the number of each level."""
        classes = Levels(np.array(self.means)).classes(gold).astype(np.float64)
        return np.where(np.isnan(gold), np.nan, classes)

    def uncoded(self, coded: Floats) -> Floats:
        """Return the means of levels."""
        return np.array(self.means)[coded.astype(np.intp)]

    def decoded(self, outputs: Floats) -> tuple[Floats, Floats]:
        """Return the means of the most probable levels, and the deviation of all of them."""
        if not self.width:
            return self.constant(len(outputs))
        found = without_priors(log_proba(outputs, (self.width,))[0], np.array(self.priors))
        means, proba = np.array(self.means), np.exp(found)
        middle = proba @ means
        return means[found.argmax(-1)], np.sqrt(np.maximum(proba @ means**2 - middle**2, 0.0))

    def constant(self, frames: int) -> tuple[Floats, Floats]:
        """Return the mean of gold, or the middle of the scale."""
        return self.otherwise.constant(frames)

    def kept(self) -> dict[str, Any]:
        """Return the fields."""
        return {"otherwise": self.otherwise.kept(), "means": list(self.means), "priors": list(self.priors)}
