"""What strategies asked for: how many recordings, how extreme the emotion, and how much it moves within a stretch."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

#: Of the time, the part that is looked at: near the end all strategies have asked for much the same.
EARLY = 0.5
WHAT = ("segments", "recordings", "extreme", "moving")


def what_was_asked(asked: pd.DataFrame, early: float = EARLY) -> pd.DataFrame:
    """Return what each strategy asked for in the first part of its time, the mean over runs.

    Parameters
    ----------
    asked : DataFrame
        As `seral_core.runs.asked.asked_in` gives; of traces.
    early : float
        Which part of the time, in (0, 1].

    Returns
    -------
    DataFrame
        Columns ``target strategy segments recordings extreme moving``: how many segments and recordings; how far the
        mean of a trace lies from that of all, and the standard deviation within a trace, both in standard deviations of
        all that was asked for, and weighed by time.

    Examples
    --------
    >>> each = (("a.wav", "[0.0, 1.0]", 2.0, 2.0), ("b.wav", "[0.5]", 1.0, 3.0))
    >>> rows = [("gsx", 0, 0, "arousal", *one) for one in each]
    >>> names = ["strategy", "seed", "fold", "target", "file", "trace", "cost", "spent"]
    >>> what_was_asked(pd.DataFrame(rows, columns=names), 1.0)[["segments", "recordings", "extreme"]].values.tolist()
    [[2.0, 2.0, 0.0]]
    """
    traces = [np.array([np.nan if v is None else v for v in json.loads(text)], float) for text in asked["trace"]]
    found = asked.assign(mean=[np.nanmean(each) for each in traces], moved=[np.nanstd(each) for each in traces])
    rows: list[dict[str, Any]] = []
    for target, of_target in found.groupby("target", sort=False):
        every = np.concatenate([traces[row] for row in np.flatnonzero((asked["target"] == target).to_numpy())])
        centre, spread = float(np.nanmean(every)), float(np.nanstd(every)) or 1.0
        for (strategy, _, _), run in of_target.groupby(["strategy", "seed", "fold"], sort=False):
            mine = run[run["spent"] <= early * run["spent"].max() + 1e-9]
            mine = mine if len(mine) else run[:1]
            weights = mine["cost"].to_numpy(float)
            extreme = np.average(np.abs(mine["mean"] - centre), weights=weights) / spread
            moving = np.average(mine["moved"], weights=weights) / spread
            measured = (float(len(mine)), float(mine["file"].nunique()), float(extreme), float(moving))
            rows.append({"target": target, "strategy": strategy, **dict(zip(WHAT, measured, strict=True))})
    return pd.DataFrame(rows).groupby(["target", "strategy"], sort=False, as_index=False).mean()
