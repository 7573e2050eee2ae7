"""The pair of runs that a duel shows first."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from seral_dashboard import data, duels

PAIRS = {f"seed {seed}, test part 0": (seed, 0) for seed in range(3)}


def scored(monkeypatch: pytest.MonkeyPatch, gaps: dict[int, float], more: tuple[Any, ...] = ()) -> None:
    """Have seeds differ so much between margin and random, in each of two rounds."""
    runs = [(name, seed, gap * (name == "margin")) for seed, gap in gaps.items() for name in ("margin", "random")]
    rows = [(name, seed, 0, "emotion", "uar", spent, 0.4 + gap) for name, seed, gap in runs for spent in (10, 20)]
    names = ["strategy", "seed", "fold", "target", "metric", "spent", "value"]
    monkeypatch.setattr(data, "scores", lambda _: pd.DataFrame([*rows, *more], columns=names))


def typical(pairs: dict[str, tuple[int, int]] = PAIRS) -> str:
    return duels.typical(None, "margin", "random", pairs)  # type: ignore[arg-type]


def test_the_pair_that_differs_as_all_do_on_average_is_shown_not_the_luckiest(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, {0: 0.3, 1: 0.06, 2: -0.15})
    assert typical() == "seed 1, test part 0"
    scored(monkeypatch, {0: 0.02, 1: 0.4, 2: 0.0})
    assert typical() == "seed 0, test part 0"


def test_other_metrics_targets_and_runs_without_a_partner_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [("margin", 1, 0, "emotion", "wa", 10, 9.0), ("margin", 1, 0, "arousal", "uar", 10, 9.0)]
    scored(monkeypatch, {0: 0.3, 1: 0.06, 2: -0.15}, (*others, ("margin", 7, 0, "emotion", "uar", 10, 9.0)))
    assert typical() == "seed 1, test part 0"
    scored(monkeypatch, {1: 0.1})
    assert typical() == "seed 1, test part 0"


def test_before_anything_is_scored_it_is_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    scored(monkeypatch, {})
    assert typical() == "seed 0, test part 0"
