"""What pages show is read rightly from run folders."""

from __future__ import annotations

import dataclasses
import doctest
import math
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock

from seral_core.errors import BadPlan, SeralError
from seral_core.runs.events import Finished, Labelled, Scored, Started, Trained
from seral_core.runs.grid import Grid
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.types import Label
from seral_dashboard import axes, comparison, data, live, pace, pages, setup


@dataclass
class NoCrew:
    """Replaces the workers, and remembers what they were asked for."""

    begun: list[Path] = field(default_factory=list)

    def start(self, folder: Path) -> None:
        self.begun.append(folder)

    def busy(self, folder: Path) -> bool:
        return False


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> NoCrew:
    none = NoCrew()
    monkeypatch.setattr(data, "crew", lambda: none)
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("SERAL_OPEN", raising=False)
    return none


@pytest.fixture
def begun(crew: NoCrew) -> data.Experiment:
    """An experiment of which one of two runs is over and the other half way."""
    grid = Grid(Plan(budget=40), ("random", "margin"))
    found = data.start(grid, "half")
    for plan, spent in zip(grid.plans(), (40, 20), strict=True):
        log = Log.create(found.folder / "runs", plan)
        log.append(Started(100, 0, 40, ("emotion",), ("1 speaker is both in pool and test: 01",)))
        for round_number, at in enumerate(range(20, spent + 1, 10), 1):
            log.append(Scored(round_number, at, {"emotion": {"uar": 0.3 + at / 100}}))
        if spent == 40:
            log.append(Finished(40, "the budget is spent"))
    return found


def test_the_docstring_examples_hold() -> None:
    for module in (data, live, pages, setup):
        assert doctest.testmod(module).failed == 0


def test_a_new_experiment_is_kept_and_handed_to_a_worker(crew: NoCrew) -> None:
    made = data.start(Grid(Plan(), ("random",)), "my first/try")
    assert made.id == "my-first-try"
    assert crew.begun == [made.folder]
    assert data.start(Grid(Plan(), ("random",)), "my first/try").id == "my-first-try-2"


def test_a_name_of_any_length_makes_a_folder(crew: NoCrew) -> None:
    assert len(data.start(Grid(Plan(), ("random",)), "é" * 300).id) == 60


def test_an_experiment_whose_worker_ended_is_interrupted_and_can_be_resumed(
    crew: NoCrew, begun: data.Experiment
) -> None:
    progress = data.progress(begun)
    assert progress.state == "interrupted"
    assert (progress.runs_done, progress.runs, progress.done) == (1, 2, 0.75)
    data.control(begun, "")
    assert crew.begun[-1] == begun.folder
    assert len(crew.begun) == 2


def test_states_follow_lock_and_wish(begun: data.Experiment) -> None:
    with FileLock(begun.folder / ".lock"):
        assert data.progress(begun).state == "running"
        data.control(begun, "pause")
        assert data.progress(begun).state == "paused"
        data.control(begun, "stop")
        assert data.progress(begun).state == "stopping"
    assert data.progress(begun).state == "stopped"
    (begun.folder / "trouble.txt").write_text("no room; free some space")
    data.control(begun, "x")
    assert data.progress(begun).state == "failed"
    assert data.progress(begun).trouble == "no room; free some space"


def test_a_speaker_leak_is_reported_once(begun: data.Experiment) -> None:
    assert data.progress(begun).alarms == ("1 speaker is both in pool and test: 01",)


def test_only_what_was_added_is_read_again(begun: data.Experiment) -> None:
    log = begun.logs[1]
    before, size = log.events(), log.path.stat().st_size
    Log(log.path.parent).append(Trained(3, 30))
    line = log.path.read_bytes()[size:]
    os.truncate(log.path, size)
    with log.path.open("ab") as file:
        file.write(line[:60])
    assert log.events() == before
    with log.path.open("ab") as file:
        file.write(line[60:])
    assert log.events()[:-1] == before
    assert len(log.events()) == len(before) + 1


