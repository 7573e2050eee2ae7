"""Frames of traces are many and alike: estimators that would take hours over them learn from evenly spaced ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from seral_core.types import Ints

#: Most frames that an estimator of scikit-learn learns from, by its class: those that compare all pairs of rows, or
#: grow many trees. SERAL's own say it themselves: ``most_frames``.
MOST_FRAMES = {
    "SVR": 4_000, "NuSVR": 4_000, "KernelRidge": 4_000, "GaussianProcessRegressor": 2_000,
    "KNeighborsRegressor": 20_000,
    "RandomForestRegressor": 2_000, "ExtraTreesRegressor": 6_000, "GradientBoostingRegressor": 6_000,
    "BaggingRegressor": 6_000, "MLPRegressor": 20_000,
}  # fmt: skip


def most_frames(estimator: Any) -> int:
    """Return how many frames an estimator learns from at most; 0 for all.

    Examples
    --------
    >>> from sklearn.kernel_ridge import KernelRidge
    >>> from sklearn.linear_model import LinearRegression
    >>> most_frames(KernelRidge()), most_frames(LinearRegression())
    (4000, 0)
    """
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    names = [kind.__name__ for kind in type(last).__mro__]
    return int(getattr(last, "most_frames", 0)) or next((MOST_FRAMES[name] for name in names if name in MOST_FRAMES), 0)


def spaced(frames: int, most: int) -> Ints:
    """Return the numbers of at most so many of some frames, evenly spaced; of all where they are not more.

    Examples
    --------
    >>> spaced(7, 3), spaced(3, 0)
    (array([0, 2, 4]), array([0, 1, 2]))
    """
    if not most or frames <= most:
        return np.arange(frames, dtype=np.intp)
    return np.asarray(np.arange(most) * frames // most, dtype=np.intp)


def thinned_note(estimator: Any, frames: float) -> str:
    """Return a sentence where an estimator will not learn from all frames.

    Examples
    --------
    >>> from sklearn.kernel_ridge import KernelRidge
    >>> thinned_note(KernelRidge(), 15_000)
    'KernelRidge learns from at most 4,000 frames of traces, evenly spaced; up to 15,000 will be labelled'
    """
    most = most_frames(estimator)
    if not most or frames <= most:
        return ""
    name = type(estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator).__name__
    return f"{name} learns from at most {most:,} frames of traces, evenly spaced; up to {frames:,.0f} will be labelled"
