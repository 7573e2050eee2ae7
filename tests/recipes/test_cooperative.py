"""The recipe cooperative: end to end on a small table, its numbers made again from logs, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from seral_core.errors import BadPlan
from seral_core.recipes.base import recipes, run_recipe
from seral_core.recipes.cells import Trial
from seral_core.recipes.cooperative import CooperativeSettings
from seral_core.recipes.cooperative.damage import BARE, BOTH, HONEST, NOBODY, WITHDRAWAL
from seral_core.recipes.cooperative.ways import ACTIVE, MIXED, PASSIVE, SELF, VIEWS, WAYS
from seral_core.runs.log import Log
from tests.runs.conftest import small_table


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> CooperativeSettings:
    place = small_table(tmp_path_factory.mktemp("table"))
    return CooperativeSettings(
        corpus=str(place), features=str(place.with_name("features.npz")), learner="logistic-regression:C=1",
        test="speakers:3", initial=6, batch=12, budget=30, above=0.6, quota=3, start=15, rounds=2, quick=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def done(settings: CooperativeSettings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "recipe"
    run_recipe("cooperative", settings, folder, jobs=1)
    return folder


def test_the_report_has_every_way_and_what_the_machine_got_wrong(done: Path) -> None:
    report = (done / "report.md").read_text()
    for heading in ("Labels of people needed", "What the machine adds", "got wrong", "20% wrong first labels"):
        assert f"{heading}\n" in report
    summary = json.loads((done / "summary.json").read_text())
    assert [claim["section"] for claim in summary["claims"]] == ["2.3.2", "2.3.3", "2.3.3", "2.3.4", "2.3.4"]
    curves = {c["strategy"]: c for c in summary["curves"] if c["metric"] == "uar" and c["scenario"] == "pool"}
    assert set(curves) == {way.name for way in WAYS}
    assert {tuple(curve["spent"]) for curve in curves.values()} == {(6.0, 18.0, 30.0)}, "the machine costs nothing"


def test_ways_start_alike_and_the_machine_s_labels_are_those_of_the_logs(done: Path) -> None:
    frame = pd.read_parquet(done / "curves.parquet")
    first = frame[(frame["metric"] == "uar") & (frame["spent"] == 6) & (frame["scenario"] == "pool")]
    for views in (False, True):
        ways = [way.name for way in WAYS if way.views == views]
        starts = first[first["strategy"].isin(ways)].groupby(["seed", "fold"])["value"].nunique()
        assert set(starts) == {1}, "the same people and the same model until the machine speaks"
    labels = pd.read_parquet(done / "machine_labels.parquet")
    assert set(labels["way"]) <= {way.name for way in WAYS if way.machine}
    assert {SELF, MIXED} <= set(labels["way"])
    logs = [Log(path.parent) for path in (done / "emotion-pool-cooperative").glob("runs/*/plan.toml")]
    given = sum(
        label["source"] == "machine" for log in logs for line in log.lines() if line["event"] == "Labelled"
        for label in line["labels"]
    )  # fmt: skip
    assert given == (labels["way"] == MIXED).sum() > 0
    assert (labels["wrong"] == (labels["said"] != labels["gold"])).all()


def test_honest_withdrawal_leaves_fewer_wrong_labels_than_a_machine_without_bounds(done: Path) -> None:
    frame = pd.read_parquet(done / "curves.parquet")
    mine = frame[(frame["scenario"] == "damage") & (frame["spent"] == 2)]
    counts = mine[mine["metric"] == "labels"].groupby("strategy")["value"].mean()
    wrong = mine[mine["metric"] == "wrong"].groupby("strategy")["value"].mean() * counts
    assert counts[NOBODY] == 0
    assert wrong[BARE] >= wrong[WITHDRAWAL] > wrong[HONEST] >= wrong[BOTH]
    assert len(mine[mine["metric"] == "uar"]) == 3 * 7


def test_a_trial_of_damage_repeats_exactly(settings: CooperativeSettings, tmp_path: Path) -> None:
    damage = recipes["cooperative"].cells(settings)[-1].measure  # type: ignore[attr-defined]
    trial = Trial(BOTH, 0, 1, tmp_path)
    rows = list(damage(trial))
    assert rows == list(damage(trial))
    assert [row[2] for row in rows if row[1] == "uar"] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"target": "arousal"}, "arousal is a scale"), ({"budget": 10}, "expected at least one round")],
)
def test_what_does_not_fit_is_refused(settings: CooperativeSettings, change: dict[str, object], message: str) -> None:
    with pytest.raises(BadPlan, match=message):
        recipes["cooperative"].cells(CooperativeSettings(**{**vars(settings), **change}))


def test_each_way_names_what_it_is_compared_with() -> None:
    known = {way.name for way in WAYS}
    assert {way.baseline for way in WAYS if way.machine} == {PASSIVE, ACTIVE, PASSIVE + VIEWS, ACTIVE + VIEWS}
    assert all(way.baseline in known for way in WAYS if way.baseline)