def test_a_log_that_was_started_again_is_read_from_its_start(begun: data.Experiment, tmp_path: Path) -> None:
    log = begun.logs[1]
    lines = log.path.read_bytes()
    assert log.events()
    (tmp_path / "draft").write_bytes(b"garbage\n" * 100)
    (tmp_path / "draft").replace(log.path)
    with pytest.raises(SeralError, match="line 1 of"):
        log.events()
    (tmp_path / "draft").write_bytes(lines)
    (tmp_path / "draft").replace(log.path)
    assert len(log.events()) == len(lines.splitlines())


def test_a_damaged_line_is_named(begun: data.Experiment) -> None:
    with begun.logs[1].path.open("a") as file:
        file.write("garbage\n")
    with pytest.raises(Exception, match=r"line 3 of .*repair"):
        begun.logs[1].events()


def test_a_run_and_a_grid_outside_of_the_usual_place_can_be_shown(crew: NoCrew, tmp_path: Path) -> None:
    Grid(Plan(), ("random",)).save(tmp_path / "out" / "mine")
    log = Log.create(tmp_path / "out", Plan(seed=3))
    assert data.show_too(tmp_path / "out" / "mine") == "mine"
    single = data.experiment(data.show_too(log.folder))
    assert single.single
    assert single.grid.seeds == (3,)
    with pytest.raises(BadPlan, match="holds no experiment"):
        data.show_too(tmp_path)


def test_live_curves_show_finished_runs_apart_from_growing_ones(begun: data.Experiment) -> None:
    random, margin = live.live_curves(begun, "emotion", "uar")
    assert (random.spent, random.runs, random.growing) == ([20, 30, 40], 1, [])
    assert margin.mean == [0.5]
    option = live.option([random, margin], "uar", 40)
    assert option["animation"] is False
    assert [s["name"] for s in option["series"] if s.get("symbolSize")] == ["random", "margin"]
    assert live.standings([random, margin]) == [
        ("random", 0.7, "after 40 clips"),
        ("margin", 0.5, "+0.000 against random, after 20 clips"),
    ]


def test_what_few_runs_show_is_drawn_thin_and_their_number_said() -> None:
    early = live.LiveCurve("margin", [20, 30], [0.52, 0.61], [], [], 1, [], planned=10)
    done = live.LiveCurve("random", [20, 30], [0.5, 0.58], [0.4, 0.5], [0.6, 0.66], 10, [], planned=10)
    option = live.option([early, done], "uar", 40, chance=0.25)
    lines = {line["name"]: line for line in option["series"]}
    assert lines["margin"]["lineStyle"]["width"] < lines["random"]["lineStyle"]["width"]
    assert "low margin" not in lines
    assert [y for _, y in lines["low random"]["data"]] == [0.4, 0.5]
    assert lines["guessing"]["markLine"]["data"] == [{"yAxis": 0.25}]
    assert (option["yAxis"]["min"], option["yAxis"]["max"]) == (0.2, 0.7), "whole tenths: the axis does not creep"
    notes = {name: note for name, _, note in live.standings([early, done])}
    assert notes["margin"].endswith(", 1 of 10 runs")
    assert "runs" not in notes["random"]


def test_guessing_scores_as_many_classes_as_the_test_part_has(begun: data.Experiment) -> None:
    assert math.isnan(live.chance(begun, "emotion", "wa"))
    assert live.chance(begun, "emotion", "ccc") == 0
    assert math.isnan(live.chance(begun, "emotion", "uar")), "nobody wrote down what was confused"
    detail = {"emotion": {"confusion": [[3, 1], [0, 2], [0, 0]]}}
    Log.create(begun.folder / "runs", Plan(seed=7)).append(Scored(1, 20, {"emotion": {"uar": 0.5}}, detail))
    begun = dataclasses.replace(begun, grid=Grid(Plan(), ("recommended",), (7,)))
    assert live.chance(begun, "emotion", "uar") == 0.5


def test_areas_are_compared_where_all_curves_are_known() -> None:
    far = [("far", s, 0, "emotion", "uar", x, y) for s in (0, 1) for x, y in ((20, 0.4), (40, 0.6), (400, 0.9))]
    near = [("near", s, 0, "emotion", "uar", x, y) for s in (0, 1) for x, y in ((20, 0.4), (40, 0.6))]
    columns = ["strategy", "seed", "fold", "target", "metric", "spent", "value"]
    frame = pd.DataFrame([*far, *near], columns=columns).assign(curve=lambda rows: rows["strategy"])
    assert comparison.rows(frame, 0.5)["area"].tolist() == ["0.500", "0.500"]


