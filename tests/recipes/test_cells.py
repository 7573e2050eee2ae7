"""A recipe whose runs are no active learning: trained and scored for each variant, killed, resumed and reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seral_core.errors import BadPlan, SeralError
from seral_core.recipes.base import Progress, Report, Result, recipes, run_recipe
from seral_core.recipes.cells import Trial, Trials
from seral_core.recipes.claims import above, claims_table, over
from seral_core.recipes.comparison import fields_of
from seral_core.recipes.settings import Settings, option
from seral_core.recipes.worker import PROGRESS, Stopped, carry_out, stop, wants_stop
from seral_core.runs.run import InUse, ask_to, running

HEIGHTS = {"ccc": 0.6, "mse": 0.4}


@dataclass(frozen=True, kw_only=True)
class ObjectiveSettings(Settings):
    """What a user sets of the recipe ``objective``."""

    worst: float = option(0.0, "Trials of this value or below cannot be done.", least=0.0)


@dataclass(frozen=True)
class Measure:
    """Trains in two steps with a checkpoint between them; counts its steps in a file."""

    worst: float

    def __call__(self, trial: Trial) -> Iterator[tuple[str, str, float, float]]:
        """Return scores that depend on variant and seed alone."""
        checkpoint = trial.folder / "half.npy"
        if HEIGHTS[trial.variant] <= self.worst:
            raise BadPlan(f"{trial.variant} does not converge; choose another")
        if not checkpoint.exists():
            np.save(checkpoint, HEIGHTS[trial.variant])
            if (trial.folder.parents[2] / "power cut").exists():
                raise KeyboardInterrupt
        value = float(np.load(checkpoint)) + np.random.default_rng(trial.seed).normal(0, 0.05)
        yield "arousal", "ccc", 0, value


@dataclass(frozen=True)
class Objective:
    """Is a loss of its own better than squared error?"""

    paper = "Nobody, 2026"
    settings = ObjectiveSettings
    examples = ("--out out/objective",)

    def cells(self, settings: ObjectiveSettings, progress: Progress | None = None) -> tuple[Trials, ...]:
        """Return one set of trials."""
        return (Trials("losses", Measure(settings.worst), tuple(HEIGHTS), seeds=(0, 1, 2), notes=("made up",)),)

    def report(self, result: Result) -> Report:
        """Return one claim."""
        claims = [
            above("4.3", "CCC is the better objective", over(fields_of(result.frame, ("ccc",)), ["ccc"], ["mse"]))
        ]
        return Report("# Losses", claims_table(claims), summary={"findings": [asdict(claim) for claim in claims]})


@pytest.fixture(autouse=True)
def objective(monkeypatch: pytest.MonkeyPatch) -> None:
    list(recipes)  # finds the others first
    monkeypatch.setitem(recipes._parts, "objective", Objective())


def test_trials_are_compared_and_claims_held_against_them_as_for_strategies(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    report = run_recipe(
        "objective",
        ObjectiveSettings(),
        tmp_path,
        jobs=1,
        progress=lambda done, total, what: steps.append((done, total)),
    )
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["findings"][0]["verdict"].startswith("not clear: 0 of 1")  # one test part bears no interval
    assert "+0.2000 [no interval]" in report.read_text()
    assert {(c["strategy"], c["runs"], c["scenario"]) for c in summary["curves"]} == {
        ("ccc", 3, "losses"),
        ("mse", 3, "losses"),
    }
    assert steps[:7] == [(n, 6) for n in range(7)]  # it begins, then one after another


def test_trials_that_were_killed_go_on_from_their_checkpoints_to_the_same_scores(tmp_path: Path) -> None:
    run_recipe("objective", ObjectiveSettings(), tmp_path / "whole", jobs=1)
    cut = tmp_path / "cut"
    for kills in range(6):
        cut.mkdir(exist_ok=True)
        (cut / "power cut").touch()
        with pytest.raises(KeyboardInterrupt):
            run_recipe("objective", ObjectiveSettings(), cut, jobs=1)
        assert len(list(cut.glob("losses/runs/*/scores.parquet"))) == kills
        assert not (cut / "report.md").exists()
    (cut / "power cut").unlink()
    run_recipe("objective", ObjectiveSettings(), cut, jobs=1)
    pd.testing.assert_frame_equal(*(pd.read_parquet(place / "curves.parquet") for place in (tmp_path / "whole", cut)))
    for place in (tmp_path / "whole", cut):
        assert not list(place.rglob("*.draft*"))


def test_a_trial_that_cannot_be_done_is_a_sentence_and_the_others_are_kept(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="mse does not converge"):
        run_recipe("objective", ObjectiveSettings(worst=0.5), tmp_path, jobs=1)
    assert [path.parent.name for path in tmp_path.glob("losses/runs/*/scores.parquet")] == ["ccc-seed0-fold0"]


def test_trials_that_are_asked_to_stop_end_and_say_so(tmp_path: Path) -> None:
    def stop(done: int, total: int, what: str) -> None:
        ask_to(tmp_path / "losses" / "runs", "stop")

    with pytest.raises(BadPlan, match="losses was stopped"):
        run_recipe("objective", ObjectiveSettings(), tmp_path, jobs=1, progress=stop)
    assert len(list(tmp_path.glob("losses/runs/*/scores.parquet"))) < 6
    run_recipe("objective", ObjectiveSettings(), tmp_path, jobs=1)
    assert len(list(tmp_path.glob("losses/runs/*/scores.parquet"))) == 6


@pytest.mark.parametrize("variants", [(), ("mse", "mse"), ("level 4", "level:4")])
def test_trials_that_would_share_a_folder_are_refused(variants: tuple[str, ...]) -> None:
    with pytest.raises(BadPlan, match="different names"):
        Trials("losses", Measure(0.0), variants)


def test_a_recipe_of_the_command_line_is_followed_and_stopped_from_a_page(tmp_path: Path) -> None:
    folder, settings, seen = tmp_path / "new" / "losses", ObjectiveSettings(), []

    def look(done: int, total: int, what: str) -> None:
        seen.append((running(folder), what))
        if done == 2:
            with pytest.raises(InUse, match="another process"):
                carry_out("objective", settings, folder, jobs=1)
            stop(folder)

    with pytest.raises(Stopped, match="everything recorded is kept"):
        carry_out("objective", settings, folder, jobs=1, progress=look)
    assert seen == [(True, "losses")] * 3
    assert not running(folder)
    assert json.loads((folder / PROGRESS).read_text())["total"] == 6
    carry_out("objective", settings, folder, jobs=1)  # who starts it again wants it to run
    assert (folder / "report.md").exists()
    assert not wants_stop(folder)
    with pytest.raises(BadPlan, match="choose another"):
        carry_out("objective", ObjectiveSettings(worst=0.5), tmp_path / "bad", jobs=1)
    assert (tmp_path / "bad" / "recipe.toml").exists()  # its trials can go on
    with pytest.raises(SeralError, match="did you mean"):
        carry_out("objectiv", settings, tmp_path / "none", jobs=1)
    assert not (tmp_path / "none").exists()
