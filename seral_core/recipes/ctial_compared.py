"""Curves of a finished experiment on one footing: which strategy is better than which, where, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from seral_core.scores.iterations import Significance, significance
from seral_core.scores.metrics import metrics
from seral_core.scores.statistics import (
    Curve,
    Difference,
    SignedRank,
    aligned,
    difference,
    gaps_between,
    labels_to_reach,
    signed_rank,
)

#: Name of the mean over all dimensions.
MEAN = "mean of all"
#: What counts as early and as late, in parts of the labels asked for after the first ones.
EARLY, LATE = (0.0, 0.25), (0.75, 1.0)
WHOLE = (0.0, 1.0)


def with_mean(frame: pd.DataFrame) -> pd.DataFrame:
    """Return curves with those of the mean over targets behind them, where there are several.

    Parameters
    ----------
    frame : DataFrame
        As `seral_core.runs.curve.curves` gives, with a column ``scenario``.

    Examples
    --------
    >>> rows = [("random", 0, 0, t, "pcc", 20, v, "cross") for t, v in (("arousal", 0.5), ("valence", 0.25))]
    >>> names = ["strategy", "seed", "fold", "target", "metric", "spent", "value", "scenario"]
    >>> with_mean(pd.DataFrame(rows, columns=names))[["target", "value"]].values.tolist()[-1]
    ['mean of all', 0.375]
    """
    if frame["target"].nunique() < 2:
        return frame
    key = ["strategy", "seed", "fold", "metric", "spent", "scenario"]
    mean = frame.groupby(key, sort=False, as_index=False)["value"].mean().assign(target=MEAN)
    return pd.DataFrame(pd.concat([frame, mean[frame.columns]], ignore_index=True))


@dataclass(frozen=True)
class Field:
    """All curves of one target and metric; higher is better in ``curves``.

    Parameters
    ----------
    target, metric : str
        What was measured.
    curves : dict
        By strategy; errors stand with a minus.
    """

    target: str
    metric: str
    curves: dict[str, Curve]

    @property
    def name(self) -> str:
        """Metric and target."""
        return f"{title(self.metric)} of {self.target}"

    @property
    def sign(self) -> float:
        """1, or -1 of an error."""
        return 1.0 if metrics[self.metric].higher_is_better else -1.0

    def area(self, strategy: str) -> float:
        """Return the mean height of a strategy's curve, as the metric counts."""
        return self.sign * float(self.curves[strategy].areas.mean())

    def gap(self, strategy: str, other: str, part: tuple[float, float] = WHOLE) -> Difference:
        """Return how much better one strategy is than another, over a part of the labels."""
        found = difference(cut(self.curves[strategy], part), cut(self.curves[other], part))
        if found is None:
            raise ValueError(f"no runs of {strategy} and {other} are paired")
        return found

    def gain(self, strategy: str) -> Difference:
        """Return how much better a strategy is at its end than at its start."""
        curve = self.curves[strategy]
        last, first = (replace(curve, spent=curve.spent[:1], values=curve.values[:, [at]]) for at in (-1, 0))
        found = difference(last, first)
        if found is None:
            raise ValueError(f"{strategy} has no runs")
        return found

    def test(self, strategy: str, other: str) -> SignedRank:
        """Test the areas of paired runs."""
        return signed_rank(gaps_between(self.curves[strategy], self.curves[other]))

    def wins(self, strategy: str, other: str) -> tuple[int, int]:
        """Return in how many runs the area is larger than in the twin, and how many there are."""
        gaps = gaps_between(self.curves[strategy], self.curves[other])
        return int((gaps > 0).sum()), len(gaps)

    def labels(self, strategy: str, other: str) -> float:
        """Return the labels with which a strategy reaches another one's final score; nan if it never does."""
        curve = self.curves[strategy]
        return labels_to_reach(float(self.curves[other].mean[-1]), curve.spent, curve.mean)

    def significance(self, strategy: str, others: Sequence[str]) -> Significance:
        """Compare a strategy with others in every iteration."""
        return significance(self.curves[strategy], [self.curves[name] for name in others])

    def best(self) -> str:
        """Return the strategy with the largest area."""
        return max(self.curves, key=lambda name: float(self.curves[name].areas.mean()))


def title(metric: str) -> str:
    """Return how people write a metric; PCC is the paper's CC."""
    return metrics[metric].title


def field_of(frame: pd.DataFrame, target: str, metric: str) -> Field:
    """Return the curves of one target and metric.

    Examples
    --------
    >>> rows = [("random", seed, 0, "arousal", "rmse", x, 0.5) for seed in (0, 1) for x in (20, 30)]
    >>> frame = pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])
    >>> field_of(frame, "arousal", "rmse").area("random")
    0.5
    """
    mine = frame[(frame["target"] == target) & (frame["metric"] == metric)]
    found = Field(target, metric, {})
    curves = aligned(mine.assign(curve=mine["strategy"], value=found.sign * mine["value"]))
    return replace(found, curves={curve.name: curve for curve in curves})


def cut(curve: Curve, part: tuple[float, float]) -> Curve:
    """Return a part of a curve.

    Parameters
    ----------
    curve : Curve
        Of two points or more.
    part : tuple of float
        Where it begins and ends, from 0 to 1.

    Examples
    --------
    >>> cut(Curve("a", np.array([20.0, 24.0, 28.0]), np.zeros((1, 3)), ((0, 0),)), (0.0, 0.5)).spent
    array([20., 24.])
    """
    if part == WHOLE:
        return curve
    width = curve.spent[-1] - curve.spent[0]
    low, high = (curve.spent[0] + share * width for share in part)
    inside = (curve.spent >= low - 1e-9) & (curve.spent <= high + 1e-9)
    return replace(curve, spent=curve.spent[inside], values=curve.values[:, inside])
