"""Mean curves are over whole runs, whatever their points."""

from __future__ import annotations

import pandas as pd
import pytest

from seral_core.runs.curve import COLUMNS, mean_curves, summary
from seral_core.runs.plan import Plan


def frame(*runs: dict[float, float]) -> pd.DataFrame:
    rows = [
        ("random", seed, 0, "emotion", "uar", spent, value, 0)
        for seed, run in enumerate(runs)
        for spent, value in run.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_runs_with_points_of_their_own_all_count() -> None:
    means = mean_curves(frame({20: 0.4, 40: 0.6, 78: 0.8}, {24: 0.5, 41: 0.6, 79: 0.9}))
    assert means["runs"].unique().tolist() == [2]
    assert means["spent"].tolist() == [24, 40, 41, 78]
    assert means["mean"].iloc[0] == pytest.approx((0.44 + 0.5) / 2)


def test_a_run_on_its_way_is_left_out() -> None:
    means = mean_curves(frame({20: 0.4, 30: 0.6}, {20: 0.9}))
    assert means[["spent", "mean", "runs"]].to_numpy().tolist() == [[20, 0.4, 1], [30, 0.6, 1]]


def test_no_scores_give_no_curves() -> None:
    assert summary(Plan(), frame())["curves"] == []
