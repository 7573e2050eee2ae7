"""Recipes in the pages: started, found again, stopped, resumed, and their reports read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from seral_core.recipes.base import recipes, save_settings
from seral_core.recipes.han2013 import Han2013Settings
from seral_core.recipes.worker import _Told, work
from seral_core.runs.events import Training
from seral_core.runs.plan import Plan
from seral_core.runs.run import alone
from seral_core.runs.training_progress import TrainingProgress
from seral_dashboard import recipe_runs, speech
from seral_dashboard.workers import crew
from tests.patience import PATIENCE, until
from tests.recipes.test_settings import Across, Recipe
from tests.runs.conftest import small_table

SMALL = "synthetic:clips=60:speakers=6"
SETTING = Han2013Settings(corpus=SMALL, targets=("arousal",), quick=True, repetitions=2)


@pytest.fixture(scope="session")
def repeated(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished recipe; its parent can serve as a runs folder."""
    folder = tmp_path_factory.mktemp("recipes") / "han"
    save_settings("han2013", SETTING, folder)
    work(folder, jobs=1)
    assert not (folder / "trouble.txt").exists(), (folder / "trouble.txt").read_text()
    return folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been started; nothing is."""
    found: list[list[str]] = []

    class NoProcess:
        def __init__(self, command: list[str], **_: Any) -> None:
            found.append(command)

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", NoProcess)
    return found


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, repeated: Path) -> Path:
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path))
    monkeypatch.delenv("SERAL_OPEN", raising=False)
    opened = speech.corpus
    # The built-in corpus takes long to make, and a small one does.
    monkeypatch.setattr(speech, "corpus", lambda where, *how: opened(SMALL if where == "synthetic" else where, *how))
    return tmp_path


def view(**query: str) -> Any:
    page = AppTest.from_string(
        "from seral_dashboard.pages import sentences\n"
        "from seral_dashboard.views import recipes\n"
        "sentences(recipes.show)()\n",
        default_timeout=PATIENCE,
    )
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def form(page: Any) -> Any:
    page.radio(key="recipe-name").set_value("han2013").run()
    options = page.selectbox(key="han2013-corpus").options
    assert "Built-in corpus (synthetic voices)" in options
    page.selectbox(key="han2013-corpus").select("Another folder or table …").run()
    return page.text_input(key="han2013-corpus-path").set_value(SMALL).run()


def test_recipes_are_listed_with_their_papers_the_oldest_first(empty: Path) -> None:
    page = view()
    options = page.radio(key="recipe-name").options
    assert sorted(options) == sorted(recipes)
    assert [name for name in options if name in ("after", "ctial", "han2013")] == ["han2013", "after", "ctial"]
    assert options[-1] == "continuous-al"  # without a paper
    for name, said in (("ctial", "Transactions on Affective Computing"), ("han2013", "Interspeech 2013")):
        page.radio(key="recipe-name").set_value(name).run()
        assert any(said in text.value for text in page.markdown)
        assert not page.error


def test_the_form_starts_what_it_says(empty: Path, repeated: Path, started: list[list[str]]) -> None:
    page = form(view())
    page.multiselect(key=f"han2013-targets-{SMALL}").set_value(["valence"]).run()
    page.selectbox(key="han2013-test").select("speaker").run()
    page.text_input(key="recipe-title").set_value("mine").run()
    page.button(key="recipe-go").click().run()
    assert not page.error
    (trial,) = recipe_runs.trials()
    assert (trial.id, trial.recipe) == ("mine", "han2013")
    assert trial.settings == Han2013Settings(corpus=SMALL, targets=("valence",), test="speaker", quick=True)
    assert [command[-1] for command in started] == [str(empty / "mine")]


def test_a_test_part_that_does_not_exist_is_a_sentence(
    empty: Path, repeated: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe_runs, "possible_parts", lambda corpus: ["session=99"])  # as if it had been typed
    page = form(view())
    page.selectbox(key="han2013-test").set_value("session=99").run()
    page.button(key="recipe-go").click().run()
    assert "'99'; known: Ses01, Ses02, Ses03" in page.error[0].value
    assert recipe_runs.trials() == []
    assert started == []


def test_what_kept_a_recipe_from_running_is_a_sentence(empty: Path, repeated: Path) -> None:
    save_settings("han2013", Han2013Settings(corpus=SMALL, targets=("emotion",)), empty / "odd")
    work(empty / "odd", jobs=1)
    page = view(recipe="odd")
    assert "Emotion is a category; expected scales" in page.error[0].value.replace("\\", "")
    assert [button.label for button in page.button][-2:] == ["Start a recipe", "Resume"]


def test_a_finished_recipe_shows_its_report(repeated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAL_RUNS", str(repeated.parent))
    page = view(recipe="han")
    assert not page.error
    text = " ".join(str(piece.value) for piece in page.markdown)
    assert "What differs from the paper" in text
    assert "interactive" not in text
    assert "finished" in text


def test_figures_are_where_the_report_has_them(tmp_path: Path) -> None:
    (tmp_path / "curves.png").touch()
    (tmp_path / "savings.html").touch()
    blocks = ["# Title", "![Means](curves.png)", "Means ([interactive](curves.html))", "[Saved](savings.html)", "End"]
    pieces = list(recipe_runs._pieces("\n\n".join(blocks), tmp_path))
    assert [piece.text for piece in pieces] == ["# Title", "Means", "Saved", "End"]
    assert pieces[1].picture == tmp_path / "curves.png"
    assert (pieces[2].picture, pieces[2].html) == (None, tmp_path / "savings.html")


def test_a_report_asks_no_other_computer_and_leaves_its_folder_alone(tmp_path: Path) -> None:
    blocks = ["![x](https://example.org/a.png)", "see !!![y](https://example.org/b.png)", "![z](../../secret.png)"]
    pieces = list(recipe_runs._pieces("\n\n".join(blocks), tmp_path))
    assert all(piece.picture is None and piece.html is None for piece in pieces)
    assert not any("![" in piece.text for piece in pieces)


def test_a_recipe_whose_process_has_ended_offers_to_resume(empty: Path, started: list[list[str]]) -> None:
    save_settings("han2013", SETTING, empty / "cut")
    page = view(recipe="cut")
    assert "Its process has ended" in page.info[0].value
    page.button(key="recipe-resume").click().run()
    assert [command[-1] for command in started] == [str(empty / "cut")]


def test_a_recipe_hears_that_it_should_stop(empty: Path) -> None:
    save_settings("han2013", SETTING, empty / "soon")
    (trial,) = recipe_runs.trials()
    told = _Told(trial.folder)
    told(1, 4, "arousal-pool")
    assert (recipe_runs.standing(trial).done, recipe_runs.standing(trial).said) == (0.25, "1 of 4: arousal-pool")
    told.pace.clock = lambda: time.monotonic() + 60
    told.last = 0.0
    with alone(trial.folder):
        told(2, 4, "arousal-pool")
        assert recipe_runs.standing(trial).said == "2 of 4: arousal-pool, about 2 min left"
    recipe_runs.end(trial)
    work(trial.folder, jobs=1)
    assert recipe_runs.standing(trial).state == "stopped"
    assert not (trial.folder / "report.md").exists()


def test_a_long_training_draws_itself(empty: Path) -> None:
    save_settings("han2013", SETTING, empty / "now")
    place = empty / "now" / "preparation" / "runs" / "one"
    place.mkdir(parents=True)
    listen = TrainingProgress(place)
    epochs = [{"epoch": 1, "loss": 3.5, "held_out_loss": 3.75, "perplexity": 4.0, "codewords": 8.0}]
    with alone(empty / "now"):
        listen(Training(0, 0.5, "epoch 1 of 2", epochs))
        page = view(recipe="now")
        (drawn,) = (json.loads(chart.proto.spec) for chart in page.get("plotly_chart"))
        assert [trace["name"] for trace in drawn["data"]] == ["training", "held out", "perplexity", "all"]
        assert "epoch 1 of 2" in page.get("progress")[0].proto.text
        (place / "training.json").write_text('{"text": "of another hand", "epochs": [7, {"epoch": "x"}, {"loss": []}]}')
        page.run()
        assert not page.exception
        assert not page.get("plotly_chart")


def test_curves_of_the_grid_at_work_grow_on_the_page(empty: Path, repeated: Path) -> None:
    shutil.copytree(repeated, empty / "grows")
    (empty / "grows" / "report.md").unlink()
    logs = sorted((empty / "grows").glob("arousal-pool/runs/*/events.jsonl"))
    log = next(path for path in logs if Plan.load(path.parent).strategy == "random")
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:6]))
    with alone(empty / "grows"):
        page = view(recipe="grows")
        TrainingProgress(log.parent)(Training(3, 0.5, "epoch 1 of 2", ()))
        assert recipe_runs.standing(recipe_runs.trial("grows")).said.endswith("(random, round 3: epoch 1 of 2)")
    assert not page.exception
    assert any("arousal-pool" in text.value for text in page.markdown)


def test_a_recipe_outlives_the_server_and_goes_on_after_its_own_end(empty: Path, repeated: Path) -> None:
    trial = recipe_runs.start("han2013", SETTING, "long")
    worker = crew()._busy[trial.folder.resolve()]
    assert os.getsid(worker.pid) != os.getsid(0)
    until(lambda: list(trial.folder.glob("*/runs/*/events.jsonl")))
    worker.kill()
    worker.wait()
    until(lambda: recipe_runs.standing(trial).state == "interrupted")
    done = {log: log.read_bytes() for log in trial.folder.glob("*/runs/*/events.jsonl")}
    assert done
    recipe_runs.resume(trial)
    until(lambda: recipe_runs.standing(trial).state == "finished")
    assert all(log.read_bytes().startswith(before[: before.rfind(b"\n")]) for log, before in done.items())
    assert (trial.folder / "summary.json").read_bytes() == (repeated / "summary.json").read_bytes()


def test_reader_and_ranges_are_asked_for_and_used(
    empty: Path, tmp_path: Path, repeated: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = small_table(tmp_path / "data")
    frame = pd.read_parquet(table)
    frame["arousal"] = 200 + 150 * frame["arousal"]
    frame.to_parquet(table)
    page = view()
    page.radio(key="recipe-name").set_value("han2013").run()
    page.selectbox(key="han2013-corpus").select("Another folder or table …").run()
    page.text_input(key="han2013-corpus-path").set_value(str(table)).run()
    page.text_input(key=f"han2013-ranges-{table}").set_value("arousal=50:350").run()
    assert not page.error
    page.selectbox(key=f"han2013-reader-{table}").select("table").run()
    features = str(table.with_name("features.npz"))
    monkeypatch.setattr("seral_dashboard.views.settings.placed_features", lambda _: features)  # as if it had been typed
    page.number_input(key="han2013-step").set_value(12).run()
    page.button(key="recipe-go").click().run()
    assert not page.error
    (trial,) = recipe_runs.trials()
    assert trial.settings == Han2013Settings(
        corpus=str(table),
        reader="table",
        ranges=("arousal=50:350",),
        features=features,
        step=12,
        quick=True,
    )


def test_a_recipe_on_two_corpora_gets_a_form_of_its_own(
    empty: Path, repeated: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    list(recipes)
    monkeypatch.setitem(recipes._parts, "across", Recipe([]))
    page = view()
    page.radio(key="recipe-name").set_value("across").run()
    assert not page.error
    assert page.selectbox(key="across-target").options[0] == "the source itself"
    assert "across-target_features" not in [each.key for each in page.selectbox]
    page.selectbox(key="across-target").select("Another folder or table …").run()
    page.text_input(key="across-target-path").set_value(SMALL).run()
    page.selectbox(key="across-target_features").select("SERALv01").run()
    page.selectbox(key="across-direction").select("cat2dim").run()
    page.text_input(key="across-classes").set_value("anger, sadness").run()
    page.number_input(key="across-share").set_value(0.25).run()
    page.toggle(key="across-plain").set_value(False).run()
    page.toggle(key="across-quick").set_value(False).run()
    page.text_input(key="recipe-title").set_value("two").run()
    page.button(key="recipe-go").click().run()
    assert not page.error
    (trial,) = recipe_runs.trials()
    assert trial.settings == Across(
        direction="cat2dim",
        target=SMALL,
        target_features="SERALv01",
        classes=("anger", "sadness"),
        share=0.25,
        plain=False,
    )
    assert trial.label == f"two: across, on synthetic and {SMALL}, cat2dim, anger, sadness, share 0.25, no plain"
