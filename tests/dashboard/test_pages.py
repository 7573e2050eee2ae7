"""The pages' logic without a browser: what is offered, and how trouble is shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from seral_core.corpora.reading import Reading, remembered
from seral_core.deep.proposal import Proposal
from seral_core.runs.events import Started
from seral_core.runs.grid import Grid
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_dashboard import data, setup, speech
from tests.patience import PATIENCE


class NoCrew:
    begun: list[Path]

    def __init__(self) -> None:
        self.begun = []

    def start(self, folder: Path) -> None:
        self.begun.append(folder)

    def busy(self, folder: Path) -> bool:
        return False

    def wait(self) -> bool:
        return True


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch) -> NoCrew:
    none = NoCrew()
    monkeypatch.setattr(data, "crew", lambda: none)
    monkeypatch.setattr(speech, "crew", lambda: none)
    return none


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path))
    monkeypatch.delenv("SERAL_OPEN", raising=False)
    return tmp_path


def view(name: str, **query: str) -> AppTest:
    imported = f"from seral_dashboard.pages import sentences\nfrom seral_dashboard.views import {name}"
    script = f"{imported}\nsentences({name}.show)()\n"
    page = AppTest.from_string(script, default_timeout=PATIENCE)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def said(page: AppTest) -> str:
    return " ".join(str(e.value) for e in [*page.error, *page.warning, *page.info, *page.markdown, *page.caption])


@pytest.mark.parametrize("name", ["run", "map", "compare"])
def test_a_first_visit_offers_the_demo_in_one_click(crew: NoCrew, empty: Path, name: str) -> None:
    page = view(name)
    button = next(b for b in page.button if b.label == "Start the demo")
    button.click().run()
    assert not page.exception
    assert [folder.name for folder in crew.begun] == ["demo"]


def test_an_interrupted_experiment_offers_to_resume(crew: NoCrew, empty: Path) -> None:
    Grid(Plan(), ("random",)).save(empty / "cut")
    page = view("run", run="cut")
    assert "Its worker has ended" in said(page)
    next(b for b in page.button if b.label == "Resume").click().run()
    assert crew.begun == [empty / "cut"]


def test_an_unknown_experiment_in_the_address_is_reported(crew: NoCrew, runs: Path) -> None:
    page = view("run", run="nowhere")
    assert "no experiment 'nowhere'" in said(page)
    assert page.query_params["run"] in ("small", ["small"])


def test_a_folder_that_does_not_exist_is_a_sentence(crew: NoCrew, empty: Path) -> None:
    page = view("corpus", corpus="/no/such/folder")
    assert "'/no/such/folder' does not exist; expected" in page.error[0].value
    assert not page.exception


def test_a_mistake_of_ours_is_a_sentence_and_goes_to_the_log(
    crew: NoCrew, runs: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(data, "scores", lambda experiment: 1 / 0)
    page = view("compare", run="small")
    assert "by a mistake in SERAL" in page.error[0].value
    assert "ZeroDivisionError" not in said(page)
    assert "ZeroDivisionError" in caplog.text


SMALL = "synthetic:clips=60:speakers=6"


def a_form(empty: Path) -> AppTest:
    Grid(Plan(corpus=SMALL), ("random",)).save(empty / "before")
    page = view("run", new="1")
    return page.selectbox(key="new-corpus").select(SMALL).run()


def start(page: AppTest) -> AppTest:
    return page.button(key="new-go").click().run()


def test_the_form_starts_what_it_says(crew: NoCrew, empty: Path, finished: Path) -> None:
    page = a_form(empty)
    page.number_input(key="new-budget").set_value(30).run()
    page.text_input(key="new-name").set_value("mine").run()
    start(page)
    grid = Grid.load(empty / "mine")
    assert grid.strategies == ("recommended", "entropy", "random")
    assert (grid.plan.budget, grid.plan.targets) == (30, ("emotion",))
    assert (grid.seeds, grid.folds) == ((0, 1), (0, 1, 2, 3, 4))
    assert crew.begun == [empty / "mine"]


def test_an_encoder_at_hand_is_proposed_above_the_usual_features(crew, empty, finished, monkeypatch) -> None:
    found = Proposal("whisper-tiny.en", 38.0)
    monkeypatch.setattr("seral_dashboard.views.features.proposal", lambda corpus: found)
    page = a_form(empty)
    features = page.selectbox(key="new-features-whisper-tiny.en")
    assert features.value == features.options[0] == "whisper-tiny.en"
    assert features.options[1] == "SERALv01"
    assert "about 38 s of one core, once" in said(page)
    assert "RAVDESS" in said(page)


def test_where_no_encoder_is_at_hand_one_sentence_says_how_to_get_one(crew, empty, finished, monkeypatch) -> None:
    monkeypatch.setattr("seral_dashboard.views.features.wants_encoder", lambda corpus: True)
    page = a_form(empty)
    assert page.selectbox(key="new-features").value == "SERALv01"
    assert "seral fetch whisper-tiny.en" in said(page)


def test_the_form_adds_a_step_in_which_the_machine_answers(crew: NoCrew, empty: Path, finished: Path) -> None:
    page = a_form(empty)
    page.number_input(key="new-budget").set_value(30).run()
    page.number_input(key="new-steps").set_value(1).run()
    page.slider(key="new-step-above-0").set_value(0.5).run()
    page.slider(key="new-step-keep-0").set_value(0.4).run()
    page.text_input(key="new-name").set_value("both").run()
    start(page)
    assert not page.exception
    plan = Grid.load(empty / "both").plan
    people, machine = plan.varied(strategy="margin").whole_steps
    assert (people.strategy, people.oracle, people.n) == ("margin", "gold", plan.batch)
    assert machine.strategy == "most-confident"
    assert machine.oracle == "machine:above=0.5:quota=0:weight=1:keep=0.4:honest=yes"


def test_a_budget_beyond_the_pool_is_refused_in_a_sentence(crew: NoCrew, empty: Path, finished: Path) -> None:
    page = start(a_form(empty))
    beside_the_field, beside_the_button = page.error
    assert "lower the number of labels" in beside_the_field.value == beside_the_button.value
    assert crew.begun == []


def test_a_misspelt_strategy_is_refused_with_the_nearest_name(crew: NoCrew, empty: Path, finished: Path) -> None:
    page = a_form(empty)
    page.number_input(key="new-budget").set_value(30).run()
    page.multiselect(key="new-strategies-False").set_value(["entopy"]).run()
    start(page)
    assert "did you mean 'entropy'?" in said(page)
    assert crew.begun == []


def test_the_form_says_how_many_runs_come_and_how_long_they_take(crew: NoCrew, empty: Path, finished: Path) -> None:
    page = a_form(empty)
    page.number_input(key="new-budget").set_value(30).run()
    assert "**30 runs**: at least" in said(page)
    (empty / "earlier").symlink_to(finished)
    page.toggle(key="new-folds").set_value(False).run()
    assert re.search(r"\*\*6 runs\*\*, about \d+ s: \d+ clips to choose from", said(page))


def test_what_does_not_fit_the_target_is_refused_before_it_starts(crew: NoCrew, empty: Path, finished: Path) -> None:
    page = a_form(empty)
    page.number_input(key="new-budget").set_value(30).run()
    page.multiselect(key=f"new-target-{SMALL}").set_value(["arousal", "valence"]).run()
    page.multiselect(key="new-strategies-True").set_value(["entropy"]).run()
    start(page)
    assert "this strategy needs classes, but arousal is not" in said(page)
    assert crew.begun == []
    page.multiselect(key="new-strategies-True").set_value(["mtigs"]).run()
    start(page)
    assert Grid.load(crew.begun[0]).plan.targets == ("arousal", "valence")


def test_a_corpus_without_audio_asks_for_ready_features(crew: NoCrew, empty: Path, tmp_path: Path) -> None:
    rows = [(f"{i}.wav", f"s{i % 5}", i / 40) for i in range(40)]
    pd.DataFrame(rows, columns=["file", "speaker", "arousal"]).to_csv(tmp_path / "table.csv", index=False)
    Grid(Plan(corpus=str(tmp_path / "table.csv")), ("random",)).save(empty / "before")
    page = view("run", new="1")
    page.selectbox(key="new-corpus").select(str(tmp_path / "table.csv")).run()
    page.number_input(key="new-budget").set_value(30).run()
    start(page)
    assert "has no audio" in said(page)
    assert "type the path of a file" in said(page)
    assert crew.begun == []


def test_a_scale_whose_range_cannot_be_guessed_is_used_once_it_is_given(
    crew: NoCrew, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = str(tmp_path / "table.csv")
    rows = [(f"{i}.wav", f"s{i % 5}", 200.0 + i) for i in range(60)]
    pd.DataFrame(rows, columns=["file", "speaker", "arousal"]).to_csv(where, index=False)
    Grid(Plan(corpus=where), ("random",)).save(empty / "before")
    page = view("run", new="1")
    page.selectbox(key="new-corpus").select(where).run()
    assert "--range arousal" in said(page)
    page.text_input(key=f"new-ranges-{where}").set_value("arousal=100:300").run()
    assert not page.error
    page.number_input(key="new-budget").set_value(30).run()
    monkeypatch.setattr(setup, "check_speech", lambda *_: None)  # features need audio, which is not what this is about
    start(page)
    assert Grid.load(crew.begun[0]).plan.ranges == ("arousal=100:300",)
    page = view("corpus", corpus=where)
    assert "--range arousal" in said(page)
    page.text_input(key=f"understood-ranges-{where}").set_value("arousal=100:300")
    next(button for button in page.button if button.label == "Read it like this").click().run()
    assert not page.error
    assert remembered(where) == Reading(ranges=("arousal=100:300",)), "for later commands and pages too"
    assert page.metric[0].value == "60"


def test_the_name_of_a_speaker_is_shown_as_it_is() -> None:
    page = AppTest.from_string(
        "from seral_dashboard.pages import warn_of\nwarn_of(['1 speaker is in both: :red[*a*]'])"
    ).run()
    assert page.warning[0].value == "**Take care:** 1 speaker is in both: \\:red\\[\\*a\\*\\]."


@pytest.mark.parametrize("name", ["run", "map", "compare"])
def test_a_leak_is_flagged_in_every_view_of_an_experiment(crew: NoCrew, empty: Path, name: str) -> None:
    grid = Grid(Plan(budget=40), ("random",))
    grid.save(empty / "leak")
    log = Log.create(empty / "leak" / "runs", grid.plans()[0])
    log.append(Started(100, 0, 40, ("emotion",), ("1 speaker is both in pool and test: 01",)))
    assert "1 speaker is both in pool and test: 01" in view(name, run="leak").warning[0].value


def test_a_finished_experiment_shows_curves_and_their_scores(crew: NoCrew, runs: Path) -> None:
    page = view("run", run="small")
    assert not page.error
    assert [metric.label for metric in page.metric] == ["margin", "random"]


def test_compare_says_how_many_labels_are_needed(crew: NoCrew, runs: Path) -> None:
    page: Any = view("compare", run="small")
    assert not page.error
    assert page.dataframe[0].value["curve"].tolist() == ["margin", "random"]


def test_compare_says_why_runs_on_one_test_part_have_no_interval(crew: NoCrew, runs: Path) -> None:
    page: Any = view("compare", run="small")
    assert set(page.dataframe[0].value["parts"]) == {1}
    assert not any("±" in cell for cell in page.dataframe[0].value["area"])
    assert any("say nothing of other speakers" in caption.value for caption in page.caption)


def test_a_plan_that_lets_a_test_speaker_into_the_pool_is_flagged_before_it_starts(
    crew: NoCrew, empty: Path, tmp_path: Path
) -> None:
    import numpy as np
    import soundfile

    rows = [(f"{i}.wav", "ab"[i % 2], ["train", "test"][i // 6], ["anger", "sadness"][i % 2]) for i in range(12)]
    table = pd.DataFrame(rows, columns=["file", "speaker", "split", "emotion"])
    (tmp_path / "leak").mkdir()
    table.to_csv(tmp_path / "leak" / "table.csv", index=False)
    for file in table["file"]:
        soundfile.write(tmp_path / "leak" / file, np.random.default_rng(0).normal(size=8000) / 10, 16_000)
    Grid(Plan(corpus=str(tmp_path / "leak" / "table.csv"), split="given"), ("random",)).save(empty / "before")
    page = view("run", new="1")
    page.selectbox(key="new-corpus").select(str(tmp_path / "leak" / "table.csv")).run()
    page.selectbox(key="new-split").select("given").run()
    assert "2 speakers are both in pool and test: a, b" in page.warning[0].value