def test_labels_needed_are_interpolated_or_not_reached() -> None:
    rows = [("random", s, 0, "emotion", "uar", x, y) for s in (0, 1) for x, y in ((20, 0.4), (40, 0.6))]
    frame = pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])
    frame["curve"] = frame["strategy"]
    assert comparison.rows(frame, 0.5)["needed"].tolist() == ["30"]
    assert comparison.rows(frame, 0.7)["needed"].tolist() == ["not reached"]
    traced = frame.assign(spent=frame["spent"] * 60, unit="seconds")
    assert comparison.rows(traced, 0.5)["needed"].tolist() == ["30.0"]  # minutes
    assert comparison.baseline(frame) == "random"
    assert comparison.plain(frame)["curves"][0]["mean"] == [0.4, 0.6]


def test_curves_of_several_experiments_have_different_names(begun: data.Experiment) -> None:
    other = data.start(Grid(Plan(budget=40), ("random", "margin")), "other")
    assert set(comparison.together([begun])["curve"]) == {"random", "margin"}
    assert set(comparison.together([begun, begun])["curve"]) == {"random (half)", "margin (half)"}
    assert not len(comparison.together([other]))


def test_strategies_are_explained_with_their_reference() -> None:
    about = setup.about_strategy("typiclust:50+margin")
    assert "Then:" in about.sentence
    assert "Hacohen" in about.reference
    assert "did you mean 'entropy'" in setup.about_strategy("entopy").sentence


def test_the_time_a_run_takes_is_judged_by_the_newest_one_of_its_kind(begun: data.Experiment) -> None:
    assert math.isnan(pace.round_s(begun.grid.plan))  # too few scores
    at = datetime(2026, 1, 1, tzinfo=UTC)
    seconds = [*range(0, 60, 2), *range(90_000, 90_060, 2)]  # with a night between
    lines = [(at + timedelta(seconds=s)).isoformat() for s in seconds]
    text = "".join(f'{{"at": "{t}", "event": "Scored", "round": 1, "spent": 20, "scores": {{}}}}\n' for t in lines)
    begun.logs[0].path.unlink()
    draft = begun.folder / "draft"
    draft.write_text(text)
    draft.replace(begun.logs[1].path)
    assert pace.round_s(begun.grid.plan) == 2
    assert pace.expected_s(begun.grid.plan, 10) == 60  # scored after 20, 30 and 40 labels
    assert math.isnan(pace.round_s(begun.grid.plan.varied(learner="svm")))


def test_remaining_time_is_unknown_before_there_is_a_pace(begun: data.Experiment) -> None:
    with FileLock(begun.folder / ".lock"):
        assert math.isnan(data.progress(begun).remaining_s) or data.progress(begun).remaining_s >= 0


def test_a_verdict_separates_chance_from_a_difference() -> None:
    import pandas as pd

    from seral_dashboard.comparison import verdicts

    def rows(name: str, lift: float, noise: float) -> list[tuple[object, ...]]:
        return [(name, 0, fold, spent, 0.5 + lift + noise * (-1) ** fold) for fold in range(6) for spent in (20, 30)]

    frame = pd.DataFrame(
        [*rows("random", 0.0, 0.0), *rows("clear", 0.1, 0.01), *rows("luck", 0.01, 0.1), *rows("poor", -0.1, 0.01)],
        columns=["curve", "seed", "fold", "spent", "value"],
    )
    clear, luck, poor = verdicts(frame, "uar")
    assert clear.startswith("clear is better than random: +0.100")
    assert luck.startswith("luck is not clearly different from random")
    assert poor.startswith("poor is worse than random")
    assert "poor is better than random" in verdicts(frame, "rmse")[2], "a lower error is better"
    assert verdicts(frame[frame["curve"] != "random"], "uar") == []
    alone = frame.rename(columns={"seed": "fold", "fold": "seed"})  # six seeds on one test part
    assert verdicts(alone, "uar")[0].startswith("clear against random: +0.100")
    assert "say nothing of other speakers" in verdicts(alone, "uar")[0]


