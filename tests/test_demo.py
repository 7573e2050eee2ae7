"""The demo is there at once, whatever an earlier version left under its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core import demo
from seral_core.errors import BadPlan
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.run import alone


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where demos are, none yet; nothing is computed."""
    monkeypatch.setenv("SERAL_HOME", str(tmp_path))
    monkeypatch.setattr("seral_core.runs.build.prepare", lambda plan, report: None)
    monkeypatch.setattr(demo, "work", lambda folder: None)
    return tmp_path / "runs" / demo.DEMO


def test_the_demo_of_an_earlier_version_is_kept_under_another_name(folder: Path) -> None:
    earlier = [Grid(Plan(budget=30 + i), ("random",)) for i in range(2)]
    for grid in earlier:
        folder.mkdir(parents=True)
        grid.save(folder)
        assert demo.finished_demo() == folder
        assert Grid.load(folder) == demo.DEMOS[demo.DEMO]
        demo.finished_demo()  # the same again: nothing moves
        folder.rename(folder.with_name("away" + str(grid.plan.budget)))
    kept = [Grid.load(folder.with_name(name)) for name in ("demo-earlier", "demo-earlier-2")]
    assert kept == earlier


def test_another_experiment_at_work_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    Grid(Plan(budget=30), ("random",)).save(folder)
    with alone(folder), pytest.raises(BadPlan, match="at work"):
        demo.finished_demo()
    assert Grid.load(folder).plan.budget == 30


@pytest.mark.parametrize("name", ["recipe.toml", "plan.toml", "grid.toml"])
def test_whatever_else_is_called_demo_is_kept_under_another_name(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_text("of_another_version = 1", encoding="utf-8")
    assert Grid.load(demo.finished_demo()) == demo.DEMOS[demo.DEMO]
    assert (folder.with_name("demo-earlier") / name).is_file()
