"""Streams in the pages: what the form offers, what is counted, and that the map still opens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from seral_core.runs.events import Asked, Passed
from seral_core.runs.grid import Grid
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.worker import work
from seral_dashboard import data, run_map, streams
from tests.patience import PATIENCE

SMALL = "synthetic:clips=60:speakers=6"


@pytest.fixture(scope="session")
def streamed(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished stream; its parent can serve as a runs folder."""
    plan = Plan(corpus=SMALL, budget=25, initial=10, scenario="stream", buffer=6, split="speakers:3")
    folder = tmp_path_factory.mktemp("streams") / "flow"
    Grid(plan, ("margin", "variable-gate", "random"), (0, 1), (0,)).save(folder)
    work(folder)
    assert not (folder / "trouble.txt").exists(), (folder / "trouble.txt").read_text()
    return folder


@pytest.fixture
def flow(streamed: Path, monkeypatch: pytest.MonkeyPatch) -> data.Experiment:
    monkeypatch.setenv("SERAL_RUNS", str(streamed.parent))
    monkeypatch.delenv("SERAL_OPEN", raising=False)
    return data.experiment("flow")


def view(name: str, **query: str) -> Any:
    imported = f"from seral_dashboard.pages import sentences\nfrom seral_dashboard.views import {name}"
    script = f"{imported}\nsentences({name}.show)()\n"
    page = AppTest.from_string(script, default_timeout=PATIENCE)
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def test_what_arrived_was_asked_for_or_passed(flow: data.Experiment) -> None:
    rows = streams.counts(flow).set_index("strategy")
    assert (rows["arrived"] == rows["asked"] + rows["passed"]).all()
    for strategy, row in rows.iterrows():
        logs = [log for plan, log in flow.started if plan.strategy == strategy]
        events = [event for log in logs for event in log.events()]
        asked = {(i, s) for i, log in enumerate(logs) for e in log.events() if isinstance(e, Asked) for s in e.segments}
        passed = [s for event in events if isinstance(event, Passed) for s in event.segments]
        assert (len(asked), len(passed), 2) == (row["asked"], row["passed"], row["runs"])
    assert rows["asked"].tolist()[0] == 50
    assert rows["passed"].tolist()[0] > 0


def test_a_stream_shows_counts_and_scores_for_each_strategy(flow: data.Experiment) -> None:
    page = view("run", run="flow")
    assert not page.error
    shown = page.dataframe[0].value
    assert shown["strategy"].tolist() == ["margin", "variable-gate", "random"]
    assert shown["score"].between(0, 1).all()
    assert any("buffers of 6, at most 50%" in caption.value for caption in page.caption)


def test_counts_grow_with_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path))
    grid = Grid(Plan(scenario="stream"), ("margin",))
    grid.save(tmp_path / "live")
    found = data.experiment("live")
    assert streams.counts(found)["arrived"].tolist() == [0]
    log = Log.create(tmp_path / "live" / "runs", grid.plans()[0])
    log.append(Asked(0, "query", ("a", "b"), "drawn at random"))
    log.append(Passed(0, ("c",)))
    log.append(Asked(1, "query", ("d",), "drawn at random"))
    assert streams.counts(found).iloc[0].tolist() == ["margin", 4, 3, 1, 1]
    assert streams.remarks(found) == ["margin: drawn at random (2 rounds)"]


def test_the_map_of_a_stream_opens_and_says_what_it_shows(flow: data.Experiment) -> None:
    page = view("map", run="flow")
    assert not page.error
    assert any("shows what has been asked for" in caption.value for caption in page.caption)
    plan, log = flow.started[0]
    frames = run_map.rounds("flow", plan.key, -1)["rounds"]
    asked = [segment for event in log.events() if isinstance(event, Asked) for segment in event.segments]
    assert sum(len(frame["asked"]) for frame in frames) == len(asked)


class NoCrew:
    def __init__(self) -> None:
        self.begun: list[Path] = []

    def start(self, folder: Path) -> None:
        self.begun.append(folder)

    def busy(self, folder: Path) -> bool:
        return False

    def wait(self) -> bool:
        return True


@pytest.fixture
def form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: Path) -> Any:
    monkeypatch.setenv("SERAL_RUNS", str(tmp_path))
    monkeypatch.setattr(data, "crew", NoCrew)
    Grid(Plan(corpus=SMALL), ("random",)).save(tmp_path / "before")
    page = view("run", new="1")
    page.selectbox(key="new-corpus").select(SMALL).run()
    page.number_input(key="new-budget").set_value(30).run()
    return page


def keys(page: Any) -> set[str]:
    return {widget.key or "" for widget in page.number_input}


def test_buffer_and_share_are_asked_for_in_a_stream_only(form: Any) -> None:
    assert not keys(form) & {"new-buffer", "new-keep"}
    form.segmented_control(key="new-scenario").set_value("stream").run()
    assert keys(form) >= {"new-buffer", "new-keep"}
    assert "new-batch" not in keys(form)


def test_the_form_starts_a_stream(form: Any, tmp_path: Path) -> None:
    form.segmented_control(key="new-scenario").set_value("stream").run()
    form.number_input(key="new-buffer").set_value(8).run()
    form.number_input(key="new-keep").set_value(0.25).run()
    form.text_input(key="new-name").set_value("flow").run()
    form.button(key="new-go").click().run()
    assert not form.error
    plan = Grid.load(tmp_path / "flow").plan
    assert (plan.scenario, plan.buffer, plan.keep) == ("stream", 8, 0.25)