def test_experiments_on_different_corpora_are_not_compared_as_pairs() -> None:
    import pandas as pd

    from seral_dashboard.comparison import gaps, plain, remarks, rows

    found = [(name, 0, fold, 20, 0.5 + fold / 10, name) for name in ("random", "mine") for fold in range(4)]
    frame = pd.DataFrame(found, columns=["curve", "seed", "fold", "spent", "value", "corpus"])
    frame = frame.assign(target="emotion", metric="uar")
    assert gaps(frame, "random") == {}
    assert remarks(frame, "random") == ["Not compared, as no run has the same corpus, split, test part and seed: mine."]
    assert rows(frame, 0.5)["last"].tolist() == ["0.650 ± 0.205"] * 2
    one = rows(frame[frame["fold"] == 0], 0.5)
    assert (one["last"].tolist(), one["parts"].tolist()) == (["0.500"] * 2, [1, 1]), "one run has no interval"
    assert plain(frame[frame["fold"] == 0])["curves"][0]["low"] is None


@pytest.mark.parametrize("price", [1.0, 0.5])
def test_cost_is_an_axis_of_its_own_where_answers_have_prices(crew: NoCrew, price: float) -> None:
    grid = Grid(Plan(budget=20), ("random",), (0, 1))
    found = data.start(grid, "priced")
    for plan in grid.plans():
        log = Log.create(found.folder / "runs", plan)
        log.append(Started(100, plan.seed, 20, ("emotion",)))
        for number in range(2):
            log.append(Labelled(number, "query", (Label(f"{number}", "emotion", "anger", "r", cost=price),)))
            log.append(Scored(number, price * (number + 1), {"emotion": {"uar": 0.4, "wa": 0.5}}))
        log.append(Finished(2 * price, "the budget is spent"))
    names = axes.offered([found])
    assert names["cost"] == ("labels" if price == 1 else "clips listened to")
    assert ("labels" in names) == (price != 1)
    assert axes.scores(found, "labels")["spent"].tolist() == 4 * [1, 2]
    with pytest.raises(BadPlan, match="how long '0' is cannot be told"):
        axes.scores(found, "listened")


def test_curves_are_all_drawn_in_the_unit_that_the_longest_asks_for(
    crew: NoCrew, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = Grid(Plan(budget=20), ("margin", "random"))
    found = data.start(grid, "minutes")
    monkeypatch.setattr(axes, "_seconds", lambda experiment: dict.fromkeys("01", 700.0))
    logs = [Log.create(found.folder / "runs", plan) for plan in grid.plans()]

    def ask(log: Log, number: int) -> None:
        log.append(Labelled(number, "query", (Label(f"{number}", "emotion", "anger", "r"),)))
        log.append(Scored(number, number + 1, {"emotion": {"uar": 0.4}}))

    def margin_ends_at() -> float:
        return live.live_curves(found, "emotion", "uar", "listened")[0].spent[-1]

    for log in logs:
        ask(log, 0)
    logs[0].append(Finished(1, "the budget is spent"))
    assert (margin_ends_at(), live.spent(found, "listened").short) == (700.0, "s")
    ask(logs[1], 1)  # the other curve grows beyond twenty minutes
    assert (margin_ends_at(), live.spent(found, "listened").short) == (pytest.approx(700 / 60, abs=1e-4), "min")


def test_a_strategy_of_ones_own_has_a_live_curve(crew: NoCrew) -> None:
    grid = Grid(Plan(budget=20), ("mine@3fa2c91b04de", "random"))
    found = data.start(grid, "own")
    for plan in grid.plans():
        log = Log.create(found.folder / "runs", plan)
        log.append(Scored(0, 10, {"emotion": {"uar": 0.4}}))
    curves = live.live_curves(found, "emotion", "uar")
    assert [(curve.name, curve.planned) for curve in curves] == [("mine", 1), ("random", 1)]
    assert axes.offered([found])["cost"] == "clips listened to"  # nobody was asked, and yet it was spent
