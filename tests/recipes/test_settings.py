"""Settings of recipes: what one declares is what the command line takes, and what its folder keeps."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from seral_core.cli import main
from seral_core.cli.recipes import parameter
from seral_core.errors import BadPlan, UnknownName
from seral_core.recipes.base import Cell, Progress, Report, Result, recipes, run_recipe, save_settings, saved_settings
from seral_core.recipes.han2013 import Han2013Settings
from seral_core.recipes.settings import Settings, as_words, option, options
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from tests.runs.conftest import small_table


@dataclass(frozen=True, kw_only=True)
class Across(Settings):
    """Settings of every kind, as a recipe on two corpora has them."""

    direction: str = option("dim2cat", "What is known, and what is asked for.", choices=("dim2cat", "cat2dim"))
    source: str = option("synthetic", "Labelled already.", kind="corpus")
    target: str = option("", "Where labels are asked for.", kind="corpus", shown="the source itself")
    source_features: str = option("SERALv01", "Of the source.", kind="features", of="source")
    target_features: str = option("", "Of the target.", kind="features", of="target", shown="the source's")
    classes: tuple[str, ...] = option((), "Which.", shown="the paper's")
    initial: int = option(8, "First labels.", least=1)
    share: float = option(0.5, "How much.", least=0.0)
    norms: str = option("", "A lexicon.", kind="file", shown="built in")
    plain: bool = option(True, "As it is.")


@dataclass(frozen=True)
class Recipe:
    """A recipe that needs nothing but itself."""

    told: list[Across]
    paper = "Nobody, 2026"
    settings = Across
    examples = ("--source synthetic --out out/across",)

    def cells(self, settings: Across, progress: Progress | None = None) -> tuple[Cell, ...]:
        """Return two grids that differ only in what follows the scenario."""
        self.told.append(settings)
        plan = Plan(
            corpus=settings.source,
            features=settings.source_features,
            targets=("emotion",),
            split="session=3",
            initial=settings.initial,
            batch=8,
            budget=16,
            learner="logistic-regression",
        )
        return tuple(
            Cell("within", Grid(plan.varied(batch=n), ("random",), (0,), (0,)), part=f"by {n}") for n in (4, 8)
        )

    def report(self, result: Result) -> Report:
        """Return a line, and a table of something that is no curve."""
        flat = result.frame.groupby("metric", as_index=False)["value"].mean()
        return Report(f"{result.settings.direction} it is", "", tables={"flat": flat})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Across]:
    """The settings that the recipe ``across`` got."""
    found: list[Across] = []
    list(recipes)  # finds the others first
    monkeypatch.setitem(recipes._parts, "across", Recipe(found))
    return found


@pytest.fixture
def seral(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seral", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


def test_a_recipe_of_one_file_gets_its_options_help_folder_and_report(
    seral: Any, told: list[Across], tmp_path: Path
) -> None:
    place = small_table(tmp_path)
    code, out, err = seral(
        "recipe", "across", "--direction", "cat2dim", "--source", place, "--source-features",
        place.with_name("features.npz"), "--classes", "anger,sadness", "--classes", "neutral", "--no-plain",
        "--share", 0.25, "--quick", "--jobs", 1, "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0, err
    (settings,) = told
    assert settings == Across(
        direction="cat2dim",
        source=str(place),
        source_features=str(place.with_name("features.npz")),
        classes=("anger", "sadness", "neutral"),
        plain=False,
        share=0.25,
        quick=True,
    )
    assert saved_settings(tmp_path / "out") == ("across", settings)
    assert "cat2dim it is" in out
    assert {path.name for path in tmp_path.glob("out/*")} >= {
        "emotion-within-by_4", "emotion-within-by_8", "flat.parquet", "curves.parquet", "summary.json", "report.md",
    }  # fmt: skip


def test_a_recipe_is_shown_and_resumed_by_its_folder_alone(seral: Any, told: list[Across], tmp_path: Path) -> None:
    place, out = small_table(tmp_path), tmp_path / "out"
    settings = Across(source=str(place), source_features=str(place.with_name("features.npz")))
    save_settings("across", settings, out)
    code, _, err = seral("show", out)
    assert code == 2
    assert f"seral resume {out}" in err
    code, text, err = seral("resume", out, "--jobs", 1)
    assert code == 0, err
    assert "dim2cat it is" in text
    logs = sorted(out.glob("*/runs/*/events.jsonl"))
    whole = logs[0].read_bytes()
    logs[0].write_bytes(whole[:-40] + b"{damaged\n")
    (out / "report.md").unlink()
    code, _, err = seral("resume", out, "--jobs", 1)
    assert code == 2
    assert "--repair" in err
    assert seral("resume", out, "--jobs", 1, "--repair")[0] == 0
    assert "dim2cat it is" in seral("show", out)[1]
    assert seral("show", out, "--out", tmp_path / "curves.csv")[0] == 2


def test_each_recipe_has_its_own_options_alone(seral: Any, told: list[Across]) -> None:
    _, across, _ = seral("recipe", "across", "--help")
    _, han, _ = seral("recipe", "han2013", "--help")
    assert "--target-features" in across
    assert "--target-features" not in han
    assert "--together" in han
    assert "--together" not in across
    assert "[default: the source itself]" in " ".join(across.split())
    assert "Example: seral recipe across --source synthetic" in across
    for text in (across, han):
        assert all(common in text for common in ("--quick", "--jobs", "--out"))


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["han2031"], "did you mean 'han2013'"),
        (["han2013", "--normalise", "maybe"], "'auto', 'on', 'off'"),
        (["han2013", "--step", "0"], "x>=1"),
        (["han2013", "--direction", "dim2cat"], "--direction"),
        (["across", "--share", "-1"], "x>=0"),
        (["across"], "--out"),
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_refused_before_anything_is_made(
    words: list[str], remedy: str, seral: Any, told: list[Across], tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "out")] if len(words) > 1 else []
    code, _, err = seral("recipe", *words, *out)
    assert code == 2
    assert remedy in err
    assert not (tmp_path / "out").exists()


def test_a_folder_of_before_recipes_had_settings_of_their_own_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(
        'recipe = "han2013"\ncorpus = "synthetic"\nreader = ""\nranges = []\nfeatures = "SERALv01"\n'
        'targets = [\n    "arousal",\n]\ntest = ""\nlearner = ""\nnormalise = "auto"\ninitial = 0\nstep = 60\n'
        "repetitions = 0\nquick = true\nmore = false\ntogether = false\n"
    )
    assert saved_settings(tmp_path) == ("han2013", Han2013Settings(targets=("arousal",), step=60, quick=True))


@pytest.mark.parametrize(
    "text",
    ["", "recipe = 'han2031'", "recipe = 'han2013'\nsteps = 5", "recipe = 'han2013'\nstep = 'many'", "recipe ="],
)
def test_a_folder_that_holds_no_readable_recipe_is_a_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises((BadPlan, UnknownName)):
        saved_settings(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"classes": "anger"}, "expected a tuple of names"),
        ({"initial": 2.5}, "expected a whole number"),
        ({"initial": 0}, "expected 1 or more; correct it"),
        ({"share": float("nan")}, "expected 0.0 or more"),
        ({"direction": "cat2dum"}, "did you mean 'cat2dim'"),
        ({"source": None}, "expected text"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused_with_a_remedy(wrong: dict[str, Any], remedy: str) -> None:
    with pytest.raises((BadPlan, UnknownName), match=remedy):
        Across(**wrong)


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # nothing about time
@given(
    settings=some.builds(
        Across,
        quick=some.booleans(),
        plain=some.booleans(),
        direction=some.sampled_from(["dim2cat", "cat2dim"]),
        source=some.text(max_size=5),
        classes=some.lists(some.text(max_size=5)).map(tuple),
        initial=some.integers(1, 10**6),
        share=some.floats(0, 1e6),
    )
)
def test_settings_are_kept_as_they_were_given(settings: Across, tmp_path_factory: pytest.TempPathFactory) -> None:
    recipes._parts["across"] = Recipe([])
    try:
        save_settings("across", settings, folder := tmp_path_factory.mktemp("kept"))
        assert saved_settings(folder) == ("across", settings)
    finally:
        del recipes._parts["across"]


def test_two_cells_of_one_name_are_refused(told: list[Across], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = Recipe.cells
    monkeypatch.setattr(Recipe, "cells", lambda *as_words: twice(*as_words) * 2)
    with pytest.raises(BadPlan, match="two cells are called emotion-within-by_4"):
        run_recipe("across", Across(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_settings_are_shown_in_words() -> None:
    settings = Across(source="a", target="b", direction="cat2dim", classes=("anger", "fear"), initial=9, plain=False)
    assert as_words(settings) == ["on a and b", "cat2dim", "anger, fear", "initial 9", "no plain"]


@pytest.mark.parametrize("name", list(recipes))
def test_every_recipe_declares_settings_that_a_command_can_ask_for(name: str) -> None:
    kind = recipes[name].settings
    asked = options(kind)
    command = click.Command("c", params=[parameter(each) for each in asked])
    flags = [flag for each in command.params for flag in each.opts]
    assert len(set(flags)) == len(flags)
    assert not {"--jobs", "--out", "--help", "-h"} & set(flags)
    corpora = {each.name for each in asked if each.kind == "corpus"}
    assert {each.of for each in asked if each.kind not in ("", "file", "corpus", "learner")} <= corpora
    assert all(each.help.endswith(".") for each in asked)
    assert kind() == kind(**{each.name: each.default for each in asked})
    assert recipes[name].examples
