"""What is computed of a strategy and its passive baseline, by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from seral_core.recipes.comparison import fields_of, savings_row
from seral_core.recipes.trail import trail
from seral_core.runs.events import Asked, Finished, Labelled, Scored
from seral_core.runs.grid import Grid
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.types import Label


def frame(suffix: str = "") -> pd.DataFrame:
    heights = {"active": [0.1, 0.2, 0.5, 0.5], "random": [0.1, 0.3, 0.3, 0.4]}
    rows = [
        (name + suffix, seed, 0, "arousal", metric, spent, value + seed / 10, "pool")
        for name, values in heights.items()
        for seed in (0, 1)
        for metric in ("pcc", "ccc")
        for spent, value in zip((10, 20, 30, 40), values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value", "scenario"])


def test_a_strategy_is_compared_in_both_halves_and_over_the_whole_curve() -> None:
    field, other = fields_of(frame(), ("pcc", "ccc"))
    (found,) = field.against("random")
    assert (field.metric, other.metric, found.cell) == ("pcc", "ccc", ("arousal", "pool"))
    assert found.halves == pytest.approx(((0 - 0.1) / 2, (0.2 + 0.1) / 2))
    assert found.late_gain == pytest.approx(0.1)
    assert found.gap.mean == pytest.approx((-0.1 / 2 + 0.1 / 2 + 0.15) * 10 / 30)
    assert found.saving.labels == pytest.approx(20 + 10 * (0.2 / 0.3))
    assert savings_row(found)["percent_saved"] == pytest.approx(100 * (40 - 80 / 3) / 40, abs=1e-3)


def test_what_has_brackets_behind_it_is_compared_with_its_own_baseline() -> None:
    (field,) = fields_of(pd.concat([frame(), frame(" (arousal + valence)")]), ("pcc",))
    pairs = {(each.strategy, each.baseline) for each in field.against("random")}
    assert pairs == {("active", "random"), ("active (arousal + valence)", "random (arousal + valence)")}


@pytest.mark.parametrize("words", ["chosen at random", "drawn by lot"])  # of this version, and of kept runs
def test_a_trail_counts_the_rounds_in_which_the_choice_was_random(words: str, tmp_path: Path) -> None:
    log = Log.create(tmp_path, Plan())
    first = tuple(Label(f"c{i}", "arousal", value, "gold") for i, value in enumerate((0.0, 1.0)))
    later = tuple(Label(f"c{i}", "arousal", 0.9, "gold") for i in (2, 3))
    for event in (
        Asked(0, "first labels", ("c0", "c1")),
        Labelled(0, "first labels", first),
        Scored(1, 2, {}),
        Asked(1, "query", ("c2", "c3"), f"all on one side: this round was {words}"),
        Labelled(1, "query", later),
        Finished(4, "the budget is spent"),
    ):
        log.append(event)
    found = trail(log)
    assert found.at_random == 1
    assert found.spread == 0.5
    assert found.choosing_s >= 0


def test_seeds_take_turns_at_folds_and_a_grid_says_so() -> None:
    grid = Grid(Plan(), ("random",), (0, 1, 2), (0, 1), turns=True)
    assert [(plan.seed, plan.fold) for plan in grid.plans()] == [(0, 0), (1, 1), (2, 0)]
    assert Grid.from_toml(grid.to_toml()) == grid
    assert "turns" not in Grid(Plan(), ("random",)).to_toml()
