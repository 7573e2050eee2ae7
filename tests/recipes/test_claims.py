"""Claims of a paper held against differences whose intervals are known."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from seral_core.recipes.claims import (
    Gap,
    above,
    best,
    claims_counted,
    level,
    not_all_above,
    significant,
    some_above,
)
from seral_core.recipes.comparison import EARLY, field_of
from seral_core.recipes.report import basis, outcome
from seral_core.scores.statistics import Difference


def gap(low: float, high: float) -> Gap:
    return Gap("a over b", Difference((low + high) / 2, low, high, 30))


@pytest.mark.parametrize(
    ("gaps", "word"),
    [
        ([(0.1, 0.3)], "held"),
        ([(0.1, 0.3), (-0.1, 0.1)], "held in part"),
        ([(-0.1, 0.1)], "not clear"),
        ([(-0.3, -0.1)], "did not hold"),
        ([(-0.3, -0.1), (0.1, 0.2)], "did not hold"),
    ],
)
def test_a_finding_holds_only_where_all_its_intervals_say_so(gaps: list[tuple[float, float]], word: str) -> None:
    assert above("4.2", "it is so", [gap(*each) for each in gaps]).verdict.split(":")[0] == word


def test_likeness_holds_where_no_interval_leaves_zero_out() -> None:
    assert level("4.2", "alike", [gap(-0.1, 0.2)]).verdict.startswith("held")
    assert level("4.2", "alike", [gap(0.1, 0.2)]).verdict.startswith("did not hold")


def test_nothing_is_found_where_there_is_no_interval() -> None:
    unknown = Gap("a over b", Difference(0.2, math.nan, math.nan, 30, 1))
    for judge in (above, level, not_all_above, some_above):
        assert judge("4.2", "it is so", [unknown, unknown]).verdict.startswith("not clear"), judge
    assert str(unknown) == "a over b +0.2000 [no interval]"


def test_strategies_are_not_significant_where_all_runs_are_scored_on_the_same_clips() -> None:
    field = field_of(heights(random=[0.5, 0.5, 0.4], mine=[0.1, 0.1, 0.1]), "arousal", "rmse")
    assert significant("4.2", [field], ["mine"], ["random"]).verdict.startswith("not clear: test parts are too few")
    assert "nothing known of other speakers" in outcome([field], ["mine"])
    assert basis([field])[0].startswith("**Take care:** No interval")


def heights(**level: list[float]) -> pd.DataFrame:
    rows = [
        (name, seed, 0, "arousal", "rmse", 20 + 10 * i, value + seed / 100)
        for name, values in level.items()
        for seed in (0, 1)
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])


def test_of_errors_the_smaller_is_the_better() -> None:
    field = field_of(heights(random=[0.5, 0.5, 0.4], mine=[0.5, 0.4, 0.3]), "arousal", "rmse")
    assert field.best() == "mine"
    assert field.area("mine") == pytest.approx(0.405)
    assert field.gap("mine", "random").mean == pytest.approx(0.075)
    assert field.gap("mine", "random", EARLY).mean == pytest.approx(0.0)
    assert field.gain("random").mean == pytest.approx(0.1)
    assert field.labels_to_last("mine", "random") == pytest.approx(30)
    assert {each.strategy: each.wins for each in field.against("random")} == {"mine": (2, 2)}
    assert best("5.2", "it is best", [field], "mine").verdict.startswith("held")
    assert best("5.2", "it is best", [field], "random").verdict.startswith("did not hold")


def test_verdicts_are_counted_by_their_first_words() -> None:
    claims = [
        above("4", "so", [gap(0.1, 0.2)]),
        above("4", "so", [gap(0.1, 0.2), gap(-0.1, 0.2)]),
        level("4", "so", []),
    ]
    assert "Of the 3 findings" in claims_counted(claims)
    assert "2 held, 1 held in part, 0 not clear, 0 did not hold" in claims_counted(claims)
